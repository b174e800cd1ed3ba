"""The designs of a study as a search, so that its run folder is written like any other."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.config.run_config import RunConfig
from optimize.engine.scale import Scale
from optimize.engine.search import Search
from optimize.evaluation.guard import guarded
from optimize.evaluation.remembered import Answer, Remembered
from optimize.evaluation.rows import distinct_rows
from optimize.evaluation.tables import Layout
from optimize.run.workers import ledger as keys
from optimize.run.workers.ledger import TrialLedger, answer_of, failure_of
from optimize.run.workers.trials import Designs
from problems.space import constraint_matrix, objective_matrix
from problems.units import FloatArray


@dataclass
class _StoredDesigns:
    """An algorithm that asks, part by part, for designs that are evaluated already."""

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


def replayed(config: RunConfig, layout: Layout, ledger: TrialLedger) -> Search:
    """Return a search that found what the study holds, in the order of its places.

    Parameters
    ----------
    config, layout
        Of the run.
    ledger
        Of the study.
    """
    x, answers = _settled_designs(layout, ledger)
    model = Remembered(guarded(layout.problem, config.evaluation), x, answers)
    layout = layout.seen_through(model)
    scale = _scale(layout, x)
    search = Replayed(config, layout.measured_by(scale.objectives))
    search.scale = scale
    search.elapsed_s = _busy_s(ledger)
    algorithm = _StoredDesigns(_parts(x, answers, config.algorithm.population))
    search.algorithm = algorithm
    while algorithm.parts:
        search.step()
    return search


def _busy_s(ledger: TrialLedger) -> float:
    """Return the time in which at least one of the settling trials was at work."""
    spans = [(t.datetime_start, t.datetime_complete) for t in ledger.settled]
    total, end = 0.0, 0.0
    for start, finish in sorted((a.timestamp(), b.timestamp()) for a, b in spans if a and b):
        total += max(0.0, finish - max(start, end))
        end = max(end, finish)
    return total


def _settled_designs(layout: Layout, ledger: TrialLedger) -> tuple[FloatArray, list[Answer]]:
    """Return every distinct design settled, with its outputs or the reason why it has none."""
    problem, space = layout.problem, layout.space
    designs = Designs(space, lambda x: problem.canonical(x, space))
    trials = [trial for trial in ledger.settled if keys.DESIGN in trial.user_attrs]
    if not trials:
        return np.empty((0, len(space))), []
    rows = np.concatenate([designs.row(trial.params) for trial in trials])
    answers = [answer_of(trial) or failure_of(trial) for trial in trials]
    first = distinct_rows(rows)
    return rows[first], [answers[i] for i in first.tolist()]


def _scale(layout: Layout, x: FloatArray) -> Scale:
    """Return a box for every objective; all feasible designs found show those undeclared."""
    scale = Scale(layout.objectives)
    if not scale.is_known:
        outputs = layout.problem.evaluate(x, layout.searched)
        f = objective_matrix(outputs, layout.objectives)
        g = constraint_matrix(outputs, layout.constraints)
        scale.see(f[np.isfinite(f).all(axis=1) & (g <= 0.0).all(axis=1)])
        scale.conclude()
    return scale


def _parts(x: FloatArray, answers: list[Answer], size: int) -> list[FloatArray]:
    """Cut the designs into generations; the first holds one that did not fail, if any does."""
    worked = [i for i, answer in enumerate(answers) if not isinstance(answer, str)]
    first = max(size, worked[0] + 1 if worked else len(x))
    cuts = [0, *range(first, len(x), size), len(x)]
    return [x[a:b] for a, b in itertools.pairwise(cuts) if b > a]
