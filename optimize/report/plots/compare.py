"""The fronts of several runs over each other, one panel per pair of objectives."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from optimize.designs.table import front_column
from optimize.report.plots.style import (
    MARKERS,
    OKABE_ITO,
    legend_below,
    new_figure,
    scale_axis,
    two_lines,
)
from optimize.utils.labels import title

if TYPE_CHECKING:
    from optimize.run.folder import RunData

_PANEL_IN = 3.6


def overlaid(runs: Sequence[RunData]) -> Figure | None:
    """Return the fronts of ``runs`` in the objectives of the first; None when all are empty.

    The first run is drawn last, so that it is not hidden. With a single objective the designs of
    every run are drawn as a strip.
    """
    objectives = runs[0].objectives
    values = [np.column_stack([front_column(run, o.output) for o in objectives]) for run in runs]
    everything = np.concatenate(values)
    if len(everything) == 0:
        return None
    pairs = list(itertools.combinations(range(len(objectives)), 2)) or [(0, 0)]
    columns = min(len(pairs), 3)
    rows = -(-len(pairs) // columns)
    figure = new_figure(_PANEL_IN * columns + 0.4, _PANEL_IN * rows + 0.3 + 0.22 * len(runs))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    outputs = runs[0].problem.outputs
    labels = [two_lines(title(outputs[o.output])) for o in objectives]
    for panel, (i, j) in zip(axes, pairs, strict=False):
        for k in reversed(range(len(runs))):
            x, y = values[k][:, i], values[k][:, j]
            panel.scatter(
                x,
                np.full(len(x), float(k)) if i == j else y,
                s=14.0,
                linewidths=0.0,
                alpha=0.75,
                color=OKABE_ITO[k % len(OKABE_ITO)],
                marker=MARKERS[k % len(MARKERS)],
            )
        scale_axis(panel, "x", everything[:, i], log=objectives[i].log)
        panel.set_xlabel(labels[i])
        if i == j:
            panel.set_yticks(range(len(runs)), [_name(run) for run in runs])
        else:
            scale_axis(panel, "y", everything[:, j], log=objectives[j].log)
            panel.set_ylabel(labels[j])
    for panel in axes[len(pairs) :]:
        panel.set_axis_off()
    legend_below(figure, [_handle(run, k) for k, run in enumerate(runs)], 1)
    return figure


def _name(run: RunData) -> str:
    return f"{run.config.name}/{run.path.name}"


def _handle(run: RunData, k: int) -> Line2D:
    return Line2D(
        [],
        [],
        marker=MARKERS[k % len(MARKERS)],
        ls="none",
        ms=6,
        mec="none",
        mfc=OKABE_ITO[k % len(OKABE_ITO)],
        label=f"{_name(run)} ({len(run.front)} designs)",
    )
