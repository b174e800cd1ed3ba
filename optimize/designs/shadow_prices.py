"""Shadow prices of one design: what a variable, a limit or an assumption is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from optimize.designs.gradients import (
    Gradients,
    assumption_gradients,
    coordinate,
    sensitivities,
    shifted_assumptions,
    sign_of,
    variable_gradients,
)
from optimize.utils.labels import number, quantity, words
from problems.space import DesignSpace, Problem, constraint_matrix
from problems.spec import Constraint, Objective, Output
from problems.units import FloatArray

BINDING = 0.02  # a constraint binds when its dimensionless violation is closer to zero
TOUCHING = 1e-3  # share of a range, or of its logarithm, within which a design lies on a bound
ROUGH = 0.2  # unexplained share of a gradient above which prices are rough


@dataclass(frozen=True, slots=True)
class LimitPrice:
    """What an objective gains when one binding limit is relaxed and the design adapts."""

    constraint: str
    objective: str
    side: str
    limit: float
    unit: str
    multiplier: float
    change_per_unit: float
    text: str


@dataclass(frozen=True, slots=True)
class ShadowPrices:
    """Local sensitivities of one design; every mapping is keyed by name, then by objective.

    ``variables`` and ``assumptions`` are elasticities d ln(objective) / d ln(p) of the design as it
    is; ``adapted`` those of assumptions after the free variables have followed, at equal other
    objectives. Of the names in ``per_unit`` (with their units) zero is a convention, and it is
    d ln(objective) / d p, per unit. ``tradeoffs`` tells by how many per cent an objective improves
    when another one is allowed to be one per cent worse. ``residual`` is the share of an
    objective's gradient that constraints, bounds and other objectives do not explain: 0 for a
    Pareto-optimal design. Where it is not small, ``improve`` names the moves that would better the
    objective and, to first order, hurt nothing else. ``exact`` tells whether the model knows its
    derivatives; those of others are finite differences.
    """

    binding: tuple[str, ...]
    variables: Mapping[str, Mapping[str, float]]
    assumptions: Mapping[str, Mapping[str, float]]
    adapted: Mapping[str, Mapping[str, float]]
    limits: tuple[LimitPrice, ...]
    tradeoffs: Mapping[str, Mapping[str, float]]
    residual: Mapping[str, float]
    improve: Mapping[str, tuple[str, ...]]
    per_unit: Mapping[str, str]
    exact: bool


def _bound_normals(space: DesignSpace, names: Sequence[str], x_row: FloatArray) -> FloatArray:
    """Return the outward normals, one per column, of the bounds on which the design lies."""
    columns = []
    for at, name in enumerate(names):
        variable = space[name]
        value, low, high = coordinate(
            variable, np.array([x_row[space.index[name]], variable.lower, variable.upper])
        )
        near = TOUCHING * (high - low)
        for touching, sign in ((value - low <= near, -1.0), (high - value <= near, 1.0)):
            if touching:
                columns.append(sign * np.eye(len(names))[at])
    return np.array(columns).reshape(len(columns), len(names)).T


class _Multipliers(NamedTuple):
    objectives: FloatArray  # (n_obj,), own one 0
    constraints: FloatArray  # (number of binding constraints,)
    prices: FloatArray  # the same, the smallest value each can take
    residual: float
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stationarity:
    """Gradients over the free variables, ready for the multipliers of any objective."""

    names: tuple[str, ...]
    objectives: FloatArray  # (k, n_obj)
    binding: FloatArray  # (k, number of binding constraints)
    normals: FloatArray  # (k, number of bounds touched)

    @classmethod
    def at(
        cls, local: Gradients, binds: Sequence[int], space: DesignSpace, x_row: FloatArray
    ) -> _Stationarity:
        """Keep the variables that are free in ``space`` and whose derivatives are finite."""
        free = {space.names[i] for i in space.free}
        objectives, binding = local.objectives, local.constraints[:, list(binds)]
        finite = np.isfinite(np.column_stack([objectives, binding]))
        use = [i for i, name in enumerate(local.names) if name in free and all(finite[i].tolist())]
        normals = _bound_normals(space, [local.names[i] for i in use], x_row)
        return cls(tuple(local.names[i] for i in use), objectives[use], binding[use], normals)

    def multipliers(self, k: int) -> _Multipliers | None:
        """Return the multipliers for objective ``k``.

        None when nothing free moves it: then no limit has a price.
        """
        from scipy.optimize import nnls  # takes 0.3 s, which designs without prices need not spend

        target = self.objectives[:, k]
        size = float(np.linalg.norm(target))
        if size == 0.0:
            return None
        others = np.delete(self.objectives, k, axis=1)
        columns = np.column_stack([others, self.binding, self.normals])
        # Without a single column scipy's solver frees its memory twice.
        multipliers, distance = nnls(columns, -target) if columns.shape[1] else (np.empty(0), size)
        n = others.shape[1]
        # The rest of the gradient makes no acute angle with any other one: going against it
        # betters this objective and worsens nothing.
        remainder = target + columns @ multipliers
        order = np.argsort(-np.abs(remainder), kind="stable")
        moves = tuple(
            f"{'less' if remainder[i] > 0.0 else 'more'} {self.names[i]}"
            for i in order[:3]
            if abs(remainder[i]) > 0.3 * np.abs(remainder).max()
        )
        limits = slice(n, n + self.binding.shape[1])
        prices = _smallest(columns, multipliers)[limits]
        residual = float(distance) / size
        moves = moves if residual > ROUGH else ()
        return _Multipliers(
            np.insert(multipliers[:n], k, 0.0), multipliers[limits], prices, residual, moves
        )


def _smallest(columns: FloatArray, multipliers: FloatArray) -> FloatArray:
    """Return the smallest value of each multiplier that explains the gradient equally well.

    They differ only where gradients are linearly dependent, e.g. when a limit and a bound stop the
    same move: relaxing one of them alone then gains nothing.
    """
    if np.linalg.matrix_rank(columns) == columns.shape[1]:
        return multipliers
    from scipy.optimize import linprog

    smallest = multipliers.copy()
    for i in np.flatnonzero(multipliers > 0.0):
        cost = np.eye(len(multipliers))[i]
        solved = linprog(cost, A_eq=columns, b_eq=columns @ multipliers, bounds=(0.0, None))
        if solved.status == 0 and solved.x is not None:
            smallest[i] = max(float(solved.x[i]), 0.0)
    return smallest


def _limit_price(
    constraint: Constraint,
    objective: Objective,
    outputs: Mapping[str, Output],
    values: Mapping[str, float],
    multiplier: float,
) -> LimitPrice:
    """Translate a multiplier of relative change into units that a person can use."""
    value, unit = values[constraint.output], outputs[constraint.output].unit
    at_upper = constraint.lower is None or (
        constraint.upper is not None
        and abs(value - constraint.upper) <= abs(value - constraint.lower)
    )
    limit = float(cast(float, constraint.upper if at_upper else constraint.lower))
    scale = constraint.measure(limit)
    gain = multiplier / scale * abs(values[objective.output])
    goal = outputs[objective.output]
    if outputs[constraint.output].has_true_zero:
        size = max(abs(limit), abs(scale))
    else:
        size = constraint.scale or 100.0
    # A round step of about one per cent, so that the sentence stays inside the linear range.
    step = 10.0 ** math.floor(math.log10(size / 100.0))
    share = f" ({number(100.0 * multiplier * step / scale, 2)} %)" if goal.has_true_zero else ""
    text = (
        f"{quantity(step, unit)} {'more' if at_upper else 'less'} in {constraint.name} "
        f"({words(constraint.output, unit)} {'at most' if at_upper else 'at least'} "
        f"{quantity(limit, unit)}) {'saves' if objective.sense == 'min' else 'adds'} "
        f"{quantity(gain * step, goal.unit, 3)} of {words(goal.name, goal.unit)}{share}"
    )
    change = -gain if objective.sense == "min" else gain
    side = "upper" if at_upper else "lower"
    return LimitPrice(
        constraint.name, objective.output, side, limit, unit, multiplier, change, text
    )


def shadow_prices(
    problem: Problem,
    space: DesignSpace,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x_row: FloatArray,
) -> ShadowPrices:
    r"""Return elasticities of a design and the prices of the limits that bind it.

    Parameters
    ----------
    problem
        The problem; assumptions are included when it has futures.
    space
        Variables as the search sees them: only those still free may adapt to a relaxed limit.
    objectives, constraints
        As searched.
    x_row
        ``(n_var,)`` design in natural units.

    Notes
    -----
    Let :math:`F_k` be the logarithm of objective k (sign changed if it is maximised),
    :math:`g_i \le 0` the binding constraints (:math:`|g_i| < 0.02`) and :math:`h_j \le 0` the
    bounds on which the design lies, all as functions of the free active variables t (logarithms,
    or fractions of the range). A Pareto-optimal design minimises each objective among the designs
    that are no worse in the others, so multipliers :math:`\lambda, \mu, \nu \ge 0` exist with

    .. math:: \nabla F_k + \sum_{l \ne k} \mu_l \nabla F_l + \sum_i \lambda_i \nabla g_i
              + \sum_j \nu_j \nabla h_j = 0.

    They are found by non-negative least squares. Relaxing limit i by
    :math:`\Delta` of its scale then changes the reachable :math:`F_k` by
    :math:`-\lambda_i \Delta` (local sensitivity), and assumption p by the derivative of the
    Lagrangian, :math:`\partial F_k + \sum \mu_l \partial F_l + \sum \lambda_i \partial g_i`
    with respect to ln p, or p where its zero is a convention (envelope theorem). Valid for small
    changes, with whole numbers taken as continuous and catalogue choices kept. Where ``residual``
    is not small the design is not locally optimal and prices are rough. Where multipliers are not
    unique, because several limits stop the same move, the smallest is the price: what relaxing
    this limit alone is worth.

    References
    ----------
    .. [1] S. Boyd, L. Vandenberghe, "Convex Optimization", Cambridge University Press, 2004,
       section 5.6.3 (local sensitivity) and 5.5.3 (Karush-Kuhn-Tucker conditions).
    .. [2] J. Gauvin, "Shadow prices in nonconvex mathematical programming", Mathematical
       Programming 19 (1980) 300-312 (multipliers that are not unique).
    """
    local = variable_gradients(problem, objectives, constraints, x_row)
    outside = assumption_gradients(problem, objectives, constraints, x_row)
    row = problem.canonical(np.atleast_2d(x_row), problem.space)
    needed = sorted({o.output for o in objectives} | {c.output for c in constraints})
    base = {name: column[:1] for name, column in problem.evaluate(row, needed).items()}
    violations = constraint_matrix(base, constraints)[0]
    binds = [i for i in range(len(constraints)) if abs(violations[i]) < BINDING]
    values = {name: float(column[0]) for name, column in base.items()}
    solver = _Stationarity.at(local, binds, space, row[0])
    limits: list[LimitPrice] = []
    adapted: dict[str, dict[str, float]] = {key: {} for key in outside.names}
    tradeoffs: dict[str, dict[str, float]] = {}
    solved = {k: lagrange for k in range(len(objectives)) if (lagrange := solver.multipliers(k))}
    for k, lagrange in solved.items():
        objective, mu, lam = objectives[k], lagrange.objectives, lagrange.constraints
        tradeoffs[objective.output] = {
            o.output: float(mu[i]) for i, o in enumerate(objectives) if i != k
        }
        limits += [
            _limit_price(constraints[i], objective, problem.outputs, values, float(price))
            for i, price in zip(binds, lagrange.prices, strict=True)
            if price > 0.0
        ]
        weights = mu + np.eye(len(objectives))[k]
        total = outside.objectives @ weights + outside.constraints[:, binds] @ lam
        for key, value in zip(outside.names, total, strict=True):
            adapted[key][objective.output] = float(value) * sign_of(objective)
    return ShadowPrices(
        binding=tuple(constraints[i].name for i in binds),
        variables=sensitivities(local, objectives, problem.space, row[0]),
        assumptions=sensitivities(outside, objectives),
        adapted=adapted,
        limits=tuple(limits),
        tradeoffs=tradeoffs,
        residual={objectives[k].output: lagrange.residual for k, lagrange in solved.items()},
        improve={objectives[k].output: lagrange.moves for k, lagrange in solved.items()},
        per_unit={v.name: v.unit for v in problem.space.variables if not v.has_true_zero}
        | shifted_assumptions(problem),
        exact=problem.exact_derivatives,
    )
