"""The export command: from a run to files, all of them or none."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optimize.export.registry import FORMATS, format_named, write_all
from optimize.utils.answer import deliver
from optimize.utils.files import atomic_path, make_folder, storage_error
from problems.spec import SpecError

if TYPE_CHECKING:
    from optimize.run.folder import RunData

_MISSING = "is missing; heliofront export --help shows how"


def explain(*, as_json: bool) -> int:
    """Print what each format is for, and whether its extra is installed."""
    rows = [
        {
            "name": f.name,
            "suffix": f.suffix,
            "title": f.title,
            "what": f.purpose,
            "extra": f.extra or None,
            "missing": list(f.missing),
        }
        for f in FORMATS.values()
    ]
    width = max(map(len, FORMATS)) + 2
    lines = [
        f"{f.name:{width}}{f.title}{_state(f.extra, f.missing)}\n{'':{width}}{f.purpose}"
        for f in FORMATS.values()
    ]
    deliver({"formats": rows}, "\n".join(lines), as_json=as_json)
    return 0


def _state(extra: str, missing: Sequence[str]) -> str:
    if not extra:
        return ""
    if missing:
        return f" (needs pip install 'heliofront[{extra}]')"
    return f" (extra {extra}, installed)"


def export(
    run: Path | None,
    designs: Sequence[str],
    formats: Sequence[str],
    *,
    out: Path | None,
    as_json: bool,
) -> int:
    """Write designs of a run in one or several formats.

    Raises
    ------
    SpecError
        For a missing argument, an unknown design or format, or a missing extra.
    RunFolderError
        For a run that cannot be read, or a place that cannot be written.
    """
    for option, values in (("--design", designs), ("--format", formats)):
        if not values:
            raise SpecError(option, _MISSING)
    if run is None:
        raise SpecError("RUN", _MISSING)
    for name in formats:
        format_named(name).function()  # a missing extra is reported before anything is read
    from optimize.run.folder import load_run

    names = list(dict.fromkeys(designs))
    paths = [str(path) for path in write_designs(load_run(run), names, formats, out)]
    deliver({"designs": names, "files": paths}, "\n".join(paths), as_json=as_json)
    return 0


def write_designs(
    run: RunData, designs: Sequence[str], formats: Sequence[str], out: Path | None = None
) -> list[Path]:
    """Write designs of a run in every format, all files or none.

    Parameters
    ----------
    run
        The run; each design is a member of its front.
    designs
        Identities; one that is named twice is written once.
    formats
        Names of :data:`optimize.export.registry.FORMATS`.
    out
        Folder for the files; ``export`` in the run folder when None.

    Returns
    -------
    list of Path
        Files in the order of formats, then designs.

    Raises
    ------
    SpecError
        For an unknown design or format, or a missing extra.
    RunFolderError
        When the folder cannot be written.
    """
    from optimize.export.document import design_document

    chosen = [format_named(name) for name in dict.fromkeys(formats)]
    documents = [design_document(run, name) for name in dict.fromkeys(designs)]
    folder = out if out is not None else run.path / "export"
    try:
        make_folder(folder)
        with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder) as temporary:
            made = write_all(chosen, documents, Path(temporary))
            return [_move(path, folder) for path in made]
    except OSError as error:
        raise storage_error(error, folder) from None


def _move(path: Path, folder: Path) -> Path:
    """Put a finished file in its place, flushed to disk."""
    final = folder / path.name
    with atomic_path(final) as temporary:
        path.replace(temporary)
    return final
