"""Derivatives of objectives and constraints at one design."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.evaluation.guard import with_futures
from optimize.evaluation.slopes import relative_slopes, violation_slopes
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, Variable, has_true_zero
from problems.units import BoolArray, FloatArray

INTEGER_STEP = 0.01  # of the value, at least one
_IDLE = 1e-9  # derivatives below which an assumption changes nothing


@dataclass(frozen=True, slots=True)
class Gradients:
    """Derivatives with respect to ``ln p``.

    For linear variables with respect to ``p / range``, for assumptions without a true zero to
    ``p``.
    """

    names: tuple[str, ...]
    objectives: FloatArray  # (k, n_obj), of the logarithm, smaller is better
    constraints: FloatArray  # (k, n_con), of the dimensionless violation

    def where(self, keep: BoolArray) -> Gradients:
        """Return some of the gradients."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        return Gradients(names, self.objectives[keep], self.constraints[keep])


def _moved(value: float, lower: float, upper: float, sign: float) -> float:
    """Return a whole number one or one per cent away, inside the bounds."""
    moved = value + sign * max(1.0, round(INTEGER_STEP * value))
    return min(max(moved, lower), upper)


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
    """Differentiate with respect to every active number.

    Real variables as :meth:`problems.space.Problem.jacobian` does; whole numbers move by one or by
    one per cent, to one side only at a bound.
    """
    space = problem.space
    row = problem.canonical(np.atleast_2d(x_row), space)[0]
    needed = sorted({o.output for o in objectives} | {c.output for c in constraints})
    slopes = problem.jacobian(row[None], needed)[0]
    whole, differences, outputs = _whole_number_slopes(problem, row, needed)
    slopes[:, whole] = differences
    active = problem.active(row[None])[0]
    keep = [i for i in sorted({*space.real.tolist(), *whole}) if active[i]]
    scale = np.array([per_coordinate(space.variables[i], row[i]) for i in keep])
    names = tuple(space.names[i] for i in keep)
    return _gradients(names, outputs, needed, slopes[:, keep] * scale, objectives, constraints)


def _whole_number_slopes(
    problem: Problem, row: FloatArray, needed: Sequence[str]
) -> tuple[list[int], FloatArray, dict[str, FloatArray]]:
    """Return whole numbers that can move, ``(k, numbers)`` differences per unit, and outputs.

    The outputs are those of the design itself, evaluated with its neighbours: one call for all.
    """
    space = problem.space
    whole = [i for i, v in enumerate(space.variables) if v.kind == "integer" and v.lower < v.upper]
    rows = np.tile(row, (2, len(whole), 1))
    for at, i in enumerate(whole):
        v = space.variables[i]
        rows[:, at, i] = [_moved(row[i], v.lower, v.upper, sign) for sign in (1.0, -1.0)]
    moved = problem.canonical(np.vstack([rows.reshape(-1, len(space)), row]), space)
    columns = problem.evaluate(moved, needed)
    change = np.array([columns[name][:-1] for name in needed]).reshape(len(needed), 2, len(whole))
    position = moved[:-1].reshape(*rows.shape)[:, np.arange(len(whole)), whole]
    width = position[0] - position[1]
    slopes = (change[:, 0] - change[:, 1]) / np.where(width > 0.0, width, np.nan)
    return whole, slopes, {name: columns[name][-1:] for name in needed}


def per_coordinate(variable: Variable, value: float) -> float:
    """Return the change of a variable per unit of its :func:`coordinate`."""
    return value if variable.log else variable.upper - variable.lower


def _gradients(
    names: tuple[str, ...],
    outputs: Mapping[str, FloatArray],
    needed: Sequence[str],
    slopes: FloatArray,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
) -> Gradients:
    """Return the gradients of one design from ``(k, d)`` slopes of its outputs."""
    by_name = dict(zip(needed, slopes[:, None], strict=True))
    f = np.empty((len(names), len(objectives)))
    g = np.empty((len(names), len(constraints)))
    for k, objective in enumerate(objectives):
        f[:, k] = relative_slopes(outputs, by_name, objective)[0]
    for k, constraint in enumerate(constraints):
        g[:, k] = violation_slopes(outputs, by_name, constraint)[0]
    return Gradients(names, f, g)


def assumption_gradients(
    problem: Problem,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x_row: FloatArray,
) -> Gradients:
    """Differentiate with respect to the logarithm of every assumption.

    With respect to the assumption itself where its zero is a convention. Other assumptions of
    value zero have no logarithm; they are left out, and so are those that change neither an
    objective nor a constraint of this design. A problem without futures has none.
    """
    model = with_futures(problem)
    if model is None or not model.assumptions:
        return Gradients((), np.empty((0, len(objectives))), np.empty((0, len(constraints))))
    shifted = shifted_assumptions(problem)
    nominal = {k: value for k, value in model.assumptions.items() if value != 0.0 or k in shifted}
    row = np.atleast_2d(x_row)
    needed = sorted({o.output for o in objectives} | {c.output for c in constraints})
    scale = np.array([1.0 if key in shifted else value for key, value in nominal.items()])
    slopes = model.assumption_jacobian(row, needed, tuple(nominal))[0] * scale
    outputs = model.evaluate(row, needed)
    local = _gradients(tuple(nominal), outputs, needed, slopes, objectives, constraints)
    both = np.column_stack([local.objectives, local.constraints])
    return local.where(np.asarray((np.abs(both) > _IDLE).any(axis=1)))


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
