"""The best feasible design of one output, overall and for every architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimize.designs.best.architectures import Architecture, architectures
from optimize.designs.best.cases import Cases
from optimize.designs.best.search import CONTENDERS, EVALUATIONS, Optima, search, with_last_digits
from problems.space import DesignSpace, Problem
from problems.spec import Objective, SpecError, Value, nearest
from problems.units import FloatArray

if TYPE_CHECKING:
    from optimize.config.study import Study


@dataclass(frozen=True)
class Best:
    """The best design of one output; ``value`` is NaN when nothing is feasible."""

    x: FloatArray
    value: float
    feasible: bool
    outputs: dict[str, float]
    evaluations: int


def best_design(
    problem: Problem,
    study: Study,
    objective: Objective | str,
    *,
    fixed: Mapping[str, Value] | None = None,
    starts: FloatArray | None = None,
    evaluations: int = EVALUATIONS,
    seed: int = 1,
) -> Best:
    """Return the best feasible design of one output.

    Parameters
    ----------
    problem
        What is designed.
    study
        Its narrowed variables and its constraints.
    objective
        An output with its sense, or the name of an output to be minimised.
    fixed
        Variables held at a value.
    starts
        ``(n, n_var)`` designs to begin from; the answer is no worse than any feasible one.
    evaluations
        What the population search may spend; descents take as much again or twice that. The last
        digits come from the exact derivatives of a problem that has them.
    seed
        Of the population search.

    Returns
    -------
    Best
        Canonical design, its value in the unit of the output, and every other output. When no
        design is feasible, the one that violates the limits least.

    Raises
    ------
    SpecError
        For an unknown output or variable, or a value outside its bounds.
    """
    cases = cases_of(problem, study, objective, fixed=fixed)
    optima = search(cases, starts=starts, evaluations=evaluations, seed=seed, contenders=CONTENDERS)
    first = np.lexsort((optima.f, optima.violation))[:1]
    optima = with_last_digits(cases, optima, np.zeros(len(optima.x), dtype=np.intp), first)
    return _best(cases, optima, int(first[0]))


def winners(
    problem: Problem,
    study: Study,
    objective: Objective | str,
    *,
    fixed: Mapping[str, Value] | None = None,
    starts: FloatArray | None = None,
    evaluations: int = EVALUATIONS,
    seed: int = 1,
) -> list[tuple[Architecture, Best]]:
    """Return the best design of every architecture, best architecture first.

    Parameters and errors are those of :func:`best_design`; architectures without a feasible
    design come last.
    """
    cases = cases_of(problem, study, objective, fixed=fixed)
    optima = search(cases, starts=starts, evaluations=evaluations, seed=seed, contenders=None)
    every = np.arange(len(optima.x))
    optima = with_last_digits(cases, optima, np.zeros_like(every), every)
    kinds = architectures(cases.problem, cases.space)
    order = np.lexsort((optima.f, optima.violation))
    return [(kinds[i], _best(cases, optima, int(i))) for i in order]


def cases_of(
    problem: Problem,
    study: Study,
    objective: Objective | str,
    *,
    fixed: Mapping[str, Value] | None = None,
    futures: Mapping[str, FloatArray] | None = None,
    held: Mapping[str, FloatArray] | None = None,
) -> Cases:
    """Return what is optimised, with every name checked."""
    if isinstance(objective, str):
        objective = Objective(objective, "min", np.nan, np.nan)
    if objective.output not in problem.outputs:
        hint = nearest(objective.output, problem.outputs)
        raise SpecError(objective.output, "unknown output", hint)
    space = DesignSpace(study.variables)
    for name, value in (fixed or {}).items():
        space = space.replace(space[name].fix(value))
    return Cases(problem, space, objective, study.constraints, futures or {}, held or {})


def _best(cases: Cases, optima: Optima, at: int) -> Best:
    x = optima.x[at]
    feasible = bool(optima.violation[at] <= 0.0 and np.isfinite(optima.f[at]))
    outputs = cases.problem.evaluate(x[None])
    values = {name: float(column[0]) for name, column in outputs.items()}
    value = values[cases.objective.output] if feasible else float("nan")
    return Best(x, value, feasible, values, optima.evaluations)
