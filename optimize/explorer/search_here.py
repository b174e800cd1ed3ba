"""Search here: the run's own search inside a region, a part of a second at a time.

It begins with the designs of the stored front that are in the region or nearest to it, and ends as
any run does: refined, and stored in a folder of its own beside the run.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pandas as pd

from optimize.engine.algorithms.nsga2 import ArrayNsga2
from optimize.engine.indicators import normalised, spread_subset
from optimize.engine.search import Search
from optimize.evaluation.rows import row_hashes
from optimize.evaluation.tables import Layout, to_frame
from optimize.explorer.region import POPULATION, region_config
from optimize.run.folder import RunData, prepare_run_folder
from optimize.run.start import begin
from optimize.utils.files import NO_SPACE, RunFolderError, locked, make_folder, storage_error
from optimize.utils.labels import quantity, words
from problems.space import DesignSpace, constraint_matrix, objective_matrix
from problems.spec import SpecError
from problems.units import FloatArray

#: Seconds of one part, and of all parts together before the front found is refined.
PART_S, SEARCH_S = 0.3, 2.4
#: New designs told of in one part, and at the end.
MOST_NEW, MOST_FINAL = 60, 200


class SearchHere:
    """A search inside one region of a run.

    Parameters
    ----------
    run
        The run looked at; its stored front is what a new design must not be dominated by.
    request
        The region, as :func:`optimize.explorer.region.region_config` takes it.
    beside
        ``(n, n_var)`` designs that earlier searches added to the front.

    Raises
    ------
    SpecError
        For a run that cannot be searched further, or a region that makes no sense.
    """

    def __init__(self, run: RunData, request: object, beside: FloatArray) -> None:
        if reason := refusal(run):
            raise SpecError("search", reason)
        self.run = run
        members = np.concatenate((run.front_x, beside))
        outputs = run.problem.evaluate(members, run.layout.searched)
        config, study = region_config(run.config, run.layout, outputs, request)
        self.study, self.config = study, config
        self.layout = Layout(
            run.problem, DesignSpace(study.variables), run.objectives, study.constraints
        )
        self._members = members
        self._front_f = objective_matrix(outputs, run.objectives)
        violations = np.maximum(constraint_matrix(outputs, study.constraints), 0.0).sum(axis=1)
        self.search = Search(config, self.layout)
        algorithm = self.search.algorithm
        assert isinstance(algorithm, ArrayNsga2)
        nearest = np.argsort(violations, kind="stable")
        algorithm.begin_with(members[nearest[: POPULATION * 3 // 4]])
        self._told = set(row_hashes(members).tolist())
        self.seconds, self.done = 0.0, False
        self.final_x = members[:0]

    def part(self) -> dict[str, Any]:
        """Search on for a part of a second, or refine and store; return what is new on the front.

        Returns
        -------
        dict
            ``done``, ``evaluations``, ``seconds``, ``designs``; the last answer has ``whole``
            (its designs replace those before), ``beats`` (stored designs that are dominated now),
            ``kept`` (the folder) and ``note`` (what to say where there is nothing to show).
        """
        start = time.perf_counter()
        if self.seconds < SEARCH_S and not self.done:
            on = True
            while on and time.perf_counter() - start < PART_S:
                on = self.search.step()
            self.seconds = SEARCH_S if not on else self.seconds + time.perf_counter() - start
            return self._answer(self._new(MOST_NEW))
        return self.finish()

    def finish(self) -> dict[str, Any]:
        """Refine what was found and store it; return all of it that is new on the front."""
        self.done = True
        self._told = set(row_hashes(self._members).tolist())
        if len(self.search.archive.f) == 0:
            return self._answer(self.final_x, whole=True, note=self._nothing_feasible())
        if len(self._new(1)) == 0:
            note = "Nothing new: the front already has the best of what this region holds."
            return self._answer(self.final_x, whole=True, note=note)
        kept, x, note = self._stored()
        self._told = set(row_hashes(self._members).tolist())
        self.final_x = self._new(MOST_FINAL, x)
        beats = self._beaten(self.final_x)
        return self._answer(self.final_x, whole=True, kept=kept, note=note, beats=beats)

    def _new(self, most: int, x: FloatArray | None = None) -> FloatArray:
        """Return designs not told of before that nothing on the front dominates, well spread."""
        x = self.search.archive.x if x is None else x
        if len(x) == 0:
            return self._members[:0]
        f = objective_matrix(self.search.evaluate(x), self.run.objectives)
        keep = np.asarray(moocore.is_nondominated(np.concatenate((self._front_f, f))))
        fresh = ~np.isin(row_hashes(x), list(self._told))
        rows = np.flatnonzero(fresh & keep[len(self._front_f) :])
        if len(rows):
            rows = rows[spread_subset(normalised(f[rows], self.run.objectives), most)]
        self._told |= set(row_hashes(x[rows]).tolist())
        return x[rows]

    def _beaten(self, x: FloatArray) -> int:
        """Return how many designs of the front some of ``x`` dominate."""
        f = objective_matrix(self.search.evaluate(x), self.run.objectives)
        keep = np.asarray(moocore.is_nondominated(np.concatenate((f, self._front_f))))
        return int((~keep[len(f) :]).sum())

    def _nothing_feasible(self) -> str:
        """Say that no design of the region holds every limit, and which limits stand in the way."""
        closest = self.search.archive.closest
        tried = f"No feasible design in this region after {self.search.evaluations:,} evaluations"
        if len(closest) == 0:
            return f"{tried}."
        outputs = self.search.evaluate(closest)
        excess = constraint_matrix(outputs, self.layout.constraints)[0]
        worst = sorted(np.flatnonzero(excess > 0.0), key=lambda i: -excess[i])[:2]
        names = []
        for i in worst:
            limit = self.layout.constraints[i]
            unit = self.layout.problem.outputs[limit.output].unit
            value = quantity(float(outputs[limit.output][0]), unit)
            names.append(words(limit.name, unit) + (f" ({value})" if unit != "1" else ""))
        return f"{tried}; the nearest one fails at {' and '.join(names)}. Widen the region."

    def _stored(self) -> tuple[str, FloatArray, str]:
        """Store what was found as a run beside the one looked at.

        Returns
        -------
        tuple
            The folder, its front, and why nothing was stored, where nothing could be.
        """
        generations = {"generations": self.search.generation}
        algorithm = self.config.algorithm.model_copy(update=generations)
        config = self.config.model_copy(update={"algorithm": algorithm})
        command = f"heliofront explore {shlex.quote(str(self.run.path))} --serve"
        try:
            folder = _new_folder(self.run.path)
            prepare_run_folder(folder, config)
            with locked(folder):
                session = begin(folder, config, self.study, command)
                session.search = self.search
                front_x = session.run().run.front_x
        except RunFolderError as error:
            return "", self.search.archive.x, f"Not stored, they stay on this page only: {error}"
        return folder.name, front_x, ""

    def _answer(self, x: FloatArray, **more: Any) -> dict[str, Any]:
        return {
            "done": self.done,
            "refining": self.seconds >= SEARCH_S,
            "evaluations": self.search.evaluations,
            "seconds": round(self.search.seconds, 2),
            "designs": rows_for_page(self.run, x),
            **more,
        }


def refusal(run: RunData) -> str:
    """Return why a run cannot be searched further; empty where it can."""
    if run.manifest.get("status") == "running":
        return "it is still searching; wait until it has ended"
    if len(run.front) == 0:
        return "it has no feasible design to begin with"
    if run.model_change is not None:
        return (
            f"it was {run.model_change}: new designs could not be compared with it; "
            "run its config.yaml again"
        )
    if run.config.uncertainty is not None:
        return "it searched under uncertainty, and a region would be searched without"
    if run.config.algorithm.storage is not None:
        return "designs of this model take too long to be searched while you wait"
    return ""


def rows_for_page(run: RunData, x: FloatArray) -> dict[str, Any]:
    """Return designs as the page has them: ``ids``, and every column of the front by name.

    Numbers are numbers, choices their text; what is inactive is null.
    """
    if len(x) == 0:
        return {"ids": [], "columns": {}}
    outputs = run.problem.evaluate(x)
    frame = to_frame(run.layout.table(x, outputs))
    ids = frame.pop("design_id").tolist()
    return {"ids": ids, "columns": {str(name): _list(frame[name]) for name in frame}}


def _list(column: Any) -> Sequence[Any]:
    return [None if pd.isna(value) else value for value in column.astype(object)]


def _new_folder(run: Path) -> Path:
    """Make the next free folder beside a run, named after it.

    Raises
    ------
    RunFolderError
        When it cannot be made.
    """
    place = run.resolve()
    for number in range(1, 1000):
        folder = place.with_name(f"{place.name}-here-{number}")
        try:
            make_folder(folder, new=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise storage_error(error, folder) from None
        return folder
    raise RunFolderError(f"{place} has a thousand searches beside it already", NO_SPACE)
