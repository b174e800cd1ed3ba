"""Designs with everything that a step needs to know of them, as one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimize.engine.calls import Call, Task
from optimize.engine.indicators import normalised
from optimize.engine.local_model import Landscape, Slopes, scaled_slopes
from optimize.engine.stationarity import finite_rows, stationarity
from problems.units import BoolArray, FloatArray, IntArray


@dataclass
class Points:
    """Designs in unit coordinates, their outputs, normalised objectives, violations and slopes.

    What is not finite has infinite objectives and violations, so that it is never taken.
    """

    x: FloatArray
    u: FloatArray
    outputs: FloatArray
    p: FloatArray
    g: FloatArray
    finite: BoolArray
    slopes: Slopes
    residual: FloatArray

    @classmethod
    def located(cls, land: Landscape, x: FloatArray) -> Task[Points]:
        """Return designs with their slopes and residuals."""
        points = yield from cls.at(land, x)
        return (yield from points.with_slopes(land)).rated()

    @classmethod
    def at(cls, land: Landscape, x: FloatArray) -> Task[Points]:
        """Return designs without their slopes."""
        outputs = yield Call(x)
        f, g = land.judged(outputs)
        finite = np.asarray(np.isfinite(f).all(axis=1))
        usable = np.where(finite[:, None], f, 1.0)
        p = np.where(finite[:, None], normalised(usable, land.objectives), np.inf)
        k = len(land.columns)
        slopes = Slopes(np.full((*f.shape, k), np.nan), np.full((*g.shape, k), np.nan))
        return cls(x, land.units(x), outputs, p, g, finite, slopes, np.full(len(x), np.inf))

    def moved(self, land: Landscape, step: FloatArray) -> Task[Points]:
        """Return the designs after a step in unit coordinates, without slopes."""
        return (yield from Points.at(land, land.rows(self.x, np.clip(self.u + step, 0.0, 1.0))))

    def with_slopes(self, land: Landscape) -> Task[Points]:
        """Return the same designs with slopes."""
        if len(self.x) == 0:
            return self
        slopes = scaled_slopes(land, self.x, self.outputs, (yield Call(self.x, derivatives=True)))
        return replace(self, slopes=slopes, finite=self.finite & finite_rows(slopes))

    def rated(self) -> Points:
        """Return the same designs with their residuals, infinite for infeasible ones."""
        residual = np.full(len(self.x), np.inf)
        rows = np.flatnonzero((self.g <= 0.0).all(axis=1))
        residual[rows] = stationarity(self.slopes.take(rows), self.g[rows], self.u[rows]).residual
        return replace(self, residual=residual)

    def take(self, rows: IntArray) -> Points:
        """Return some of the designs."""
        return self._each(lambda values: values[rows])

    def joined(self, others: Points) -> Points:
        """Return the designs and others after them."""
        pairs = zip(self._arrays(), others._arrays(), strict=True)
        return Points._of(np.concatenate(pair) for pair in pairs)

    def copy(self) -> Points:
        """Return designs that can change on their own."""
        return self._each(np.copy)

    def put(self, rows: IntArray, others: Points) -> None:
        """Let other designs take the place of some."""
        for mine, its in zip(self._arrays(), others._arrays(), strict=True):
            mine[rows] = its

    def _arrays(self) -> tuple[Any, ...]:
        return (
            *(self.x, self.u, self.outputs, self.p, self.g, self.finite),
            *(self.slopes.f, self.slopes.g, self.residual),
        )

    def _each(self, change: Callable[[Any], Any]) -> Points:
        return Points._of(map(change, self._arrays()))

    @classmethod
    def _of(cls, arrays: Iterable[Any]) -> Points:
        x, u, outputs, p, g, finite, slopes_f, slopes_g, residual = arrays
        return cls(x, u, outputs, p, g, finite, Slopes(slopes_f, slopes_g), residual)
