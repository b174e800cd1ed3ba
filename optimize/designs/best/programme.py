"""Many small quadratic programmes at once: the step of each design in a descent.

Every programme has its own numbers but the same shape, so the interior-point iterations run on
whole arrays, the Cholesky factorisation included.

References
----------
J. Nocedal, S. J. Wright, "Numerical Optimization", 2nd edition, Springer 2006, chapters 14, 16 and
17.2 (exact penalties).
"""

from __future__ import annotations

import numpy as np

from problems.units import FloatArray

_ITERATIONS = 11
_CENTRING = 0.12  # complementarity aimed at, of the present one
_TO_BOUNDARY = 0.97  # of the longest step that keeps everything positive
_PENALTY = 300.0  # price of leaving a limit, in units of the objective's slope
_CLOSEST = 1e-15  # to zero, of what stays positive: closer, rounding would put a step on it
_ROUNDNESS = 0.003  # of the quadratic term; small is nearer to a linear programme


def best_steps(
    slope: FloatArray,
    normals: FloatArray,
    room: FloatArray,
    low: FloatArray,
    high: FloatArray,
    trust: FloatArray,
) -> FloatArray:
    """Return the ``(n, k)`` steps that lead furthest downhill within limits and bounds.

    Parameters
    ----------
    slope, normals
        ``(n, k)`` derivatives of the objective and ``(n, m, k)`` of the limits.
    room
        ``(n, m)`` right-hand sides: ``normals . d <= room``. Where a step cannot meet all of them,
        the summed excess, each limit scaled by its largest derivative, is least.
    low, high
        ``(n, k)`` bounds of the step, ``low < high``.
    trust
        ``(n,)`` size that a step is measured by.

    Notes
    -----
    Primal-dual path following from an interior point that satisfies both systems of equations.
    """
    size = np.linalg.norm(slope, axis=1)
    c = (slope / np.where(size > 0.0, size, 1.0)[:, None]).T
    weight = np.abs(normals).max(axis=2, initial=0.0) * trust[:, None]
    weight = np.where(weight > 0.0, weight, 1.0)
    a = np.ascontiguousarray((normals * (trust[:, None] / weight)[:, :, None]).transpose(1, 2, 0))
    b = (room / weight).T
    floor, ceiling = (low / trust[:, None]).T, (high / trust[:, None]).T
    return np.ascontiguousarray(_solve(c, a, b, floor, ceiling).T * trust[:, None])


def _solve(
    c: FloatArray, a: FloatArray, b: FloatArray, floor: FloatArray, ceiling: FloatArray
) -> FloatArray:
    """Return ``(k, n)`` minimisers of c.d + r/2 d.d + P sum(max(a.d - b, 0)) within bounds."""
    d = 0.5 * (floor + ceiling)
    over = np.maximum(np.einsum("mkn,kn->mn", a, d) - b, 0.0) + 0.1  # beyond a limit
    price = np.full_like(over, 0.1)
    spare = _PENALTY - price
    steep = c + _ROUNDNESS * d + np.einsum("mkn,mn->kn", a, price)
    at_floor, at_ceiling = np.maximum(steep, 0.0) + 0.1, np.maximum(-steep, 0.0) + 0.1
    count = 2 * (len(over) + len(d))
    for _ in range(_ITERATIONS):
        below, above = np.maximum(d - floor, _CLOSEST), np.maximum(ceiling - d, _CLOSEST)
        slack = b - np.einsum("mkn,kn->mn", a, d) + over
        gap = (price * slack + spare * over).sum(axis=0)
        gap += (at_floor * below + at_ceiling * above).sum(axis=0)
        aim = _CENTRING * gap / count
        scale = slack + price * over / spare
        push = (aim - price * slack - price * (aim / spare - over)) / scale
        pull = aim / below - at_floor - aim / above + at_ceiling
        pull -= np.einsum("mkn,mn->kn", a, push)
        diagonal = at_floor / below + at_ceiling / above + _ROUNDNESS
        move = _cholesky_solve(_gram(a, price / scale, diagonal), pull)
        along = np.einsum("mkn,kn->mn", a, move)
        d_price = push + price * along / scale
        d_over = (aim + over * d_price) / spare - over
        d_floor = (aim - at_floor * move) / below - at_floor
        d_ceiling = (aim + at_ceiling * move) / above - at_ceiling
        reach = _reach(
            (below, move),
            (above, -move),
            (slack, d_over - along),
            (over, d_over),
            (price, d_price),
            (spare, -d_price),
            (at_floor, d_floor),
            (at_ceiling, d_ceiling),
        )
        d = d + reach * move
        over, price = over + reach * d_over, price + reach * d_price
        spare = spare - reach * d_price
        at_floor, at_ceiling = at_floor + reach * d_floor, at_ceiling + reach * d_ceiling
    return np.clip(d, floor, ceiling)


def _reach(*pairs: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the step, at most 1, that keeps every ``value + step * change`` positive."""
    most = np.full(pairs[0][0].shape[1], 1.0 / _TO_BOUNDARY)
    for value, change in pairs:
        if len(value):
            falling = np.minimum(change / np.maximum(value, _CLOSEST), -1e-12)
            np.minimum(most, (-1.0 / falling).min(axis=0), out=most)
    return np.asarray(_TO_BOUNDARY * most)


def _gram(a: FloatArray, weight: FloatArray, diagonal: FloatArray) -> FloatArray:
    """Return the lower triangles of ``a' W a + D`` as ``(k, k, n)``."""
    k = a.shape[1]
    out = np.empty((k, k, a.shape[2]))
    for row in range(k):
        weighted = a[:, row] * weight
        np.einsum("mkn,mn->kn", a[:, : row + 1], weighted, out=out[row, : row + 1])
        out[row, row] += diagonal[row]
    return out


def _cholesky_solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve positive definite systems, ``(k, k, n)`` and ``(k, n)``; the matrix is overwritten."""
    k = len(right)
    out = right.copy()
    for i in range(k):
        row = matrix[i]
        for j in range(i):
            if j:
                row[j] -= (row[:j] * matrix[j, :j]).sum(axis=0)
            row[j] /= matrix[j, j]
        if i:
            row[i] -= (row[:i] ** 2).sum(axis=0)
            out[i] -= (row[:i] * out[:i]).sum(axis=0)
        row[i] = np.sqrt(np.maximum(row[i], 1e-300))
        out[i] /= row[i]
    for i in range(k - 1, -1, -1):
        if i < k - 1:
            out[i] -= (matrix[i + 1 :, i] * out[i + 1 :]).sum(axis=0)
        out[i] /= matrix[i, i]
    return out
