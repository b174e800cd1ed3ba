"""Searches that are ranked on the frozen benchmark: ours by name, and peers as they come."""

from __future__ import annotations

import importlib
import logging
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import moocore
import numpy as np

from optimize.benchmark.frozen.installed import is_installed
from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.registry import make_algorithm
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.units import FloatArray


class Recorder(FrozenSatellite):
    """The benchmark with a record of what was evaluated, up to a number of designs."""

    def __init__(self, bench: FrozenSatellite, budget: int) -> None:
        self.__dict__.update(bench.__dict__)  # the same model: building it again takes longer
        self.left = budget
        self.evaluated = 0
        self._feasible: list[FloatArray] = []

    def judge(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations; designs beyond the budget are not written down."""
        f, g = super().judge(x)
        counted = min(len(x), self.left)
        self.left -= counted
        self.evaluated += counted
        self._feasible.append(f[:counted][(g[:counted] <= 0.0).all(axis=1)])
        return f, g

    @property
    def feasible_share(self) -> float:
        """Share of the evaluated designs in which every constraint holds."""
        return sum(map(len, self._feasible)) / max(self.evaluated, 1)

    def front(self) -> FloatArray:
        """Return objectives of the feasible designs seen that no other one dominates."""
        f = np.concatenate(self._feasible)
        return f[np.asarray(moocore.is_nondominated(f), dtype=np.bool_)] if len(f) else f


#: Runs one search on a recorder: seed, evaluations, designs per generation.
Run = Callable[[Recorder, int, int, int], None]


@dataclass(frozen=True, slots=True)
class Entrant:
    """One way of searching; ``most`` is the largest budget it can afford.

    ``package`` is what it needs, imported before its time counts.
    """

    title: str
    run: Run
    most: int = 10**9
    package: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether what it needs is installed."""
        return self.package is None or is_installed(self.package)


def population_for(evaluations: int) -> int:
    """Return designs per generation: the square root of the budget, a multiple of four.

    Examples
    --------
    >>> population_for(2_000), population_for(100_000)
    (44, 316)
    """
    return max(4 * round(math.sqrt(evaluations) / 4.0), 4)


def _ours(name: str) -> Run:
    def run(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
        setting = AlgorithmSetting(
            name=name, population=population, evaluations=evaluations, seed=seed
        )
        engine = make_algorithm(recorder.space, recorder.canonical, setting)
        while recorder.left:
            x = engine.ask()
            if len(x) == 0:
                break
            f, g = recorder.judge(x)
            engine.tell(x, f, g)

    return run


def _pymoo_relaxed(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
    from optimize.benchmark.frozen.pymoo import relaxed_search

    relaxed_search(recorder, seed=seed, evaluations=evaluations, population=population)


def _pymoo_mixed(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
    from optimize.benchmark.frozen.pymoo import mixed_search

    mixed_search(recorder, seed=seed, evaluations=evaluations, population=population)


def _jmetal(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
    from jmetal.algorithm.multiobjective.nsgaii import NSGAII
    from jmetal.operator.crossover import SBXCrossover
    from jmetal.operator.mutation import PolynomialMutation
    from jmetal.util.comparator import DominanceWithConstraintsComparator
    from jmetal.util.termination_criterion import StoppingByEvaluations

    from optimize.benchmark.frozen.jmetal import jmetal_evaluator, jmetal_problem

    logging.getLogger("jmetal").setLevel(logging.WARNING)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (jMetalPy draws from the global state)
    problem = jmetal_problem(recorder)
    NSGAII(
        problem=problem,
        population_size=population,
        offspring_population_size=population,
        mutation=PolynomialMutation(1.0 / problem.number_of_variables(), 20.0),
        crossover=SBXCrossover(0.9, 15.0),
        termination_criterion=StoppingByEvaluations(evaluations),
        population_evaluator=jmetal_evaluator(),
        dominance_comparator=DominanceWithConstraintsComparator(),
    ).run()


def _pymoors(penalise: bool) -> Run:
    def run(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
        from optimize.benchmark.frozen.pymoors import pymoors_search

        pymoors_search(
            recorder, seed=seed, evaluations=evaluations, population=population, penalise=penalise
        )

    return run


def _evomo(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
    from optimize.benchmark.frozen.evomo import evomo_search

    evomo_search(recorder, seed=seed, evaluations=evaluations, population=population)


def _optuna(sampler_name: str) -> Run:
    def run(recorder: Recorder, seed: int, evaluations: int, population: int) -> None:
        import optuna

        from optimize.benchmark.frozen.optuna import Objective

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler: Any = (
            optuna.samplers.NSGAIISampler(population_size=population, seed=seed)
            if sampler_name == "nsga2"
            else optuna.samplers.TPESampler(seed=seed)
        )
        directions: Any = ["minimize"] * len(recorder.objectives)
        study = optuna.create_study(directions=directions, sampler=sampler)
        study.optimize(Objective(recorder), n_trials=evaluations)

    return run


_SLOW, _SLOWER = 5_000, 500
ENTRANTS = {
    "nsga2": Entrant("heliofront nsga2", _ours("nsga2")),
    "nsga3": Entrant("heliofront nsga3 (pymoo)", _ours("nsga3")),
    "unsga3": Entrant("heliofront unsga3 (pymoo)", _ours("unsga3")),
    "age_moea2": Entrant(
        "heliofront age_moea2 (pymoo)", _ours("age_moea2"), most=_SLOW, package="numba"
    ),
    "sms_emoa": Entrant("heliofront sms_emoa (pymoo)", _ours("sms_emoa"), most=_SLOW),
    "rvea": Entrant("heliofront rvea (pymoo)", _ours("rvea")),
    "optuna_nsga2": Entrant("heliofront optuna_nsga2", _ours("optuna_nsga2"), most=_SLOWER),
    "optuna_tpe": Entrant("heliofront optuna_tpe", _ours("optuna_tpe"), most=_SLOWER),
    "sobol": Entrant("Sobol sequence", _ours("sobol")),
    "random": Entrant("random draws", _ours("random")),
    "pymoo_relaxed": Entrant("pymoo NSGA2, real-relaxed", _pymoo_relaxed),
    "pymoo_mixed": Entrant("pymoo MixedVariableGA, NSGA-II survival", _pymoo_mixed, most=_SLOW),
    "jmetal": Entrant("jMetalPy NSGA-II", _jmetal, most=_SLOW, package="jmetal"),
    "pymoors": Entrant("pymoors Nsga2, its own constraints", _pymoors(False), package="pymoors"),
    "pymoors_penalised": Entrant(
        "pymoors Nsga2, violations in the objectives", _pymoors(True), package="pymoors"
    ),
    "evomo": Entrant("EvoMO (EvoX) NSGA2", _evomo, package="evomo.algorithms"),
    "optuna_own_nsga2": Entrant("Optuna NSGAIISampler", _optuna("nsga2"), most=_SLOWER),
    "optuna_own_tpe": Entrant("Optuna TPESampler", _optuna("tpe"), most=_SLOWER),
}


def compete(
    bench: FrozenSatellite, entrant: Entrant, seed: int, evaluations: int
) -> tuple[Recorder, float]:
    """Return the record of one search and the CPU seconds that it took, the model included."""
    recorder = Recorder(bench, evaluations)
    if entrant.package is not None:
        importlib.import_module(entrant.package)
    start = time.process_time()
    entrant.run(recorder, seed, evaluations, population_for(evaluations))
    return recorder, time.process_time() - start
