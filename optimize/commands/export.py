"""``heliofront export``: designs of a run, or its whole front as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimize.designs.table import chosen_designs, design_named
from optimize.export.command import write_designs, write_files
from optimize.export.document import design_document
from optimize.export.formats.front_xlsx import Front, write_front
from optimize.export.registry import format_named
from optimize.run.columns import front_columns
from optimize.run.folder import RunData, load_run
from optimize.utils.answer import deliver
from optimize.utils.labels import sentence
from problems.spec import SpecError

_MISSING = "is missing; heliofront export --help shows how"
_WORKBOOK = "xlsx"


def export(
    path: Path | None,
    designs: Sequence[str],
    formats: Sequence[str],
    *,
    out: Path | None,
    as_json: bool,
) -> int:
    """Write designs of a run in one or several formats; without designs, its front as a workbook.

    Raises
    ------
    SpecError
        For a missing argument, an unknown design or format, or a missing extra.
    RunFolderError
        For a run that cannot be read, or a place that cannot be written.
    """
    if not formats:
        raise SpecError("--format", _MISSING)
    if not designs and set(formats) != {_WORKBOOK}:
        raise SpecError("--design", f"{_MISSING} (only {_WORKBOOK} takes the whole front)")
    if path is None:
        raise SpecError("RUN", _MISSING)
    for name in formats:
        format_named(name).function()  # a missing extra is reported before anything is read
    run = load_run(path)
    names = list(dict.fromkeys(design_named(run, name) for name in designs))
    files = write_designs(run, names, formats, out) if names else export_front(run, out)
    paths = [str(file) for file in files]
    deliver({"designs": names, "files": paths}, "\n".join(paths), as_json=as_json)
    return 0


def export_front(run: RunData, out: Path | None = None) -> list[Path]:
    """Write the front of a run as ``front.xlsx``; return its path.

    Raises
    ------
    SpecError
        When the front is empty.
    RunFolderError
        When the folder cannot be written.
    """
    if len(run.front) == 0:
        raise SpecError("RUN", f"{run.path} has no feasible design to export")
    chosen = {
        sentence(pick.title): str(run.front["design_id"].iloc[pick.row])
        for pick in chosen_designs(run)
    }
    assumptions: dict[str, Any] = {}
    for identity in dict.fromkeys(chosen.values()):
        assumptions |= design_document(run, identity)["assumptions"]
    axes = [(run.layout.column(o.output), o.log) for o in run.objectives]
    front = Front(run.config.name, run.front, front_columns(run.path), axes, chosen, assumptions)
    return write_files(run, lambda folder: [write_front(front, folder / "front.xlsx")], out)
