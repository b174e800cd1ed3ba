"""Families of a front: a few classes of designs, by the choices that tell them apart best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from optimize.designs.scores import scores
from problems.space import DesignSpace
from problems.spec import Objective
from problems.units import FloatArray, IntArray

#: Families at most; what is in none of the largest is a family of its own, "other".
MOST = 6
_FEWEST = 4  # where that many can be had
_BY_AT_MOST = 3  # choices that make a family
_LEAST_SHARE = 0.02  # of the front, for a family of its own
_PER_CHOICE = 0.02  # of the variance told apart, that one more choice must be worth
BLANK = "–"


@dataclass(frozen=True, slots=True)
class Families:
    """The choices that make a family, and the combinations that are one, largest first."""

    by: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]


def families(
    front: pd.DataFrame, space: DesignSpace, values: FloatArray, objectives: tuple[Objective, ...]
) -> Families:
    """Return the families of a front.

    Parameters
    ----------
    front
        Its table; choices as text, inactive ones blank. A run of an earlier model lacks what came
        later.
    space
        What was searched.
    values
        ``(n, n_obj)`` objectives in natural units and with their natural sign.
    objectives
        Their declarations.

    Returns
    -------
    Families
        Without any, where no choice differs on the front.

    Notes
    -----
    Of all sets of up to three choices, the one whose combinations explain most of the variance of
    the scaled objectives (the ratio of the analysis of variance), among those with four to six
    families where there are any.
    """
    stored = [v.name for v in space.variables if v.kind == "choice" and v.name in front]
    names = [name for name in stored if front[name].nunique(False) > 1]
    texts = {
        name: [
            BLANK if blank else str(text)
            for text, blank in zip(front[name], front[name].isna(), strict=True)
        ]
        for name in names
    }
    score = scores(values, objectives)
    best, most = Families((), ()), (-1, -np.inf)
    for by in _subsets(names):
        keys = list(zip(*(texts[name] for name in by), strict=True))
        sizes = Counter(keys).most_common()
        large = [key for key, size in sizes if size >= _LEAST_SHARE * len(front)]
        rest = len(large) < len(sizes) or len(large) > MOST
        members = large[: MOST - 1] if rest else large
        places = {key: place for place, key in enumerate(members)}
        family = np.array([places.get(key, -1) for key in keys], dtype=np.intp)
        count = len(members) + rest
        fits = min(count, _FEWEST)
        worth = (fits, _explained(score, family) - _PER_CHOICE * len(by))
        if members and worth > most:
            best, most = Families(by, tuple(members)), worth
    return best


def _subsets(names: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(1, _BY_AT_MOST + 1):
        yield from combinations(names, size)


def _explained(score: FloatArray, family: IntArray) -> float:
    """Return the share of the variance of the scores that lies between families."""
    total = float(((score - score.mean(axis=0)) ** 2).sum())
    within = 0.0
    for label in np.unique(family):
        members = score[family == label]
        within += float(((members - members.mean(axis=0)) ** 2).sum())
    return 1.0 - within / total if total > 0.0 else 0.0
