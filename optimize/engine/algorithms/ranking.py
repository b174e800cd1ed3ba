"""Survival: rank, crowding distance and violation, all as arrays."""

from __future__ import annotations

import moocore
import numpy as np

from problems.units import FloatArray, IntArray

_FEW = 300  # numbers below which a stable sort is the faster one


def ascending(values: FloatArray) -> IntArray:
    """Return the positions of numbers in ascending order, equal ones in the order they stand.

    Notes
    -----
    What a stable sort returns, in less than half its time from 1,000 numbers on: an unstable one,
    whose ties are then put right. It saves 3 % of a generation of 1,000 designs.

    Examples
    --------
    >>> ascending(np.array([2.0, 1.0, 2.0, 0.0, 1.0])).tolist()
    [3, 1, 4, 0, 2]
    """
    if len(values) < _FEW:
        return np.argsort(values, kind="stable")
    order = np.argsort(values)
    ordered = values[order]
    tied = np.zeros(len(order) + 1, dtype=np.bool_)  # whether each equals the one before
    np.equal(ordered[1:], ordered[:-1], out=tied[1:-1])
    among = np.flatnonzero(tied[1:] | tied[:-1])
    if len(among):
        places = order[among]
        group = np.cumsum(~tied[among])
        order[among] = places[np.lexsort((places, group))]
    return order


def crowding(f: FloatArray, rank: IntArray) -> FloatArray:
    """Return the crowding distance of every point within its own rank.

    Parameters
    ----------
    f
        ``(n, m)`` objectives.
    rank
        ``(n,)`` ranks.

    Notes
    -----
    Sum over objectives of the distance between a point's two neighbours, as a share of the
    rank's range; infinite at the ends (Deb et al. 2002, section III-B).

    Examples
    --------
    >>> crowding(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), np.zeros(3, dtype=int)).tolist()
    [inf, 2.0, inf]
    """
    n, m = f.shape
    if n == 0:
        return np.zeros(0)
    count = np.bincount(rank)
    columns = np.ascontiguousarray(f.T)
    if n < _FEW:
        order = columns.argsort(axis=1, kind="stable")
    else:
        order = np.array([ascending(column) for column in columns])
    start = np.arange(m)[:, None] * n  # of each objective's row, in one flat row of all
    if len(count) > 1:
        short = rank.astype(np.int16) if len(count) <= 2**15 else rank  # sorts by radix: saves 3 %
        order = order.take(short.take(order).argsort(axis=1, kind="stable") + start)
    values = columns.take(order + start)
    # Sorted by rank, then value: every objective has the same groups at the same places.
    size = count[count > 0]
    end = size.cumsum()
    first, last = end - size, end - 1
    span = (values.take(last, axis=1) - values.take(first, axis=1)).repeat(size, axis=1)
    share = np.zeros((m, n))
    np.subtract(values[:, 2:], values[:, :-2], out=share[:, 1:-1])
    np.divide(share, span, out=share, where=span > 0.0)  # of equal values every distance is zero
    share[:, first] = share[:, last] = np.inf
    total = np.bincount(order.ravel(), weights=share.ravel(), minlength=n)
    return total.astype(np.float64, copy=False)


def _best(f: FloatArray, size: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return positions, ranks and crowding distances of the best ``size`` feasible designs."""
    rank = np.asarray(moocore.pareto_rank(f), dtype=np.intp)
    if len(f) <= size:
        return np.arange(len(f)), rank, crowding(f, rank)
    # Designs beyond the rank that fills the population cannot survive, nor change which do.
    last = int(np.bincount(rank).cumsum().searchsorted(size))
    chosen = (rank <= last).nonzero()[0]
    rank = rank.take(chosen)
    distance = crowding(f.take(chosen, axis=0), rank)
    surplus = len(chosen) - size
    if surplus:
        tail = (rank == last).nonzero()[0]
        lost = tail.take((-distance.take(tail)).argsort(kind="stable")[-surplus:])
        keep = np.ones(len(chosen), dtype=np.bool_)
        keep[lost] = False
        chosen, rank, distance = chosen[keep], rank[keep], distance[keep]
    return chosen, rank, distance


def survivors(
    f: FloatArray, violation: FloatArray, size: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return positions, ranks and crowding distances of the ``size`` survivors.

    Feasible designs come first, by rank and within the last rank by crowding distance; then
    infeasible ones by violation.
    """
    feasible = np.flatnonzero(violation <= 0.0)
    if 0 < len(feasible) == len(f):
        return _best(f, size)
    chosen, rank = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    distance = np.empty(0)
    if len(feasible):
        chosen, rank, distance = _best(f.take(feasible, axis=0), size)
        chosen = feasible[chosen]
    missing = size - len(chosen)
    if missing > 0:
        infeasible = np.flatnonzero(violation > 0.0)
        infeasible = infeasible[np.argsort(violation[infeasible], kind="stable")][:missing]
        last = int(rank.max()) + 1 if len(rank) else 0
        chosen = np.concatenate((chosen, infeasible))
        rank = np.concatenate((rank, last + np.arange(len(infeasible))))
        distance = np.concatenate((distance, np.zeros(len(infeasible))))
    return chosen, rank, distance
