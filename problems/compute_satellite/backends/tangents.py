"""Derivatives of a graph of numbers, as further nodes of the same graph.

At a kink the slope is that of the side to which the direction points, as of the dual numbers
(:mod:`~problems.compute_satellite.backends.dual`), by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce

import numpy as np

from problems.compute_satellite.backends.graph import Graph, Node, in_order

_ROOT_2_PI = float(np.sqrt(2.0 * np.pi))


def tangents(graph: Graph, results: Sequence[Node], seeds: Mapping[Node, Node]) -> list[Node]:
    """Return the slope of each result along a direction.

    Parameters
    ----------
    graph
        Of the nodes.
    results
        Real numbers.
    seeds
        By input, its slope along the direction; it is zero for all others.
    """
    slopes: dict[Node, Node] = dict(seeds)
    rules = _Rules(graph)
    for node in in_order(results):
        moving = [slopes.get(part) for part in node.inputs]
        if node not in slopes and any(slope is not None for slope in moving):
            slope = rules.slope(node, moving)
            if slope is not None:
                slopes[node] = slope
    zero = graph.number(0.0)
    return [slopes.get(result, zero) for result in results]


class _Rules:
    """The rules of calculus on a graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._apply = graph.apply

    def slope(self, node: Node, slopes: Sequence[Node | None]) -> Node | None:
        """Return the slope of a node by those of its inputs, None where it is flat."""
        if node.kind != "f" or node.operation in _FLAT:
            return None
        if node.operation == "where":
            zero = self._graph.number(0.0)
            return self._graph.where(node.inputs[0], slopes[1] or zero, slopes[2] or zero)
        if node.operation in ("maximum", "minimum", "absolute"):
            return self._sided(node, *slopes)
        if node.operation == "hypot":
            return self._length(node, *slopes)
        factors = _FACTORS[node.operation](self._graph, node, *node.inputs)
        parts = [
            self._apply("multiply", slope, factor)
            for slope, factor in zip(slopes, factors, strict=True)
            if slope is not None
        ]
        return reduce(partial(self._apply, "add"), parts)

    def _sided(self, node: Node, *slopes: Node | None) -> Node:
        """Return the slope of the larger or smaller: of equal ones, what they become ahead."""
        apply, zero = self._apply, self._graph.number(0.0)
        da, ahead = slopes[0] or zero, node.operation
        if ahead == "absolute":  # the larger of a number and its opposite
            (a,), ahead = node.inputs, "maximum"
            b, db = apply("negative", a), apply("negative", da)
        else:
            (a, b), db = node.inputs, slopes[1] or zero
        first = apply("greater_equal" if ahead == "maximum" else "less_equal", a, b)
        smooth = self._graph.where(first, da, db)
        return self._graph.where(apply("equal", a, b), apply(ahead, da, db), smooth)

    def _length(self, node: Node, *slopes: Node | None) -> Node:
        """Return the slope of the length of a vector; at no length, what it becomes."""
        apply, zero = self._apply, self._graph.number(0.0)
        (a, b), (da, db) = node.inputs, (slope or zero for slope in slopes)
        none = apply("equal", node, zero)
        along = apply("add", apply("multiply", da, a), apply("multiply", db, b))
        smooth = apply("true_divide", along, self._graph.where(none, 1.0, node))
        return self._graph.where(none, apply("hypot", da, db), smooth)


#: Operations that are flat wherever they are smooth.
_FLAT = frozenset(("cast", "floor", "ceil", "rint", "look up", "constant", "input"))
_Factors = Callable[..., tuple[Node, ...]]


def _finite(graph: Graph, derivative: Node, argument: Node) -> Node:
    """Return a derivative, zero where its argument is zero and it has none."""
    return graph.where(graph.apply("equal", argument, 0.0), 0.0, derivative)


def _power(graph: Graph, y: Node, base: Node, exponent: Node) -> tuple[Node, ...]:
    less = graph.apply("power", base, graph.apply("subtract", exponent, 1.0))
    by_base = _finite(graph, graph.apply("multiply", exponent, less), base)
    positive = graph.where(graph.apply("greater", base, 0.0), base, 1.0)
    return by_base, graph.apply("multiply", y, graph.apply("log", positive))


def _quotient(graph: Graph, y: Node, top: Node, bottom: Node) -> tuple[Node, ...]:
    inverse = graph.apply("true_divide", 1.0, bottom)
    return inverse, graph.apply("negative", graph.apply("multiply", y, inverse))


def _logarithm(scale: float) -> _Factors:
    def factors(graph: Graph, y: Node, x: Node) -> tuple[Node, ...]:
        return (_finite(graph, graph.apply("true_divide", scale, x), x),)

    return factors


def _arc(sign: float) -> _Factors:
    def factors(graph: Graph, y: Node, x: Node) -> tuple[Node, ...]:
        rest = graph.apply("subtract", 1.0, graph.apply("multiply", x, x))
        slope = graph.apply("true_divide", sign, graph.apply("sqrt", rest))
        return (_finite(graph, slope, rest),)

    return factors


def _bell(graph: Graph, y: Node, x: Node) -> tuple[Node, ...]:
    half_square = graph.apply("multiply", graph.apply("multiply", x, x), -0.5)
    return (graph.apply("true_divide", graph.apply("exp", half_square), _ROOT_2_PI),)


def _root(graph: Graph, y: Node, x: Node) -> tuple[Node, ...]:
    return (_finite(graph, graph.apply("true_divide", 0.5, y), x),)


def _cube_root(graph: Graph, y: Node, x: Node) -> tuple[Node, ...]:
    slope = graph.apply("true_divide", y, graph.apply("multiply", x, 3.0))
    return (_finite(graph, slope, x),)


def _inverse_of(bottom: Callable[[Graph, Node], Node]) -> _Factors:
    return lambda graph, y, x: (graph.apply("true_divide", 1.0, bottom(graph, x)),)


def _one_and(graph: Graph, x: Node) -> Node:
    return graph.apply("add", x, 1.0)


def _square(graph: Graph, x: Node) -> Node:
    return graph.apply("multiply", x, x)


#: By operation, its derivatives by its inputs, of graph, node and inputs.
_FACTORS: Mapping[str, _Factors] = {
    "add": lambda graph, y, a, b: (graph.number(1.0), graph.number(1.0)),
    "subtract": lambda graph, y, a, b: (graph.number(1.0), graph.number(-1.0)),
    "negative": lambda graph, y, a: (graph.number(-1.0),),
    "multiply": lambda graph, y, a, b: (b, a),
    "true_divide": _quotient,
    "power": _power,
    "exp": lambda graph, y, x: (y,),
    "expm1": lambda graph, y, x: (_one_and(graph, y),),
    "log": _logarithm(1.0),
    "log2": _logarithm(float(1.0 / np.log(2.0))),
    "log10": _logarithm(float(1.0 / np.log(10.0))),
    "log1p": _inverse_of(_one_and),
    "sqrt": _root,
    "cbrt": _cube_root,
    "sin": lambda graph, y, x: (graph.apply("cos", x),),
    "cos": lambda graph, y, x: (graph.apply("negative", graph.apply("sin", x)),),
    "tan": lambda graph, y, x: (_one_and(graph, _square(graph, y)),),
    "arcsin": _arc(1.0),
    "arccos": _arc(-1.0),
    "arctan": _inverse_of(lambda graph, x: _one_and(graph, _square(graph, x))),
    "ndtr": _bell,
}
