"""Who lives on: rank, crowding distance and violation, all as arrays."""

from __future__ import annotations

import moocore
import numpy as np

from problems.units import FloatArray, IntArray


def crowding(f: FloatArray, rank: IntArray) -> FloatArray:
    """Return the crowding distance of every point within its own rank.

    Notes
    -----
    Sum over objectives of the distance between a point's two neighbours, as a share of the
    rank's range; infinite at the ends (Deb et al. 2002, section III-B).

    Examples
    --------
    >>> crowding(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), np.zeros(3, dtype=int)).tolist()
    [inf, 2.0, inf]
    """
    n = len(f)
    total = np.zeros(n)
    if n == 0:
        return total
    for values in f.T:
        order = np.lexsort((values, rank))
        v, r = values[order], rank[order]
        starts = np.r_[True, r[1:] != r[:-1]]
        ends = np.r_[starts[1:], True]
        group = np.cumsum(starts) - 1
        span = (v[ends] - v[starts])[group]
        gap = np.zeros(n)
        gap[1:-1] = v[2:] - v[:-2]
        share = np.divide(gap, span, out=np.zeros(n), where=span > 0)
        share[starts | ends] = np.inf
        total[order] += share
    return total


def survivors(
    f: FloatArray, violation: FloatArray, size: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return positions, ranks and crowding distances of the ``size`` designs that live on.

    Feasible designs come first, by rank and within the last rank by crowding distance; then
    infeasible ones by violation.
    """
    feasible = np.flatnonzero(violation <= 0.0)
    rank = moocore.pareto_rank(f[feasible]) if len(feasible) else np.empty(0, dtype=np.intp)
    rank = np.asarray(rank, dtype=np.intp)
    distance = crowding(f[feasible], rank)
    order = np.lexsort((-distance, rank))[:size]
    chosen, rank, distance = feasible[order], rank[order], distance[order]
    missing = size - len(chosen)
    if missing > 0:
        others = np.flatnonzero(violation > 0.0)
        others = others[np.argsort(violation[others], kind="stable")][:missing]
        last = int(rank.max()) + 1 if len(rank) else 0
        chosen = np.concatenate((chosen, others))
        rank = np.concatenate((rank, last + np.arange(len(others))))
        distance = np.concatenate((distance, np.zeros(len(others))))
    return chosen, rank, distance
