"""The assumption a claim hinges on, and what it would have to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from problems.units import FloatArray

if TYPE_CHECKING:
    from optimize.analysis.claims.view import View
    from problems.parameters.uncertain import Marginal

#: How far beyond its range an assumption is followed, as a factor.
BEYOND = 100.0
_POINTS = 48
_NEARLY = 0.99
_SLIGHT = 1e-4  # margins that differ by less are the same
Margin = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Hinge:
    """The assumption that moves the answer most towards the other verdict."""

    key: str
    unit: str
    low: float
    nominal: float
    high: float
    value_at_low: float
    value_at_high: float
    helpful: float  #: the end of its range that helps the claim
    reachable: float  #: best margin that any assumption alone reaches within its range
    value_all_helpful: float | None  #: figure with every assumption at its helpful end
    required: float | None  #: value at which the claim just holds; None when there is none
    direction: str  #: "at most" or "at least" that value, "" without one
    within_range: bool
    enough_alone: tuple[str, ...]  #: every assumption that alone can make the claim hold
    helpful_ends: Mapping[str, float]  #: what helps, by assumption, the most helpful first


def find_hinge(
    view: View, marginals: Sequence[Marginal], margin: Margin, nominal: float
) -> Hinge | None:
    """Return the assumption that a claim hinges on; None when nothing moves the figure.

    Notes
    -----
    Each assumption in turn goes to its low and its high end, the design re-optimised. Where the
    claim fails, the hinge is the one that helps most; where it holds, the one that harms most.
    """
    if not marginals:
        return None
    keys = [marginal.key for marginal in marginals]
    base = {marginal.key: np.full(2 * len(keys), marginal.nominal) for marginal in marginals}
    for i, marginal in enumerate(marginals):
        base[marginal.key][2 * i], base[marginal.key][2 * i + 1] = marginal.low, marginal.high
    values, _ = view.under(base)
    margins = margin(values).reshape(-1, 2)
    values = values.reshape(-1, 2)
    helps = margins.max(axis=1)
    harms = np.where(np.isfinite(margins), margins, np.inf).min(axis=1)  # infeasible is no answer
    ends = {
        m.key: float((m.low, m.high)[side])
        for m, side in zip(marginals, margins.argmax(axis=1), strict=True)
    }
    at = int(np.argmin(harms) if nominal >= 0.0 else np.argmax(helps))
    moved = abs((harms if nominal >= 0.0 else helps)[at] - nominal)
    if not moved > _SLIGHT:
        return None
    marginal = marginals[at]
    required, direction = required_value(view, marginal, margin)
    inside = required is not None and marginal.low <= required <= marginal.high
    alone = tuple(key for key, best in zip(keys, helps, strict=True) if best >= 0.0)
    return Hinge(
        key=marginal.key,
        unit=marginal.unit,
        low=marginal.low,
        nominal=marginal.nominal,
        high=marginal.high,
        value_at_low=float(values[at, 0]),
        value_at_high=float(values[at, 1]),
        helpful=ends[marginal.key],
        # "About" may be met between the ends though at neither.
        reachable=float(max(helps.max(), nominal, 0.0 if inside else -np.inf)),
        value_all_helpful=_all_at(view, ends),
        required=required,
        direction=direction,
        within_range=inside,
        enough_alone=alone if nominal < 0.0 else (),
        helpful_ends={
            keys[i]: ends[keys[i]]
            for i in np.argsort(-helps, kind="stable")
            if helps[i] > nominal + _SLIGHT
        },
    )


def _all_at(view: View, ends: Mapping[str, float]) -> float | None:
    """Return the figure with every assumption at one end; None where no design is feasible."""
    values, feasible = view.under({key: np.array([value]) for key, value in ends.items()})
    return float(values[0]) if feasible[0] and np.isfinite(values[0]) else None


def scan_points(marginal: Marginal) -> FloatArray:
    """Return values of an assumption over its range and ``BEYOND`` it, nominal included."""
    low, high = marginal.low, marginal.high
    if low > 0.0:
        top = high * BEYOND
        if marginal.ceiling is not None:  # below 1: formulas divide by 1 - share
            top = max(high, min(top, _NEARLY * marginal.ceiling))
        points = np.geomspace(low / BEYOND, top, _POINTS)
    else:
        span = high - low
        bottom = 0.0 if low == 0.0 else low - span
        points = np.linspace(bottom, high + span if marginal.ceiling is None else high, _POINTS)
    return np.unique(np.concatenate((points, [low, marginal.nominal, high])))


def required_value(view: View, marginal: Marginal, margin: Margin) -> tuple[float | None, str]:
    """Return the value nearest to the nominal one at which a claim just holds, and its side."""
    points = scan_points(marginal)
    values, _ = view.under({marginal.key: points})
    margins = margin(values)
    holds = margins >= 0.0
    changes = np.flatnonzero(holds[1:] != holds[:-1])
    if len(changes) == 0:
        return None, ""
    start = int(np.flatnonzero(points == marginal.nominal)[0])
    at = int(changes[np.argmin(np.abs(changes + 0.5 - start))])
    crossing = _between(points[at], points[at + 1], margins[at], margins[at + 1])
    return crossing, "at most" if holds[at] else "at least"


def _between(a: float, b: float, margin_a: float, margin_b: float) -> float:
    """Return where the margin crosses zero between two neighbours; geometric if both positive."""
    if not (np.isfinite(margin_a) and np.isfinite(margin_b)):
        return float(a if margin_a >= 0.0 else b)
    share = margin_a / (margin_a - margin_b)
    return float(a * (b / a) ** share if a > 0.0 else a + share * (b - a))
