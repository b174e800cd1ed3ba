"""The fewest assumptions that together, each within its range, make a claim hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.claims.hinge import Hinge
from optimize.analysis.sensitivity.prim import Box, Score, discover, limits
from optimize.evaluation.futures import sample_futures
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from optimize.analysis.claims.view import View
    from problems.parameters.uncertain import Marginal

#: Most assumptions that are tried together.
MOST = 16
#: Helpful assumptions beside the conjunction that a box may limit too.
_BESIDE = 8
#: Share of the futures in which the claim must hold before a box is looked for.
_ENOUGH = 0.15
#: Halvings of the ranges towards their helpful ends until then.
_HALVINGS = 3
Holds = Callable[[FloatArray, BoolArray], BoolArray]


@dataclass(frozen=True)
class Conjunction:
    """What has to come together.

    ``together`` are the assumptions that make the claim hold at their helpful ends, all others in
    force; empty where none do. ``box`` are the limits within which the futures meet the claim most,
    and ``fitted`` and ``fresh`` how well they fit the futures they were found on and new ones.
    """

    together: Mapping[str, float]
    all_helpful: float | None
    box: Mapping[str, tuple[float | None, float | None]]
    fitted: Score | None
    fresh: Score | None

    def entry(self, units: Mapping[str, str]) -> dict[str, Any]:
        """Return the conjunction as plain data."""
        return {
            "together": [
                {"key": key, "at": value, "unit": units[key]}
                for key, value in self.together.items()
            ],
            "value_all_helpful": self.all_helpful,
            "box": [
                {"key": key, "low": low, "high": high, "unit": units[key]}
                for key, (low, high) in self.box.items()
            ],
            "fitted": None if self.fitted is None else self.fitted.entry(),
            "fresh": None if self.fresh is None else self.fresh.entry(),
        }


def find_conjunction(
    view: View,
    hinge: Hinge,
    marginals: Sequence[Marginal],
    holds: Holds,
    *,
    futures: int,
    seed: int,
) -> Conjunction:
    """Return the smallest conjunction of assumptions under which a claim holds.

    Parameters
    ----------
    view
        The claim.
    hinge
        What each assumption does alone.
    marginals
        The uncertain numbers.
    holds
        Where figures and feasibility meet the claim.
    futures
        Drawn to find the box; as many again to try it.
    seed
        Of both draws, which are independent.

    Notes
    -----
    Assumptions go to their helpful ends one after the other, the most helpful first, until the
    claim holds; what is not needed goes back. Around that corner futures are drawn, even over the
    range of each assumption of the conjunction and some more, by their distributions for all
    others, and :func:`optimize.analysis.sensitivity.prim.discover` finds the box. Designs are
    re-optimised in every one of these cases.
    """
    ends = hinge.helpful_ends
    together = _smallest(view, dict(list(ends.items())[:MOST]), marginals, holds)
    if not together:
        return Conjunction({}, hinge.value_all_helpful, {}, None, None)
    keys = [*together, *[key for key in ends if key not in together][:_BESIDE]]
    box, fitted, fresh = _box(view, keys, together, ends, marginals, holds, futures, seed)
    return Conjunction(together, hinge.value_all_helpful, box, fitted, fresh)


def _smallest(
    view: View, ends: Mapping[str, float], marginals: Sequence[Marginal], holds: Holds
) -> dict[str, float]:
    """Return the first assumptions that are enough, without those that are not needed."""
    keys = list(ends)
    if not keys:
        return {}
    sets = [keys[: i + 1] for i in range(len(keys))]
    met = _holding(view, sets, ends, marginals, holds)
    if not met.any():
        return {}
    needed = sets[int(np.argmax(met))]
    while len(needed) > 1:
        fewer = [[key for key in needed if key != left] for left in needed]
        met = _holding(view, fewer, ends, marginals, holds)
        if not met.any():
            break
        needed = fewer[len(fewer) - 1 - int(np.argmax(met[::-1]))]  # the least helpful goes first
    return {key: ends[key] for key in needed}


def _holding(
    view: View,
    sets: Sequence[Sequence[str]],
    ends: Mapping[str, float],
    marginals: Sequence[Marginal],
    holds: Holds,
) -> BoolArray:
    """Return for which sets, at their helpful ends and all others in force, the claim holds."""
    nominal = {marginal.key: marginal.nominal for marginal in marginals if marginal.key in ends}
    cases = {
        key: np.array([ends[key] if key in chosen else nominal[key] for chosen in sets])
        for key in ends
    }
    return holds(*view.under(cases))


def _box(
    view: View,
    keys: Sequence[str],
    together: Mapping[str, float],
    ends: Mapping[str, float],
    marginals: Sequence[Marginal],
    holds: Holds,
    futures: int,
    seed: int,
) -> tuple[dict[str, tuple[float | None, float | None]], Score | None, Score | None]:
    by_key = {marginal.key: marginal for marginal in marginals}
    nothing: dict[str, tuple[float | None, float | None]] = {}
    for halving in range(_HALVINGS + 1):
        # What stands beside may help the other way round once the conjunction has come true.
        share = {key: 0.5**halving if key in together else 1.0 for key in keys}
        ranges = {key: _towards(by_key[key], ends[key], share[key]) for key in keys}
        x, met = _tried(view, ranges, marginals, holds, futures, seed)
        if met.mean() >= _ENOUGH:
            break
    if not met.any():
        return nothing, None, None
    box = discover(x, met)
    if box is None:
        if not met.all():
            return nothing, None, None
        box = Box(np.full(len(keys), -np.inf), np.full(len(keys), np.inf))
    # A limit that drawing near the helpful corner set is part of the condition.
    box = _with_ranges(box, keys, ranges, by_key)
    fresh_x, fresh_met = _tried(view, ranges, marginals, holds, futures, seed + 1)
    fresh = box.score(fresh_x, fresh_met)
    if not fresh.density > 0.0:
        return nothing, box.score(x, met), fresh
    return limits(box, dict(enumerate(keys))), box.score(x, met), fresh


def _towards(marginal: Marginal, end: float, share: float) -> tuple[float, float]:
    """Return that share of a range which lies at one of its ends."""
    if share == 1.0:
        return marginal.low, marginal.high
    if end == marginal.low:
        return marginal.low, marginal.low + share * (marginal.high - marginal.low)
    return marginal.high - share * (marginal.high - marginal.low), marginal.high


def _tried(
    view: View,
    ranges: Mapping[str, tuple[float, float]],
    marginals: Sequence[Marginal],
    holds: Holds,
    futures: int,
    seed: int,
) -> tuple[FloatArray, BoolArray]:
    """Return ``(m, k)`` futures of the assumptions in ``ranges`` and where the claim holds."""
    from scipy.stats import qmc

    drawn = sample_futures(marginals, futures, seed=seed)
    sampler = qmc.Sobol(len(ranges), scramble=True, rng=np.random.default_rng(seed + 1000))
    points = sampler.random_base2(max(futures - 1, 1).bit_length())[:futures]
    for column, (key, (low, high)) in enumerate(ranges.items()):
        drawn[key] = low + points[:, column] * (high - low)
    met = holds(*view.under(drawn))
    return np.column_stack([drawn[key] for key in ranges]), met


def _with_ranges(
    box: Box,
    keys: Sequence[str],
    ranges: Mapping[str, tuple[float, float]],
    by_key: Mapping[str, Marginal],
) -> Box:
    for column, key in enumerate(keys):
        low, high = ranges[key]
        if low > by_key[key].low and not np.isfinite(box.low[column]):
            box = box.moved(column, low=low)
        if high < by_key[key].high and not np.isfinite(box.high[column]):
            box = box.moved(column, high=high)
    return box
