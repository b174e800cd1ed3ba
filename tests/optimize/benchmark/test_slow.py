"""Searches of some hundred designs: kept, continued, compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimize.benchmark.slow import page, searches
from optimize.benchmark.slow.page import first_by_median, verdicts
from optimize.benchmark.slow.problems import Task
from optimize.benchmark.slow.searches import Record, search, stored
from problems.units import FloatArray
from tests.optimize.toy import ToyProblem

PROBLEM = ToyProblem()


def judge(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    columns = PROBLEM.evaluate(x)
    f = np.column_stack([columns["cost_usd"], columns["mass_kg"]])
    return f, (1.0 - columns["volume_m3"])[:, None]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    task = Task(PROBLEM.space, PROBLEM.canonical, judge, lambda f: float(len(f)))
    for module in (searches, page):
        monkeypatch.setattr(module, "task", lambda name: task)
    monkeypatch.setattr(searches, "WORK", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["optuna_tpe", "nsga2"])
def test_a_longer_search_goes_on_as_if_never_stopped(
    name: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = search("re24", name, 1, 23)
    longer = search("re24", name, 1, 26)
    assert np.array_equal(longer.x[:23], part.x[:23])
    kept = stored("re24", name, 1)
    assert kept is not None
    assert np.array_equal(kept.x, longer.x)
    assert search("re24", name, 1, 20).x.shape == longer.x.shape  # nothing is done again
    monkeypatch.setattr(searches, "WORK", work / "elsewhere")
    assert np.array_equal(search("re24", name, 1, 26).x, longer.x)


def test_a_front_counts_feasible_designs_of_the_budget() -> None:
    f = np.array([[2.0, 2.0], [1.0, 3.0], [3.0, 3.0], [0.0, 0.0], [1.0, 1.0]])
    g = np.array([[0.0], [-1.0], [0.0], [0.1], [0.0]])
    record = Record(f, f, g)
    assert record.front(4).tolist() == [[2.0, 2.0], [1.0, 3.0]]
    assert record.front(5).tolist() == [[1.0, 1.0]]


def test_verdicts_need_seeds() -> None:
    many, few = np.linspace(0.90, 0.95, 11), np.linspace(0.80, 0.85, 11)
    shares = {
        ("re21", "optuna_gp", 100): many,
        ("re21", "random", 100): few,
        ("re24", "optuna_gp", 100): few,
        ("re24", "random", 100): many,
        ("re31", "optuna_gp", 100): many[:1],
        ("re31", "random", 100): few,
        ("re31", "nsga2", 100): few[:0],
    }
    assert verdicts(shares, (100, 100)) == {
        ("re21", "random"): "better",
        ("re24", "random"): "worse",
        ("re31", "random"): "open",
    }
    assert first_by_median(shares, 100) == ["re21", "re31"]
    assert first_by_median(shares, 300) == []


def test_page_shows_what_is_kept_and_what_is_not(work: Path) -> None:
    record = search("re21", "random", 1, 100)
    text = page.page({("re21", "optuna_gp"): [], ("re21", "random"): [record]})
    share = len(record.front(100))
    assert f"| random draws | {share:.3f} (one seed) | – | 1 / 0 |" in text
    assert "| RE21, four-bar truss | Gaussian processes (`optuna_gp`) | – | – | 0 / 0 | – |" in text
    assert "`optuna_gp` with 300 designs: not measured." in text
