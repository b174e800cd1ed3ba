"""Entrants get what they are due, and the page says what was measured."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pytest

from optimize.benchmark.frozen import freeze as benchmark_freeze
from optimize.benchmark.frozen import ranking as benchmark_ranking
from optimize.benchmark.frozen import reference as benchmark_reference
from optimize.benchmark.frozen.entrants import ENTRANTS, Recorder, compete
from optimize.benchmark.frozen.page import page
from optimize.benchmark.frozen.ranking import Outcome, measure, score
from optimize.benchmark.frozen.reference import (
    ARCHITECTURE,
    Effort,
    Part,
    distinct_choices,
    part_space,
    search_part,
    union,
    volume,
)
from problems.compute_satellite.variants import frozen_declarations
from problems.compute_satellite.variants.frozen import FrozenSatellite, ShippedBench
from problems.compute_satellite.variants.frozen_declarations import (
    RETIRED,
    bench_document,
    bench_path,
)

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    ranking: dict[str, Any] = json.loads((DOCS / "benchmark.json").read_text(encoding="utf-8"))
    return ranking


@pytest.fixture(scope="module")
def definition(measured: dict[str, Any]) -> dict[str, Any]:
    return {**bench_document(int(measured["version"]))}


def test_recorder_counts_to_the_budget_and_no_further(
    bench: FrozenSatellite, shipped: ShippedBench
) -> None:
    _, x, front = shipped
    recorder = Recorder(bench, 50)
    recorder.judge(x[:40])
    recorder.judge(x[40:80])
    assert (recorder.evaluated, recorder.left) == (50, 0)
    assert recorder.feasible_share == 1.0
    assert len(recorder.front()) == 50
    assert bench.judge(x[:1])[0].tolist() == recorder.judge(x[:1])[0].tolist()
    np.testing.assert_allclose(np.sort(recorder.front(), axis=0), np.sort(front[:50], axis=0))


def test_volume_of_one_point_is_its_box() -> None:
    assert volume(np.array([[0.5, 0.25, 0.0]])) == pytest.approx(0.375)
    assert volume(np.empty((0, 3))) == 0.0


def test_recorder_leaves_infeasible_designs_out(bench: FrozenSatellite) -> None:
    x = np.array(bench.document["check"]["designs"])
    feasible = (bench.judge(x)[1] <= 0.0).all(axis=1)
    recorder = Recorder(bench, len(x))
    recorder.judge(x)
    assert recorder.feasible_share == pytest.approx(feasible.mean())
    assert len(recorder.front()) <= feasible.sum()


def test_no_feasible_design_scores_as_the_reference_point() -> None:
    front = np.array([[0.0, 1.0, 1.0], [1.0, 0.4, 0.2]])
    found = score(Outcome(np.empty((0, 3)), 0.0, 0.0), front)
    # Distances of the corner (1, 1, 1): 1 to the first point, hypot(0.6, 0.8) = 1 to the second.
    assert found["hypervolume"] == 0.0
    assert found["igd_plus"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "name",
    ["nsga2", "random", "pymoo_relaxed", "jmetal", "pymoors", "pymoors_penalised", "evomo"],
)
def test_entrants_repeat_with_the_same_seed(bench: FrozenSatellite, name: str) -> None:
    entrant = ENTRANTS[name]
    if not entrant.is_here:
        pytest.skip(f"needs {entrant.package}")
    first, second = (compete(bench, entrant, 5, 400)[0] for _ in range(2))
    assert first.evaluated == 400
    assert first.feasible_share == second.feasible_share
    assert np.array_equal(first.front(), second.front())


def test_slow_entrants_get_three_seeds_and_no_search_runs_twice(
    bench: FrozenSatellite, shipped: ShippedBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark_ranking, "WORK", tmp_path)
    first = measure(bench, shipped.objectives, "random", 100, seeds=5, seconds=0.0)
    assert first["seeds"] == len(first["cpu_s"]) == 3
    assert len(list(tmp_path.iterdir())) == 3
    monkeypatch.delattr(benchmark_ranking, "compete")
    assert measure(bench, shipped.objectives, "random", 100, seeds=5, seconds=0.0) == first


def test_architectures_are_enumerated_once(bench: FrozenSatellite) -> None:
    cells = distinct_choices(bench, ARCHITECTURE)
    orbits, launchers = len(bench.space["orbit"].codes), len(bench.space["launcher"].codes)
    # From Earth: any launcher, direct or electric; from the Moon: no launcher, three transfers.
    assert len(cells) == len(set(cells)) == orbits * (launchers * 2 + 3)


def test_a_part_keeps_its_architecture(bench: FrozenSatellite) -> None:
    cell = ("dawn_dusk_sso", "earth", "starship", "direct")
    space = part_space(bench.space, ARCHITECTURE, cell)
    part = search_part(bench, space, Effort(100, 30, 2), seed=1)
    columns = [space.index[name] for name in ARCHITECTURE]
    codes = [space[name].encode(choice) for name, choice in zip(ARCHITECTURE, cell, strict=True)]
    assert (part.x[:, columns] == codes).all()
    assert (bench.judge(part.x)[1] <= 0.0).all()
    assert moocore.is_nondominated(part.f).all()


@pytest.mark.parametrize(
    "main", [benchmark_reference.main, benchmark_ranking.main], ids=["reference", "ranking"]
)
def test_without_a_version_that_runs_commands_end_in_one_line(
    main: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(bench_path(1), tmp_path)
    monkeypatch.setattr(frozen_declarations, "DATA", tmp_path)
    monkeypatch.setattr(sys, "argv", ["main"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "python -m optimize.benchmark.frozen.freeze --version 2" in message


def test_a_version_is_frozen_by_one_command_and_once(
    shipped: ShippedBench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(frozen_declarations, "DATA", tmp_path)
    monkeypatch.setattr(sys, "argv", ["freeze", "--version", "1000"])
    benchmark_freeze.main()
    again = bench_document(1000)
    assert again == {key: value for key, value in shipped.document.items() if key != "front"}
    with pytest.raises(SystemExit) as stopped:
        benchmark_freeze.main()
    assert stopped.value.code == 2
    assert "bench_v1000.json exists" in capsys.readouterr().err


def test_union_drops_what_is_dominated() -> None:
    a = Part(np.array([[1.0], [2.0]]), np.array([[0.0, 1.0], [1.0, 0.5]]), 0, 0.0)
    b = Part(np.array([[3.0]]), np.array([[0.5, 0.5]]), 0, 0.0)
    x, f = union((a, b))
    assert x[:, 0].tolist() == [1.0, 3.0]
    assert f.tolist() == [[0.0, 1.0], [0.5, 0.5]]


def test_page_is_that_of_the_measurement(
    measured: dict[str, Any], definition: dict[str, Any]
) -> None:
    text = (DOCS / "benchmark.md").read_text(encoding="utf-8")
    assert text == page(measured, definition)
    assert ("is a fixture" in text) == (definition["version"] in RETIRED)


def test_measurement_belongs_to_this_front(
    measured: dict[str, Any], definition: dict[str, Any]
) -> None:
    assert measured["best_hypervolume"] == definition["front"]["hypervolume"]
    budgets = {*measured["results"]}
    assert len(budgets) >= 2
    for results in measured["results"].values():
        assert "nsga2" in results
        for row in results.values():
            assert len(row["hypervolume"]) == row["seeds"] >= 3
            # 0.1 % above the best known would be a better front than the reference.
            assert max(row["hypervolume"]) < 1.001 * measured["best_hypervolume"]


def test_a_new_ranking_is_of_the_newest_version(
    shipped: ShippedBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark_ranking, "WORK", tmp_path / "build")
    monkeypatch.setattr(benchmark_ranking, "ENTRANTS", {"random": ENTRANTS["random"]})
    arguments = ["--seeds", "3", "--evaluations", "40", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["ranking", *arguments])
    benchmark_ranking.main()
    ranking = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert (ranking["benchmark"], ranking["version"]) == ("heliofront_bench_v1000", "1000")
    assert ranking["best_hypervolume"] == shipped.document["front"]["hypervolume"]
    assert ranking["results"]["40"]["random"]["seeds"] == 3
    written = (tmp_path / "benchmark.md").read_text(encoding="utf-8")
    assert written == page(ranking, shipped.document)
    assert 'load_problem("heliofront_bench_v1000")' in written
    assert "fixture" not in written


def test_page_orders_by_median_share(measured: dict[str, Any], definition: dict[str, Any]) -> None:
    swapped = json.loads(json.dumps(measured))
    results = next(iter(swapped["results"].values()))
    results["random"]["hypervolume"] = [1.0] * results["random"]["seeds"]
    rows = [row for row in page(swapped, definition).splitlines() if row.startswith("| 1 | ")]
    assert any("random draws" in row for row in rows)


def test_page_tells_of_an_engine_where_it_was_measured(
    measured: dict[str, Any], definition: dict[str, Any]
) -> None:
    ranking = json.loads(json.dumps(measured))
    results = next(iter(ranking["results"].values()))
    results["evomo"] = {**results["random"], "title": ENTRANTS["evomo"].title}
    assert "EvoX's own NSGA-II knows no constraints" in page(ranking, definition)
    for ranked in ranking["results"].values():
        ranked.pop("evomo", None)
    assert "EvoX's own NSGA-II knows no constraints" not in page(ranking, definition)
