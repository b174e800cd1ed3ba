"""Shadow prices of one design: what a variable, a limit or an assumption is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from optimize.designs.beside import Beside
from optimize.designs.gradients import (
    assumption_gradients,
    sensitivities,
    shifted_assumptions,
    sign_of,
    variable_gradients,
)
from optimize.designs.multipliers import ROUGH, Stationarity
from optimize.utils.labels import number, quantity, words
from problems.space import DesignSpace, Problem, constraint_matrix
from problems.spec import Constraint, Objective, Output
from problems.units import FloatArray

STEEP = 100.0  # per cent of an objective for one of another: no trade-off but an end of the front
BINDING = 0.02  # a constraint binds when its dimensionless violation is closer to zero


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
    objective's gradient that constraints, bounds, other objectives, kinks and jumps of the model do
    not explain. Where it is not small, ``improve`` names moves that were tried: a small step (of
    one for a whole number) betters the objective and worsens no other, within the limits. ``held``
    names what else than limits and bounds stops an objective: jumps, kinks and whole numbers.
    ``exact`` tells whether the model knows its derivatives; those of others are finite differences.
    """

    binding: tuple[str, ...]
    variables: Mapping[str, Mapping[str, float]]
    assumptions: Mapping[str, Mapping[str, float]]
    adapted: Mapping[str, Mapping[str, float]]
    limits: tuple[LimitPrice, ...]
    tradeoffs: Mapping[str, Mapping[str, float]]
    residual: Mapping[str, float]
    improve: Mapping[str, tuple[str, ...]]
    held: Mapping[str, tuple[str, ...]]
    per_unit: Mapping[str, str]
    exact: bool

    def is_short_of_optimum(self, objective: str) -> bool:
        """Tell whether prices of an objective are rough because its gradient is unexplained."""
        return self.residual.get(objective, 0.0) > ROUGH

    def why_rough(self, objective: str) -> str:
        """Return why prices of an objective are rough, empty where they are not."""
        residual, moves = self.residual.get(objective, 0.0), self.improve.get(objective, ())
        if not self.is_short_of_optimum(objective):
            steep = sum(self.tradeoffs.get(objective, {}).values()) > STEEP
            return "a trace of another objective, at its best here, buys any amount" * steep
        if moves:
            return f"not at a local optimum: {' or '.join(moves)} would still better it"
        share = f"{100.0 * residual:.0f} % of its gradient is unexplained"
        return f"{share}, though no small step that was tried betters it"


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
    with respect to ln p, or p where its zero is a convention (envelope theorem). At a kink the
    gradients of all its sides take part, those of objective k with weights of sum 1 (Clarke's
    generalised gradient); the surface of a jump is one more bound, taken as staying in place when
    an assumption moves. Whole numbers are continuous unless the gradient stays unexplained and a
    step of one betters nothing: then they are held. Valid for small changes, with catalogue
    choices kept. Where ``residual`` is not small prices are rough. Where multipliers are not
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
    beside = Beside.of(problem, space, objectives, constraints, row[0])
    sides, jumps = beside.kinks_and_jumps()
    rows = [side.row for side in sides]
    others = [variable_gradients(problem, objectives, constraints, there) for there in rows]
    solver = Stationarity.at(local, others, binds, sides, jumps, beside)
    everywhere = [
        outside,
        *(assumption_gradients(problem, objectives, constraints, there) for there in rows),
    ]
    limits: list[LimitPrice] = []
    adapted: dict[str, dict[str, float]] = {key: {} for part in everywhere for key in part.names}
    tradeoffs: dict[str, dict[str, float]] = {}
    solved = {k: lagrange for k in range(len(objectives)) if (lagrange := solver.multipliers(k))}
    for k, lagrange in solved.items():
        objective, mu = objectives[k], lagrange.objectives.sum(axis=0)
        tradeoffs[objective.output] = {
            o.output: float(mu[i]) for i, o in enumerate(objectives) if i != k
        }
        limits += [
            _limit_price(constraints[i], objective, problem.outputs, values, float(price))
            for i, price in zip(binds, lagrange.prices, strict=True)
            if price > 0.0 and mu.sum() - mu[k] <= STEEP
        ]
        for part, weights, lam in zip(
            everywhere, lagrange.objectives, lagrange.constraints, strict=True
        ):
            total = part.objectives @ weights + part.constraints[:, binds] @ lam
            for key, value in zip(part.names, total * sign_of(objective), strict=True):
                row_of = adapted[key]
                row_of[objective.output] = row_of.get(objective.output, 0.0) + float(value)
    return ShadowPrices(
        binding=tuple(constraints[i].name for i in binds),
        variables=sensitivities(local, objectives, problem.space, row[0]),
        assumptions=sensitivities(outside, objectives),
        adapted=adapted,
        limits=tuple(limits),
        tradeoffs=tradeoffs,
        residual={objectives[k].output: lagrange.residual for k, lagrange in solved.items()},
        improve={objectives[k].output: lagrange.moves for k, lagrange in solved.items()},
        held={objectives[k].output: lagrange.held for k, lagrange in solved.items()},
        per_unit={v.name: v.unit for v in problem.space.variables if not v.has_true_zero}
        | shifted_assumptions(problem),
        exact=problem.exact_derivatives,
    )
