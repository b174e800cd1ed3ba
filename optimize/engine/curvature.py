"""Second derivatives of objectives and limits, from differences of exact gradients."""

from __future__ import annotations

import numpy as np

from optimize.engine.local_model import Landscape, model_slopes
from optimize.engine.points import Points
from problems.units import FloatArray

_STEP = 1e-6  # of a range
_KINKED = 3e4  # curvature above which a difference has crossed a kink


def curvatures(land: Landscape, here: Points) -> FloatArray:
    """Return ``(n, n_obj + n_con, k, k)`` second derivatives, zero where a kink is in the way."""
    n, k = here.u.shape
    steps = np.where(here.u + _STEP > 1.0, -_STEP, _STEP)
    moved = np.repeat(here.u[None], k, axis=0)
    moved[np.arange(k), :, np.arange(k)] += steps.T
    x = land.rows(np.tile(here.x, (k, 1)), moved.reshape(-1, k))
    slopes = model_slopes(land, x)
    beside = np.concatenate((slopes.f, slopes.g), axis=1).reshape(k, n, -1, k)
    difference = beside - np.concatenate((here.slopes.f, here.slopes.g), axis=1)
    bent = (difference / steps.T[:, :, None, None]).transpose(1, 2, 0, 3)
    bent = 0.5 * (bent + bent.swapaxes(2, 3))
    largest = np.abs(bent).max(axis=(2, 3), keepdims=True)
    return np.where(largest < _KINKED, bent, 0.0)
