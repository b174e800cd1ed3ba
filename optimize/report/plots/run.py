"""Figures of a run: the front, its designs, and how the search converged.

Every figure is a function from a :class:`~optimize.report.plots.style.View` to a matplotlib figure,
or None when there is nothing to show; :func:`write_figures` draws and stores them all. Importing
this module does not import matplotlib.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimize.report.plots.front import front, front_3d
from optimize.utils.files import atomic_path, make_folder
from optimize.utils.labels import pretty_unit, sentence, words
from optimize.utils.phases import phase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from optimize.report.plots.style import View
    from optimize.run.folder import RunData

DOTS_PER_INCH = 150
LOG = logging.getLogger(__name__)


def convergence(view: View) -> Figure | None:
    """Draw hypervolume, feasible share and the best of each objective over the evaluations."""
    from optimize.report.plots import style

    history = view.run.history
    if len(history) < 2:
        return None
    evaluations = style.history_column(view, "evaluations")
    panels = [("Hypervolume", "hypervolume", False), ("Feasible share", "feasible_share", False)]
    panels += [
        (f"Best {words(o.output, view.declared(o.output).unit)}", f"best.{o.output}", o.log)
        for o in view.objectives
    ]
    panels = [panel for panel in panels if panel[1] in history and history[panel[1]].notna().any()]
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = style.new_figure(4.4 * columns, 2.9 * rows + 0.3)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for at, (axes, (name, column, log)) in enumerate(zip(grid, panels, strict=False)):
        values = style.history_column(view, column)
        axes.plot(evaluations, values, color=style.OKABE_ITO[0], lw=1.6)
        style.scale_axis(axes, "y", values, log=log)
        if not values.any():  # nothing feasible was found
            axes.set_ylim(-0.03, 1.0)
        unit = view.declared(column[5:]).unit if column.startswith("best.") else "1"
        heading = sentence(name) if unit == "1" else f"{name} [{pretty_unit(unit)}]"
        axes.set_title(style.two_lines(heading, 42), loc="left")
        axes.tick_params(labelbottom=at + columns >= len(panels))
        if at + columns >= len(panels):
            axes.set_xlabel("Evaluations")
    style.scale_axis(grid[0], "x", evaluations, log=False)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    figure.suptitle(f"{view.run.config.name}: convergence")
    return figure


def _figures(view: View) -> Iterator[tuple[str, Callable[[], Figure | None]]]:
    """Yield file names and what draws them; an empty front leaves the convergence only."""
    from optimize.report.plots import breakdowns, designs

    yield "convergence", partial(convergence, view)
    if len(view.run.front) == 0:
        LOG.info("the front is empty: no figures of designs")
        return
    yield "front", partial(front, view)
    yield "front_3d", partial(front_3d, view)
    if view.run.config.uncertainty is not None:
        from optimize.report.plots.robustness import robustness

        yield "robustness", partial(robustness, view)
    yield "parallel", partial(designs.parallel, view)
    yield "variables_along_front", partial(designs.variables_along_front, view)
    for breakdown in view.run.problem.breakdowns:
        if breakdown.unit == "kg":
            yield f"{breakdown.name}_tree", partial(breakdowns.stacked, view, breakdown)
        else:
            yield f"{breakdown.name}_waterfall", partial(breakdowns.waterfall, view, breakdown)


def named_figures(run: RunData) -> dict[str, Callable[[], Figure | None]]:
    """Return what draws each figure of a run, by its name."""
    from optimize.report.plots.style import View

    return dict(_figures(View(run)))


def figure_count(run: RunData) -> int:
    """Return how many figures a run may have."""
    from optimize.report.plots.style import View

    return len(list(_figures(View(run))))


def write_figures(
    run: RunData,
    *,
    formats: Sequence[str] = ("png", "svg"),
    positions: Iterable[int] | None = None,
) -> list[Path]:
    """Draw every figure of a run into its folder ``figures``.

    Parameters
    ----------
    run
        A finished run.
    formats
        File types: ``png`` (150 dots per inch), ``svg``, or any other that matplotlib writes.
    positions
        Which figures, of :func:`figure_count`; each is asked for when the one before is drawn.
        All when left out.

    Returns
    -------
    list of Path
        The files written, each whole. The same run gives the same bytes.
    """
    import matplotlib as mpl

    from optimize.report.plots.style import STYLE, View

    look: Any = STYLE
    folder = run.path / "figures"
    make_folder(folder)
    written: list[Path] = []
    with mpl.rc_context(look):
        figures = list(_figures(View(run)))
        for position in range(len(figures)) if positions is None else positions:
            name, draw = figures[position]
            phase("drawing", position + 1, len(figures))
            figure = draw()
            if figure is None:
                LOG.info("figure %s: nothing to show for this run", name)
                continue
            figure.dpi = DOTS_PER_INCH
            if figure.get_layout_engine() is not None:
                figure.draw_without_rendering()  # lay out once, not once per file type
                figure.set_layout_engine("none")
            for suffix in formats:
                path = folder / f"{name}.{suffix}"
                with atomic_path(path) as temporary:
                    figure.savefig(temporary, **_options(suffix))
                written.append(path)
    return written


def _options(suffix: str) -> dict[str, Any]:
    """Return what to tell the writer: no date, so that equal figures are equal files."""
    undated: dict[str, dict[str, Any]] = {
        # Strong compression takes longer than the drawing and gains a few per cent.
        "png": {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}},
        # Only clouds of many marks are pictures inside the SVG; a coarser grid saves a second.
        "svg": {"metadata": {"Date": None}, "dpi": 110},
        "pdf": {"metadata": {"CreationDate": None}},
    }
    return {"dpi": DOTS_PER_INCH} | undated.get(suffix, {})
