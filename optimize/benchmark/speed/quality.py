"""Test whether our engine's fronts are as good as pymoo's after as many evaluations.

``python -m optimize.benchmark.speed.quality`` runs our NSGA-II as shipped, its population without
the archive, the textbook NSGA-II and pymoo's NSGA-II as it comes, in turns on problems whose best
front is known, and writes ``docs/quality.md`` and ``docs/quality.json``. Every statement is a test:
*not inferior* is claimed only where a loss larger than the margin is refuted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimize.benchmark.arguments import whole_number
from optimize.benchmark.speed.fronts import (
    GENERATIONS,
    RE_GENERATIONS,
    RE_SUITE,
    REFERENCE,
    has_re_suite,
    known_front,
    peer_search,
    search,
)
from optimize.benchmark.speed.noninferiority import holm, rate_tests, shift_tests
from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.archive import archive_limit
from problems.text_tables import markdown_table
from problems.units import FloatArray

MARGIN = 0.005  # accepted loss, as a share of the hypervolume of the front
#: Accepted loss of IGD+: a curve across the unit square that moves back by this much in both
#: objectives loses about 0.4 % of the square.
DISTANCE_MARGIN = 0.002
ALPHA = 0.05  # family-wise
_LARGE_SPREAD = 0.1  # 10 to 90 % range of the share from which runs fail or succeed
_SUCCESS = 0.95  # of the hypervolume of the best run: counts as success
_ARRIVED = 0.5  # share of the hypervolume below which a search is not near the front at all
_SUCCESS_MARGIN = 0.1  # accepted loss of the success rate
_SATURATED = 0.95  # share of the box dominated by a front that any search nearly fills
_FEWEST_SEEDS = 5
_PEER = "pymoo"
_DOCS = Path(__file__).parents[3] / "docs"
Scores = Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Engine:
    """One of the ways of ours that are compared with pymoo's."""

    title: str
    share: float
    archive: bool

    def run(self, name: str, seed: int) -> FloatArray:
        """Return the objectives that a search hands over."""
        result = search(name, seed, share=self.share)
        return result.handed_over if self.archive else result.population


def engines() -> dict[str, Engine]:
    """Return our engine as shipped, its population alone, and that without difference vectors."""
    share = float(AlgorithmSetting.model_fields["differential_share"].default)
    return {
        "default": Engine("As shipped: 100 designs chosen from the archive", share, True),
        "population": Engine(
            f"The last population: {share:.0%} of the offspring by difference vectors", share, False
        ),
        "plain": Engine("Textbook NSGA-II: no difference vectors, no archive", 0.0, False),
    }


# --- measurement ---------------------------------------------------------------------------------


def measure(
    name: str, seeds: int, seconds: float = np.inf, before: Mapping[str, Scores] | None = None
) -> dict[str, Scores]:
    """Return the scores of every engine on one problem: ``hypervolume`` and ``igd_plus`` columns.

    Engines take turns; after ``seconds`` no seed is begun that needs pymoo, but five are always
    run. ``before`` holds scores of the first seeds, of all engines or some, that are not run again.
    """
    front = known_front(name)
    ours = engines()
    results: dict[str, list[tuple[float, float]]] = {engine: [] for engine in (*ours, _PEER)}
    for engine, scores in (before or {}).items():
        results[engine] = list(zip(scores["hypervolume"], scores["igd_plus"], strict=True))
    start = time.perf_counter()
    for seed in range(1, seeds + 1):
        missing = [engine for engine in results if len(results[engine]) < seed]
        late = _PEER in missing and time.perf_counter() - start > seconds
        if late and seed > _FEWEST_SEEDS:
            break
        for engine in missing:
            f = ours[engine].run(name, seed) if engine in ours else peer_search(name, seed)
            results[engine].append(front.score(f))
    runs = min(len(scores) for scores in results.values())
    columns = {engine: np.array(scores[:runs]).T for engine, scores in results.items()}
    return {engine: {"hypervolume": v, "igd_plus": d} for engine, (v, d) in columns.items()}


def judge(scores: Mapping[str, Mapping[str, Scores]], engine: str) -> dict[str, dict[str, Any]]:
    """Return, by problem, medians, Holm-adjusted p-values and verdicts of ``engine`` and pymoo."""
    rows: dict[str, dict[str, Any]] = {}
    raw: dict[str, list[tuple[float, float]]] = {"hypervolume": [], "igd_plus": []}
    for name, runs in scores.items():
        ours, theirs = runs[engine], runs[_PEER]
        spread = [float(np.ptp(np.quantile(r["hypervolume"], (0.1, 0.9)))) for r in (ours, theirs)]
        enough = _SUCCESS * max(r["hypervolume"].max() for r in (ours, theirs))
        wins = [int((r["hypervolume"] >= enough).sum()) for r in (ours, theirs)]
        n = len(ours["hypervolume"])
        by_rate = max(spread) > _LARGE_SPREAD
        raw["hypervolume"].append(
            rate_tests(wins[0], wins[1], n, _SUCCESS_MARGIN)
            if by_rate
            else shift_tests(ours["hypervolume"], theirs["hypervolume"], MARGIN)
        )
        raw["igd_plus"].append(shift_tests(-ours["igd_plus"], -theirs["igd_plus"], DISTANCE_MARGIN))
        rows[name] = {"seeds": n, "by_success_rate": by_rate, "successes": wins}
        for indicator in raw:
            rows[name][indicator] = {
                "medians": [float(np.median(r[indicator])) for r in (ours, theirs)]
            }
    for indicator, pairs in raw.items():
        not_worse, worse = (holm(column) for column in zip(*pairs, strict=True))
        for row, p, q in zip(rows.values(), not_worse, worse, strict=True):
            verdict = "not inferior" if p < ALPHA else "inferior" if q < ALPHA else "open"
            row[indicator] |= {"p_not_inferior": p, "p_inferior": q, "verdict": verdict}
    return rows


# --- report --------------------------------------------------------------------------------------


_MEASURED = ("pymoo", "p", "verdict")
_HEADER = (
    *("problem", "evaluations", "seeds"),
    *("hypervolume, ours", *_MEASURED),
    *("IGD+, ours", *_MEASURED),
)


def table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the lines of a Markdown table."""
    cells = []
    for name, row in rows.items():
        volume, distance = row["hypervolume"], row["igd_plus"]
        mark = ""
        if row["by_success_rate"]:
            mark = f" (successes {row['successes'][0]} and {row['successes'][1]})"
        elif max(volume["medians"]) < _ARRIVED:
            mark = " (neither arrives)"
        measured = [
            name,
            f"{100 * GENERATIONS.get(name, RE_GENERATIONS):,}",
            str(row["seeds"]),
            *(f"{value:.4f}" for value in volume["medians"]),
            f"{volume['p_not_inferior']:.2g}",
            volume["verdict"] + mark,
            *(f"{value:.5f}" for value in distance["medians"]),
            f"{distance['p_not_inferior']:.2g}",
            distance["verdict"],
        ]
        cells.append(measured)
    return markdown_table(_HEADER, cells, "l" * len(_HEADER))


def report(judged: Mapping[str, Mapping[str, Mapping[str, Any]]], command: str) -> str:
    """Return the page: what was compared, how, and both tables."""
    lines = [
        "# Quality of the engine on known fronts",
        "",
        f"Written by `{command}`.",
        "",
        "Each run has 100 designs a generation; all engines make the same number of evaluations. "
        "Hypervolume is the median share of that of the best front, reference point "
        "1.1 on objectives that span 0 to 1 on it; IGD+ is the median on the same scale. *Not "
        f"inferior*: a loss of {MARGIN:.1%} of the hypervolume, or {DISTANCE_MARGIN} of IGD+, is "
        "refuted by a one-sided Mann-Whitney test, Holm-adjusted over the problems "
        f"of the table, at {ALPHA}. *Inferior*: such a loss is shown. *Open*: neither. Where the "
        f"share spreads by more than {_LARGE_SPREAD} between runs (10 to 90 %), the test is of the "
        f"success rate (at least {_SUCCESS:.0%} of the best run's hypervolume), with a margin of "
        f"{_SUCCESS_MARGIN:.0%} of the runs. 100 designs cannot fill a surface: with three "
        "objectives even a converged front has a share of 0.87 to 0.94. As shipped, a search hands "
        "over 100 designs chosen by hypervolume from its archive of at most "
        f"{archive_limit(100, 2):,} designs seen; pymoo hands over its last population.",
    ]
    full = [name for name in next(iter(judged.values())) if _is_saturated(name)]
    if full:
        lines += [
            "",
            f"On {', '.join(full)} the front dominates more than {_SATURATED:.0%} of its "
            "box, so hypervolume says little; IGD+ says more.",
        ]
    lines += [
        "",
        "How far certified fronts of independent seeds are apart, by additive epsilon, on the "
        "baseline, the frozen benchmark and two known fronts, is told in "
        "[Certificates](certificates.md#certified-fronts-of-independent-seeds).",
    ]
    for engine, rows in judged.items():
        lines += ["", f"## {engines()[engine].title}", "", _summary(rows), "", *table(rows)]
    return "\n".join(lines) + "\n"


def _is_saturated(name: str) -> bool:
    front = known_front(name)
    return bool(front.hypervolume > _SATURATED * REFERENCE ** front.points.shape[1])


def _summary(rows: Mapping[str, Mapping[str, Any]]) -> str:
    parts = []
    for indicator, title in (("hypervolume", "Hypervolume"), ("igd_plus", "IGD+")):
        groups = {
            verdict: [name for name, row in rows.items() if row[indicator]["verdict"] == verdict]
            for verdict in ("not inferior", "inferior", "open")
        }
        text = f"{title}: not inferior on {len(groups['not inferior'])} of {len(rows)} problems"
        for verdict in ("inferior", "open"):
            if groups[verdict]:
                text += f"; {verdict} on {', '.join(groups[verdict])}"
        parts.append(text + ".")
    return " ".join(parts)


def main() -> None:
    """Measure, judge, write and print."""
    options = _options()
    command = "python -m optimize.benchmark.speed.quality " + " ".join(_without_out(sys.argv[1:]))
    stored = options.out / "quality.json"
    scores: dict[str, dict[str, Scores]] = {}
    if options.keep:
        earlier, scores = _stored(stored)
        command = f"{earlier} && {command}"
    if options.keep == _PEER:
        scores = {name: {_PEER: runs[_PEER]} for name, runs in scores.items()}
    end = time.perf_counter() + 60.0 * options.minutes
    for position, name in enumerate(options.problems):
        left = (end - time.perf_counter()) / (len(options.problems) - position)
        scores[name] = measure(name, options.seeds, left, scores.get(name))
        print(f"{name}: {len(scores[name][_PEER]['hypervolume'])} seeds", flush=True)
    judged = {engine: judge(scores, engine) for engine in engines()}
    text = report(judged, command.strip())
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "quality.md").write_text(text, encoding="utf-8")
    margins = {"hypervolume": MARGIN, "igd_plus": DISTANCE_MARGIN}
    document = {"command": command, "margins": margins, "judged": judged}
    document["scores"] = {
        name: {
            engine: {k: np.round(v, 6).tolist() for k, v in s.items()} for engine, s in runs.items()
        }
        for name, runs in scores.items()
    }
    stored.write_text(json.dumps(document) + "\n", encoding="utf-8")
    print(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.speed.quality", description=__doc__
    )
    known = [*GENERATIONS, *RE_SUITE]
    usual = known if has_re_suite() else list(GENERATIONS)
    parser.add_argument("--seeds", type=whole_number, default=60)
    parser.add_argument("--problems", nargs="+", choices=known, default=usual, metavar="NAME")
    parser.add_argument(
        "--minutes", type=float, default=np.inf, help="begin no further seed of pymoo's after that"
    )
    parser.add_argument(
        "--keep", choices=("all", "pymoo"), help="take over these scores of quality.json"
    )
    parser.add_argument("--out", type=Path, default=_DOCS, help="folder of quality.md and .json")
    return parser.parse_args()


def _without_out(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that matter to a reader: all but the folder."""
    if "--out" not in arguments:
        return list(arguments)
    at = arguments.index("--out")
    return [*arguments[:at], *arguments[at + 2 :]]


def _stored(path: Path) -> tuple[str, dict[str, dict[str, Scores]]]:
    """Return the command and the scores of an earlier measurement."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return document["command"], {
        name: {
            engine: {k: np.array(v) for k, v in scores.items()} for engine, scores in runs.items()
        }
        for name, runs in document["scores"].items()
    }


if __name__ == "__main__":
    main()
