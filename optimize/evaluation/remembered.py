"""A problem with a cache: no design is evaluated twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from optimize.evaluation.guard import Attempt, Guarded
from optimize.evaluation.rows import row_hashes
from optimize.evaluation.tables import Layout
from problems.units import FloatArray

#: All outputs of one design, or why there are none.
Answer = Mapping[str, float] | str


class Remembered(Guarded):
    """A guarded problem with the answers of earlier evaluations.

    Parameters
    ----------
    guard
        Asked for designs whose answer is not known.
    x
        ``(n, n_var)`` canonical designs.
    answers
        One for each of them.
    """

    remembers = True

    def __init__(self, guard: Guarded, x: FloatArray, answers: Sequence[Answer]) -> None:
        super().__init__(guard.inner, guard.guard_setting)
        keys = row_hashes(x).tolist() if len(x) else []
        self._known: dict[int, Answer] = dict(zip(keys, answers, strict=True))

    def probe(self) -> None:
        """Do nothing: a design of this model takes minutes, and the first one shows as much."""

    def attempt(self, x: FloatArray, names: Sequence[str] | None) -> Attempt:
        """Return outputs from memory where possible; say which designs failed and why."""
        wanted = tuple(self.inner.outputs if names is None else names)
        outputs = {name: np.full(len(x), np.nan) for name in wanted}
        reasons: dict[int, str] = {}
        for row, key in enumerate(row_hashes(x).tolist() if len(x) else []):
            if key not in self._known:
                self._known[key] = self.answer(x[row : row + 1])
            answer = self._known[key]
            if isinstance(answer, str):
                reasons[row] = answer
                continue
            for name in wanted:
                outputs[name][row] = answer.get(name, np.nan)
        return Attempt(outputs, reasons, gave_up=False)

    def answer(self, x: FloatArray) -> Answer:
        """Ask the model itself for every output of one ``(1, n_var)`` design."""
        outputs = super().attempt(x, None)
        if outputs.reasons:
            return outputs.reasons[0]
        return {name: float(column[0]) for name, column in outputs.outputs.items()}


def knowing_front(guard: Guarded, layout: Layout, x: FloatArray, front: pd.DataFrame) -> Guarded:
    """Return a problem that answers for the designs of a stored front without being asked.

    Parameters
    ----------
    guard
        The problem of a run.
    layout
        Of its tables.
    x, front
        Design rows of the front and its table.
    """
    if guard.remembers:
        return guard
    columns = {name: layout.column(name) for name in guard.outputs}
    stored = front[[column for column in columns.values() if column in front]]
    answers = [
        {name: float(row[column]) for name, column in columns.items() if column in row}
        for row in stored.to_dict("records")
    ]
    return Remembered(guard, x, answers)
