"""Figures of break-even: curves with bands, and the architecture map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter

from optimize.analysis.breakeven.axis import YEAR, Axis
from optimize.analysis.breakeven.map import ArchitectureMap
from optimize.analysis.breakeven.questions import RATIO, Answer
from optimize.report.plots.files import save_figure
from optimize.report.plots.style import (
    CHOICE_COLOURS,
    GREY,
    OKABE_ITO,
    STYLE,
    new_figure,
    plain_ticks,
    scale_axis,
)
from optimize.utils.labels import words
from problems.units import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLE: Any = STYLE
_BEYOND = 1e9  # above any axis
_SHOWN = 1e4  # ratios beyond are those of a side without a rival
_PALEST = 0.25  # how much of its colour a winner keeps that never wins in the futures


def plot_curves(answers: Sequence[Answer], folder: Path) -> list[Path]:
    """Draw one panel per answer, the ground and the mass driver apart; return the files."""
    ground = [answer for answer in answers if not _is_duel(answer)]
    duels = [answer for answer in answers if _is_duel(answer)]
    paths = _panels(ground, folder, "breakeven", 3) if ground else []
    return paths + (_panels(duels, folder, "driver_or_rocket", 4) if duels else [])


def _is_duel(answer: Answer) -> bool:
    return ": mass driver" in answer.question


def _panels(answers: Sequence[Answer], folder: Path, name: str, most: int) -> list[Path]:
    rows = math.ceil(len(answers) / most)
    across = min(most, len(answers))
    with mpl.rc_context(_STYLE):
        figure = new_figure(3.4 * across + 0.4, 2.9 * rows + 0.7)
        panels = figure.subplots(rows, across, squeeze=False).ravel()
        for axes, answer in zip(panels, answers, strict=False):
            _curve(axes, answer)
        for axes in panels[len(answers) :]:
            axes.set_visible(False)
        handles = _curve_handles(answers)
        figure.legend(handles=handles, loc="outside lower center", ncols=max(2 * across - 1, 1))
        return save_figure(figure, folder, name)


def _curve(axes: Axes, answer: Answer) -> None:
    x, curves = answer.points, answer.curves
    if "p10" in curves:
        top = np.where(np.isnan(curves["p90"]), _BEYOND, curves["p90"])  # infeasible: no bound
        axes.fill_between(x, curves["p10"], top, color=OKABE_ITO[4], alpha=0.35, lw=0)
    for name, style in (("ground_cheap", "--"), ("ground_dear", ":")):
        if name in curves:
            axes.plot(x, curves[name], color=GREY, ls=style, lw=1.3)
    axes.plot(x, curves["nominal"], color=OKABE_ITO[0], lw=1.8)
    everything = np.concatenate([*curves.values(), [answer.target]])
    everything = everything[(everything > 1.0 / _SHOWN) & (everything < _SHOWN)]
    scale_axis(axes, "x", x, log=answer.axis.log)
    scale_axis(axes, "y", everything, log=True)
    axes.axhline(answer.target, color="black", lw=0.9)
    for value in answer.crossing["nominal"]:
        axes.plot(
            [value], [answer.target], "o", ms=6, mfc="white", mec=OKABE_ITO[0], mew=1.8, zorder=5
        )
    if answer.axis.low <= answer.axis.in_force <= answer.axis.high:
        axes.axvline(answer.axis.in_force, color=OKABE_ITO[5], lw=1.0, ls="-.")
    _plain_years(axes, "x", answer.axis)
    axes.set_xlabel(answer.axis.label)
    title, _, rest = answer.question.partition(": ")
    driver = _is_duel(answer)
    axes.set_title(rest[:1].upper() + rest[1:] if driver else _short(title), fontsize=9.0)
    axes.set_ylabel("Driver over rocket" if driver else "Cost over ground")


def _short(text: str) -> str:
    return text[:1].upper() + text[1:]


def _curve_handles(answers: Sequence[Answer]) -> list[Any]:
    names = {name for answer in answers for name in answer.curves}
    handles: list[Any] = [Line2D([], [], color=OKABE_ITO[0], lw=1.8, label="Re-optimised best")]
    if "p10" in names:
        handles.append(Patch(color=OKABE_ITO[4], alpha=0.35, lw=0, label="10-90 % of futures"))
    if "ground_cheap" in names:
        handles.append(Line2D([], [], color=GREY, ls="--", label="Ground at its cheapest"))
        handles.append(Line2D([], [], color=GREY, ls=":", label="Ground at its most expensive"))
    handles.append(Line2D([], [], color=OKABE_ITO[5], ls="-.", lw=1.0, label="Value in force"))
    return handles


def plot_map(grid_map: ArchitectureMap, folder: Path) -> list[Path]:
    """Draw the architecture map; return the written files."""
    labels = [label for label, _, _ in grid_map.shares()]
    colours = {label: CHOICE_COLOURS[at % len(CHOICE_COLOURS)] for at, label in enumerate(labels)}
    with mpl.rc_context(_STYLE | {"axes.grid": False}):
        figure = new_figure(8.2, 5.4)
        axes = figure.subplots()
        axes.pcolormesh(
            _edges(grid_map.across, grid_map.x),
            _edges(grid_map.up, grid_map.y),
            _paint(grid_map, colours).transpose(1, 0, 2),
            rasterized=True,
        )
        _scale(axes, "x", grid_map.across, grid_map.x)
        _scale(axes, "y", grid_map.up, grid_map.y)
        hatched = _hatch(axes, grid_map)
        handles: list[Any] = [
            Patch(color=colour, label=_readable(label)) for label, colour in colours.items()
        ]
        if (grid_map.winner < 0).any():
            handles.append(Patch(facecolor="white", edgecolor=GREY, label="Nothing feasible"))
        handles += _contours(axes, grid_map)
        handles += _in_force(axes, grid_map)
        if np.isfinite(grid_map.probability).any():
            handles += [*_shade_keys(), *hatched]
        axes.set_xlabel(grid_map.across.label)
        axes.set_ylabel(grid_map.up.label)
        axes.set_title(f"Lowest {words(grid_map.objective, 'x')}: which architecture wins")
        figure.legend(handles=handles, loc="outside right center", labelspacing=0.8)
        return save_figure(figure, folder, "architecture_map")


def _paint(grid_map: ArchitectureMap, colours: dict[str, str]) -> FloatArray:
    """Return ``(nx, ny, 3)`` colours: the winner's, paler where fewer futures agree."""
    picture = np.ones((*grid_map.winner.shape, 3))
    odds = np.where(np.isfinite(grid_map.probability), grid_map.probability, 1.0)
    for at, label in enumerate(grid_map.labels):
        where = grid_map.winner == at
        if where.any():
            weight = (_PALEST + (1.0 - _PALEST) * odds[where])[:, None]
            picture[where] = 1.0 - weight * (1.0 - np.array(to_rgb(colours[label])))
    return picture


def _hatch(axes: Axes, grid_map: ArchitectureMap) -> list[Patch]:
    """Hatch cells that the nominal winner loses in most futures; return the legend entry."""
    x, y = _edges(grid_map.across, grid_map.x), _edges(grid_map.up, grid_map.y)
    style: dict[str, Any] = {"fill": False, "hatch": "////", "lw": 0.0, "edgecolor": "#555555"}
    doubtful = np.argwhere(grid_map.probability < 0.5)
    for i, j in doubtful:
        axes.add_patch(Rectangle((x[i], y[j]), x[i + 1] - x[i], y[j + 1] - y[j], **style))
    return [Patch(label="Loses in most futures", **style)] if len(doubtful) else []


def _contours(axes: Axes, grid_map: ArchitectureMap) -> list[Line2D]:
    """Draw where a FLOP costs what it costs on the ground."""
    ratio = grid_map.outputs.get(RATIO)
    if ratio is None or not (np.nanmin(ratio) < 1.0 < np.nanmax(ratio)):
        return []
    axes.contour(
        grid_map.x, grid_map.y, np.log(ratio).T, levels=[0.0], colors="black", linewidths=2.0
    )
    return [Line2D([], [], color="black", lw=2.0, label="Costs what the ground does")]


def _in_force(axes: Axes, grid_map: ArchitectureMap) -> list[Line2D]:
    x, y = grid_map.across.in_force, grid_map.up.in_force
    inside = (
        grid_map.across.low <= x <= grid_map.across.high
        and grid_map.up.low <= y <= grid_map.up.high
    )
    if not inside:
        return []
    style: dict[str, Any] = {"marker": "*", "ls": "none", "ms": 13, "mfc": "white", "mec": "black"}
    axes.plot([x], [y], **style)
    return [Line2D([], [], label="Values in force", **style)]


def _shade_keys() -> list[Patch]:
    """Return legend entries for the shade: how many futures agree with the winner."""
    keys = []
    for odds in (1.0, 0.5, 0.0):
        grey = 1.0 - (_PALEST + (1.0 - _PALEST) * odds) * 0.6
        keys.append(Patch(color=(grey, grey, grey), label=f"Wins in {odds:.0%} of futures"))
    return keys


def _readable(label: str) -> str:
    return " / ".join(words(part) for part in label.split(" / "))


def _plain_years(axes: Axes, which: str, axis: Axis) -> None:
    """Write years without a thousands separator."""
    if axis.name == YEAR:
        years = axes.xaxis if which == "x" else axes.yaxis
        years.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))


def _edges(axis: Axis, points: FloatArray) -> FloatArray:
    """Return cell edges half-way between the points, as the axis is drawn."""
    t = axis.coordinate(points)
    half = np.diff(t) / 2.0
    edges = np.concatenate(([t[0] - half[0]], t[:-1] + half, [t[-1] + half[-1]]))
    return np.asarray(np.exp(edges) if axis.log else edges)


def _scale(axes: Axes, which: str, axis: Axis, points: FloatArray) -> None:
    """Set a scale that ends with the outermost cells, with plain ticks."""
    scale_axis(axes, "x" if which == "x" else "y", points, log=axis.log)
    edges = _edges(axis, points)
    ticks = [t for t in plain_ticks(axis.low, axis.high, axis.log) if edges[0] <= t <= edges[-1]]
    if which == "x":
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xticks(ticks)
    else:
        axes.set_ylim(edges[0], edges[-1])
        axes.set_yticks(ticks)
    _plain_years(axes, which, axis)
