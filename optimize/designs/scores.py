"""Choosing designs from a front: the best in every objective, and the knee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.utils.labels import best_titles
from problems.spec import Objective, Output
from problems.units import BoolArray, FloatArray

#: Share of their size by which the values of an objective differ at least; less is rounding.
_ALIKE = 1e-8
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Chosen:
    """One design picked from a front: its row and what it is best at."""

    row: int
    titles: tuple[str, ...]

    @property
    def title(self) -> str:
        """All titles of the design in one text."""
        return ", ".join(self.titles)


def scores(values: FloatArray, objectives: Sequence[Objective]) -> FloatArray:
    """Scale the objectives of a front to 0 (best on the front) and 1 (worst on the front).

    Parameters
    ----------
    values
        ``(n, n_obj)`` objectives in natural units and with their natural sign.
    objectives
        Their declarations; the sense and the logarithmic scale are honoured.

    Returns
    -------
    FloatArray
        ``(n, n_obj)`` scores. An objective in which all designs are equal, but for rounding,
        scores 0. A declared logarithm is not taken where a value is not positive.

    Examples
    --------
    >>> o = [Objective("a", "min", 1, 100, log=True), Objective("b", "max", 1, 0)]
    >>> scores(np.array([[1.0, 0.0], [10.0, 0.5], [100.0, 1.0]]), o).tolist()
    [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    """
    scaled = np.array(values, dtype=np.float64)
    if len(scaled) == 0:
        return scaled
    size = np.abs(scaled).max(axis=0)
    for column, objective in enumerate(objectives):
        if objective.log and (scaled[:, column] > 0.0).all():
            scaled[:, column] = np.log(scaled[:, column])
            size[column] = 1.0  # a difference of logarithms is relative already
        if objective.sense == "max":
            scaled[:, column] *= -1.0
    low = scaled.min(axis=0)
    span = scaled.max(axis=0) - low
    span[span <= _ALIKE * size] = np.inf
    return np.asarray((scaled - low) / span)


def telling(score: FloatArray) -> BoolArray:
    """Return which objectives tell designs apart; all of them where none does.

    An objective that is constant on the front says nothing about which design to prefer, but its
    score of 0 looks like a design that is best in it: every method leaves it out. Where all
    designs are equal in everything, each is best in every objective.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores.

    Returns
    -------
    ndarray of bool
        ``(n_obj,)``.

    Examples
    --------
    >>> telling(np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])).tolist()
    [True, True, False]
    """
    differs = np.zeros(score.shape[1], dtype=np.bool_)
    if len(score):
        differs = np.ptp(score, axis=0) > _TINY
    return np.asarray(differs if differs.any() else ~differs)


def knee(score: FloatArray) -> int:
    """Return the row of the knee: where giving up any objective buys least in the others.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores from :func:`scores`, at least one row.

    Returns
    -------
    int
        Row of the design with the smallest sum of scores; of several, the most balanced one.

    Notes
    -----
    On the scaled front, the plane through the points "worst in one objective, best in the others"
    is ``sum(score) = 1``. The knee is the design farthest from it on the side of the ideal, which
    is the one with the smallest Manhattan distance to the ideal point. With two objectives the
    plane is the line through the two extreme designs. A front that bulges away from the ideal has
    no knee; an extreme design is returned then.

    References
    ----------
    .. [1] I. Das, "On characterizing the 'knee' of the Pareto curve based on Normal-Boundary
       Intersection", Structural Optimization 18 (1999) 107-115.
    .. [2] W.-Y. Chiu, G. G. Yen, T.-K. Juan, "Minimum Manhattan distance approach to multiple
       criteria decision making in multiobjective optimization problems", IEEE Transactions on
       Evolutionary Computation 20 (2016) 972-985.

    Examples
    --------
    >>> knee(np.array([[0.0, 1.0], [0.2, 0.3], [1.0, 0.0]]))
    1
    """
    score = score[:, telling(score)]
    return int(np.lexsort((score.max(axis=1), score.sum(axis=1).round(12)))[0])


def choose(
    values: FloatArray, objectives: Sequence[Objective], outputs: Mapping[str, Output]
) -> tuple[Chosen, ...]:
    """Return the designs worth a look: the best in each objective and the knee.

    Parameters
    ----------
    values
        ``(n, n_obj)`` objectives in natural units and with their natural sign.
    objectives, outputs
        Declarations; they decide which end is best and what it is called.

    Returns
    -------
    tuple of Chosen
        In the order of the objectives, the knee last; a design that is best at several things
        comes once, with all its titles. No design is best in an objective that is constant on the
        front. Empty for an empty front.

    Examples
    --------
    >>> o = [Objective("cost_usd", "min", 1, 9), Objective("mass_kg", "min", 1, 9)]
    >>> [c.title for c in choose(np.array([[1.0, 9.0], [2.0, 2.0], [9.0, 1.0]]), o, {})]
    ['cheapest', 'lightest', 'knee']
    """
    if len(values) == 0:
        return ()
    score = scores(values, objectives)
    columns = np.flatnonzero(telling(score)).tolist()
    names = best_titles(objectives, outputs)
    titles: dict[int, list[str]] = {}
    for column in columns:
        # Of equally good designs take the one that is best overall.
        row = int(np.lexsort((score.sum(axis=1), score[:, column]))[0])
        titles.setdefault(row, []).append(names[column])
    if len(columns) > 1:
        titles.setdefault(knee(score), []).append("knee")
    return tuple(Chosen(row, tuple(design_titles)) for row, design_titles in titles.items())
