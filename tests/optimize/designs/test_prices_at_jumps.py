"""Prices of designs at jumps and kinks of the model, and at whole numbers, known on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from optimize.designs.price_text import price_lines, prices_json
from optimize.designs.shadow_prices import ShadowPrices, shadow_prices
from problems.spec import Constraint, Objective
from tests.optimize.engine.bowls import Bowls

NEAR, FAR = Bowls.objectives


class Whole(Bowls):
    """Between two whole numbers it would be better still."""

    def evaluate(self, designs: Any, names: Sequence[str] | None = None) -> Any:
        found = super().evaluate(designs)
        steps = self.space.matrix(designs)[:, 2]
        found["near"] = (found["near"] - 0.1 * abs(steps - 1.0)) + (steps - 1.4) ** 2
        return {name: found[name] for name in names or found}


def prices(
    problem: Bowls,
    *x: float,
    objectives: Sequence[Objective] = (NEAR,),
    limits: Sequence[Constraint] = (),
) -> ShadowPrices:
    return shadow_prices(problem, problem.space, objectives, limits, np.array(x))


def test_a_jump_holds_a_design_like_a_bound() -> None:
    found = prices(Bowls("jump"), 0.2, 0.3, 1.0, 0.0)
    assert found.residual["near"] == pytest.approx(0.0, abs=1e-9)
    assert found.improve["near"] == ()
    assert found.held["near"] == ("a jump of the model along b",)
    assert prices_json(found)["held"] == {"near": ["a jump of the model along b"]}
    lines = price_lines(found, (NEAR,), Bowls.outputs, {"near": 0.3})
    assert "Near: held by a jump of the model along b" in lines


def test_a_limit_at_a_jump_has_the_price_of_re_optimisation() -> None:
    # near = (0.6 - s)^2 + 0.3 with s^2 = limit - 0.3, so d near / d limit = -(0.6 - s) / s.
    limit = Constraint("far", "far", "Far", upper=0.34, scale=1.0)
    (price,) = prices(Bowls("jump"), 0.6, 0.3, 1.0, 0.0, limits=(limit,)).limits
    assert price.change_per_unit == pytest.approx(-2.0, rel=1e-6)


def test_at_a_kink_gradients_of_both_sides_take_part() -> None:
    found = prices(Bowls("kink"), 0.5, 0.5, 1.0, 0.0)
    assert found.residual["near"] == pytest.approx(0.0, abs=1e-9)
    assert found.improve["near"] == ()
    assert found.held["near"] == ("a kink of the model along a",)
    # Two designs apart in a by d gain 0.6 d in one objective and lose it in the other, but for
    # the kink, which costs both of them more: no trade-off pays.
    both = prices(Bowls("kink"), 0.5, 0.5, 1.0, 0.0, objectives=(NEAR, FAR))
    assert both.improve == {"near": (), "far": ()}


def test_a_whole_number_holds_a_design_that_a_step_of_one_does_not_better() -> None:
    held = prices(Whole(), 0.2, 0.5, 1.0, 0.0)
    assert held.improve["near"] == ()
    assert held.held["near"] == ("the whole number steps",)
    assert held.residual["near"] == pytest.approx(0.0, abs=1e-9)
    free = prices(Whole(), 0.2, 0.5, 2.0, 0.0)
    assert free.improve["near"] == ("less steps",)
    assert free.why_rough("near") == "not at a local optimum: less steps would still better it"


def test_no_move_is_named_that_does_not_better() -> None:
    # Differences of a model without derivatives of its own see the jump as a slope.
    found = prices(Bowls("jump", exact=False), 0.2, 0.3, 1.0, 0.0)
    assert found.improve["near"] == ()
    assert "no small step that was tried betters it" in found.why_rough("near")


def test_at_the_end_of_a_front_there_is_no_price() -> None:
    # Nearly at its best, an objective lets the other gain thousands of per cent for one.
    limit = Constraint("room", "b_out", "Room", upper=0.3, scale=1.0)
    found = prices(Bowls(), 0.2 + 1e-7, 0.3, 1.0, 0.0, objectives=(NEAR, FAR), limits=(limit,))
    assert (
        found.why_rough("far") == "a trace of another objective, at its best here, buys any amount"
    )
    assert not [price for price in found.limits if price.objective == "far"]
