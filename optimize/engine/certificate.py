"""How far a front is from optimal: a proof for every member, or what would better it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optimize.engine.calls import called
from optimize.engine.kinks import prove
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.slides import slid
from optimize.engine.stationarity import stationarity
from optimize.engine.surfaces import Walls
from optimize.engine.swaps import Bettered, bettered
from problems.units import BoolArray, FloatArray

EXACT_LIMIT = 1e-6  # residual up to which a design is certified
DIFFERENCE_LIMIT = 1e-4  # the same where the derivatives are finite differences


class Certificate(NamedTuple):
    """What was proved of every member of a front."""

    residual: FloatArray  # (n,)
    remainder: FloatArray  # (n, k), against it lies the way that betters a member
    at_kink: BoolArray  # (n,), the residual takes the gradients of all sides of a kink
    feasible: BoolArray
    swaps: Bettered
    slides: Bettered  # small steps of a real variable that dominate
    limit: float

    @property
    def certified(self) -> BoolArray:
        """Members that are feasible, first-order optimal, and that nothing tried dominates."""
        certified = self.feasible & (self.residual <= self.limit)
        certified[self.swaps.rows] = False
        certified[self.slides.rows] = False
        return certified

    def evidence(self, land: Landscape, seconds: float) -> dict[str, Any]:
        """Return what the manifest of a run says of it."""
        names = [land.space.names[i] for i in self.swaps.columns]
        return {
            "certified_share": float(self.certified.mean()) if len(self.residual) else 0.0,
            "worst_residual": _worst(self.residual[self.residual <= self.limit]),
            "residual_limit": self.limit,
            "swaps_that_dominate": len(names),
            "small_steps_that_dominate": len(self.slides.rows),
            "seconds": seconds,
            "swapped_variables": {name: names.count(name) for name in dict.fromkeys(names)},
            "at_kinks_share": float(self.at_kink.mean()) if len(self.residual) else 0.0,
            "largest_residual": _worst(self.residual[np.isfinite(self.residual)]),
        }

    def moves(self, land: Landscape, row: int) -> list[str]:
        """Return which way a member could go to better every objective, empty where none."""
        if self.residual[row] <= self.limit:
            return []
        remainder = self.remainder[row]
        names = [land.space.names[i] for i in land.columns]
        order = np.argsort(-np.abs(remainder), kind="stable")
        large = [i for i in order if np.abs(remainder[i]) > 0.3 * np.abs(remainder).max()]
        return [f"{'less' if remainder[i] > 0.0 else 'more'} {names[i]}" for i in large]


def certify(land: Landscape, x: FloatArray) -> Certificate:
    """Return the certificate of a front.

    Parameters
    ----------
    land
        The problem around its members.
    x
        ``(n, n_var)`` canonical designs.

    Notes
    -----
    A member is first-order optimal when non-negative multipliers, of sum 1 on the normalised
    objectives and any on the limits and bounds that it has reached, cancel the gradients over its
    real variables in unit coordinates; what is left, in the largest of them, is the residual. At a
    kink every function has a gradient for each side, and any mixture of them serves (Clarke's
    generalised gradient). Where the model jumps, such as by one more visit, the surface of the
    jump is one more bound. That is necessary only: a ridge has such a mixture too. So from every
    side the way down is tried, and a member that it betters is not certified. All weight on an
    objective that nothing moves cancels everything too: so small steps of each real variable are
    tried, and a member that one dominates is not certified either.
    """
    exact = land.problem.exact_derivatives
    limit = EXACT_LIMIT if exact else DIFFERENCE_LIMIT
    points = called(land, Points.at(land, x))
    points = called(land, points.with_slopes(land))
    remainder = stationarity(points.slopes, points.g, points.u).remainder
    residual = np.abs(remainder).max(axis=1, initial=0.0)
    at_kink = np.zeros(len(x), dtype=np.bool_)
    beyond = np.flatnonzero((residual > limit) & points.finite) if exact else np.arange(0)
    if len(beyond) and len(land.columns):
        none = Walls.none(len(land.columns))  # all is looked for anew
        better = called(land, prove(land, points.take(beyond), limit, none)).remainder
        solved = np.abs(better).max(axis=1) <= limit
        remainder[beyond[solved]] = better[solved]
        residual[beyond[solved]] = np.abs(better[solved]).max(axis=1)
        at_kink[beyond[solved]] = True
    f, _ = land.judged(points.outputs)
    feasible = np.asarray((points.g <= 0.0).all(axis=1))
    swaps, slides = bettered(land, x, f), slid(land, x, f)
    return Certificate(residual, remainder, at_kink, feasible, swaps, slides, limit)


def _worst(residuals: FloatArray) -> float | None:
    return float(residuals.max()) if len(residuals) else None
