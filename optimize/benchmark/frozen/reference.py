"""The reference front of the frozen benchmark: ``python -m optimize.benchmark.frozen.reference``.

1. Every *architecture* (orbit, launch site, launcher and transfer; from the Moon there is no
   launcher, aerobraking only from there) is searched and polished on its own.
2. Every full combination of choices that has a design on the union is searched and polished again
   over its numbers alone.
3. Searches of the whole space with a larger budget are polished and added.
4. The union is polished again. It is the front; a subset chosen by hypervolume is stored.
5. Further searches of the whole space, by other seeds, say what was missed.

Each part is kept in ``build/bench`` and not computed again, so an interrupted build goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import moocore
import numpy as np

from optimize.benchmark.arguments import whole_number
from optimize.benchmark.frozen.freeze import ROOT, write_document
from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.registry import make_algorithm
from optimize.engine.archive import Archive
from optimize.engine.polish import polish
from optimize.engine.subset import hypervolume_subset
from optimize.utils.files import atomic_path
from problems.compute_satellite.variants.frozen import FrozenSatellite, load_bench
from problems.compute_satellite.variants.frozen_declarations import (
    bench_document,
    bench_path,
    newest_version,
)
from problems.space import DesignSpace
from problems.spec import Objective, SpecError
from problems.units import FloatArray

ARCHITECTURE = ("orbit", "launch_site", "launcher", "transfer")
_MOST = 40_000  # designs of the union
_PART_LIMIT = 8000  # designs kept of one part
_HOPELESS = 60  # generations without a feasible design after which a part is left
WORK = ROOT / "build" / "bench"


class Effort(NamedTuple):
    """How hard one search tries."""

    population: int
    generations: int
    polished: int


class Plan(NamedTuple):
    """How hard the front is searched, and how many of its designs are stored."""

    architectures: Effort = Effort(1000, 200, 400)
    combinations: Effort = Effort(1000, 250, 1500)
    whole_space: Effort = Effort(4000, 500, 4000)
    added: int = 5  # searches of the whole space in the union; later seeds are evidence
    evidence: int = 5
    last_polish: int = 12_000
    stored: int = 4000


class Part(NamedTuple):
    """Feasible designs of one search, none dominated by another, and what it took."""

    x: FloatArray
    f: FloatArray
    evaluations: int
    cpu_s: float


def unit_objectives(problem: FrozenSatellite) -> tuple[Objective, ...]:
    """Return objectives that are measured as :meth:`FrozenSatellite.judge` gives them."""
    return tuple(Objective(o.output, "min", 0.0, 1.0) for o in problem.objectives)


def volume(f: FloatArray) -> float:
    """Return the hypervolume of normalised objectives, reference point (1, 1, 1).

    Examples
    --------
    >>> volume(np.array([[0.5, 0.5, 0.5], [2.0, 0.0, 0.0]]))
    0.125
    """
    inside = f[(f < 1.0).all(axis=1)]
    return float(moocore.hypervolume(inside, ref=np.ones(f.shape[1]))) if len(inside) else 0.0


# --- parts of the space --------------------------------------------------------------------------


def distinct_choices(problem: FrozenSatellite, names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return every combination of the named choices that is a satellite of its own."""
    space = problem.space
    names = tuple(names)
    codes = list(itertools.product(*(space[name].codes for name in names)))
    rows = np.tile(space.defaults, (len(codes), 1))
    at = [space.index[name] for name in names]
    rows[:, at] = codes
    return _texts(space, np.unique(problem.canonical(rows)[:, at], axis=0), names)


def _texts(space: DesignSpace, codes: FloatArray, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [
        tuple(str(space[name].decode(code)) for name, code in zip(names, row, strict=True))
        for row in codes
    ]


def part_space(space: DesignSpace, names: Iterable[str], chosen: Iterable[str]) -> DesignSpace:
    """Return the space with the named choices fixed."""
    for name, choice in zip(names, chosen, strict=True):
        space = space.replace(space[name].fix(choice))
    return space


def search_part(problem: FrozenSatellite, space: DesignSpace, effort: Effort, seed: int) -> Part:
    """Search a space with the shipped engine, then polish what stands for its archive."""
    start = time.process_time()
    setting = AlgorithmSetting(population=effort.population, seed=seed)
    engine = make_algorithm(space, lambda x: problem.canonical(x, space), setting)
    archive = Archive(len(space), unit_objectives(problem), _PART_LIMIT)
    evaluations = 0
    for generation in range(effort.generations):
        x = engine.ask()
        if len(x) == 0 or (generation == _HOPELESS and len(archive.f) == 0):
            break
        f, g = problem.judge(x)
        engine.tell(x, f, g)
        archive.add(x, f, g)
        evaluations += len(x)
    x, f, spent = _refined(problem, space, archive.x, archive.f, effort.polished)
    return Part(x, f, evaluations + spent, time.process_time() - start)


def _refined(
    problem: FrozenSatellite, space: DesignSpace, x: FloatArray, f: FloatArray, number: int
) -> tuple[FloatArray, FloatArray, int]:
    """Return non-dominated designs after polishing some, and the evaluations that took."""
    if len(x) == 0 or number == 0:
        return x, f, 0
    picked = hypervolume_subset(f, number)
    better = polish(
        problem, space, problem.objectives, problem.constraints, x[picked], evaluations=10**9
    )
    x = np.concatenate((better.x, np.delete(x, picked, axis=0)))
    f, g = problem.judge(x)
    x, f = x[(g <= 0.0).all(axis=1)], f[(g <= 0.0).all(axis=1)]
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    return x[keep], f[keep], better.evaluations


def union(parts: Iterable[Part]) -> tuple[FloatArray, FloatArray]:
    """Return the designs of several parts that no other design dominates."""
    parts = list(parts)
    x = np.concatenate([part.x for part in parts])
    f = np.concatenate([part.f for part in parts])
    f, first = np.unique(f, axis=0, return_index=True)
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    return x[first][keep], f[keep]


# --- building ------------------------------------------------------------------------------------


def kept(problem: FrozenSatellite, name: str, make: Callable[[], Part]) -> Part:
    """Return a part from the disk, or make and keep it."""
    path = WORK / f"{fingerprint(problem.document)}-{name}.npz"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        part = make()
        with atomic_path(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **part._asdict())
        print(f"{name}: {len(part.f):,} designs, {part.cpu_s:.1f} s", flush=True)
    with np.load(path) as stored:
        return Part(stored["x"], stored["f"], int(stored["evaluations"]), float(stored["cpu_s"]))


def fingerprint(document: Mapping[str, Any]) -> str:
    """Return what changes with the problem an optimiser sees, and not with its front."""
    names = ("variables", "objectives", "constraints", "check")
    seen = {name: document[name] for name in names}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:8]


def _searched(
    problem: FrozenSatellite,
    names: tuple[str, ...],
    cells: list[tuple[str, ...]],
    effort: Effort,
    stage: str,
) -> list[Part]:
    return [
        _part(
            problem, "-".join((stage, *cell)), part_space(problem.space, names, cell), effort, seed
        )
        for seed, cell in enumerate(cells, start=1)
    ]


def _part(
    problem: FrozenSatellite, name: str, space: DesignSpace, effort: Effort, seed: int
) -> Part:
    return kept(problem, name, lambda: search_part(problem, space, effort, seed))


def _combinations(
    problem: FrozenSatellite, parts: list[Part]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the choices, and their combinations with a design on the union of parts."""
    names = tuple(v.name for v in problem.space.variables if v.kind == "choice")
    x, _ = union(parts)
    at = [problem.space.index[name] for name in names]
    return names, _texts(problem.space, np.unique(x[:, at], axis=0), names)


def build(problem: FrozenSatellite, plan: Plan) -> tuple[Part, dict[str, Any]]:
    """Return the designs to be stored, and what the document says of the front."""
    architectures = distinct_choices(problem, ARCHITECTURE)
    parts = _searched(problem, ARCHITECTURE, architectures, plan.architectures, "architecture")
    first = volume(union(parts)[1])
    choices, combinations = _combinations(problem, parts)
    parts += _searched(problem, choices, combinations, plan.combinations, "combination")
    parts += [_whole(problem, seed, plan) for seed in range(1, plan.added + 1)]
    front = kept(problem, "union", lambda: _last_polish(problem, parts, plan.last_polish))
    subset = hypervolume_subset(front.f, plan.stored)
    stored = front._replace(x=front.x[subset], f=front.f[subset])
    later = range(plan.added + 1, plan.added + plan.evidence + 1)
    return stored, {
        "hypervolume": volume(front.f),
        "hypervolume_stored": volume(stored.f),
        "designs": len(front.f),
        "designs_stored": len(subset),
        "architectures": len(architectures),
        "combinations": len(combinations),
        "whole": plan.added,
        "hypervolume_architectures": first,
        "evaluations": sum(part.evaluations for part in (*parts, front)),
        "cpu_s": round(sum(part.cpu_s for part in (*parts, front)), 1),
        "whole_space": [_evidence(_whole(problem, seed, plan), seed, front) for seed in later],
    }


def _whole(problem: FrozenSatellite, seed: int, plan: Plan) -> Part:
    """Return one search of the whole space."""
    return _part(problem, f"whole-{seed}", problem.space, plan.whole_space, seed)


def _last_polish(problem: FrozenSatellite, parts: list[Part], number: int) -> Part:
    start = time.process_time()
    x, f = union(parts)
    keep = hypervolume_subset(f, _MOST)
    x, f, spent = _refined(problem, problem.space, x[keep], f[keep], number)
    return Part(x, f, spent, time.process_time() - start)


def _evidence(run: Part, seed: int, front: Part) -> dict[str, Any]:
    """Return what one search of the whole space has, and what it adds to the front."""
    best = volume(front.f)
    _, both = union((front, run))
    return {
        "seed": seed,
        "evaluations": run.evaluations,
        "cpu_s": round(run.cpu_s, 1),
        "hypervolume_share": volume(run.f) / best,
        "gained_share": volume(both) / best - 1.0,
    }


def store(document: Mapping[str, Any], front: Part, record: Mapping[str, Any]) -> None:
    """Write designs and objectives of the front, and the document with its record."""
    path = bench_path(document["version"], "_front.npz")
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, X=front.x, F=front.f)
    write_document({**document, "front": record})


def main() -> None:
    """Build the front of the newest version and write it beside the frozen numbers."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.frozen.reference",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=whole_number, default=5, help="searches that are evidence")
    plan = Plan(evidence=parser.parse_args().seeds)
    try:
        problem = load_bench(bench_document(newest_version()))
    except SpecError as error:
        parser.exit(2, f"{error}\n")
    front, record = build(problem, plan)
    store(problem.document, front, record)
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
