"""First-order optimality of many designs at once: multipliers, and what they leave unexplained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from optimize.engine.local_model import Slopes
from problems.units import BoolArray, FloatArray

ACTIVE = 1e-6  # a limit counts as reached when its dimensionless violation is closer to zero
ON_BOUND = 1e-9  # a variable lies on a bound, of its range


class Stationarity(NamedTuple):
    """The gradient of each design's Lagrangian with the best multipliers, and its size."""

    residual: FloatArray  # (n,), infinity norm; not a number counts as infinite
    remainder: FloatArray  # (n, k), against it lies the way that betters every objective


def stationarity(slopes: Slopes, g: FloatArray, u: FloatArray) -> Stationarity:
    """Return how far each design is from first-order optimality.

    Parameters
    ----------
    slopes
        Of objectives and limits.
    g, u
        ``(n, n_con)`` dimensionless violations, ``(n, k)`` unit coordinates.
    """
    remainder = np.full(u.shape, np.inf)
    for row in np.flatnonzero(finite_rows(slopes)):
        reached = slopes.g[row, g[row] >= -ACTIVE]
        remainder[row] = unexplained(slopes.f[row], [reached, bound_normals(u[row])])
    return Stationarity(np.abs(remainder).max(axis=1, initial=0.0), remainder)


def bound_normals(u: FloatArray) -> FloatArray:
    """Return the outward normals of the bounds on which a design lies, one a row.

    Examples
    --------
    >>> bound_normals(np.array([0.0, 0.5, 1.0])).tolist()
    [[-1.0, -0.0, -0.0], [0.0, 0.0, 1.0]]
    """
    unit = np.eye(len(u))
    return np.concatenate((-unit[u <= ON_BOUND], unit[u >= 1.0 - ON_BOUND]))


def unexplained(gradients: FloatArray, normals: Sequence[FloatArray]) -> FloatArray:
    """Return the shortest sum of gradients, with weights of sum 1, and of normals with any weights.

    Notes
    -----
    One problem of non-negative least squares: asking in passing that the weights of the gradients
    add up to 1 finds the same direction, for the shortest sum is proportional to what they add up
    to.

    Examples
    --------
    >>> unexplained(np.array([[1.0, 1.0], [-1.0, 1.0]]), []).round(12).tolist()
    [0.0, 1.0]
    """
    m, k = gradients.shape
    outward = np.concatenate((*normals, np.empty((0, k))))
    size = np.linalg.norm(outward, axis=1)
    columns = np.concatenate((gradients, outward[size > 0.0] / size[size > 0.0, None])).T
    sums = np.zeros(columns.shape[1])
    sums[:m] = 1.0
    weights, _ = nnls(np.vstack((columns, sums)), np.append(np.zeros(k), 1.0))
    return np.asarray(columns @ weights / weights[:m].sum())


def finite_rows(slopes: Slopes) -> BoolArray:
    """Return the designs of which every derivative is finite."""
    return np.asarray(
        np.isfinite(slopes.f).all(axis=(1, 2)) & np.isfinite(slopes.g).all(axis=(1, 2))
    )
