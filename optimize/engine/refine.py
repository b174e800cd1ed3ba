"""The last digits of a front: every design moves to where first-order optimality holds.

Polishing ends where a step gains little. Here each design goes on, by Newton's method for
constrained problems, until the gradient of its Lagrangian vanishes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optimize.engine.curvature import curvatures
from optimize.engine.cuts import Cuts
from optimize.engine.jumps import jumped, walls
from optimize.engine.kinks import first_jumps, remainders, sides_of
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.steps import FIRST_TRUST, Steps
from problems.units import BoolArray, FloatArray, IntArray

_ROUNDS = 60
_WAITING = 0.6  # share of the designs that wait before they are looked after
_FAILURES = 2  # steps in vain after which a design looks around
_LARGEST_TRUST = 0.3
_RESTS, _LOST = 1e-7, 1e-6  # a step and a trust region below which a design looks around
_LITTLE = 1e-11  # change of the merit that does as well
_ASIDE, _BENT, _AFTER = 3e-5, 1e-3, 1e-4  # how far, for what, and its trust region then
_PROOFS, _NEARER = 2, 0.3  # in vain, after which a design starts again; what is not in vain
_STARTS = 3  # after which a design stays where it is
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
    of all sides prove it optimal; where they do not it goes on from what it has learnt, and starts
    afresh where that does not help either.
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
        self.fresh, self.bends, self.looks = np.ones((3, n), dtype=np.bool_)
        self.rests = np.zeros(n, dtype=np.bool_)
        self.jumps: dict[int, tuple[Points, Points]] = {}
        self.failures, self.proofs, self.starts = np.zeros((3, n), dtype=np.intp)
        self.left = np.full(n, np.inf)

    @property
    def waits(self) -> BoolArray:
        """Designs that need more than a step."""
        waits = self.rests | self.fresh | self.looks
        waits[list(self.jumps)] = True
        return np.asarray(waits)

    def attend(self, rows: IntArray, limit: float) -> None:
        """Let designs prove that they are optimal, start again, and look around."""
        self._prove(rows[self.rests[rows]], limit)
        rows = rows[self.trust[rows] > 0.0]
        fresh = rows[self.fresh[rows]]
        self._begin(fresh)
        self._bend(rows[self.bends[rows]])
        self._look_around(rows[self.looks[rows]])
        self.steps(fresh, None)  # the multipliers that weigh the curvature
        for flags in (self.rests, self.fresh, self.bends, self.looks):
            flags[rows] = False

    def _begin(self, rows: IntArray) -> None:
        """Let designs start from the best place they had, with nothing that led them astray."""
        back = rows[~self._sound(rows)]
        self.here.put(back, self.best.take(back))
        self.origin[rows] = self.here.p[rows]
        self.trust[rows] = FIRST_TRUST
        self.prices[rows], self.penalty[rows] = 0.0, 0.0
        self.prices[rows, : self.m] = 1.0 / self.m
        self.left[rows], self.proofs[rows] = np.inf, 0
        for row in rows:
            self.cuts[row] = Cuts()

    def _bend(self, rows: IntArray) -> None:
        """Look at the curvature of every objective and limit around some designs."""
        if len(rows):
            here = self.here.take(rows)
            self.curvature[rows] = curvatures(self.land, here)

    def _prove(self, rows: IntArray, limit: float) -> None:
        """Let designs that hardly move try the gradients of all sides; in vain, they look on."""
        if len(rows) == 0:
            return
        here = self.here.take(rows)
        left = np.abs(remainders(self.land, here, limit)).max(axis=1)
        sound = (here.g <= 0.0).all(axis=1)
        self.here.residual[rows[sound]] = np.minimum(here.residual, left)[sound]
        self._remember(rows)
        self.proofs[rows] += ~(left < _NEARER * self.left[rows])
        self.left[rows] = left
        solved = self.here.residual[rows] <= limit
        lost = ~solved & (self.proofs[rows] >= _PROOFS)
        self.starts[rows[lost]] += 1
        self.fresh[rows[lost]] = True
        self.trust[rows] = np.where(solved | (lost & (self.starts[rows] >= _STARTS)), 0.0, _AFTER)
        self.bends[rows] = self.looks[rows] = True
        for row in rows:
            self.cuts[row] = Cuts()  # surfaces seen from afar lie elsewhere from near by

    def _look_around(self, rows: IntArray) -> None:
        """Let designs remember the kinks and jumps on all sides, and those they came upon."""
        here = self.here.take(rows)
        sides = sides_of(self.land, here, _ASIDE, deviates=_BENT)
        for at in np.flatnonzero(~sides.beyond):
            self.cuts[rows[sides.owner[at]]].add(sides.points, int(at))
        owner, near, far = first_jumps(here, sides)
        owner = rows[owner]
        for row, (before, behind) in self.jumps.items():
            owner = np.append(owner, row)
            near, far = near.joined(before), far.joined(behind)
        self.jumps.clear()
        for at, u, normal in zip(*walls(self.land, near, far), strict=True):
            self.cuts[owner[at]].add_wall(u, normal)
            self.trust[owner[at]] = max(self.trust[owner[at]], _AFTER_JUMP)

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
