"""Figures of a run: the front, its designs, and how the search converged.

Every figure is a function from a :class:`~optimize.report.plots.style.View` to a matplotlib figure,
or None when there is nothing to show; :func:`write_figures` draws and stores them all. Importing
this module does not import matplotlib.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.utils.files import atomic_path
from optimize.utils.labels import pretty_unit, sentence, tick, title, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from optimize.report.plots.style import View
    from optimize.run.folder import RunData

DOTS_PER_INCH = 150
LOG = logging.getLogger(__name__)


def front(view: View) -> Figure | None:
    """Draw the front in every pair of objectives, a further one as colour.

    The mark tells the first choice that varies (for a satellite: the orbit). A single objective
    is drawn over the first variable that varies.
    """
    from optimize.report.plots import style

    m = len(view.objectives)
    if m == 1:
        return _single_objective(view)
    pairs = list(combinations(range(m), 2))
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure = style.new_figure(5.0 * columns, 3.9 * rows + 0.7)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (i, j) in zip(grid, pairs, strict=False):
        third = next((k for k in range(m) if k not in (i, j)), None)
        norm = colour = None
        if third is not None:
            colour = view.values[:, third]
            norm = style.colour_norm(colour, log=view.objectives[third].log)
        x, y = view.values[:, i], view.values[:, j]
        mappable = style.scatter(axes, view, x, y, colour, norm)
        if third is not None:
            style.colour_bar(figure, mappable, style.objective_label(view, third), axes)
        style.mark_chosen(axes, x, y, view.chosen)
        style.scale_axis(axes, "x", x, log=view.objectives[i].log)
        style.scale_axis(axes, "y", y, log=view.objectives[j].log)
        axes.set_xlabel(style.objective_label(view, i))
        axes.set_ylabel(style.objective_label(view, j))
    for axes in grid[len(pairs) :]:
        axes.set_visible(False)
    figure.suptitle(_front_title(view))
    style.legend_below(figure, _legend(view), 3 if columns < 3 else 5)
    return figure


def _front_title(view: View) -> str:
    n = len(view.values)
    return f"{view.run.config.name}: {n:,} Pareto-optimal design{'s' if n != 1 else ''}"


def _legend(view: View) -> list[Line2D]:
    from optimize.report.plots import style

    handles: list[Line2D] = list(style.chosen_handles(view.chosen))
    lead = view.leading_choice
    if lead is not None:
        variable = view.run.space.variables[lead]
        handles += style.choice_handles(variable, style.codes_present(view, lead))
    return handles


def _single_objective(view: View) -> Figure:
    from optimize.report.plots import style

    variables = view.run.space.variables
    numbers = [i for i in (*view.varying, *view.run.space.free) if variables[i].kind != "choice"]
    figure = style.new_figure(6.0, 4.2)
    axes = figure.subplots()
    x = style.decoded(view, numbers[0]) if numbers else np.arange(len(view.values), dtype=float)
    style.scatter(axes, view, x, view.values[:, 0], None, None)
    style.mark_chosen(axes, x, view.values[:, 0], view.chosen)
    style.scale_axis(axes, "x", x, log=bool(numbers) and variables[numbers[0]].log)
    style.scale_axis(axes, "y", view.values[:, 0], log=view.objectives[0].log)
    axes.set_xlabel(title(variables[numbers[0]]) if numbers else "Design")
    axes.set_ylabel(style.objective_label(view, 0))
    figure.suptitle(_front_title(view))
    style.legend_below(figure, _legend(view), 3)
    return figure


def front_3d(view: View) -> Figure | None:
    """Draw the first three objectives in space; logarithmic ones by their decimal logarithm."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedFormatter, FixedLocator

    from optimize.report.plots import style

    if len(view.objectives) < 3 or len(view.values) < 3:
        return None
    figure = Figure(figsize=(8.6, 6.8))
    # An automatic layout does not know the texts of a three-dimensional box: place it by hand.
    axes: Any = figure.add_axes((0.03, 0.1, 0.92, 0.88), projection="3d")
    axes.set_box_aspect((1.15, 1.15, 0.9), zoom=1.06)
    points = []
    for k, objective in enumerate(view.objectives[:3]):
        values = view.values[:, k]
        log = objective.log and bool((values > 0.0).all())
        points.append(np.log10(values) if log else values)
        low, high = float(values.min()), float(values.max())
        ticks = style.plain_ticks(low, high, log, 5) or [low]
        axis = (axes.xaxis, axes.yaxis, axes.zaxis)[k]
        axis.set_major_locator(FixedLocator(np.log10(ticks).tolist() if log else ticks))
        axis.set_major_formatter(FixedFormatter([tick(t) for t in ticks]))
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.labelpad = 9.0
    x, y, z = points
    lead = view.leading_choice
    codes = np.zeros(len(x), dtype=int)
    if lead is not None:
        codes = view.run.front_x[:, lead].astype(int)
    for code in np.unique(codes):
        at = codes == code
        axes.scatter(
            x[at],
            y[at],
            z[at],
            s=16,
            linewidths=0,
            alpha=0.75,
            depthshade=False,
            marker=style.MARKERS[code % 10],
            c=style.CHOICE_COLOURS[code % 8],
            rasterized=len(x) > style.MANY_POINTS,
        )
    for at, pick in enumerate(view.chosen):
        axes.plot(
            x[[pick.row]],
            y[[pick.row]],
            z[[pick.row]],
            "o",
            ms=11 + 2.5 * (at % 2),
            mfc="none",
            mec=style.CHOSEN_COLOURS[at % 7],
            mew=2,
        )
    axes.set_xlabel(style.objective_label(view, 0))
    axes.set_ylabel(style.objective_label(view, 1))
    axes.set_zlabel(style.objective_label(view, 2))
    axes.view_init(elev=24, azim=-128)
    figure.text(0.5, 0.965, _front_title(view), ha="center", fontsize=11)
    handles = _legend(view)
    if lead is not None:
        marks = zip(handles[len(view.chosen) :], style.codes_present(view, lead), strict=True)
        for handle, code in marks:
            handle.set_markerfacecolor(style.CHOICE_COLOURS[code % 8])
    style.legend_below(figure, handles, 4)
    return figure


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
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with mpl.rc_context(look):
        figures = list(_figures(View(run)))
        for position in range(len(figures)) if positions is None else positions:
            name, draw = figures[position]
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
