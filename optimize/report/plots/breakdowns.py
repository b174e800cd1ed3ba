"""Figures of breakdowns: what the chosen designs weigh and cost, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimize.report.plots import style
from optimize.utils.labels import item_label, number, pretty_unit, sentence, wrapped
from problems.spec import Breakdown
from problems.units import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from optimize.report.plots.style import View

SMALL_SHARE = 0.02  # of a total; smaller items are drawn as one
MAX_CHOSEN = 6


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _items(view: View, breakdown: Breakdown, rows: list[int]) -> list[tuple[str, FloatArray]]:
    """Return the items worth drawing, and what is left of the total together."""
    total = view.output(breakdown.total)[rows]
    left, large = np.array(total), []
    for name in breakdown.items:
        values = np.nan_to_num(view.output(name)[rows])
        if (np.abs(values) >= SMALL_SHARE * np.abs(total)).any():
            large.append((item_label(breakdown, name), values))
            left = left - values
    if (np.abs(left) > 1e-6 * np.abs(total)).any():
        large.append(("other", left))
    return large


def _scale(view: View, breakdown: Breakdown, rows: list[int]) -> tuple[float, str]:
    """Return a divisor and the unit that goes with it, so that axes carry short numbers."""
    largest = float(np.abs(view.output(breakdown.total)[rows]).max(initial=0.0))
    unit = pretty_unit(breakdown.unit)
    for divisor, word in ((1e9, "billion"), (1e6, "million")):
        if largest >= divisor:
            return divisor, f"{word} {unit}"
    return 1.0, unit


def _bar_names(view: View, breakdown: Breakdown) -> list[str]:
    total = view.output(breakdown.total)
    picks = view.chosen[:MAX_CHOSEN]
    divisor, unit = _scale(view, breakdown, [pick.row for pick in picks])
    sizes = [number(float(total[pick.row]) / divisor, 3) for pick in picks]
    return [
        f"{wrapped(sentence(pick.title), 18)}\n{size} {unit}"
        for pick, size in zip(picks, sizes, strict=True)
    ]


def stacked(view: View, breakdown: Breakdown) -> Figure | None:
    """Draw one stacked bar per chosen design; items below two per cent are summed."""
    rows = [pick.row for pick in view.chosen[:MAX_CHOSEN]]
    items = sorted(_items(view, breakdown, rows), key=lambda item: -float(item[1].sum()))
    if any((values < 0.0).any() for _, values in items):
        return waterfall(view, breakdown)
    figure = style.new_figure(9.5, 1.6 + 0.85 * len(rows) + 0.25 * (len(items) // 5))
    axes = figure.subplots()
    left = np.zeros(len(rows))
    widest = float(np.sum([values for _, values in items], axis=0).max()) if items else 1.0
    for at, (name, values) in enumerate(items):
        colour = style.OKABE_ITO[at % 8]
        hatch = ("", "///", "...")[at // 8 % 3]
        axes.barh(
            range(len(rows)),
            values,
            left=left,
            color=colour,
            label=name,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.6,
            height=0.72,
        )
        for bar, value in enumerate(values):
            if value > 0.07 * widest:
                _inside(axes, left[bar] + value / 2.0, bar, number(float(value), 3), colour)
        left = left + values
    axes.set_yticks(range(len(rows)), _bar_names(view, breakdown))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"{breakdown.title} [{pretty_unit(breakdown.unit)}]")
    style.scale_axis(axes, "x", np.array([0.0, widest]), log=False)
    axes.set_xlim(0.0, 1.02 * widest)
    figure.suptitle(f"{view.run.config.name}: {_lower(breakdown.title)} of the chosen designs")
    figure.legend(loc="outside lower center", ncols=5)
    return figure


def _inside(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Write inside a bar, light on dark and dark on light."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    # Relative luminance with the weights of ITU-R BT.709.
    dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
    shade = "white" if dark else "black"
    axes.text(x, y, text, ha="center", va="center", fontsize=8, color=shade)


def waterfall(view: View, breakdown: Breakdown) -> Figure | None:
    """Draw one waterfall per chosen design, side by side over the same items and scale."""
    rows = [pick.row for pick in view.chosen[:MAX_CHOSEN]]
    items = _items(view, breakdown, rows)
    figure = style.new_figure(2.6 + 2.9 * len(rows), 1.5 + 0.34 * (len(items) + 1))
    panels = figure.subplots(1, len(rows), squeeze=False, sharex=True, sharey=True).ravel()
    names = [*(name for name, _ in items), "total"]
    divisor, unit = _scale(view, breakdown, rows)
    lowest = highest = 0.0
    for column, (axes, heading) in enumerate(zip(panels, _bar_names(view, breakdown), strict=True)):
        start = 0.0
        total = float(view.output(breakdown.total)[rows[column]]) / divisor
        for y, (_, values) in enumerate(items):
            value = float(values[column]) / divisor
            shade = style.OKABE_ITO[0] if value >= 0.0 else style.OKABE_ITO[5]
            axes.barh(y, value, left=start, color=shade, height=0.7)
            start += value
            lowest, highest = min(lowest, start), max(highest, start)
            _beside(axes, max(start, start - value), y, value, total)
        axes.barh(len(items), total, color="#444444", height=0.7)
        _beside(axes, total, len(items), total, total)
        highest = max(highest, total)
        axes.tick_params(axis="x", labelsize=7.5)
        axes.set_title(heading, fontsize=9)
        axes.grid(visible=False, axis="y")
    style.scale_axis(panels[0], "x", np.array([lowest, 1.3 * highest]), log=False)
    panels[0].set_xlim(lowest, 1.38 * highest)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.supxlabel(f"{breakdown.title} [{unit}]", fontsize=9)
    figure.suptitle(f"{view.run.config.name}: {_lower(breakdown.title)} of the chosen designs")
    return figure


def _beside(axes: Axes, x: float, y: float, value: float, total: float) -> None:
    share = f"{100.0 * value / total:.0f} %" if total else number(value, 3)
    if abs(value) >= 0.005 * abs(total):
        axes.annotate(share, (x, y), (3, 0), textcoords="offset points", va="center", fontsize=7.5)
