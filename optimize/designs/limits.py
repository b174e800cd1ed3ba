"""Conditions on designs as a person types them, read without ever being executed.

``launch_mass_kg <= 5000 and gpu_model in ('B200', 'GB300')`` is parsed into a syntax tree; only
comparisons, ``and``, ``or``, ``not``, arithmetic, numbers, texts and names of columns are known.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from problems.spec import SpecError, unknown
from problems.units import BoolArray

_LONGEST = 1000  # characters
_LITERALS = (int, float, str)
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
        Every name that ``column`` accepts.

    Returns
    -------
    ndarray of bool
        ``(n,)``. A blank value (NaN, empty text) meets no comparison, nor its negation: whether
        such a design meets ``not mass_kg > 5`` is as unknown as whether it meets ``mass_kg > 5``,
        and ``and`` and ``or`` carry the unknown on.

    References
    ----------
    Kleene, Introduction to Metamathematics, North-Holland 1952, sec. 64 (three-valued logic).

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
    try:
        with np.errstate(all="ignore"):
            return reader.condition(tree).met
    except ArithmeticError as error:  # of typed numbers; columns give infinities and blanks
        raise SpecError("--limit", f"cannot compute '{expression}': {error}") from None


class _Truth(NamedTuple):
    """Where a condition is met and where it fails; neither where a blank leaves it unknown."""

    met: BoolArray
    failed: BoolArray

    def negated(self) -> _Truth:
        return _Truth(self.failed, self.met)

    def both(self, other: _Truth) -> _Truth:
        return _Truth(self.met & other.met, self.failed | other.failed)


def _all_of(parts: Iterable[_Truth]) -> _Truth:
    return functools.reduce(_Truth.both, parts)


def _any_of(parts: Iterable[_Truth]) -> _Truth:
    return _all_of(part.negated() for part in parts).negated()


class _Reader:
    def __init__(self, text: str, column: Callable[[str], Any], names: tuple[str, ...]) -> None:
        self._text, self._column, self._names = text, column, names

    def condition(self, node: ast.expr) -> _Truth:
        """Return the truth of a condition per design."""
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part) for part in node.values]
            return _all_of(parts) if isinstance(node.op, ast.And) else _any_of(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.condition(node.operand).negated()
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        raise self._unreadable(node, "expected a comparison")

    def _comparison(self, node: ast.Compare) -> _Truth:
        left, parts = self._value(node.left), []
        for sign, part in zip(node.ops, node.comparators, strict=True):
            inside = isinstance(sign, (ast.In, ast.NotIn))
            right = self._collection(part) if inside else self._value(part)
            if any(_is_text(left) != _is_text(item) for item in (right if inside else [right])):
                raise self._unreadable(node, "compares a text with a number")
            if inside:
                step = np.isin(left, right, invert=isinstance(sign, ast.NotIn))
                known = ~_blank(left)
            elif type(sign) in _COMPARISONS:
                step = np.asarray(_COMPARISONS[type(sign)](left, right), dtype=np.bool_)
                known = ~(_blank(left) | _blank(right))
                left = right
            else:
                raise self._unreadable(node, "unknown comparison")
            parts.append(_Truth(step & known, ~step & known))
        return _all_of(parts)

    def _collection(self, node: ast.expr) -> list[Any]:
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            raise self._unreadable(node, "'in' needs a list such as ('a', 'b')")
        values = [item.value for item in node.elts if isinstance(item, ast.Constant)]
        if len(values) < len(node.elts) or not all(isinstance(v, _LITERALS) for v in values):
            raise self._unreadable(node, "a list holds numbers or texts only")
        return values

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, _LITERALS):
            return node.value
        if isinstance(node, ast.Name):
            if node.id not in self._names:
                raise SpecError(
                    node.id, *unknown("unknown variable or output", node.id, self._names)
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


def _blank(value: Any) -> BoolArray:
    """Return where a column is blank; what a person typed never is."""
    if not isinstance(value, np.ndarray):
        return np.asarray(False)
    return np.asarray(value == "" if _is_text(value) else np.isnan(value), dtype=np.bool_)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, np.ndarray) and value.dtype.kind == "O")
