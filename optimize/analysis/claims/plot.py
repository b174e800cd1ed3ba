"""Figure of the claims: how far the model is from each, with its odds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.claims.sentence import claimed_text
from optimize.report.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = {
    "holds": style.OKABE_ITO[2],
    "holds if": style.OKABE_ITO[1],
    "does not hold": style.OKABE_ITO[5],
}


def met(claim: Mapping[str, Any], value: float | None) -> float:
    """Return by what factor a value meets a claim; 1 just does, NaN without a value.

    Examples
    --------
    >>> met({"sense": "at_most", "claimed": 8.0}, 16.0), met({"sense": "about", "claimed": 2.0}, 1)
    (0.5, 0.5)
    """
    if value is None or not value > 0.0:
        return float("nan")
    ratio = float(value) / float(claim["claimed"])
    return 1.0 / ratio if claim["sense"] == "at_most" else ratio


def claims_figure(document: Mapping[str, Any]) -> Figure:
    """Return one line per claim: band over the futures, nominal figure, verdict and odds."""
    claims = document["claims"]
    figure = style.new_figure(9.6, 1.4 + 0.42 * len(claims))
    axes = figure.subplots()
    for at, claim in enumerate(claims):
        ends = sorted(met(claim, claim[key]) for key in ("p10", "p90"))
        colour, label = _COLOURS[claim["verdict"]], claim["verdict"]
        axes.plot(ends, [at, at], color=colour, linewidth=5.0, alpha=0.35, solid_capstyle="butt")
        axes.plot(
            [met(claim, claim["value"])],
            [at],
            marker="o",
            ls="none",
            ms=7,
            color=colour,
            label=label,
        )
        axes.annotate(
            f"{100.0 * claim['share_of_futures']:.0f} %",
            (1.005, at),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8.5,
        )
    axes.axvline(1.0, color="black", linewidth=1.0)
    axes.set_yticks(range(len(claims)), [_name(claim) for claim in claims])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    factors = [met(c, c[key]) for c in claims for key in ("value", "p10", "p90")]
    style.scale_axis(axes, "x", np.array([*factors, 0.5, 2.0]), log=True)
    axes.set_xlabel(
        "model over claim, to the right of the line is better than claimed; "
        "bar: 10 to 90 % of the futures"
    )
    axes.set_title("odds", loc="right", fontsize=8.5)
    axes.set_title("Public claims, answered by the model")
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    labels = [label for label in _COLOURS if label in handles]
    axes.legend([handles[x] for x in labels], labels, loc="upper left", title="verdict")
    return figure


def _name(claim: Mapping[str, Any]) -> str:
    return f"{claim['id'].replace('_', ' ')} ({claimed_text(claim)})"
