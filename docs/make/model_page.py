"""The page and the pictures of ``docs/model-v3.md``, from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from docs.make.readme import fill
from optimize.utils.files import write_text_atomic
from optimize.utils.labels import number
from problems.text_tables import markdown_table

PAGE = Path("docs/model-v3.md")
PICTURE = Path("docs/images/model-v3.png")
Step = tuple[str, Mapping[str, Any]]
_BARS = {
    "cost_ratio_to_ground": "ratio to the ground",
    "cost_per_exaflop_usd": "USD per EFLOP",
    "specific_mass_kg_per_kw": "kg per kW",
}
_UP, _DOWN, _WHOLE = "#D55E00", "#0072B2", "#444444"


def draw(steps: Sequence[Step], root: Path) -> None:
    """Draw one waterfall a number: where it was, what each change did, where it is."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 0.34 * len(steps) + 1.6), layout="constrained")
    for place, (axes, name) in enumerate(
        zip(figure.subplots(1, len(_BARS), sharey=True), _BARS, strict=True)
    ):
        values = [step[1]["cheapest"][name] for step in steps]
        _waterfall(axes, values)
        axes.set_title(_BARS[name], fontsize=9)
        if place == 0:
            labels = ["version 2", *(step[0] for step in steps[1:]), "version 3"]
            axes.set_yticks(range(len(labels)), labels, fontsize=8)
            axes.set_ylim(len(labels) - 0.4, -0.6)
    figure.savefig(root / PICTURE, dpi=150)


def _waterfall(axes: Any, values: Sequence[float]) -> None:
    axes.barh(0, values[0], color=_WHOLE)
    for y, (before, after) in enumerate(pairwise(values), start=1):
        axes.barh(y, after - before, left=before, color=_UP if after > before else _DOWN)
        axes.annotate(
            _change(after / before - 1.0),
            (max(before, after), y),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    axes.barh(len(values), values[-1], color=_WHOLE)
    for y, value in ((0, values[0]), (len(values), values[-1])):
        axes.annotate(
            number(value, 3),
            (value, y),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_xlim(0.0, 1.2 * max(values))
    axes.tick_params(axis="x", labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _change(share: float) -> str:
    """Return a relative change in per cent; nothing where none shows."""
    percent = 100.0 * share
    if abs(percent) < 0.05:
        return ""
    return f"{percent:+.1f} %" if abs(percent) < 1.0 else f"{percent:+.0f} %"


def page(steps: Sequence[Step], root: Path) -> None:
    """Fill the tables of the page."""
    path = root / PAGE
    text = path.read_text(encoding="utf-8")
    tables = {"changes": _changes(steps), "front": _front(steps[0], steps[-1])}
    write_text_atomic(path, fill(text, tables))


def _changes(steps: Sequence[Step]) -> str:
    rows = []
    for label, result in steps:
        cheapest = result["cheapest"]
        what = f"{cheapest['gpu_model']}, {cheapest['launcher']}, {cheapest['orbit']}"
        rows.append([label, *(number(cheapest[name], 3) for name in _BARS), what])
    return "\n".join(markdown_table(["change", *_BARS.values(), "cheapest design"], rows, "lrrrl"))


def _front(before: Step, after: Step) -> str:
    rows = []
    old, new = before[1]["front"], after[1]["front"]
    for name in new["shares"]:
        rows.append([name, _shares(old["shares"].get(name)), _shares(new["shares"][name])])
    for name in new["spread"]:
        rows.append([name, _spread(old["spread"].get(name)), _spread(new["spread"][name])])
    return "\n".join(markdown_table(["on the front", "version 2", "version 3"], rows, "lll"))


def _shares(shares: Mapping[str, float] | None) -> str:
    if not shares:
        return "-"
    largest = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {100.0 * share:.0f} %" for name, share in largest if share >= 0.005)


def _spread(quantiles: Sequence[float] | None) -> str:
    if not quantiles:
        return "-"
    low, middle, high = (number(value, 3) for value in quantiles)
    return f"{middle} ({low} to {high})"
