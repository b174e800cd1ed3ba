"""Which way is better: what a little more of each free variable does to every objective."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from optimize.designs.gradients import sensitivities, variable_gradients
from problems.space import DesignSpace, Problem
from problems.spec import Objective
from problems.units import FloatArray

_IDLE = 1e-12  # relative change per share or unit below which a variable changes nothing


def directions(
    problem: Problem, space: DesignSpace, objectives: Sequence[Objective], row: FloatArray
) -> dict[str, dict[str, Any]]:
    """Return, by objective and free variable, which way is better and by how much.

    Parameters
    ----------
    problem
        As the design is evaluated.
    space
        Variables as searched: those held there are left out.
    objectives
        Told apart by output.
    row
        ``(n_var,)`` canonical design.

    Returns
    -------
    dict
        ``up``: whether more is better; ``per``: ``"%"`` or ``"unit"``, what a variable without a
        true zero or at it moves by; ``change_pct``: change of the objective by so much more, in
        per cent of its value. What changes nothing is left out.

    Notes
    -----
    Exact derivatives by real variables, differences by whole numbers. Limits are left aside.
    """
    local = variable_gradients(problem, objectives, (), row)
    shares = sensitivities(local, objectives, problem.space, row)
    out: dict[str, dict[str, Any]] = {objective.output: {} for objective in objectives}
    for at, name in enumerate(local.names):
        if space.index[name] not in space.free:
            continue
        variable, value = problem.space[name], float(row[space.index[name]])
        per_share = variable.has_true_zero and value != 0.0
        for k, objective in enumerate(objectives):
            change = shares[name][objective.output]
            if not per_share:  # a gradient is by the logarithm, or by a share of the range
                scale = value if variable.log else variable.upper - variable.lower
                sign = 1.0 if objective.sense == "min" else -1.0
                change = 100.0 * sign * float(local.objectives[at, k]) / scale
            if math.isfinite(change) and abs(change) > _IDLE:
                out[objective.output][name] = {
                    "up": (change < 0.0) == (objective.sense == "min"),
                    "per": "%" if per_share else "unit",
                    "change_pct": change,
                }
    return out
