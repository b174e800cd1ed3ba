"""What a run wrote is what is read: the SHA-256 of its files, in its manifest."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from optimize.config.run_config import RunConfig
from optimize.evaluation.rows import design_ids
from optimize.evaluation.tables import Layout
from optimize.utils.files import REFUSED, RunFolderError
from problems.space import Problem
from problems.spec import SpecError
from problems.units import FloatArray

LOG = logging.getLogger(__name__)

#: Keys of a manifest: digests by file, and that of every setting a number of the run depends on.
FILES, SETTINGS = "file_digests", "settings_digest"
CONFIG = "config.yaml"
FRONT, HISTORY, EVALUATIONS = "front.parquet", "history.parquet", "evaluations.parquet"
TABLES = (
    FRONT,
    "front.csv",
    EVALUATIONS,
    HISTORY,
    "failures.parquet",
    "nominal_front.parquet",
    "columns.csv",
)
_BEGUN = "running"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests_of(folder: Path, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the digests of configuration and tables in a folder.

    Parameters
    ----------
    folder
        A run folder.
    known
        Digests by name that need no further look at the file.
    """
    present = [name for name in (CONFIG, *TABLES) if (folder / name).is_file()]
    return {name: (known or {}).get(name) or digest_of(folder / name) for name in present}


def check_tables(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a folder with a table that is not as the run wrote it.

    The folder of a version without digests cannot be checked. Of a run that is going, tables of its
    last end may be left; its own are not yet there.

    Raises
    ------
    RunFolderError
        Naming the file (exit code 4).
    """
    for name in TABLES if FILES in manifest else ():
        check_table(folder / name, manifest[FILES], ended=manifest.get("status") != _BEGUN)


def check_table(path: Path, stored: Mapping[str, str], *, ended: bool = True) -> None:
    """Refuse one table that is not as the run wrote it; one that is not there is not looked at.

    Parameters
    ----------
    path
        The table.
    stored
        Digests of its run.
    ended
        Whether every table of the run has its digest by now.

    Raises
    ------
    RunFolderError
        Naming the file (exit code 4).
    """
    expected = stored.get(path.name)
    if not path.is_file() or (expected is None and not ended):
        return
    try:
        digest = digest_of(path)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error.strerror}", REFUSED) from None
    if digest != expected:
        text = "is damaged or was changed: its SHA-256 is not the one in manifest.json"
        advice = "heliofront resume writes the tables of a run again"
        raise RunFolderError(f"{path} cannot be read: it {text} ({advice})", REFUSED)


def check_config(folder: Path, config: RunConfig, manifest: Mapping[str, Any]) -> None:
    """Refuse a configuration that is not the one of the run.

    What changes no number may be edited by hand: how much a model may misbehave, and what is
    written beside the front.

    Raises
    ------
    RunFolderError
        When something else was changed (exit code 4).
    """
    expected = (manifest.get(FILES) or {}).get(CONFIG)
    path = folder / CONFIG
    if expected is None or digest_of(path) == expected:
        return
    if config.settings_digest == manifest.get(SETTINGS):
        text = "warning: %s was edited since the run wrote it, where no number depends on it"
        LOG.warning(text, path)
        return
    reason = (
        "is not the configuration that the run wrote; only 'evaluation' and 'output' may be edited "
        "by hand (resume --generations sets another budget, run starts a run with what it says now)"
    )
    raise RunFolderError(f"{path} {reason}", REFUSED)


def check_front(front: pd.DataFrame, layout: Layout) -> None:
    """Refuse a front without identities, or with an objective that is no finite number.

    Raises
    ------
    SpecError
        Naming table and column.
    """
    columns = [layout.column(o.output) for o in layout.objectives]
    for name in ("design_id", *columns):
        if name not in front:
            raise SpecError(FRONT, f"has no column '{name}'")
    for name in columns:
        if not pd.api.types.is_float_dtype(front[name].dtype) and len(front):
            raise SpecError(FRONT, f"column '{name}' of an objective holds no numbers")
        if not np.isfinite(front[name].to_numpy(dtype=np.float64)).all():
            raise SpecError(FRONT, f"column '{name}' of an objective is not finite everywhere")


def check_identities(
    folder: Path, front: pd.DataFrame, front_x: FloatArray, problem: Problem
) -> None:
    """Refuse a front whose designs are not those of their identities.

    Raises
    ------
    RunFolderError
        Naming the first of them.
    """
    for stored, computed in zip(front["design_id"], design_ids(front_x, problem), strict=True):
        if stored != computed:
            text = f"design {stored} has the variables of design {computed}"
            raise RunFolderError(f"{folder / FRONT}: {text}", REFUSED)


def check_evaluations(schema: pa.Schema, layout: Layout) -> None:
    """Refuse a table of evaluations without an objective, from what its head says.

    Raises
    ------
    SpecError
        Naming table and column.
    """
    for name in (layout.column(o.output) for o in layout.objectives):
        if name not in schema.names or not pa.types.is_floating(schema.field(name).type):
            raise SpecError(EVALUATIONS, f"has no numbers in a column '{name}', an objective")
