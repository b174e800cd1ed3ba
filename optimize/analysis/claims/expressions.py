"""Expressions of claims: read once, then computed from whatever knows the names."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from optimize.designs.arithmetic import Arithmetic, Function
from problems.units import FloatArray

_FUNCTIONS: Mapping[str, Function] = {
    "min": lambda first, second: np.minimum(first, second),
    "max": lambda first, second: np.maximum(first, second),
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
}


class _Reader(Arithmetic):
    key: ClassVar[str] = "expression"
    example: ClassVar[str] = "1000 / specific_mass_kg_per_kw"
    operators: ClassVar[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
        **Arithmetic.operators,
        ast.Pow: operator.pow,
    }
    functions: ClassVar[Mapping[str, Function]] = _FUNCTIONS

    def literal(self, value: Any) -> Any:
        """Return a number as an array, whose overflow is infinite instead of an error or a wait."""
        if isinstance(value, (str, bool)):
            raise self.unreadable(self.tree(), "expected numbers and names")
        return np.asarray(float(value))

    def name(self, node: ast.Name | ast.Attribute) -> str | None:
        """Return a dotted name such as ``fleet.ramp_yr``."""
        parts: list[str] = []
        part: ast.expr = node
        while isinstance(part, ast.Attribute):
            parts.append(part.attr)
            part = part.value
        if not isinstance(part, ast.Name):
            return None
        return ".".join([part.id, *reversed(parts)])


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression and the names it mentions."""

    text: str
    names: frozenset[str]

    def value(self, lookup: Callable[[str], Any]) -> FloatArray:
        """Return the value of the expression, with every name looked up."""
        reader = _Reader(self.text, lookup, self.names)
        with np.errstate(all="ignore"):
            return np.asarray(reader.value(reader.tree()), dtype=np.float64)


def read_expression(text: str, known: Iterable[str]) -> Expression:
    """Return an expression whose every name is known.

    Parameters
    ----------
    text
        Numbers, names, ``+ - * / **`` and the functions min, max, sqrt, exp and log.
    known
        Names that may be mentioned.

    Raises
    ------
    ExpressionError
        For anything else, with its position in the text.

    Examples
    --------
    >>> half = read_expression("0.5 * fleet.ramp_yr", ["fleet.ramp_yr"])
    >>> float(half.value({"fleet.ramp_yr": 10.0}.__getitem__))
    5.0
    """
    mentioned: set[str] = set()

    def note(name: str) -> FloatArray:
        mentioned.add(name)
        return np.ones(1)

    reader = _Reader(text, note, known)
    with np.errstate(all="ignore"):
        reader.value(reader.tree())
    return Expression(reader.text, frozenset(mentioned))
