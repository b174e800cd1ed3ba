"""The figure of a robust run: what reliability costs, design by design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimize.evaluation.robust import FEASIBLE, PREFIX
from optimize.evaluation.tables import output_column, read_table
from optimize.report.plots import style
from optimize.run.robustness import NOMINAL_FRONT
from optimize.utils.labels import title
from problems.units import FloatArray

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from optimize.report.plots.style import View

_MOST_PANELS = 3
_LABELS = ("found at nominal numbers", "found over the futures")


def robustness(view: View) -> Figure | None:
    """Draw, for both fronts, each objective against the probability that every limit holds.

    None when the nominal problem was not searched.
    """
    path = view.run.path / NOMINAL_FRONT
    if not path.exists():
        return None
    fronts = (read_table(path), view.run.front)
    aims = view.objectives[:_MOST_PANELS]
    figure = style.new_figure(4.2 * len(aims) + 0.4, 3.9)
    grid = figure.subplots(1, len(aims), squeeze=False, sharey=True).ravel()
    for axes, objective in zip(grid, aims, strict=True):
        name = objective.output.removeprefix(PREFIX)
        column = output_column(name, view.run.space)
        for front, colour, marker, label in zip(
            fronts, style.OKABE_ITO, ("o", "^"), _LABELS, strict=False
        ):
            axes.scatter(
                _numbers(front, column),
                100.0 * _numbers(front, FEASIBLE),
                s=18.0,
                alpha=0.7,
                color=colour,
                marker=marker,
                linewidths=0.0,
                label=label,
            )
        both = np.concatenate([_numbers(front, column) for front in fronts])
        style.scale_axis(axes, "x", both, log=objective.log)
        axes.set_xlabel(style.two_lines(title(view.declared(name))))
        axes.set_ylim(-2.0, 102.0)
    grid[0].set_ylabel("Futures in which every limit holds [%]")
    figure.suptitle(f"{view.run.config.name}: price of robustness (objectives at nominal numbers)")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _numbers(front: pd.DataFrame, column: str) -> FloatArray:
    return np.asarray(front[column].to_numpy(dtype=np.float64, na_value=np.nan))
