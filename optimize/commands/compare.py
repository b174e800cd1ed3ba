"""The command ``heliofront compare RUN RUN...``: numbers, text and the fronts over each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimize.commands.compare_runs import compare, comparison_text
from optimize.run.folder import RunData
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, storage_error, to_json, write_text_atomic


def compare_paths(paths: Sequence[Path], *, out: Path | None, as_json: bool) -> int:
    """Compare runs; print text or JSON, and write both and the figure to ``out``."""
    runs, document = compare(paths)
    files = _write(out, runs, document) if out is not None else []
    deliver(document, lambda: comparison_text(document) + _listed(files), as_json=as_json)
    return 0


def _listed(files: Sequence[Path]) -> str:
    return "".join(f"{file}\n" for file in files)


def _write(folder: Path, runs: Sequence[RunData], document: dict[str, Any]) -> list[Path]:
    from optimize.report.plots.compare import overlaid
    from optimize.report.plots.files import write_figure_files

    data, table = folder / "comparison.json", folder / "comparison.txt"
    try:
        make_folder(folder)
        write_text_atomic(data, to_json(document))
        write_text_atomic(table, comparison_text(document))
        return [data, table, *write_figure_files(folder, {"comparison": lambda: overlaid(runs)})]
    except OSError as error:
        raise storage_error(error, folder) from None
