"""Selection methods against hand-worked examples and other libraries."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.designs import methods as decide
from problems.spec import SpecError

# Five designs of two objectives, already scaled: ends, a sharp knee, and two in between.
FRONT = np.array([[0.0, 1.0], [0.1, 0.5], [0.2, 0.1], [0.6, 0.05], [1.0, 0.0]])
EQUAL = np.array([0.5, 0.5])


def random_front(n: int, m: int, seed: int) -> np.ndarray:
    points = np.random.default_rng(seed).exponential(size=(n, m))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points -= points.min(axis=0)
    return points / points.max(axis=0)


def test_knee_distance_is_the_sum_of_scores() -> None:
    merit = decide.knee_distance(FRONT)
    assert merit == pytest.approx([1.0, 0.6, 0.3, 0.65, 1.0])
    assert np.argmin(merit) == 2


def test_knee_distance_prefers_the_balanced_of_equals() -> None:
    score = np.array([[0.0, 0.6], [0.3, 0.3], [0.6, 0.0]])
    assert np.argmin(decide.knee_distance(score)) == 1


def test_bend_angle_by_hand() -> None:
    # From (0.2, 0.1): to (0, 1) the direction is 102.53 degrees, to (1, 0) it is -7.13 degrees.
    merit = decide.bend_angle(FRONT)
    assert np.degrees(-merit[2]) == pytest.approx(180.0 - (102.5288 + 7.1250), abs=1e-3)
    assert np.argmin(merit) == 2
    assert merit[[0, 4]].tolist() == [0.0, 0.0]


def test_bend_angle_of_a_bulging_front_is_no_knee() -> None:
    bulging = np.array([[0.0, 1.0], [0.7, 0.7], [1.0, 0.0]])
    assert decide.bend_angle(bulging)[1] > 0.0


@pytest.mark.parametrize("seed", range(5))
def test_bend_angle_of_a_straight_front_is_zero(seed: int) -> None:
    """Rounding takes the cosine below -1 in places."""
    near, far = np.random.default_rng(seed).random((2, 3))
    near[0], far[0], near[1], far[1], far[2] = 0.0, 1.0, 1.0, 0.0, near[2]
    front = near + np.linspace(0.0, 1.0, 50)[:, np.newaxis] * (far - near)
    assert decide.bend_angle(front) == pytest.approx(0.0, abs=1e-7)


def test_bend_angle_is_a_number_where_one_design_is_best_in_two_objectives() -> None:
    """Rounding takes the cosine beyond 1 in places."""
    score = np.random.default_rng(1).random((30, 2))[:, [0, 1, 0]]
    assert np.isfinite(decide.bend_angle(score)).all()


def test_trade_off_by_hand() -> None:
    # From the knee: to (0, 1) 0.9 / 0.2, to (0.1, 0.5) 0.4 / 0.1, to (0.6, 0.05) 0.4 / 0.05.
    merit = decide.trade_off(FRONT)
    assert merit[2] == pytest.approx(-4.0)
    # From (0.1, 0.5) to the knee: loses 0.1, gains 0.4.
    assert merit[1] == pytest.approx(-0.25)
    assert np.argmin(merit) == 2


def test_trade_off_of_a_single_design_has_no_move() -> None:
    assert np.isneginf(decide.trade_off(np.array([[0.3, 0.3]]))).all()


@given(st.integers(0, 10_000), st.integers(2, 4))
@settings(max_examples=30, deadline=None)
def test_pseudo_weights_agree_with_pymoo(seed: int, m: int) -> None:
    front = random_front(40, m, seed)
    weights = np.random.default_rng(seed).dirichlet(np.ones(m))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own imports
        from pymoo.mcdm.pseudo_weights import PseudoWeights
    chosen, table = PseudoWeights(weights).do(front, return_pseudo_weights=True)
    assert decide.pseudo_weights(front) == pytest.approx(table, abs=1e-12)
    assert np.argmin(decide.weight_distance(front, weights)) == chosen


def test_topsis_by_hand() -> None:
    # Weighted by one half: best (0, 0), worst (0.5, 0.5); the knee is (0.1, 0.05).
    near, far = np.hypot(0.1, 0.05), np.hypot(0.4, 0.45)
    merit = decide.topsis(FRONT, EQUAL)
    assert merit[2] == pytest.approx(near / (near + far))
    assert np.argmin(merit) == 2


def test_topsis_agrees_with_pymcdm() -> None:
    methods = pytest.importorskip("pymcdm.methods")
    front = random_front(60, 3, 4)
    weights = np.array([0.5, 0.2, 0.3])
    theirs = methods.TOPSIS()(front, weights, np.array([-1, -1, -1]))
    assert 1.0 - decide.topsis(front, weights) == pytest.approx(theirs, abs=1e-12)


def test_topsis_follows_the_weights() -> None:
    assert np.argmin(decide.topsis(FRONT, np.array([1.0, 0.0]))) == 0
    assert np.argmin(decide.topsis(FRONT, np.array([0.0, 1.0]))) == 4


def test_achievement_by_hand() -> None:
    merit = decide.achievement(FRONT, np.array([1.0, 1.0]), np.array([0.2, 0.2]))
    expected = [
        0.8 + 1e-4 * 0.6,
        0.3 + 1e-4 * 0.2,
        0.0 - 1e-4 * 0.1,
        0.4 + 1e-4 * 0.25,
        0.8 + 1e-4 * 0.6,
    ]
    assert merit == pytest.approx(expected)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_achievement_reaches_any_design_from_itself(seed: int) -> None:
    front = random_front(30, 3, seed)
    target = seed % 30
    merit = decide.achievement(front, np.ones(3) / 3.0, front[target])
    assert np.argmin(merit) == target


METHODS = {
    "knee": lambda score, weights: decide.knee_distance(score),
    "knee-angle": lambda score, weights: decide.bend_angle(score),
    "knee-trade-off": lambda score, weights: decide.trade_off(score),
    "pseudo-weights": decide.weight_distance,
    "topsis": decide.topsis,
    "asf": lambda score, weights: decide.achievement(score, weights, np.full(len(weights), 0.3)),
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("method", METHODS)
def test_a_constant_objective_changes_no_ranking(method: str, level: float, place: int) -> None:
    front, weights = random_front(30, 2, 5), np.array([0.7, 0.3])
    wide = np.insert(front, place, level, axis=1)
    # Its weight goes to the others, in their proportion.
    asked = np.insert(0.6 * weights, place, 0.4)
    merit = METHODS[method](wide, asked)
    assert merit == pytest.approx(METHODS[method](front, weights), abs=1e-11)
    # Wanting nothing but what all designs have in common is wanting the others equally.
    only = METHODS[method](wide, np.insert(np.zeros(2), place, 1.0))
    assert only == pytest.approx(METHODS[method](front, EQUAL), abs=1e-11)


def test_pseudo_weights_of_a_straight_front_are_the_places_on_it() -> None:
    a = np.linspace(0.0, 1.0, 101)
    front = np.column_stack([a, 1.0 - a, np.zeros(101)])
    for wanted in (0.3, 0.5, 0.7):
        asked = np.array([0.8 * wanted, 0.8 * (1.0 - wanted), 0.2])
        assert a[np.argmin(decide.weight_distance(front, asked))] == pytest.approx(1.0 - wanted)
    assert decide.pseudo_weights(front)[:, 2].tolist() == [0.0] * 101


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_designs_equal_in_everything_are_equally_good(method: str, n: int) -> None:
    merit = METHODS[method](np.zeros((n, 3)), np.array([0.2, 0.3, 0.5]))
    assert len(merit) == n
    assert (merit[1:] == merit[1:2]).all()
    assert np.argmin(merit) == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_single_objective_that_differs_decides_alone(method: str) -> None:
    score = np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 0.0]])
    assert np.argmin(METHODS[method](score, np.array([0.2, 0.8]))) == 2


def test_shares_are_normalised_and_checked() -> None:
    assert decide.shares({}, ["a", "b"]).tolist() == [0.5, 0.5]
    assert decide.shares({"b": 3.0, "a": 1.0}, ["a", "b"]).tolist() == [0.25, 0.75]
    assert decide.shares({"b": 3.0}, ["a", "b"]).tolist() == [0.0, 1.0]
    with pytest.raises(SpecError, match="did you mean 'mass'"):
        decide.shares({"mas": 1.0}, ["mass", "cost"])
    with pytest.raises(SpecError, match="at least 0"):
        decide.shares({"mass": -1.0}, ["mass"])
    with pytest.raises(SpecError, match="above 0"):
        decide.shares({"mass": 0.0}, ["mass"])
