"""Arrays that record what is computed with them, as another engine of the chain.

The chain runs once on a single design whose numbers are nodes of a graph
(:mod:`~problems.compute_satellite.backends.graph`). Disciplines work element by element, so this
is the program of every design; axes other than that of the designs are written out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.compute_satellite.backends.graph import (
    KINDS,
    ON_NUMBERS,
    Graph,
    Node,
)
from problems.compute_satellite.backends.substitution import Engine

_DTYPES: Mapping[str, np.dtype[Any]] = {
    "f": np.dtype(np.float64),
    "i": np.dtype(np.int32),
    "b": np.dtype(np.bool_),
}


class Recorded:
    """An array of nodes, or of numbers that do not vary and are computed with at once.

    Parameters
    ----------
    graph
        Of the nodes.
    values
        Nodes or numbers, of any shape.
    """

    __array_ufunc__ = None  # numpy leaves mixed expressions to the methods here
    __hash__ = None  # type: ignore[assignment]  # compared element by element, as numpy's
    __slots__ = ("graph", "values")

    def __init__(self, graph: Graph, values: Any) -> None:
        self.graph = graph
        self.values = np.asarray(values)

    @property
    def varies(self) -> bool:
        """Whether its numbers are nodes."""
        return self.values.dtype == np.dtype(object)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self.values.shape

    @property
    def ndim(self) -> int:
        """Number of axes of the values."""
        return self.values.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Kind of the values."""
        if not self.varies:
            own: np.dtype[Any] = self.values.dtype
            return own
        kind: str = self.graph.number(self.values.flat[0]).kind
        return _DTYPES[kind]

    @property
    def T(self) -> Recorded:  # noqa: N802  (as numpy)
        """The transposed values."""
        return Recorded(self.graph, self.values.T)

    def reshape(self, *shape: Any) -> Recorded:
        """Return the values in another shape."""
        return Recorded(self.graph, self.values.reshape(*shape))

    def astype(self, dtype: Any) -> Recorded:
        """Return the values as another kind of number."""
        if not self.varies:
            return Recorded(self.graph, self.values.astype(dtype))
        kind = KINDS[np.dtype(dtype).kind]
        return _each(self.graph, lambda value: self.graph.cast(value, kind), self.values)

    def sum(self, axis: int) -> Recorded:
        """Return the sum along an axis."""
        return _added(self, axis)

    def take(self, index: Any, axis: int | None = None) -> Recorded:
        """Return the values at an index."""
        return _take(self, index, axis)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Recorded]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, where: Any) -> Recorded:
        indices = where if isinstance(where, tuple) else (where,)
        if any(isinstance(index, Recorded) and index.varies for index in indices):
            return _entries(self, indices)
        return Recorded(self.graph, self.values[where])

    def __bool__(self) -> bool:
        raise TypeError("what is computed depends on the values of designs")

    def __pos__(self) -> Recorded:
        return self


def recorded(graph: Graph, name: Any) -> Recorded:
    """Return one input of a design as an array of one value."""
    values = np.empty(1, dtype=object)
    values[0] = graph.node("input", (), "f", name)
    return Recorded(graph, values)


def node_of(graph: Graph, value: Any) -> Node:
    """Return the real number of a design, as an output holds it."""
    return graph.cast(_values(value).reshape(-1)[0], "f")


def _values(x: Any) -> NDArray[Any]:
    return x.values if isinstance(x, Recorded) else np.asarray(x)


def _graph(arguments: Sequence[Any]) -> Graph:
    found = next(x for x in arguments if isinstance(x, Recorded))
    return found.graph


def _each(graph: Graph, call: Callable[..., Node], *arrays: NDArray[Any]) -> Recorded:
    """Return a function of nodes or numbers, element by element."""
    return Recorded(graph, np.frompyfunc(call, len(arrays), 1)(*arrays))


def _apply(operation: str, *arguments: Any, out: Any = None) -> Recorded:
    """Return an operation of numpy."""
    graph, arrays = _graph(arguments), [_values(x) for x in arguments]
    if any(array.dtype == np.dtype(object) for array in arrays):
        return _each(graph, partial(graph.apply, operation), *arrays)
    return Recorded(graph, ON_NUMBERS[operation](*arrays))


def _where(condition: Any, first: Any, second: Any) -> Recorded:
    arguments = (condition, first, second)
    graph = _graph(arguments)
    return _each(graph, graph.where, *map(_values, arguments))


def _added(x: Recorded, axis: int = 0) -> Recorded:
    if not x.varies:
        return Recorded(x.graph, np.add.reduce(x.values, axis=axis))
    add = np.frompyfunc(partial(x.graph.apply, "add"), 2, 1)
    return Recorded(x.graph, add.reduce(x.values, axis=axis))


def _take(table: Any, index: Any, axis: int | None = None) -> Recorded:
    graph, values = _graph((table, index)), _values(table)
    if axis is None:
        values, axis = values.reshape(-1), 0
    at = _values(index)
    if at.dtype != np.dtype(object):
        return Recorded(graph, np.take(values, at, axis=axis))
    axis %= values.ndim
    before, after = values.shape[:axis], values.shape[axis + 1 :]
    out = np.empty((*before, *at.shape, *after), dtype=object)
    for left, middle, right in itertools.product(*map(np.ndindex, (before, at.shape, after))):
        out[(*left, *middle, *right)] = graph.look_up(values, *left, at[middle], *right)
    return Recorded(graph, out)


def _entries(table: Recorded, indices: Sequence[Any]) -> Recorded:
    """Return entries of a table by an index along each of its first axes."""
    if len(indices) == 1:
        return _take(table, indices[0], 0)
    look_up = partial(table.graph.look_up, table.values)
    return _each(table.graph, look_up, *map(_values, indices))


def _clip(x: Any, low: Any, high: Any) -> Recorded:
    return _apply("minimum", _apply("maximum", x, low), high)


def _fmax(a: Any, b: Any) -> Recorded:
    graph = _graph((a, b))

    def larger(a: Any, b: Any) -> Node:
        other_is_none = graph.apply("isnan", b)
        first = graph.apply("bitwise_or", graph.apply("greater_equal", a, b), other_is_none)
        return graph.where(first, a, b)

    return _each(graph, larger, _values(a), _values(b))


def _interp(x: Any, nodes: Any, values: Any) -> Any:
    """Return a piecewise linear function of nodes and values that do not vary."""
    nodes, values = _values(nodes), _values(values)
    cell: Any = sum((x >= node).astype(np.int32) for node in nodes[1:-1])
    columns = nodes[:-1], values[:-1], np.diff(values) / np.diff(nodes)
    start, value, slope = (_take(Recorded(x.graph, column), cell, 0) for column in columns)
    held: Any = _clip(x, nodes[0], nodes[-1])
    return value + slope * (held - start)


def _blend_rows(table: Any, index: Recorded, weights: Any) -> Recorded:
    """Return the weighted sum over corners of the rows of a table."""
    parts = [_take(table, index[..., k], 0) * weights[..., k, None] for k in range(index.shape[-1])]
    return _added(_stack(parts), 0)


def _joined(join: Callable[..., NDArray[Any]], parts: Sequence[Any], axis: int = 0) -> Recorded:
    return Recorded(_graph(parts), join([_values(part) for part in parts], axis=axis))


_stack = partial(_joined, np.stack)


def _broadcast_to(x: Recorded, shape: tuple[int, ...]) -> Recorded:
    return Recorded(x.graph, np.broadcast_to(x.values, shape))


def _broadcast_arrays(*arrays: Any) -> list[Recorded]:
    graph = _graph(arrays)
    return [Recorded(graph, x) for x in np.broadcast_arrays(*map(_values, arrays))]


def _asarray(x: Recorded, dtype: Any = None) -> Recorded:
    return x if dtype is None else x.astype(dtype)


def _scaled(factor: float) -> Callable[[Recorded], Recorded]:
    return lambda x: _apply("multiply", x, factor)


def _filled(value: float) -> Callable[..., Recorded]:
    return lambda x, dtype=np.float64: Recorded(x.graph, np.full(x.shape, value, dtype=dtype))


_OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "pow": "power",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}
_ALONE = {"neg": "negative", "abs": "absolute", "invert": "invert"}


def _operator(operation: str) -> Callable[[Any, Any], Recorded]:
    return lambda a, b: _apply(operation, a, b)


def _turned(operation: str) -> Callable[[Any, Any], Recorded]:
    return lambda a, b: _apply(operation, b, a)


def _single(operation: str) -> Callable[[Any], Recorded]:
    return lambda a: _apply(operation, a)


for _name, _operation in _OPERATORS.items():
    setattr(Recorded, f"__{_name}__", _operator(_operation))
    setattr(Recorded, f"__r{_name}__", _turned(_operation))
for _name, _operation in _ALONE.items():
    setattr(Recorded, f"__{_name}__", _single(_operation))


class _Unknown:
    """Functions that nothing in the chain needs."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(*arguments: Any, **keywords: Any) -> Any:
            raise TypeError(f"a recorded array has no rule for numpy.{name}")

        return refuse


_RULES: Mapping[str, Callable[..., Any]] = {
    **{name: partial(_apply, name) for name in ON_NUMBERS},
    "abs": partial(_apply, "absolute"),
    "round": partial(_apply, "rint"),
    "where": _where,
    "fmax": _fmax,
    "clip": _clip,
    "radians": _scaled(np.pi / 180.0),
    "deg2rad": _scaled(np.pi / 180.0),
    "degrees": _scaled(180.0 / np.pi),
    "asarray": _asarray,
    "ascontiguousarray": _asarray,
    "shape": np.shape,
    "iscomplexobj": lambda x: np.iscomplexobj(x.values),
    "take": _take,
    "stack": _stack,
    "concatenate": partial(_joined, np.concatenate),
    "broadcast_to": _broadcast_to,
    "broadcast_arrays": _broadcast_arrays,
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "interp": _interp,
    "blend_rows": _blend_rows,
    # A program is that of every design, so it has all that any design needs.
    "somewhere": lambda value: True,
}
ENGINE = Engine(Recorded, {**_RULES, "add": SimpleNamespace(reduce=_added)}, _Unknown())
