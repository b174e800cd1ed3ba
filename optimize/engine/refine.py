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
from optimize.engine.jumps import around, jumped, walls
from optimize.engine.local_model import Landscape, Slopes
from optimize.engine.points import Points
from optimize.engine.programme import least_common_loss
from problems.units import BoolArray, FloatArray, IntArray

MARGIN = 1e-9  # distance that a design keeps from its limits, of the dimensionless violation
_ROUNDS = 30
_EVERY = 6  # rounds between two looks at the curvature
_FIRST_TRUST, _LARGEST_TRUST, _LAST_TRUST = 0.03, 0.3, 1e-9
_STUCK, _ASIDE, _AFTER_LOOK = 1e-4, 1e-5, 1e-4  # below which a design looks around, how far
_AFTER_JUMP = 1e-3  # a jump that is known now says nothing about how far the model holds
_SETTLED = 0.1  # of its limit: a shorter step tells that what limits it lies nearer
_LEAST_PRICE = 1e-3  # of a violation, in normalised objectives
_FLATTEST = 1e-3  # curvature of a step's programme
_FLAT = 1e-10  # loss that is rounding beside a kink
_STEADY = 1e-7  # loss that a design may take in exchange for a smaller residual
_NO_LOSS = 1e-8  # loss below which a refined design counts as no worse


class Refined(NamedTuple):
    """Designs after refinement, in the order they came, and what it took."""

    x: FloatArray
    residual: FloatArray
    jacobians: int


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
    (:class:`~optimize.engine.cuts.Cuts`).
    """
    state = _State(land, x)
    for turn in range(_ROUNDS if land.columns else 0):
        busy = np.flatnonzero((state.here.residual > limit) & (state.trust > 0.0))
        if len(busy) == 0 or stopped():
            break
        if turn % _EVERY == 0:
            state.bend(busy, first=turn == 0)
        state.advance(busy, limit)
    return Refined(state.best.x, state.best.residual, state.jacobians)


class _State:
    """Where every design is, what it has seen, and how far it may step."""

    def __init__(self, land: Landscape, x: FloatArray) -> None:
        self.land = land
        self.here = Points.at(land, x.copy()).with_slopes(land)
        self.best = self.here.copy()
        self.origin = self.here.p.copy()
        n, m, k = self.here.slopes.f.shape
        c = self.here.g.shape[1]
        self.m = m
        self.trust = np.where((self.here.g <= 0.0).all(axis=1), _FIRST_TRUST, 0.0)
        self.prices = np.concatenate((np.full((n, m), 1.0 / m), np.zeros((n, c))), axis=1)
        self.penalty = np.zeros((n, c))
        self.curvature = np.zeros((n, m + c, k, k))
        self.cuts = [Cuts() for _ in range(n)]
        self.jacobians = n

    def bend(self, busy: IntArray, *, first: bool) -> None:
        """Look at the curvature of every objective and limit around some designs."""
        here = self.here.take(busy)
        self.curvature[busy] = curvatures(self.land, here)
        self.jacobians += len(busy) * here.u.shape[1]
        if first:  # the multipliers that weigh it
            self._steps(busy, None)
        else:
            self._look_around(busy[self.trust[busy] < _STUCK])

    def _look_around(self, rows: IntArray) -> None:
        """Let designs that hardly move look for kinks and jumps on all sides."""
        if len(rows) == 0:
            return
        sides, beyond, found = around(self.land, self.here.take(rows), _ASIDE)
        self.jacobians += len(sides.x)
        each = len(sides.x) // len(rows)
        for at in np.flatnonzero(sides.finite & ~beyond):
            self.cuts[rows[at // each]].add(sides.take(np.array([at])))
        for at, u, normal in zip(found.rows, found.u, found.normals, strict=True):
            self.cuts[rows[at]].add_wall(u, normal)
        self.trust[rows] = np.maximum(self.trust[rows], _AFTER_LOOK)

    def advance(self, busy: IntArray, limit: float) -> None:
        """Let every busy design try a step, and another one where that fails."""
        land, here = self.land, self.here.take(busy)
        for row in busy:
            self.cuts[row].keep(self.here.u[row], self.trust[row])
        step = self._steps(busy, None)
        self.penalty[busy] = np.maximum(0.5 * self.penalty[busy], 2.0 * self.prices[busy, self.m :])
        trial = here.moved(land, step)
        before = self._merit(busy, here)
        again = np.flatnonzero(~(self._merit(busy, trial) < before))
        if len(again):
            other = self._corrected(busy[again], here.take(again), trial.take(again))
            better = self._merit(busy[again], other) < self._merit(busy[again], trial.take(again))
            trial.put(again[better], other.take(np.flatnonzero(better)))
        trial = trial.with_slopes(land)
        self.jacobians += len(busy)
        after = self._merit(busy, trial)
        fine = (trial.residual < here.residual) & (trial.g <= 0.0).all(axis=1)
        accepted = trial.finite & ((after <= before + _FLAT) | (fine & (after <= before + _STEADY)))
        self._limit_steps(busy, np.abs(trial.u - here.u).max(axis=1), accepted)
        jump = self._see_jumps(busy, here, trial, accepted)
        for at in np.flatnonzero(trial.finite & ~jump):
            self.cuts[busy[at]].add((here if accepted[at] else trial).take(np.array([at])))
        self.here.put(busy[accepted], trial.take(np.flatnonzero(accepted)))
        self._see_kinks(busy, limit)
        self._remember(busy)

    def _steps(self, busy: IntArray, missed: FloatArray | None) -> FloatArray:
        """Return the step of each design, and keep the multipliers of its programme."""
        steps = np.zeros((len(busy), self.here.u.shape[1]))
        roots = self._roots(busy)
        for at, row in enumerate(busy):
            own = None if missed is None else missed[at]
            rows = self._programme(int(row), own)
            solved = least_common_loss(roots[at], rows.lines, rows.shares, rows.room)
            if solved is None:
                self.trust[row] *= 0.25
                continue
            steps[at], weights = solved
            if missed is None:
                owned = rows.owner >= 0
                self.prices[row] = np.bincount(
                    rows.owner[owned], weights[: len(owned)][owned], self.prices.shape[1]
                )
        return steps

    def _programme(self, row: int, missed: FloatArray | None) -> _Rows:
        """Return the lines of one design's programme: objectives, limits, cuts, and its box."""
        here, trust, m = self.here, self.trust[row], self.m
        u, slopes = here.u[row], np.concatenate((here.slopes.f[row], here.slopes.g[row]))
        loss = here.p[row] - self.origin[row]
        value = np.concatenate((loss - loss.max(), here.g[row] + MARGIN))
        if missed is not None:
            value = value + missed
        reach = here.g[row] + 2.0 * np.abs(here.slopes.g[row]).sum(axis=1) * trust
        near = np.concatenate((np.arange(m), m + np.flatnonzero(reach > 0.0)))
        lines, values, owner = self.cuts[row].lines(
            u, np.concatenate((here.p[row], here.g[row])), slopes, self.curvature[row], near
        )
        normals, away = self.cuts[row].walls(u)
        offset = np.concatenate((-self.origin[row] - loss.max(), np.full(len(here.g[row]), MARGIN)))
        unit, k = np.eye(len(u)), len(u)
        owners = np.concatenate((near, owner, np.full(len(away) + 2 * k, -1)))
        return _Rows(
            np.concatenate((slopes[near], lines, normals, -unit, unit)),
            ((owners >= 0) & (owners < m)).astype(np.float64),
            np.concatenate(
                (
                    -value[near],
                    -values - offset[owner],
                    away - MARGIN,
                    np.minimum(u, trust),
                    np.minimum(1.0 - u, trust),
                )
            ),
            owners,
        )

    def _roots(self, busy: IntArray) -> FloatArray:
        """Return the inverse Cholesky factors of the Lagrangians' curvature, made convex.

        Across what is active the curvature may be raised at will, for no step goes there.
        """
        prices, m = self.prices[busy], self.m
        bent = np.einsum("nj,njab->nab", prices, self.curvature[busy])
        slopes = self.here.slopes.take(busy)
        active = np.where(
            prices[:, :, None] > 1e-9, np.concatenate((slopes.f, slopes.g), axis=1), 0
        )
        lead = np.argmax(prices[:, :m], axis=1)
        leader = slopes.f[np.arange(len(busy)), lead][:, None]
        active[:, :m] -= np.where(prices[:, :m, None] > 1e-9, leader, 0.0)
        length = np.linalg.norm(active, axis=2, keepdims=True)
        active /= np.where(length > 0.0, length, 1.0)
        size = np.linalg.norm(bent, axis=(1, 2))[:, None, None]
        values, axes = np.linalg.eigh(bent + 2.0 * size * active.swapaxes(1, 2) @ active)
        flat = np.maximum(0.1 * np.abs(values), _FLATTEST)
        values = np.where(values < _FLATTEST, flat, values)
        return np.asarray(axes / np.sqrt(values)[:, None]).swapaxes(1, 2)

    def _corrected(self, rows: IntArray, here: Points, trial: Points) -> Points:
        """Return where designs come to when they allow for what their linearisation missed."""
        step = trial.u - here.u
        missed = np.concatenate(
            (
                trial.p - here.p - Slopes.along(here.slopes.f, step),
                trial.g - here.g - Slopes.along(here.slopes.g, step),
            ),
            axis=1,
        )
        missed = np.where(trial.finite[:, None], missed, 0.0)
        return here.moved(self.land, self._steps(rows, missed))

    def _merit(self, rows: IntArray, points: Points) -> FloatArray:
        """Return the largest loss against the origin, and the price of what is violated."""
        price = np.maximum(self.penalty[rows], _LEAST_PRICE)
        violated = np.maximum(points.g + MARGIN, 0.0)
        merit = (points.p - self.origin[rows]).max(axis=1) + (price * violated).sum(axis=1)
        return np.where(points.finite, merit, np.inf)

    def _limit_steps(self, busy: IntArray, size: FloatArray, accepted: BoolArray) -> None:
        trust = self.trust[busy]
        full = size > 0.99 * trust
        grown = np.where(full, np.minimum(2.0 * trust, _LARGEST_TRUST), trust)
        settled = np.where(size < _SETTLED * trust, np.maximum(0.25 * trust, 2.0 * size), grown)
        self.trust[busy] = np.where(accepted, settled, 0.5 * np.minimum(trust, size))

    def _see_jumps(
        self, busy: IntArray, here: Points, trial: Points, accepted: BoolArray
    ) -> BoolArray:
        """Tell which designs came upon a jump of the model, and remember where it is."""
        jump = jumped(here, trial)
        failed = np.flatnonzero(jump & ~accepted)
        new = np.array(
            [at for at in failed if not self.cuts[busy[at]].is_beyond(trial.u[at])], dtype=np.intp
        )
        if len(new):
            found = walls(self.land, here.take(new), trial.take(new))
            for at, u, normal in zip(new[found.rows], found.u, found.normals, strict=True):
                self.cuts[busy[at]].add_wall(u, normal)
                self.trust[busy[at]] = max(self.trust[busy[at]], _AFTER_JUMP)
        return jump

    def _see_kinks(self, busy: IntArray, limit: float) -> None:
        """Take the residual with the gradients of both sides where a design is at a kink."""
        feasible = (self.here.g[busy] <= 0.0).all(axis=1)
        for row in busy[feasible & (self.here.residual[busy] > limit)]:
            remainder = self.cuts[row].unexplained(self.here.take(np.array([row])))
            if remainder is not None and np.abs(remainder).max() <= limit:
                self.here.residual[row] = np.abs(remainder).max()

    def _remember(self, busy: IntArray) -> None:
        """Keep what is feasible, has lost nothing, and is nearer to optimality than before."""
        here = self.here.take(busy)
        sound = (here.g <= 0.0).all(axis=1)
        sound &= ((here.p - self.origin[busy]) <= _NO_LOSS).all(axis=1)
        better = np.flatnonzero(sound & (here.residual < self.best.residual[busy]))
        self.best.put(busy[better], here.take(better))


class _Rows(NamedTuple):
    """A programme: ``lines . step - shares * loss <= room``, and what each line belongs to."""

    lines: FloatArray
    shares: FloatArray
    room: FloatArray
    owner: IntArray  # objective or limit, -1 for a side of the box
