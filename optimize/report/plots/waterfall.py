"""A breakdown of one design, item by item up to its total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optimize.utils.labels import number, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL_SHARE = 0.015  # of a total; smaller items of a breakdown are drawn as one


def _steps(breakdown: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return the items worth a bar, largest first, the rest as one."""
    total = abs(breakdown["total"])
    items = sorted(breakdown["items"], key=lambda item: -abs(item[1]))
    large = [(name, value) for name, value in items if abs(value) >= SMALL_SHARE * total]
    rest = sum(value for _, value in items[len(large) :])
    return [*large, ("others", rest)] if len(large) < len(items) else large


def waterfall(axes: Axes, breakdown: Mapping[str, Any]) -> None:
    """Draw the items of a breakdown with their shares, and the total below them."""
    from matplotlib.ticker import FuncFormatter

    largest = max(abs(breakdown["total"]), 1e-300)
    divisor, word = next(
        ((d, w) for d, w in ((1e9, "billion "), (1e6, "million ")) if largest >= d), (1.0, "")
    )
    steps, start, reach = _steps(breakdown), 0.0, 0.0
    for y, (_, value) in enumerate(steps):
        shade = "#0072B2" if value >= 0.0 else "#D55E00"
        axes.barh(y, value / divisor, left=start / divisor, color=shade, height=0.72)
        start += value
        reach = max(reach, start, start - value)
        text = f"{100.0 * value / breakdown['total']:.0f} %" if breakdown["total"] else ""
        axes.annotate(
            text,
            (max(start, start - value) / divisor, y),
            (3, 0),
            va="center",
            textcoords="offset points",
            fontsize=7,
        )
    axes.barh(len(steps), breakdown["total"] / divisor, color="#444444", height=0.72)
    total = breakdown["total"] / divisor
    axes.annotate(
        number(total, 3),
        (total, len(steps)),
        (3, 0),
        va="center",
        textcoords="offset points",
        fontsize=7,
    )
    axes.set_yticks(range(len(steps) + 1), [*(name for name, _ in steps), "total"], fontsize=7.5)
    axes.set_ylim(max(len(steps), 9) + 0.6, -0.6)
    axes.set_xlim(0.0, 1.2 * max(reach, breakdown["total"]) / divisor)
    axes.tick_params(axis="x", labelsize=7.5)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axes.grid(visible=False, axis="y")
    axes.set_title(f"{breakdown['title']} [{word}{breakdown['unit']}]", fontsize=9)
