"""Scenario discovery: a box of assumptions within which most futures are of interest.

The Patient Rule Induction Method peels thin slices off the cube of all futures, each time the one
whose loss raises the density of cases of interest most, then pastes back what was peeled too much.
A box says in a few inequalities under which conditions something happens.

References
----------
J. H. Friedman, N. I. Fisher, "Bump hunting in high-dimensional data", Statistics and Computing 9
(1999), doi:10.1023/A:1008894516817. B. P. Bryant, R. J. Lempert, "Thinking inside the box",
Technological Forecasting and Social Change 77 (2010), doi:10.1016/j.techfore.2009.08.002 (density,
coverage, and which of several boxes to take).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from problems.units import BoolArray, FloatArray

PEEL = 0.05  # share of a box that one slice takes
LEAST_MASS = 0.05  # share of the futures that a box keeps
DENSE = 0.8  # of a box that is taken as the answer
_BY_CHANCE = 0.05  # quasi-p-value above which a limit is dropped


@dataclass(frozen=True, slots=True)
class Score:
    """How well a box fits futures: shares of them."""

    density: float  #: of the futures in the box, those of interest
    coverage: float  #: of the futures of interest, those in the box
    mass: float  #: of all futures, those in the box

    def entry(self) -> dict[str, float]:
        """Return density and coverage as plain data."""
        return {"density": self.density, "coverage": self.coverage}


@dataclass(frozen=True, slots=True)
class Box:
    """``(k,)`` limits of a box, minus and plus infinity where it is open."""

    low: FloatArray
    high: FloatArray

    def inside(self, x: FloatArray) -> BoolArray:
        """Return which of ``(m, k)`` futures lie in the box."""
        return np.asarray(((x >= self.low) & (x <= self.high)).all(axis=1))

    @property
    def restricted(self) -> tuple[int, ...]:
        """Columns that the box limits."""
        limited = np.isfinite(self.low) | np.isfinite(self.high)
        return tuple(int(i) for i in np.flatnonzero(limited))

    def score(self, x: FloatArray, interest: BoolArray) -> Score:
        """Return density, coverage and mass over ``(m, k)`` futures."""
        inside = self.inside(x)
        hits = int((inside & interest).sum())
        held, wanted = int(inside.sum()), int(interest.sum())
        return Score(
            hits / held if held else float("nan"),
            hits / wanted if wanted else float("nan"),
            held / len(x),
        )

    def opened(self, column: int) -> Box:
        """Return the box without its limits on one column."""
        low, high = self.low.copy(), self.high.copy()
        low[column], high[column] = -np.inf, np.inf
        return Box(low, high)

    def moved(self, column: int, *, low: float | None = None, high: float | None = None) -> Box:
        """Return the box with a limit at another value."""
        lows, highs = self.low.copy(), self.high.copy()
        if low is not None:
            lows[column] = low
        if high is not None:
            highs[column] = high
        return Box(lows, highs)


def discover(
    x: FloatArray,
    interest: BoolArray,
    *,
    density: float = DENSE,
    peel: float = PEEL,
    least_mass: float = LEAST_MASS,
) -> Box | None:
    """Return the box of fewest limits that holds mostly futures of interest.

    Parameters
    ----------
    x
        ``(m, k)`` values of the assumptions by future.
    interest
        ``(m,)`` mask of the futures of interest.
    density
        Share of interest at which peeling stops; of boxes that never get there the densest counts.
    peel
        Share of a box that one slice takes.
    least_mass
        Share of all futures below which a box is not peeled.

    Returns
    -------
    Box or None
        None without a future of interest, or where no slice helps.

    Examples
    --------
    >>> points = np.random.default_rng(1).random((2000, 3))
    >>> box = discover(points, (points[:, 0] > 0.7) & (points[:, 1] < 0.5))
    >>> box.restricted
    (0, 1)
    """
    if not interest.any() or interest.all():
        return None
    everything = Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))
    reached = everything
    for reached in _peeled(everything, x, interest, peel, least_mass):
        if reached.score(x, interest).density >= density:
            break
    if not reached.restricted:
        return None
    goal = min(density, reached.score(x, interest).density)
    simple = _simplified(reached, x, interest, goal)
    return _pasted(simple, x, interest, peel, min(goal, simple.score(x, interest).density))


def _peeled(
    box: Box, x: FloatArray, interest: BoolArray, peel: float, least_mass: float
) -> Iterator[Box]:
    """Yield ever smaller boxes."""
    most_columns = x.shape[1]
    while True:
        inside = box.inside(x)
        points, hits = x[inside], interest[inside]
        held, mean = len(points), float(hits.mean())
        lows, highs = np.quantile(points, (peel, 1.0 - peel), axis=0)
        kept = np.concatenate((points >= lows, points <= highs), axis=1)
        counts = kept.sum(axis=0)
        allowed = (counts >= least_mass * len(x)) & (counts < held) & (counts > 0)
        # Gain of density per future given up, so that coarse slices win only by their worth.
        densities = (hits @ kept.astype(np.float64)) / np.maximum(counts, 1)
        gains = np.where(allowed, (densities - mean) / np.maximum(held - counts, 1), -np.inf)
        at = int(np.argmax(gains))
        if not gains[at] > 0.0:
            return
        column = at % most_columns
        if at < most_columns:
            box = box.moved(column, low=float(lows[column]))
        else:
            box = box.moved(column, high=float(highs[column]))
        yield box


def _simplified(box: Box, x: FloatArray, interest: BoolArray, goal: float) -> Box:
    """Return the box without limits that chance may have drawn or that it can do without."""
    while len(box.restricted) > 1:
        opened = [box.opened(column) for column in box.restricted]
        chances = [_chance(box, wider, x, interest) for wider in opened]
        densities = [wider.score(x, interest).density for wider in opened]
        if max(chances) > _BY_CHANCE:
            box = opened[int(np.argmax(chances))]
        elif max(densities) >= goal:
            box = opened[int(np.argmax(densities))]
        else:
            return box
    return box


def _chance(box: Box, wider: Box, x: FloatArray, interest: BoolArray) -> float:
    """Return the quasi-p-value of a limit: how likely chance alone makes the box as dense."""
    from scipy.stats import binom

    inside = box.inside(x)
    hits, held = int((inside & interest).sum()), int(inside.sum())
    return float(binom.sf(hits - 1, held, wider.score(x, interest).density))


def _pasted(box: Box, x: FloatArray, interest: BoolArray, peel: float, goal: float) -> Box:
    """Return the box grown back where its density allows."""
    grew = True
    while grew:
        grew = False
        for column in box.restricted:
            for wider in _wider(box, x, column, peel):
                if (
                    wider.score(x, interest).density >= max(goal, box.score(x, interest).density)
                    and wider.inside(x).sum() > box.inside(x).sum()
                ):
                    box, grew = wider, True
    return box


def _wider(box: Box, x: FloatArray, column: int, peel: float) -> Iterator[Box]:
    """Yield the box with one limit moved out over a slice of the futures beyond it."""
    others = box.opened(column).inside(x)
    values = np.sort(x[others, column])
    count = max(int(peel * box.inside(x).sum()), 1)
    below, above = values[values < box.low[column]], values[values > box.high[column]]
    if len(below):
        yield box.moved(column, low=float(below[-min(count, len(below))]))
    if len(above):
        yield box.moved(column, high=float(above[min(count, len(above)) - 1]))


def limits(box: Box, names: Mapping[int, str]) -> dict[str, tuple[float | None, float | None]]:
    """Return lowest and highest value by name, None where open."""

    def finite(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    return {
        names[i]: (finite(float(box.low[i])), finite(float(box.high[i]))) for i in box.restricted
    }
