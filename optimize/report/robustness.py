"""The price of robustness in words, for the summary of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optimize.evaluation.risk import risk_text
from optimize.utils.labels import number, pretty_unit, words
from problems.text_tables import markdown_table

if TYPE_CHECKING:
    from optimize.run.folder import RunData


def robustness_lines(run: RunData) -> list[str]:
    """Return the section of a robust run; nothing for a run at nominal numbers."""
    entry = run.manifest.get("robustness")
    if not entry:
        return []
    lines = [
        "## Price of robustness",
        "",
        f"Every design was judged in {entry['futures']:,} futures, drawn from "
        f"{entry['uncertain_numbers']:,} uncertain numbers "
        f"({entry['model_evaluations']:,} evaluations of the model).",
        "",
        *_asked(run, entry),
        "",
    ]
    if not entry.get("fronts"):
        return [*lines, "The run ended before the nominal problem was searched for comparison."]
    return [*lines, *_comparison(run, entry), "", *_verdict(run, entry)]


def _asked(run: RunData, entry: Mapping[str, Any]) -> list[str]:
    """Return what was minimised and demanded over the futures."""
    senses = {o.output.partition(".")[2]: o.sense for o in run.objectives}
    lines = [
        f"- `{name}`: "
        f"{risk_text(measure, best='lowest' if senses.get(name) == 'min' else 'highest')}"
        for name, measure in entry["risk"].items()
    ]
    levels: dict[float, list[str]] = {}
    for name, level in entry["reliability"].items():
        levels.setdefault(level, []).append(name)
    usual = max(levels, key=lambda level: len(levels[level]), default=None)
    for level, names in sorted(levels.items(), reverse=True):
        scope = "every constraint" if len(levels) == 1 else ", ".join(f"`{name}`" for name in names)
        scope = "every other constraint" if len(levels) > 1 and level == usual else scope
        lines.append(f"- {scope}: must hold in {100.0 * level:.4g} % of the futures")
    return lines


def _comparison(run: RunData, entry: Mapping[str, Any]) -> list[str]:
    nominal, robust = entry["fronts"]["nominal"], entry["fronts"]["robust"]
    sides = (nominal, robust)
    rows: list[list[str]] = [
        ["designs", *(f"{side['designs']:,}" for side in sides)],
        ["as reliable as asked", *(_percent(side["reliable_share"]) for side in sides)],
        [
            "probability that every limit holds: median (lowest to highest)",
            *(_percents(side["probability_feasible"]) for side in sides),
        ],
        [
            "probability of being infeasible, mean",
            *(_percent(side["mean_probability_infeasible"]) for side in sides),
        ],
        [
            "probability of being infeasible, or worse than another of both fronts, mean",
            *(_percent(side["mean_probability_infeasible_or_dominated"]) for side in sides),
        ],
        ["hypervolume of the risk measures", *(number(s["hypervolume_risk"]) for s in sides)],
        ["hypervolume at nominal numbers", *(number(s["hypervolume_nominal"]) for s in sides)],
    ]
    for key, basis in (("best_nominal", "nominal numbers"), ("best_risk", "the risk measure")):
        for name in nominal[key]:
            label = f"best {_label(run, name)} by {basis}"
            rows.append([label, *(_value(side[key][name]) for side in sides)])
    header = ["", "front at nominal numbers", "robust front"]
    return [
        "The nominal problem, searched with as many designs, and this run's front side by side. "
        "Hypervolume and best values count feasible designs only (in the sense of their row).",
        "",
        *markdown_table(header, rows),
    ]


def _verdict(run: RunData, entry: Mapping[str, Any]) -> list[str]:
    nominal = entry["fronts"]["nominal"]
    lines = [
        f"- {_percent(1.0 - nominal['reliable_share'])} of the nominal front is not as reliable as "
        f"asked; {_percent(entry['nominal_dominated_share'])} of it has risk measures that some "
        "robust design betters in everything."
    ]
    for name, price in entry["price"].items():
        if price:
            lines.append(
                f"- Price in {_label(run, name)}, at nominal numbers and with the other objectives "
                f"no worse: {number(price['median'], 3)} times the nominal front's in the median "
                f"(from {number(price['lowest'], 3)} to {number(price['highest'], 3)})."
            )
        else:
            lines.append(
                f"- No price in {_label(run, name)}: no nominal design is as good as a robust one "
                "in all other objectives."
            )
    return lines


def _label(run: RunData, name: str) -> str:
    """Return an output as words with its unit; a risk measure is called by its output."""
    plain = name.removeprefix("robust.")
    unit = run.problem.outputs[plain].unit if plain in run.problem.outputs else ""
    return words(plain, unit) + ("" if unit in ("1", "") else f" [{pretty_unit(unit)}]")


def _percent(share: float) -> str:
    return "< 1 %" if 0.0 < share < 0.01 else f"{100.0 * share:.0f} %"


def _percents(spread: Mapping[str, float]) -> str:
    if not spread:
        return "-"
    low, middle, high = (_percent(spread[key]) for key in ("lowest", "median", "highest"))
    return f"{middle} ({low} to {high})"


def _value(value: float | None) -> str:
    return "-" if value is None else number(value)
