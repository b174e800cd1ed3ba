"""The fronts of a campaign put together and judged, one scenario at a time.

Fronts of different scenarios answer different questions and are never merged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import moocore
import numpy as np
import pyarrow as pa

from optimize.campaign.plan import Task
from optimize.config.uncertainty import UncertaintySetting
from optimize.engine import comparison as indicators
from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.quality import compare_seeds
from optimize.evaluation.futures import sample_futures
from optimize.evaluation.robust import RobustProblem, robust_problem, under
from optimize.evaluation.tables import Layout
from optimize.run.box import shared_box
from optimize.run.folder import RunData, front_rows
from problems.space import Problem, constraint_matrix, objective_matrix
from problems.spec import Constraint, Objective
from problems.units import BoolArray, FloatArray, IntArray


class AllFutures(RobustProblem):
    """A problem judged in the futures of several blocks at once."""

    def __init__(
        self,
        nominal: Problem,
        objectives: Sequence[Objective],
        constraints: Sequence[Constraint],
        blocks: Sequence[UncertaintySetting],
    ) -> None:
        total = sum(block.futures for block in blocks)
        setting = blocks[0].model_copy(update={"futures": total})
        super().__init__(nominal, objectives, constraints, setting)
        drawn = [
            sample_futures(self.drawn, block.futures, seed=block.seed, correlations=block.pairs)
            for block in blocks
        ]
        self.values = {key: np.concatenate([block[key] for block in drawn]) for key in drawn[0]}
        self.futures = under(nominal, self.values)


def judging_layout(run: RunData, blocks: Sequence[UncertaintySetting]) -> Layout:
    """Return the layout in which the fronts of one scenario are held side by side.

    Parameters
    ----------
    run
        Any run of the scenario; objectives are measured in its box.
    blocks
        The different blocks of futures; with fewer than two, the layout is that of the run.
    """
    robust = robust_problem(run.problem)
    if len(blocks) < 2 or robust is None:
        return run.layout
    problem = AllFutures(
        robust.nominal, robust.nominal_objectives, robust.nominal_constraints, blocks
    )
    return Layout(problem, run.space, run.objectives, problem.constraints)


@dataclass(frozen=True)
class Fronts:
    """The fronts of one scenario's runs, all judged alike.

    Attributes
    ----------
    tasks
        One per front.
    x, f
        ``(n, n_var)`` different designs and ``(n, n_obj)`` their minimised objectives.
    holds
        ``(n,)`` whether a design may be on a front where it is judged.
    owners
        For each task the rows of ``x`` on its front.
    judged_anew
        Whether that is in other futures than those of the searches.
    """

    layout: Layout
    tasks: tuple[Task, ...]
    x: FloatArray
    f: FloatArray
    holds: BoolArray
    owners: tuple[IntArray, ...]
    judged_anew: bool

    @cached_property
    def on_union(self) -> BoolArray:
        """``(n,)`` whether a design holds and no other that holds dominates it."""
        keep = np.zeros(len(self.x), dtype=np.bool_)
        rows = np.flatnonzero(self.holds)
        if len(rows):
            best = moocore.is_nondominated(self.f[rows], keep_weakly=True)
            keep[rows[np.asarray(best, dtype=np.bool_)]] = True
        return keep

    @cached_property
    def of_tasks(self) -> list[FloatArray]:
        """Minimised objectives of each front, as judged."""
        return [_best(self.f[rows[self.holds[rows]]]) for rows in self.owners]

    def rows_of(self, algorithm: str) -> IntArray:
        """Return the rows found by any run of an algorithm."""
        rows = [r for t, r in zip(self.tasks, self.owners, strict=True) if t.algorithm == algorithm]
        return np.unique(np.concatenate(rows))


def gather(tasks: Sequence[Task], load: Callable[[Task], RunData]) -> tuple[Fronts, RunData]:
    """Read the fronts of one scenario and judge every design once.

    Parameters
    ----------
    tasks
        Finished tasks of the scenario, at least one.
    load
        Reads the run of a task.

    Returns
    -------
    tuple
        The fronts, and the first run without its tables of designs.
    """
    first = load(tasks[0])
    fronts, objectives = [first.front_x], [first.objectives]
    for task in tasks[1:]:  # one at a time: tables are large
        run = load(task)
        fronts.append(run.front_x)
        objectives.append(run.objectives)
    settings = {task.block: task.config.uncertainty for task in tasks}
    blocks = [settings[block] for block in sorted(settings)]
    several = [block for block in blocks if block is not None]
    layout = judging_layout(first, several).measured_by(shared_box(objectives))
    x, position = np.unique(np.concatenate(fronts), axis=0, return_inverse=True)
    owners = np.split(position.ravel(), np.cumsum([len(front) for front in fronts])[:-1])
    outputs = layout.problem.evaluate(x, layout.searched)
    f = objective_matrix(outputs, layout.objectives)
    holds = np.asarray(np.isfinite(f).all(axis=1))
    judged_anew = layout.problem is not first.problem
    if judged_anew:
        holds &= (constraint_matrix(outputs, layout.constraints) <= 0.0).all(axis=1)
    owned = tuple(np.unique(rows) for rows in owners)
    return Fronts(layout, tuple(tasks), x, f, holds, owned, judged_anew), first


def merged_front(fronts: Fronts, scenario: str) -> tuple[pa.Table, FloatArray]:
    """Return the union front with every output, ``scenario``, ``found_by`` and ``found_in``."""
    rows = np.flatnonzero(fronts.on_union)
    table, order = front_rows(fronts.layout, fronts.x[rows])
    x = fronts.x[rows[order]]
    by_design: dict[bytes, list[Task]] = {fronts.x[row].tobytes(): [] for row in rows}
    for task, task_rows in zip(fronts.tasks, fronts.owners, strict=True):
        for row in task_rows[fronts.on_union[task_rows]]:
            by_design[fronts.x[row].tobytes()].append(task)
    finders = [by_design[row.tobytes()] for row in np.ascontiguousarray(x)]
    added = {
        "found_in": ([" ".join(t.name for t in f) for f in finders], "runs that found the design"),
        "found_by": (
            [" ".join(dict.fromkeys(t.algorithm for t in f)) for f in finders],
            "algorithms that found the design",
        ),
        "scenario": ([scenario] * len(x), "scenario whose front this is"),
    }
    for name, (values, text) in added.items():
        metadata = {"role": "origin", "unit": "1", "symbol": "", "description": text}
        column = pa.array(values, pa.string())
        table = table.add_column(0, pa.field(name, column.type, metadata=metadata), column)
    return table, x


def quality(fronts: Fronts, scenario: str) -> dict[str, Any]:
    """Return how good the fronts are: by run, by algorithm, and their union.

    Returns
    -------
    dict
        ``scenario``, ``objectives`` with their box, ``futures`` judged in, whether
        they are others than those searched (``judged_anew``), ``union`` with
        ``hypervolume`` and ``size``, ``algorithms`` and ``runs``.
    """
    objectives = fronts.layout.objectives
    compared = compare_seeds(dict(enumerate(fronts.of_tasks)), objectives)
    runs = []
    for task, row in zip(fronts.tasks, compared["by_seed"], strict=True):
        task_entry = {"task": task.name, "algorithm": task.algorithm, "block": task.block}
        runs.append(task_entry | row | {"seed": task.seed})
    robust = robust_problem(fronts.layout.problem)
    algorithms = dict.fromkeys(task.algorithm for task in fronts.tasks)
    return {
        "scenario": scenario,
        "objectives": {
            o.output: {"sense": o.sense, "ideal": o.ideal, "reference": o.reference, "log": o.log}
            for o in objectives
        },
        "futures": robust.futures.count if robust else None,
        "judged_anew": fronts.judged_anew,
        "union": compared["union"],
        "algorithms": [_of_algorithm(fronts, name, runs) for name in algorithms],
        "runs": runs,
    }


def _of_algorithm(fronts: Fronts, name: str, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the spread over the runs of one algorithm, and what they reach together."""
    algorithm_runs = [run for run in runs if run["algorithm"] == name]
    points = [f for t, f in zip(fronts.tasks, fronts.of_tasks, strict=True) if t.algorithm == name]
    volumes = np.array([run["hypervolume"] for run in algorithm_runs])
    lower, median, upper = (float(v) for v in np.quantile(volumes, (0.25, 0.5, 0.75)))
    objectives, union_volume = (
        fronts.layout.objectives,
        hypervolume(fronts.f[fronts.on_union], fronts.layout.objectives),
    )
    together = hypervolume(_best(np.concatenate(points)), objectives)
    on_union = fronts.on_union[fronts.rows_of(name)].sum()
    return {
        "algorithm": name,
        "runs": len(algorithm_runs),
        "hypervolume": {
            "median": median,
            "lowest": float(volumes.min()),
            "highest": float(volumes.max()),
            "interquartile_range": upper - lower,
        },
        "hypervolume_together": together,
        "share_of_union_hypervolume": together / union_volume if union_volume > 0.0 else None,
        "share_of_union": _ratio(float(on_union), float(fronts.on_union.sum())),
        "median_share_of_union": _median([run["share_of_union"] for run in algorithm_runs]),
        "median_additive_epsilon": _median([run["additive_epsilon"] for run in algorithm_runs]),
        "attainment": indicators.attainment([normalised(f, objectives) for f in points]),
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0.0 else None


def _median(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.median(there)) if there else None


def _best(f: FloatArray) -> FloatArray:
    if len(f) == 0:
        return f
    return f[np.asarray(moocore.is_nondominated(f, keep_weakly=True), dtype=np.bool_)]


def drawn_runs(fronts: Fronts, run: RunData, table: pa.Table, scenario: str) -> list[RunData]:
    """Return the merged front as one run per algorithm that found part of it, for a figure."""
    from pathlib import Path

    from optimize.evaluation.tables import to_frame

    frame = to_frame(table)
    config = run.config.model_copy(update={"name": scenario})
    layout, runs = fronts.layout, []
    for name in dict.fromkeys(task.algorithm for task in fronts.tasks):
        keep = frame["found_by"].str.split(" ").map(lambda names, name=name: name in names)
        if keep.any():
            part = dataclasses.replace(
                run,
                path=Path(name),
                config=config,
                problem=layout.problem,
                front=frame[keep],
                objectives=layout.objectives,
                constraints=layout.constraints,
            )
            runs.append(part)
    return runs
