"""Engines outside pymoo that the engine's benchmark compares with, where they are installed.

Neither takes the constraints of a batch, so infeasible designs get objectives beyond every
feasible one. That costs them no time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from problems.space import DesignSpace
from problems.units import FloatArray

Judge = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

_PENALTY = 1e3  # objectives are normalised to about 1


def _penalised(judge: Judge, genes: FloatArray) -> FloatArray:
    """Return objectives, those of infeasible designs raised by a constant and their violation."""
    f, g = judge(genes)
    violation = np.minimum(np.maximum(g, 0.0).sum(axis=1), _PENALTY)
    return np.where(violation[:, None] > 0.0, _PENALTY + violation[:, None], f)


class _Batched:
    """The problem as pygmo wants it: one flat vector for a whole batch."""

    def __init__(self, space: DesignSpace, judge: Judge, n_objectives: int) -> None:
        self.bounds = tuple(bound.tolist() for bound in space.search_bounds())
        self.judge, self.n_objectives = judge, n_objectives

    def __deepcopy__(self, memo: dict[int, Any]) -> _Batched:
        return self  # pygmo copies problems; the stopwatch must stay one

    def get_bounds(self) -> tuple[Any, ...]:
        return self.bounds

    def get_nobj(self) -> int:
        return self.n_objectives

    def fitness(self, genes: FloatArray) -> FloatArray:
        return np.asarray(_penalised(self.judge, genes[None, :])[0])

    def batch_fitness(self, genes: FloatArray) -> FloatArray:
        return _penalised(self.judge, genes.reshape(-1, len(self.bounds[0]))).ravel()


def pygmo_nsga2(
    space: DesignSpace, judge: Judge, genes: FloatArray, shape: tuple[int, int], seed: int
) -> Callable[[], object]:
    """Return a call that runs one more generation of pygmo's NSGA-II.

    Parameters
    ----------
    space
        The design space.
    judge
        Evaluates genes.
    genes
        First population.
    shape
        Numbers of objectives and constraints.
    seed
        Seed of the random draws.
    """
    import pygmo

    problem = pygmo.problem(_Batched(space, judge, shape[0]))
    method = pygmo.nsga2(gen=1, seed=seed)
    method.set_bfe(pygmo.bfe(pygmo.member_bfe()))
    algorithm = pygmo.algorithm(method)
    population = pygmo.population(problem, seed=seed)
    for row, f in zip(genes, _penalised(judge, genes), strict=True):
        population.push_back(row, f)

    def generation() -> object:
        nonlocal population
        population = algorithm.evolve(population)
        return population

    generation()
    return generation


def optuna_sampler(
    space: DesignSpace, judge: Judge, genes: FloatArray, shape: tuple[int, int], seed: int
) -> Callable[[], object]:
    """Return a call that runs one population of trials of Optuna's NSGA-II sampler.

    Parameters are those of :func:`pygmo_nsga2`; the first population is Optuna's own.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = [space.variables[i].name for i in space.free]
    low, high = space.search_bounds()
    distributions: dict[str, Any] = {}
    for name, i, a, b in zip(names, space.free, low.tolist(), high.tolist(), strict=True):
        variable = space.variables[i]
        if variable.kind == "choice":
            codes = list(range(len(variable.codes)))
            distributions[name] = optuna.distributions.CategoricalDistribution(codes)
        else:
            distributions[name] = optuna.distributions.FloatDistribution(a, b)
    study = optuna.create_study(
        directions=["minimize"] * shape[0],
        sampler=optuna.samplers.NSGAIISampler(population_size=len(genes), seed=seed),
    )

    def generation() -> object:
        trials = [study.ask(distributions) for _ in range(len(genes))]
        rows = [[float(trial.params[name]) for name in names] for trial in trials]
        for trial, values in zip(trials, _penalised(judge, np.array(rows)).tolist(), strict=True):
            study.tell(trial, values)
        return trials

    generation()
    return generation
