"""The race to a good front and the verdicts on targets, with hand-worked figures."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from optimize.benchmark.speed import memory as bench_memory
from optimize.benchmark.speed import race as bench_race
from optimize.benchmark.speed import targets as bench_targets
from optimize.benchmark.speed.race import MIXED, OURS, REAL, Plan, arrivals, leads, race, to_text
from optimize.benchmark.speed.targets import Target, engine_targets, race_targets
from problems.compute_satellite.variants.frozen_declarations import bench_document

FOUND: dict[str, Any] = {
    "reference": 0.3,
    "memory": {"early_mb": 200.0, "end_mb": 300.0, "early_generation": 50, "generations": 1000},
    "limits": {OURS: 20.0, REAL: 90.0, MIXED: 30.0},
    "seconds": {
        OURS: [[1.0, 2.0, 4.0], [1.0, 2.0, 5.0], [0.5, 2.0, 4.5]],
        REAL: [[40.0, 80.0, math.inf], [45.0, 50.0, math.inf], [10.0, 70.0, 88.0]],
        MIXED: [[math.inf] * 3],
    },
}


def test_arrivals_stop_when_time_is_up() -> None:
    volumes, times = iter([0.1, 0.3, 0.4, 0.5]), iter([1.0, 2.0, 3.0, 4.0])
    found = arrivals(lambda: next(volumes), [0.2, 0.35, 0.5], 3.0, lambda: next(times))
    assert found == [2.0, 3.0, math.inf]
    assert next(volumes) == 0.5  # the last one was never asked for


def test_leads_are_ratios_of_medians_or_lower_bounds() -> None:
    real = [lead for lead in leads(FOUND) if lead.rival == REAL]
    assert [(lead.ratio, lead.bound) for lead in real] == [
        (40.0, False),  # 40 s over 1 s
        (35.0, False),  # 70 s over 2 s
        (20.0, True),  # two of three had not arrived after 90 s; ours took 4.5 s
    ]
    assert "x>= 20" in to_text(FOUND)
    assert "300 MB at generation 1,000" in to_text(FOUND)


def test_verdicts() -> None:
    texts = [target.text for target in race_targets(FOUND)]
    assert texts[0].startswith("met     seconds of pymoo over ours to 97%")
    assert texts[2].startswith("open    ")  # a lower bound of 20 does not tell about 30
    assert texts[3].startswith("met     ")  # one of 30 does
    assert texts[-1].startswith("missed  memory")
    assert Target("x", math.nan, 1.0).met is None


def test_engine_targets_of_a_hand_worked_measurement() -> None:
    def parts(engine: float) -> dict[str, float]:
        whole = {"engine_ms": engine, "generation_ms": engine + 2.0}
        return {**whole, "books_ms": 0.5, "checkpoint_ms": 0.5, "rank_ms": 0.2}

    found = {
        1000: {
            OURS: parts(2.0),
            REAL: {"engine_ms": 62.0, "generation_ms": 64.0},
            MIXED: {"engine_ms": 400.0},
        },
        10_000: {OURS: parts(30.0), REAL: {"engine_ms": 6000.0, "generation_ms": 8000.0}},
    }
    verdicts = {t.name: (pytest.approx(t.figure), t.met) for t in engine_targets(found)}
    assert verdicts == {
        "engine time of stock pymoo over ours at 1,000": (31.0, True),
        "whole generation of stock pymoo over ours at 1,000": (16.0, False),
        "engine time of stock pymoo over ours at 10,000": (200.0, True),
        "whole generation of stock pymoo over ours at 10,000": (250.0, True),
        "archive, log and checkpoint at 1,000, share of engine time": (1.0 / 3.0, False),
        "archive, log and checkpoint at 10,000, share of engine time": (1.0 / 31.0, True),
        "engine time of pymoo mixed over ours at 1,000": (200.0, False),
        "engine time at 1,000 in rankings": (10.0, True),
        "growth of engine time from 1,000 to 10,000": (15.0, False),
    }


def test_a_small_race_is_run_to_its_end() -> None:
    plan = Plan(
        seeds=2,
        rival_seeds=1,
        population=40,
        reference_population=40,
        reference_generations=25,
        most_ours_s=1.0,
        most_rival_s=0.5,
        most_mixed_s=0.5,
    )
    found = race("configs/quick.yaml", plan)
    assert found["reference"] > 0.0
    assert [len(found["seconds"][name]) for name in (OURS, REAL, MIXED)] == [2, 1, 1]
    for rows in found["seconds"].values():
        for row in rows:
            assert all(t > 0.0 for t in row)
            assert row == sorted(row)
    # The reference is the same search with seed 1, so that seed arrives.
    assert found["seconds"][OURS][0][-1] <= 1.0
    assert found["memory"]["generations"] == 25
    assert len(race_targets(found)) == 7


def test_a_frozen_problem_is_raced_to_the_hypervolume_that_it_declares(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = Plan(population=40, most_ours_s=0.05, most_rival_s=0.05, most_mixed_s=0.05)
    monkeypatch.setattr(bench_race, "Plan", lambda **told: replace(brief, **told))
    bench_race.main(["heliofront_bench_v2", "--seeds", "1", "--rival-seeds", "1"])
    text = capsys.readouterr().out
    best = bench_document(2)["front"]["hypervolume"]
    assert f"best hypervolume known, {best:.4f}; medians of 1 seeds, rivals of 1" in text
    assert "memory" not in text


def test_memory_is_told_where_the_system_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_memory, "_STATM", bench_memory.Path("/nowhere/statm"))
    assert math.isnan(bench_memory.resident_mb())
    assert bench_targets.Target("memory", math.nan, 1.2, at_most=True).met is None
