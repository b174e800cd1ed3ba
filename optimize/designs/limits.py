"""Conditions on designs as a person types them, read without ever being executed.

``launch_mass_kg <= 5000 and gpu_model in ('B200', 'GB300')`` is parsed into a syntax tree; only
comparisons, ``and``, ``or``, ``not``, arithmetic, numbers, texts and names of columns are known.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from problems.spec import SpecError, nearest
from problems.units import BoolArray

_LONGEST = 1000  # characters
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def holds(expression: str, column: Callable[[str], Any], names: Iterable[str]) -> BoolArray:
    """Return which designs meet a condition.

    Parameters
    ----------
    expression
        Comparisons of columns, joined by ``and``, ``or`` and ``not``.
    column
        Returns the ``(n,)`` values of a name: numbers, or texts of a choice.
    names
        Every name that ``column`` knows.

    Returns
    -------
    ndarray of bool
        ``(n,)``; a blank value meets no comparison.

    Raises
    ------
    SpecError
        For anything that is not such a condition, with the nearest name for an unknown one.

    Examples
    --------
    >>> columns = {"mass_kg": np.array([1.0, 5.0]), "kind": np.array(["a", "b"], dtype=object)}
    >>> holds("mass_kg < 3 or kind == 'b'", columns.__getitem__, columns).tolist()
    [True, True]
    """
    if len(expression) > _LONGEST:
        raise SpecError("--limit", f"is longer than {_LONGEST} characters")
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise SpecError(
            "--limit", f"cannot read '{expression}': expected e.g. launch_mass_kg <= 5000"
        ) from None
    reader = _Reader(expression, column, tuple(names))
    with np.errstate(all="ignore"):
        found = np.asarray(reader.condition(tree))
    return found.astype(np.bool_)


class _Reader:
    def __init__(self, text: str, column: Callable[[str], Any], names: tuple[str, ...]) -> None:
        self._text, self._column, self._names = text, column, names

    def condition(self, node: ast.expr) -> Any:
        """Return the truth of a condition per design."""
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part) for part in node.values]
            both = isinstance(node.op, ast.And)
            return np.logical_and.reduce(parts) if both else np.logical_or.reduce(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return np.logical_not(self.condition(node.operand))
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        raise self._unreadable(node, "expected a comparison")

    def _comparison(self, node: ast.Compare) -> Any:
        left, result = self._value(node.left), np.asarray(True)
        for sign, part in zip(node.ops, node.comparators, strict=True):
            if isinstance(sign, (ast.In, ast.NotIn)):
                inside = np.isin(left, self._collection(part))
                step = inside if isinstance(sign, ast.In) else ~inside
            elif type(sign) in _COMPARISONS:
                right = self._value(part)
                if _is_text(left) != _is_text(right):
                    raise self._unreadable(node, "compares a text with a number")
                step = _COMPARISONS[type(sign)](left, right)
                left = right
            else:
                raise self._unreadable(node, "unknown comparison")
            result = np.logical_and(result, step)
        return result

    def _collection(self, node: ast.expr) -> list[Any]:
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            raise self._unreadable(node, "'in' needs a list such as ('a', 'b')")
        if not all(isinstance(item, ast.Constant) for item in node.elts):
            raise self._unreadable(node, "a list holds numbers or texts only")
        return [item.value for item in node.elts if isinstance(item, ast.Constant)]

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
            return node.value
        if isinstance(node, ast.Name):
            if node.id not in self._names:
                raise SpecError(
                    node.id, "unknown variable or output", nearest(node.id, self._names)
                )
            return np.asarray(self._column(node.id))
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            left, right = self._value(node.left), self._value(node.right)
            if _is_text(left) or _is_text(right):
                raise self._unreadable(node, "computes with a text")
            return _ARITHMETIC[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self._value(node.operand)
            if _is_text(value):
                raise self._unreadable(node, "computes with a text")
            return -value
        raise self._unreadable(node, "expected a number, a text or the name of a column")

    def _unreadable(self, node: ast.AST, message: str) -> SpecError:
        part = ast.get_source_segment(self._text.strip(), node) or self._text
        return SpecError("--limit", f"{message} at '{part}'")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, np.ndarray) and value.dtype.kind == "O")
