"""The run folder: creating it, its manifest, and reading a run back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from optimize.config.faults import ConfigError
from optimize.config.overrides import load_config
from optimize.config.problem import require_allowed
from optimize.config.run_config import RunConfig
from optimize.config.study import study_of
from optimize.evaluation.build import build_problem
from optimize.evaluation.guard import guarded
from optimize.evaluation.robust import robust_layout
from optimize.evaluation.tables import Layout, read_table, to_frame, write_csv, write_parquet
from optimize.run.box import with_reference
from optimize.run.integrity import (
    CONFIG,
    EVALUATIONS,
    FILES,
    FRONT,
    HISTORY,
    check_config,
    check_evaluations,
    check_front,
    check_identities,
    check_tables,
)
from optimize.run.manifest import checked_manifest
from optimize.run.provenance import data_digests, model_change
from optimize.utils.files import (
    NO_SPACE,
    REFUSED,
    RunFolderError,
    make_folder,
    storage_error,
    to_json,
    write_text_atomic,
)
from optimize.utils.yaml_text import write_yaml
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, SpecError
from problems.units import FloatArray, IntArray

LOG = logging.getLogger(__name__)
#: Folders of a run; were they links, it would write outside the run folder.
_PARTS = ("checkpoint", "figures", "export")


@dataclass(frozen=True, repr=False)
class RunData:
    """A run, as the figures, the summary and later questions need it."""

    path: Path
    config: RunConfig
    problem: Problem
    space: DesignSpace
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    manifest: dict[str, Any]
    front: pd.DataFrame
    front_x: FloatArray
    stored_evaluations: Path | None
    history: pd.DataFrame

    def __repr__(self) -> str:
        return f"<run {self.config.name}: {self._facts}>"

    def _repr_html_(self) -> str:
        from optimize.run.notebook import run_html

        aims = [self.layout.column(o.output) for o in self.objectives]
        return run_html(self.config.name, self._facts, self.front[["design_id", *aims]])

    @property
    def _facts(self) -> str:
        counts = f"{len(self.front):,} designs of {self.manifest.get('evaluations', 0):,} evaluated"
        return f"{counts}, {self.manifest['status']}; {self.path}"

    @cached_property
    def evaluations(self) -> pd.DataFrame | None:
        """Every design evaluated, if kept: read when first asked for.

        Raises
        ------
        RunFolderError
            When the table is damaged.
        """
        if self.stored_evaluations is None:
            return None
        try:
            return read_table(self.stored_evaluations)
        except (OSError, ValueError) as error:
            raise RunFolderError(f"{self.path} cannot be read: {error}", REFUSED) from None

    @cached_property
    def model_change(self) -> str | None:
        """How the model differs from the one that made the run, if it does."""
        return model_change(self.manifest, self.problem.version, data_digests(self.problem))

    @property
    def layout(self) -> Layout:
        """Columns of the tables of this run."""
        return Layout(self.problem, self.space, self.objectives, self.constraints)


def utc_now() -> str:
    """Return the present moment as ISO text."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def create_run_folder(config: RunConfig, out: Path | None) -> Path:
    """Create ``<out>/<UTC time>-<hash of the configuration>`` with the configuration in it.

    Raises
    ------
    RunFolderError
        When the folder cannot be written (exit code 6).
    """
    base = out if out is not None else Path("pareto_outputs") / config.name
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        make_folder(base)
        for attempt in range(1, 1000):
            suffix = "" if attempt == 1 else f"-{attempt}"
            folder = base / f"{stamp}-{config.digest}{suffix}"
            try:
                make_folder(folder, new=True)
            except FileExistsError:
                continue
            make_folder(folder / "checkpoint", new=True)
            write_config(folder, config)
            return folder
    except OSError as error:
        raise storage_error(error, base) from None
    raise RunFolderError(f"cannot find a free folder name in {base}", NO_SPACE)


def prepare_run_folder(folder: Path, config: RunConfig) -> Path:
    """Make ``folder`` a run folder of ``config``; what is in it stays.

    Raises
    ------
    RunFolderError
        When it cannot be written (exit code 6).
    """
    try:
        make_folder(folder / "checkpoint")
        write_config(folder, config)
    except OSError as error:
        raise storage_error(error, folder) from None
    return folder


def write_config(folder: Path, config: RunConfig) -> None:
    """Write the resolved configuration."""
    heading = "Everything that defines this run: heliofront run config.yaml repeats it."
    write_yaml(folder / CONFIG, config.resolved(), heading)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest."""
    write_text_atomic(folder / "manifest.json", to_json(manifest))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run folder.

    Raises
    ------
    RunFolderError
        When there is none, it is damaged or of another version, or a key has a wrong type.
    """
    for part in _PARTS:
        if (folder / part).is_symlink():
            text = "is a link; a run keeps what is its own in its own folder"
            raise RunFolderError(f"{folder / part} {text}", REFUSED)
    return checked_manifest(folder / "manifest.json")


def open_run(folder: Path) -> tuple[RunConfig, Problem, Layout, dict[str, Any]]:
    """Return configuration, problem, table layout and manifest of a run folder.

    Raises
    ------
    RunFolderError
        When the folder is no run, or its configuration no longer fits the problem.
    """
    manifest = read_manifest(folder)
    try:
        config, _ = load_config(folder / CONFIG)
        check_config(folder, config, manifest)
        require_allowed(config, folder)
        problem = build_problem(config)
        study = study_of(config, problem)
        space = DesignSpace(study.variables)
        layout = Layout(problem, space, study.objectives, study.constraints)
        layout = robust_layout(config.uncertainty, layout)
        layout = layout.measured_by(with_reference(layout.objectives, manifest))
    except (ConfigError, SpecError) as error:
        raise RunFolderError(f"{folder} cannot be read: {error}", REFUSED) from None
    return config, layout.problem, layout, manifest


def load_run(path: str | Path) -> RunData:
    """Read a run folder.

    Raises
    ------
    RunFolderError
        When it is no run folder, is incomplete or was made by another version.
    """
    folder = Path(path)
    config, _, layout, manifest = open_run(folder)
    run = read_run(folder, config, layout, manifest)
    notes = []
    if run.model_change is not None:
        notes.append(
            f"was {run.model_change}: numbers computed again differ from the stored ones; "
            "run its config.yaml again for the present model"
        )
    if FILES not in manifest:
        notes.append("has no digests, as of an earlier version: its tables cannot be checked")
    if notes:
        LOG.warning("warning: %s %s", folder, ". It ".join(notes))
    return run


def read_run(folder: Path, config: RunConfig, layout: Layout, manifest: dict[str, Any]) -> RunData:
    """Read the tables of a run folder whose configuration, layout and manifest are known.

    Raises
    ------
    RunFolderError
        When a table is missing or damaged.
    """
    check_tables(folder, manifest)
    stored = folder / EVALUATIONS
    try:
        front = read_table(folder / FRONT)
        history = read_table(folder / HISTORY)
        check_front(front, layout)
        if stored.exists():
            with stored.open("rb") as stream:
                check_evaluations(pq.read_schema(stream), layout)
        front_x = layout.rows(front)
    except (OSError, ValueError, KeyError, SpecError) as error:
        raise RunFolderError(f"{folder} cannot be read: {error}", REFUSED) from None
    problem = layout.problem
    if FILES in manifest and manifest.get("problem_version") == problem.version:
        check_identities(folder, front, front_x, problem)
    if config.algorithm.storage is not None:  # a costly model is not asked again for its front
        from optimize.evaluation.remembered import knowing_front

        guard = guarded(problem, config.evaluation)
        problem = knowing_front(guard, layout, front_x, front)
    return RunData(
        folder,
        config,
        problem,
        layout.space,
        layout.objectives,
        layout.constraints,
        manifest,
        front,
        front_x,
        stored if stored.exists() else None,
        history,
    )


def write_front(
    folder: Path, layout: Layout, x: FloatArray, members: pa.Table | None = None
) -> pd.DataFrame:
    """Evaluate the front with every output and store it, sorted by the first objective.

    Parameters
    ----------
    folder, layout, x
        Where, how, and the ``(n, n_var)`` designs.
    members
        More columns, in the order of the designs.

    Returns
    -------
    DataFrame
        The table as stored.
    """
    table, order = front_rows(layout, x)
    if members is not None:
        for field in members.schema:
            table = table.append_column(field, members.column(field.name).take(order))
    write_parquet(folder / FRONT, table)
    write_csv(folder / "front.csv", table)
    return to_frame(table)


def front_rows(layout: Layout, x: FloatArray) -> tuple[pa.Table, IntArray]:
    """Evaluate designs with every output; return their table by the first objective, and order."""
    outputs = layout.problem.evaluate(x)
    columns = [outputs[o.output] * (1.0 if o.sense == "min" else -1.0) for o in layout.objectives]
    order = np.lexsort(tuple(reversed(columns)))
    table = layout.table(x[order], {name: values[order] for name, values in outputs.items()})
    return table, order
