"""A pymoo population held by columns, and the evaluator that fills it at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pymoo.core.evaluator import Evaluator
from pymoo.core.individual import Individual
from pymoo.core.population import Population
from pymoo.core.problem import Problem

from problems.units import FloatArray

#: What a problem returns: objectives, inequalities and equalities.
VALUES = ("F", "G", "H")
_EQUALITY_TOLERANCE = 1e-4  # pymoo's own: ``default_config()["cv_eq"]["eps"]``


class Columns:
    """A population held by columns, with the reading interface of pymoo's ``Population``.

    An ``Individual`` taken out of it is a copy: changing it changes nothing here.
    """

    def __init__(self, size: int, **columns: Any) -> None:
        self._size = size
        self._columns: dict[str, Any] = columns
        self._objects: Population | None = None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Individual]:
        return (self[i] for i in range(self._size))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (int, np.integer)):
            position = range(self._size)[key]
            return self._individual(position)
        picked = {name: column[key] for name, column in self._columns.items()}
        return Columns(len(np.arange(self._size)[key]), **picked)

    def has(self, name: str) -> bool:
        """Return whether there is such a column."""
        return name in self._columns or name in ("CV", "cv", "FEAS", "feas")

    def set(self, *pairs: Any, **columns: Any) -> Columns:
        """Set columns, given as ``name, values`` pairs or keywords; a single value is repeated."""
        for name, values in {**dict(zip(pairs[::2], pairs[1::2], strict=True)), **columns}.items():
            self._objects = None
            single = np.ndim(values) == 0
            if not single and len(values) != self._size:
                raise ValueError(f"{len(values)} values of {name} for {self._size} designs")
            self._columns[name] = np.full(self._size, values) if single else values
        return self

    def get(self, *names: str, to_numpy: bool = True) -> Any:
        """Return one column, or a tuple of several."""
        columns = [self._column(name) for name in names]
        if not to_numpy:
            columns = [list(column) for column in columns]
        return columns[0] if len(columns) == 1 else tuple(columns)

    def _column(self, name: str) -> Any:
        if name in self._columns:
            return self._columns[name]
        if name in VALUES:
            return np.empty((self._size, 0))
        if name in ("CV", "cv", "FEAS", "feas"):
            total = violations(self._column("G"), self._column("H")).sum(axis=1)
            values = total <= 0.0 if name.lower() == "feas" else total
            return values[:, None] if name.isupper() else values
        raise KeyError(name)

    def _individual(self, position: int) -> Individual:
        attributes = {name: column[position] for name, column in self._columns.items()}
        individual = Individual(**attributes)
        individual.evaluated.update(name for name in VALUES if name in attributes)
        return individual

    def population(self) -> Population:
        """Return the designs as pymoo's own kind of population, one object each."""
        if self._objects is None:
            self._objects = Population.create(*self)
        return self._objects


def violations(g: FloatArray, h: FloatArray) -> FloatArray:
    """Return every violation of inequalities (at most 0) and equalities (0 within 1e-4).

    Examples
    --------
    >>> violations(np.array([[1.0, -1.0]]), np.array([[0.0]])).tolist()
    [[1.0, 0.0, 0.0]]
    """
    equal = np.abs(h) - _EQUALITY_TOLERANCE
    return np.asarray(np.maximum(np.concatenate((g, equal), axis=1), 0.0))


class ColumnEvaluator(Evaluator):  # type: ignore[misc]  # pymoo is untyped
    """Evaluates columns at once; anything else as pymoo does."""

    def eval(self, problem: Problem, pop: Any, *args: Any, **kwargs: Any) -> Any:
        """Evaluate ``pop`` and count it."""
        if not isinstance(pop, Columns):
            return super().eval(problem, pop, *args, **kwargs)
        out = problem.evaluate(
            pop.get("X"),
            return_values_of=list(self.evaluate_values_of),
            return_as_dictionary=True,
            algorithm=kwargs.get("algorithm"),
        )
        pop.set(**{name: values for name, values in out.items() if values is not None})
        self.n_eval += len(pop)
        if self.callback:
            self.callback(pop)
        return pop
