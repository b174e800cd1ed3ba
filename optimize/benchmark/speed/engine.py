"""How fast the search engine is: milliseconds per generation beside other engines.

``python -m optimize.benchmark.speed`` runs this after the model's own benchmark, on
``configs/baseline.yaml`` or the configuration given. All engines start from one population that our
engine has evolved, call the same model, and take turns, so they see the same machine in the same
state. Times are processor time of one thread, medians over rounds.

*Engine time* is a generation less its model time. Ours includes decoding, ranking and mating; the
archive, the hypervolume and the log, which the others do not keep, are listed beside it, and so is
the checkpoint at the pace of a run. The model is compiled where LLVM is installed, for all engines.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import moocore
import numpy as np

from optimize.benchmark.speed.peers import optuna_sampler, pygmo_nsga2
from optimize.benchmark.speed.stock import mixed, stock
from optimize.config.backend import fastest
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.indicators import normalised
from optimize.engine.search import Search
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from optimize.run.checkpoint import Checkpoint
from optimize.run.session import CHECKPOINT_SECONDS, PART_DESIGNS
from problems.space import DesignSpace
from problems.units import FloatArray

POPULATIONS = (100, 400, 1000, 4000, 10_000)
QUICK_POPULATIONS = (100, 400)
#: Populations beyond which an engine would take minutes.
LARGEST = {"pymoo mixed": 1000, "optuna nsga2": 400}
_WARM_GENERATIONS = 30
_OURS_PER_ROUND = 10
_LARGEST_PART = 100  # generations stored at once; with few designs a run makes more of them
_MS = 1e3
OURS = "heliofront"


@dataclasses.dataclass
class Stopwatch:
    """Adds up the processor time of the calls it wraps."""

    seconds: float = 0.0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call``, timed."""

        def timed(*arguments: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return call(*arguments, **named)
            finally:
                self.seconds += time.process_time() - start

        return timed


class Bench:
    """One population size: our search, evolved a little, and the rivals started from there."""

    def __init__(self, path: str, population: int, *, warm: int = _WARM_GENERATIONS) -> None:
        # All survive, as in the others, which begin with these designs.
        sizes = [f"algorithm.{key}={population}" for key in ("population", "fewest_parents")]
        settings = ["algorithm.name=nsga2", *sizes]
        config, study = read_study(load_source(path, settings))
        problem = build_problem(config)
        space = DesignSpace(study.variables)
        layout = Layout(problem, space, study.objectives, study.constraints)
        layout.use_backend(fastest(), population)
        self.model, self.core = Stopwatch(), Stopwatch()
        self.layout, self.population = layout, population
        self.search = Search(config, layout)
        for _ in range(warm):
            self.search.step()
        self.genes: FloatArray = self.search.algorithm.state()["u"].copy()
        self._feasible_f: FloatArray = np.empty((0, len(layout.objectives)))
        self._clock()

    def _clock(self) -> None:
        """Put the stopwatches in place."""
        search, tell = self.search, self.search.algorithm.tell

        def noting(x: FloatArray, f: FloatArray, g: FloatArray) -> None:
            self._feasible_f = f[(g <= 0.0).all(axis=1)]
            tell(x, f, g)

        vars(self.layout.problem)["evaluate"] = self.model.wrap(self.layout.problem.evaluate)
        vars(search)["_screened"] = self.core.wrap(search._screened)
        vars(search.algorithm)["ask"] = self.core.wrap(search.algorithm.ask)
        vars(search.algorithm)["tell"] = self.core.wrap(noting)

    def judge(self, genes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Evaluate genes: what every rival calls."""
        space, problem = self.layout.space, self.layout.problem
        x = problem.canonical(space.decoded(genes), space)
        f, g = self.search.screen(self.search.evaluate(x))
        return normalised(f, self.layout.objectives), g

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of objectives and constraints."""
        return len(self.layout.objectives), max(len(self.layout.constraints), 1)

    def rivals(self) -> dict[str, Callable[[], object]]:
        """Return every installed rival that manages this population, as a call per generation."""
        makers: dict[str, Any] = {"pymoo": stock, "pymoo mixed": mixed}
        if importlib.util.find_spec("pygmo"):
            makers["pygmo"] = pygmo_nsga2
        makers["optuna nsga2"] = optuna_sampler
        return {
            name: make(self.layout.space, self.judge, self.genes, self.shape, 1)
            for name, make in makers.items()
            if self.population <= LARGEST.get(name, self.population)
        }

    def ours(self, generations: int) -> dict[str, float]:
        """Return milliseconds per generation of our search, by part."""
        self.model.seconds = self.core.seconds = 0.0
        start = time.process_time()
        for _ in range(generations):
            self.search.step()
        total = time.process_time() - start
        scale = _MS / generations
        return {
            "generation_ms": total * scale,
            "model_ms": self.model.seconds * scale,
            "engine_ms": self.core.seconds * scale,
            "books_ms": (total - self.model.seconds - self.core.seconds) * scale,
            "rank_ms": self._rank_ms(),
        }

    def theirs(self, generation: Callable[[], object]) -> dict[str, float]:
        """Return milliseconds of one generation of a rival, by part."""
        self.model.seconds = 0.0
        start = time.process_time()
        generation()
        total = time.process_time() - start
        return {
            "generation_ms": total * _MS,
            "model_ms": self.model.seconds * _MS,
            "engine_ms": (total - self.model.seconds) * _MS,
        }

    def _rank_ms(self) -> float:
        """Return milliseconds of ranking population and offspring once."""
        merged = np.concatenate((self.search.algorithm.state()["f"], self._feasible_f))
        best = math.inf
        for _ in range(3):
            start = time.process_time()
            moocore.pareto_rank(merged)
            best = min(best, time.process_time() - start)
        return best * _MS

    def checkpoint_ms(self, generation_ms: float) -> float:
        """Return milliseconds per generation of checkpoints at the pace of a run."""
        watch = Stopwatch()
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = Checkpoint(Path(folder))
            before = self.search.generation
            self.search.take_blocks()
            # A run stores designs at a checkpoint, or earlier when there are many.
            pace = min(CHECKPOINT_SECONDS * _MS / generation_ms, PART_DESIGNS / self.population)
            for _ in range(min(max(round(pace), 1), _LARGEST_PART)):
                self.search.step()
            watch.wrap(checkpoint.add_part)(watch.wrap(self.search.take_blocks)())
            watch.wrap(checkpoint.settle)()
            by_generation = watch.seconds * _MS / (self.search.generation - before)
            watch.seconds = 0.0
            watch.wrap(checkpoint.save)(self.search.state(), {})
        return by_generation + watch.seconds * generation_ms / CHECKPOINT_SECONDS


def measure_engine(
    path: str, populations: Sequence[int], rounds: int, *, warm: int = _WARM_GENERATIONS
) -> dict[int, dict[str, dict[str, float]]]:
    """Return medians by population, engine and part of a generation.

    Parameters
    ----------
    path
        The configuration.
    populations
        Population sizes.
    rounds
        How often every engine has its turn.
    warm
        Generations that our engine runs first.
    """
    results = {}
    for population in populations:
        bench = Bench(path, population, warm=warm)
        rivals = bench.rivals()
        samples: dict[str, list[dict[str, float]]] = {name: [] for name in (OURS, *rivals)}
        for _ in range(rounds):
            samples[OURS].append(bench.ours(_OURS_PER_ROUND))
            for name, generation in rivals.items():
                samples[name].append(bench.theirs(generation))
        medians = {
            name: {part: statistics.median(s[part] for s in taken) for part in taken[0]}
            for name, taken in samples.items()
        }
        reference = medians[OURS]
        # The system's share of a write varies by a factor of three.
        parts = [bench.checkpoint_ms(reference["generation_ms"]) for _ in range(min(rounds, 3))]
        reference["checkpoint_ms"] = statistics.median(parts)
        results[population] = medians
    return results


def to_text(results: dict[int, dict[str, dict[str, float]]]) -> str:
    """Return the table of a measurement."""
    lines = ["milliseconds per generation; engine = generation less model; ratios to heliofront"]
    for population, engines in results.items():
        base = engines[OURS]
        lines.append(f"population {population:,}")
        for name, parts in engines.items():
            line = (
                f"  {name:<13} {parts['generation_ms']:>10.2f}  model {parts['model_ms']:>7.2f}"
                f"  engine {parts['engine_ms']:>10.2f}"
            )
            if name != OURS:
                generation = parts["generation_ms"] / base["generation_ms"]
                engine = parts["engine_ms"] / base["engine_ms"]
                line += f"  generation x{generation:,.1f}, engine x{engine:,.1f}"
            lines.append(line)
        extra = base["books_ms"] + base["checkpoint_ms"]
        lines.append(
            f"  archive, log and checkpoint {extra:.2f} ms,"
            f" {extra / (base['engine_ms'] + extra):.0%} of engine time with them;"
            f" engine x{base['engine_ms'] / base['rank_ms']:.1f} one ranking"
            f" ({base['rank_ms']:.2f} ms); model {base['model_ms'] / base['generation_ms']:.0%}"
        )
    if 1000 in results and 10_000 in results:
        growth = [
            results[10_000][OURS][part] / results[1000][OURS][part]
            for part in ("engine_ms", "generation_ms")
        ]
        lines.append(
            f"growth from 1,000 to 10,000: engine x{growth[0]:.1f}, generation x{growth[1]:.1f}"
        )
    if not importlib.util.find_spec("pygmo"):
        lines.append("pygmo is not installed: pip install 'heliofront[peers]' to compare")
    return "\n".join(lines)
