"""A graph of numbers compiled for this processor by LLVM: eight designs at a time.

Graphs become straight code on vectors: an outer loop over designs, and in it one over cases (such
as futures) for the numbers that depend on a case. What a design gets does not depend on its
neighbours.
"""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np

from problems.compute_satellite.backends.graph import LOGIC, Graph, Node, in_order
from problems.compute_satellite.backends.object_cache import cache_folder, keep, kept, recall
from problems.compute_satellite.backends.vector_math import (
    LIBRARY,
    NAMES,
    REAL,
    TRUTH,
    WHOLE,
    WIDTH,
    Lines,
    definitions,
    real,
    whole,
)
from problems.spec import SpecError
from problems.units import FloatArray

INSTALL = "pip install 'heliofront[fast]'"
_KINDS = {"f": REAL, "i": WHOLE, "b": TRUTH}
_ARITHMETIC = {"add": "add", "subtract": "sub", "multiply": "mul", "true_divide": "div"}
#: Comparisons of real and of whole numbers; only 'not equal' holds of what is no number.
_COMPARISONS = {
    "less": ("olt", "slt"),
    "less_equal": ("ole", "sle"),
    "greater": ("ogt", "sgt"),
    "greater_equal": ("oge", "sge"),
    "equal": ("oeq", "eq"),
    "not_equal": ("une", "ne"),
}
_DIRECT = {"floor": "floor", "ceil": "ceil", "rint": "rint", "sqrt": "sqrt", "absolute": "fabs"}
_GATHER = f"llvm.masked.gather.v{WIDTH}f64.v{WIDTH}p0"
_lock = threading.Lock()


def is_installed() -> bool:
    """Return whether llvmlite can be imported; does not import it."""
    return importlib.util.find_spec("llvmlite") is not None


def require_llvm() -> None:
    """Refuse where llvmlite is missing.

    Raises
    ------
    SpecError
        With the extra that brings it.
    """
    if not is_installed():
        raise SpecError("backend", f"'llvm' needs a package that is not installed: {INSTALL}")


class Kernel:
    """Compiled results of a graph.

    Parameters
    ----------
    graph
        Of the nodes.
    results
        Real numbers that are computed.
    designs
        Names of the inputs that a design has.
    cases
        Names of the inputs that a case has: every design meets every case.

    Raises
    ------
    SpecError
        Where llvmlite is missing.
    """

    def __init__(
        self, graph: Graph, results: Sequence[Node], designs: Sequence[Any], cases: Sequence[Any]
    ) -> None:
        require_llvm()
        by_case = _by_case(results, cases)
        text = _text(results, by_case, list(designs), list(cases))
        with _lock:
            self._engine, address = _compiled(text)
        pointer, size = ctypes.c_void_p, ctypes.c_int64
        shape = ctypes.CFUNCTYPE(None, pointer, size, pointer, size, pointer, pointer)
        self._call = shape(address)
        self.count = len(results)
        self._still = [k for k, node in enumerate(results) if node not in by_case]
        self._graph = graph  # owns the tables
        self._tables = np.array([table.ctypes.data for table in graph.tables] or [0], np.uintp)

    def __call__(self, designs: FloatArray, cases: FloatArray) -> FloatArray:
        """Return results of designs in cases.

        Parameters
        ----------
        designs
            ``(inputs, n)`` columns.
        cases
            ``(inputs, m)`` numbers.

        Returns
        -------
        ndarray
            ``(results, m, n)``.
        """
        n, m = designs.shape[1], cases.shape[1]
        padded = -(-n // WIDTH) * WIDTH
        columns = np.empty((len(designs), padded))
        columns[:, :n], columns[:, n:] = designs, designs[:, -1:]
        cases = np.ascontiguousarray(cases)
        out = np.empty((self.count, m, padded))
        arrays = (columns, cases, out, self._tables)
        ours, theirs, results, tables = (array.ctypes.data for array in arrays)
        if n and m:  # a loop of the program runs once at least
            self._call(ours, padded, theirs, m, results, tables)
        if m > 1:
            out[self._still, 1:] = out[self._still, :1]
        return out[..., :n]


def _compiled(text: str) -> tuple[Any, int]:
    """Return what keeps compiled code alive, and its address."""
    import llvmlite.binding as llvm

    _prepare()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    told = metadata.version("llvmlite"), target.triple, cpu, features, text
    place = kept(cache_folder("llvm"), *told)
    machine = target.create_target_machine(cpu=cpu, features=features, opt=2, jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.set_object_cache(
        lambda module, program: keep(place, program), lambda module: recall(place)
    )
    engine.finalize_object()
    return engine, engine.get_function_address("run")


@cache
def _prepare() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = ctypes.CDLL(None)
    for name in LIBRARY.values():
        address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
        llvm.add_symbol(name, address)


def _by_case(results: Sequence[Node], cases: Sequence[Any]) -> set[Node]:
    """Return the nodes that depend on a case."""
    found: set[Node] = set()
    for node in in_order(results):
        own = node.operation == "input" and node.detail in cases
        if own or not found.isdisjoint(node.inputs):
            found.add(node)
    return found


def _text(results: Sequence[Node], by_case: set[Node], designs: list[Any], cases: list[Any]) -> str:
    """Return the module that computes results, in the language of LLVM."""
    nodes = list(in_order(results))
    writer = _Writer(designs, cases)
    for node in nodes:
        if node not in by_case:
            writer.write(node)
    writer.store([(k, node) for k, node in enumerate(results) if node not in by_case], "0")
    outer = len(writer.to.text)
    for node in nodes:
        if node in by_case:
            writer.write(node)
    writer.store([(k, node) for k, node in enumerate(results) if node in by_case], "%case")
    tables = {node.detail[0] for node in nodes if node.operation == "look up"}
    used = sorted({node.operation for node in nodes} & NAMES)
    return "\n".join(
        [
            definitions(used),
            *_DECLARATIONS,
            "define void @run(ptr noalias %designs, i64 %n, ptr noalias %cases, i64 %m, "
            "ptr noalias %out, ptr %tables) {",
            "entry:",
            *(line for table in sorted(tables) for line in _table(table)),
            "  br label %rows",
            "rows:",
            "  %row = phi i64 [0, %entry], [%next_row, %row_done]",
            *writer.to.text[:outer],
            *(_INNER if by_case else ["  br label %row_done"]),
            *writer.to.text[outer:],
            *(_INNER_END if by_case else []),
            *_END,
        ]
    )


def _table(table: int) -> list[str]:
    place = f"  %place{table} = getelementptr ptr, ptr %tables, i64 {table}"
    return [place, f"  %table{table} = load ptr, ptr %place{table}"]


_DECLARATIONS = (
    f"declare {REAL} @{_GATHER}(<{WIDTH} x ptr>, i32, {TRUTH}, {REAL})",
    *(f"declare {WHOLE} @llvm.{name}.v{WIDTH}i32({WHOLE}, {WHOLE})" for name in ("smax", "smin")),
    f"declare {WHOLE} @llvm.abs.v{WIDTH}i32({WHOLE}, i1)",
)
_INNER = (
    "  br label %case_rows",
    "case_rows:",
    "  %case = phi i64 [0, %rows], [%next_case, %case_rows]",
)
_INNER_END = (
    "  %next_case = add i64 %case, 1",
    "  %more_cases = icmp slt i64 %next_case, %m",
    "  br i1 %more_cases, label %case_rows, label %row_done",
)
_END = (
    "row_done:",
    f"  %next_row = add i64 %row, {WIDTH}",
    "  %more_rows = icmp slt i64 %next_row, %n",
    "  br i1 %more_rows, label %rows, label %done",
    "done:",
    "  ret void",
    "}",
)


_Rule = Callable[[Node, list[str]], str]


class _Writer:
    """Writes nodes one after the other."""

    def __init__(self, designs: list[Any], cases: list[Any]) -> None:
        self.to = Lines()
        self._designs, self._cases = designs, cases
        self._names: dict[Node, str] = {}

    def write(self, node: Node) -> None:
        """Write a node whose inputs are written."""
        names = [self._names[part] for part in node.inputs]
        self._names[node] = self._rule(node.operation)(node, names)

    def store(self, results: Sequence[tuple[int, Node]], case: str) -> None:
        """Write results to their row."""
        for position, node in results:
            start = self.to.put(f"mul i64 %m, {position}")
            place = self._place("%out", self.to.put(f"add i64 {start}, {case}"))
            self.to.text.append(f"  store {REAL} {self._names[node]}, ptr {place}, align 8")

    def _place(self, array: str, line: str) -> str:
        """Return the address of the row in some line of an array."""
        start = self.to.put(f"mul i64 %n, {line}")
        index = self.to.put(f"add i64 {start}, %row")
        return self.to.put(f"getelementptr double, ptr {array}, i64 {index}")

    def _rule(self, operation: str) -> _Rule:
        if operation in _ARITHMETIC:
            return self._arithmetic
        if operation in _COMPARISONS:
            return self._comparison
        if operation in NAMES:
            return lambda node, names: self.to.call(operation, *names)
        if operation in _DIRECT:
            return self._direct
        if operation in LOGIC:
            word = operation.removeprefix("bitwise_")
            return lambda node, names: self.to.put(f"{word} {TRUTH} {', '.join(names)}")
        if operation in ("maximum", "minimum"):
            return self._extreme
        rule: _Rule = self._rules[operation].__get__(self)
        return rule

    def _constant(self, node: Node, names: list[str]) -> str:
        if node.kind == "f":
            return real(node.detail)
        word = str(node.detail).lower()  # true or false
        return whole(node.detail) if node.kind == "i" else f"splat (i1 {word})"

    def _input(self, node: Node, names: list[str]) -> str:
        if node.detail in self._designs:
            place = self._place("%designs", str(self._designs.index(node.detail)))
            return self.to.put(f"load {REAL}, ptr {place}, align 8")
        start = self.to.put(f"mul i64 %m, {self._cases.index(node.detail)}")
        index = self.to.put(f"add i64 {start}, %case")
        place = self.to.put(f"getelementptr double, ptr %cases, i64 {index}")
        number = self.to.put(f"load double, ptr {place}")
        first = self.to.put(f"insertelement {REAL} poison, double {number}, i32 0")
        return self.to.put(f"shufflevector {REAL} {first}, {REAL} poison, {WHOLE} zeroinitializer")

    def _arithmetic(self, node: Node, names: list[str]) -> str:
        word = _ARITHMETIC[node.operation]
        if node.kind == "f":
            return self.to.arithmetic(f"f{word}", *names)
        return self.to.put(f"{word} {WHOLE} {', '.join(names)}")

    def _comparison(self, node: Node, names: list[str]) -> str:
        of_reals, of_whole = _COMPARISONS[node.operation]
        if node.inputs[0].kind == "f":
            return self.to.compare(of_reals, *names)
        return self.to.put(f"icmp {of_whole} {WHOLE} {', '.join(names)}")

    def _direct(self, node: Node, names: list[str]) -> str:
        if node.kind == "i":
            return self.to.put(f"call {WHOLE} @llvm.abs.v{WIDTH}i32({WHOLE} {names[0]}, i1 false)")
        return self.to.intrinsic(_DIRECT[node.operation], *names)

    def _extreme(self, node: Node, names: list[str]) -> str:
        a, b = names
        if node.kind == "i":
            word = f"llvm.s{node.operation[:3]}.v{WIDTH}i32"
            return self.to.put(f"call {WHOLE} @{word}({WHOLE} {a}, {WHOLE} {b})")
        # As numpy: what is no number wins, on either side.
        first = "ugt" if node.operation == "maximum" else "ult"
        chosen = self.to.select(self.to.compare(first, a, b), a, b)
        if node.inputs[1].is_constant:
            return chosen
        return self.to.select(self.to.compare("uno", b, b), b, chosen)

    def _negative(self, node: Node, names: list[str]) -> str:
        if node.kind == "f":
            return self.to.negative(names[0])
        return self.to.put(f"sub {WHOLE} {whole(0)}, {names[0]}")

    def _invert(self, node: Node, names: list[str]) -> str:
        return self.to.put(f"xor {TRUTH} {names[0]}, splat (i1 true)")

    def _isnan(self, node: Node, names: list[str]) -> str:
        return self.to.compare("uno", names[0], names[0])

    def _where(self, node: Node, names: list[str]) -> str:
        return self.to.select(names[0], names[1], names[2], _KINDS[node.kind])

    def _cast(self, node: Node, names: list[str]) -> str:
        before, (a,) = node.inputs[0].kind, names
        if node.kind == "b":
            if before == "f":
                return self.to.compare("une", a, real(0.0))
            return self.to.put(f"icmp ne {WHOLE} {a}, {whole(0)}")
        if before == "b":
            one, none = (real(1.0), real(0.0)) if node.kind == "f" else (whole(1), whole(0))
            return self.to.select(a, one, none, _KINDS[node.kind])
        return (
            self.to.whole(a) if node.kind == "i" else self.to.put(f"sitofp {WHOLE} {a} to {REAL}")
        )

    def _look_up(self, node: Node, names: list[str]) -> str:
        table, offset = node.detail
        start = self.to.put(f"getelementptr double, ptr %table{table}, i64 {offset}")
        places = self.to.put(f"getelementptr double, ptr {start}, {WHOLE} {names[0]}")
        all_of_them = f"{TRUTH} splat (i1 true), {REAL} poison"
        return self.to.put(
            f"call {REAL} @{_GATHER}(<{WIDTH} x ptr> {places}, i32 8, {all_of_them})"
        )

    _rules: Mapping[str, Any] = {
        "constant": _constant,
        "input": _input,
        "negative": _negative,
        "invert": _invert,
        "isnan": _isnan,
        "where": _where,
        "cast": _cast,
        "look up": _look_up,
    }
