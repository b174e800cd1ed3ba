"""The last digits of a front: every design moves to where first-order optimality holds.

Polishing ends where a step gains little. Here each design goes on, by Newton's method for
constrained problems, until the gradient of its Lagrangian vanishes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from optimize.engine.calls import Task, called, together
from optimize.engine.curvature import curvatures
from optimize.engine.cuts import Cuts
from optimize.engine.jumps import jumped, walls
from optimize.engine.kinks import Around, around, prove
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.steps import FIRST_TRUST, Steps
from optimize.engine.surfaces import Walls
from optimize.engine.swaps import after_swaps
from problems.units import BoolArray, FloatArray, IntArray

_ROUNDS = 60  # of a design
_STARTS = 3  # of a design that takes swaps
_WAITING = 0.6  # share of the designs that wait before they are looked after
_FAILURES = 2  # steps in vain after which a design looks around
_RESTS, _LOST = 1e-7, 1e-6  # a step and a trust region below which a design tries a proof
_LITTLE = 1e-11  # change of the merit that does as well
_ASIDE, _BENT = 3e-5, 1e-3  # how far a design looks, and for what
_STALE_STEPS, _STALE = 4, 1e-2  # steps and distance after which curvature is no longer that here
_PROOFS, _NEARER = 3, 0.3  # in vain, after which a design gives up; what is not in vain
_AFTER, _CLOSER = 1e-4, 0.1  # trust region after a proof, and its share after one in vain
_AFTER_JUMP = 1e-3  # a jump that is known now says nothing about how far the model holds
_PILOTS = 8  # designs that look for jumps first: nearly all come upon the same few surfaces
_FLAT = 1e-10  # loss that is rounding beside a kink
_STEADY = 1e-7  # loss that a design may take in exchange for a smaller residual
_NO_LOSS = 1e-8  # loss below which a refined design counts as no worse


class Refined(NamedTuple):
    """Designs after refinement, in the order they came."""

    x: FloatArray
    residual: FloatArray


def refine(
    land: Landscape,
    x: FloatArray,
    *,
    limit: float,
    swaps: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Refined:
    """Move designs to where their first-order residual is within a limit.

    Parameters
    ----------
    land
        The problem around the designs.
    x
        ``(n, n_var)`` feasible canonical designs.
    limit
        Residual at which a design rests.
    swaps
        Whether designs take a swap of a choice, or a step of a whole number, that dominates them.
    stopped
        Asked before every round; when true, refinement ends.

    Returns
    -------
    Refined
        Each design, or one that is feasible, no worse in any objective, and nearer to optimality,
        or that a swap made better.

    Notes
    -----
    Sequential quadratic programming within a trust region, one programme per design and round:
    the largest loss of an objective against where the design came from (Pascoletti and Serafini's
    scalarisation, which reaches non-convex fronts as well) becomes as small as the limits allow.
    The curvature of the Lagrangian comes from differences of exact gradients, made convex across
    what is active; a rejected step is tried again with what the linearisation missed. Where a
    kink lies between two points, the linearisation on its other side joins the programme
    (:class:`~optimize.engine.cuts.Cuts`). A design that hardly moves tries whether the gradients
    of all sides prove it optimal; where they do not it goes on from what it has learnt, each time
    within a smaller region, so that kinks a little farther away do not hold it. Designs that wait
    for others, or have come to their end, take swaps where asked for, and start anew.
    """
    if not land.columns:  # nothing to move; what is left over is nothing
        return Refined(x, np.zeros(len(x)))
    state = _State(land, x, starts=_STARTS if swaps else 1)
    while not stopped():
        is_open = state.is_open(limit)
        waits = state.waits[is_open]
        if not is_open.any() or waits.mean() >= _WAITING:
            if state.swap(is_open):
                continue
            if not is_open.any():
                break
        open_ones = np.flatnonzero(is_open)
        tasks = [state.advance(open_ones[~waits], limit)]
        # Calls of the model have a fixed price: designs wait for each other to be looked after.
        if waits.mean() >= _WAITING:
            tasks.append(state.attend(open_ones[waits], limit))
        called(land, together(tasks))
    return Refined(state.best.x, state.best.residual)


class _State(Steps):
    """What every design has tried, and what it needs next."""

    def __init__(self, land: Landscape, x: FloatArray, *, starts: int) -> None:
        super().__init__(land, x)
        n, self.most_starts = len(x), starts
        self.rests, self.bends, self.looks = np.zeros((3, n), dtype=np.bool_)
        self.jumps: dict[int, tuple[Points, Points]] = {}
        self.known = Walls.none(self.here.u.shape[1])
        self.failures, self.proofs, self.age, self.rounds = np.zeros((4, n), dtype=np.intp)
        self.starts, self.judged = np.ones(n, dtype=np.intp), np.zeros(n, dtype=np.bool_)
        self.left = np.full(n, np.inf)
        self.bent_at = self.here.u.copy()  # where their curvature is from
        self.prices[:, : self.m] = 1.0 / self.m
        rows = np.flatnonzero(self.trust > 0.0)
        called(land, self._bend(rows))
        self.steps(rows)  # the multipliers that weigh the curvature

    def is_open(self, limit: float) -> BoolArray:
        """Designs that go on."""
        busy = (self.trust > 0.0) & (self.rounds < _ROUNDS)
        return np.asarray(busy & (self.here.residual > limit))

    def swap(self, is_open: BoolArray) -> bool:
        """Let designs at rest take swaps that dominate them, and start anew from there."""
        every = np.arange(len(is_open))
        asked = np.where(is_open, (self.rests | self.bends) & self._sound(every), ~self.judged)
        rows = np.flatnonzero(asked & (self.starts < self.most_starts))
        if len(rows) == 0:
            return False
        self.judged[rows] = ~is_open[rows]
        x = np.where(is_open[rows, None], self.here.x[rows], self.best.x[rows])
        swapped = after_swaps(self.land, x)
        changed = (swapped != x).any(axis=1)
        if changed.any():
            self._start(rows[changed], swapped[changed])
        return bool(changed.any())

    def _start(self, rows: IntArray, x: FloatArray) -> None:
        """Let designs go on as others, which have the curvature that was found before."""
        points = called(self.land, Points.located(self.land, x))
        self.here.put(rows, points)
        self.best.put(rows, points)
        self.origin[rows], self.penalty[rows] = points.p, 0.0
        self.trust[rows], self.left[rows] = FIRST_TRUST, np.inf
        self.starts[rows] += 1
        for fresh in (self.rests, self.bends, self.looks, self.judged):
            fresh[rows] = False
        for count in (self.failures, self.proofs, self.age, self.rounds):
            count[rows] = 0
        for row in rows:
            self.cuts[row] = Cuts()
            self.jumps.pop(int(row), None)

    @property
    def waits(self) -> BoolArray:
        """Designs that need more than a step."""
        waits = self.rests | self.bends | self.looks
        waits[list(self.jumps)] = True
        return np.asarray(waits)

    def attend(self, rows: IntArray, limit: float) -> Task[None]:
        """Let designs prove that they are optimal, learn their curvature, and look around."""
        self.rounds[rows] += 1
        rests, bends, looks = self.rests[rows], self.bends[rows], self.looks[rows]
        for flags in (self.rests, self.bends, self.looks):
            flags[rows] = False
        jumps, self.jumps = self.jumps, {}
        tasks: list[Task[Any]] = [
            self._surfaces(jumps),
            self._prove(rows[rests], limit),
            self._bend(rows[bends | (rests & (self._gone(rows) > _STALE))]),
            self._look_around(rows[looks & ~rests]),
        ]
        surfaces, *_ = yield from together(tasks)
        self._build(np.array(list(jumps)), surfaces)

    def _bend(self, rows: IntArray) -> Task[None]:
        """Look at the curvature of every objective and limit around some designs."""
        if len(rows):
            here = self.here.take(rows)
            self.curvature[rows] = yield from curvatures(self.land, here)
            self.bent_at[rows], self.age[rows] = here.u, 0

    def _prove(self, rows: IntArray, limit: float) -> Task[None]:
        """Let designs that hardly move try the gradients of all sides; in vain, they look on."""
        if len(rows) == 0:
            return
        here = self.here.take(rows)
        for row in rows:
            self.cuts[row] = Cuts()  # what was seen from afar is known better from near by
        proof = yield from prove(self.land, here, limit, self.known)
        left = np.abs(proof.remainder).max(axis=1)
        sound = (here.g <= 0.0).all(axis=1)
        self.here.residual[rows[sound]] = np.minimum(here.residual, left)[sound]
        self._remember(rows)
        self.proofs[rows] += ~(left < _NEARER * self.left[rows])
        self.left[rows] = left
        over = (self.here.residual[rows] <= limit) | (self.proofs[rows] >= _PROOFS)
        self._learn(rows, proof.around)
        self.trust[rows] = _AFTER * _CLOSER ** self.proofs[rows]
        self.trust[rows[over]] = 0.0

    def _look_around(self, rows: IntArray) -> Task[None]:
        """Let designs remember the kinks and jumps on all sides."""
        if len(rows):
            here = self.here.take(rows)
            seen = yield from around(self.land, here, _ASIDE, known=self.known, deviates=_BENT)
            self._learn(rows, seen)

    def _surfaces(self, jumps: Mapping[int, tuple[Points, Points]]) -> Task[Walls]:
        """Return the surfaces of jumps that designs came upon."""
        if not jumps:
            return Walls.none(self.here.u.shape[1])
        near, far = (reduce(Points.joined, side) for side in zip(*jumps.values(), strict=True))
        if len(self.known.rows) == 0:
            some = np.arange(min(_PILOTS, len(jumps)))
            first = yield from walls(self.land, near.take(some), far.take(some), self.known)
            self.known = self.known.with_new(first)
        return (yield from walls(self.land, near, far, self.known))

    def _learn(self, rows: IntArray, there: Around) -> None:
        for at, owner in enumerate(rows[there.sides.owner]):
            self.cuts[owner].add(there.sides.points, at)
        self._build(rows, there.walls)

    def _build(self, rows: IntArray, jumps: Walls) -> None:
        self.known = self.known.with_new(jumps)
        for at, u, normal in zip(*jumps, strict=True):
            self.cuts[rows[at]].add_wall(u, normal)
            self.trust[rows[at]] = max(self.trust[rows[at]], _AFTER_JUMP)

    def advance(self, busy: IntArray, limit: float) -> Task[None]:
        """Let every busy design try a step, and another one where that fails."""
        if len(busy) == 0:
            return
        self.rounds[busy] += 1
        here = self.here.take(busy)
        for row in busy:
            self.cuts[row].keep(self.here.u[row], self.trust[row])
        tried = yield from self.tried(busy, here)
        trial, before = tried.trial, self.merit(busy, here)
        after = self.merit(busy, trial)
        fine = (trial.residual < here.residual) & (trial.g <= 0.0).all(axis=1)
        accepted = trial.finite & ((after <= before + _FLAT) | (fine & (after <= before + _STEADY)))
        self.limit_steps(busy, tried.reach, accepted & tried.whole)
        self._see(busy, here, trial, accepted)
        in_vain = np.zeros(len(tried.rows), dtype=np.bool_)
        self._see(busy[tried.rows], here.take(tried.rows), tried.failed, in_vain)
        self.here.put(busy[accepted], trial.take(np.flatnonzero(accepted)))
        self._remember(busy)
        self.failures[busy] = np.where(accepted, 0, self.failures[busy] + 1)
        size = np.abs(trial.u - here.u).max(axis=1)
        little = (size < _RESTS) | (np.abs(after - before) < _LITTLE)
        rests = (accepted & little) | (self.trust[busy] < _LOST)
        self.rests[busy] = rests & (self.here.residual[busy] > limit)
        self.looks[busy] = self.failures[busy] == _FAILURES
        self.age[busy] += 1
        self.bends[busy] = (self.age[busy] >= _STALE_STEPS) & (self._gone(busy) > _STALE)

    def _gone(self, rows: IntArray) -> FloatArray:
        """Return how far designs are from where their curvature is from."""
        return np.asarray(np.abs(self.here.u[rows] - self.bent_at[rows]).max(axis=1))

    def _see(self, rows: IntArray, here: Points, there: Points, accepted: BoolArray) -> None:
        """Remember the slopes at one end of steps, or where to look for a jump between the ends."""
        jump = jumped(here, there)
        for at in np.flatnonzero(there.finite & ~jump):
            self.cuts[rows[at]].add(here if accepted[at] else there, int(at))
        for at in np.flatnonzero(jump & ~accepted):
            if not self.cuts[rows[at]].is_beyond(there.u[at]):
                row = np.array([at])
                self.jumps[int(rows[at])] = here.take(row), there.take(row)

    def _remember(self, busy: IntArray) -> None:
        """Keep what is feasible, has lost nothing, and is nearer to optimality than before."""
        better = self._sound(busy) & (self.here.residual[busy] < self.best.residual[busy])
        self.best.put(busy[better], self.here.take(busy[better]))

    def _sound(self, rows: IntArray) -> BoolArray:
        here, lost = self.here, self.here.p[rows] - self.origin[rows]
        return np.asarray((here.g[rows] <= 0.0).all(axis=1) & (lost <= _NO_LOSS).all(axis=1))
