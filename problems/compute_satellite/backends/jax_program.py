"""The chain compiled by JAX for the outputs of a search, evaluated in blocks of one size.

Every block has as many rows as the program was compiled for, filled up with copies of the last
one: so it is compiled once, and what a design gets does not depend on its neighbours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from problems.compute_satellite.backends import jax_arrays
from problems.compute_satellite.backends.program import (
    CROSSED,
    Program,
    parts_of,
    spread,
    stored_tables,
    with_tables,
)
from problems.compute_satellite.backends.substitution import substituted
from problems.compute_satellite.pairs import PairedNumbers
from problems.units import FloatArray

#: Rows of a block, and of one for batches that are no larger than that.
BLOCK, FEW = 512, 128


class JaxProgram(Program):
    """The chain on JAX, as of :class:`~problems.compute_satellite.backends.program.Program`.

    The tables are handed to the device once.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        jax_arrays.require_jax()
        self._rows = FEW if self._batch <= FEW else BLOCK
        self._tables = stored_tables(self._environment)
        self._device_tables: Any = None
        self._compiled: dict[tuple[Any, ...], Any] = {}
        self._lock = threading.Lock()

    def evaluate(self, x: FloatArray) -> FloatArray:
        """Return ``(k, n)`` outputs of canonical designs."""
        n, rows = len(x), self._rows
        out = np.empty((len(self.outputs), n))
        call = self._call(rows, {})

        def run(part: slice) -> None:
            out[:, part] = call(_filled(x[part].T, rows), {})[:, : part.stop - part.start]

        spread(run, parts_of(n, rows))
        return out

    def cross(self, x: FloatArray, futures: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return outputs of every design under every ``(m, 1)`` future; they broadcast to (m, n).

        An output that no future moves has a single row.
        """
        n, m = len(x), len(next(iter(futures.values())))
        rows = max(1, CROSSED // m)
        call = self._call(rows, futures)
        parts = list(parts_of(n, rows))
        blocks: list[Any] = [None] * len(parts)

        def run(at: int) -> None:
            blocks[at] = call(_filled(x[parts[at]].T, rows), futures)

        spread(run, range(len(parts)))
        joined = (
            np.concatenate([_row_shaped(block[k], rows) for block in blocks], axis=-1)[..., :n]
            for k in range(len(self.outputs))
        )
        return dict(zip(self.outputs, joined, strict=True))

    def _call(
        self, rows: int, futures: Mapping[str, FloatArray]
    ) -> Callable[[FloatArray, Mapping[str, FloatArray]], Any]:
        """Return the compiled chain for blocks of some rows, compiled when first asked for."""
        shapes = {name: column.shape for name, column in futures.items()}
        key = (rows, tuple(shapes.items()))
        with self._lock:
            if key not in self._compiled:
                self._compiled[key] = self._compile(rows, shapes)
        compiled = self._compiled[key]

        def call(columns: FloatArray, futures: Mapping[str, FloatArray]) -> Any:
            with jax_arrays.session():
                out = compiled(self._on_device(), columns, dict(futures))
                return [np.asarray(a) for a in out] if futures else np.asarray(out)

        return call

    def _on_device(self) -> Any:
        """Return the tables where the programs run."""
        if self._device_tables is None:
            import jax

            self._device_tables = jax.device_put(self._tables)
        return self._device_tables

    def _compile(self, rows: int, shapes: Mapping[str, tuple[int, ...]]) -> Any:
        import jax
        import jax.numpy as jnp

        names, held = self._space.names, set(self._held)

        def traced(tables: Any, columns: Any, futures: Mapping[str, Any]) -> Any:
            numbers = PairedNumbers(self._model, futures) if futures else self._model
            environment = with_tables(self._environment, tables)
            free = {name: columns[i] for i, name in enumerate(names) if i not in held}
            out = self._chain(numbers, self._columns(free), environment, self.outputs)
            values = [jnp.asarray(out[name], dtype=jnp.float64) for name in self.outputs]
            return values if futures else jnp.stack([jnp.broadcast_to(v, (rows,)) for v in values])

        spec = jax.ShapeDtypeStruct
        with jax_arrays.session(), jax_arrays.disk_cache():
            columns = spec((len(self._space), rows), np.float64)
            futures = {key: spec(shape, np.float64) for key, shape in shapes.items()}
            with substituted(jax_arrays.engine()):
                lowered = jax.jit(traced).lower(self._on_device(), columns, futures)
            return lowered.compile()


def _filled(columns: FloatArray, rows: int) -> FloatArray:
    """Return ``(d, n)`` columns with the last design repeated up to a number of rows."""
    count = columns.shape[1]
    if count == rows:
        return np.ascontiguousarray(columns)
    filled = np.empty((len(columns), rows))
    filled[:, :count], filled[:, count:] = columns, columns[:, -1:]
    return filled


def _row_shaped(values: FloatArray, rows: int) -> FloatArray:
    """Return outputs of a block as ``(m or 1, rows)``."""
    wide = np.atleast_2d(values)
    return np.broadcast_to(wide, (len(wide), rows))
