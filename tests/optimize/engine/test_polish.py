"""Polishing: never worse, never infeasible, and at the optimum where that is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.local_model import Slopes, nearest_within
from optimize.engine.polish import affordable, polish
from optimize.run.start import start_run
from problems.space import DesignSpace, constraint_matrix, objective_matrix
from problems.units import FloatArray
from tests.optimize.toy import NanProblem, ToyProblem

TANK = ToyProblem()
PLENTY = 10**9


def feasible(problem: ToyProblem, n: int, seed: int) -> FloatArray:
    x = problem.space.sample(n, np.random.default_rng(seed))
    outputs = problem.evaluate(x)
    f = objective_matrix(outputs, problem.objectives)
    g = constraint_matrix(outputs, problem.constraints)
    return x[(g <= 0.0).all(axis=1) & np.isfinite(np.hstack((f, g))).all(axis=1)]


def polished(x: FloatArray, problem: ToyProblem = TANK, evaluations: int = PLENTY) -> Any:
    return polish(
        problem, problem.space, problem.objectives, problem.constraints, x, evaluations=evaluations
    )


def test_single_step_by_hand() -> None:
    """Two objectives, two limits, three variables; a row a design."""
    f = np.array([[-1.0, 1.0, 0.0], [-0.5, -3.0, 0.0]])
    g = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    slopes = Slopes(np.array([f, f, -f, 0.0 * f]), np.array([g, g, g, g]))
    room = np.array([[-0.1, -9.0], [-1.0, 0.0], [-1.0, -1.0], [-1.0, -1.0]])
    low, high = np.full((4, 3), -0.25), np.full((4, 3), 0.3)
    # More of the first variable betters both objectives, until the first limit or the bound; the
    # second limit, which it does not touch, is of no account even when it is reached. Less of it
    # betters both where the signs are the other way round. The second variable helps one objective
    # and hurts the other; where nothing helps, nothing moves.
    expected = [[0.05, 0.0, 0.0], [0.3, 0.0, 0.0], [-0.25, 0.0, 0.0], [0.0] * 3]
    assert slopes.single(room, low, high) == pytest.approx(np.array(expected))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), budget=st.sampled_from([0, 500, 3000, PLENTY]))
def test_polish_is_never_worse_nor_infeasible(seed: int, budget: int) -> None:
    x = feasible(TANK, 60, seed)
    before = x.copy()
    found = polished(x, evaluations=budget)
    assert (x == before).all()
    outputs = TANK.evaluate(found.x)
    assert (constraint_matrix(outputs, TANK.constraints) <= 0.0).all()
    f = objective_matrix(outputs, TANK.objectives)
    old = objective_matrix(TANK.evaluate(x), TANK.objectives)
    assert (f == found.f).all()
    assert (found.f_before == old).all()
    assert (f <= old).all()
    assert ((f < old).any(axis=1) == found.moved).all()
    assert found.evaluations <= max(budget, len(x))
    assert (found.x >= TANK.space.lower).all()
    assert (found.x <= TANK.space.upper).all()
    assert (TANK.canonical(found.x) == found.x).all()
    for name in ("plies", "metal", "coat"):
        i = TANK.space.index[name]
        assert (found.x[:, i] == x[:, i]).all()


def test_polish_is_deterministic_and_each_design_is_its_own() -> None:
    x = feasible(TANK, 200, 4)
    whole, again = polished(x), polished(x)
    assert whole.x.tobytes() == again.x.tobytes()
    backwards = polished(x[::-1])
    assert backwards.x[::-1] == pytest.approx(whole.x, rel=1e-6)


def test_polish_finds_the_lightest_tank() -> None:
    # A closed cylinder of given volume V has the least surface at l = 2 r (calculus; the shape of
    # a tin): with V = 2 m3, r = (V / 2 pi)^(1/3). The wall of 20 plies of steel holds anywhere.
    variables = []
    for v in TANK.space.variables:
        fixed = {"plies": 20, "metal": "steel", "coat": "none"}.get(v.name)
        variables.append(v if fixed is None else v.fix(fixed))
    space = DesignSpace(variables)
    x = TANK.canonical(space.sample(300, np.random.default_rng(1)), space)
    outputs = TANK.evaluate(x)
    x = x[(constraint_matrix(outputs, TANK.constraints) <= 0.0).all(axis=1)]
    mass = [o for o in TANK.objectives if o.output == "mass_kg"]
    found = polish(TANK, space, mass, TANK.constraints, x, evaluations=PLENTY)
    radius = (2.0 / (2.0 * np.pi)) ** (1.0 / 3.0)
    lightest = 2.0 * np.pi * radius * 3.0 * radius * 20e-3 * 7850.0
    assert len(x) > 50
    assert found.f[:, 0] == pytest.approx(lightest, rel=1e-5)
    assert found.x[:, 0] == pytest.approx(radius, rel=0.02)  # flat near the optimum
    assert (found.f[:, 0] >= lightest * (1.0 - 1e-12)).all()


def test_polish_leaves_no_gain_along_one_variable() -> None:
    x = feasible(TANK, 3000, 2)
    f = objective_matrix(TANK.evaluate(x), TANK.objectives)
    x = x[np.asarray(moocore.is_nondominated(f), dtype=bool)]
    assert share_with_slack(TANK, x) > 0.5
    assert share_with_slack(TANK, polished(x).x) < 0.02


def share_with_slack(problem: Any, x: FloatArray, name: str | None = None) -> float:
    """Return the share of designs that one per mille of one variable betters at no cost."""
    space = problem.space
    names = [name] if name else [v.name for v in space.variables if v.kind == "real"]
    f = objective_matrix(problem.evaluate(x), problem.objectives)
    slack = np.zeros(len(x), dtype=bool)
    for i in [space.index[n] for n in names]:
        for factor in (0.999, 1.001):
            there = x.copy()
            there[:, i] *= factor
            there = problem.canonical(there, space)
            outputs = problem.evaluate(there)
            new = objective_matrix(outputs, problem.objectives)
            holds = (constraint_matrix(outputs, problem.constraints) <= 0.0).all(axis=1)
            slack |= holds & (new <= f).all(axis=1) & (new < f * (1.0 - 1e-6)).any(axis=1)
    return float(slack.mean())


def test_nearest_within_agrees_with_a_quadratic_programme() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(7)
    n, m, k = 12, 4, 3
    start = rng.normal(size=(n, k))
    normals = rng.normal(size=(n, m, k))
    room = rng.uniform(0.05, 0.5, size=(n, m))  # zero is always allowed
    low, high = np.full((n, k), -0.7), np.full((n, k), 0.6)
    found = nearest_within(start, normals, room, low, high)
    for i in range(n):
        limits = {
            "type": "ineq",
            "fun": lambda d, i=i: room[i] - normals[i] @ d,
            "jac": lambda d, i=i: -normals[i],
        }
        exact = minimize(
            lambda d, i=i: 0.5 * ((d - start[i]) ** 2).sum(),
            np.zeros(k),
            jac=lambda d, i=i: d - start[i],
            method="SLSQP",
            constraints=[limits],
            bounds=list(zip(low[i], high[i], strict=True)),
            options={"ftol": 1e-12},
        )
        assert found[i] == pytest.approx(exact.x, abs=0.02)


def test_polish_lets_infeasible_and_broken_designs_rest() -> None:
    x = TANK.space.sample(100, np.random.default_rng(3))
    g = constraint_matrix(TANK.evaluate(x), TANK.constraints)
    bad = (g > 0.0).any(axis=1)
    found = polished(x)
    assert bad.any()
    assert (found.x[bad] == x[bad]).all()
    assert not found.moved[bad].any()
    broken = NanProblem()
    x = feasible(broken, 100, 5)
    assert np.isfinite(polished(x, broken).f).all()


def test_polish_of_nothing_returns_nothing() -> None:
    empty = polished(np.empty((0, len(TANK.space))))
    assert empty.x.shape == (0, len(TANK.space))
    assert empty.f.shape == (0, 3)
    fixed = DesignSpace(v if v.kind != "real" else v.fix(v.default) for v in TANK.space.variables)
    x = feasible(TANK, 50, 1)
    found = polish(TANK, fixed, TANK.objectives, TANK.constraints, x, evaluations=PLENTY)
    assert found.x is not x
    assert (found.x == x).all()
    assert not found.moved.any()


def test_affordable_grows_with_the_budget() -> None:
    numbers = [affordable(TANK, TANK.space, n) for n in (0, 100, 10_000, 100_000)]
    assert numbers[0] == 0
    assert numbers == sorted(numbers)
    assert numbers[-1] > 1000


def test_polish_takes_the_slack_out_of_the_satellite(tmp_path: Path) -> None:
    overrides = [
        "algorithm.population=200",
        "algorithm.generations=40",
        "algorithm.polish=false",
        "output.evaluations=false",
    ]
    path = Path(__file__).parents[3] / "configs" / "quick.yaml"
    config, study = read_study(load_source(str(path), overrides))
    run = start_run(config, study, out=tmp_path).run
    found = polish(
        run.problem, run.space, run.objectives, run.constraints, run.front_x, evaluations=PLENTY
    )
    narrowed = _Study(run)
    assert share_with_slack(narrowed, run.front_x, "array_area_m2") > 0.5
    assert share_with_slack(narrowed, found.x, "array_area_m2") < 0.01
    assert share_with_slack(narrowed, found.x, "radiator_area_m2") < 0.01


class _Study:
    """A run's problem within the bounds and limits of the run."""

    def __init__(self, run: Any) -> None:
        self.space, self.objectives, self.constraints = run.space, run.objectives, run.constraints
        self.canonical = run.problem.canonical
        self.evaluate: Callable[..., Any] = run.problem.evaluate
