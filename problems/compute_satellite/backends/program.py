"""The chain compiled by JAX for the outputs of a search, evaluated in blocks of one size.

A program is compiled for named outputs, for variables that a search holds, and for assumptions
that futures move; whatever else is asked goes to numpy. Every block has as many rows as the program
was compiled for, filled up with copies of the last one: so it is compiled once, and what a design
gets does not depend on its neighbours. Blocks are spread over the cores.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from problems.compute_satellite.backends import jax_arrays
from problems.compute_satellite.backends.substitution import substituted
from problems.compute_satellite.in_force import NumbersInForce
from problems.compute_satellite.pairs import PairedNumbers
from problems.compute_satellite.state import Environment
from problems.space import DesignSpace
from problems.units import FloatArray

#: Rows of a block, and of one for batches that are no larger than that.
BLOCK, FEW = 512, 128
#: Designs times futures of a block, where every design meets every future.
CROSSED = 16_384

Columns = Mapping[str, Any]
#: Runs the chain on ``(n,)`` columns in an environment, for the named outputs.
Chain = Callable[[NumbersInForce, Columns, Environment, Sequence[str]], Mapping[str, Any]]


class Program:
    """The chain for some outputs of designs in which some variables are held.

    Parameters
    ----------
    chain
        What is compiled.
    model
        Numbers in force; futures move some of them.
    space
        Variables as a search sees them: those that are fixed there are held.
    environment
        Tables; they are handed to the device once.
    outputs
        What is computed.
    batch
        Designs that are usually asked for at a time.

    Raises
    ------
    SpecError
        Where JAX or the chosen device is missing.
    """

    def __init__(
        self,
        chain: Chain,
        model: NumbersInForce,
        space: DesignSpace,
        environment: Environment,
        outputs: Sequence[str],
        *,
        batch: int,
    ) -> None:
        jax_arrays.require_jax()
        self.outputs = tuple(outputs)
        self.computed = frozenset(outputs)
        self._rows = FEW if batch <= FEW else BLOCK
        self._chain, self._model = chain, model
        self._space, self._environment = space, environment
        self._held = [i for i in range(len(space)) if i not in space.free]
        self._tables = _stored(environment)
        self._device_tables: Any = None
        self._compiled: dict[tuple[Any, ...], Any] = {}
        self._lock = threading.Lock()

    def covers(self, x: FloatArray) -> bool:
        """Return whether canonical designs have held variables where they are held."""
        values = self._space.defaults[self._held, None]
        return bool((x.T[self._held] == values).all())

    def evaluate(self, x: FloatArray) -> FloatArray:
        """Return ``(k, n)`` outputs of canonical designs."""
        n, rows = len(x), self._rows
        out = np.empty((len(self.outputs), n))
        call = self._call(rows, {})

        def run(part: slice) -> None:
            count = min(part.stop, n) - part.start
            out[:, part] = call(_filled(x[part].T, rows), {})[:, :count]

        _spread(run, _parts(n, rows))
        return out

    def cross(self, x: FloatArray, futures: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return outputs of every design under every ``(m, 1)`` future; they broadcast to (m, n).

        An output that no future moves has a single row.
        """
        n, m = len(x), len(next(iter(futures.values())))
        rows = max(1, CROSSED // m)
        call = self._call(rows, futures)
        parts = list(_parts(n, rows))
        blocks: list[Any] = [None] * len(parts)

        def run(at: int) -> None:
            blocks[at] = call(_filled(x[parts[at]].T, rows), futures)

        _spread(run, range(len(parts)))
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

        def traced(tables: Any, columns: Any, futures: Mapping[str, Any]) -> Any:
            numbers = PairedNumbers(self._model, futures) if futures else self._model
            environment = _with_tables(self._environment, tables)
            out = self._chain(numbers, self._columns(columns), environment, self.outputs)
            values = [jnp.asarray(out[name], dtype=jnp.float64) for name in self.outputs]
            return values if futures else jnp.stack([jnp.broadcast_to(v, (rows,)) for v in values])

        spec = jax.ShapeDtypeStruct
        with jax_arrays.session(), jax_arrays.disk_cache():
            columns = spec((len(self._space), rows), np.float64)
            futures = {key: spec(shape, np.float64) for key, shape in shapes.items()}
            with substituted(jax_arrays.engine()):
                lowered = jax.jit(traced).lower(self._on_device(), columns, futures)
            return lowered.compile()

    def _columns(self, columns: Any) -> dict[str, Any]:
        """Return the designs by variable: numbers where held, so that nothing is asked of them."""
        held = set(self._held)
        return {
            name: np.asarray(self._space.defaults[i]) if i in held else columns[i]
            for i, name in enumerate(self._space.names)
        }


def _stored(environment: Environment) -> dict[str, dict[str, FloatArray]]:
    """Return the arrays of the tables, by table and field."""
    return {
        part: {
            field.name: value
            for field in dataclasses.fields(getattr(environment, part))
            if isinstance(value := getattr(getattr(environment, part), field.name), np.ndarray)
        }
        for part in ("orbit", "radiation", "cells")
    }


def _with_tables(environment: Environment, tables: Mapping[str, Mapping[str, Any]]) -> Environment:
    """Return the environment with other arrays in its tables."""
    parts: dict[str, Any] = {
        part: dataclasses.replace(getattr(environment, part), **arrays)
        for part, arrays in tables.items()
    }
    return dataclasses.replace(environment, **parts)


def _parts(n: int, rows: int) -> Iterator[slice]:
    return (slice(start, start + rows) for start in range(0, n, rows))


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


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="heliofront-model")


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spread(run: Callable[[Any], None], work: Any) -> None:
    """Do pieces of work side by side, a single one here."""
    pieces = list(work)
    if len(pieces) == 1 or cores() == 1:
        for piece in pieces:
            run(piece)
        return
    list(_workers().map(run, pieces))
