"""Designs crossed with futures, in blocks of bounded memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from problems import differences
from problems.parameters.uncertain import Marginal
from problems.space import Problem
from problems.spec import SpecError, listed, unknown
from problems.units import FloatArray, IntArray

#: Designs times futures evaluated at a time: some hundred columns of them stay below 100 MB.
ELEMENTS = 32_768

ModelT = TypeVar("ModelT")
Columns = Mapping[str, FloatArray]


class UnderFutures(Protocol):
    """A problem under given futures: what a search for robust designs needs."""

    count: int

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return outputs (all, or those named) as ``(m, n)`` columns."""
        ...

    def blocks(
        self, x: FloatArray, names: Sequence[str]
    ) -> Iterator[tuple[slice, dict[str, FloatArray]]]:
        """Yield every future of some designs at a time: their rows and ``(m, rows)`` outputs."""
        ...


class Crossing(Generic[ModelT]):
    """A model whose numbers in force are ``(m, 1)`` columns, evaluated for designs in a row.

    Parameters
    ----------
    columns
        ``(m, 1)`` values by assumption key; none: one future, the nominal one.
    build
        Makes a model with some rows of ``columns`` in force; called once per block of futures.
    run
        Evaluates canonical design rows: the named outputs, which broadcast to ``(m, n)``.
    prepare
        Turns designs into canonical rows.
    wanted
        Checks names of outputs; every output for None.
    """

    def __init__(
        self,
        columns: Columns,
        *,
        build: Callable[[Columns], ModelT],
        run: Callable[[ModelT, FloatArray, Sequence[str]], Mapping[str, FloatArray]],
        prepare: Callable[[ArrayLike | Mapping[str, ArrayLike]], FloatArray],
        wanted: Callable[[Sequence[str] | None], Sequence[str]],
    ) -> None:
        self.count = len(next(iter(columns.values()))) if columns else 1
        self._parts = [
            slice(start, min(start + ELEMENTS, self.count))
            for start in range(0, self.count, ELEMENTS)
        ]
        self._models = [
            build({key: column[part] for key, column in columns.items()}) for part in self._parts
        ]
        self._run, self._prepare, self._wanted = run, prepare, wanted

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Evaluate designs under every future.

        Returns
        -------
        dict of str to ndarray
            ``(m, n)`` columns by output name.

        Raises
        ------
        SpecError
            For an unknown variable, choice or output.
        """
        x, wanted = self._prepare(designs), self._wanted(names)
        table = np.empty((len(wanted), self.count, len(x)))
        for rows, block in self._blocks(x, wanted):
            for row, name in enumerate(wanted):
                table[row, :, rows] = block[name]
        return dict(zip(wanted, table, strict=True))

    def blocks(
        self, x: FloatArray, names: Sequence[str]
    ) -> Iterator[tuple[slice, dict[str, FloatArray]]]:
        """Yield every future of some designs at a time: their rows and ``(m, rows)`` outputs.

        An output that no future moves is a read-only view of one row, with a stride of 0.
        """
        return self._blocks(self._prepare(x), self._wanted(names))

    def _blocks(
        self, x: FloatArray, wanted: Sequence[str]
    ) -> Iterator[tuple[slice, dict[str, FloatArray]]]:
        step = max(1, ELEMENTS // self.count)
        for start in range(0, len(x), step):
            rows = slice(start, min(start + step, len(x)))
            yield rows, self._block(x[rows], wanted)

    def _block(self, x: FloatArray, wanted: Sequence[str]) -> dict[str, FloatArray]:
        """Return the outputs of a few designs under every future."""
        shape = (self.count, len(x))
        if len(self._models) == 1:
            outputs = self._run(self._models[0], x, wanted)
            return {name: np.broadcast_to(outputs[name], shape) for name in wanted}
        table = np.empty((len(wanted), *shape))
        for part, model in zip(self._parts, self._models, strict=True):
            outputs = self._run(model, x, wanted)
            for row, name in enumerate(wanted):
                table[row, part] = outputs[name]
        return dict(zip(wanted, table, strict=True))


@runtime_checkable
class UncertainProblem(Problem, Protocol):
    """A problem whose assumptions can be other than they are."""

    @property
    def marginals(self) -> tuple[Marginal, ...]:
        """Every number in force that has a distribution."""
        return ()

    @abstractmethod
    def under(self, futures: Mapping[str, ArrayLike]) -> UnderFutures:
        """Return the problem under ``(m,)`` values by assumption key, the same m for every key."""

    def evaluate_futures(
        self,
        designs: ArrayLike | Mapping[str, ArrayLike],
        futures: Mapping[str, ArrayLike],
        names: Sequence[str] | None = None,
    ) -> dict[str, FloatArray]:
        """Return outputs of every design under every future as ``(m, n)`` columns.

        Raises
        ------
        SpecError
            For an unknown key, or values that are not ``(m,)`` for all.
        """
        return self.under(futures).evaluate(designs, names)

    def evaluate_pairs(
        self, x: FloatArray, futures: Mapping[str, FloatArray], names: Sequence[str]
    ) -> dict[str, FloatArray]:
        """Return outputs of design ``i`` under the ``i``-th value of every key, as ``(n,)``.

        Raises
        ------
        SpecError
            For values that are not ``(n,)``.
        """
        futures = paired(futures, len(x))
        if not futures:
            return self.evaluate(x, names)
        out = {name: np.empty(len(x)) for name in names}
        rows, case = np.unique(np.column_stack(list(futures.values())), axis=0, return_inverse=True)
        for which, values in enumerate(rows):
            own = np.flatnonzero(case.reshape(-1) == which)
            single = dict(zip(futures, values[:, None], strict=True))
            for name, column in self.evaluate_futures(x[own], single, names).items():
                out[name][own] = column[0]
        return out

    def pair_jacobian(
        self, x: FloatArray, futures: Mapping[str, FloatArray], outputs: Sequence[str]
    ) -> FloatArray:
        """Return the derivatives by variables of design ``i`` under the ``i``-th value of each key.

        As for :meth:`~problems.space.Problem.jacobian`.
        """
        futures = paired(futures, len(x))

        def evaluate(rows: FloatArray) -> FloatArray:
            own = {key: np.tile(values, len(rows) // len(x)) for key, values in futures.items()}
            columns = self.evaluate_pairs(rows, own, outputs)
            return np.array([columns[name] for name in outputs])

        lower, upper = self.space.lower, self.space.upper
        return differences.jacobian(
            evaluate, x, lower=lower, upper=upper, size=upper - lower, columns=self.space.real
        )

    def assumption_jacobian(
        self, designs: FloatArray, outputs: Sequence[str], names: Sequence[str]
    ) -> FloatArray:
        """Return the derivatives of outputs by assumptions, in their units, as ``(n, k, names)``.

        As for :meth:`~problems.space.Problem.jacobian`; assumptions have no bounds. Not a number
        for those that are a choice, and for those that have no number where one would matter.

        Raises
        ------
        SpecError
            For an assumption that is not in force, with the nearest one.
        """
        x = np.asarray(designs, dtype=np.float64)
        nominal = self._nominal(names)

        def evaluate(values: FloatArray) -> FloatArray:
            rows = np.tile(x, (len(values) // len(x), 1))
            columns = self.evaluate_pairs(rows, dict(zip(nominal, values.T, strict=True)), outputs)
            return np.array([columns[name] for name in outputs])

        values = np.array(list(nominal.values()))
        slopes = differences.jacobian(
            evaluate,
            np.tile(values, (len(x), 1)),
            lower=np.full(len(values), -np.inf),
            upper=np.full(len(values), np.inf),
            size=np.where(values == 0.0, 1.0, np.abs(values)),
            columns=np.arange(len(values)),
        )
        return slopes[:, :, positions(names, nominal)]

    def _nominal(self, names: Sequence[str]) -> dict[str, float]:
        """Return assumptions in force, each once, or refuse one that is not."""
        for key in listed(names):
            if key not in self.assumptions:
                raise SpecError(key, *unknown("unknown assumption", key, self.assumptions))
        return {key: self.assumptions[key] for key in names}


def positions(names: Sequence[str], among: Iterable[str]) -> IntArray:
    """Return where names stand among others, in their own order and as often as they come.

    Examples
    --------
    >>> positions(["b", "a", "b"], {"a": 1.0, "b": 2.0}).tolist()
    [1, 0, 1]
    """
    place = {key: at for at, key in enumerate(among)}
    return np.array([place[name] for name in names], dtype=np.intp)


def paired(futures: Mapping[str, ArrayLike], count: int) -> dict[str, FloatArray]:
    """Return values by key as columns, or refuse those that are not one for each design.

    Examples
    --------
    >>> paired({"cost.nre_usd": [2e8, 4e8]}, 2)["cost.nre_usd"].tolist()
    [200000000.0, 400000000.0]
    """
    columns = {key: np.asarray(values, dtype=np.float64) for key, values in futures.items()}
    for key, column in columns.items():
        if column.shape != (count,):
            text = f"expected ({count},) values, one for each design, got {column.shape}"
            raise SpecError(key, text)
    return columns
