"""Which limit decides the front of a run, from what is stored, at a fraction of what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimize.designs.binding import affordable_starts, find_binding, other_choices
from optimize.designs.gradients import sign_of
from optimize.evaluation.tables import violation_column
from problems.units import FloatArray

if TYPE_CHECKING:
    from optimize.run.folder import RunData

#: Share of the evaluations of a run that the question may cost.
SHARE = 0.2
#: Evaluations that the shipped model makes in about a second: a small run may spend them too.
_CHEAP = 25_000
_MOST_STARTS = 48
_MEMBERS = 8  # of the front, evenly spread
_VIOLATORS = 2  # stored designs per limit that break it alone


def deciding_limit(run: RunData) -> dict[str, Any] | None:
    """Return which limit decides the first objective of a run and what it costs.

    Parameters
    ----------
    run
        A finished run.

    Returns
    -------
    dict or None
        As the manifest keeps it; None without designs or limits, or where a share of the run's
        evaluations is not enough to tell. Without a front it is about the design that breaks the
        limits least.
    """
    constraints = run.constraints
    if not constraints or run.config.is_costly:
        return None
    budget = int(SHARE * int(run.manifest.get("evaluations") or 0))
    if ":" not in run.config.problem:
        budget = max(budget, _CHEAP)
    most = min(affordable_starts(run.space, len(constraints), budget), _MOST_STARTS)
    if most < 1:
        return None
    starts = (_starts(run) if len(run.front_x) else _least_violating(run))[:most]
    if len(starts) == 0:
        return None
    return find_binding(run.problem, run.space, run.objectives[0], constraints, starts).entry()


def _starts(run: RunData) -> FloatArray:
    """Return designs to start from, the most promising first."""
    first = run.objectives[0]
    values = sign_of(first) * run.front[run.layout.column(first.output)].to_numpy(dtype=np.float64)
    order = np.argsort(values, kind="stable")
    best = run.front_x[order[:1]]
    spread = order[np.linspace(0, len(order) - 1, _MEMBERS).round().astype(np.intp)]
    swaps = other_choices(run.problem, run.space, best)
    parts = [best, _breaking_one(run), run.front_x[np.unique(spread)], swaps]
    return np.concatenate(parts)


def _least_violating(run: RunData) -> FloatArray:
    """Return the design of a run without a front that breaks its limits least, and its swaps."""
    nearest = run.manifest.get("least_violating")
    if nearest is None:
        return np.empty((0, len(run.space.variables)))
    named = {name: [value] for name, value in nearest["variables"].items()}
    x = run.layout.rows(pd.DataFrame(named))
    return np.concatenate((x, other_choices(run.problem, run.space, x)))


def _breaking_one(run: RunData) -> FloatArray:
    """Return stored designs that break a single limit, the best of each."""
    table = run.evaluations
    columns = [violation_column(c.name) for c in run.constraints]
    first = run.objectives[0]
    value = run.layout.column(first.output)
    if table is None or not {*columns, value} <= {*table.columns}:
        return np.empty((0, len(run.space.variables)))
    violated = table[columns].to_numpy(dtype=np.float64) > 0.0
    alone = violated.sum(axis=1) == 1
    values = sign_of(first) * table[value].to_numpy(dtype=np.float64)
    rows: list[int] = []
    for column in range(len(columns)):
        breaking = np.flatnonzero(alone & violated[:, column] & np.isfinite(values))
        rows += breaking[np.argsort(values[breaking], kind="stable")[:_VIOLATORS]].tolist()
    return run.layout.rows(table.iloc[rows])
