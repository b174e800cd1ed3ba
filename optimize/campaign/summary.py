"""What a campaign found, in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimize.utils.terminal import fitted_table
from problems.text_tables import markdown_table

_HEADER = (
    "scenario",
    "algorithm",
    "runs",
    "hypervolume\nmedian",
    "\nlowest",
    "\nhighest",
    "interquartile\nrange",
    "of the\nunion's",
    "designs on\nthe union",
)

_MOST_LINES = 20  # of troubles


def quality_rows(qualities: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return one row of text per scenario and algorithm."""
    rows: list[tuple[str, ...]] = []
    for quality in qualities:
        for entry in quality["algorithms"]:
            volume = entry["hypervolume"]
            rows.append(
                (
                    quality["scenario"],
                    entry["algorithm"],
                    str(entry["runs"]),
                    f"{volume['median']:.5f}",
                    f"{volume['lowest']:.5f}",
                    f"{volume['highest']:.5f}",
                    f"{volume['interquartile_range']:.1g}",
                    _share(entry["share_of_union_hypervolume"]),
                    _share(entry["share_of_union"]),
                )
            )
    return rows


def quality_table(qualities: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the comparison for a terminal."""
    return fitted_table(_HEADER, quality_rows(qualities), "llrrrrrrr")


def counted(tasks: Sequence[Mapping[str, Any]]) -> str:
    """Return how many tasks ended how.

    Examples
    --------
    >>> counted([{"status": "finished", "how": "new"}, {"status": "finished", "how": "kept"}])
    '2 of 2 runs finished (1 kept from before)'
    """
    ended = [task for task in tasks if task["status"] in ("finished", "infeasible")]
    parts = []
    for how, text in (("kept", "kept from before"), ("resumed", "resumed"), ("again", "again")):
        number = sum(task["how"] == how for task in ended)
        parts += [f"{number} {text}"] if number else []
    for status in ("infeasible", "failed", "interrupted", "waiting"):
        number = sum(task["status"] == status for task in tasks)
        words = {"infeasible": "without a feasible design", "waiting": "not begun"}
        parts += [f"{number} {words.get(status, status)}"] if number else []
    more = f" ({', '.join(parts)})" if parts else ""
    return f"{len(ended)} of {len(tasks)} runs finished{more}"


def troubles(tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one line per task that needs a look: failed, infeasible or done again."""
    lines = []
    for task in tasks:
        if task["status"] in ("failed", "infeasible", "interrupted"):
            lines.append(f"{task['name']}: {task['status']}: {task['reason']}")
        lines += [f"{task['name']}: {note}" for note in task["notes"]]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES} more: see campaign.json"]
    return lines


def summary_text(
    name: str, tasks: Sequence[Mapping[str, Any]], qualities: Sequence[Mapping[str, Any]]
) -> str:
    """Return ``summary.md``."""
    lines = [
        f"# Campaign {name}",
        "",
        f"{len(tasks)} complete searches of the same question, to see how far the answer depends "
        "on chance (seed), on the method (algorithm) and on the assumptions (scenario). Each is an "
        "ordinary run in `runs/`; what they found together is in `front.csv` and `front.parquet`.",
        "",
    ]
    for quality in qualities:
        lines += _scenario_lines(quality, tasks)
    wrong = troubles(tasks)
    if wrong:
        lines += ["## What needs a look", "", *(f"- {line}" for line in wrong), ""]
    return "\n".join([*lines, *_reading()]) + "\n"


def _scenario_lines(quality: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    union, scenario = quality["union"], quality["scenario"]
    empty = sum(t["status"] == "infeasible" and t["scenario"] == scenario for t in tasks)
    lines = [
        f"## Scenario {scenario}",
        "",
        f"The fronts of {len(quality['runs'])} runs together hold {union['size']:,} designs that "
        f"no other betters, with a hypervolume of {union['hypervolume']:.5f}.",
    ]
    if empty:
        lines.append(f"{empty} of the runs found no feasible design.")
    if quality["judged_anew"]:
        lines.append(
            f"Every design was judged again in all {quality['futures']:,} futures of the blocks; "
            "those that miss a limit there are left out, so these numbers are comparable while "
            "those of the single runs are not."
        )
    return [*lines, "", *_algorithm_table(quality), ""]


def _algorithm_table(quality: Mapping[str, Any]) -> list[str]:
    header = (
        "algorithm",
        "runs",
        "hypervolume: median",
        "lowest",
        "highest",
        "IQR",
        "together, of the union's",
        "of its designs",
        "attained by all runs",
    )
    rows = []
    for entry in quality["algorithms"]:
        volume, attained = entry["hypervolume"], entry["attainment"]
        rows.append(
            (
                entry["algorithm"],
                str(entry["runs"]),
                f"{volume['median']:.5f}",
                f"{volume['lowest']:.5f}",
                f"{volume['highest']:.5f}",
                f"{volume['interquartile_range']:.1g}",
                _share(entry["share_of_union_hypervolume"]),
                _share(entry["share_of_union"]),
                f"{attained[-1]['hypervolume']:.5f}" if attained else "-",
            )
        )
    return markdown_table(header, rows)


def _reading() -> list[str]:
    return [
        "## How to read this",
        "",
        "- *Hypervolume* is the share of the box from ideal to reference that a front dominates: "
        "more is better, 1 is out of reach. Runs that differ little (small IQR, the interquartile "
        "range) need no more seeds.",
        "- *Together, of the union's*: how much of the hypervolume of all fronts together the runs "
        "of this algorithm reach; *of its designs*: how many of the union's designs they found.",
        "- *Attained by all runs* is the hypervolume of what every single run reached: what one "
        "more run can be counted on to give. It is told for two or three objectives.",
        "- `tasks.csv` has these numbers by run; `campaign.json` all of them, with times. "
        "`figures/hypervolume.png` shows the spread, `figures/front-*.png` the merged fronts.",
        "- Fronts of different scenarios answer different questions and are not merged.",
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
