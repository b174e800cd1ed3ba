"""Finite differences of objectives and constraints around one design, in two batches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.evaluation.guard import with_futures
from problems.space import DesignSpace, Problem, constraint_matrix
from problems.spec import Constraint, Objective, Variable, has_true_zero
from problems.units import FloatArray

STEP = 1e-3  # of a logarithm, or of the range of a linear variable
INTEGER_STEP = 0.01  # of the value, at least one
UNIT_STEP = 0.01  # of an assumption whose zero is a convention, in its unit


@dataclass(frozen=True, slots=True)
class Gradients:
    """Derivatives with respect to ``ln p``.

    For linear variables with respect to ``p / range``, for assumptions without a true zero to
    ``p``.
    """

    names: tuple[str, ...]
    objectives: FloatArray  # (k, n_obj), of the logarithm, smaller is better
    constraints: FloatArray  # (k, n_con), of the dimensionless violation


def _relative(plus: FloatArray, minus: FloatArray, base: FloatArray) -> FloatArray:
    """Return ln(plus / minus), or the difference over |base| where a sign forbids logarithms."""
    positive = (plus > 0.0) & (minus > 0.0)
    ratio = np.where(positive, plus, 1.0) / np.where(positive, minus, 1.0)
    size = np.abs(base)
    linear = (plus - minus) / np.where(size > 0.0, size, np.nan)
    return np.asarray(np.where(positive, np.log(ratio), linear))


def _relative_objectives(
    outputs: Mapping[str, FloatArray], objectives: Sequence[Objective]
) -> FloatArray:
    """Return relative objective changes, to be minimised, of rows base, plus..., minus...."""
    columns = []
    for objective in objectives:
        values = outputs[objective.output]
        k = len(values) // 2
        change = _relative(values[1 : k + 1], values[k + 1 :], values[:1])
        columns.append(change if objective.sense == "min" else -change)
    return np.column_stack(columns)


def _stepped(variable: Variable, value: float, sign: float) -> float:
    """Return a neighbour of ``value`` inside the bounds of the problem."""
    if variable.kind == "integer":
        moved = value + sign * max(1.0, round(INTEGER_STEP * value))
    elif variable.log:
        moved = value * math.exp(sign * STEP)
    else:
        moved = value + sign * STEP * (variable.upper - variable.lower)
    return min(max(moved, variable.lower), variable.upper)


def coordinate(variable: Variable, values: FloatArray) -> FloatArray:
    """Return the scale on which a variable is differentiated: logarithm or share of range."""
    if variable.log:
        return np.asarray(np.log(values))
    return np.asarray(values / ((variable.upper - variable.lower) or 1.0))


def variable_gradients(
    problem: Problem,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x_row: FloatArray,
) -> Gradients:
    """Differentiate with respect to every active number, in one batch of central differences.

    Whole numbers move by one or by one per cent; at a bound the difference is one-sided.
    """
    space = problem.space
    row = problem.canonical(np.atleast_2d(x_row), space)[0]
    active = problem.active(row[None])[0]
    moving = [i for i, v in enumerate(space.variables) if active[i] and v.kind != "choice"]
    k = len(moving)
    rows = np.tile(row, (2 * k + 1, 1))
    for at, i in enumerate(moving):
        rows[1 + at, i] = _stepped(space.variables[i], row[i], 1.0)
        rows[1 + k + at, i] = _stepped(space.variables[i], row[i], -1.0)
    rows = problem.canonical(rows, space)
    needed = {o.output for o in objectives} | {c.output for c in constraints}
    outputs = problem.evaluate(rows, sorted(needed))
    step = np.array(
        [
            np.diff(coordinate(space.variables[i], rows[[1 + k + at, 1 + at], i]))[0]
            for at, i in enumerate(moving)
        ]
    ).reshape(k, 1)
    keep = step[:, 0] > 0.0
    g = constraint_matrix(outputs, constraints)
    return Gradients(
        names=tuple(space.names[i] for i, moved in zip(moving, keep, strict=True) if moved),
        objectives=_relative_objectives(outputs, objectives)[keep] / step[keep],
        constraints=(g[1 : k + 1] - g[k + 1 :])[keep] / step[keep],
    )


def assumption_gradients(
    problem: Problem,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x_row: FloatArray,
) -> Gradients:
    """Differentiate with respect to the logarithm of every assumption, in one batch of futures.

    With respect to the assumption itself where its zero is a convention. Other assumptions of
    value zero have no logarithm; they are left out, and so are those that change neither an
    objective nor a constraint of this design. A problem without futures has none.
    """
    model = with_futures(problem)
    if model is None or not model.assumptions:
        return Gradients((), np.empty((0, len(objectives))), np.empty((0, len(constraints))))
    shifted = shifted_assumptions(problem)
    nominal = {k: value for k, value in model.assumptions.items() if value != 0.0 or k in shifted}
    k = len(nominal)
    futures = {}
    steps = np.array([[UNIT_STEP if key in shifted else STEP] for key in nominal]).reshape(k, 1)
    for at, (key, value) in enumerate(nominal.items()):
        column = np.full(2 * k + 1, value)
        for row, sign in ((1 + at, 1.0), (1 + k + at, -1.0)):
            moved = value + sign * UNIT_STEP if key in shifted else value * math.exp(sign * STEP)
            column[row] = moved
        futures[key] = column
    needed = sorted({o.output for o in objectives} | {c.output for c in constraints})
    columns = model.evaluate_futures(np.atleast_2d(x_row), futures, needed)
    outputs = {name: np.broadcast_to(columns[name], (2 * k + 1, 1))[:, 0] for name in needed}
    f = _relative_objectives(outputs, objectives) / (2.0 * steps)
    g = constraint_matrix(outputs, constraints)
    g = (g[1 : k + 1] - g[k + 1 :]) / (2.0 * steps)
    keep = np.flatnonzero((np.abs(np.column_stack([f, g])) > 1e-9).any(axis=1))
    keys = tuple(nominal)
    return Gradients(tuple(keys[i] for i in keep), f[keep], g[keep])


def sign_of(objective: Objective) -> float:
    """Return 1 for an objective to be minimised, -1 for one to be maximised."""
    return 1.0 if objective.sense == "min" else -1.0


def shifted_assumptions(problem: Problem) -> dict[str, str]:
    """Return the assumptions whose zero is a convention, with their units."""
    units = problem.assumption_units
    return {key: unit for key, unit in units.items() if not has_true_zero(key, unit)}


def sensitivities(
    gradients: Gradients,
    objectives: Sequence[Objective],
    space: DesignSpace | None = None,
    x_row: FloatArray | None = None,
) -> dict[str, dict[str, float]]:
    """Return d ln(objective) / d ln(p) with the natural sign; NaN for a variable of value zero.

    Where zero is a convention d ln(objective) / d p, per unit.
    """
    elasticities = {}
    for at, name in enumerate(gradients.names):
        factor = 1.0
        if space is not None and x_row is not None:
            factor = _per_share_or_unit(space[name], float(x_row[space.index[name]]))
        elasticities[name] = {
            o.output: float(gradients.objectives[at, k]) * factor * sign_of(o)
            for k, o in enumerate(objectives)
        }
    return elasticities


def _per_share_or_unit(variable: Variable, value: float) -> float:
    """Return what a derivative on the scale of :func:`coordinate` is multiplied by."""
    scale = 1.0 / value if variable.log else 1.0 / (variable.upper - variable.lower)
    if not variable.has_true_zero:
        return scale
    return value * scale if value != 0.0 else math.nan
