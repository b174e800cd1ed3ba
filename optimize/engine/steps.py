"""Steps towards an optimum: for every design a quadratic programme of what it knows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.calls import Task, called
from optimize.engine.cuts import Cuts, beyond_kinks, surfaces_of
from optimize.engine.local_model import Landscape, Slopes
from optimize.engine.points import Points
from optimize.engine.programme import Programmes, least_common_losses
from problems.units import BoolArray, FloatArray, IntArray

FIRST_TRUST, _LARGEST_TRUST = 0.03, 0.3
_SETTLED = 0.1  # of its limit: a shorter step tells that what limits it lies nearer
_MARGIN = 1e-9  # distance that a design keeps from its limits, of the dimensionless violation
_LEAST_PRICE = 1e-3  # of a violation, in normalised objectives
_SHORTER = (0.25, 0.0625)  # shares of the limit that are tried where a step fails
_ROUNDING = 1e-12  # step that is none
_FLATTEST = 1e-3  # curvature of a step's programme


class Steps:
    """Where every design is, what it knows of its neighbourhood, and how far it may step."""

    def __init__(self, land: Landscape, x: FloatArray) -> None:
        self.land = land
        self.here = called(land, Points.located(land, x.copy()))
        self.best = self.here.copy()
        self.origin = self.here.p.copy()
        n, m, k = self.here.slopes.f.shape
        c = self.here.g.shape[1]
        self.m = m
        sound = self.here.finite & (self.here.g <= 0.0).all(axis=1)
        self.trust = np.where(sound, FIRST_TRUST, 0.0)
        self.prices = np.zeros((n, m + c))
        self.penalty = np.zeros((n, c))
        self.curvature = np.zeros((n, m + c, k, k))
        self.cuts = [Cuts() for _ in range(n)]

    def steps(
        self, busy: IntArray, missed: FloatArray | None = None, *, share: float = 1.0
    ) -> FloatArray:
        """Return the step of each design, and keep the multipliers of its programme.

        Those of a programme with what a step ``missed``, or with a ``share`` of the limit of the
        step, are not kept.
        """
        programmes, owner = self._programmes(busy, missed, share)
        solved = least_common_losses(self._roots(busy), programmes)
        if missed is None and share == 1.0:
            width = self.prices.shape[1]
            owned = owner >= 0
            place = programmes.at[owned] * width + owner[owned]
            prices = np.bincount(place, solved.prices[owned], len(busy) * width)
            self.prices[busy[solved.sound]] = prices.reshape(-1, width)[solved.sound]
        return solved.steps

    def _programmes(
        self, busy: IntArray, missed: FloatArray | None, share: float
    ) -> tuple[Programmes, IntArray]:
        """Return objectives, limits, cuts, walls and boxes, and whose each row is, -1 for none."""
        here, m, trust = self.here.take(busy), self.m, share * self.trust[busy, None]
        slopes = np.concatenate((here.slopes.f, here.slopes.g), axis=1)
        origin = self.origin[busy]
        loss = here.p - origin
        most = loss.max(axis=1, keepdims=True)
        seen = np.concatenate((here.p, here.g), axis=1)
        offset = np.concatenate((-origin - most, np.full_like(here.g, _MARGIN)), axis=1)
        value = np.concatenate((loss - most, here.g + _MARGIN), axis=1)
        value = value if missed is None else value + missed
        near = np.ones(value.shape, dtype=np.bool_)
        near[:, m:] = here.g + 2.0 * np.abs(here.slopes.g).sum(axis=2) * trust > 0.0
        cuts = [self.cuts[row] for row in busy]
        at, owner = np.nonzero(near)
        cut = beyond_kinks(cuts, here.u, seen, slopes, self.curvature[busy], near)
        wall = surfaces_of(cuts, here.u)
        n, k = here.u.shape
        sides = np.tile(np.concatenate((-np.eye(k), np.eye(k))), (n, 1))
        box = np.concatenate((np.minimum(here.u, trust), np.minimum(1.0 - here.u, trust)), axis=1)
        nobody = np.full(len(wall.design) + len(sides), -1)
        design = np.concatenate((at, cut.design, wall.design, np.repeat(np.arange(n), 2 * k)))
        owners = np.concatenate((owner, cut.owner, nobody))
        lines = np.concatenate((slopes[at, owner], cut.slopes, wall.slopes, sides))
        room = np.concatenate(
            (
                *(-value[at, owner], -cut.values - offset[cut.design, cut.owner]),
                *(-wall.values - _MARGIN, box.ravel()),
            )
        )
        order = np.argsort(design, kind="stable")
        owners = owners[order]
        shares = ((owners >= 0) & (owners < m)).astype(np.float64)
        return Programmes(design[order], lines[order], shares, room[order]), owners

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

    def tried(self, busy: IntArray, here: Points) -> Task[Tried]:
        """Return where the step of each design leads, or another one where that step fails."""
        step = self.steps(busy)
        self.penalty[busy] = np.maximum(0.5 * self.penalty[busy], 2.0 * self.prices[busy, self.m :])
        trial = yield from here.moved(self.land, step)
        reach = np.abs(trial.u - here.u).max(axis=1)
        whole = np.ones(len(busy), dtype=np.bool_)
        rows = np.flatnonzero(~(self.merit(busy, trial) < self.merit(busy, here)))
        failed = trial.take(rows)
        if len(rows):
            other, shorter = yield from self._others(busy[rows], here.take(rows), failed)
            moved = np.abs(other.u - here.u[rows]).max(axis=1)
            better = self.merit(busy[rows], other) < self.merit(busy[rows], failed)
            at = np.flatnonzero(better & (moved > _ROUNDING))
            rows, failed = rows[at], failed.take(at)
            trial.put(rows, other.take(at))
            whole[rows] = ~shorter[at]
            reach[rows] = np.where(shorter[at], reach[rows], moved[at])
        both = yield from trial.joined(failed).with_slopes(self.land)
        n, every = len(busy), np.arange(len(both.x))
        return Tried(both.take(every[:n]).rated(), both.take(every[n:]), rows, reach, whole)

    def _others(
        self, rows: IntArray, here: Points, trial: Points
    ) -> Task[tuple[Points, BoolArray]]:
        """Return the best of some other steps than one that failed, and whether it is shorter.

        One step allows for what the linearisation missed, the others are shorter.
        """
        step = trial.u - here.u
        missed = np.concatenate(
            (
                trial.p - here.p - Slopes.along(here.slopes.f, step),
                trial.g - here.g - Slopes.along(here.slopes.g, step),
            ),
            axis=1,
        )
        missed = np.where(trial.finite[:, None], missed, 0.0)
        steps = [self.steps(rows, missed), *(self.steps(rows, share=share) for share in _SHORTER)]
        every, count = np.arange(len(rows)), len(steps)
        start = here.take(np.tile(every, count))
        there = yield from start.moved(self.land, np.concatenate(steps))
        merit = self.merit(np.tile(rows, count), there)
        stays = (there.u == start.u).all(axis=1)
        best = np.argmin(np.where(stays, np.inf, merit).reshape(count, -1), axis=0)
        return there.take(best * len(rows) + every), best > 0

    def merit(self, rows: IntArray, points: Points) -> FloatArray:
        """Return the largest loss against the origin, and the price of what is violated."""
        price = np.maximum(self.penalty[rows], _LEAST_PRICE)
        violated = np.maximum(points.g + _MARGIN, 0.0)
        merit = (points.p - self.origin[rows]).max(axis=1) + (price * violated).sum(axis=1)
        return np.where(points.finite, merit, np.inf)

    def limit_steps(self, busy: IntArray, size: FloatArray, accepted: BoolArray) -> None:
        """Let steps of some sizes, accepted or not, tell how long the next ones may be."""
        trust = self.trust[busy]
        full = size > 0.99 * trust
        grown = np.where(full, np.minimum(4.0 * trust, _LARGEST_TRUST), trust)
        settled = np.where(size < _SETTLED * trust, np.maximum(0.25 * trust, 2.0 * size), grown)
        self.trust[busy] = np.where(accepted, settled, 0.5 * np.minimum(trust, size))


class Tried(NamedTuple):
    """Where steps lead, with slopes."""

    trial: Points  # of each design
    failed: Points  # where first steps led that better ones replace
    rows: IntArray  # of these, in the trial
    reach: FloatArray  # of the trial, of the step that failed where a shorter one replaces it
    whole: BoolArray  # the trial is not such a shorter step
