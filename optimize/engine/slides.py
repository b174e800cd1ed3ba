"""Designs that a move of one real variable betters where no multiplier tells.

An objective that no real variable moves any more has no gradient, and all weight on it cancels
everything: first-order optimality then says nothing of the other objectives.
"""

from __future__ import annotations

import numpy as np

from optimize.engine.indicators import normalised
from optimize.engine.local_model import Landscape
from optimize.engine.swaps import Bettered
from problems.units import BoolArray, FloatArray, IntArray

#: Lengths that are tried, of a range.
LENGTHS = (1e-5, 1e-7)
_GAIN = 1e-9  # in a normalised objective: less than that is rounding
_LONGER = 0.5 ** np.arange(1, 25)  # along a variable that betters a design
_SLIDES = 40  # that a design may take


def slid(land: Landscape, x: FloatArray, f: FloatArray) -> Bettered:
    """Return the designs that a small step of one real variable dominates.

    Parameters
    ----------
    land
        The problem around the designs.
    x, f
        ``(n, n_var)`` canonical designs and their minimised objectives.
    """
    n, k = len(x), len(land.columns)
    steps = np.concatenate([sign * length * np.eye(k) for length in LENGTHS for sign in (1, -1)])
    rows = np.tile(np.arange(n), len(steps))
    return _first(land, x, f, rows, np.repeat(steps, n, axis=0))


def after_slides(land: Landscape, x: FloatArray) -> FloatArray:
    """Return designs after moves of one real variable that dominate them, one after the other."""
    x, f, rows = x.copy(), land.at(x)[0], np.arange(len(x))
    for _ in range(_SLIDES):
        better = slid(land, x[rows], f[rows])
        rows = rows[better.rows]
        if len(rows) == 0:
            break
        moves = np.array(land.columns) == better.columns[:, None]  # the rest became canonical
        ways = np.where(moves, np.sign(land.units(better.x) - land.units(x[rows])), 0.0)
        steps = np.concatenate([length * ways for length in _LONGER])
        every = np.tile(np.arange(len(rows)), len(_LONGER))
        far = _first(land, x[rows], f[rows], every, steps)
        x[rows], f[rows] = better.x, better.f
        x[rows[far.rows]], f[rows[far.rows]] = far.x, far.f
    return x


def _first(
    land: Landscape, x: FloatArray, f: FloatArray, rows: IntArray, steps: FloatArray
) -> Bettered:
    """Return of each design the first of its steps, in unit coordinates, that dominates it."""
    moved = np.clip(land.units(x)[rows] + steps, 0.0, 1.0)
    tried = land.rows(x[rows], moved)
    tried_f, g = land.at(tried)
    better = _gains(land, tried_f, f[rows]) & (g <= 0.0).all(axis=1)
    first, at = np.unique(rows[better], return_index=True)
    which = np.flatnonzero(better)[at]
    columns = (steps[which] != 0.0) @ np.array(land.columns, dtype=np.intp)
    return Bettered(first, columns, tried[which], tried_f[which], len(tried))


def _gains(land: Landscape, f: FloatArray, before: FloatArray) -> BoolArray:
    """Tell which designs dominate those before by more than rounding."""
    no_worse = np.asarray((f <= before).all(axis=1), dtype=np.bool_)
    usable = np.where(no_worse[:, None], f, before)
    old, new = (normalised(part, land.objectives) for part in (before, usable))
    return no_worse & np.asarray((old - new > _GAIN).any(axis=1))
