"""Figures and pages inside a notebook."""

from __future__ import annotations

import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimize.utils.markup import embedded
from problems.spec import SpecError, nearest

if TYPE_CHECKING:
    from optimize.run.folder import RunData


@dataclass(frozen=True, repr=False)
class Shown:
    """Something that a notebook shows where a cell ends with it."""

    title: str
    markup: str

    def __repr__(self) -> str:
        return f"<{self.title}, {len(self.markup) / 1e3:,.0f} kB of HTML>"

    def _repr_html_(self) -> str:
        return self.markup


def figure_shown(run: RunData, name: str) -> Shown:
    """Draw one figure of a run, with its picture inside.

    Raises
    ------
    SpecError
        For a name that no figure of the run has, or one with nothing to show.
    """
    import matplotlib as mpl

    from optimize.report.plots.run import named_figures
    from optimize.report.plots.style import STYLE

    look: Any = STYLE
    figures = named_figures(run)
    if name not in figures:
        text = f"'{name}' is no figure of this run; it has {', '.join(figures)} and explorer"
        raise SpecError("show", text, nearest(name, [*figures, "explorer"]))
    with mpl.rc_context(look), io.BytesIO() as stream:
        figure = figures[name]()
        if figure is None:
            raise SpecError("show", f"'{name}' has nothing to show for this run")
        figure.savefig(stream, format="png", dpi=100)
        title = f"{name} of {run.config.name}"
        return Shown(title, embedded(stream.getvalue(), "image/png", title, shown=False))


def page_shown(title: str, page: str, height_px: int) -> Shown:
    """Return a page of its own inside a notebook."""
    frame = 'style="width: 100%; border: 1px solid #d5d5d5"'
    source = html.escape(page, quote=True)
    markup = f'<iframe title="{html.escape(title)}" height="{height_px}" {frame} srcdoc="{source}">'
    return Shown(title, f"{markup}</iframe>")
