"""Figures of sensitivity: a tornado beside the Sobol indices, over the same assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimize.analysis.sensitivity.sensitivity_finding import Factor, Finding
from optimize.analysis.sensitivity.sensitivity_report import SMALL_SHARE
from optimize.analysis.sensitivity.sensitivity_study import Study
from optimize.report.plots import style
from optimize.utils.labels import number, pretty_unit, sentence, title, words
from problems.parameters.uncertain import Marginal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOW_COLOUR, HIGH_COLOUR = style.OKABE_ITO[4], style.OKABE_ITO[5]
FIRST_COLOUR, TOTAL_COLOUR = style.OKABE_ITO[0], "#bcd7e8"
WORTH_COLOUR = style.OKABE_ITO[2]
DRAWN = 12


def sensitivity_figure(study: Study, finding: Finding) -> Figure | None:
    """Draw what one output depends on; None when nothing moves it.

    Left a tornado (one assumption at a time at its low and high), then the Sobol indices, and for
    a choice among designs what knowing each assumption is worth.
    """
    factors = _drawn(finding)
    if not factors:
        return None
    worthy = any((factor.worth or 0.0) > 0.0 for factor in factors)
    figure = style.new_figure(11.0 if worthy else 9.5, 1.9 + 0.34 * len(factors))
    widths = (5.0, 4.0, 2.6) if worthy else (5.0, 4.0)
    panels = figure.subplots(1, len(widths), sharey=True, width_ratios=widths)
    output = study.judged.problem.outputs[finding.output]
    _tornado(panels[0], study, finding, factors, pretty_unit(output.unit))
    _shares(panels[1], finding, factors, many=len(finding.nominal) > 1)
    if worthy:
        _worth(panels[2], factors, output.unit)
    labels = [assumption_label(factor.marginal) for factor in factors]
    panels[0].set_yticks(range(len(factors)), labels)
    panels[0].invert_yaxis()
    for axes in panels:
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    figure.suptitle(f"{sentence(study.judged.title)}: {title(output)}")
    return figure


def assumption_label(marginal: Marginal) -> str:
    """Return what to call an assumption: where it belongs, its name and unit.

    Examples
    --------
    >>> key = "catalog.launchers.starship.leo_payload_kg"
    >>> assumption_label(Marginal(key, "kg", 1.0, 2.0, 3.0, "uniform"))
    'starship: LEO payload [kg]'
    """
    *_, owner, name = marginal.key.split(".")
    unit = "" if marginal.unit == "1" else f" [{pretty_unit(marginal.unit)}]"
    text = words(name, marginal.unit)
    return f"{words(owner)}: {'price' if text == 'usd' else text}{unit}"


def _drawn(finding: Finding) -> tuple[Factor, ...]:
    """Return the assumptions worth a bar; at least three of those there are."""
    total = [factor.total for factor in finding.factors[:DRAWN]]
    count = max(sum(not share < SMALL_SHARE for share in total), 3)
    return finding.factors[: min(count, DRAWN)]


def _tornado(
    axes: Axes, study: Study, finding: Finding, factors: tuple[Factor, ...], unit: str
) -> None:
    """Draw changes by assumption; the values of the assumption stand at the ends of its bar."""
    scale = 100.0 if study.relative else 1.0
    ends = np.array([[factor.at_low, factor.at_high] for factor in factors]) * scale
    ends = np.where(np.isfinite(ends), ends, 0.0)
    for column, (shade, text) in enumerate(
        ((LOW_COLOUR, "assumption at its low"), (HIGH_COLOUR, "assumption at its high"))
    ):
        axes.barh(range(len(factors)), ends[:, column], color=shade, height=0.7, label=text)
    for y, (factor, (low, high)) in enumerate(zip(factors, ends, strict=True)):
        if low == high:
            continue
        for value, opposite, at in (
            (low, high, factor.marginal.low),
            (high, low, factor.marginal.high),
        ):
            left = value < 0.0 or (value == 0.0 and opposite > 0.0)
            axes.annotate(
                number(at, 3),
                (value, y),
                (-3 if left else 3, 0),
                textcoords="offset points",
                ha="right" if left else "left",
                va="center",
                fontsize=6.5,
                color="#444444",
            )
    axes.axvline(0.0, color="black", lw=0.8)
    reach = (min(float(ends.min()), 0.0), max(float(ends.max()), 0.0))
    span = (reach[1] - reach[0]) or 1.0
    padded = (reach[0] - 0.16 * span, reach[1] + 0.16 * span)
    style.scale_axis(axes, "x", np.array(padded), log=False)
    axes.set_xlim(*padded)
    if study.relative:
        axes.set_xlabel("Change, mean over the designs [%]")
    else:
        nominal = number(float(finding.nominal[0]), 3)
        axes.set_xlabel(f"Change from {nominal}" + (f" [{unit}]" if unit != "1" else ""))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=7.5)


def _shares(axes: Axes, finding: Finding, factors: tuple[Factor, ...], *, many: bool) -> None:
    """Draw total and first-order indices; whiskers are confidence, or the range over designs."""
    at = np.arange(len(factors))
    total = np.array([factor.total for factor in factors])
    first = np.array([factor.first for factor in factors])
    if many:
        below, above = np.array([factor.total_range for factor in factors]).T
        error = np.array([total - below, above - total])
        note = "range of ST"
    else:
        half = np.array([factor.total_conf for factor in factors])
        error = np.array([np.minimum(half, np.maximum(total, 0.0)), half])
        note = "95 % of ST"
    error = np.nan_to_num(np.maximum(error, 0.0))
    axes.barh(at, total, color=TOTAL_COLOUR, height=0.7, label="in all (ST)")
    axes.barh(at, np.maximum(first, 0.0), color=FIRST_COLOUR, height=0.36, label="alone (S1)")
    axes.errorbar(
        total, at, xerr=error, fmt="none", ecolor="#555555", elinewidth=1.0, capsize=2.0, label=note
    )
    reach = float(np.nanmax(total + error[1], initial=0.05))
    style.scale_axis(axes, "x", np.array([0.0, reach]), log=False)
    axes.set_xlim(0.0, 1.04 * reach)
    scale_name = "the logarithm" if finding.logarithmic else "the output"
    axes.set_xlabel(f"Share of the variance of {scale_name}")
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        fontsize=7.5,
        columnspacing=1.0,
        handlelength=1.4,
    )


def _worth(axes: Axes, factors: tuple[Factor, ...], unit: str) -> None:
    at = np.arange(len(factors))
    worth = np.array([factor.worth or 0.0 for factor in factors])
    error = np.array([factor.worth_error or 0.0 for factor in factors])
    axes.barh(at, worth, color=WORTH_COLOUR, height=0.6)
    whiskers = np.array([np.minimum(error, worth), error])
    axes.errorbar(
        worth, at, xerr=whiskers, fmt="none", ecolor="#555555", elinewidth=1.0, capsize=2.0
    )
    reach = float((worth + error).max())
    style.scale_axis(axes, "x", np.array([0.0, reach]), log=False)
    axes.set_xlim(0.0, 1.05 * reach)
    axes.set_xlabel(f"Worth of knowing it [{pretty_unit(unit)}]")
