"""Rank searches on the frozen benchmark: ``nice -n 5 python -m optimize.benchmark.frozen.ranking``.

Every entrant makes the same number of evaluations with as many designs a generation, by several
seeds; all feasible designs it has seen are scored, so no entrant is judged by the size of its
population. Searches are kept in ``build/bench`` and not run again.

Writes ``docs/benchmark.json`` and, from it, ``docs/benchmark.md``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

import moocore
import numpy as np

from optimize.benchmark.arguments import counts, refusing, whole_number
from optimize.benchmark.frozen.entrants import ENTRANTS, compete, population_for
from optimize.benchmark.frozen.page import page
from optimize.benchmark.frozen.reference import WORK, fingerprint, volume
from optimize.utils.files import atomic_path, write_text_atomic
from problems.compute_satellite.variants.frozen import FrozenSatellite, load_bench, read_bench
from problems.compute_satellite.variants.frozen_declarations import bench_document, newest_version
from problems.units import FloatArray

_DOCS = Path(__file__).parents[3] / "docs"
_FEWEST_SEEDS = 3
_DIGITS = 6


class Outcome(NamedTuple):
    """What one search found: objectives of its non-dominated feasible designs, and its cost."""

    f: FloatArray
    feasible_share: float
    cpu_s: float


def kept_outcome(bench: FrozenSatellite, name: str, seed: int, evaluations: int) -> Outcome:
    """Return what a search found, from ``build/bench`` or, once, by running it."""
    path = WORK / f"{fingerprint(bench.document)}-run-{name}-{evaluations}-{seed}.npz"
    if not path.exists():
        recorder, cpu_s = compete(bench, ENTRANTS[name], seed, evaluations)
        outcome = Outcome(recorder.front(), recorder.feasible_share, cpu_s)
        WORK.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **outcome._asdict())
    with np.load(path) as stored:
        return Outcome(stored["f"], float(stored["feasible_share"]), float(stored["cpu_s"]))


def score(outcome: Outcome, front: FloatArray) -> dict[str, float]:
    """Return hypervolume, IGD+ to the reference front, feasible share and CPU seconds of a run.

    A run without a feasible design scores as one design at the reference point.
    """
    f = outcome.f if len(outcome.f) else np.ones((1, front.shape[1]))
    return {
        "hypervolume": round(volume(outcome.f), _DIGITS),
        "igd_plus": round(float(moocore.igd_plus(f, ref=front)), _DIGITS),
        "feasible_share": round(outcome.feasible_share, _DIGITS),
        "cpu_s": round(outcome.cpu_s, 2),
    }


def measure(
    bench: FrozenSatellite,
    front: FloatArray,
    name: str,
    evaluations: int,
    *,
    seeds: int,
    seconds: float,
) -> dict[str, Any]:
    """Return the scores of an entrant, seed by seed, against the objectives of a front.

    After ``seconds`` of CPU time no seed is begun, but three are always run.
    """
    rows: list[dict[str, float]] = []
    spent = 0.0
    for seed in range(1, seeds + 1):
        if spent > seconds and len(rows) >= _FEWEST_SEEDS:
            break
        outcome = kept_outcome(bench, name, seed, evaluations)
        spent += outcome.cpu_s
        rows.append(score(outcome, front))
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    return {"seeds": len(rows), "population": population_for(evaluations), **columns}


def ranked_document(seeds: int, budgets: list[int], seconds: float, command: str) -> dict[str, Any]:
    """Measure every entrant that is installed at every budget it can afford."""
    bench = load_bench(bench_document(newest_version()))
    shipped = read_bench(bench.document["version"])
    results: dict[str, dict[str, Any]] = {}
    absent = [e.title for e in ENTRANTS.values() if not e.is_here]
    for evaluations in budgets:
        ranked = results.setdefault(str(evaluations), {})
        for name, entrant in ENTRANTS.items():
            if entrant.is_here and evaluations <= entrant.most:
                front = shipped.objectives
                measured = measure(bench, front, name, evaluations, seeds=seeds, seconds=seconds)
                ranked[name] = {"title": entrant.title, **measured}
                print(f"{evaluations:,} {name}: {measured['seeds']} seeds", flush=True)
    return {
        "benchmark": bench.name,
        "version": bench.version,
        "command": command,
        "seeds": seeds,
        "seconds": seconds,
        "best_hypervolume": shipped.document["front"]["hypervolume"],
        "absent": absent,
        "results": results,
    }


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.frozen.ranking",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=whole_number, default=11)
    parser.add_argument(
        "--evaluations", type=counts, default="500,5000,50000", help="budgets, separated by commas"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=8.0,
        help="CPU seconds of one entrant at one budget after which no further seed is begun",
    )
    parser.add_argument("--page", action="store_true", help="only write the page again")
    parser.add_argument("--out", type=Path, default=_DOCS, help="folder of benchmark.md and .json")
    options = parser.parse_args()
    stored = options.out / "benchmark.json"
    if options.page:
        with refusing(parser):
            ranking = json.loads(stored.read_text(encoding="utf-8"))
    else:
        budgets = options.evaluations
        command = (
            f"python -m optimize.benchmark.frozen.ranking --seeds {options.seeds} "
            f"--evaluations {','.join(map(str, budgets))} --seconds {options.seconds:g}"
        )
        with refusing(parser):
            ranking = ranked_document(options.seeds, budgets, options.seconds, command)
        options.out.mkdir(parents=True, exist_ok=True)
        write_text_atomic(stored, json.dumps(ranking, indent=1) + "\n")
    text = page(ranking, bench_document(int(ranking["version"])))
    write_text_atomic(options.out / "benchmark.md", text)
    print(text)


if __name__ == "__main__":
    main()
