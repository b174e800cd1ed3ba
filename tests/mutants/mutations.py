"""Small changes to a module, each of which a test should notice."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
_PAIRS = (("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("any", "all"))
_CALLS = dict(_PAIRS) | {b: a for a, b in _PAIRS}
#: Calls that decide what a log or a sheet looks like, never what it says.
_LOOKS = ("add_format", "freeze_panes", "set_column", "set_verbosity")
_SCALE = 1.25  # what a number is multiplied by: beyond any tolerance, within any plausibility


class Mutation(NamedTuple):
    """Bytes ``start`` to ``end`` of a module become ``new``."""

    line: int
    start: int
    end: int
    old: str
    new: str

    def applied(self, source: bytes) -> bytes:
        """Return the module with the change."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutations(source: bytes) -> list[Mutation]:
    """Return every change to a module that this page knows, in their order.

    Left as it is what no test can or should hold: texts, annotations, declarations of types and
    the messages of errors; calls of :data:`_LOOKS`; a number given as ``seed=``, since any seed
    does; ``zip(strict=True)``, which refuses what cannot come; and the number that stands in for a
    denominator, as in ``a / np.where(b > 0.0, b, 1.0)``, whose quotient is of no use where it does.

    Examples
    --------
    >>> [(m.old, m.new) for m in mutations(b"def f(a): return a < 2 and not a")]
    [('<', '<='), ('2', '3'), ('and', 'or'), ('not ', '')]
    """
    tree = ast.parse(source)
    finder = _Finder(source, {node for parent in ast.walk(tree) for node in _immaterial(parent)})
    return sorted(finder.found_in(tree), key=lambda m: (m.start, m.end))


class _Finder:
    def __init__(self, source: bytes, immaterial: set[ast.AST]) -> None:
        self._source = source
        self._immaterial = immaterial
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def found_in(self, node: ast.AST) -> Iterator[Mutation]:
        """Yield the changes of a node and of all below it."""
        if node in self._immaterial:
            return
        yield from self._of(node)
        for child in _worth_changing(node):
            yield from self.found_in(child)

    def _of(self, node: ast.AST) -> Iterator[Mutation]:
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for at, operator in enumerate(node.ops):
                yield from self._between(*operands[at : at + 2], *_COMPARISONS[type(operator)])
        elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            yield from self._between(node.left, node.right, *_ARITHMETIC[type(node.op)])
        elif isinstance(node, ast.BoolOp):
            words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from self._between(left, right, *words)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield self._replaced(self._at(node), self._at(node.operand), "", node)
        elif isinstance(node, ast.Constant):
            yield from self._constant(node)
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            test = node.test
            text = self._text(self._at(test), self._end(test))
            yield self._replaced(self._at(test), self._end(test), f"(not ({text}))", test)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield self._replaced(self._at(node), self._end(node), "pass", node)
        elif isinstance(node, ast.Call) and (name := _called(node)) in _CALLS:
            end = self._end(node.func)
            yield self._replaced(end - len(name), end, _CALLS[name], node.func)

    def _constant(self, node: ast.Constant) -> Iterator[Mutation]:
        value = node.value
        if isinstance(value, bool):
            new = repr(not value)
        elif isinstance(value, int):
            new = repr(value + 1)
        elif isinstance(value, float):
            new = repr(_SCALE * value if value else 1.0)
        else:
            return
        yield self._replaced(self._at(node), self._end(node), new, node)

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[Mutation]:
        """Yield the change of the operator that stands between two operands."""
        if any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right)):
            return  # of texts there is a sum only
        gap = self._source[self._end(left) : self._at(right)]
        if gap.count(old.encode()) == 1:  # twice where a comment has it as well
            start = self._end(left) + gap.index(old.encode())
            yield self._replaced(start, start + len(old), new, left)

    def _replaced(self, start: int, end: int, new: str, node: ast.AST) -> Mutation:
        line = self._source.count(b"\n", 0, start) + 1
        return Mutation(line, start, end, self._text(start, end), new)

    def _text(self, start: int, end: int) -> str:
        return self._source[start:end].decode()

    def _at(self, node: ast.AST) -> int:
        return self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _called(node: ast.expr) -> str:
    """Return the name of the function that an expression calls; empty for anything else."""
    function = getattr(node, "func", None)
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _constants(nodes: Iterable[ast.expr]) -> Iterator[ast.expr]:
    return (node for node in nodes if isinstance(node, ast.Constant))


def _immaterial(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what of a node stays as it is whatever is in it."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        yield node
    elif isinstance(node, ast.Expr) and _called(node.value) in _LOOKS:
        yield node  # nor is the call left out
    elif isinstance(node, ast.Call):
        name = _called(node)
        yield from [node] if name in _LOOKS else []
        words = ("seed", "strict") if name == "zip" else ("seed",)
        yield from _constants(word.value for word in node.keywords if word.arg in words)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        standing_in = node.right.args[2:] if isinstance(node.right, ast.Call) else []
        yield from _constants(standing_in if _called(node.right) == "where" else [])


def _worth_changing(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a node that decide what the program does."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert):
        return
    without = {"annotation", "returns", "decorator_list", "type_comment"}
    for field, value in ast.iter_fields(node):
        if field in without:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
