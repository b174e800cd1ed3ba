"""Figure of odds: how the outputs of a few designs are distributed, and which beats which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimize.analysis.sensitivity.odds_study import Odds
from optimize.report.plots import style
from optimize.utils.labels import sentence, title, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE_RATIO = 5.0  # beyond this an axis is logarithmic
DARK_SHARE = 0.6


def odds_figure(odds: Odds, output: str) -> Figure | None:
    """Draw one output: P5 to P95, median and nominal by design, and the chance of beating."""
    contest = odds.contests.get(output)
    names = [wrapped(sentence(text), 16) for text in odds.shown.titles]
    pairwise = contest is not None and len(names) > 1
    figure = style.new_figure(9.5 if pairwise else 6.5, 1.6 + 0.62 * len(names))
    panels = figure.subplots(
        1, 2 if pairwise else 1, squeeze=False, width_ratios=((5.0, 3.6) if pairwise else (1.0,))
    )[0]
    _ranges(panels[0], odds, output, names)
    if contest is not None and pairwise:
        _beats(panels[1], contest.beats, names)
    figure.suptitle(f"{sentence(odds.front.title)} in {odds.futures} futures")
    return figure


def _ranges(axes: Axes, odds: Odds, output: str, names: list[str]) -> None:
    spread, nominal = odds.spreads[output], odds.nominal[output]
    at = np.arange(len(names))
    axes.hlines(at, spread.p5, spread.p95, color=style.OKABE_ITO[4], lw=7.0, label="P5 to P95")
    axes.plot(spread.p50, at, "|", color=style.OKABE_ITO[0], ms=14.0, mew=2.4, label="median")
    axes.plot(nominal, at, "D", color=style.OKABE_ITO[5], ms=5.0, label="nominal")
    axes.set_yticks(at, names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    values = np.concatenate([spread.p5, spread.p95, nominal])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    style.scale_axis(axes, "x", values, log=low > 0.0 and high > WIDE_RATIO * low)
    axes.set_xlabel(title(odds.front.problem.outputs[output]))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


def _beats(axes: Axes, beats: np.ndarray, names: list[str]) -> None:
    shown = np.ma.masked_array(beats, np.eye(len(names), dtype=bool))
    axes.imshow(shown, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for i, j in np.ndindex(beats.shape):
        if i != j:
            shade = "white" if beats[i, j] > DARK_SHARE else "black"
            axes.text(j, i, f"{beats[i, j]:.0%}", ha="center", va="center", color=shade, fontsize=8)
    axes.set_xticks(range(len(names)), names, fontsize=7.5)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title("share of futures in which it beats", fontsize=8.5)
