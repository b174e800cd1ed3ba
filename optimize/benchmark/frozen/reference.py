"""The reference front of the frozen benchmark: ``python -m optimize.benchmark.frozen.reference``.

1. Every *architecture* (orbit, launch site, launcher and transfer; from the Moon there is no
   launcher, aerobraking only from there) is searched and polished on its own.
2. Every full combination of choices that has a design on the union is searched and polished again
   over its numbers alone.
3. Searches of the whole space with a larger budget are polished and added.
4. The union is polished again. It is the front; a subset chosen by hypervolume is stored.
5. Further searches of the whole space, by other seeds, say what was missed.

Each part is kept in ``build/bench_v1`` and not computed again, so an interrupted build goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import moocore
import numpy as np

from optimize.benchmark.frozen.freeze import DATA, ROOT, write_document
from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.registry import make_algorithm
from optimize.engine.archive import Archive
from optimize.engine.polish import polish
from optimize.engine.subset import hypervolume_subset
from optimize.utils.files import atomic_path
from problems.compute_satellite.variants.frozen import FRONT, FrozenSatellite, load_bench
from problems.compute_satellite.variants.frozen_declarations import bench_document
from problems.space import DesignSpace
from problems.spec import Objective
from problems.units import FloatArray

ARCHITECTURE = ("orbit", "launch_site", "launcher", "transfer")
STORED = 4000  # designs of the shipped front
_MOST = 40_000  # designs of the union
_PART_LIMIT = 8000  # designs kept of one part
_HOPELESS = 60  # generations without a feasible design after which a part is left
WORK = ROOT / "build" / "bench_v1"


class Effort(NamedTuple):
    """How hard one search tries."""

    population: int
    generations: int
    polished: int


ARCHITECTURES = Effort(1000, 200, 400)
COMBINATIONS = Effort(1000, 250, 1500)
WHOLE_SPACE = Effort(4000, 500, 4000)
LAST_POLISH = 12_000
_ADDED = 5  # searches of the whole space in the union; later seeds are evidence


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
    if len(x) == 0:
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
    found = list(parts)
    x = np.concatenate([part.x for part in found])
    f = np.concatenate([part.f for part in found])
    f, first = np.unique(f, axis=0, return_index=True)
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    return x[first][keep], f[keep]


# --- building ------------------------------------------------------------------------------------


def kept(name: str, make: Callable[[], Part]) -> Part:
    """Return a part from the disk, or make and keep it."""
    path = WORK / f"{fingerprint()}-{name}.npz"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        part = make()
        with atomic_path(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **part._asdict())
        print(f"{name}: {len(part.f):,} designs, {part.cpu_s:.1f} s", flush=True)
    with np.load(path) as stored:
        return Part(stored["x"], stored["f"], int(stored["evaluations"]), float(stored["cpu_s"]))


def fingerprint() -> str:
    """Return what changes with the problem an optimiser sees, and not with its front."""
    names = ("variables", "objectives", "constraints", "check")
    seen = {name: bench_document()[name] for name in names}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:8]


def _searched(
    problem: FrozenSatellite,
    names: tuple[str, ...],
    cells: list[tuple[str, ...]],
    effort: Effort,
    stage: str,
) -> list[Part]:
    def one(seed: int, cell: tuple[str, ...]) -> Part:
        space = part_space(problem.space, names, cell)
        return kept("-".join((stage, *cell)), lambda: search_part(problem, space, effort, seed))

    return [one(seed, cell) for seed, cell in enumerate(cells, start=1)]


def _combinations(
    problem: FrozenSatellite, parts: list[Part]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the choices, and their combinations with a design on the union of parts."""
    names = tuple(v.name for v in problem.space.variables if v.kind == "choice")
    x, _ = union(parts)
    at = [problem.space.index[name] for name in names]
    return names, _texts(problem.space, np.unique(x[:, at], axis=0), names)


def build(seeds: int) -> dict[str, Any]:
    """Build front and evidence; store the front and return its part of the document."""
    problem = load_bench()
    architectures = distinct_choices(problem, ARCHITECTURE)
    parts = _searched(problem, ARCHITECTURE, architectures, ARCHITECTURES, "architecture")
    first = volume(union(parts)[1])
    choices, combinations = _combinations(problem, parts)
    parts += _searched(problem, choices, combinations, COMBINATIONS, "combination")
    parts += [_whole(problem, seed) for seed in range(1, _ADDED + 1)]
    last = kept("union", lambda: _last_polish(problem, parts))
    later = range(_ADDED + 1, _ADDED + seeds + 1)
    subset = hypervolume_subset(last.f, STORED)
    _store(last.x[subset], last.f[subset])
    best = volume(last.f)
    return {
        "hypervolume": best,
        "hypervolume_stored": volume(last.f[subset]),
        "designs": len(last.f),
        "designs_stored": len(subset),
        "architectures": len(architectures),
        "combinations": len(combinations),
        "whole": _ADDED,
        "hypervolume_architectures": first,
        "evaluations": sum(part.evaluations for part in (*parts, last)),
        "cpu_s": round(sum(part.cpu_s for part in (*parts, last)), 1),
        "whole_space": [_evidence(problem, seed, last, best) for seed in later],
    }


def _whole(problem: FrozenSatellite, seed: int) -> Part:
    """Return one search of the whole space."""
    return kept(f"whole-{seed}", lambda: search_part(problem, problem.space, WHOLE_SPACE, seed))


def _last_polish(problem: FrozenSatellite, parts: list[Part]) -> Part:
    start = time.process_time()
    x, f = union(parts)
    keep = hypervolume_subset(f, _MOST)
    x, f, spent = _refined(problem, problem.space, x[keep], f[keep], LAST_POLISH)
    return Part(x, f, spent, time.process_time() - start)


def _evidence(problem: FrozenSatellite, seed: int, front: Part, best: float) -> dict[str, Any]:
    """Return what one search of the whole space has, and what it adds to the front."""
    run = _whole(problem, seed)
    _, both = union((front, run))
    return {
        "seed": seed,
        "evaluations": run.evaluations,
        "cpu_s": round(run.cpu_s, 1),
        "hypervolume_share": volume(run.f) / best,
        "gained_share": volume(both) / best - 1.0,
    }


def _store(x: FloatArray, f: FloatArray) -> None:
    with atomic_path(DATA / FRONT) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, X=x, F=f)


def main() -> None:
    """Build the front and write it beside the frozen numbers."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.frozen.reference",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=5, help="searches that are evidence")
    front = build(parser.parse_args().seeds)
    write_document({**bench_document(), "front": front})
    print(json.dumps(front, indent=2))


if __name__ == "__main__":
    main()
