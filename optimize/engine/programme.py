"""Small quadratic programmes: the step of one design towards its optimum."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from problems.units import FloatArray

_SLACK_CURVATURE = 1e-2  # of the common loss, so that the programme is strictly convex


def least_common_loss(
    root: FloatArray, lines: FloatArray, shares: FloatArray, room: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Minimise a common loss plus a curved price of the step, subject to lines.

    Parameters
    ----------
    root
        ``(k, k)`` inverse of the lower Cholesky factor of the curvature.
    lines, shares, room
        ``(r, k)``, ``(r,)``, ``(r,)``: each row demands ``line . step - share * loss <= room``.

    Returns
    -------
    tuple of ndarray or None
        The step and the multipliers of the rows; None where no step keeps them all.

    Notes
    -----
    In coordinates in which the price is a sphere the step is the point of a polyhedron nearest to
    the origin: one problem of non-negative least squares (C. L. Lawson, R. J. Hanson, *Solving
    Least Squares Problems*, 1974, chapter 23).

    Examples
    --------
    >>> step, prices = least_common_loss(
    ...     np.eye(1), np.array([[1.0], [-1.0]]), np.array([1.0, 0.0]), np.array([0.0, 0.5]))
    >>> step.round(6).tolist()
    [-0.5]
    """
    k, stiff = len(root), np.sqrt(_SLACK_CURVATURE)
    system = np.empty((k + 2, len(lines)))
    system[:k] = root @ lines.T
    system[k] = -shares / stiff
    size = np.sqrt(np.einsum("kr,kr->r", system[:-1], system[:-1]))
    size[size == 0.0] = 1.0
    system[-1] = room - shares / _SLACK_CURVATURE
    system /= -size
    target = np.zeros(k + 2)
    target[-1] = 1.0
    try:
        weights, _ = nnls(system, target, maxiter=10 * len(lines))
    except RuntimeError:  # it turns in circles
        return None
    left = system @ weights - target
    if left[-1] > -1e-14:
        return None
    return root.T @ (-left[:k] / left[-1]), -weights / left[-1] / size
