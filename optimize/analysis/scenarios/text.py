"""The comparison of scenarios as text: tables for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from optimize.analysis.scenarios.results import COMPARED, Evaluated, ScenarioResult
from optimize.analysis.scenarios.waterfall import Step, Waterfall
from optimize.utils.labels import number, pretty_unit, words
from optimize.utils.terminal import fitted_table
from problems.text_tables import markdown_table

_HEADS = {
    "cost_per_exaflop_usd": "USD/\nEFLOP",
    "cost_per_kw_yr_usd": "USD/\nkW/yr",
    "cost_ratio_to_ground": "over\nground",
    "specific_mass_kg_per_kw": "kg/\nkW",
    "launch_price_usd_per_kg": "launch\nUSD/kg",
}
_HEADER = ("scenario", "design", *_HEADS.values(), "life\nyr", "IT\nkW", "limits")
_PUBLISHED = ("scenario", "published", "number", "model", "unit", "deviation", "source")
_LONGEST_LIMITS = 34


def _row(name: str, kind: str, evaluated: Evaluated) -> tuple[str, ...]:
    broken = ", ".join(evaluated.violated)
    if len(broken) > _LONGEST_LIMITS:
        broken = f"{evaluated.violated[0]} and {len(evaluated.violated) - 1} more"
    return (
        name,
        kind,
        *(number(evaluated.value(output), 3) for output in COMPARED),
        number(float(evaluated.design["design_life_yr"]), 3),
        number(evaluated.outputs["it_power_w"] * 1e-3),
        f"breaks {broken}" if broken else "ok",
    )


def comparison_rows(results: Sequence[ScenarioResult]) -> list[tuple[str, ...]]:
    """Return the rows of the comparison: own count, own design, best design of each scenario."""
    rows = []
    for result in results:
        if not result.counts_alike:
            rows.append(_row(result.name, f"own, {result.own.boundary}", result.own))
        kind = "own" if result.peer.published else "default"
        rows.append(_row(result.name, f"{kind}, {result.common.boundary}", result.common))
        if result.best is not None:
            rows.append(_row(result.name, f"best, {result.best.boundary}", result.best))
    return rows


def published_rows(results: Sequence[ScenarioResult]) -> list[tuple[str, ...]]:
    """Return the rows of published numbers beside the model's, under the peer's assumptions."""
    return [
        (
            result.name,
            point.case.quantity.partition(" scenario")[2].lstrip(",: "),
            number(point.case.expected, 5),
            number(point.value, 5),
            pretty_unit(point.case.unit),
            f"{100.0 * (point.value / point.case.expected - 1.0):+.1f} %",
            f"{point.case.source}, {point.case.locator}",
        )
        for result in results
        for point in result.published
    ]


def waterfall_rows(fall: Waterfall) -> list[tuple[str, ...]]:
    """Return the steps of a waterfall between its two ends."""
    return [
        (fall.first, number(fall.start), "", ""),
        *(
            (step.title, _signed(step.change), _times(step.factor), _causes(step))
            for step in fall.telling
        ),
        (fall.second, number(fall.end), "", ""),
    ]


def _signed(change: float) -> str:
    return f"{'+' if change >= 0.0 else '-'}{number(abs(change))}"


def _times(factor: float) -> str:
    return f"x {number(factor, 3)}" if factor == factor else "-"


def _causes(step: Step) -> str:
    differences = step.differences
    named = ", ".join(change.key for change in differences[:3])
    more = len(differences) - 3
    return f"{named} and {more} more" if more > 0 else named


_NOTE = (
    "own: the scenario's design counted as its author counts; then the same design, and the best "
    "one of 100 to 150 kW of compute, at the common boundary."
)


def _steps_header(fall: Waterfall) -> tuple[str, ...]:
    return ("step", pretty_unit(fall.unit), "factor", "because of")


def _notes(results: Sequence[ScenarioResult]) -> list[str]:
    """Return for each peer where the values of this model are used instead."""
    return [
        f"{r.name} does not state {', '.join(r.unstated)}, and leaves to us: {'; '.join(r.ours)}"
        for r in results
        if r.peer.published
    ]


def headline(results: Sequence[ScenarioResult]) -> str:
    """Return one sentence: what a FLOP costs over the ground under each, or from where to where."""
    ratios = {r.name: (r.best or r.common).value("cost_ratio_to_ground") for r in results}
    which = "with its best design" if all(r.best for r in results) else "with its design"
    ordered = sorted(ratios, key=lambda name: ratios[name])
    low, high = ordered[0], ordered[-1]
    if len(ordered) == 1:
        return f"A FLOP from orbit costs {number(ratios[low], 2)} times the ground under {low}."
    ends = [f"{number(ratios[name], 2)} times the ground under {name}" for name in (low, high)]
    between = "and" if len(ordered) == 2 else "to"
    return f"A FLOP from orbit costs {ends[0]} {between} {ends[1]}, each {which}."


def terminal(results: Sequence[ScenarioResult], falls: Sequence[Waterfall]) -> str:
    """Return everything for a terminal."""
    lines = [headline(results), ""]
    lines += [*fitted_table(_HEADER, comparison_rows(results), "ll" + "r" * 7 + "l"), "", _NOTE]
    if published := published_rows(results):
        lines += ["", "Published numbers under their authors' own assumptions", ""]
        lines += fitted_table(_PUBLISHED, published, "llrrlrl")
    for fall in falls:
        lines += ["", _heading(fall), ""]
        lines += fitted_table(_steps_header(fall), waterfall_rows(fall), "lrrl")
    if notes := _notes(results):
        lines += ["", *notes]
    return "\n".join(lines)


def _heading(fall: Waterfall) -> str:
    meaning = words(fall.output, fall.unit)
    return f"From {fall.first} to {fall.second}: {meaning}, each design as its author counts"


def markdown(results: Sequence[ScenarioResult], falls: Sequence[Waterfall]) -> str:
    """Return everything as Markdown."""
    lines = ["# Scenarios in one model", "", *markdown_table(_HEADER, comparison_rows(results))]
    lines += ["", _NOTE, ""]
    if published := published_rows(results):
        lines += ["## Published numbers under their authors' own assumptions", ""]
        lines += [*markdown_table(_PUBLISHED, published), ""]
    for fall in falls:
        lines += [f"## {_heading(fall)}", ""]
        lines += [*markdown_table(_steps_header(fall), waterfall_rows(fall)), ""]
    lines += [f"- {note}" for note in _notes(results)]
    return "\n".join(lines).rstrip() + "\n"
