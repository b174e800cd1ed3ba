"""One search in memory: ask, evaluate, screen, tell, and keep the books."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimize.algorithms import make_algorithm
from optimize.config import RunConfig
from optimize.indicators import Archive, archive_limit, hypervolume, normalised
from optimize.rows import HashSet, row_hashes
from optimize.stopping import Stopping
from optimize.tables import Layout
from problems.space import constraint_matrix, objective_matrix
from problems.units import BoolArray, FloatArray

_ENOUGH_TO_VARY = 20  # feasible designs from which an objective that never changed is suspect
_COSTLY_HYPERVOLUME = 6  # objectives from which hypervolume is taken every tenth generation only


class ModelError(Exception):
    """The problem broke its promise: a missing column, a wrong shape, or nothing finite."""

    exit_code = 1


class Search:
    """A search and everything it has found so far."""

    def __init__(self, config: RunConfig, layout: Layout) -> None:
        self.layout = layout
        self.setting = config.algorithm
        self.keep_evaluations = config.output.evaluations
        problem, space = layout.problem, layout.space
        self.algorithm = make_algorithm(
            space, lambda x: problem.canonical(x, space), config.algorithm
        )
        limit = archive_limit(self.setting.population, len(layout.objectives))
        self.archive = Archive(
            len(space), layout.objectives, limit, epsilon=self.setting.archive_epsilon
        )
        stop = self.setting.stop
        self.stopping = Stopping(stop, len(layout.objectives)) if stop is not None else None
        self.generation = 0
        self.evaluations = 0
        self.feasible = 0
        self.failed = 0
        self.distinct = 0
        self.exhausted = False
        self.best = np.full(len(layout.objectives), np.inf)
        self.worst = np.full(len(layout.objectives), -np.inf)
        self.history: list[list[float]] = []
        self._evaluated: list[tuple[FloatArray, dict[str, FloatArray]]] = []
        self._seen = HashSet()
        self._hypervolume = 0.0
        self._clock = time.perf_counter()

    @property
    def columns(self) -> list[str]:
        """Names of the history's columns."""
        best = [f"best.{objective.output}" for objective in self.layout.objectives]
        return [
            "generation", "evaluations", "hypervolume", "feasible_share", "front_size", "failed",
            *best, "seconds",
        ]  # fmt: skip

    @property
    def seconds(self) -> float:
        """Seconds spent, those before a resume included."""
        return time.perf_counter() - self._clock

    def step(self) -> bool:
        """Run one generation; False when the space holds no new design."""
        x = self.algorithm.ask()
        if len(x) == 0:
            self.exhausted = True
            return False
        outputs = self.evaluate(x)
        f, g = self.screen(outputs)
        # Crowding is judged on the declared axes: an output that spans decades counts by decades.
        self.algorithm.tell(x, normalised(f, self.layout.objectives), g)
        self._count(x, f, g, outputs)
        changed = self.archive.add(x, f, g)
        often = len(f[0]) < _COSTLY_HYPERVOLUME
        if (changed and often) or self.generation % 10 == 0 or self.generation == 1:
            self._hypervolume = hypervolume(self.archive.f, self.layout.objectives)
        self.history.append(self._record(g))
        if self.stopping is not None and self.stopping.is_due(self.generation):
            found = self.archive.f
            points = normalised(found, self.layout.objectives)
            volume = hypervolume(found, self.layout.objectives)
            self.stopping.observe(self.generation, volume, points)
        return True

    def unseen(self, x: FloatArray) -> BoolArray:
        """Return which designs the search has not evaluated (known while it keeps them)."""
        return HashSet(self._seen.hashes()).add(row_hashes(x))

    @property
    def converged(self) -> bool:
        """Whether the search asks to be stopped."""
        return self.stopping is not None and self.stopping.converged

    @property
    def constant(self) -> list[str]:
        """Objectives in which all feasible designs are equal: nothing to choose there."""
        if self.feasible < _ENOUGH_TO_VARY:
            return []
        equal = self.best == self.worst
        return [o.output for o, same in zip(self.layout.objectives, equal, strict=True) if same]

    def evaluate(self, x: FloatArray) -> dict[str, FloatArray]:
        """Return the outputs the search needs, checked for shape.

        Raises
        ------
        ModelError
            For a missing output or one of the wrong shape.
        """
        names = self.layout.searched
        outputs = self.layout.problem.evaluate(x, names)
        columns = {}
        for name in names:
            if name not in outputs:
                raise ModelError(f"the problem returned no output '{name}'")
            column = np.asarray(outputs[name], dtype=np.float64)
            if column.shape != (len(x),):
                raise ModelError(f"output '{name}' has shape {column.shape}, not ({len(x)},)")
            columns[name] = column
        return columns

    def screen(self, outputs: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations; designs that are not finite become infeasible."""
        f = objective_matrix(outputs, self.layout.objectives)
        g = constraint_matrix(outputs, self.layout.constraints)
        if g.shape[1] == 0:
            g = np.zeros((len(f), 1))
        with np.errstate(over="ignore", invalid="ignore"):
            if math.isfinite(f.sum() + g.sum()):  # one bad number spoils the sum
                return f, g
        bad = ~np.asarray(np.isfinite(np.hstack((f, g))).all(axis=1))
        if not bad.any():
            return f, g
        self.failed += int(bad.sum())
        if self.failed == self.evaluations + len(f):
            guilty = [n for n, column in outputs.items() if not np.isfinite(column).any()]
            named = f": {', '.join(guilty)}" if guilty else ""
            raise ModelError(f"every design came back as not a number or infinite{named}")
        return np.where(bad[:, None], 0.0, f), np.where(bad[:, None], np.inf, g)

    def _count(
        self, x: FloatArray, f: FloatArray, g: FloatArray, outputs: dict[str, FloatArray]
    ) -> None:
        self.generation += 1
        self.evaluations += len(x)
        holds: BoolArray = np.all(g <= 0.0, axis=1)
        self.feasible += int(holds.sum())
        if holds.any():
            self.best = np.minimum(self.best, f[holds].min(axis=0))
            self.worst = np.maximum(self.worst, f[holds].max(axis=0))
        if self.keep_evaluations:
            self._evaluated.append((x, outputs))

    def take_blocks(self) -> list[tuple[FloatArray, dict[str, FloatArray]]]:
        """Return the designs evaluated since the last call, each once in the whole search.

        One look at the hashes serves many generations.
        """
        if not self._evaluated:
            return []
        new = self._seen.add(np.concatenate([row_hashes(x) for x, _ in self._evaluated]))
        self.distinct += int(new.sum())
        blocks, start = [], 0
        for x, outputs in self._evaluated:
            keep = new[start : start + len(x)]
            start += len(x)
            if keep.all():
                blocks.append((x, outputs))
            elif keep.any():
                blocks.append((x[keep], {name: y[keep] for name, y in outputs.items()}))
        self._evaluated = []
        return blocks

    def _record(self, g: FloatArray) -> list[float]:
        signs = [1.0 if o.sense == "min" else -1.0 for o in self.layout.objectives]
        best = np.where(np.isfinite(self.best), self.best * signs, np.nan)
        share = float((g <= 0.0).all(axis=1).mean())
        return [
            self.generation, self.evaluations, self._hypervolume, share, len(self.archive.f),
            self.failed, *best.tolist(), self.seconds,
        ]  # fmt: skip

    @property
    def history_frame(self) -> pd.DataFrame:
        """The history as a table."""
        frame = pd.DataFrame(
            np.reshape(self.history, (len(self.history), len(self.columns))), columns=self.columns
        )
        whole = ("generation", "evaluations", "front_size", "failed")
        return frame.astype(dict.fromkeys(whole, np.int64))

    def state(self) -> dict[str, Any]:
        """Return everything that a continuation needs."""
        return {
            "algorithm": self.algorithm.state(),
            "archive": self.archive.state(),
            "generation": self.generation,
            "evaluations": self.evaluations,
            "feasible": self.feasible,
            "failed": self.failed,
            "distinct": self.distinct,
            "best": self.best,
            "worst": self.worst,
            "stopping": self.stopping.state() if self.stopping is not None else {},
            "history": np.reshape(self.history, (len(self.history), len(self.columns))),
            "hypervolume": self._hypervolume,
            "seconds": self.seconds,
            "seen": self._seen.hashes(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where :meth:`state` was taken."""
        self.algorithm.restore(state["algorithm"])
        self.archive.restore(state["archive"])
        for name in ("generation", "evaluations", "feasible", "failed", "distinct"):
            setattr(self, name, int(state[name]))
        self.best, self.worst = state["best"], state["worst"]
        if self.stopping is not None:
            self.stopping.restore(state["stopping"])
        self.history = state["history"].tolist()
        self._hypervolume = float(state["hypervolume"])
        self._clock = time.perf_counter() - float(state["seconds"])
        self._seen = HashSet(state["seen"])
