"""Swaps of choices: whether a design is bettered by another of its choices, all else equal.

A search mixes choices one by one. Where a choice only pays together with one that it brings into
play (a launcher and its tankers), the way there leads over worse designs, and the ends of a front
can be left behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import moocore
import numpy as np

from optimize.engine.local_model import Landscape
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective
from problems.units import FloatArray, IntArray

_ROUNDING = 1e-12  # relative gain that is none
_SWAPS = 4  # times that designs may take a swap that dominates them


class Swapped(NamedTuple):
    """A front with the best of its swaps, how many took a place on it, and what it took."""

    x: FloatArray
    f: FloatArray
    taken: int
    evaluations: int


def swaps_of(space: DesignSpace) -> list[dict[int, float]]:
    """Return values by column: every choice alone, and with each value of what depends on it.

    Examples
    --------
    >>> from problems import load_problem
    >>> space = load_problem().space
    >>> values = space["transfer"].codes
    >>> sum(list(swap) == [space.index["transfer"]] for swap in swaps_of(space)) == len(values)
    True
    """
    choices = [i for i in space.free if space.variables[i].kind == "choice"]
    swaps: list[dict[int, float]] = []
    for i in choices:
        variable = space.variables[i]
        dependent = [
            j
            for j in choices
            if any(c.variable == variable.name for c in space.variables[j].active_when)
        ]
        for code in variable.codes:
            swaps.append({i: float(code)})
            swaps += [
                {i: float(code), j: float(other)}
                for j in dependent
                for other in space.variables[j].codes
            ]
    return swaps


def swapped(
    problem: Problem,
    space: DesignSpace,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x: FloatArray,
    f: FloatArray,
    *,
    most: int,
    evaluations: int,
) -> Swapped:
    """Return the non-dominated designs of a front and of all its swaps.

    Parameters
    ----------
    problem, space, objectives, constraints
        As searched; ``space`` holds the narrowed choices.
    x, f
        ``(n, n_var)`` feasible canonical designs, none dominated, and their minimised objectives.
    most, evaluations
        Of how many designs, from the first, swaps are tried, and the ceiling on evaluations.
    """
    swaps = swaps_of(space)
    some = x[: min(most, evaluations // len(swaps))] if swaps else x[:0]
    if len(some) == 0:
        return Swapped(x, f, 0, 0)
    tried = np.unique(problem.canonical(_changed(some, swaps), space), axis=0)
    tried_f, g = Landscape.of(problem, space, objectives, constraints).at(tried)
    feasible = (g <= 0.0).all(axis=1)
    # The front comes first, so that of equals its own design stays.
    all_x, all_f = np.concatenate((x, tried[feasible])), np.concatenate((f, tried_f[feasible]))
    keep = np.asarray(moocore.is_nondominated(all_f), dtype=np.bool_)
    return Swapped(all_x[keep], all_f[keep], int(keep[len(x) :].sum()), len(tried))


def _changed(x: FloatArray, changes: Sequence[Mapping[int, float]]) -> FloatArray:
    """Return all designs with the first change, then all with the second, and so on."""
    tried = np.tile(x, (len(changes), 1))
    for row, change in enumerate(changes):
        for column, value in change.items():
            tried[row * len(x) : (row + 1) * len(x), column] = value
    return tried


class Bettered(NamedTuple):
    """Designs that a single swap or step dominates: their rows, how, and what they become."""

    rows: IntArray
    columns: IntArray  # the variable that is swapped or stepped
    x: FloatArray
    f: FloatArray
    evaluations: int


def changes(space: DesignSpace) -> int:
    """Return how many designs :func:`bettered` tries for each of those it is given."""
    single = sum(len(swap) == 1 for swap in swaps_of(space))
    return single + 2 * sum(space.variables[i].kind == "integer" for i in space.free)


def bettered(land: Landscape, x: FloatArray, f: FloatArray) -> Bettered:
    """Return the designs that another of their choices, or a step of a whole number, dominates.

    Parameters
    ----------
    land
        The problem around the designs.
    x, f
        ``(n, n_var)`` canonical designs and their minimised objectives.
    """
    space, n = land.space, len(x)
    choices = [swap for swap in swaps_of(space) if len(swap) == 1]
    whole = [i for i in space.free if space.variables[i].kind == "integer"]
    steps = [(i, sign) for i in whole for sign in (1.0, -1.0)]
    tried = np.concatenate((_changed(x, choices), np.tile(x, (len(steps), 1))))
    for block, (i, sign) in enumerate(steps, start=len(choices)):
        tried[block * n : (block + 1) * n, i] += sign
    columns = np.repeat([*(next(iter(swap)) for swap in choices), *(i for i, _ in steps)], n)
    rows = np.tile(np.arange(n), len(choices) + len(steps))
    tried = land.problem.canonical(tried, space)
    tried_f, g = land.at(tried)
    better = (g <= 0.0).all(axis=1) & (tried_f <= f[rows]).all(axis=1)
    better &= (tried_f < f[rows] - _ROUNDING * np.abs(f[rows])).any(axis=1)
    first, at = np.unique(rows[better], return_index=True)
    which = np.flatnonzero(better)[at]
    return Bettered(first, columns[which].astype(np.intp), tried[which], tried_f[which], len(tried))


def after_swaps(land: Landscape, x: FloatArray) -> FloatArray:
    """Return designs after the swaps that dominate them, one after the other."""
    x, f, rows = x.copy(), land.at(x)[0], np.arange(len(x))
    for _ in range(_SWAPS):
        if len(rows) == 0:
            break
        better = bettered(land, x[rows], f[rows])
        rows = rows[better.rows]
        x[rows], f[rows] = better.x, better.f
    return x
