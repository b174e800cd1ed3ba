"""The chain compiled for the outputs of a search, and what its engines share.

A program is compiled for named outputs, for variables that a search holds, and for assumptions
that futures move; whatever else is asked goes to numpy. Batches are spread over the cores.
"""

from __future__ import annotations

import dataclasses
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from problems.compute_satellite.in_force import NumbersInForce
from problems.compute_satellite.state import Environment
from problems.space import DesignSpace
from problems.units import FloatArray

#: Designs times futures of a block, where every design meets every future.
CROSSED = 16_384

Columns = Mapping[str, Any]
#: Runs the chain on ``(n,)`` columns in an environment, for the named outputs.
Chain = Callable[[NumbersInForce, Columns, Environment, Sequence[str]], Mapping[str, Any]]


class Program(ABC):
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
        Tables.
    outputs
        What is computed.
    batch
        Designs that are usually asked for at a time.

    Raises
    ------
    SpecError
        Where the engine is missing.
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
        self.outputs = tuple(outputs)
        self.computed = frozenset(outputs)
        self._batch = batch
        self._chain, self._model = chain, model
        self._space, self._environment = space, environment
        self._held = [i for i in range(len(space)) if i not in space.free]

    def covers(self, x: FloatArray) -> bool:
        """Return whether canonical designs have held variables where they are held."""
        values = self._space.defaults[self._held, None]
        return bool((x.T[self._held] == values).all())

    def answers(self, x: FloatArray, outputs: Sequence[str]) -> bool:
        """Return whether it computes some outputs of canonical designs."""
        return self.computed.issuperset(outputs) and self.covers(x)

    #: Whether it has :meth:`slopes` and :meth:`pair`; of an engine without, nobody asks for them.
    differentiates = pairs_up = False

    def slopes(self, x: FloatArray) -> FloatArray:
        """Return ``(n, k, n_var)`` derivatives of the outputs by variables at canonical designs."""
        raise NotImplementedError

    def pair(self, x: FloatArray, futures: Mapping[str, FloatArray]) -> FloatArray:
        """Return ``(k, n)`` outputs of designs, each under its own ``(n,)`` values of futures."""
        raise NotImplementedError

    @abstractmethod
    def evaluate(self, x: FloatArray) -> FloatArray:
        """Return ``(k, n)`` outputs of canonical designs."""

    @abstractmethod
    def cross(self, x: FloatArray, futures: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return outputs of every design under every ``(m, 1)`` future; they broadcast to (m, n).

        An output that no future moves may have a single row.
        """

    def _columns(self, free: Mapping[str, Any]) -> dict[str, Any]:
        """Return the designs by variable: numbers where held, so that nothing is asked of them."""
        return {
            name: free.get(name, np.asarray(self._space.defaults[i]))
            for i, name in enumerate(self._space.names)
        }


def stored_tables(environment: Environment) -> dict[str, dict[str, FloatArray]]:
    """Return the arrays of the tables, by table and field."""
    return {
        part: {
            field.name: value
            for field in dataclasses.fields(getattr(environment, part))
            if isinstance(value := getattr(getattr(environment, part), field.name), np.ndarray)
        }
        for part in ("orbit", "radiation", "cells")
    }


def with_tables(environment: Environment, tables: Mapping[str, Mapping[str, Any]]) -> Environment:
    """Return the environment with other arrays in its tables."""
    parts: dict[str, Any] = {
        part: dataclasses.replace(getattr(environment, part), **arrays)
        for part, arrays in tables.items()
    }
    return dataclasses.replace(environment, **parts)


def parts_of(n: int, rows: int) -> Iterator[slice]:
    """Yield slices of so many rows, the last one shorter."""
    return (slice(start, min(start + rows, n)) for start in range(0, n, rows))


def spread(run: Callable[[Any], None], work: Any) -> None:
    """Do pieces of work side by side, a single one here."""
    pieces = list(work)
    if len(pieces) == 1 or cores() == 1:
        for piece in pieces:
            run(piece)
        return
    list(_workers().map(run, pieces))


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="heliofront-model")


# A child of this process has none of its threads, and would wait for them for ever.
os.register_at_fork(after_in_child=_workers.cache_clear)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
