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

from optimize.designs.arithmetic import LITERALS, Arithmetic, is_text
from problems.spec import SpecError
from problems.units import BoolArray

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
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
    reader = _Reader(expression, column, tuple(names))
    tree = reader.tree()
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


class _Reader(Arithmetic):
    def condition(self, node: ast.expr) -> _Truth:
        """Return the truth of a condition per design."""
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part) for part in node.values]
            return _all_of(parts) if isinstance(node.op, ast.And) else _any_of(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.condition(node.operand).negated()
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        raise self.unreadable(node, "expected a comparison")

    def _comparison(self, node: ast.Compare) -> _Truth:
        left, parts = self.value(node.left), []
        for sign, part in zip(node.ops, node.comparators, strict=True):
            inside = isinstance(sign, (ast.In, ast.NotIn))
            right = self._collection(part) if inside else self.value(part)
            if any(is_text(left) != is_text(item) for item in (right if inside else [right])):
                raise self.unreadable(node, "compares a text with a number")
            if inside:
                step = np.isin(left, right, invert=isinstance(sign, ast.NotIn))
                known = ~_blank(left)
            elif type(sign) in _COMPARISONS:
                step = np.asarray(_COMPARISONS[type(sign)](left, right), dtype=np.bool_)
                known = ~(_blank(left) | _blank(right))
                left = right
            else:
                raise self.unreadable(node, "unknown comparison")
            parts.append(_Truth(step & known, ~step & known))
        return _all_of(parts)

    def _collection(self, node: ast.expr) -> list[Any]:
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            raise self.unreadable(node, "'in' needs a list such as ('a', 'b')")
        values = [item.value for item in node.elts if isinstance(item, ast.Constant)]
        if len(values) < len(node.elts) or not all(isinstance(v, LITERALS) for v in values):
            raise self.unreadable(node, "a list holds numbers or texts only")
        return values


def _blank(value: Any) -> BoolArray:
    """Return where a column is blank; what a person typed never is."""
    if not isinstance(value, np.ndarray):
        return np.asarray(False)
    return np.asarray(value == "" if is_text(value) else np.isnan(value), dtype=np.bool_)
