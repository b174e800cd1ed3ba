"""Steps towards an optimum: for every design a quadratic programme of what it knows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.cuts import Cuts
from optimize.engine.local_model import Landscape, Slopes
from optimize.engine.points import Points
from optimize.engine.programme import least_common_loss
from problems.units import FloatArray, IntArray

FIRST_TRUST = 0.03
_MARGIN = 1e-9  # distance that a design keeps from its limits, of the dimensionless violation
_LEAST_PRICE = 1e-3  # of a violation, in normalised objectives
_FLATTEST = 1e-3  # curvature of a step's programme


class Steps:
    """Where every design is, what it knows of its neighbourhood, and how far it may step."""

    def __init__(self, land: Landscape, x: FloatArray) -> None:
        self.land = land
        self.here = Points.at(land, x.copy()).with_slopes(land).rated()
        self.best = self.here.copy()
        self.origin = self.here.p.copy()
        n, m, k = self.here.slopes.f.shape
        c = self.here.g.shape[1]
        self.m = m
        self.trust = np.where((self.here.g <= 0.0).all(axis=1), FIRST_TRUST, 0.0)
        self.prices = np.zeros((n, m + c))
        self.penalty = np.zeros((n, c))
        self.curvature = np.zeros((n, m + c, k, k))
        self.cuts = [Cuts() for _ in range(n)]

    def steps(self, busy: IntArray, missed: FloatArray | None) -> FloatArray:
        """Return the step of each design, and keep the multipliers of its programme."""
        steps = np.zeros((len(busy), self.here.u.shape[1]))
        roots = self._roots(busy)
        for at, row in enumerate(busy):
            own = None if missed is None else missed[at]
            rows = self._programme(int(row), own)
            solved = least_common_loss(roots[at], rows.lines, rows.shares, rows.room)
            if solved is None:
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
        value = np.concatenate((loss - loss.max(), here.g[row] + _MARGIN))
        if missed is not None:
            value = value + missed
        reach = here.g[row] + 2.0 * np.abs(here.slopes.g[row]).sum(axis=1) * trust
        near = np.concatenate((np.arange(m), m + np.flatnonzero(reach > 0.0)))
        lines, values, owner = self.cuts[row].lines(
            u, np.concatenate((here.p[row], here.g[row])), slopes, self.curvature[row], near
        )
        normals, away = self.cuts[row].walls(u)
        offset = np.concatenate(
            (-self.origin[row] - loss.max(), np.full(len(here.g[row]), _MARGIN))
        )
        unit, k = np.eye(len(u)), len(u)
        owners = np.concatenate((near, owner, np.full(len(away) + 2 * k, -1)))
        return _Rows(
            np.concatenate((slopes[near], lines, normals, -unit, unit)),
            ((owners >= 0) & (owners < m)).astype(np.float64),
            np.concatenate(
                (
                    -value[near],
                    -values - offset[owner],
                    away - _MARGIN,
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

    def corrected(self, rows: IntArray, here: Points, trial: Points) -> Points:
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
        return here.moved(self.land, self.steps(rows, missed))

    def merit(self, rows: IntArray, points: Points) -> FloatArray:
        """Return the largest loss against the origin, and the price of what is violated."""
        price = np.maximum(self.penalty[rows], _LEAST_PRICE)
        violated = np.maximum(points.g + _MARGIN, 0.0)
        merit = (points.p - self.origin[rows]).max(axis=1) + (price * violated).sum(axis=1)
        return np.where(points.finite, merit, np.inf)


class _Rows(NamedTuple):
    """A programme: ``lines . step - shares * loss <= room``, and what each line belongs to."""

    lines: FloatArray
    shares: FloatArray
    room: FloatArray
    owner: IntArray  # objective or limit, -1 for a side of the box
