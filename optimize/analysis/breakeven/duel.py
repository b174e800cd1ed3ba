"""Mass driver or rocket: which one's best design wins, by orbit family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from optimize.analysis.breakeven.axis import Axis
from optimize.analysis.breakeven.curve import (
    Question,
    Sweep,
    contenders,
    crossings,
    draw_futures,
    sweep,
    under_futures,
)
from optimize.analysis.breakeven.questions import Answer, Settings, band_of
from optimize.designs.best.architectures import architectures
from optimize.designs.best.grid import Progress
from optimize.utils.labels import words
from problems.units import FloatArray, IntArray

#: By how much the only side with a feasible design wins; beyond any ratio of two feasible ones.
ALONE = 1e6


def driver_or_rocket(
    question: Question, axis: Axis, settings: Settings, progress: Progress | None = None
) -> list[Answer]:
    """Return, for each orbit family, where the mass driver's best design beats the rocket's.

    The curve is the driver's objective over the rocket's, each with its best transfer.
    """
    curve = sweep(question, axis, settings.points)
    families = _families(curve)
    futures = draw_futures(question.problem, [axis], settings.futures, seed=settings.seed)
    drawn: FloatArray | None = None
    if futures:
        sought = _near_best(curve.solved.f, families)
        _, solved = under_futures(curve, futures, progress, sought=sought)
        drawn = solved.f
    answers = []
    for orbit, (moon, earth) in families.items():
        nominal = _duel(curve.solved.f, moon, earth)
        if not np.isfinite(nominal).any():
            continue
        curves = {"nominal": nominal}
        crossing = {"nominal": crossings(curve.points, nominal, 1.0)}
        sides: dict[str, float] = {}
        if drawn is not None:
            band = band_of(curve.points, _duel(drawn, moon, earth).reshape(len(nominal), -1), 1.0)
            curves |= band.curves
            crossing |= band.crossing
            sides = band.sides
        title = f"{axis.title}: mass driver over rocket, {words(orbit)}"
        answers.append(Answer(title, axis, 1.0, curve.points, curves, crossing, sides))
    return answers


def _near_best(f: FloatArray, families: Mapping[str, tuple[list[int], list[int]]]) -> IntArray:
    """Return the architectures that come near the best of their orbit and launch site."""
    near = [
        np.array(side)[contenders(f[:, side])]
        for pair in families.values()
        for side in pair
        if np.isfinite(f[:, side]).any()
    ]
    return np.sort(np.concatenate(near))


def _families(curve: Sweep) -> dict[str, tuple[list[int], list[int]]]:
    """Return positions of lunar and terrestrial architectures by orbit family."""
    kinds = architectures(curve.cases.problem, curve.cases.space)
    families: dict[str, tuple[list[int], list[int]]] = {}
    for at, kind in enumerate(kinds):
        choices = dict(kind.choices)
        pair = families.setdefault(choices.get("orbit", "any orbit"), ([], []))
        pair[0 if choices["launch_site"] == "moon" else 1].append(at)
    return families


def _duel(f: FloatArray, moon: list[int], earth: list[int]) -> FloatArray:
    """Return the best lunar objective over the best terrestrial one, NaN without either.

    Where only one side has a feasible design it wins by a factor of ``ALONE``.
    """
    filled = np.where(np.isnan(f), np.inf, f)
    top = filled[:, moon].min(axis=1, initial=np.inf)
    bottom = filled[:, earth].min(axis=1, initial=np.inf)
    both = np.isfinite(top) & np.isfinite(bottom)
    ratio = np.where(both, top / np.where(both, bottom, 1.0), np.nan)
    ratio[np.isfinite(top) & ~np.isfinite(bottom)] = 1.0 / ALONE
    ratio[~np.isfinite(top) & np.isfinite(bottom)] = ALONE
    return ratio
