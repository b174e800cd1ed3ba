"""Small quadratic programmes: the step of each of many designs towards its optimum."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from problems.units import BoolArray, FloatArray, IntArray

_SLACK_CURVATURE = 1e-2  # of the common loss, so that the programme is strictly convex


class Programmes(NamedTuple):
    """Rows of programmes, those of one after those of another.

    Each row demands ``line . step - share * loss <= room`` of the step of its programme.
    """

    at: IntArray  # (r,), number of the programme, from 0, ascending and without a gap
    lines: FloatArray  # (r, k)
    shares: FloatArray  # (r,)
    room: FloatArray  # (r,)


class Solved(NamedTuple):
    """Steps, the multipliers of all rows, and which programmes have a step that keeps them all."""

    steps: FloatArray  # (n, k)
    prices: FloatArray  # (r,)
    sound: BoolArray  # (n,)


def least_common_losses(roots: FloatArray, programmes: Programmes) -> Solved:
    """Minimise for each programme a common loss plus a curved price of the step.

    Parameters
    ----------
    roots
        ``(n, k, k)`` inverses of the lower Cholesky factors of the curvatures.
    programmes
        What the steps are subject to.

    Notes
    -----
    In coordinates in which the price is a sphere the step is the point of a polyhedron nearest to
    the origin: one problem of non-negative least squares (C. L. Lawson, R. J. Hanson, *Solving
    Least Squares Problems*, 1974, chapter 23).

    Examples
    --------
    >>> rows = np.array([[1.0], [-1.0]]), np.array([1.0, 0.0]), np.array([0.0, 0.5])
    >>> solved = least_common_losses(np.eye(1)[None], Programmes(np.array([0, 0]), *rows))
    >>> solved.steps.round(6).tolist()
    [[-0.5]]
    """
    at, lines, shares, room = programmes
    n, k = roots.shape[:2]
    system = np.empty((len(at), k + 2))
    system[:, :k] = np.einsum("rab,rb->ra", roots[at], lines)
    system[:, k] = -shares / np.sqrt(_SLACK_CURVATURE)
    size = np.linalg.norm(system[:, :-1], axis=1)
    size[size == 0.0] = 1.0
    system[:, -1] = room - shares / _SLACK_CURVATURE
    system /= -size[:, None]
    target = np.zeros(k + 2)
    target[-1] = 1.0
    bounds = np.searchsorted(at, np.arange(n + 1))
    weights, sound = np.zeros(len(at)), np.ones(n, dtype=np.bool_)
    for row, (start, end) in enumerate(pairwise(bounds)):
        try:
            weights[start:end], _ = nnls(system[start:end].T, target, maxiter=10 * (end - start))
        except RuntimeError:  # it turns in circles
            sound[row] = False
    left = np.add.reduceat(system * weights[:, None], bounds[:-1]) - target
    sound &= left[:, -1] <= -1e-14
    apart = np.where(sound, -left[:, -1], np.inf)
    steps = np.einsum("nba,nb->na", roots, left[:, :k] / apart[:, None])
    return Solved(steps, weights / apart[at] / size, sound)
