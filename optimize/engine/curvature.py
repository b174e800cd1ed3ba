"""Second derivatives of objectives and limits, from differences of exact gradients."""

from __future__ import annotations

import numpy as np

from optimize.engine.calls import Task
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from problems.units import BoolArray, FloatArray, IntArray

_STEP = 1e-6  # of a range
_KINKED = 3e4  # curvature above which a difference has crossed a kink


def curvatures(land: Landscape, here: Points) -> Task[FloatArray]:
    """Return ``(n, n_obj + n_con, k, k)`` second derivatives.

    Where a kink lies within a step upwards the step goes down, and a variable with kinks on both
    sides counts as straight.
    """
    n, k = here.u.shape
    rows, columns = np.divmod(np.arange(n * k), k)
    steps = np.where(here.u + _STEP > 1.0, -_STEP, _STEP).ravel()
    bent = yield from _differences(land, here, rows, columns, steps)
    again = np.flatnonzero(_kinked(bent) & (here.u.ravel() >= _STEP))
    if len(again):
        bent[again] = yield from _differences(
            land, here, rows[again], columns[again], -np.abs(steps[again])
        )
    bent[_kinked(bent)] = 0.0
    bent = bent.reshape(n, k, -1, k).transpose(0, 2, 1, 3)
    straight = (bent == 0.0).all(axis=(1, 3))  # to the others as well
    bent = np.where(straight[:, None, None, :], 0.0, bent)
    return np.asarray(0.5 * (bent + bent.swapaxes(2, 3)))


def _kinked(bent: FloatArray) -> BoolArray:
    return np.asarray(~(np.abs(bent) < _KINKED).all(axis=(1, 2)))


def _differences(
    land: Landscape, here: Points, rows: IntArray, columns: IntArray, steps: FloatArray
) -> Task[FloatArray]:
    """Return how fast all slopes of some designs change along one variable each."""
    moved = here.u[rows]
    moved[np.arange(len(rows)), columns] += steps
    points = yield from Points.at(land, land.rows(here.x[rows], moved))
    beside = (yield from points.with_slopes(land)).slopes
    changes = (
        beside.f - here.slopes.f[rows],
        beside.g - here.slopes.g[rows],
    )
    return np.asarray(np.concatenate(changes, axis=1) / steps[:, None, None])
