"""Numbers that carry their derivatives along: exact, in one pass, without a compiler.

A dual number is a column of values and, for each of some directions, the column of its slopes. As
another engine of the chain (:mod:`~problems.compute_satellite.backends.substitution`) it follows
every formula by the rules of calculus, so that nothing is differentiated by hand.

At a kink the slope is that of the side to which the direction points: of the larger of two equal
values that of the one which grows faster. Of a table it is that of the cell which begins there. A
root at zero has the slope zero, for the models meet it only where what stands under it stays zero.

References
----------
A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008, chapter 3 (forward mode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from problems.compute_satellite.backends.substitution import Engine
from problems.radiation.tables import blend_rows
from problems.units import FloatArray, IntArray


class Flags(np.ndarray[Any, Any]):
    """Truth values of a comparison of dual numbers: next to a design they may be others."""


class Dual:
    """Values with their slopes along some directions.

    Parameters
    ----------
    value
        Of any shape.
    slopes
        ``(directions, ...)``; what follows has as many axes as ``value`` and broadcasts to it.

    Examples
    --------
    >>> x = Dual(np.array([2.0]), np.ones((1, 1)))
    >>> (x**3 + 1.0).slopes.tolist()
    [[12.0]]
    """

    __array_ufunc__ = None  # numpy leaves mixed expressions to the methods here
    __slots__ = ("slopes", "value")

    def __init__(self, value: Any, slopes: FloatArray) -> None:
        self.value = np.asarray(value)
        self.slopes = slopes

    # --- shape ----------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes of the values."""
        return self.value.ndim

    @property
    def T(self) -> Dual:  # noqa: N802  (as numpy)
        """The transposed values."""
        axes = range(self.ndim, 0, -1)
        return Dual(self.value.T, self.full().transpose(0, *axes))

    def full(self) -> FloatArray:
        """Return the slopes, broadcast to the shape of the values."""
        return np.broadcast_to(self.slopes, (len(self.slopes), *self.shape))

    def reshape(self, *shape: Any) -> Dual:
        """Return the values in another shape."""
        value = self.value.reshape(*shape)
        return Dual(value, self.full().reshape(len(self.slopes), *value.shape))

    def sum(self, axis: int) -> Dual:
        """Return the sum along an axis."""
        value = np.add.reduce(self.value, axis=axis)
        return Dual(value, np.add.reduce(self.full(), axis=axis + 1 if axis >= 0 else axis))

    def astype(self, kind: Any) -> Any:
        """Return whole numbers, which have no slope, or the same numbers."""
        return self if np.issubdtype(kind, np.floating) else self.value.astype(kind)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Dual]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, where: Any) -> Dual:
        inner = where if isinstance(where, tuple) else (where,)
        return Dual(self.value[where], self.full()[(slice(None), *inner)])

    # --- arithmetic -----------------------------------------------------------------------------

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slopes)

    def __pos__(self) -> Dual:
        return self

    def __abs__(self) -> Dual:
        larger: Dual = _chosen(self, -self, self.value >= 0.0, np.maximum)
        return larger

    def __add__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, np.add(*_together(self, other)))
        return _shifted(self, self.value + other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value - other.value, np.subtract(*_together(self, other)))
        return _shifted(self, self.value - other)

    def __rsub__(self, other: Any) -> Dual:
        value = other - self.value
        return Dual(value, -_lifted(self, value.ndim))

    def __mul__(self, other: Any) -> Dual:
        its = other.value if isinstance(other, Dual) else other
        return _binary(self, other, self.value * its, its, self.value)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        return _quotient(self, other)

    def __rtruediv__(self, other: Any) -> Dual:
        return _quotient(other, self)

    def __pow__(self, other: Any) -> Dual:
        return _power(self, other)

    def __rpow__(self, other: Any) -> Dual:
        return _power(other, self)

    # --- comparison -----------------------------------------------------------------------------

    def __lt__(self, other: Any) -> Flags:
        return _flags(self.value < value_of(other))

    def __le__(self, other: Any) -> Flags:
        return _flags(self.value <= value_of(other))

    def __gt__(self, other: Any) -> Flags:
        return _flags(self.value > value_of(other))

    def __ge__(self, other: Any) -> Flags:
        return _flags(self.value >= value_of(other))

    def __eq__(self, other: object) -> Flags:  # type: ignore[override]  # column by column
        return _flags(self.value == value_of(other))

    def __ne__(self, other: object) -> Flags:  # type: ignore[override]
        return _flags(self.value != value_of(other))

    __hash__ = None  # type: ignore[assignment]


def seeded(columns: Sequence[FloatArray]) -> list[Dual]:
    """Return columns as dual numbers, each with a slope of one along a direction of its own.

    Examples
    --------
    >>> x, y = seeded([np.array([2.0]), np.array([5.0])])
    >>> (x * y).slopes[:, 0].tolist()
    [5.0, 2.0]
    """
    one = np.eye(len(columns))[:, :, None]
    return [Dual(column, one[:, at]) for at, column in enumerate(columns)]


def value_of(x: Any) -> Any:
    """Return the values of a dual number; anything else is its own value."""
    return x.value if isinstance(x, Dual) else x


def slopes_of(x: Any, count: int, shape: tuple[int, ...]) -> FloatArray:
    """Return ``(count, *shape)`` slopes; zero of what is no dual number."""
    slopes = _lifted(x, len(shape)) if isinstance(x, Dual) else np.zeros(1)
    return np.broadcast_to(slopes, (count, *shape))


def _flags(truth: Any) -> Flags:
    return np.asarray(truth).view(Flags)


def _lifted(x: Dual, ndim: int) -> FloatArray:
    """Return the slopes with as many axes as a result of some axes needs."""
    slopes, missing = x.slopes, ndim - x.value.ndim
    if missing == 0:
        return slopes
    return slopes.reshape(len(slopes), *(1,) * missing, *slopes.shape[1:])


def _together(a: Dual, b: Dual) -> tuple[FloatArray, FloatArray]:
    """Return the slopes of both with as many axes as a result of both has."""
    ndim = max(a.value.ndim, b.value.ndim)
    return _lifted(a, ndim), _lifted(b, ndim)


def _shifted(x: Dual, value: Any) -> Dual:
    """Return a value that differs from a dual number by a constant: the slopes are shared."""
    return Dual(value, _lifted(x, value.ndim))


def _unary(x: Dual, value: Any, derivative: Any) -> Dual:
    return Dual(value, x.slopes * derivative)


def _binary(a: Any, b: Any, value: Any, da: Any, db: Any) -> Dual:
    """Return a value with the slopes of both of its arguments."""
    ndim = value.ndim
    if not isinstance(b, Dual):
        return Dual(value, _lifted(a, ndim) * da)
    if not isinstance(a, Dual):
        return Dual(value, _lifted(b, ndim) * db)
    return Dual(value, _lifted(a, ndim) * da + _lifted(b, ndim) * db)


def _quotient(a: Any, b: Any) -> Dual:
    top, bottom = value_of(a), value_of(b)
    value, inverse = top / bottom, 1.0 / np.asarray(bottom)
    return _binary(a, b, value, inverse, -value * inverse if isinstance(b, Dual) else None)


def _power(a: Any, b: Any) -> Dual:
    base, exponent = value_of(a), value_of(b)
    value = base**exponent
    da = _finite(exponent * (1.0 * np.asarray(base)) ** (np.asarray(exponent) - 1.0), base)
    if not isinstance(b, Dual):
        return _binary(a, b, value, da, None)
    db = value * np.log(np.where(np.asarray(base) > 0.0, base, 1.0))
    return _binary(a, b, value, da, db)


def _hypot(a: Any, b: Any) -> Dual:
    """Return the length of a vector; at no length, what it becomes along each direction."""
    first, second = value_of(a), value_of(b)
    value = np.asarray(np.hypot(first, second))
    none = value == 0.0
    size = np.where(none, 1.0, value)
    result = _binary(a, b, value, first / size, second / size)
    if none.any():
        count, shape = len(result.slopes), result.shape
        ahead = np.hypot(slopes_of(a, count, shape), slopes_of(b, count, shape))
        result.slopes = np.where(none, ahead, result.slopes)
    return result


def _finite(derivative: FloatArray, argument: Any) -> FloatArray:
    """Return a derivative, zero where its argument is zero and it has none."""
    return np.where((np.asarray(argument) == 0.0) & ~np.isfinite(derivative), 0.0, derivative)


#: Functions of one argument: the value, and the derivative by argument and value.
_RULES: Mapping[str, tuple[Callable[..., Any], Callable[[Any, Any], Any]]] = {
    "exp": (np.exp, lambda x, y: y),
    "expm1": (np.expm1, lambda x, y: y + 1.0),
    "log": (np.log, lambda x, y: _finite(1.0 / x, x)),
    "log2": (np.log2, lambda x, y: _finite(1.0 / (x * np.log(2.0)), x)),
    "log10": (np.log10, lambda x, y: _finite(1.0 / (x * np.log(10.0)), x)),
    "log1p": (np.log1p, lambda x, y: 1.0 / (1.0 + x)),
    "sqrt": (np.sqrt, lambda x, y: _finite(0.5 / y, x)),
    "cbrt": (np.cbrt, lambda x, y: _finite(y / (3.0 * x), x)),
    "sin": (np.sin, lambda x, y: np.cos(x)),
    "cos": (np.cos, lambda x, y: -np.sin(x)),
    "arcsin": (np.arcsin, lambda x, y: _finite(1.0 / np.sqrt(1.0 - x * x), 1.0 - x * x)),
    "arccos": (np.arccos, lambda x, y: _finite(-1.0 / np.sqrt(1.0 - x * x), 1.0 - x * x)),
    "radians": (np.radians, lambda x, y: np.pi / 180.0),
    "deg2rad": (np.deg2rad, lambda x, y: np.pi / 180.0),
    "degrees": (np.degrees, lambda x, y: 180.0 / np.pi),
    "ndtr": (ndtr, lambda x, y: np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)),
}


#: Functions that are flat wherever they are smooth.
_FLAT = ("ceil", "floor", "rint", "round", "isnan", "equal")


def _by_rule(name: str) -> Callable[..., Dual]:
    function, derivative = _RULES[name]

    def apply(x: Dual, out: Any = None) -> Dual:
        y = function(x.value)
        return _unary(x, y, derivative(x.value, y))

    return apply


def _on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of values alone, such as one that has no slope anywhere."""
    return lambda *arguments: function(*map(value_of, arguments))


def _where(condition: Any, a: Any, b: Any) -> Any:
    truth = np.asarray(condition)
    value = np.where(truth, value_of(a), value_of(b))
    dual = next((x for x in (a, b) if isinstance(x, Dual)), None)
    if dual is None:
        return value
    slopes = [
        _lifted(x, value.ndim) if isinstance(x, Dual) else np.zeros((1,) * (1 + value.ndim))
        for x in (a, b)
    ]
    return Dual(value, np.where(truth, *slopes))


def _maximum(a: Any, b: Any) -> Any:
    return _chosen(a, b, value_of(a) >= value_of(b), np.maximum)


def _minimum(a: Any, b: Any) -> Any:
    return _chosen(a, b, value_of(a) <= value_of(b), np.minimum)


def _chosen(a: Any, b: Any, first: Any, of_slopes: Callable[..., FloatArray]) -> Any:
    """Return the one or the other; where they are equal, what they become along a direction."""
    result = _where(first, a, b)
    equal = np.asarray(value_of(a) == value_of(b))
    if isinstance(result, Dual) and equal.any():
        count, shape = len(result.slopes), result.shape
        ahead = of_slopes(slopes_of(a, count, shape), slopes_of(b, count, shape))
        result.slopes = np.where(equal, ahead, result.slopes)
    return result


def _stack(parts: Sequence[Any], axis: int = 0) -> Dual:
    count = next(len(x.slopes) for x in parts if isinstance(x, Dual))
    value = np.stack([value_of(x) for x in parts], axis=axis)
    slopes = [slopes_of(x, count, np.shape(value_of(x))) for x in parts]
    return Dual(value, np.stack(slopes, axis=axis + 1 if axis >= 0 else axis))


def _broadcast_to(x: Dual, shape: tuple[int, ...]) -> Dual:
    value = np.broadcast_to(x.value, shape)
    return Dual(value, slopes_of(x, len(x.slopes), value.shape))


def _broadcast_arrays(*arrays: Any) -> list[Any]:
    shape = np.broadcast_shapes(*(np.shape(value_of(x)) for x in arrays))
    return [
        _broadcast_to(x, shape) if isinstance(x, Dual) else np.broadcast_to(x, shape)
        for x in arrays
    ]


def _interp(x: Dual, nodes: FloatArray, values: FloatArray) -> Dual:
    nodes, values = np.asarray(nodes), np.asarray(values)
    cell = np.clip(np.searchsorted(nodes, x.value, side="right") - 1, 0, len(nodes) - 2)
    slope = (np.diff(values) / np.diff(nodes))[cell]
    inside = (x.value >= nodes[0]) & (x.value <= nodes[-1])
    return _unary(x, np.interp(x.value, nodes, values), np.where(inside, slope, 0.0))


def _blend_rows(table: FloatArray, index: NDArray[np.int32], weights: Dual) -> Dual:
    """Blend with the weights, and with their slopes along the directions that move them."""
    value = blend_rows(table, index, weights.value)
    slopes = np.zeros((len(weights.slopes), *value.shape))
    full = weights.full()
    for at in _moving(weights.slopes):
        slopes[at] = blend_rows(table, index, np.ascontiguousarray(full[at]))
    return Dual(value, slopes)


def _moving(slopes: FloatArray) -> IntArray:
    """Return the directions along which anything moves."""
    return np.flatnonzero(slopes.reshape(len(slopes), -1).any(axis=1))


def _same(x: Any, dtype: Any = None) -> Any:
    return x


ENGINE = Engine(
    (Dual, Flags),
    {
        **{name: _by_rule(name) for name in _RULES},
        **{name: _on_values(getattr(np, name)) for name in _FLAT},
        "abs": abs,
        "absolute": abs,
        "power": _power,
        "hypot": _hypot,
        "where": _where,
        "maximum": _maximum,
        "fmax": lambda a, b: _where(value_of(a) >= value_of(b), a, b),
        "minimum": _minimum,
        "clip": lambda x, low, high: _minimum(_maximum(x, low), high),
        "asarray": _same,
        "ascontiguousarray": _same,
        "shape": lambda x: value_of(x).shape,
        "stack": _stack,
        "add": SimpleNamespace(reduce=Dual.sum),
        "broadcast_to": _broadcast_to,
        "broadcast_arrays": _broadcast_arrays,
        "interp": _interp,
        "blend_rows": _blend_rows,
        # Next to a design that does not use a lever are others that do.
        "somewhere": lambda value: True,
    },
)
