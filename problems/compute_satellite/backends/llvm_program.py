"""The chain as a program of LLVM: recorded once, compiled in about a second, with derivatives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from problems.compute_satellite.backends.graph import Graph, Node
from problems.compute_satellite.backends.llvm import Kernel, require_llvm
from problems.compute_satellite.backends.program import (
    CROSSED,
    Program,
    cores,
    parts_of,
    spread,
    stored_tables,
    with_tables,
)
from problems.compute_satellite.backends.recorded import ENGINE, Recorded, node_of, recorded
from problems.compute_satellite.backends.substitution import substituted
from problems.compute_satellite.backends.tangents import tangents
from problems.compute_satellite.pairs import PairedNumbers
from problems.units import FloatArray

#: Designs times cases for which another core is worth its while.
_ENOUGH = 512
_NO_CASE = np.empty((0, 1))


class LlvmProgram(Program):
    """The chain on LLVM, as of :class:`~problems.compute_satellite.backends.program.Program`."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        require_llvm()
        self._kernels: dict[tuple[str, ...], Kernel] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is compiled: a copy compiles for itself."""
        return {**vars(self), "_kernels": {}, "_lock": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def evaluate(self, x: FloatArray) -> FloatArray:
        """Return ``(k, n)`` outputs of canonical designs."""
        return self.pair(x, {})

    pairs_up = True

    def pair(self, x: FloatArray, futures: Mapping[str, FloatArray]) -> FloatArray:
        """Return ``(k, n)`` outputs of designs, each under its own ``(n,)`` values of futures."""
        free = self._space.free
        kernel = self._kernel(("pairs", *futures), lambda: self._results(free, [*futures], ()))
        columns = x.T[list(free)]
        if futures:
            columns = np.concatenate((columns, [*futures.values()]))
        return _run(kernel, columns, _NO_CASE)[:, 0]

    def cross(self, x: FloatArray, futures: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return outputs of every design under every ``(m, 1)`` future."""
        free = self._space.free
        kernel = self._kernel(("futures", *futures), lambda: self._results(free, (), [*futures]))
        cases = np.array([column[:, 0] for column in futures.values()])
        return dict(zip(self.outputs, _run(kernel, x.T[list(free)], cases), strict=True))

    differentiates = True

    def slopes(self, x: FloatArray) -> FloatArray:
        """Return ``(n, k, n_var)`` derivatives of the outputs by variables, no number but of reals.

        Those that a search holds are among them: only choices and whole numbers must be held.
        """
        real = [i for i, v in enumerate(self._space.variables) if v.kind == "real"]
        inputs = sorted({*real, *self._space.free})
        kernel = self._kernel(("slopes",), lambda: self._slopes(inputs, real))
        slopes = np.full((len(x), len(self.outputs), len(self._space)), np.nan)
        slopes[:, :, real] = _run(kernel, x.T[inputs], np.eye(len(real))).transpose(2, 0, 1)
        return slopes

    def _kernel(self, key: tuple[str, ...], make: Callable[[], Kernel]) -> Kernel:
        """Return a compiled kernel, made when first asked for."""
        with self._lock:
            if key not in self._kernels:
                self._kernels[key] = make()
            return self._kernels[key]

    def _results(
        self, inputs: Sequence[int], pairs: Sequence[str], futures: Sequence[str]
    ) -> Kernel:
        """Return the outputs, under assumptions of each design and under futures of all."""
        graph, results = self._record(inputs, (*pairs, *futures))
        return Kernel(graph, results, (*inputs, *pairs), futures)

    def _slopes(self, inputs: Sequence[int], real: Sequence[int]) -> Kernel:
        """Return the derivatives of the outputs along directions of some variables."""
        graph, results = self._record(inputs, ())
        along = [("along", i) for i in real]
        seeds = {
            graph.node("input", (), "f", i): graph.node("input", (), "f", direction)
            for i, direction in zip(real, along, strict=True)
        }
        return Kernel(graph, tangents(graph, results, seeds), inputs, along)

    def _record(self, inputs: Sequence[int], futures: Sequence[str]) -> tuple[Graph, list[Node]]:
        """Return the outputs of a design, of which some variables are not held."""
        graph = Graph()
        tables = {
            part: {field: Recorded(graph, values) for field, values in arrays.items()}
            for part, arrays in stored_tables(self._environment).items()
        }
        columns = self._columns({self._space.names[i]: recorded(graph, i) for i in inputs})
        moved: dict[str, Any] = {key: recorded(graph, key) for key in futures}
        numbers = PairedNumbers(self._model, moved) if moved else self._model
        environment = with_tables(self._environment, tables)
        with substituted(ENGINE), np.errstate(all="ignore"):
            out = self._chain(numbers, columns, environment, self.outputs)
        return graph, [node_of(graph, out[name]) for name in self.outputs]


def _run(kernel: Kernel, columns: FloatArray, cases: FloatArray) -> FloatArray:
    """Return ``(k, m, n)`` results of ``(inputs, n)`` designs in cases, computed in parts."""
    n, m = columns.shape[1], cases.shape[1]
    shared = -(-n // cores()) if n * m >= 2 * _ENOUGH else n
    parts = list(parts_of(n, max(min(shared, CROSSED // m), 1)))
    if len(parts) == 1:
        return kernel(columns, cases)
    out: FloatArray = np.empty((kernel.count, m, n))

    def run(part: slice) -> None:
        out[..., part] = kernel(columns[:, part], cases)

    spread(run, parts)
    return out
