"""How every figure looks: colours that all readers can tell apart, axes, marks, legends.

Figures are drawn without pyplot, so nothing is global and several can be drawn at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from optimize.designs.scores import Chosen, choose
from optimize.designs.table import front_column
from optimize.utils.labels import tick, title, words
from problems.spec import Objective, Output, Variable
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optimize.run.folder import RunData

# M. Okabe, K. Ito, "Color Universal Design" (2008); the yellow is too pale for lines and comes last
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#F0E442")
CHOSEN_COLOURS = ("#D55E00", "#000000", "#CC79A7", "#56B4E9", "#009E73", "#E69F00", "#0072B2")
CHOICE_COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#F0E442",
    "#8c8c8c",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
)
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "<", ">")
COLOUR_MAP = "viridis"
GREY = "#8c8c8c"
LOG_STEPS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0))
MANY_POINTS = 600  # beyond this, marks become one picture inside the SVG

STYLE: dict[str, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "axes.formatter.useoffset": False,
    "svg.hashsalt": "heliofront",  # the same run gives the same file
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class View:
    """A run prepared for drawing: columns by name, chosen designs, scales."""

    run: RunData

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives as searched."""
        return tuple(self.run.objectives)

    @cached_property
    def values(self) -> FloatArray:
        """``(n, n_obj)`` objectives of the front, natural units and sign."""
        columns = [self.output(o.output) for o in self.objectives]
        return np.column_stack(columns)

    @cached_property
    def chosen(self) -> tuple[Chosen, ...]:
        """Designs marked in every figure."""
        return choose(self.values, self.objectives, self.run.problem.outputs)

    @cached_property
    def active(self) -> BoolArray:
        """``(n, n_var)`` mask of variables that matter."""
        return self.run.problem.active(self.run.front_x)

    @cached_property
    def varying(self) -> tuple[int, ...]:
        """Positions of free variables that take at least two values on the front."""
        x, active = self.run.front_x, self.active
        return tuple(
            i
            for i in self.run.space.free
            if active[:, i].any() and (np.ptp(x[active[:, i], i]) > 0.0 or not active[:, i].all())
        )

    @cached_property
    def leading_choice(self) -> int | None:
        """Position of the first choice that varies on the front; it decides the mark."""
        variables = self.run.space.variables
        return next((i for i in self.varying if variables[i].kind == "choice"), None)

    def output(self, name: str) -> FloatArray:
        """Return one output of the front; one named like a variable has a prefix."""
        return front_column(self.run, name)

    def declared(self, name: str) -> Output:
        """Return the declaration of an output."""
        return self.run.problem.outputs[name]


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, in inches, that keeps its texts apart."""
    return Figure(figsize=(width, height), layout="constrained")


def plain_ticks(low: float, high: float, log: bool, most: int = 6) -> list[float]:
    """Return round tick positions inside a range; fewer on a logarithmic axis than 1-2-5.

    Examples
    --------
    >>> plain_ticks(0.8, 120.0, log=True)
    [1.0, 10.0, 100.0]
    """
    ticks: list[float] = []
    if log and low > 0.0:
        for subs in LOG_STEPS:
            positions = LogLocator(subs=subs, numticks=50).tick_values(low, high)
            ticks = [float(t) for t in positions if low <= t <= high]
            if len(ticks) >= 3:
                break
        if len(ticks) > most:
            ticks = ticks[:: -(-len(ticks) // most)]
    if len(ticks) < 3:
        positions = MaxNLocator(most - 1, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        ticks = [float(t) for t in positions if low <= t <= high]
    return ticks


def scale_axis(axes: Axes, which: Literal["x", "y"], values: FloatArray, *, log: bool) -> None:
    """Set limits, scale and readable ticks of one axis for ``values``."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    log = log and low > 0.0
    if log:
        margin = max((high / low) ** 0.05, 1.01)
        low, high = low / margin, high * margin
    else:
        span = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
        low, high = low - span, high + span
    if which == "x":
        axes.set_xscale("log" if log else "linear")
        axes.set_xlim(low, high)
    else:
        axes.set_yscale("log" if log else "linear")
        axes.set_ylim(low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(plain_ticks(low, high, log, 5 if which == "x" else 6)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))


def colour_norm(values: FloatArray, *, log: bool) -> Normalize:
    """Return the colour scale of ``values``; never of zero width."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if high <= low:
        low, high = (low / 1.1, low * 1.1) if low > 0.0 else (low - 1.0, low + 1.0)
    return LogNorm(low, high) if log and low > 0.0 else Normalize(low, high)


def colour_bar(
    figure: Figure, mappable: ScalarMappable, label: str, axes: Any, **place: Any
) -> None:
    """Add a colour bar with plain tick numbers."""
    norm = mappable.norm
    low, high = mappable.get_clim()
    low, high = low or 0.0, high or 1.0
    ticks = plain_ticks(low, high, isinstance(norm, LogNorm), 5)
    bar = figure.colorbar(mappable, ax=axes, ticks=ticks, label=label, **place)
    bar.ax.minorticks_off()
    bar.set_ticks(ticks, labels=[tick(t) for t in ticks])
    bar.outline.set_visible(False)


def mark_chosen(axes: Axes, x: FloatArray, y: FloatArray, chosen: Sequence[Chosen]) -> None:
    """Draw a ring around every chosen design."""
    for at, pick in enumerate(chosen):
        if np.isfinite(x[pick.row]) and np.isfinite(y[pick.row]):
            ring(axes, float(x[pick.row]), float(y[pick.row]), at)


def ring(axes: Axes, x: float, y: float, at: int) -> None:
    """Draw the ring of chosen design number ``at``, legible on any colour."""
    size = 11.0 + 2.5 * (at % 2)
    common: dict[str, Any] = {"marker": "o", "ls": "none", "mfc": "none", "zorder": 6}
    axes.plot([x], [y], ms=size, mec="white", mew=3.6, **common)
    axes.plot([x], [y], ms=size, mec=CHOSEN_COLOURS[at % 7], mew=1.8, **common)


def chosen_handles(chosen: Sequence[Chosen]) -> list[Line2D]:
    """Return legend entries for the chosen designs."""
    return [
        Line2D(
            [],
            [],
            marker="o",
            ls="none",
            ms=9,
            mfc="none",
            mew=1.8,
            mec=CHOSEN_COLOURS[at % 7],
            label=pick.title,
        )
        for at, pick in enumerate(chosen)
    ]


def choice_handles(variable: Variable, codes: Sequence[int]) -> list[Line2D]:
    """Return legend entries for the marks of a choice."""
    return [
        Line2D(
            [],
            [],
            marker=MARKERS[code % 10],
            ls="none",
            ms=6,
            mfc=GREY,
            mec="none",
            label=f"{words(variable.name)}: {words(variable.choices[code])}",
        )
        for code in codes
    ]


def legend_below(figure: Figure, handles: Sequence[Line2D], columns: int) -> None:
    """Put one legend below all panels."""
    if handles:
        figure.legend(
            handles=list(handles),
            loc="outside lower center",
            ncols=max(1, columns),
            columnspacing=1.4,
            handletextpad=0.5,
        )


def scatter(
    axes: Axes, view: View, x: FloatArray, y: FloatArray, colour: FloatArray | None, norm: Any
) -> ScalarMappable:
    """Draw designs, coloured by a value, the mark telling the leading choice."""
    lead = view.leading_choice
    codes = np.zeros(len(x)) if lead is None else view.run.front_x[:, lead]
    common: dict[str, Any] = {"s": 20.0, "linewidths": 0.0, "alpha": 0.9}
    common["rasterized"] = len(x) > MANY_POINTS
    for code in np.unique(codes).astype(int):
        at = codes == code
        paint = {"color": OKABE_ITO[0]} if colour is None else {"c": colour[at]}
        if colour is not None:
            paint |= {"cmap": COLOUR_MAP, "norm": norm}
        marks = axes.scatter(x[at], y[at], marker=MARKERS[code % 10], **paint, **common)
        marks.set_in_layout(False)  # inside its axes: measuring every mark would only take time
    return ScalarMappable(norm=norm, cmap=COLOUR_MAP)


def two_lines(label: str, width: int = 30) -> str:
    """Return a label with its unit on a second line when it is longer than ``width``."""
    return label.replace(" [", "\n[", 1) if len(label) > width else label


def objective_label(view: View, k: int) -> str:
    """Return the axis label of objective ``k``."""
    return two_lines(title(view.declared(view.objectives[k].output)))


def decoded(view: View, i: int) -> FloatArray:
    """Return variable ``i`` of the front, NaN where it is inactive."""
    return np.where(view.active[:, i], view.run.front_x[:, i], np.nan)


def history_column(view: View, name: str) -> FloatArray:
    """Return one column of the history as floats."""
    return np.asarray(view.run.history[name].to_numpy(dtype=np.float64, na_value=np.nan))


def codes_present(view: View, i: int) -> list[int]:
    """Return the choices of variable ``i`` that occur on the front, in declared order."""
    return sorted(int(code) for code in np.unique(view.run.front_x[view.active[:, i], i]))
