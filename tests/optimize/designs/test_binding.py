"""The limit that decides: planted ones are found, swaps keep the IT power."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.config.shipped import shipped_configurations
from optimize.config.source import read_source
from optimize.config.study import read_study
from optimize.designs.best.design import best_design
from optimize.designs.binding import affordable_starts, find_binding, other_choices
from optimize.designs.swaps import swapped
from optimize.evaluation.build import build_problem
from problems.compute_satellite.problem import ComputeSatellite
from problems.space import DesignSpace
from problems.spec import Constraint, Objective, Output, Variable
from tests.conftest import LONG
from tests.optimize.toy import ToyProblem

COST = Objective("cost", "min", ideal=0.1, reference=10.0)


class Bought:
    """Two parts of one need: a cheap one that a limit keeps small, and a dear one."""

    name, version, scenario, breakdowns = "bought", "1", "", ()
    marginals = ()
    objectives = (COST,)

    def __init__(self) -> None:
        names = ("cost", "need", "cheap_used", "spare")
        self.outputs = {name: Output(name, "1", name, name, "x") for name in names}
        self.assumptions: dict[str, float] = {}
        variables = [
            Variable(
                name=name,
                unit="1",
                symbol=name,
                description=name,
                kind="real",
                default=0.5,
                lower=0.0,
                upper=2.0,
            )
            for name in ("cheap", "dear")
        ]
        brand = Variable(
            name="brand",
            unit="1",
            symbol="b",
            description="brand",
            kind="choice",
            default="thrifty",
            choices=("thrifty", "hungry"),
        )
        self.space = DesignSpace((*variables, brand))
        self.constraints = (
            Constraint("need", "need", "is met", lower=1.0),
            Constraint("cheap_used", "cheap_used", "of the hungry brand hardly any", upper=0.4),
            Constraint("spare", "spare", "touches nothing", upper=10.0),
        )

    def canonical(self, x, space=None):
        space = space or self.space
        return np.clip(x, [v.lower for v in space.variables], [v.upper for v in space.variables])

    def active(self, x):
        return np.ones(x.shape, dtype=bool)

    def warnings(self, row):
        return []

    def evaluate(self, x, names=None):
        cheap, dear, brand = x.T
        hungry = brand == 1.0
        return {
            "cost": cheap * np.where(hungry, 0.25, 0.5) + 2.0 * dear,
            "need": cheap + dear,
            "cheap_used": np.where(hungry, 4.0, 1.0) * cheap,
            "spare": 0.0 * cheap,
        }


def test_limit_that_decides_is_named_with_its_price_and_what_would_replace_what():
    problem = Bought()
    start = np.array([[0.4, 0.6, 0.0]])
    starts = np.concatenate((start, other_choices(problem, problem.space, start)))
    found = find_binding(problem, problem.space, COST, problem.constraints, starts)
    # With it 0.4 x 0.5 + 0.6 x 2 = 1.4, without it one whole of the hungry brand at 0.25.
    need, used = sorted(found.reliefs, key=lambda relief: relief.constraint != "need")
    assert (need.constraint, used.constraint) == ("need", "cheap_used")
    assert used.with_all == pytest.approx(1.4, rel=1e-3)
    assert used.without == pytest.approx(0.25, rel=1e-3)
    assert used.replaced == (("brand", "thrifty", "hungry"),)
    assert "spare" not in {relief.constraint for relief in found.reliefs}
    only = find_binding(problem, problem.space, COST, problem.constraints[1:], starts[:1] * 0.0)
    assert only.sentence.startswith("No single limit decides")


def test_sentence_names_the_dearest_limit():
    problem = Bought()
    limits = (Constraint("need", "need", "is met", lower=1.0, scale=1.0), *problem.constraints[1:])
    start = np.array([[0.4, 0.6, 0.0]])
    starts = np.concatenate((start, other_choices(problem, problem.space, start)))
    held = find_binding(problem, problem.space, COST, limits, starts)
    kept = [relief for relief in held.reliefs if relief.constraint == "cheap_used"]
    text = type(held)(COST, "1", tuple(kept), 3, 0).sentence
    assert text == (
        "`cheap_used` decides: without it cost would fall 5.6 times "
        "and hungry would replace thrifty."
    )
    assert held.entry()["constraints"][-1]["replaced"][0]["variable"] == "brand"


def test_swapped_accelerator_keeps_the_it_power():
    problem = ComputeSatellite()
    space = problem.space
    x = problem.canonical(space.defaults[None], space)
    column = space.index["gpu_model"]
    before = problem.evaluate(x, ("it_power_w",))["it_power_w"]
    for code in space["gpu_model"].codes:
        after = swapped(problem, space, x, column, code)
        assert after[0, column] == code
        now = problem.evaluate(after, ("it_power_w",))["it_power_w"]
        # Whole accelerators only: at most one of them less.
        assert 1.0 - 1.5 / after[0, space.index["gpu_count"]] <= now[0] / before[0] <= 1.0 + 1e-9


def test_swap_in_a_problem_without_it_power_changes_nothing_else():
    problem = Bought()
    x = np.array([[0.4, 0.6, 0.0]])
    assert swapped(problem, problem.space, x, 2, 1.0).tolist() == [[0.4, 0.6, 1.0]]


def test_fewer_evaluations_afford_fewer_starts():
    space = ToyProblem().space
    assert affordable_starts(space, 3, 10) == 0
    assert affordable_starts(space, 3, 100_000) > affordable_starts(space, 3, 50_000) > 0


def planted(name: str, *, searched: bool) -> str:
    """Return the sentence about a configuration whose first objective may not get better."""
    config, study = read_study(read_source(name))
    problem, space = build_problem(config), DesignSpace(study.variables)
    first = study.objectives[0]
    start = problem.canonical(space.defaults[None], space)
    if searched:
        best = best_design(problem, study, first, evaluations=20_000 if LONG else 1000)
        start = best.x[None]
        if not best.feasible:  # nothing to plant a limit beside: the limits it has forbid it
            return find_binding(problem, space, first, study.constraints, start).sentence
    value = float(problem.evaluate(start, (first.output,))[first.output][0])
    limit = Constraint("planted", first.output, "artificially tight", lower=1.3 * value)
    constraints = (*study.constraints, limit)
    return find_binding(problem, space, first, constraints, start).sentence


def test_planted_limit_is_found_in_the_baseline():
    assert planted("baseline", searched=False).startswith("`planted` decides")


@pytest.mark.parametrize("name", sorted(shipped_configurations()) if LONG else ["geo"])
def test_planted_limit_is_found_in_every_shipped_configuration(name):
    _, study = read_study(read_source(name))
    if study.free:
        sentence = planted(name, searched=True)
        assert "`planted` decides" in sentence or "o design found keeps every limit" in sentence


def test_limit_without_which_there_is_a_design_is_named():
    problem = Bought()
    limits = (*problem.constraints, Constraint("planted", "cost", "artificially tight", upper=0.1))
    found = find_binding(problem, problem.space, COST, limits, np.array([[0.4, 0.6, 0.0]]))
    assert found.sentence.startswith(
        "`need` or `planted` decides: no design found keeps every limit"
    )
