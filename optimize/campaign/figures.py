"""Figures of a campaign: how much runs differ, and the merged fronts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from optimize.report.plots.style import GREY, MARKERS, OKABE_ITO, legend_below, new_figure

_COLUMNS = 3
_PANEL_IN = 3.1
_SPREAD, _STEP = 0.5, 0.1  # most width of the runs of one algorithm, and between two of them


def hypervolumes(qualities: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Return the hypervolume of every run, one panel per scenario; None without any run.

    Parameters
    ----------
    qualities
        As returned by :func:`optimize.campaign.merge.quality`.
    """
    if not qualities:
        return None
    columns = min(len(qualities), _COLUMNS)
    rows = -(-len(qualities) // columns)
    figure = new_figure(max(_PANEL_IN * columns + 0.6, 4.2), 2.7 * rows + 0.6)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, quality in zip(panels, qualities, strict=False):
        _panel(panel, quality)
    for panel in panels[::columns]:
        panel.set_ylabel("Hypervolume, of the box\nfrom ideal to reference")
    for panel in panels[len(qualities) :]:
        panel.set_axis_off()
    legend_below(figure, _marks(), 3)
    return figure


def _panel(panel: Axes, quality: Mapping[str, Any]) -> None:
    """Draw the runs of one scenario: a mark each, a line at the median, the union above."""
    names = [entry["algorithm"] for entry in quality["algorithms"]]
    for at, entry in enumerate(quality["algorithms"]):
        volumes = [run["hypervolume"] for run in quality["runs"] if run["algorithm"] == names[at]]
        width = min(_SPREAD, _STEP * (len(volumes) - 1))
        x = at + width * np.linspace(-0.5, 0.5, len(volumes)) if len(volumes) > 1 else [at]
        panel.plot(
            x,
            volumes,
            ls="none",
            marker=MARKERS[at % len(MARKERS)],
            ms=5.5,
            mec="none",
            alpha=0.85,
            color=OKABE_ITO[at % len(OKABE_ITO)],
        )
        panel.hlines(entry["hypervolume"]["median"], at - 0.38, at + 0.38, color="black", lw=1.4)
    panel.axhline(quality["union"]["hypervolume"], color=GREY, lw=1.2, ls="--")
    panel.set_xticks(range(len(names)), names)
    panel.set_xlim(-0.6, len(names) - 0.4)
    panel.grid(visible=False, axis="x")
    panel.margins(y=0.08)
    panel.set_title(quality["scenario"])


def _marks() -> list[Line2D]:
    return [
        Line2D([], [], marker="o", ls="none", ms=5.5, mec="none", color=GREY, label="one run"),
        Line2D([], [], color="black", lw=1.4, label="median"),
        Line2D([], [], color=GREY, lw=1.2, ls="--", label="all fronts together"),
    ]
