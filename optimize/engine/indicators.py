"""How good a front is, and which of its designs stand for it."""

from __future__ import annotations

from collections.abc import Sequence

import moocore
import numpy as np

from optimize.engine.subset import FINE, MOST_OBJECTIVES, hypervolume_subset
from problems.space import normalise
from problems.spec import Objective
from problems.units import FloatArray, IntArray

_MOST_EXACT = 6  # objectives; with seven, the volume of 500 designs takes a minute
_DIRECTIONS = 30_000  # along which the volume of more is estimated, to about half a per cent


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
    Objectives are normalised by their ideal and reference, so a front at the ideal scores 1.
    Designs worse than the reference in any objective count for nothing, and so does everything
    while an objective has no box.

    Examples
    --------
    >>> o = [Objective(name, "min", 0.0, 2.0) for name in "ab"]
    >>> hypervolume(np.array([[1.0, 1.0]]), o)
    0.25
    """
    if len(f) == 0 or not all(objective.has_box for objective in objectives):
        return 0.0
    return volume(normalised(f, objectives))


def volume(points: FloatArray) -> float:
    """Return the hypervolume within the box from ideal (0) to reference (1).

    Notes
    -----
    Exact for up to six objectives; for more, whose exact volume takes minutes, estimated along
    directions that are always the same (Deng and Zhang,
    "Approximating hypervolume and hypervolume contributions using polar coordinate", IEEE Trans.
    Evolutionary Computation 23, 2019).
    """
    inside = points[(points < 1.0).all(axis=1)]
    if len(inside) == 0:
        return 0.0
    n = points.shape[1]
    if n <= _MOST_EXACT:
        return float(moocore.hypervolume(inside, ref=np.ones(n)))
    return float(moocore.hv_approx(inside, np.ones(n), nsamples=_DIRECTIONS, method="DZ2019-HW"))


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
