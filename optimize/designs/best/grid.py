"""The best design of every architecture under many sets of assumptions at once.

A full search runs at a few anchors; everywhere else their designs, and those of neighbours, descend
under the assumptions of the place. All places go through the model together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.designs.best.architectures import architecture_codes
from optimize.designs.best.cases import Cases, violations
from optimize.designs.best.descent import Descent
from optimize.designs.best.finish import finished
from optimize.designs.best.search import EVALUATIONS, search_islands
from problems.units import FloatArray, IntArray

_STARTS = 2  # designs that descend at every place and architecture
_ROUNDS = (4, 6)  # of descent with whole numbers moving, and without
_BLOCK = 3000  # designs that descend together: bounds memory, and the wait for an interrupt
_TIE = 1e-3  # of the objective: an architecture so near to the best may yet be better
_DOUBT = 2.0  # weight of a violation against the logarithm of the objective, in choosing starts

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Solved:
    """Best designs by case and architecture; NaN where none is feasible or none was sought.

    ``f`` is ``(m, a)`` and minimised, ``x`` ``(m, a, n_var)``; ``done`` counts finished cases.
    """

    f: FloatArray
    x: FloatArray
    done: int
    evaluations: int

    @property
    def winner(self) -> IntArray:
        """Architecture with the best design of each case; -1 where nothing is feasible."""
        filled = np.where(np.isnan(self.f), np.inf, self.f)
        best = np.argmin(filled, axis=1)
        return np.where(np.isfinite(filled.min(axis=1)), best, -1)

    def best(self) -> tuple[FloatArray, FloatArray]:
        """Return ``(m, n_var)`` winning designs and their ``(m,)`` objective, NaN without one."""
        at = np.maximum(self.winner, 0)
        rows = np.arange(len(self.f))
        return self.x[rows, at], self.f[rows, at]


def anchor_designs(cases: Cases, anchors: Sequence[int], *, seed: int) -> tuple[FloatArray, int]:
    """Return ``(anchors, a, n_var)`` best designs from a full search at each anchor, and its cost.

    Parameters
    ----------
    cases
        All cases.
    anchors
        Positions of the cases to search in full.
    seed
        Of the population search.
    """
    codes = architecture_codes(cases.problem, cases.space)
    anchored = cases.only(list(anchors)) if cases.futures or cases.held else cases
    case = np.repeat(np.arange(len(anchors)), len(codes))
    optima = search_islands(
        anchored,
        np.tile(codes, (len(anchors), 1)),
        case,
        starts=None,
        evaluations=EVALUATIONS * len(anchors),
        seed=seed,
        contenders=None,
    )
    shape = (len(anchors), len(codes), -1)
    return optima.x.reshape(shape), optima.evaluations


def solve(
    cases: Cases,
    pool: FloatArray,
    *,
    sought: IntArray | None = None,
    starts: int = _STARTS,
    progress: Progress | None = None,
) -> Solved:
    """Return the best design of every case and architecture, from a pool of designs.

    Parameters
    ----------
    cases
        What is optimised, and under which assumptions.
    pool
        ``(p, a, n_var)`` designs by architecture, or ``(m, p, a, n_var)`` with one pool per case.
    sought
        Architectures to solve; all when None.
    starts
        How many of the pool descend at each place.
    progress
        Called with the number of finished cases and their total; an interrupt keeps what is done.
    """
    codes = architecture_codes(cases.problem, cases.space)
    wanted = np.arange(len(codes)) if sought is None else sought
    n_var = len(cases.space)
    f = np.full((cases.count, len(codes)), np.nan)
    x = np.full((cases.count, len(codes), n_var), np.nan)
    block = max(1, _BLOCK // (len(wanted) * starts))
    done = spent = 0
    try:
        for first in range(0, cases.count, block):
            which = np.arange(first, min(first + block, cases.count))
            own = (
                pool[which] if pool.ndim == 4 else np.broadcast_to(pool, (len(which), *pool.shape))
            )
            own = own[:, :, wanted]
            f_part, x_part, cost = _solve_block(cases, which, own, starts)
            f[which[:, None], wanted], x[which[:, None], wanted] = f_part, x_part
            spent += cost
            done = int(which[-1]) + 1
            if progress is not None:
                progress(done, cases.count)
    except KeyboardInterrupt:
        if done == 0:
            raise
    return Solved(f, x, done, spent)


def _solve_block(
    cases: Cases, which: IntArray, pool: FloatArray, starts: int
) -> tuple[FloatArray, FloatArray, int]:
    """Let the most promising designs of each place's pool descend; keep the best of each."""
    m, p, a, n_var = pool.shape
    rows = np.ascontiguousarray(pool.transpose(0, 2, 1, 3)).reshape(-1, n_var)
    case = np.repeat(which, a * p)
    spent = 0
    if p > starts:
        rows = cases.canonical(rows, case)
        f, g = cases.at(rows, case)
        spent = len(rows)
        v = violations(g)
        promise = _promise(f, v).reshape(m * a, p)
        best = np.lexsort((f.reshape(m * a, p), v.reshape(m * a, p)), axis=1)[:, 0]
        promise[np.arange(m * a), best] = -np.inf  # a feasible design is never lost
        first = np.argsort(promise, axis=1, kind="stable")[:, :starts]
        rows = np.take_along_axis(rows.reshape(m * a, p, n_var), first[..., None], axis=1)
        rows, case = rows.reshape(-1, n_var), np.repeat(which, a * starts)
        p = starts
    down = Descent.start(cases, rows, case)
    down.run(_ROUNDS[0], whole_numbers=True)
    down.run(_ROUNDS[1])
    owner = np.repeat(np.arange(m * a), p)
    order = np.lexsort((down.f, down.violation, owner))[::p]
    ok = (down.violation[order] <= 0.0) & np.isfinite(down.f[order])
    f = np.where(ok, down.f[order], np.nan).reshape(m, a)
    return f, down.x[order].reshape(m, a, n_var), spent + down.evaluations


def _promise(f: FloatArray, violation: FloatArray) -> FloatArray:
    """Return a rank of designs, smaller first: cheap, and not far outside the limits."""
    if (f > 0.0).all():
        cost = np.log(f)
    else:
        spread = np.ptp(f[np.isfinite(f)]) if np.isfinite(f).any() else 1.0
        cost = f / (spread or 1.0)
    return np.asarray(np.where(np.isfinite(f), cost + _DOUBT * violation, np.inf))


def with_last_digits(cases: Cases, solved: Solved) -> Solved:
    """Return the designs of each case's best architectures moved on to their optimum."""
    _, best = solved.best()
    case, kind = np.nonzero(solved.f <= (best + _TIE * np.abs(best))[:, None])
    f, x = solved.f.copy(), solved.x.copy()
    x[case, kind] = finished(cases, x[case, kind], case)
    f[case, kind] = cases.at(x[case, kind], case)[0]
    return Solved(f, x, solved.done, solved.evaluations)


def spread(
    cases: Cases, solved: Solved, around: Sequence[IntArray], progress: Progress | None
) -> Solved:
    """Solve again from each case's own designs and those of cases around it.

    Parameters
    ----------
    cases, solved
        As solved before.
    around
        ``(m,)`` positions of a neighbour of each case, one array per direction.
    progress
        As for :func:`solve`.
    """
    pools = [solved.x, *(solved.x[neighbour] for neighbour in around)]
    pool = np.stack(pools, axis=1)
    known = ~np.isnan(pool).all(axis=(1, 3))
    sought = np.flatnonzero(known.all(axis=0))
    again = solve(cases, pool, sought=sought, progress=progress)
    old = np.where(np.isnan(solved.f), np.inf, solved.f)
    better = np.where(np.isnan(again.f), np.inf, again.f) < old
    f = np.where(better, again.f, solved.f)
    x = np.where(better[..., None], again.x, solved.x)
    return Solved(f, x, solved.done, solved.evaluations + again.evaluations)
