"""Runs for tests of the explorer: an analytic satellite with every design it evaluated."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from optimize.evaluation.tables import Layout, write_parquet
from optimize.run.folder import RunData
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import sampled_run


def stored_run(path: Path, count: int = 3000, most: int | None = None) -> RunData:
    """Return a run with a table of ``count`` evaluated designs, its front first among them."""
    problem = LittleSatellite()
    run = sampled_run(path, problem, most=most, samples=2000)
    x = problem.canonical(problem.space.sample(count, np.random.default_rng(7)))
    x[: len(run.front_x)] = run.front_x
    layout = Layout(problem, run.space, run.objectives, run.constraints)
    stored = path / "evaluations.parquet"
    write_parquet(stored, layout.evaluation_table(x, problem.evaluate(x)))
    return dataclasses.replace(run, stored_evaluations=stored)
