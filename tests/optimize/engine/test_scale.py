"""Axes and box of a search: taken late, from feasible designs, and never blind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.engine.indicators import hypervolume, normalised, volume
from optimize.engine.scale import Scale, measured
from problems.space import normalise
from problems.spec import Objective

UNKNOWN = Objective("b", "min", math.nan, math.nan)
MOST = Objective("b", "max", math.nan, math.nan)
KNOWN = Objective("a", "min", 0.0, 1.0)


def test_a_scale_reaches_from_the_best_to_what_nine_in_ten_better() -> None:
    done = measured(MOST, np.linspace(1.0, 101.0, 101))
    assert (done.ideal, done.reference, done.log) == (101.0, 11.0, False)


def test_an_axis_is_logarithmic_where_most_values_lie_decades_apart() -> None:
    decades = np.geomspace(1e-3, 1e3, 400)
    assert measured(UNKNOWN, decades).log
    assert measured(MOST, decades).log
    assert not measured(UNKNOWN, decades - 1e-2).log  # some are below zero
    # On its way to zero and beyond: one small value among large ones shows no decades.
    assert not measured(UNKNOWN, np.append(np.linspace(12.0, 60.0, 400), 0.05)).log


@pytest.mark.parametrize(
    "values", [np.full(9, 3.0), np.zeros(4), np.array([-7.0]), np.full(3, 1e300), np.arange(-5, 5)]
)
@pytest.mark.parametrize("objective", [UNKNOWN, MOST])
def test_a_scale_survives_useless_values(values: np.ndarray, objective: Objective) -> None:
    done = measured(objective, values.astype(float))
    assert done.has_box
    assert np.isfinite(normalise(done, values.astype(float))).all()


def test_a_scale_waits_for_enough_feasible_designs() -> None:
    scale, rng = Scale((KNOWN, UNKNOWN)), np.random.default_rng(1)
    f = np.column_stack((rng.random(90), rng.uniform(5.0, 9.0, 90)))
    assert not scale.see(f[:0])
    assert not scale.see(f[:30])
    assert hypervolume(f[:30], scale.objectives) == 0.0
    assert scale.see(f[30:60])
    assert scale.designs == {"b": 60}
    assert scale.objectives[0] == KNOWN
    assert scale.objectives[1].ideal == f[:60, 1].min()
    assert not scale.see(f[60:])
    # Members told before the scale was known are on the axis without one, and so are later ones.
    assert scale.on_axes(f)[:, 1].tolist() == f[:, 1].tolist()


def test_an_algorithm_is_told_the_axes_of_a_scale_that_its_first_designs_show() -> None:
    scale = Scale((UNKNOWN,))
    f = np.geomspace(1e-4, 1e2, 80)[:, None]
    assert scale.see(f)
    assert scale.on_axes(f) == pytest.approx(normalised(f, scale.objectives))


def test_a_scale_goes_on_where_it_was_stored() -> None:
    rng = np.random.default_rng(2)
    f = np.column_stack((rng.random(70), rng.lognormal(sigma=3.0, size=70)))
    for parts in ((70,), (20, 70), (20,)):
        scale, stored = Scale((KNOWN, UNKNOWN)), Scale((KNOWN, UNKNOWN))
        for end in parts:
            scale.see(f[:end])
        stored.restore(scale.state())
        for one in (scale, stored):
            one.see(f)
            one.conclude()
        assert stored.objectives == scale.objectives
        assert stored.designs == scale.designs
        assert np.array_equal(stored.on_axes(f), scale.on_axes(f))


def test_a_box_reaches_for_the_best_and_volumes_follow() -> None:
    rng = np.random.default_rng(3)
    for values in (rng.uniform(5.0, 9.0, 80), rng.lognormal(sigma=3.0, size=80)):
        scale = Scale((KNOWN, UNKNOWN))
        scale.see(np.column_stack((rng.random(80), values)))
        front = np.array([[0.5, values.min() * 0.5], [0.1, values.min()]])
        before = hypervolume(front, scale.objectives)
        factor = scale.reach(front.min(axis=0))
        assert hypervolume(front, scale.objectives) == pytest.approx(before * factor, rel=1e-12)
        assert scale.objectives[0] == KNOWN
        assert scale.objectives[1].ideal == values.min() * 0.5
        assert hypervolume(front, scale.objectives) < 1.0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20),
    st.floats(1e-6, 1e6),
    st.floats(1.1, 1e6),
    st.sampled_from(("min", "max")),
)
def test_a_logarithmic_axis_goes_on_below_zero(
    values: list[float], low: float, ratio: float, sense: str
) -> None:
    ends = (low, low * ratio) if sense == "min" else (low * ratio, low)
    objective = Objective("a", "min" if sense == "min" else "max", *ends, log=True)
    ordered = np.sort(np.unique(values))
    steps = np.diff(normalise(objective, ordered)) * (1.0 if sense == "min" else -1.0)
    apart = np.diff(ordered) > 1e-9 * (np.abs(ordered).max() + low)
    assert np.isfinite(steps).all()
    assert (steps >= 0.0).all()
    assert (steps[apart] > 0.0).all()


def test_a_logarithmic_axis_is_as_before_within_its_decades() -> None:
    objective = Objective("a", "min", 1.0, 100.0, log=True)
    values = np.geomspace(1e-5, 1e5, 101)
    assert np.array_equal(normalise(objective, values), np.log(values) / np.log(100.0))


def test_axes_tell_designs_apart_in_a_box_much_wider_than_they_differ() -> None:
    scale = Scale((Objective("a", "min", -1e90, 1e90), Objective("b", "max", 1e90, -1e90)))
    f = np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 2.0]])
    points = scale.on_axes(f)
    assert (np.diff(points[:, 0]) > 0.0).all()
    assert (np.diff(points[:, 1]) < 0.0).all()


def test_the_volume_of_many_objectives_is_estimated() -> None:
    # One point with half of every axis before it: 0.5 ** n.
    for n in (6, 7, 9, 12):
        assert volume(np.full((1, n), 0.5)) == pytest.approx(0.5**n, rel=0.02)
    points = np.random.default_rng(1).random((300, 9))
    assert volume(points) == volume(points.copy())
