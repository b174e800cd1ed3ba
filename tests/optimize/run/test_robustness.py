"""The price of robustness by hand: two small fronts with known members."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimize.evaluation.robust import FEASIBLE
from optimize.run import robustness
from problems.spec import Constraint, Objective
from problems.units import FloatArray

COST = Objective("cost_usd", "min", 0.0, 10.0)
GAIN = Objective("gain_w", "max", 10.0, 0.0)
LIMIT = Constraint("limit", "slack", "enough slack", lower=0.0)
#: Objectives as they are minimised: the gain has its sign changed.
PLAIN = np.array([[2.0, -4.0], [3.0, -6.0], [8.0, -8.0]])
COLUMNS = {
    "cost_usd": PLAIN[:, 0],
    "gain_w": -PLAIN[:, 1],
    "slack": np.array([1.0, 0.0, -1.0]),
    FEASIBLE: np.array([0.75, np.nan, 0.5]),
}


def judged(plain: FloatArray = PLAIN) -> robustness._Judged:
    flags = np.ones(len(plain), dtype=np.bool_)
    return robustness._Judged(plain, plain, flags, flags, flags.astype(np.float64), flags)


def test_a_design_without_a_result_is_never_feasible() -> None:
    problem: Any = SimpleNamespace(
        used=(), nominal_objectives=(COST, GAIN), nominal_constraints=(LIMIT,)
    )
    layout: Any = SimpleNamespace(
        searched=(),
        objectives=(GAIN,),
        constraints=(),
        problem=SimpleNamespace(evaluate=lambda x, names: COLUMNS),
    )
    front = robustness._Judged.of(problem, layout, PLAIN)
    assert front.plain.tolist() == PLAIN.tolist()
    assert front.risk[:, 0].tolist() == PLAIN[:, 1].tolist()
    assert front.feasible.tolist() == [True, True, False]  # a limit just reached holds
    assert front.reliable.tolist() == [True, True, True]
    assert front.probability.tolist() == [0.75, 0.0, 0.5]
    assert front.sound.tolist() == [True, False, True]


def test_best_of_each_objective_has_its_natural_sign() -> None:
    assert robustness._best(PLAIN, (COST, GAIN)) == {"cost_usd": 2.0, "gain_w": 8.0}
    assert robustness._best(PLAIN[:0], (COST, GAIN)) == {"cost_usd": None, "gain_w": None}


def test_dominated_needs_to_be_worse_somewhere_and_better_nowhere() -> None:
    loss = np.array([[2.0, -4.0], [2.5, -4.0], [2.0, -3.0], [1.0, 9.0], [9.0, 9.0]])
    assert robustness._dominated(loss, PLAIN).tolist() == [False, True, True, False, True]
    assert robustness._dominated(loss, PLAIN[:0]).tolist() == [False] * 5


def test_who_survives_a_future_is_feasible_in_it_and_not_dominated_there() -> None:
    loss = np.array(
        [
            [[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]],
            [[2.0, 2.0], [1.0, 1.0], [1.0, 1.0]],
            [[0.0, 0.0], [np.nan, 0.0], [0.0, 3.0]],
        ]
    )
    holds = np.array([[True, True, True], [True, True, True], [False, True, True]])
    survives = [[True, False, True], [False, True, True], [False, False, True]]
    assert robustness._survive(loss, holds).tolist() == survives


def test_price_is_what_robust_designs_cost_more_than_nominal_ones_as_good_otherwise() -> None:
    # (4, -5): gain of at least 5 costs 3 nominally; (12, -8): of 8 costs 8. Cost of at most 4 or 12
    # gains 6 or 8.
    robust = judged(np.array([[4.0, -5.0], [12.0, -8.0]]))
    price = robustness._price(judged(), robust, (COST, GAIN))
    assert price["cost_usd"] == {
        "lowest": pytest.approx(4 / 3),
        "median": pytest.approx((4 / 3 + 1.5) / 2),
        "highest": 1.5,
    }
    assert price["gain_w"] == pytest.approx({"lowest": 5 / 6, "median": 11 / 12, "highest": 1.0})
    beyond = judged(np.array([[1.0, -9.0]]))
    assert robustness._price(judged(), beyond, (COST, GAIN)) == {"cost_usd": None, "gain_w": None}


def test_members_that_meet_are_spread_over_the_whole_front() -> None:
    x = np.arange(1000.0)[:, np.newaxis]
    assert robustness._members(x[:200]).tolist() == x[:200].tolist()
    members = robustness._members(x)[:, 0]
    assert (len(members), members[0], members[-1]) == (200, 0.0, 999.0)
    assert np.ptp(np.diff(members)) <= 1.0
