"""The chain in extended precision: a reference for derivatives, not for use.

Where numpy's ``longdouble`` has 64 bits of mantissa or more (x86 processors), differences of high
order in it are good to twelve digits and more. As another engine of the chain
(:mod:`~problems.compute_satellite.backends.substitution`) it is told from numpy by the type of the
numbers, whatever class their array has. numpy turns them to double precision where a type is asked
for, in interpolation and in ``scipy.special``: those have rules here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from problems.compute_satellite.backends import dual
from problems.compute_satellite.backends.dual import Dual
from problems.compute_satellite.backends.substitution import Engine
from problems.units import FloatArray

EXTENDED = np.longdouble
#: Terms of the series and of the continued fraction that give the normal distribution 19 digits.
_TERMS, _FRACTIONS = 60, 250
_TURN = 3.0  # argument beyond which the continued fraction converges faster than the series


class _ByPrecision(type):
    """Makes ``isinstance`` ask for the type of the numbers."""

    def __instancecheck__(cls, value: Any) -> bool:
        return getattr(value, "dtype", None) == EXTENDED


class Extended(metaclass=_ByPrecision):
    """Arrays and scalars in extended precision."""


def normal_distribution(x: Any) -> Any:
    """Return the cumulative normal distribution to 19 digits.

    Notes
    -----
    M. Abramowitz, I. A. Stegun, *Handbook of Mathematical Functions*, 1964, 26.2.11 and 26.2.14.

    Examples
    --------
    >>> [float(normal_distribution(EXTENDED(x)).round(9)) for x in (-4.0, 0.0, 1.0)]
    [3.1671e-05, 0.5, 0.841344746]
    """
    z = np.abs(np.asarray(x, dtype=EXTENDED))
    two_pi = 8 * np.arctan(EXTENDED(1))
    density = np.exp(-z * z / 2) / np.sqrt(two_pi)
    fraction = z
    for k in range(_FRACTIONS, 0, -1):
        fraction = z + k / np.where(fraction == 0, 1, fraction)
    term = series = z
    for k in range(1, _TERMS):
        term = term * z * z / (2 * k + 1)
        series = series + term
    beyond = density / np.where(fraction == 0, 1, fraction)
    tail = np.where(z > _TURN, beyond, EXTENDED(0.5) - density * series)
    return np.where(x < 0, tail, 1 - tail)


def _interp(x: Any, nodes: FloatArray, values: FloatArray) -> Any:
    nodes, values = np.asarray(nodes, dtype=EXTENDED), np.asarray(values, dtype=EXTENDED)
    cell = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
    inside = np.clip(x, nodes[0], nodes[-1])
    share = (inside - nodes[cell]) / (nodes[cell + 1] - nodes[cell])
    return values[cell] + share * (values[cell + 1] - values[cell])


def _blend_rows(table: FloatArray, index: Any, weights: Any) -> Any:
    corners = range(index.shape[-1])
    return sum(table[index[..., k]] * weights[..., k, None] for k in corners)


_RULES: Mapping[str, Any] = {
    "asarray": lambda x, dtype=None: np.asarray(x),
    "ascontiguousarray": lambda x, dtype=None: np.asarray(x),
    "interp": _interp,
    "blend_rows": _blend_rows,
    "ndtr": normal_distribution,
    # Next to a design that does not use a lever are others that do.
    "somewhere": lambda value: True,
}

ENGINE = Engine(Extended, _RULES)


def _dual_interp(x: Dual, nodes: FloatArray, values: FloatArray) -> Dual:
    wide = np.asarray(nodes, dtype=EXTENDED), np.asarray(values, dtype=EXTENDED)
    rough: Dual = dual.ENGINE.functions["interp"](x, *wide)  # its value is in double precision
    return Dual(_interp(x.value, nodes, values), rough.slopes)


def _dual_normal_distribution(x: Dual) -> Dual:
    density = np.exp(-x.value * x.value / 2) / np.sqrt(8 * np.arctan(EXTENDED(1)))
    return Dual(normal_distribution(x.value), x.slopes * density)


def _dual_blend_rows(table: FloatArray, index: Any, weights: Dual) -> Dual:
    slopes = [_blend_rows(table, index, along) for along in weights.full()]
    return Dual(_blend_rows(table, index, weights.value), np.array(slopes))


#: Numbers in extended precision that carry their slopes along.
DUAL_ENGINE = Engine(
    dual.ENGINE.kind,
    {
        **dual.ENGINE.functions,
        "interp": _dual_interp,
        "ndtr": _dual_normal_distribution,
        "blend_rows": _dual_blend_rows,
    },
)
