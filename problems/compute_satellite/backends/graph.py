"""A graph of numbers: what the formulas of one design compute, number by number.

Equal numbers are the same node, so nothing is computed twice, and what follows from constants alone
is a constant. Operations go by their names in numpy and have its meaning, of real numbers
(``f``), whole ones (``i``) and truth values (``b``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from problems.units import FloatArray

COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
LOGIC = ("bitwise_and", "bitwise_or", "bitwise_xor")
#: Functions of one real number.
FUNCTIONS = (
    *("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "floor", "ceil", "rint", "ndtr"),
)
_BINARY = (
    *COMPARISONS,
    *LOGIC,
    *("add", "subtract", "multiply", "true_divide", "floor_divide", "power", "hypot"),
    *("maximum", "minimum"),
)
_UNARY = (*FUNCTIONS, "negative", "absolute", "isnan", "invert")
#: Every operation on numbers that do not vary.
ON_NUMBERS: Mapping[str, Callable[..., Any]] = {
    name: ndtr if name == "ndtr" else getattr(np, name) for name in (*_BINARY, *_UNARY)
}
KINDS = {"f": "f", "i": "i", "u": "i", "b": "b"}
_ORDER = "bif"
_PYTHON: Mapping[str, type] = {"f": float, "i": int, "b": bool}
_LARGEST_POWER = 16  # that is written out as products
_WHOLE = 2**31  # whole numbers are of 32 bits


@dataclass(slots=True, eq=False)
class Node:
    """A number: an operation on others, a constant, or an input.

    ``detail`` is the value of a constant, the name of an input, or table and offset of a look-up.
    Nodes are compared by identity.
    """

    operation: str
    inputs: tuple[Node, ...]
    kind: str
    detail: Any = None

    @property
    def is_constant(self) -> bool:
        """Whether the number never varies."""
        return self.operation == "constant"


class Graph:
    """Nodes by what they are, and the tables that look-ups read."""

    def __init__(self) -> None:
        self.tables: list[FloatArray] = []
        self._nodes: dict[tuple[Any, ...], Node] = {}
        self._places: dict[tuple[Any, ...], int] = {}
        self._kept: list[NDArray[Any]] = []  # so that no other array gets its place in memory

    def node(self, operation: str, inputs: tuple[Node, ...], kind: str, detail: Any = None) -> Node:
        """Return the node of an operation as it is, made when first asked for."""
        # Of equal floats -0.0 and 0.0 are two constants, and all that are no number are one.
        told = detail.hex() if isinstance(detail, float) else detail
        key = (operation, *map(id, inputs), kind, told)
        if key not in self._nodes:
            self._nodes[key] = Node(operation, inputs, kind, detail)
        return self._nodes[key]

    def number(self, value: Any) -> Node:
        """Return a node for a number; a node is its own."""
        if isinstance(value, Node):
            return value
        letter = np.asarray(value).dtype.kind
        if letter not in KINDS:
            raise ArithmeticError(f"{value} is no real number")
        kind = KINDS[letter]
        value = _PYTHON[kind](value)
        if kind == "i" and abs(value) >= _WHOLE:
            kind, value = "f", float(value)
        return self.node("constant", (), kind, value)

    def cast(self, value: Any, kind: str) -> Node:
        """Return a number as one of another kind."""
        node = self.number(value)
        if node.kind == kind:
            return node
        if node.is_constant:
            return self.number((_whole if kind == "i" else _PYTHON[kind])(node.detail))
        return self.node("cast", (node,), kind)

    def apply(self, operation: str, *values: Any) -> Node:
        """Return an operation of numpy on one or two numbers."""
        nodes = [self.number(value) for value in values]
        if all(node.is_constant for node in nodes):
            plain = [np.asarray(node.detail)[()] for node in nodes]
            with np.errstate(all="ignore"):
                return self.number(ON_NUMBERS[operation](*plain))
        return self._binary(operation, *nodes) if len(nodes) > 1 else self._unary(operation, *nodes)

    def where(self, condition: Any, first: Any, second: Any) -> Node:
        """Return one of two numbers."""
        truth, a, b = self.cast(condition, "b"), self.number(first), self.number(second)
        a, b = self._alike(a, b, "b")
        if truth.is_constant:
            return a if truth.detail else b
        return a if a is b else self.node("where", (truth, a, b), a.kind)

    def look_up(self, table: NDArray[Any], *indices: Any) -> Node:
        """Return an entry of a table by its index along every axis, each held inside."""
        place: Node = self.number(0)
        offset = 0
        for position, (index, size) in enumerate(zip(indices, table.shape, strict=True)):
            stride = int(np.prod(table.shape[position + 1 :]))
            inside = self.apply(
                "minimum", self.apply("maximum", self.cast(index, "i"), 0), size - 1
            )
            if inside.is_constant:
                offset += inside.detail * stride
            else:
                place = self.apply("add", place, self.apply("multiply", inside, stride))
        detail = self._table(table), offset
        return self.cast(self.node("look up", (place,), "f", detail), KINDS[table.dtype.kind])

    def _table(self, table: NDArray[Any]) -> int:
        place = table.__array_interface__["data"][0]
        key = place, table.dtype.str, table.shape, table.strides
        if key not in self._places:
            self._places[key] = len(self.tables)
            self._kept.append(table)
            self.tables.append(np.ascontiguousarray(table, dtype=np.float64).reshape(-1))
        return self._places[key]

    def _alike(self, a: Node, b: Node, least: str) -> tuple[Node, Node]:
        kind = max(a.kind, b.kind, least, key=_ORDER.index)
        return self.cast(a, kind), self.cast(b, kind)

    def _unary(self, operation: str, a: Node) -> Node:
        if operation == "invert":
            return self.node(operation, (a,), "b")
        if operation in ("negative", "absolute") and a.kind != "f":
            return self.node(operation, (self.cast(a, "i"),), "i")
        return self.node(operation, (self.cast(a, "f"),), "b" if operation == "isnan" else "f")

    def _binary(self, operation: str, a: Node, b: Node) -> Node:
        if operation in LOGIC:
            return self.node(operation, (self.cast(a, "b"), self.cast(b, "b")), "b")
        if operation in COMPARISONS:
            return self.node(operation, self._alike(a, b, "i"), "b")
        if operation == "floor_divide":
            return self.apply("floor", self.apply("true_divide", a, b))
        if a.kind == b.kind == "b" and operation in ("add", "multiply"):
            return self._binary("bitwise_or" if operation == "add" else "bitwise_and", a, b)
        a, b = self._alike(a, b, "f" if operation in ("true_divide", "power", "hypot") else "i")
        if operation == "power":
            return self._power(a, b)
        if operation in ("add", "multiply", "maximum", "minimum") and a.is_constant:
            a, b = b, a
        if operation in ("maximum", "minimum") and b.is_constant and np.isnan(b.detail):
            return b
        idle = {"add": 0, "subtract": 0, "multiply": 1, "true_divide": 1}
        if b.is_constant and idle.get(operation) == b.detail:
            return a
        return self.node(operation, (a, b), a.kind)

    def _power(self, base: Node, exponent: Node) -> Node:
        """Return a power; whole ones, also of negative numbers, as products."""
        if exponent.is_constant:
            if exponent.detail == 0.5:
                return self.apply("sqrt", base)
            if exponent.detail.is_integer() and abs(exponent.detail) < _LARGEST_POWER:
                product = self._product(base, abs(int(exponent.detail)))
                return product if exponent.detail > 0 else self.apply("true_divide", 1.0, product)
        return self.node("power", (base, exponent), "f")

    def _product(self, base: Node, times: int) -> Node:
        if times == 0:
            return self.number(1.0)
        half = self._product(self.apply("multiply", base, base), times // 2) if times > 1 else None
        if half is None:
            return base
        return self.apply("multiply", half, base) if times % 2 else half


def _whole(value: float) -> int:
    """Return a number without its fraction in 32 bits, 0 for what is no number."""
    return 0 if np.isnan(value) else int(min(max(value, 1 - _WHOLE), _WHOLE - 1))


def in_order(results: Iterable[Node]) -> Iterator[Node]:
    """Yield every node that some results need, each once, after those that it needs itself.

    Examples
    --------
    >>> graph = Graph()
    >>> x = graph.node("input", (), "f", "x")
    >>> [n.operation for n in in_order([graph.apply("exp", graph.apply("multiply", x, x))])]
    ['input', 'multiply', 'exp']
    """
    seen: set[Node] = set()
    for result in results:
        waiting = [(result, False)]
        while waiting:
            node, ready = waiting.pop()
            if ready:
                yield node
            elif node not in seen:
                seen.add(node)
                waiting.append((node, True))
                waiting += [(part, False) for part in node.inputs]
