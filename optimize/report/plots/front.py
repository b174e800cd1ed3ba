"""Figures of the front: every pair of objectives, and the first three in space."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.utils.labels import tick, title
from problems.units import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from optimize.report.plots.style import View


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
    figure = style.new_figure(4.6 * columns, 4.5 * rows + 0.7)
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
            # Above the panel: at its side it would stand by the axis of the next one.
            label = style.objective_label(view, third)
            style.colour_bar(figure, mappable, label, axes, location="top", aspect=30)
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

    from optimize.report.plots import style

    if len(view.objectives) < 3 or len(view.values) < 3:
        return None
    figure = Figure(figsize=(8.6, 6.8))
    # An automatic layout ignores the texts of a three-dimensional box: place it by hand.
    axes: Any = figure.add_axes((0.03, 0.1, 0.92, 0.88), projection="3d")
    axes.set_box_aspect((1.15, 1.15, 0.9), zoom=1.06)
    points = [_scaled_axis(view, k, (axes.xaxis, axes.yaxis, axes.zaxis)[k]) for k in range(3)]
    _dots(axes, view, points)
    for at, pick in enumerate(view.chosen):
        axes.plot(
            *(values[[pick.row]] for values in points),
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
    if view.leading_choice is not None:
        codes = style.codes_present(view, view.leading_choice)
        for handle, code in zip(handles[len(view.chosen) :], codes, strict=True):
            handle.set_markerfacecolor(style.CHOICE_COLOURS[code % 8])
    style.legend_below(figure, handles, 4)
    return figure


def _scaled_axis(view: View, k: int, axis: Any) -> FloatArray:
    """Give an axis the ticks of an objective; return its values as the axis is scaled."""
    from matplotlib.ticker import FixedFormatter, FixedLocator

    from optimize.report.plots import style

    values = view.values[:, k]
    log = view.objectives[k].log and bool((values > 0.0).all())
    low, high = float(values.min()), float(values.max())
    ticks = style.plain_ticks(low, high, log, 5) or [low]
    axis.set_major_locator(FixedLocator(np.log10(ticks).tolist() if log else ticks))
    axis.set_major_formatter(FixedFormatter([tick(t) for t in ticks]))
    axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
    axis.labelpad = 9.0
    return np.asarray(np.log10(values) if log else values)


def _dots(axes: Any, view: View, points: Sequence[FloatArray]) -> None:
    """Draw the designs, marked by the leading choice."""
    from optimize.report.plots import style

    codes = np.zeros(len(points[0]), dtype=int)
    if view.leading_choice is not None:
        codes = view.run.front_x[:, view.leading_choice].astype(int)
    for code in np.unique(codes):
        axes.scatter(
            *(values[codes == code] for values in points),
            s=16,
            linewidths=0,
            alpha=0.75,
            depthshade=False,
            marker=style.MARKERS[code % 10],
            c=style.CHOICE_COLOURS[code % 8],
            rasterized=len(codes) > style.MANY_POINTS,
        )
