"""Hypervolume, subsets, references and the archive, against values worked by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.engine.archive import Archive
from optimize.engine.indicators import hypervolume, normalised, spread_subset, volume
from optimize.engine.search import Search
from problems.spec import Objective

UNIT = (Objective("a", "min", 0.0, 1.0), Objective("b", "min", 0.0, 1.0))


def test_hypervolume_of_known_sets() -> None:
    # Two rectangles by hand: 0.75*0.25 + 0.25*0.5 = 0.3125.
    f = np.array([[0.25, 0.75], [0.75, 0.25]])
    assert hypervolume(f, UNIT) == pytest.approx(0.75 * 0.25 + 0.25 * 0.5)
    assert hypervolume(np.zeros((1, 2)), UNIT) == 1.0
    assert hypervolume(np.empty((0, 2)), UNIT) == 0.0
    assert hypervolume(np.array([[2.0, 0.0]]), UNIT) == 0.0
    boxless = (UNIT[0], Objective("b", "min", math.nan, math.nan))
    assert hypervolume(np.array([[0.5, 0.5]]), boxless) == 0.0


def test_hypervolume_of_the_dtlz2_sphere() -> None:
    # Exact value for three objectives and reference 1.1 in each: 1.331 - pi/6 = 0.8074. A finite
    # set on the sphere lies below it.
    rng = np.random.default_rng(1)
    points = np.abs(rng.normal(size=(20_000, 3)))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    objectives = tuple(Objective(name, "min", 0.0, 1.1) for name in "abc")
    exact = 1.331 - math.pi / 6
    assert exact - 0.006 < hypervolume(points, objectives) * 1.331 < exact


def test_normalised_follows_sense_and_logarithm() -> None:
    objectives = (
        Objective("a", "min", 1.0, 100.0, log=True),
        Objective("b", "max", ideal=10.0, reference=0.0),
    )
    f = np.array([[10.0, -10.0], [100.0, 0.0]])  # the second is stored with its sign changed
    assert normalised(f, objectives) == pytest.approx(np.array([[0.5, 0.0], [1.0, 1.0]]))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 60), st.integers(1, 4), st.integers(1, 30), st.integers(0, 2**31))
def test_spread_subset_is_a_subset_with_the_extremes(n: int, m: int, size: int, seed: int) -> None:
    points = np.random.default_rng(seed).random((n, m))
    chosen = spread_subset(points, size)
    assert len(chosen) == min(n, size) == len(set(chosen.tolist()))
    assert (np.diff(chosen) > 0).all()
    if size >= m and n:
        assert (points[chosen].min(axis=0) == points.min(axis=0)).all()


def test_spread_subset_depends_on_neither_origin_nor_unit() -> None:
    points = np.random.default_rng(7).random((60, 3))
    chosen = spread_subset(points, 12)
    assert spread_subset(1000.0 * points - [9e4, 0.0, 40.0], 12).tolist() == chosen.tolist()


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 2**31))
def test_archive_holds_exactly_the_feasible_non_dominated(rounds: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    archive = Archive(2, UNIT, 10_000)
    every_f, every_g = [], []
    for _ in range(rounds):
        x, f, g = rng.random((n, 2)), rng.integers(0, 6, (n, 2)) / 6, rng.normal(size=(n, 2))
        archive.add(x, f, g)
        every_f.append(f)
        every_g.append(g)
    f, g = np.concatenate(every_f), np.concatenate(every_g)
    f = f[(g <= 0).all(axis=1)]
    best = {
        tuple(row)
        for row in f.tolist()
        if not ((f <= row).all(axis=1) & (f < row).any(axis=1)).any()
    }
    assert {tuple(row) for row in archive.f.tolist()} == best


def test_archive_is_bounded_and_says_so() -> None:
    t = np.linspace(0.0, 1.0, 200)
    archive = Archive(1, UNIT, 100)
    archive.add(t[:, None], np.column_stack((t, 1.0 - t)), np.zeros((200, 1)))
    assert len(archive.f) == 75
    assert archive.truncated == 125
    assert archive.f[:, 0].min() == 0.0
    assert archive.f[:, 0].max() == 1.0


def test_archive_keeps_the_least_violating_design() -> None:
    archive = Archive(1, UNIT, 100)
    x = np.array([[1.0], [2.0], [3.0]])
    archive.add(x, np.zeros((3, 2)), np.array([[3.0], [1.0], [np.inf]]))
    archive.add(x + 10.0, np.zeros((3, 2)), np.array([[3.0], [2.0], [4.0]]))
    assert archive.closest.tolist() == [[2.0]]
    assert len(archive.f) == 0


@pytest.mark.parametrize(("n", "relative"), [(2, 1e-12), (6, 1e-12), (8, 0.05)])
def test_volume_is_exact_up_to_six_objectives_and_close_beyond(n: int, relative: float) -> None:
    one, other = np.full(n, 0.5), np.full(n, 0.75)
    other[0] = 0.25
    # Two boxes, less what both of them cover.
    expected = 0.5**n + 0.75 * 0.25 ** (n - 1) - 0.5 * 0.25 ** (n - 1)
    outside = np.full(n, 0.1)
    outside[-1] = 1.0
    assert volume(np.array([one, other, outside])) == pytest.approx(expected, rel=relative)


def test_a_costly_hypervolume_is_taken_first_and_in_every_tenth_generation() -> None:
    def due(n_obj: int) -> list[int]:
        def is_due(generation: int) -> bool:
            layout = SimpleNamespace(objectives=[None] * n_obj)
            search = SimpleNamespace(layout=layout, generation=generation)
            return bool(Search._is_due.fget(search))  # type: ignore[attr-defined]

        return [generation for generation in range(1, 31) if is_due(generation)]

    assert due(3) == list(range(1, 31))
    assert due(9) == [1, 10, 20, 30]
