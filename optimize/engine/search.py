"""One search in memory: ask, evaluate, screen, tell, and record."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimize.config.run_config import RunConfig
from optimize.engine.algorithms.registry import make_algorithm
from optimize.engine.archive import Archive, archive_limit
from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.scale import Scale
from optimize.engine.stopping import Stopping
from optimize.evaluation.calls import ModelError
from optimize.evaluation.failures import Failures
from optimize.evaluation.guard import guarded
from optimize.evaluation.tables import Layout
from problems.space import constraint_matrix, objective_matrix
from problems.units import BoolArray, FloatArray

_ENOUGH_TO_VARY = 20  # feasible designs from which an objective that never changed is suspect
_COSTLY_HYPERVOLUME = 6  # objectives from which hypervolume is taken every tenth generation only
_ENOUGH_TO_JUDGE = 500  # evaluations from which the share that failed may stop a run


class Search:
    """A search and everything it has found so far."""

    def __init__(self, config: RunConfig, layout: Layout) -> None:
        self.model = guarded(layout.problem, config.evaluation)
        self.layout = layout.seen_through(self.model)
        self.setting = config.algorithm
        self.most_failed = config.evaluation.most_failed
        self.keep_evaluations = config.output.evaluations
        problem, space = layout.problem, layout.space
        self.algorithm = make_algorithm(
            space, lambda x: problem.canonical(x, space), config.algorithm
        )
        limit = archive_limit(self.setting.most_members, len(layout.objectives))
        self.archive = Archive(
            len(space), layout.objectives, limit, epsilon=self.setting.archive_epsilon
        )
        stop = self.setting.stop
        self.scale = Scale(layout.objectives)
        self.stopping = Stopping(stop, len(layout.objectives)) if stop is not None else None
        self.generation = 0
        self.evaluations = 0
        self.feasible = 0
        self.failed = 0
        self.failures = Failures(len(space))
        self.exhausted = False
        self.best = np.full(len(layout.objectives), np.inf)
        self.worst = np.full(len(layout.objectives), -np.inf)
        self.history: list[list[float]] = []
        self._evaluated: list[tuple[FloatArray, dict[str, FloatArray]]] = []
        self._hypervolume, self._outdated = 0.0, True
        self._clock = time.perf_counter()

    @property
    def columns(self) -> list[str]:
        """Names of the history's columns."""
        best = [f"best.{objective.output}" for objective in self.layout.objectives]
        return [
            "generation",
            "evaluations",
            "hypervolume",
            "feasible_share",
            "front_size",
            "failed",
            *best,
            "seconds",
        ]

    @property
    def seconds(self) -> float:
        """Seconds spent, those before a resume included."""
        return time.perf_counter() - self._clock

    def step(self) -> bool:
        """Run one generation; False when the space holds no new design."""
        x = self.algorithm.ask()
        met_all = self.generation > 0 and not self.layout.space.free  # there is but one design
        if met_all or len(x) == 0:
            self.exhausted = True
            return False
        outputs, reasons, gave_up = self.model.attempt(x, self.layout.searched)
        f, g, bad = self._screened(outputs)
        if bad is not None:
            self._note_failures(x, bad, outputs, reasons, gave_up=gave_up)
        feasible = np.asarray((g <= 0.0).all(axis=1))
        if not self.scale.is_known and self.scale.see(f[feasible]):
            self._take_scale()
        # Crowding is judged on the declared axes: an output that spans decades counts by decades.
        self.algorithm.tell(x, self.scale.on_axes(f), g)
        self._count(x, f, feasible, outputs)
        self._outdated |= self.archive.add(x, f, g, feasible)
        if self._outdated and self._is_due:
            self._hypervolume = hypervolume(self.archive.settled, self.layout.objectives)
            self._outdated = False
        self.history.append(self._record(np.count_nonzero(feasible) / len(x)))
        due = self.stopping is not None and self.stopping.is_due(self.generation)
        if self.stopping is not None and due and self.scale.is_known:
            front_f = self.archive.f
            points = normalised(front_f, self.layout.objectives)
            volume = hypervolume(front_f, self.layout.objectives)
            self.stopping.observe(self.generation, volume, points)
        return True

    def conclude(self) -> None:
        """Give undeclared objectives the box that the designs found span, now that all are in.

        Its reference stays where it was, so every earlier hypervolume shrinks by one factor.
        """
        self.scale.conclude()
        factor = self.scale.reach(self.best)
        volume = self.columns.index("hypervolume")
        for row in self.history:
            row[volume] *= factor
        self._take_scale()

    def _take_scale(self) -> None:
        self.layout = self.layout.measured_by(self.scale.objectives)
        self.archive.objectives = self.scale.objectives
        self._outdated = True

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
        """Return the outputs the search needs, checked; not a number where the model fails.

        Raises
        ------
        ModelError
            For a missing output or one of the wrong shape.
        """
        return self.model.evaluate(x, self.layout.searched)

    def screen(self, outputs: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations; designs that are not finite become infeasible."""
        f, g, _ = self._screened(outputs)
        return f, g

    def _screened(
        self, outputs: Mapping[str, FloatArray]
    ) -> tuple[FloatArray, FloatArray, BoolArray | None]:
        """Return objectives, violations, and which designs are not finite, if any."""
        f = objective_matrix(outputs, self.layout.objectives)
        g = constraint_matrix(outputs, self.layout.constraints)
        if g.shape[1] == 0:
            g = np.zeros((len(f), 1))
        if np.isfinite(f).all() and np.isfinite(g).all():
            return f, g, None
        bad = ~np.asarray(np.isfinite(np.hstack((f, g))).all(axis=1))
        return np.where(bad[:, None], 0.0, f), np.where(bad[:, None], np.inf, g), bad

    def _note_failures(
        self,
        x: FloatArray,
        bad: BoolArray,
        outputs: Mapping[str, FloatArray],
        reasons: Mapping[int, str],
        *,
        gave_up: bool,
    ) -> None:
        """Count and keep the designs that failed; a model that never works ends the search."""
        if gave_up:  # the others were not tried
            bad = np.zeros(len(x), dtype=np.bool_)
            bad[list(reasons)] = True
        self.failed += int(bad.sum())
        self.failures.add(self.generation + 1, x, bad, outputs, reasons)
        tried = self.evaluations + (len(reasons) if gave_up else len(x))
        if gave_up or (self.failed == tried and tried >= self.model.patience):
            raise ModelError(f"every design failed ({tried:,} tried): {self.failures.text()}")

    @property
    def trouble(self) -> str | None:
        """Why the search should stop: too large a share of the designs failed."""
        if (
            self.evaluations < _ENOUGH_TO_JUDGE
            or self.failed <= self.most_failed * self.evaluations
        ):
            return None
        return (
            f"{self.failed:,} of {self.evaluations:,} evaluations failed, more than "
            f"evaluation.most_failed = {self.most_failed:g} allows: {self.failures.text()}"
        )

    @property
    def _is_due(self) -> bool:
        """Whether the hypervolume is to be taken: not in every generation where it is costly."""
        often = len(self.layout.objectives) < _COSTLY_HYPERVOLUME
        return often or self.generation % 10 == 0 or self.generation == 1

    def _count(
        self, x: FloatArray, f: FloatArray, feasible: BoolArray, outputs: dict[str, FloatArray]
    ) -> None:
        """Count a generation."""
        self.generation += 1
        self.evaluations += len(x)
        count = int(np.count_nonzero(feasible))
        self.feasible += count
        if count:
            good = f.T.compress(feasible, axis=1)
            self.best = np.minimum(self.best, good.min(axis=1))
            self.worst = np.maximum(self.worst, good.max(axis=1))
        if self.keep_evaluations:
            self._evaluated.append((x, outputs))

    def take_blocks(self) -> list[tuple[FloatArray, dict[str, FloatArray]]]:
        """Return the designs evaluated since the last call, if the run keeps them."""
        blocks, self._evaluated = self._evaluated, []
        return blocks

    def _record(self, feasible_share: float) -> list[float]:
        found = zip(self.best.tolist(), self.layout.objectives, strict=True)
        best = [v if o.sense == "min" else -v for v, o in found]
        return [
            self.generation,
            self.evaluations,
            self._hypervolume,
            feasible_share,
            len(self.archive.settled),
            self.failed,
            *(value if math.isfinite(value) else math.nan for value in best),
            self.seconds,
        ]

    @property
    def history_frame(self) -> pd.DataFrame:
        """The history as a table; its last row is of the archive with its newcomers."""
        frame = pd.DataFrame(
            np.reshape(self.history, (len(self.history), len(self.columns))), columns=self.columns
        )
        if len(frame):
            front_f = self.archive.f
            frame.loc[len(frame) - 1, "front_size"] = len(front_f)
            if len(self.layout.objectives) < _COSTLY_HYPERVOLUME:
                volume = hypervolume(front_f, self.layout.objectives)
                frame.loc[len(frame) - 1, "hypervolume"] = volume
        counts = ("generation", "evaluations", "front_size", "failed")
        return frame.astype(dict.fromkeys(counts, np.int64))

    def state(self) -> dict[str, Any]:
        """Return everything that a continuation needs."""
        return {
            "algorithm": self.algorithm.state(),
            "archive": self.archive.state(),
            "generation": self.generation,
            "evaluations": self.evaluations,
            "feasible": self.feasible,
            "failed": self.failed,
            "failures": self.failures.state(),
            "best": self.best,
            "worst": self.worst,
            "scale": self.scale.state(),
            "stopping": self.stopping.state() if self.stopping is not None else {},
            "history": np.reshape(self.history, (len(self.history), len(self.columns))),
            "hypervolume": self._hypervolume,
            "seconds": self.seconds,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where :meth:`state` was taken."""
        self.algorithm.restore(state["algorithm"])
        self.archive.restore(state["archive"])
        for name in ("generation", "evaluations", "feasible", "failed"):
            setattr(self, name, int(state[name]))
        self.failures.restore(state["failures"])
        self.best, self.worst = state["best"], state["worst"]
        if "scale" in state:  # else a checkpoint from before objectives were measured so
            self.scale.restore(state["scale"])
            self._take_scale()
        if self.stopping is not None:
            self.stopping.restore(state["stopping"])
        self.history = state["history"].tolist()
        self._hypervolume = float(state["hypervolume"])
        self._clock = time.perf_counter() - float(state["seconds"])
