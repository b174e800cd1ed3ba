"""How good a front is, and which of its designs stand for it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import moocore
import numpy as np

from optimize.engine.subset import FINE, MOST_OBJECTIVES, hypervolume_subset
from problems.space import normalise
from problems.spec import Objective
from problems.units import FloatArray, IntArray

_LOG_RATIO = 30.0  # an output that spans more than this is measured on a logarithmic axis
_REFERENCE_QUANTILE = 0.9


def normalised(f: FloatArray, objectives: Sequence[Objective]) -> FloatArray:
    """Return minimised objectives on the scale where 0 is ideal and 1 the reference."""
    columns = [
        normalise(o, f[:, i] if o.sense == "min" else -f[:, i]) for i, o in enumerate(objectives)
    ]
    return np.column_stack(columns)


def hypervolume(f: FloatArray, objectives: Sequence[Objective]) -> float:
    """Return the volume dominated by ``f`` within the reference box (1 in every objective).

    Notes
    -----
    Objectives are normalised by their declared ideal and reference, so a front at the ideal
    scores 1. Designs worse than the reference in any objective count for nothing.

    Examples
    --------
    >>> o = Objective("a", "min", 0.0, 2.0)
    >>> hypervolume(np.array([[1.0, 1.0]]), (o, dataclasses.replace(o, output="b")))
    0.25
    """
    if len(f) == 0:
        return 0.0
    points = normalised(f, objectives)
    inside = (points < 1.0).all(axis=1)
    if not inside.any():
        return 0.0
    return float(moocore.hypervolume(points[inside], ref=np.ones(points.shape[1])))


def spread_subset(points: FloatArray, size: int) -> IntArray:
    """Return the positions of ``size`` points that cover the set, in ascending order.

    Notes
    -----
    Farthest-point rule on the unit box: the best point of every objective first, then again and
    again the point farthest from all chosen ones (Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5).

    Examples
    --------
    >>> spread_subset(np.array([[0.0, 3.0], [0.1, 2.9], [1.0, 1.0], [3.0, 0.0]]), 3).tolist()
    [0, 2, 3]
    """
    if len(points) <= size:
        return np.arange(len(points))
    low, high = points.min(axis=0), points.max(axis=0)
    unit = (points - low) / np.where(high > low, high - low, 1.0)
    distance = np.full(len(points), np.inf)
    chosen: list[int] = []
    for best in [*dict.fromkeys(np.argmin(points, axis=0).tolist())][:size]:
        chosen.append(best)
        distance = np.minimum(distance, ((unit - unit[best]) ** 2).sum(axis=1))
    while len(chosen) < size:
        farthest = int(np.argmax(distance))
        chosen.append(farthest)
        distance = np.minimum(distance, ((unit - unit[farthest]) ** 2).sum(axis=1))
    return np.sort(np.array(chosen, dtype=np.intp))


def representative(points: FloatArray, size: int, *, share: float = FINE) -> IntArray:
    """Return the positions of ``size`` points, by hypervolume where that can be had, else spread.

    Examples
    --------
    >>> representative(np.array([[0.0, 0.9], [0.1, 0.85], [0.4, 0.4], [0.9, 0.0]]), 3).tolist()
    [0, 2, 3]
    """
    if points.shape[1] <= MOST_OBJECTIVES:
        return hypervolume_subset(points, size, share=share)
    return spread_subset(points, size)


def complete_objectives(
    objectives: Sequence[Objective],
    outputs: Mapping[str, FloatArray],
    violation: FloatArray,
) -> tuple[Objective, ...]:
    """Return objectives with a fixed ideal and reference, taken from a sample where undeclared.

    Parameters
    ----------
    objectives
        As searched; ``nan`` marks what is not declared.
    outputs
        Columns of the sample.
    violation
        Largest violation of each design of the sample; feasible designs are preferred.

    Notes
    -----
    Ideal is the best of the sample, reference its 90 % quantile towards worse. Outputs that are
    positive and span more than a factor of 30 are measured on a logarithmic axis.
    """
    complete = []
    for objective in objectives:
        if not math.isnan(objective.ideal):
            complete.append(objective)
            continue
        values = outputs[objective.output]
        finite = np.isfinite(values)
        feasible = finite & (violation <= 0.0)
        values = values[feasible if feasible.sum() >= 50 else finite]
        if len(values) == 0:
            values = np.array([0.0, 1.0])
        oriented = values if objective.sense == "min" else -values
        ideal = float(oriented.min())
        reference = float(np.quantile(oriented, _REFERENCE_QUANTILE, method="higher"))
        if reference <= ideal:
            reference = ideal + max(abs(ideal), 1.0)
        if objective.sense == "max":
            ideal, reference = -ideal, -reference
        low, high = sorted((ideal, reference))
        log = low > 0.0 and high / low > _LOG_RATIO
        complete.append(dataclasses.replace(objective, ideal=ideal, reference=reference, log=log))
    return tuple(complete)
