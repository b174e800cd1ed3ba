"""Starting a run, and continuing one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from optimize.algorithm_traits import TRAITS
from optimize.config import AlgorithmSetting, RunConfig
from optimize.files import REFUSED, RunFolderError, locked, storage_error
from optimize.indicators import complete_objectives
from optimize.robust import robust_layout
from optimize.session import Outcome, Progress, Session
from optimize.store import (
    SCHEMA_VERSION,
    create_run_folder,
    data_digests,
    git_revision,
    open_run,
    package_versions,
    reference_point,
    utc_now,
    write_config,
)
from optimize.study import Study, build_problem
from optimize.tables import Layout
from problems.space import DesignSpace, constraint_matrix

_SAMPLE = 4096  # designs from which the reference of an undeclared objective is taken
_SAMPLE_SEED = 20_260_101  # any fixed number: the same problem gets the same reference box


def start_run(
    config: RunConfig,
    study: Study,
    *,
    out: Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Outcome:
    """Carry out a run in a new folder.

    Parameters
    ----------
    config, study
        As returned by :func:`optimize.study.read_study`.
    out
        Folder that gets the run folder; ``pareto_outputs/<name>`` when left out.
    command
        Command line, for the manifest.
    progress
        Called after every generation.

    Raises
    ------
    RunFolderError
        When the folder cannot be written.
    ModelError
        When the problem returns something that cannot be used.
    """
    folder = create_run_folder(config, out)
    problem = build_problem(config)
    space = DesignSpace(study.variables)
    layout = Layout(problem, space, study.objectives, study.constraints)
    layout = complete_layout(robust_layout(config.uncertainty, layout))
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "status": "running",
        "command": command,
        "name": config.name,
        "problem": config.problem,
        "problem_version": problem.version,
        "scenario": config.scenario,
        "seed": config.algorithm.seed,
        "config_hash": config.digest,
        "versions": package_versions(),
        "git_revision": git_revision(),
        "data_digests": data_digests(problem),
        "started": utc_now(),
        "reference_point": reference_point(layout.objectives),
    }
    session = Session(folder, config, layout, manifest, progress)
    with locked(folder):
        return session.run()


def resume_run(
    path: Path, *, generations: int | None = None, progress: Progress | None = None
) -> Outcome:
    """Continue an interrupted run, or a finished one for more generations.

    Parameters
    ----------
    path
        The run folder.
    generations
        New total number of generations.

    Raises
    ------
    RunFolderError
        When the folder is in use, damaged, or was made by another model or version.
    """
    if not path.is_dir():
        raise RunFolderError(f"{path} is not a run folder", REFUSED)
    with locked(path):
        config, _, layout, manifest = open_run(path)
        if generations is not None:
            budget = {"generations": generations, "evaluations": None}
            algorithm = config.algorithm.model_copy(update=budget)
            _check_budget(path, config.algorithm, algorithm)
            config = config.model_copy(update={"algorithm": algorithm})
            manifest = {**manifest, "config_hash": config.digest}
        session = Session(path, config, layout, manifest, progress)
        session.restore()
        if generations is not None and session.search.stopping is not None:
            session.search.stopping.go_on()
        if generations is not None:
            try:
                write_config(path, config)
            except OSError as error:
                raise storage_error(error, path) from None
        return session.run()


def _check_budget(path: Path, before: AlgorithmSetting, after: AlgorithmSetting) -> None:
    """Refuse another budget where the steps already taken depend on it."""
    if TRAITS[before.name].scheduled and before.generation_limit != after.generation_limit:
        raise RunFolderError(
            f"cannot resume {path}: {before.name} spreads its steps over the "
            f"{before.generation_limit} generations it started with; start a new run instead",
            REFUSED,
        )
    evaluations = after.population * after.generation_limit
    most = TRAITS[after.name].most_evaluations
    if most is not None and evaluations > most:
        raise RunFolderError(
            f"cannot resume {path}: {after.name} is limited to {most:,} evaluations "
            f"(asked for: {evaluations:,})",
            REFUSED,
        )


def complete_layout(layout: Layout) -> Layout:
    """Return the layout with ideal and reference of every objective.

    What is undeclared is taken from a fixed sample.
    """
    if not any(math.isnan(o.ideal) for o in layout.objectives):
        return layout
    rng = np.random.default_rng(_SAMPLE_SEED)
    x = layout.problem.canonical(layout.space.sample(_SAMPLE, rng), layout.space)
    outputs = layout.problem.evaluate(x, layout.searched)
    g = constraint_matrix(outputs, layout.constraints)
    worst = g.max(axis=1) if g.shape[1] else np.zeros(len(x))
    objectives = complete_objectives(layout.objectives, outputs, worst)
    return Layout(layout.problem, layout.space, objectives, layout.constraints)
