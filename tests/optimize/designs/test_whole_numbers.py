"""Descents beside jumps: limits met in whole numbers only, and objectives that jump."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from optimize.config.study import Study
from optimize.designs.best.cases import Cases
from optimize.designs.best.descent import Descent
from optimize.designs.best.design import best_design, cases_of
from optimize.designs.best.grid import solve
from optimize.designs.best.search import FINALISTS, _promising, descend
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, Output, Variable
from problems.units import FloatArray


def _number(name: str, kind: Any, lower: float, upper: float) -> Variable:
    return Variable(
        name=name,
        unit="1",
        symbol=name,
        description=name,
        kind=kind,
        default=lower,
        lower=lower,
        upper=upper,
        log=True,
    )


class Racks(Problem):
    """Many racks are cheap, but 104.9 are the most that there is power for.

    Large ones are cheaper, but always draw 1 % too much. The ideal size is 3; renewed less than
    5 years after the last time, a rack costs one more.
    """

    name, version = "racks", "1"
    outputs: ClassVar[dict[str, Output]] = {
        n: Output(n, "1", "x", n, "racks") for n in ("cost", "power")
    }
    objectives = (Objective("cost", "min", 1.0, 10.0),)
    constraints = (Constraint("power", "power", "enough power", upper=1.0),)

    def __init__(self) -> None:
        self.space = DesignSpace(
            (
                _number("count", "integer", 1, 20_000),
                _number("size", "real", 0.1, 10.0),
                _number("renewed", "real", 1.0, 10.0),
                Variable(
                    name="rack",
                    unit="1",
                    symbol="r",
                    description="rack",
                    kind="choice",
                    default="small",
                    choices=("small", "large"),
                ),
            )
        )

    def evaluate(self, designs: Any, names: Sequence[str] | None = None) -> dict[str, FloatArray]:
        count, size, renewed, large = self.space.matrix(designs).T
        cost = 100.0 / count + np.log(size / 3.0) ** 2 + 0.1 * renewed + (renewed < 5.0)
        power = np.maximum(count / 104.9, 1.01 * large)
        return {"cost": cost - 0.4 * large, "power": power}


@pytest.fixture
def cases() -> Cases:
    problem = Racks()
    return cases_of(
        problem, Study(problem.space.variables, problem.objectives, problem.constraints), "cost"
    )


def rows_of(*rows: tuple[float, ...]) -> tuple[FloatArray, Any]:
    return np.array(rows), np.zeros(len(rows), dtype=np.intp)


def test_a_feasible_design_is_never_lost_for_nearly_feasible_ones(cases: Cases) -> None:
    tempting = [(104.0, size, 5.0, 1.0) for size in np.linspace(2.0, 4.0, 3 * FINALISTS)]
    x, one = rows_of(*tempting, (60.0, 0.5, 9.0, 0.0))
    optimum = descend(cases, x, one, one, 1)
    assert optimum.violation[0] == 0.0
    assert optimum.f[0] <= cases.at(x[-1:], one[:1])[0][0]


def test_designs_at_rest_leave_their_place_to_those_on_their_way(cases: Cases) -> None:
    still = [(104.0, size, 5.0, 0.0) for size in np.linspace(2.5, 3.5, 3 * FINALISTS)]
    x, one = rows_of(*still, (104.0, 9.0, 5.0, 0.0))
    down = Descent.start(cases, x, one)
    down.trust[:-1] = 1e-4
    best = int(np.argmin(down.f))
    assert _promising(down, one).tolist() == [best, len(x) - 1]


def test_designs_far_apart_go_on_though_they_cost_the_same(cases: Cases) -> None:
    x, one = rows_of((104.0, 1.5, 5.0, 0.0), (104.0, 6.0, 5.0, 0.0), (104.0, 6.0 + 1e-9, 5.0, 0.0))
    down = Descent.start(cases, x, one)
    assert down.f[0] == pytest.approx(down.f[1], rel=1e-12)
    assert len(_promising(down, one)) == 2


def test_a_limit_is_met_by_one_less_of_a_whole_number(cases: Cases) -> None:
    x, one = rows_of((105.0, 3.0, 5.0, 0.0), (104.0, 3.0, 5.0, 0.0), (110.0, 3.0, 5.0, 0.0))
    down = Descent.start(cases, x, one)
    down.step_whole_numbers()
    np.testing.assert_array_equal(down.x[:, 0], (104.0, 104.0, 109.0))
    f, g = cases.at(down.x, one)
    np.testing.assert_array_equal(down.f, f)
    np.testing.assert_array_equal(down.g, g)
    optimum = descend(cases, x[:1], one[:1], one[:1], 1)
    assert optimum.violation[0] == 0.0


def test_a_jump_in_one_variable_does_not_hold_up_the_others(cases: Cases) -> None:
    x, one = rows_of((104.0, 1.0, 5.0, 0.0), (104.0, 9.0, 5.0, 0.0))
    down = Descent.start(cases, x, one)
    down.run(25)
    np.testing.assert_array_equal(down.x[:, 2], 5.0)
    np.testing.assert_allclose(down.x[:, 1], 3.0, rtol=1e-2)


def test_pools_always_pass_on_their_feasible_design(cases: Cases) -> None:
    rows = [[104.0, 3.0, 5.0, 1.0], [104.0, 3.1, 5.0, 1.0], [60.0, 0.5, 9.0, 0.0]]
    pool = np.repeat(np.array(rows)[:, None], 2, axis=1)  # whichever architecture they count for
    solved = solve(cases, pool)
    assert (solved.f <= cases.at(pool[2, :1], np.zeros(1, dtype=np.intp))[0][0]).all()


def test_the_answer_is_no_worse_than_any_start(cases: Cases) -> None:
    problem = Racks()
    study = Study(problem.space.variables, problem.objectives, problem.constraints)
    best = np.array([[104.0, 3.0, 5.0, 0.0]])
    poor = np.tile([[1.0, 0.1, 1.0, 0.0]], (100, 1))
    found = best_design(
        problem, study, "cost", starts=np.concatenate((poor, best)), evaluations=1, seed=3
    )
    assert found.feasible
    assert found.value <= cases.at(best, np.zeros(1, dtype=np.intp))[0][0]
