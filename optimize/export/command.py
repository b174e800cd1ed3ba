"""From a run to files, all of them or none."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optimize.export.registry import FORMATS, format_named, write_all
from optimize.utils.answer import deliver
from optimize.utils.files import atomic_path, make_folder, storage_error

if TYPE_CHECKING:
    from optimize.run.folder import RunData


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
    return write_files(run, lambda folder: write_all(chosen, documents, folder), out)


def write_files(
    run: RunData, write: Callable[[Path], list[Path]], out: Path | None = None
) -> list[Path]:
    """Have files written in a folder of their own, then put them all in their place.

    Parameters
    ----------
    run, out
        As for :func:`write_designs`.
    write
        Writes files below a folder and returns them.

    Raises
    ------
    RunFolderError
        When the folder cannot be written.
    """
    folder = out if out is not None else run.path / "export"
    try:
        make_folder(folder)
        with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder) as temporary:
            return [_move(path, folder) for path in write(Path(temporary))]
    except OSError as error:
        raise storage_error(error, folder) from None


def _move(path: Path, folder: Path) -> Path:
    """Put a finished file in its place, flushed to disk."""
    final = folder / path.name
    with atomic_path(final) as temporary:
        path.replace(temporary)
    return final
