"""Arithmetic as a person types it, read without ever being executed.

The text is parsed into a syntax tree; only numbers, texts, names, ``+ - * / **`` and the functions
that a reader allows are known.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from problems.spec import SpecError, unknown

LONGEST = 1000  # characters
LITERALS = (int, float, str)
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
Function = Callable[..., Any]


class ExpressionError(SpecError):
    """What cannot be read, and the position of its first character in the text."""

    def __init__(self, key: str, message: str, suggestion: str | None, offset: int) -> None:
        super().__init__(key, message, suggestion)
        self.offset = offset


class Arithmetic:
    """Reads one text.

    Parameters
    ----------
    text
        What was typed.
    column
        Returns the ``(n,)`` values of a name: numbers, or texts of a choice.
    names
        Every name that ``column`` accepts.
    """

    key: ClassVar[str] = "--limit"
    example: ClassVar[str] = "launch_mass_kg <= 5000"
    operators: ClassVar[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = _ARITHMETIC
    functions: ClassVar[Mapping[str, Function]] = {}

    def __init__(self, text: str, column: Callable[[str], Any], names: Iterable[str]) -> None:
        self.text = text.strip()
        self._column, self._names = column, dict.fromkeys(names)

    def tree(self) -> ast.expr:
        """Return the syntax tree.

        Raises
        ------
        ExpressionError
            For a text that is too long or no expression.
        """
        if len(self.text) > LONGEST:
            raise ExpressionError(self.key, f"is longer than {LONGEST} characters", None, 0)
        try:
            return ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            offset = max((getattr(error, "offset", None) or 1) - 1, 0)
            message = f"cannot read '{self.text}': expected e.g. {self.example}"
            raise ExpressionError(self.key, message, None, offset) from None

    def value(self, node: ast.expr) -> Any:
        """Return the value of a part: a number, a text, or one of them per design."""
        if isinstance(node, ast.Constant) and isinstance(node.value, LITERALS):
            return self.literal(node.value)
        if isinstance(node, (ast.Name, ast.Attribute)) and (name := self.name(node)):
            return self._named(node, name)
        if isinstance(node, ast.BinOp) and type(node.op) in self.operators:
            left, right = self._number(node, node.left), self._number(node, node.right)
            return self.operators[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._number(node, node.operand)
        if isinstance(node, ast.Call) and self.functions:
            return self._called(node)
        raise self.unreadable(node, "expected a number, a text or the name of a column")

    def literal(self, value: Any) -> Any:
        """Return what a number or text stands for."""
        return value

    def name(self, node: ast.Name | ast.Attribute) -> str | None:
        """Return the name that a part spells; None where it spells none."""
        return node.id if isinstance(node, ast.Name) else None

    def unreadable(self, node: ast.AST, message: str) -> ExpressionError:
        """Return the error about a part of the text."""
        part = ast.get_source_segment(self.text, node) or self.text
        return ExpressionError(self.key, f"{message} at '{part}'", None, self._offset(node))

    def _named(self, node: ast.expr, name: str) -> Any:
        if name not in self._names:
            message, suggestion = unknown("unknown variable or output", name, self._names)
            raise ExpressionError(name, message, suggestion, self._offset(node))
        return np.asarray(self._column(name))

    def _number(self, node: ast.expr, part: ast.expr) -> Any:
        value = self.value(part)
        if is_text(value):
            raise self.unreadable(node, "computes with a text")
        return value

    def _called(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in self.functions or node.keywords or not node.args:
            known = ", ".join(self.functions)
            raise self.unreadable(node, f"expected one of the functions {known}")
        arguments = [self._number(node, argument) for argument in node.args]
        try:
            return self.functions[name](*arguments)
        except TypeError:
            raise self.unreadable(node, f"wrong number of arguments of {name}") from None

    @staticmethod
    def _offset(node: ast.AST) -> int:
        return int(getattr(node, "col_offset", 0))


def is_text(value: Any) -> bool:
    """Return whether a value is a text or a column of texts."""
    return isinstance(value, str) or (isinstance(value, np.ndarray) and value.dtype.kind == "O")
