"""Figures, summary and explorer of a run, as its configuration asks for them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from optimize.run.folder import RunData, write_manifest
from optimize.utils.files import storage_error
from optimize.utils.phases import phase


def present(run: RunData, *, alone: bool = True) -> list[Path]:
    """Write figures and summary; return the figures. A run that is not alone uses one process."""
    from optimize.report.deciding import deciding_limit
    from optimize.report.summary import write_summary

    try:
        binding = deciding_limit(run)
        if binding is not None:
            run = dataclasses.replace(run, manifest={**run.manifest, "binding": binding})
            write_manifest(run.path, run.manifest)
        figures: list[Path] = []
        if run.config.output.figures:
            from optimize.report.plots.run import write_figures
            from optimize.report.plots.workers import draw

            figures = draw(run) if alone else write_figures(run)
        phase("writing the summary")
        write_summary(run)
        if run.config.output.explorer:
            from optimize.explorer.build import FILE_NAME, write_explorer

            phase("writing the explorer")
            write_explorer([run], run.path / FILE_NAME)
    except OSError as error:
        raise storage_error(error, run.path) from None
    return figures
