"""Derivatives by finite differences, for models that cannot be differentiated exactly.

Each derivative is that of the parabola through a design and two neighbours: one on either side, or
both on the side that the bounds leave.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from problems.units import FloatArray, IntArray

#: Step of a size of one: where truncation and rounding of a central difference are about equal.
STEP = float(np.finfo(np.float64).eps) ** (1.0 / 3.0)
#: Share of a range below which values count as this share of it, so that zero has a step.
SMALL = 0.01


def steps(values: FloatArray, *, size: FloatArray) -> FloatArray:
    """Return the step of each value, exact in floating point.

    Examples
    --------
    >>> steps(np.array([0.0, 100.0]), size=np.array([1.0, 1.0])).round(9).tolist()
    [6.1e-08, 0.000605545]
    """
    asked = STEP * np.maximum(np.abs(values), SMALL * size)
    return np.asarray((values + asked) - values)


def parabola_slopes(
    middle: FloatArray, first: FloatArray, second: FloatArray, *, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Return the slope at 0 of the parabola through values at 0, ``a`` and ``b``.

    Examples
    --------
    >>> one = np.ones(1)
    >>> float(parabola_slopes(0.0 * one, 1.0 * one, 4.0 * one, a=one, b=2.0 * one)[0])
    0.0
    """
    rise, further = (first - middle) * b * b, (second - middle) * a * a
    return np.asarray((rise - further) / (a * b * (b - a)))


def jacobian(
    evaluate: Callable[[FloatArray], FloatArray],
    x: FloatArray,
    *,
    lower: FloatArray,
    upper: FloatArray,
    size: FloatArray,
    columns: IntArray,
) -> FloatArray:
    """Differentiate every output by some columns, in one batch.

    Parameters
    ----------
    evaluate
        Turns ``(rows, d)`` designs into ``(k, rows)`` outputs.
    x
        ``(n, d)`` designs.
    lower, upper
        ``(d,)`` bounds; no neighbour lies outside, at a bound both lie on its inner side.
    size
        ``(d,)`` sizes of which values near zero count as a share, such as the width of a range.
    columns
        Those to differentiate by.

    Returns
    -------
    ndarray
        ``(n, k, d)``, not a number in the other columns.

    Examples
    --------
    >>> upper = np.array([3.0, 9.0])
    >>> slopes = jacobian(lambda x: x.T[:1] ** 2, np.array([[0.0, 5.0], [2.0, 5.0]]),
    ...                   lower=0.0 * upper, upper=upper, size=upper, columns=np.array([0]))
    >>> slopes.round(6).tolist()
    [[[0.0, nan]], [[4.0, nan]]]
    """
    n, d = x.shape
    here = x[:, columns]
    h = steps(here, size=size[columns])
    low, high = here - h < lower[columns], here + h > upper[columns]
    a = np.where(low, h, -h)
    b = np.where(low, 2.0 * h, np.where(high, -2.0 * h, h))
    rows = np.repeat(x[None], 2 * len(columns), axis=0)
    for at, i in enumerate(columns):
        rows[2 * at, :, i] += a[:, at]
        rows[2 * at + 1, :, i] += b[:, at]
    values = evaluate(np.concatenate([x[None], rows]).reshape(-1, d)).reshape(
        -1, 2 * len(columns) + 1, n
    )
    slopes = np.full((n, len(values), d), np.nan)
    for at, i in enumerate(columns):
        slopes[:, :, i] = parabola_slopes(
            values[:, 0], values[:, 2 * at + 1], values[:, 2 * at + 2], a=a[:, at], b=b[:, at]
        ).T
    return slopes
