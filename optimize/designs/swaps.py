"""One choice of a design put in the place of another, at the same IT power."""

from __future__ import annotations

import numpy as np

from problems.space import DesignSpace, Problem
from problems.units import FloatArray

_POWER, _COUNT = "it_power_w", "gpu_count"
_ALIKE = 1e-6  # relative difference of powers that are the same


def swapped(
    problem: Problem, space: DesignSpace, x: FloatArray, column: int, code: float
) -> FloatArray:
    """Return designs with a choice replaced and as many accelerators as draw the power of before.

    Parameters
    ----------
    problem, space
        What is designed, and its variables as searched.
    x
        ``(n, n_var)`` designs.
    column
        Position of the choice.
    code
        The other choice.

    Returns
    -------
    ndarray
        ``(n, n_var)`` canonical designs. A problem without IT power or a count of accelerators,
        or whose power the choice does not touch, keeps its other variables.
    """
    after = x.copy()
    after[:, column] = code
    after = problem.canonical(after, space)
    count = space.index.get(_COUNT)
    if count is None or _POWER not in problem.outputs or space.variables[count].is_fixed:
        return np.asarray(after)
    was = problem.evaluate(x, (_POWER,))[_POWER]
    now = problem.evaluate(after, (_POWER,))[_POWER]
    with np.errstate(all="ignore"):
        ratio = was / now
    moves = np.isfinite(ratio) & (np.abs(ratio - 1.0) > _ALIKE)
    if not moves.any():
        return np.asarray(after)
    bounds = space.variables[count]
    scaled = np.clip(after[moves, count] * ratio[moves], bounds.lower, bounds.upper)
    after[moves, count] = np.maximum(np.floor(scaled), bounds.lower)
    return np.asarray(problem.canonical(after, space))
