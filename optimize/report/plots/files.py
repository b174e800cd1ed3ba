"""Writing single figures: whole or absent, and the same figure gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimize.utils.files import atomic_path
from optimize.utils.phases import phase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 150
_UNDATED: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None}}


def write_figure_files(
    folder: Path, figures: Mapping[str, Callable[[], Figure | None]]
) -> list[Path]:
    """Draw figures and write each as PNG and SVG.

    Parameters
    ----------
    folder
        An existing folder.
    figures
        File name without suffix to a function that draws; one that returns None is left out.

    Returns
    -------
    list of Path
        The files written.
    """
    import matplotlib as mpl

    from optimize.report.plots.style import STYLE

    look: Any = STYLE
    written: list[Path] = []
    with mpl.rc_context(look):
        for at, (name, draw) in enumerate(figures.items()):
            phase("drawing", at + 1, len(figures))
            figure = draw()
            if figure is None:
                continue
            written += save_figure(figure, folder, name)
    return written


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as PNG and SVG, each whole or not at all; return both paths."""
    written = []
    for suffix, metadata in _UNDATED.items():
        path = folder / f"{name}.{suffix}"
        with atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=DOTS_PER_INCH, metadata=metadata)
        written.append(path)
    return written
