"""Figures of scenarios: side by side in one model, and the way from one to another."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.scenarios.results import COMPARED, Evaluated, ScenarioResult
from optimize.analysis.scenarios.waterfall import Waterfall
from optimize.report.plots import style
from optimize.report.plots.files import write_figure_files
from optimize.utils.labels import number, pretty_unit, sentence, tick, title, words, wrapped
from problems.compute_satellite.declarations import all_outputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN = COMPARED[:4]
_OWN, _COMMON, _BEST = style.OKABE_ITO[3], style.OKABE_ITO[1], style.OKABE_ITO[0]
_UP, _DOWN, _END = style.OKABE_ITO[5], style.OKABE_ITO[0], "#444444"


def _marks(results: Sequence[ScenarioResult]) -> list[tuple[str, str, str, list[Evaluated | None]]]:
    """Return label, mark, colour and designs of each row of marks."""
    boundary = results[0].common.boundary
    return [
        (
            "its own design, its own count",
            "D",
            _OWN,
            [None if r.counts_alike else r.own for r in results],
        ),
        (
            f"its own design (default where it has none), boundary {boundary}",
            "o",
            _COMMON,
            [r.common for r in results],
        ),
        (
            f"best design of 100 to 150 kW, boundary {boundary}",
            "s",
            _BEST,
            [r.best for r in results],
        ),
    ]


def side_by_side(results: Sequence[ScenarioResult]) -> Figure:
    """Draw what each scenario implies, one panel per output, one row per scenario."""
    figure = style.new_figure(11.0, 1.9 + 0.42 * len(results))
    panels = figure.subplots(1, len(_SHOWN), sharey=True, squeeze=False).ravel()
    for axes, output in zip(panels, _SHOWN, strict=True):
        seen: list[float] = []
        for offset, (_, mark, colour, designs) in zip(
            (-0.22, 0.0, 0.22), _marks(results), strict=True
        ):
            for y, result in enumerate(designs):
                if result is not None:
                    _mark(axes, result.value(output), y + offset, mark, colour, result.violated)
                    seen.append(result.value(output))
        if output == "cost_ratio_to_ground":
            axes.axvline(1.0, color=style.GREY, lw=1.0, zorder=1)
            seen.append(1.0)
        style.scale_axis(axes, "x", np.array(seen), log=True)
        axes.set_xlabel(wrapped(title(all_outputs()[output]), 24))
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="x", labelsize=8)
    panels[0].set_yticks(range(len(results)), [r.name for r in results])
    panels[0].set_ylim(len(results) - 0.5, -0.5)
    for axes in panels:
        for y in range(1, len(results)):
            axes.axhline(y - 0.5, color="#e3e3e3", lw=0.6, zorder=0)
    figure.suptitle("Every scenario in one model (open marks break a limit of the model)")
    style.legend_below(figure, _legend(results), 3)
    return figure


def _mark(
    axes: Axes, x: float, y: float, mark: str, colour: str, violated: tuple[str, ...]
) -> None:
    face = "white" if violated else colour
    axes.plot([x], [y], marker=mark, ls="none", ms=6.5, mec=colour, mfc=face, mew=1.5, zorder=3)


def _legend(results: Sequence[ScenarioResult]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], marker=mark, ls="none", ms=6.5, color=colour, label=label)
        for label, mark, colour, designs in _marks(results)
        if any(designs)
    ]


def steps(fall: Waterfall, published: Mapping[str, float]) -> Figure:
    """Draw the way from one scenario's number to another's.

    Parameters
    ----------
    fall
        The steps.
    published
        Numbers that the authors state, by scenario; marked beside the model's.
    """
    names = [fall.first, *(step.title for step in fall.telling), fall.second]
    figure = style.new_figure(8.6, 1.5 + 0.42 * len(names))
    axes = figure.subplots()
    level, reach = fall.start, [0.0, fall.start, fall.end, *published.values()]
    _bar(axes, 0, 0.0, fall.start, _END)
    for y, step in enumerate(fall.telling, start=1):
        _bar(axes, y, level, step.change, _UP if step.change >= 0.0 else _DOWN)
        axes.plot([level, level], [y - 0.65, y - 0.35], color=style.GREY, lw=0.8)
        level += step.change
        reach.append(level)
    last = len(names) - 1
    axes.plot([level, level], [last - 0.65, last - 0.35], color=style.GREY, lw=0.8)
    _bar(axes, last, 0.0, fall.end, _END)
    span = max(reach) - min(reach)
    axes.set_xlim(min(reach) - (0.13 * span if min(reach) < 0.0 else 0.0), max(reach) + 0.22 * span)
    _annotate(axes, fall, published)
    _published(axes, fall, published, last)
    ticks = style.plain_ticks(*axes.get_xlim(), log=False)
    axes.set_xticks(ticks, [tick(value) for value in ticks])
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(last + 0.6, -0.6)
    axes.grid(visible=False, axis="y")
    output = all_outputs()[fall.output]
    axes.set_xlabel(f"{sentence(words(output.name, output.unit))} [{pretty_unit(output.unit)}]")
    figure.suptitle(
        f"From {fall.first} to {fall.second}, each design as its author counts:\n"
        "which assumption makes the difference"
    )
    return figure


def _bar(axes: Axes, y: int, left: float, width: float, colour: str) -> None:
    axes.barh(y, width, left=left, color=colour, height=0.66, zorder=2)


def _annotate(axes: Axes, fall: Waterfall, published: Mapping[str, float]) -> None:
    """Write each change beside its bar, on the side where nothing is in the way."""
    level = fall.start
    texts = [(0, max(fall.start, published.get(fall.first, 0.0)), number(fall.start, 3))]
    for y, step in enumerate(fall.telling, start=1):
        sign = "+" if step.change >= 0.0 else "−"
        right = max(level, level + step.change)
        texts.append((y, right, f"{sign}{number(abs(step.change), 3)}{_times(step.factor)}"))
        level += step.change
    end = max(fall.end, published.get(fall.second, 0.0))
    texts.append((len(fall.telling) + 1, end, number(fall.end, 3)))
    for y, x, text in texts:
        axes.annotate(
            text, (max(x, 0.0), y), (4, 0), textcoords="offset points", va="center", fontsize=8.5
        )


def _times(factor: float) -> str:
    return f"   × {number(factor, 3)}" if factor == factor else ""


def _published(axes: Axes, fall: Waterfall, published: Mapping[str, float], last: int) -> None:
    """Mark what the authors themselves state."""
    label = "published"
    for y, name in ((0, fall.first), (last, fall.second)):
        if name in published:
            axes.plot(
                [published[name]] * 2,
                [y - 0.42, y + 0.42],
                color=style.OKABE_ITO[1],
                lw=2.2,
                zorder=4,
                label=label,
            )
            label = "_again"
    if label != "published":
        axes.legend(loc="best")


def write_scenario_figures(
    folder: Path, results: Sequence[ScenarioResult], falls: Sequence[Waterfall]
) -> list[Path]:
    """Draw all figures into a folder; the same results give the same bytes."""
    published = {r.name: r.headline.case.expected for r in results if r.headline is not None}
    figures: dict[str, Callable[[], Figure | None]] = {}
    if results:
        figures["scenarios"] = lambda: side_by_side(results)
    for fall in falls:
        known = published if fall.output == "cost_per_kw_yr_usd" else {}
        name = f"waterfall_{fall.first}_{fall.second}"
        figures[name] = functools.partial(steps, fall, known)
    return write_figure_files(folder, figures)
