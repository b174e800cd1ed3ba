"""The last digits of a front: every design moves to where first-order optimality holds.

Polishing ends where a step gains little. Here each design goes on, by Newton's method for
constrained problems, until the gradient of its Lagrangian vanishes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np

from optimize.engine.curvature import curvatures
from optimize.engine.cuts import Cuts
from optimize.engine.jumps import Walls, jumped, walls
from optimize.engine.kinks import Around, around, prove
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.steps import Steps
from problems.units import BoolArray, FloatArray, IntArray

_ROUNDS = 60
_WAITING = 0.6  # share of the designs that wait before they are looked after
_FAILURES = 2  # steps in vain after which a design looks around
_LARGEST_TRUST = 0.3
_RESTS, _LOST = 1e-7, 1e-6  # a step and a trust region below which a design tries a proof
_LITTLE = 1e-11  # change of the merit that does as well
_ASIDE, _BENT = 3e-5, 1e-3  # how far a design looks, and for what
_STALE_STEPS, _STALE = 4, 1e-3  # steps and distance after which curvature is no longer that here
_PROOFS, _NEARER = 3, 0.3  # in vain, after which a design gives up; what is not in vain
_AFTER, _CLOSER = 1e-4, 0.1  # trust region after a proof, and its share after one in vain
_AFTER_JUMP = 1e-3  # a jump that is known now says nothing about how far the model holds
_SETTLED = 0.1  # of its limit: a shorter step tells that what limits it lies nearer
_FLAT = 1e-10  # loss that is rounding beside a kink
_STEADY = 1e-7  # loss that a design may take in exchange for a smaller residual
_ROUNDING = 1e-12  # step that is none
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
    stopped
        Asked before every round; when true, refinement ends.

    Returns
    -------
    Refined
        Each design, or one that is feasible, no worse in any objective, and nearer to optimality.

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
    within a smaller region, so that kinks a little farther away do not hold it.
    """
    state = _State(land, x)
    for _ in range(_ROUNDS if land.columns else 0):
        open_ones = np.flatnonzero((state.here.residual > limit) & (state.trust > 0.0))
        if len(open_ones) == 0 or stopped():
            break
        # Calls of the model have a fixed price: designs wait for each other to be looked after.
        if state.waits[open_ones].mean() >= _WAITING:
            state.attend(open_ones[state.waits[open_ones]], limit)
        busy = open_ones[(state.trust[open_ones] > 0.0) & ~state.waits[open_ones]]
        if len(busy):
            state.advance(busy, limit)
    return Refined(state.best.x, state.best.residual)


class _State(Steps):
    """What every design has tried, and what it needs next."""

    def __init__(self, land: Landscape, x: FloatArray) -> None:
        super().__init__(land, x)
        n = len(x)
        self.rests, self.bends, self.looks = np.zeros((3, n), dtype=np.bool_)
        self.jumps: dict[int, tuple[Points, Points]] = {}
        self.failures, self.proofs, self.age = np.zeros((3, n), dtype=np.intp)
        self.left = np.full(n, np.inf)
        self.bent_at = self.here.u.copy()  # where their curvature is from
        self.prices[:, : self.m] = 1.0 / self.m
        rows = np.flatnonzero(self.trust > 0.0)
        self._bend(rows)
        self.steps(rows, None)  # the multipliers that weigh the curvature

    @property
    def waits(self) -> BoolArray:
        """Designs that need more than a step."""
        waits = self.rests | self.bends | self.looks
        waits[list(self.jumps)] = True
        return np.asarray(waits)

    def attend(self, rows: IntArray, limit: float) -> None:
        """Let designs prove that they are optimal, learn their curvature, and look around."""
        self._prove(rows[self.rests[rows]], limit)
        rows = rows[self.trust[rows] > 0.0]
        self._bend(rows[self.bends[rows]])
        self._look_around(rows[self.looks[rows]])
        for flags in (self.rests, self.bends, self.looks):
            flags[rows] = False

    def _bend(self, rows: IntArray) -> None:
        """Look at the curvature of every objective and limit around some designs."""
        if len(rows):
            here = self.here.take(rows)
            self.curvature[rows] = curvatures(self.land, here)
            self.bent_at[rows], self.age[rows] = here.u, 0

    def _prove(self, rows: IntArray, limit: float) -> None:
        """Let designs that hardly move try the gradients of all sides; in vain, they look on."""
        if len(rows) == 0:
            return
        here = self.here.take(rows)
        proof = prove(self.land, here, limit)
        left = np.abs(proof.remainder).max(axis=1)
        sound = (here.g <= 0.0).all(axis=1)
        self.here.residual[rows[sound]] = np.minimum(here.residual, left)[sound]
        self._remember(rows)
        self.proofs[rows] += ~(left < _NEARER * self.left[rows])
        self.left[rows] = left
        over = (self.here.residual[rows] <= limit) | (self.proofs[rows] >= _PROOFS)
        for row in rows:
            self.cuts[row] = Cuts()  # what was seen from afar is known better from near by
        self._learn(rows, proof.around)
        self.trust[rows] = _AFTER * _CLOSER ** self.proofs[rows]
        self.trust[rows[over]] = 0.0
        self.bends[rows] = True

    def _look_around(self, rows: IntArray) -> None:
        """Let designs remember the kinks and jumps on all sides, and those they came upon."""
        if len(rows):
            self._learn(rows, around(self.land, self.here.take(rows), _ASIDE, deviates=_BENT))
        if self.jumps:
            owner = np.array(list(self.jumps))
            near, far = (
                reduce(Points.joined, side) for side in zip(*self.jumps.values(), strict=True)
            )
            self._build(owner, walls(self.land, near, far))
            self.jumps.clear()

    def _learn(self, rows: IntArray, there: Around) -> None:
        for at, owner in enumerate(rows[there.sides.owner]):
            self.cuts[owner].add(there.sides.points, at)
        self._build(rows, there.walls)

    def _build(self, rows: IntArray, jumps: Walls) -> None:
        for at, u, normal in zip(*jumps, strict=True):
            self.cuts[rows[at]].add_wall(u, normal)
            self.trust[rows[at]] = max(self.trust[rows[at]], _AFTER_JUMP)

    def advance(self, busy: IntArray, limit: float) -> None:
        """Let every busy design try a step, and another one where that fails."""
        land, here = self.land, self.here.take(busy)
        for row in busy:
            self.cuts[row].keep(self.here.u[row], self.trust[row])
        step = self.steps(busy, None)
        self.penalty[busy] = np.maximum(0.5 * self.penalty[busy], 2.0 * self.prices[busy, self.m :])
        trial = here.moved(land, step)
        before = self.merit(busy, here)
        again = np.flatnonzero(~(self.merit(busy, trial) < before))
        if len(again):
            other = self.corrected(busy[again], here.take(again), trial.take(again))
            better = self.merit(busy[again], other) < self.merit(busy[again], trial.take(again))
            better &= (np.abs(other.u - here.u[again]) > _ROUNDING).any(axis=1)
            trial.put(again[better], other.take(np.flatnonzero(better)))
        trial = trial.with_slopes(land).rated()
        after = self.merit(busy, trial)
        fine = (trial.residual < here.residual) & (trial.g <= 0.0).all(axis=1)
        accepted = trial.finite & ((after <= before + _FLAT) | (fine & (after <= before + _STEADY)))
        size = np.abs(trial.u - here.u).max(axis=1)
        self._limit_steps(busy, size, accepted)
        jump = self._see_jumps(busy, here, trial, accepted)
        for at in np.flatnonzero(trial.finite & ~jump):
            self.cuts[busy[at]].add(here if accepted[at] else trial, int(at))
        self.here.put(busy[accepted], trial.take(np.flatnonzero(accepted)))
        self._remember(busy)
        self.failures[busy] = np.where(accepted, 0, self.failures[busy] + 1)
        little = (size < _RESTS) | (np.abs(after - before) < _LITTLE)
        rests = (accepted & little) | (self.trust[busy] < _LOST)
        self.rests[busy] = rests & (self.here.residual[busy] > limit)
        self.looks[busy] = self.failures[busy] == _FAILURES
        self.age[busy] += 1
        gone = np.abs(self.here.u[busy] - self.bent_at[busy]).max(axis=1)
        self.bends[busy] = (self.age[busy] >= _STALE_STEPS) & (gone > _STALE)

    def _limit_steps(self, busy: IntArray, size: FloatArray, accepted: BoolArray) -> None:
        trust = self.trust[busy]
        full = size > 0.99 * trust
        grown = np.where(full, np.minimum(4.0 * trust, _LARGEST_TRUST), trust)
        settled = np.where(size < _SETTLED * trust, np.maximum(0.25 * trust, 2.0 * size), grown)
        self.trust[busy] = np.where(accepted, settled, 0.5 * np.minimum(trust, size))

    def _see_jumps(
        self, busy: IntArray, here: Points, trial: Points, accepted: BoolArray
    ) -> BoolArray:
        """Tell which designs came upon a jump of the model, and note where to look for it."""
        jump = jumped(here, trial)
        for at in np.flatnonzero(jump & ~accepted):
            if not self.cuts[busy[at]].is_beyond(trial.u[at]):
                row = np.array([at])
                self.jumps[int(busy[at])] = here.take(row), trial.take(row)
        return jump

    def _remember(self, busy: IntArray) -> None:
        """Keep what is feasible, has lost nothing, and is nearer to optimality than before."""
        better = self._sound(busy) & (self.here.residual[busy] < self.best.residual[busy])
        self.best.put(busy[better], self.here.take(busy[better]))

    def _sound(self, rows: IntArray) -> BoolArray:
        here, lost = self.here, self.here.p[rows] - self.origin[rows]
        return np.asarray((here.g[rows] <= 0.0).all(axis=1) & (lost <= _NO_LOSS).all(axis=1))
