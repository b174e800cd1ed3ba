"""How long engines take to a good front: seconds to shares of the best hypervolume known.

``python -m optimize.benchmark.speed.race [NAME]`` runs it on a configuration or on the frozen
benchmark; ``python -m optimize.benchmark.speed`` runs it last. The reference is the hypervolume
that the frozen benchmark declares, elsewhere that of one long run of ours. Then our search, with
its archive and its log, and pymoo's NSGA-II as it comes, real-coded and mixed, take turns, each
from its own random designs, with several seeds. Pymoo is scored by all the non-dominated designs it
has seen, and neither keeping nor scoring them counts against it. A run that has not arrived when
its time is up counts as that long, and a ratio from it is a lower bound. Times are processor time
of one thread. All search the model on the same engine, compiled where LLVM is installed.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import moocore
import numpy as np

from optimize.benchmark.arguments import refusing, whole_number
from optimize.benchmark.speed.epsilon import configured
from optimize.benchmark.speed.memory import resident_mb
from optimize.benchmark.speed.stock import Judge, mixed, stock
from optimize.config.backend import fastest
from optimize.config.study import study_of
from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.search import Search
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.space import DesignSpace
from problems.units import FloatArray

SHARES = (0.97, 0.98, 0.99)
OURS, REAL, MIXED = "heliofront", "pymoo", "pymoo mixed"
#: The population at which its copying and comparing of designs cost pymoo's mixed algorithm least.
_MIXED_POPULATION = 400
_LOOK_AT = 50  # generation of the first look at memory
_FLUSH = 50  # generations after which evaluated designs are handed over, as a run does
Maker = Callable[[DesignSpace, Judge, FloatArray, tuple[int, int], int], Callable[[], object]]


@dataclass(frozen=True)
class Plan:
    """How much is run: seeds, population, survivors of ours, and how long rivals may take."""

    seeds: int = 5
    rival_seeds: int = 3
    population: int = 1000
    reference_population: int = 4000
    reference_generations: int = 1000
    most_ours_s: float = 20.0
    most_rival_s: float = 100.0
    most_mixed_s: float = 30.0


class _Course:
    """The search space of a configuration or frozen problem, and a fresh search on it."""

    def __init__(self, name: str, population: int) -> None:
        self.name = name
        config = configured(name, {"name": "nsga2"})
        problem = build_problem(config)
        study = study_of(config, problem)
        space = DesignSpace(study.variables)
        self.layout = Layout(problem, space, study.objectives, study.constraints)
        self.layout.use_backend(fastest(), population)

    def search(self, population: int, seed: int, *, keep: bool = True) -> Search:
        """Return our search before its first generation; ``keep`` what it evaluates or not."""
        algorithm = {"name": "nsga2", "population": population, "seed": seed}
        config = configured(self.name, algorithm)
        output = config.output.model_copy(update={"evaluations": keep})
        return Search(config.model_copy(update={"output": output}), self.layout)


def arrivals(
    step: Callable[[], float], goals: Sequence[float], most_s: float, clock: Callable[[], float]
) -> list[float]:
    """Return when each goal was reached, infinity where it was not.

    Parameters
    ----------
    step
        Makes one generation and returns the hypervolume so far.
    goals
        Hypervolumes, ascending.
    most_s
        Seconds after which to give up.
    clock
        Seconds used so far.

    Examples
    --------
    >>> found = iter([0.2, 0.5, 0.9])
    >>> times = iter([1.0, 2.0, 3.0])
    >>> arrivals(lambda: next(found), [0.4, 0.5, 0.95], 2.5, lambda: next(times))
    [2.0, 2.0, inf]
    """
    reached = [math.inf] * len(goals)
    while math.isinf(reached[-1]):
        volume, now = step(), clock()
        reached = [
            now if math.isinf(t) and volume >= goal else t
            for t, goal in zip(reached, goals, strict=True)
        ]
        if now >= most_s:
            break
    return reached


def _clock() -> Callable[[], float]:
    """Return a call that tells the processor time used since now."""
    start = time.process_time()
    return lambda: time.process_time() - start


def _ours(
    course: _Course, population: int, seed: int, *, keep: bool = True
) -> tuple[Callable[[], float], Search]:
    """Return a call that makes one generation of our search."""
    search = course.search(population, seed, keep=keep)

    def step() -> float:
        search.step()
        if search.generation % _FLUSH == 0:
            search.take_blocks()
        return float(search.history[-1][2])

    return step, search


class _Rival:
    """A rival's run: its own seconds, and the front of all it has seen."""

    def __init__(self, course: _Course, make: Maker, population: int, seed: int) -> None:
        layout = course.layout
        self._layout, self._search = layout, course.search(population, seed)
        self._front = np.empty((0, len(layout.objectives)))
        self._seen: list[FloatArray] = []
        low, high = layout.space.search_bounds()
        genes = np.random.default_rng(seed).uniform(low, high, (population, len(low)))
        start = time.process_time()
        shape = len(layout.objectives), max(len(layout.constraints), 1)
        self._generation = make(layout.space, self._judge, genes, shape, seed)
        self.seconds = time.process_time() - start

    def _judge(self, genes: FloatArray) -> tuple[FloatArray, FloatArray]:
        layout = self._layout
        x = layout.problem.canonical(layout.space.decoded(genes), layout.space)
        f, g = self._search.screen(self._search.evaluate(x))
        points = normalised(f, layout.objectives)
        self._seen.append(points[(g <= 0.0).all(axis=1)])
        return points, g

    def clock(self) -> float:
        """Return the seconds the rival has used."""
        return self.seconds

    def step(self) -> float:
        """Make one generation and return the hypervolume of everything seen."""
        start = time.process_time()
        self._generation()
        self.seconds += time.process_time() - start
        points = np.concatenate((self._front, *self._seen))
        self._seen = []
        self._front = points[np.asarray(moocore.is_nondominated(points), dtype=np.bool_)]
        inside = self._front[(self._front < 1.0).all(axis=1)]
        return float(moocore.hypervolume(inside, ref=np.ones(points.shape[1])))


def _reference(course: _Course, plan: Plan) -> tuple[float, dict[str, float] | None]:
    """Return the hypervolume known; of a long run with memory early in it and at its end.

    The long run does not keep what it evaluates: the register that stores every design once takes
    some 20 bytes for each, by its purpose.
    """
    if isinstance(course.layout.problem, FrozenSatellite):
        return float(course.layout.problem.document["front"]["hypervolume"]), None
    step, search = _ours(course, plan.reference_population, seed=1, keep=False)
    memory = {}
    for _ in range(plan.reference_generations):
        step()
        if search.generation == min(_LOOK_AT, plan.reference_generations):
            memory["early_mb"] = resident_mb()
    memory["end_mb"] = resident_mb()
    memory["early_generation"] = min(_LOOK_AT, plan.reference_generations)
    memory["generations"] = search.generation
    return hypervolume(search.archive.f, course.layout.objectives), memory


def race(name: str, plan: Plan) -> dict[str, Any]:
    """Return the seconds of every engine to every share, by seed, and the reference.

    Parameters
    ----------
    name
        Of the configuration, or of the frozen benchmark.
    plan
        Seeds and limits.
    """
    course = _Course(name, plan.population)
    best, memory = _reference(course, plan)
    goals = [share * best for share in SHARES]
    makers: Mapping[str, tuple[Maker, int]] = {
        REAL: (stock, plan.population),
        MIXED: (mixed, min(_MIXED_POPULATION, plan.population)),
    }
    limits = {OURS: plan.most_ours_s, REAL: plan.most_rival_s, MIXED: plan.most_mixed_s}
    times: dict[str, list[list[float]]] = {name: [] for name in limits}
    for seed in range(1, plan.seeds + 1):
        clock = _clock()
        step, _ = _ours(course, plan.population, seed)
        times[OURS].append(arrivals(step, goals, limits[OURS], clock))
        for rival, (make, population) in makers.items():
            if seed <= plan.rival_seeds:
                run = _Rival(course, make, population, seed)
                times[rival].append(arrivals(run.step, goals, limits[rival], run.clock))
    return {"reference": best, "memory": memory, "seconds": times, "limits": limits}


@dataclass(frozen=True)
class Lead:
    """How many times sooner we reach a share than a rival; a lower bound when it did not."""

    share: float
    rival: str
    ours_s: float
    rival_s: float
    bound: bool

    @property
    def ratio(self) -> float:
        """The rival's seconds over ours; 0 when we did not arrive."""
        return self.rival_s / self.ours_s


def leads(result: Mapping[str, Any]) -> list[Lead]:
    """Return the ratios of median seconds, by rival and share.

    Examples
    --------
    >>> seconds = {"heliofront": [[1.0, 2.0, 4.0]], "pymoo": [[40.0, math.inf, math.inf]]}
    >>> [(lead.ratio, lead.bound) for lead in leads({"seconds": seconds, "limits": {"pymoo": 90}})]
    [(40.0, False), (45.0, True), (22.5, True)]
    """
    rows = []
    for rival, runs in result["seconds"].items():
        if rival == OURS:
            continue
        for k, share in enumerate(SHARES):
            ours_s = statistics.median(run[k] for run in result["seconds"][OURS])
            rival_s = statistics.median(run[k] for run in runs)
            bound = math.isinf(rival_s)
            rows.append(
                Lead(share, rival, ours_s, result["limits"][rival] if bound else rival_s, bound)
            )
    return rows


def to_text(result: Mapping[str, Any]) -> str:
    """Return the table of a race."""
    runs = result["seconds"]
    lines = [
        f"seconds to shares of the best hypervolume known, {result['reference']:.4f}; medians of "
        f"{len(runs[OURS])} seeds, rivals of {len(runs[REAL])}"
    ]
    for lead in leads(result):
        sign = ">= " if lead.bound else ""
        text = f"{sign}{lead.rival_s:,.1f} s, x{sign}{lead.ratio:,.0f}"
        lines.append(f"  {lead.share:.0%}  {lead.ours_s:6.2f} s  {lead.rival:<12} {text}")
    memory = result["memory"]
    if memory is not None:
        lines.append(
            f"memory: {memory['early_mb']:,.0f} MB at generation {memory['early_generation']:,}, "
            f"{memory['end_mb']:,.0f} MB at generation {memory['generations']:,}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Race and print."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="python -m optimize.benchmark.speed.race")
    parser.add_argument("name", nargs="?", default="baseline", help="configuration or problem")
    for key, value in asdict(plan).items():
        kind = whole_number if isinstance(value, int) else type(value)
        parser.add_argument(f"--{key.replace('_', '-')}", type=kind, default=value)
    options = vars(parser.parse_args(arguments))
    with refusing(parser):
        print(to_text(race(options.pop("name"), Plan(**options))))


if __name__ == "__main__":
    main(sys.argv[1:])
