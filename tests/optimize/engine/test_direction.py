"""Whatever ``check`` accepts is searched in the direction it says, on toys with a known optimum."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from optimize.config.run_config import RunConfig
from optimize.config.traits import TRAITS
from optimize.engine.indicators import hypervolume
from optimize.engine.search import Search
from optimize.evaluation.tables import Layout
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, Output, SpecError, Variable
from problems.units import FloatArray

Columns = Mapping[str, FloatArray]
Model = Callable[[Columns], dict[str, FloatArray]]
UNKNOWN = (math.nan, math.nan)


class Toy(Problem):
    """A problem of given variables whose outputs a function computes; it counts its designs."""

    name, version = "toy", "1"
    objectives = ()

    def __init__(self, variables: Sequence[Variable], names: Sequence[str], model: Model) -> None:
        self.space = DesignSpace(variables)
        self.outputs = {name: Output(name, "1", "y", "", "toy") for name in names}
        self.model = model
        self.asked = 0

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        x = self.space.matrix(designs)
        self.asked += len(x)
        found = self.model(self.space.columns(x))
        return {name: found[name] for name in names or self.outputs}


def real(name: str, lower: float, upper: float, **settings: Any) -> Variable:
    """Return a real variable with its default at the upper bound."""
    return Variable(
        name=name,
        unit="1",
        symbol=name,
        description="",
        kind="real",
        default=upper,
        lower=lower,
        upper=upper,
        **settings,
    )


def searched(
    problem: Toy,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint] = (),
    **algorithm: Any,
) -> Search:
    """Return a search at its end."""
    config = RunConfig.model_validate(
        {"name": "toy", "algorithm": {"population": 24, "generations": 25, **algorithm}}
    )
    search = Search(config, Layout(problem, problem.space, objectives, constraints))
    while search.generation < config.algorithm.generation_limit and search.step():
        pass
    search.conclude()
    return search


# --- objectives ----------------------------------------------------------------------------------


def slope(columns: Columns) -> dict[str, FloatArray]:
    """Return a value from -5 to 60 and one that pulls the other way, for a third of the way."""
    x, y = columns["x"], columns["y"]
    return {"value": -5.0 + 65.0 * x + 5.0 * y, "other": y - 2.0 * np.minimum(x, 0.3)}


ends = st.one_of(st.floats(-100.0, 100.0), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=25, deadline=None)
@given(ends, ends, st.booleans(), st.sampled_from(("min", "max")), st.booleans())
def test_an_accepted_objective_is_searched_in_its_direction(
    first: float, second: float, log: bool, sense: str, declared: bool
) -> None:
    low, high = sorted((first, second))
    box = ((low, high) if sense == "min" else (high, low)) if declared else UNKNOWN
    try:
        aim = Objective("value", "min" if sense == "min" else "max", *box, log=log)
    except SpecError:
        assume(False)
    problem = Toy([real("x", 0.0, 1.0), real("y", 0.0, 1.0)], ("value", "other"), slope)
    search = searched(problem, [aim, Objective("other", "min", -1.0, 1.0)])
    best = search.archive.f[:, 0].min()
    assert best == pytest.approx(-5.0 if sense == "min" else -65.0, abs=1.5)
    assert search.archive.f[:, 1].min() < -0.5  # the other end of the front is found as well


@pytest.mark.parametrize(
    "name",
    [
        "nsga2",
        "nsga3",
        "unsga3",
        "age_moea2",
        "sms_emoa",
        "rvea",
        "optuna_tpe",
        "optuna_nsga2",
    ],
)
@pytest.mark.parametrize("box", [(UNKNOWN, False), ((0.01, 60.0), True)], ids=["late", "log"])
def test_no_algorithm_stops_at_zero(name: str, box: tuple[tuple[float, float], bool]) -> None:
    """The loss goes from -5 to 60, by absolute values: random designs hardly come below zero."""
    for package in TRAITS[name].packages:
        pytest.importorskip(package)

    def bowl(columns: Columns) -> dict[str, FloatArray]:
        away = np.mean([np.abs(columns[f"x{i}"]) for i in range(5)], axis=0)
        return {"loss": -5.0 + 65.0 * away + columns["y"], "other": -columns["y"]}

    variables = [*(real(f"x{i}", -0.5, 1.0) for i in range(5)), real("y", 0.0, 1.0)]
    limits, log = box
    objectives = [
        Objective("loss", "min", *limits, log=log),
        Objective("other", "min", *(UNKNOWN if limits is UNKNOWN else (-1.0, 0.0))),
    ]
    budget = {"optuna_tpe": (30, 6), "optuna_nsga2": (50, 20)}.get(name, (40, 50))
    search = searched(
        Toy(variables, ("loss", "other"), bowl),
        objectives,
        name=name,
        population=budget[0],
        generations=budget[1],
    )
    assert search.archive.f[:, 0].min() < {"optuna_tpe": 6.0, "optuna_nsga2": 0.0}.get(name, -3.5)
    assert 0.0 < search.history[-1][2] < (9.0 if log else 1.0 + 1e-9)


def test_a_late_scale_costs_no_evaluation_and_measures_no_infeasible_design() -> None:
    """One design in a hundred is feasible; the others cost a million times as much."""

    def shop(columns: Columns) -> dict[str, FloatArray]:
        x = columns["x"]
        return {"cost": np.where(x < 0.01, 3.0 + 100.0 * x, 1e15), "width": x}

    problem = Toy([real("x", 0.0, 1.0), real("y", 0.0, 1.0)], ("cost", "width"), shop)
    limit = Constraint("width", "width", "", upper=0.01)
    search = searched(problem, [Objective("cost", "min", *UNKNOWN)], [limit])
    assert problem.asked == search.evaluations <= 24 * 25
    (box,) = search.scale.objectives
    assert 3.0 <= box.ideal < box.reference <= 4.0
    assert search.scale.designs["cost"] >= 50
    history = search.history_frame
    assert history["hypervolume"].iloc[0] == 0.0
    assert 0.5 < history["hypervolume"].iloc[-1] <= 1.0


def test_nothing_feasible_leaves_no_scale() -> None:
    problem = Toy([real("x", 0.0, 1.0)], ("cost",), lambda c: {"cost": c["x"]})
    limit = Constraint("cost", "cost", "", lower=2.0)
    search = searched(problem, [Objective("cost", "min", *UNKNOWN)], [limit], generations=3)
    assert not search.scale.is_known
    assert search.history_frame["hypervolume"].tolist() == [0.0] * 3


# --- variables -----------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(ends, ends, st.booleans(), st.booleans(), st.booleans())
def test_an_accepted_variable_is_searched_to_its_bounds(
    first: float, second: float, log: bool, whole: bool, most: bool
) -> None:
    lower, upper = sorted((first, second))
    kind = {"kind": "integer"} if whole else {"kind": "real"}
    try:
        free = Variable(
            name="x",
            unit="1",
            symbol="x",
            description="",
            default=upper if not most else lower,
            lower=math.floor(lower) if whole else lower,
            upper=math.ceil(upper) if whole else upper,
            log=log,
            **kind,  # type: ignore[arg-type]
        )
    except (SpecError, OverflowError):
        assume(False)
    problem = Toy([free], ("x_out",), lambda c: {"x_out": c["x"]})
    sense = Objective("x_out", "max" if most else "min", *UNKNOWN)
    search = searched(problem, [sense])
    found = float(search.archive.x[0, 0])
    low, high = (math.log(v) if log else v for v in (free.lower, free.upper))
    there = math.log(found) if log else found
    assert there == pytest.approx(high if most else low, abs=0.02 * (high - low))
    assert not whole or found == round(found)


@pytest.mark.parametrize("name", ["nsga2", "nsga3", "random", "sobol", "optuna_tpe"])
def test_every_algorithm_draws_the_same_whole_numbers(name: str) -> None:
    whole = Variable(
        name="n",
        unit="1",
        symbol="n",
        description="",
        kind="integer",
        default=2,
        lower=1,
        upper=3,
    )
    met: set[float] = set()

    def model(columns: Columns) -> dict[str, FloatArray]:
        met.update(columns["n"].tolist())
        return {"n_out": columns["n"]}

    problem = Toy([whole, real("y", 0.0, 1.0)], ("n_out",), model)
    searched(problem, [Objective("n_out", "min", 0.0, 4.0)], name=name, generations=4)
    assert met == {1.0, 2.0, 3.0}


# --- constraints ---------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(
    st.floats(0.05, 0.95),
    st.floats(0.001, 1.0),
    st.one_of(st.none(), st.floats()),
    st.sampled_from(("lower", "upper", "both")),
    st.floats(-1e3, 1e3),
)
def test_an_accepted_constraint_is_kept_and_reached(
    limit: float, width: float, scale: float | None, side: str, offset: float
) -> None:
    """The value is pulled towards 0, or 1 for an upper limit, and stops at the limit."""
    bounds: dict[str, float] = {"lower": limit + offset}
    if side == "upper":
        bounds = {"upper": limit + offset}
    elif side == "both":
        bounds["upper"] = limit + width + offset
    try:
        kept = Constraint("kept", "value", "", scale=scale, **bounds)  # type: ignore[arg-type]
    except SpecError:
        assume(False)
    assume(not kept.is_equality)
    problem = Toy([real("x", 0.0, 1.0)], ("value",), lambda c: {"value": c["x"] + offset})
    aim = Objective("value", "max" if side == "upper" else "min", *UNKNOWN)
    search = searched(problem, [aim], [kept])
    found = float(search.archive.x[0, 0])
    assert found == pytest.approx(limit, abs=0.01)
    assert found >= limit - 1e-12 if side != "upper" else found <= limit + 1e-12


def test_the_last_row_of_the_history_is_of_the_archive_with_its_newcomers() -> None:
    problem = Toy([real("x", 0.0, 1.0), real("y", 0.0, 1.0)], ("value", "other"), slope)
    aims = [Objective("value", "min", -5.0, 60.0), Objective("other", "min", -1.0, 1.0)]
    search = searched(problem, aims, generations=4)
    front, volume = (search.columns.index(name) for name in ("front_size", "hypervolume"))
    search.history = [list(row) for row in search.history]
    for generation, row in enumerate(search.history):
        row[front], row[volume] = float(generation), 0.1 * generation
    frame = search.history_frame
    assert frame["front_size"].tolist() == [0, 1, 2, len(search.archive.f)]
    last = hypervolume(search.archive.f, search.layout.objectives)
    assert frame["hypervolume"].tolist() == pytest.approx([0.0, 0.1, 0.2, last])
