"""The statistics behind docs/quality.md, and the page itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from optimize.benchmark.speed import quality as bench_quality
from optimize.benchmark.speed.fronts import SearchResult
from optimize.benchmark.speed.quality import engines, judge


def runs(median: float, *, n: int = 60, spread: float = 0.001, seed: int = 0) -> dict:
    """Return the scores of one engine whose hypervolumes scatter around ``median``."""
    rng = np.random.default_rng(seed)
    share = median + spread * rng.standard_normal(n)
    return {"hypervolume": share, "igd_plus": 1.0 - share}


def test_judge_gives_each_verdict() -> None:
    peer = runs(0.99, seed=3)
    scores = {
        "same": {"default": runs(0.99, seed=4), "pymoo": peer},
        "worse": {"default": runs(0.97, seed=5), "pymoo": peer},
        "few": {"default": runs(0.9899, n=3, seed=6), "pymoo": runs(0.99, n=3, seed=7)},
    }
    rows = judge(scores, "default")
    verdicts = {name: row["hypervolume"]["verdict"] for name, row in rows.items()}
    assert verdicts == {"same": "not inferior", "worse": "inferior", "few": "open"}
    assert {row["by_success_rate"] for row in rows.values()} == {False}


def test_judge_counts_successes_where_runs_fail_or_succeed() -> None:
    half = np.where(np.arange(60) % 2 == 0, 0.99, 0.3)
    most = np.where(np.arange(60) % 10 == 0, 0.3, 0.99)
    scores = {
        "mw": {
            name: {"hypervolume": v, "igd_plus": 1.0 - v}
            for name, v in (("default", half), ("pymoo", most))
        }
    }
    row = judge(scores, "default")["mw"]
    assert row["by_success_rate"]
    assert row["successes"] == [30, 54]
    assert row["hypervolume"]["verdict"] == "inferior"


def test_engines_use_the_shipped_setting() -> None:
    from optimize.config.algorithm import AlgorithmSetting

    shipped = AlgorithmSetting().differential_share
    found = {name: (engine.share, engine.archive) for name, engine in engines().items()}
    assert found == {
        "default": (shipped, True),
        "population": (shipped, False),
        "plain": (0.0, False),
    }


def test_main_writes_page_and_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["x", "--seeds", "2", "--problems", "bnh", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    bench_quality.main()
    text = (tmp_path / "quality.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "`python -m optimize.benchmark.speed.quality --seeds 2 --problems bnh`" in text
    document = json.loads((tmp_path / "quality.json").read_text(encoding="utf-8"))
    assert set(document["judged"]) == {"default", "population", "plain"}
    scores = document["scores"]["bnh"]
    assert all(len(engine["hypervolume"]) == 2 for engine in scores.values())
    median = np.median(scores["pymoo"]["hypervolume"])
    assert document["judged"]["plain"]["bnh"]["hypervolume"]["medians"][1] == pytest.approx(
        median, abs=1e-6
    )
    assert f"| {median:.4f} |" in text


@pytest.mark.parametrize(
    ("keep", "again", "peer_again"),
    [
        (["--seeds", "4", "--keep", "all"], [3, 3, 3, 4, 4, 4], [3, 4]),
        (["--seeds", "2", "--keep", "pymoo"], [1, 1, 1, 2, 2, 2], []),
    ],
)
def test_main_runs_only_what_it_does_not_have(
    keep: list[str],
    again: list[int],
    peer_again: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    peer_calls: list[int] = []

    def search(name: str, seed: int, *, share: float) -> SearchResult:
        calls.append(seed)
        points = np.array([[40.0 + seed, 20.0]])
        return SearchResult(points, points)

    def peer_search(name: str, seed: int) -> np.ndarray:
        peer_calls.append(seed)
        return np.array([[40.0 + seed, 20.0]])

    monkeypatch.setattr(bench_quality, "search", search)
    monkeypatch.setattr(bench_quality, "peer_search", peer_search)
    base = ["x", "--problems", "bnh", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", [*base, "--seeds", "2"])
    bench_quality.main()
    monkeypatch.setattr(sys, "argv", [*base, *keep])
    bench_quality.main()
    assert calls == [1, 1, 1, 2, 2, 2, *again]
    assert peer_calls == [1, 2, *peer_again]
    document = json.loads((tmp_path / "quality.json").read_text(encoding="utf-8"))
    shares = document["scores"]["bnh"]["plain"]["hypervolume"]
    assert len(shares) == max(again)
    assert shares == sorted(shares, reverse=True)
