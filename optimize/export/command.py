"""The export command: from a run to files, all of them or none."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from optimize.export.registry import FORMATS, format_named, write_all
from optimize.utils.answer import deliver
from optimize.utils.files import atomic_path, make_folder, storage_error
from problems.spec import SpecError

_MISSING = "is missing; heliofront export --help shows how"


def explain(*, as_json: bool) -> int:
    """Print what each format is for, and whether its extra is installed."""
    rows = [
        {
            "name": f.name,
            "suffix": f.suffix,
            "title": f.title,
            "what": f.what,
            "extra": f.extra or None,
            "missing": list(f.missing),
        }
        for f in FORMATS.values()
    ]
    width = max(map(len, FORMATS)) + 2
    lines = [
        f"{f.name:{width}}{f.title}{_state(f.extra, f.missing)}\n{'':{width}}{f.what}"
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
    for option, given in (("--design", designs), ("--format", formats)):
        if not given:
            raise SpecError(option, _MISSING)
    if run is None:
        raise SpecError("RUN", _MISSING)
    chosen = [format_named(name) for name in dict.fromkeys(formats)]
    for entry in chosen:
        entry.function()  # a missing extra is told before anything is read
    from optimize.export.document import design_document
    from optimize.run.folder import load_run

    data = load_run(run)
    documents = [design_document(data, name) for name in dict.fromkeys(designs)]
    folder = out if out is not None else run / "export"
    try:
        make_folder(folder)
        with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder) as temporary:
            made = write_all(chosen, documents, Path(temporary))
            files = [_move(path, folder) for path in made]
    except OSError as error:
        raise storage_error(error, folder) from None
    names, paths = [document["design_id"] for document in documents], list(map(str, files))
    deliver({"designs": names, "files": paths}, "\n".join(paths), as_json=as_json)
    return 0


def _move(path: Path, folder: Path) -> Path:
    """Put a finished file in its place, flushed to disk."""
    final = folder / path.name
    with atomic_path(final) as temporary:
        path.replace(temporary)
    return final
