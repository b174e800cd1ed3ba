"""The designs of a study as a search, so that a run folder tells of them as of any other."""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.config.run_config import RunConfig
from optimize.engine.indicators import complete_objectives
from optimize.engine.search import Search
from optimize.evaluation.guard import guarded
from optimize.evaluation.remembered import Answer, Remembered
from optimize.evaluation.rows import distinct_rows
from optimize.evaluation.tables import Layout
from optimize.run.workers import ledger as keys
from optimize.run.workers.ledger import Books, answer_of, failure_of
from optimize.run.workers.trials import Designs
from problems.space import constraint_matrix
from problems.spec import Objective
from problems.units import FloatArray


@dataclass
class _Told:
    """A search that hands out, part by part, designs that are known already."""

    parts: list[FloatArray]

    def ask(self) -> FloatArray:
        return self.parts.pop(0)

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        return None

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        return None


class Replayed(Search):
    """A search over again; its time is that in which any worker was at work."""

    elapsed_s = 0.0

    @property
    def seconds(self) -> float:
        """Seconds in which designs were evaluated, pauses between two parts of a run left out."""
        return self.elapsed_s


def replayed(config: RunConfig, layout: Layout, undeclared: set[str], books: Books) -> Search:
    """Return a search that found what the study holds, in the order of its places.

    Parameters
    ----------
    config, layout
        Of the run.
    undeclared
        Objectives whose scale is taken from the designs found.
    books
        Of the study.
    """
    x, answers = _found(layout, books)
    model = Remembered(guarded(layout.problem, config.evaluation), x, answers)
    layout = layout.seen_through(model)
    layout = _measured(layout, undeclared, x)
    search = Replayed(config, layout)
    search.elapsed_s = _busy_s(books)
    told = _Told(_parts(x, answers, config.algorithm.population))
    search.algorithm = told
    while told.parts:
        search.step()
    return search


def _busy_s(books: Books) -> float:
    """Return the time in which at least one of the settling trials was at work."""
    spans = [(t.datetime_start, t.datetime_complete) for t in books.settled]
    total, end = 0.0, 0.0
    for start, finish in sorted((a.timestamp(), b.timestamp()) for a, b in spans if a and b):
        total += max(0.0, finish - max(start, end))
        end = max(end, finish)
    return total


def _found(layout: Layout, books: Books) -> tuple[FloatArray, list[Answer]]:
    """Return every distinct design settled, with its outputs or the reason why it has none."""
    problem, space = layout.problem, layout.space
    designs = Designs(space, lambda x: problem.canonical(x, space))
    trials = [trial for trial in books.settled if keys.DESIGN in trial.user_attrs]
    if not trials:
        return np.empty((0, len(space))), []
    rows = np.concatenate([designs.row(trial.params) for trial in trials])
    answers = [answer_of(trial) or failure_of(trial) for trial in trials]
    first = distinct_rows(rows)
    return rows[first], [answers[i] for i in first.tolist()]


def _measured(layout: Layout, undeclared: set[str], x: FloatArray) -> Layout:
    """Return the layout with a scale for every objective; the designs found show those missing."""
    if not undeclared:
        return layout
    bare = [
        dataclasses.replace(o, ideal=math.nan, reference=math.nan) if o.output in undeclared else o
        for o in layout.objectives
    ]
    outputs = layout.problem.evaluate(x, layout.searched)
    g = constraint_matrix(outputs, layout.constraints)
    worst = np.nan_to_num(g, nan=np.inf).max(axis=1) if g.shape[1] else np.zeros(len(x))
    objectives: tuple[Objective, ...] = complete_objectives(bare, outputs, worst)
    return Layout(layout.problem, layout.space, objectives, layout.constraints)


def _parts(x: FloatArray, answers: list[Answer], size: int) -> list[FloatArray]:
    """Cut the designs into generations; the first holds one that did not fail, if any does."""
    worked = [i for i, answer in enumerate(answers) if not isinstance(answer, str)]
    first = max(size, worked[0] + 1 if worked else len(x))
    cuts = [0, *range(first, len(x), size), len(x)]
    return [x[a:b] for a, b in itertools.pairwise(cuts) if b > a]
