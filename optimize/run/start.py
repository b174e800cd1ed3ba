"""Starting a run, and continuing one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.backend import choose_backend
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_config
from optimize.config.problem import allow, problem_arguments, require_allowed
from optimize.config.run_config import RunConfig
from optimize.config.study import Study, study_of
from optimize.config.traits import TRAITS
from optimize.evaluation.build import build_problem
from optimize.evaluation.robust import robust_layout
from optimize.evaluation.tables import Layout
from optimize.run.box import as_begun, reference_point
from optimize.run.folder import (
    create_run_folder,
    open_run,
    prepare_run_folder,
    read_manifest,
    utc_now,
    write_config,
    write_manifest,
)
from optimize.run.integrity import FILES, check_config
from optimize.run.manifest import SCHEMA_VERSION
from optimize.run.outcome import Outcome
from optimize.run.provenance import data_digests, git_revision, package_versions
from optimize.run.session import Progress, Session
from optimize.utils.files import (
    REFUSED,
    RunFolderError,
    locked,
    make_folder,
    remove_temporaries,
    storage_error,
)
from optimize.utils.signals import resumable
from problems.compute_satellite.backends.jax_arrays import require_jax
from problems.space import DesignSpace
from problems.spec import SpecError


def start_run(
    config: RunConfig,
    study: Study,
    *,
    out: Path | None = None,
    folder: Path | None = None,
    command: str = "",
    progress: Progress | None = None,
    workers: int = 1,
) -> Outcome:
    """Carry out a run in a new folder.

    Parameters
    ----------
    config, study
        As returned by :func:`optimize.config.study.read_study`.
    out
        Folder that gets the run folder; ``pareto_outputs/<name>`` when left out.
    folder
        The run folder itself, instead of a new one named by time and configuration.
    command
        Command line, for the manifest.
    progress
        Called after every generation.
    workers
        Processes that evaluate designs, where these are kept in a storage.

    Raises
    ------
    RunFolderError
        When the folder cannot be written.
    ModelError
        When the problem returns something that cannot be used.
    """
    allow(config.problem)
    if choose_backend(config).name == "jax":
        require_jax()
    folder = (
        create_run_folder(config, out) if folder is None else prepare_run_folder(folder, config)
    )
    with resumable(folder, *problem_arguments(config.problem)), locked(folder):
        remove_temporaries(folder)  # of a run that was killed here before its first checkpoint
        return begin(folder, config, study, command, progress, workers).run()


def begin(
    folder: Path,
    config: RunConfig,
    study: Study,
    command: str,
    progress: Progress | None = None,
    workers: int = 1,
) -> Session:
    """Return a run at its first generation, in a folder that holds its configuration.

    Parameters are those of :func:`start_run`.
    """
    problem = build_problem(config)
    space = DesignSpace(study.variables)
    layout = Layout(problem, space, study.objectives, study.constraints)
    layout = robust_layout(config.uncertainty, layout)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "status": "running",
        "command": command,
        "name": config.name,
        "problem": config.problem,
        "problem_version": problem.version,
        "backend": choose_backend(config).name,
        "scenario": config.scenario,
        "seed": config.algorithm.seed,
        "config_hash": config.digest,
        "versions": package_versions(),
        "git_revision": git_revision(),
        "data_digests": data_digests(problem),
        "started": utc_now(),
        "reference_point": reference_point(layout.objectives),
        **({"catalog": config.catalog} if config.catalog else {}),
    }
    return _session(folder, config, layout, manifest, progress, workers)


def _session(
    folder: Path,
    config: RunConfig,
    layout: Layout,
    manifest: dict[str, Any],
    progress: Progress | None,
    workers: int = 1,
) -> Session:
    """Return the session of a run folder; a shared one when its designs are kept in a storage."""
    layout.use_backend(manifest.get("backend", "numpy"), config.algorithm.population)
    if config.algorithm.storage is None:
        return Session(folder, config, layout, manifest, progress)
    from optimize.run.workers.shared_session import StudySession  # needs a database

    return StudySession(folder, config, layout, manifest, progress, workers=workers)


def resume_run(
    path: Path, *, generations: int | None = None, progress: Progress | None = None
) -> Outcome:
    """Continue an interrupted run, or a finished one for more generations.

    A run that ended before its first checkpoint begins again; what a killed process left half
    written is removed.

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
    with locked(path), resumable(path):
        if (path / "checkpoint").is_dir():  # a run folder, whatever else it lacks
            remove_temporaries(path)
        if not _has_begun(path):
            return _restart(path, generations, progress).run()
        config, _, layout, manifest = open_run(path)
        layout = layout.measured_by(as_begun(layout.objectives, manifest))
        if generations is not None:
            config = _lengthened(path, config, generations)
        # Without digests of its files, a run that is killed from here on can be resumed again.
        manifest = {**manifest, "status": "running", FILES: {}}
        session = _session(path, config, layout, manifest, progress)
        session.restore()
        if generations is not None:
            if session.search.stopping is not None:
                session.search.stopping.go_on()
            write_manifest(path, manifest)
            _write_config(path, config)
        with resumable(path, *problem_arguments(config.problem)):
            return session.run()


def _has_begun(folder: Path) -> bool:
    """Return whether a run got as far as its first checkpoint, if only to lose it later."""
    checkpoint = folder / "checkpoint"
    # The first state is preceded by its arrays; whatever else there is came after it.
    later_files = {path.name for path in checkpoint.glob("[!.]*")} - {"arrays-000001.npz"}
    if later_files or not checkpoint.is_dir():
        return True
    if not (folder / "config.yaml").exists():
        text = "was stopped before it held a configuration; start the run again (nothing is lost)"
        raise RunFolderError(f"{folder} {text}", REFUSED)
    has_manifest = (folder / "manifest.json").exists()
    return has_manifest and read_manifest(folder).get("status") != "running"


def _restart(path: Path, generations: int | None, progress: Progress | None) -> Session:
    """Return a run that ended before its first checkpoint, at its beginning again."""
    try:
        config, _ = load_config(path / "config.yaml")
        if (path / "manifest.json").exists():
            check_config(path, config, read_manifest(path))
        require_allowed(config, path)
        if generations is not None:
            config = _lengthened(path, config, generations)
            (path / "manifest.json").unlink(missing_ok=True)  # it holds the earlier configuration
            _write_config(path, config)
        study = study_of(config, build_problem(config))
    except (ConfigError, SpecError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", REFUSED) from None
    make_folder(path / "checkpoint")
    return begin(path, config, study, shlex.join(["heliofront", "resume", str(path)]), progress)


def _lengthened(path: Path, config: RunConfig, generations: int) -> RunConfig:
    """Return the configuration with another budget, or refuse."""
    budget = {"generations": generations, "evaluations": None}
    algorithm = config.algorithm.model_copy(update=budget)
    _check_budget(path, config.algorithm, algorithm)
    return config.model_copy(update={"algorithm": algorithm})


def _write_config(path: Path, config: RunConfig) -> None:
    try:
        write_config(path, config)
    except OSError as error:
        raise storage_error(error, path) from None


def _check_budget(path: Path, before: AlgorithmSetting, after: AlgorithmSetting) -> None:
    """Refuse another budget where the steps already taken depend on it."""
    if TRAITS[before.name].scheduled and before.generation_limit != after.generation_limit:
        raise RunFolderError(
            f"cannot resume {path}: {before.name} spreads its steps over the "
            f"{before.generation_limit} generations it started with; start a new run instead",
            REFUSED,
        )
    most = TRAITS[after.name].most_evaluations
    if most is not None and after.budget > most:
        raise RunFolderError(
            f"cannot resume {path}: {after.name} is limited to {most:,} evaluations "
            f"(asked for: {after.budget:,})",
            REFUSED,
        )
