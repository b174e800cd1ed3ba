"""Figures of designs: variables along the front, and parallel coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable

from optimize.report.plots import style
from optimize.utils.labels import pretty_unit, sentence, tick, title, words, wrapped
from problems.spec import Variable
from problems.units import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from optimize.report.plots.style import View

MAX_LINES = 400  # of parallel coordinates, evenly along the front


def _jitter(n: int) -> FloatArray:
    """Return offsets in -0.5...0.5 that spread equal points; the same for every run."""
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    return np.asarray((np.arange(n) * golden) % 1.0 - 0.5)


def variables_along_front(view: View) -> Figure | None:
    """Draw every varying variable over the first objective, coloured by the last.

    Numbers are points; choices are strips, one row per choice.
    """
    if not view.varying:
        return None
    columns = min(3, len(view.varying))
    rows = -(-len(view.varying) // columns)
    figure = style.new_figure(4.6 * columns + 0.9, 2.7 * rows + 0.8)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    last = len(view.objectives) - 1
    colour = view.values[:, last]
    norm = style.colour_norm(colour, log=view.objectives[last].log)
    x = view.values[:, 0]
    mappable = None
    for at, (axes, i) in enumerate(zip(grid.ravel(), view.varying, strict=False)):
        variable = view.run.space.variables[i]
        if variable.kind == "choice":
            _strips(axes, view, i, x, colour, norm)
        else:
            y = style.decoded(view, i)
            mappable = style.scatter(axes, view, x, y, colour, norm)
            style.scale_axis(axes, "y", y, log=variable.log)
            style.mark_chosen(axes, x, y, view.chosen)
        axes.set_title(title(variable), loc="left")
        at_bottom = at + columns >= len(view.varying)
        axes.tick_params(labelbottom=at_bottom)
        if at_bottom:
            axes.set_xlabel(style.objective_label(view, 0))
    style.scale_axis(grid[0, 0], "x", x, log=view.objectives[0].log)
    for axes in grid.ravel()[len(view.varying) :]:
        axes.set_visible(False)
    mappable = mappable or ScalarMappable(norm=norm, cmap=style.COLOUR_MAP)
    style.colour_bar(figure, mappable, style.objective_label(view, last), grid, aspect=30)
    figure.suptitle(f"{view.run.config.name}: variables along the front")
    handles: list[Any] = list(style.chosen_handles(view.chosen))
    if view.leading_choice is not None:
        lead = view.leading_choice
        codes = style.codes_present(view, lead)
        handles += style.choice_handles(view.run.space.variables[lead], codes)
    style.legend_below(figure, handles, 4)
    return figure


def _strips(axes: Axes, view: View, i: int, x: FloatArray, colour: FloatArray, norm: Any) -> None:
    codes = style.codes_present(view, i)
    row = {code: at for at, code in enumerate(codes)}
    use = view.active[:, i]
    values = view.run.front_x[:, i].astype(int)
    level = np.array([row.get(v, np.nan) for v in values.tolist()], dtype=float)
    y = np.where(use, level + 0.55 * _jitter(len(x)), np.nan)
    marks = axes.scatter(
        x,
        y,
        c=colour,
        norm=norm,
        cmap=style.COLOUR_MAP,
        marker="|",
        s=42,
        linewidths=1.2,
        rasterized=len(x) > style.MANY_POINTS,
        plotnonfinite=False,
    )
    marks.set_in_layout(False)
    style.mark_chosen(axes, x, y, view.chosen)
    names = [words(view.run.space.variables[i].choices[code]) for code in codes]
    axes.set_yticks(range(len(codes)), names)
    axes.set_ylim(-0.6, len(codes) - 0.4)


@dataclass(frozen=True)
class _Line:
    """One vertical axis of parallel coordinates: heights 0...1, and texts at some heights."""

    label: str
    unit: str
    heights: FloatArray
    ticks: list[tuple[float, str]]


def _number_line(name: str, unit: str, values: FloatArray, *, log: bool) -> _Line:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    log = log and low > 0.0

    def height(v: FloatArray) -> FloatArray:
        if high <= low:
            return np.where(np.isfinite(v), 0.5, np.nan)
        if log:
            return np.asarray((np.log(v) - np.log(low)) / (np.log(high) - np.log(low)))
        return np.asarray((v - low) / (high - low))

    marks = style.plain_ticks(low, high, log, 5)
    marks = marks if len(marks) > 1 else [low, high]
    at = height(np.array(marks)).tolist()
    label = sentence(words(name, unit))
    ticks = [(h, tick(v)) for h, v in zip(at, marks, strict=True)]
    return _Line(label, pretty_unit(unit), height(values), ticks)


def _choice_line(view: View, i: int) -> _Line:
    variable = view.run.space.variables[i]
    codes = style.codes_present(view, i)
    level = {code: (at + 0.5) / len(codes) for at, code in enumerate(codes)}
    values = [level.get(int(v), np.nan) for v in view.run.front_x[:, i]]
    spread = 0.35 / len(codes) * _jitter(len(values))
    heights = np.where(view.active[:, i], np.array(values) + spread, np.nan)
    ticks = [(level[code], words(variable.choices[code])) for code in codes]
    return _Line(sentence(words(variable.name)), "", heights, ticks)


def _lines(view: View) -> list[_Line]:
    lines = []
    for i in view.varying:
        variable: Variable = view.run.space.variables[i]
        if variable.kind == "choice":
            lines.append(_choice_line(view, i))
        else:
            values = style.decoded(view, i)
            lines.append(_number_line(variable.name, variable.unit, values, log=variable.log))
    for k, objective in enumerate(view.objectives):
        unit = view.declared(objective.output).unit
        values = view.values[:, k]
        lines.append(_number_line(objective.output, unit, values, log=objective.log))
    return lines


def parallel(view: View) -> Figure | None:
    """Draw every design as a line across its varying variables and its objectives.

    Lines are coloured by the first objective, whose axis carries the scale. A variable without
    influence on a design is passed below the axis.
    """
    from matplotlib.collections import LineCollection

    lines = _lines(view)
    if len(lines) < 2:
        return None
    n = len(view.values)
    rows = np.linspace(0, n - 1, min(n, MAX_LINES)).astype(int)
    heights = np.column_stack([line.heights for line in lines])
    inactive = ~np.isfinite(heights)
    heights = np.where(inactive, -0.09, heights)
    positions = np.arange(len(lines), dtype=float)
    figure = style.new_figure(max(8.0, 1.15 * len(lines) + 1.2), 5.6)
    axes = figure.subplots()
    colour = view.values[:, 0]
    norm = style.colour_norm(colour, log=view.objectives[0].log)
    paths = np.dstack([np.broadcast_to(positions, heights.shape), heights])
    order = rows[np.argsort(-colour[rows], kind="stable")]
    collection = LineCollection(
        list(paths[order]),
        array=colour[order],
        norm=norm,
        cmap=style.COLOUR_MAP,
        lw=0.8 if n > 100 else 1.2,
        alpha=0.5 if n > 200 else 0.7,
    )
    collection.set_in_layout(False)
    axes.add_collection(collection, autolim=False)
    for at, pick in enumerate(view.chosen):
        axes.plot(positions, heights[pick.row], color="white", lw=4.0, zorder=3)
        shade = style.CHOSEN_COLOURS[at % 7]
        axes.plot(positions, heights[pick.row], color=shade, lw=2.2, zorder=4, label=pick.title)
    _colour_axis(axes, len(lines) - len(view.objectives))
    _draw_axes(axes, lines, inactive)
    some = f", {len(rows)} of {n:,} drawn" if n > len(rows) else ""
    output = view.declared(view.objectives[0].output)
    coloured = f"coloured by {words(output.name, output.unit)}"
    figure.suptitle(f"{view.run.config.name}: designs of the front{some}, {coloured}")
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def _colour_axis(axes: Axes, at: int) -> None:
    """Paint the colours of the lines beside the axis of the objective that they stand for."""
    colours = np.linspace(0.0, 1.0, 256)[:, None]
    extent = (at - 0.09, at, 0.0, 1.0)
    axes.imshow(
        colours, cmap=style.COLOUR_MAP, extent=extent, origin="lower", aspect="auto", zorder=5
    )


def _draw_axes(axes: Axes, lines: list[_Line], inactive: Any) -> None:
    box = {"boxstyle": "square,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.8}
    low = -0.13 if inactive.any() else -0.04
    for at, line in enumerate(lines):
        axes.axvline(at, color="#444444", lw=1.0, zorder=5)
        for height, text in line.ticks:
            axes.plot([at - 0.02, at + 0.02], [height, height], color="#444444", lw=1.0, zorder=5)
            axes.text(at + 0.04, height, text, va="center", fontsize=7.5, bbox=box, zorder=6)
        if inactive[:, at].any():
            axes.text(at + 0.04, -0.09, "none", va="center", fontsize=7.5, bbox=box, zorder=6)
    names = [
        wrapped(line.label) + (f"\n[{line.unit}]" if line.unit not in ("", "1") else "")
        for line in lines
    ]
    axes.set_xticks(range(len(lines)), names, fontsize=8.5)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0, pad=6)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlim(-0.15, len(lines) - 1 + 0.55)
    axes.set_ylim(low, 1.04)
