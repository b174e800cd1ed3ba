"""Choosing few of many non-dominated designs: by hypervolume, or one per box of a grid."""

from __future__ import annotations

import moocore
import numpy as np

from optimize.engine.algorithms.ranking import ascending
from problems.units import FloatArray, IntArray

#: Up to three, 4,000 points are thinned to 1,000 in under 0.1 s; with four it takes minutes.
MOST_OBJECTIVES = 3
#: Share of the surplus that leaves between two counts of the contributions. The coarse one takes a
#: fourteenth of the time; 5,000 designs of a search lose three millionths of their hypervolume by
#: it, 1,200 random points of a sphere a quarter of a thousandth.
FINE, COARSE = 0.02, 0.34
_BEYOND = 0.01  # of an objective's range, from the worst point to the reference


def hypervolume_subset(points: FloatArray, size: int, *, share: float = FINE) -> IntArray:
    """Return the positions of ``size`` points that keep most of the hypervolume, ascending.

    Parameters
    ----------
    points
        ``(n, n_obj)`` non-dominated points on the scale where 0 is ideal and 1 the reference.
    size
        How many to keep, at least one per objective.
    share
        Of the surplus that leaves between two counts of the contributions.

    Notes
    -----
    Points leave from the full set, least exclusive contribution first. The best point of every
    objective stays. The reference lies at 1, or just beyond the worst point where that is farther,
    so that no point is without worth.

    Examples
    --------
    >>> hypervolume_subset(np.array([[0.0, 0.9], [0.1, 0.85], [0.4, 0.4], [0.9, 0.0]]), 3).tolist()
    [0, 2, 3]
    """
    n = len(points)
    if n <= size:
        return np.arange(n)
    worst = points.max(axis=0)
    reference = np.maximum(1.0, worst + _BEYOND * (worst - points.min(axis=0)))
    kept = np.arange(n)
    if points.shape[1] == 1:  # nothing adds to the volume of the best
        return np.sort(np.argsort(points[:, 0], kind="stable")[:size])
    best = [*dict.fromkeys(np.argmin(points, axis=0).tolist())][:size]
    protected = np.zeros(n, dtype=np.bool_)
    protected[best] = True
    while len(kept) > size:
        worth = np.asarray(moocore.hv_contributions(points[kept], ref=reference))
        worth = np.where(protected[kept], np.inf, worth)
        leaving = min(max(1, int(share * (n - size))), len(kept) - size)
        kept = np.delete(kept, ascending(worth)[:leaving])
    return kept


def grid_subset(points: FloatArray, epsilon: float) -> IntArray:
    """Return the positions of one point per box of a grid, of boxes no other box dominates.

    Parameters
    ----------
    points
        ``(n, n_obj)`` points on the scale where 0 is ideal and 1 the reference.
    epsilon
        Side of a box: what is too small a difference to matter.

    Notes
    -----
    The set of boxes of Laumanns, Thiele, Deb and Zitzler (2002),
    doi:10.1162/106365602760234108: every point left out is dominated by one that stays once that
    is bettered by ``epsilon`` in every objective. In a box the point nearest to its best corner
    stays. The best point of every objective stays as well.

    Examples
    --------
    >>> points = np.array([[0.0, 0.95], [0.32, 0.58], [0.36, 0.52], [0.95, 0.0]])
    >>> grid_subset(points, 0.1).tolist()
    [0, 2, 3]
    """
    if len(points) == 0:
        return np.arange(0)
    boxes = np.floor(points / epsilon)
    away = ((points / epsilon - boxes) ** 2).sum(axis=1)
    order = np.lexsort((away, *boxes.T))
    first = np.r_[True, (boxes[order][1:] != boxes[order][:-1]).any(axis=1)]
    kept = order[first]
    kept = kept[np.asarray(moocore.is_nondominated(boxes[kept]), dtype=np.bool_)]
    return np.union1d(kept, np.argmin(points, axis=0)).astype(np.intp)
