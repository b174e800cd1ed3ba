"""Optuna's samplers behind the seam of :mod:`optimize.engine.algorithms.registry`.

Meant for models that cost seconds a design, and as a cross-check: the sampler looks at every
earlier design again, so the budget is limited to thousands. Variables keep their kinds (real and
whole numbers, logarithmic where declared, names of choices); the summed violation is given as a
constraint, to the Gaussian processes each violation by itself. Every generation has a sampler of
its own, seeded from the seed and the generation, so a search continues bit for bit from the designs
and values seen.

References
----------
Akiba, Sano, Yanase, Ohta, Koyama, "Optuna: a next-generation hyperparameter optimization
framework", KDD 2019, doi:10.1145/3292500.3330701.
Ozaki, Tanigaki, Watanabe, Nomura, Onishi, "Multiobjective tree-structured Parzen estimator",
J. Artificial Intelligence Research 73, 2022, doi:10.1613/jair.1.13188.
Deb et al. 2002, doi:10.1109/4235.996017 (NSGA-II).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler

from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.optuna_gp import WORST, CanonicalGp
from optimize.evaluation.rows import Canonical, distinct_rows, row_hashes
from optimize.utils.files import REFUSED, RunFolderError
from problems.space import DesignSpace
from problems.spec import Variable
from problems.units import FloatArray

_ROUNDS = 5  # attempts to find a new design before the space counts as used up
# Random trials before the estimator is trusted: ten, Optuna's default, lock it in early.
_STARTUP = 100
_GP = "optuna_gp"


def distribution(variable: Variable) -> BaseDistribution:
    """Return a variable as Optuna knows it: kind, bounds, logarithm and open choices."""
    if variable.kind == "choice":
        return CategoricalDistribution([variable.choices[code] for code in variable.codes])
    if variable.kind == "integer":
        return IntDistribution(int(variable.lower), int(variable.upper), log=variable.log)
    return FloatDistribution(variable.lower, variable.upper, log=variable.log)


def design_rows(space: DesignSpace, params: Sequence[Mapping[str, Any]]) -> FloatArray:
    """Return Optuna's parameters as design rows, not canonical; what is left out is default."""
    x = np.tile(space.defaults, (len(params), 1))
    for row, entry in zip(x, params, strict=True):
        for name, value in entry.items():
            v = space[name]
            row[space.index[name]] = v.choices.index(value) if v.kind == "choice" else value
    return x


def params_of(variables: Sequence[Variable], space: DesignSpace, row: FloatArray) -> dict[str, Any]:
    """Return the values of variables in one design row, as Optuna knows them."""
    return {v.name: v.decode(row[space.index[v.name]]) for v in variables}


def seeded_sampler(
    setting: AlgorithmSetting,
    number: int,
    space: DesignSpace,
    canonical: Canonical,
    *,
    startup: int,
) -> BaseSampler:
    """Return the sampler of ``setting``, seeded from the seed and a number.

    Parameters
    ----------
    setting
        Names the sampler, its population and the seed.
    number
        Of the generation or the design.
    space, canonical
        What is searched, and what sets variables without influence to their canonical value.
    startup
        Random trials before the estimator is trusted.
    """
    sequence = np.random.SeedSequence((setting.seed, number))
    seed = int(sequence.generate_state(1)[0])
    if setting.name == "optuna_tpe":
        return TPESampler(seed=seed, n_startup_trials=startup)
    if setting.name == _GP:
        return _gp_sampler(space, canonical, seed=seed, startup=startup)
    return NSGAIISampler(population_size=setting.population, seed=seed)


def _gp_sampler(
    space: DesignSpace, canonical: Canonical, *, seed: int, startup: int
) -> CanonicalGp:
    free = [space.variables[i] for i in space.free]

    def settle(params: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        if not params:
            return []
        # What has no influence may be canonical at a value outside narrowed bounds.
        rows = np.clip(canonical(design_rows(space, params)), space.lower, space.upper)
        return [params_of(free, space, row) for row in rows]

    distributions = {v.name: distribution(v) for v in free}
    return CanonicalGp(distributions, settle, seed=seed, startup=startup)


def _study(n_objectives: int) -> optuna.Study:
    """Return an empty study in memory; every generation gives it a sampler."""
    directions: list[Literal["minimize"]] = ["minimize"] * n_objectives
    return optuna.create_study(directions=directions, sampler=RandomSampler(seed=0))


class OptunaSearch:
    """One of Optuna's samplers; the first generation is drawn uniformly."""

    def __init__(
        self,
        space: DesignSpace,
        canonical: Canonical,
        setting: AlgorithmSetting,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._canonical = canonical
        self._setting = setting
        self._free = [space.variables[i] for i in space.free]
        self._distributions = {v.name: distribution(v) for v in self._free}
        self._study: Any = None  # made when the number of objectives is known
        self._trials: list[Any] = []
        self._asked: FloatArray = np.empty((0, len(space)))
        self._values: dict[int, tuple[list[float], list[float]]] = {}
        self._generations: list[FloatArray] = []

    # --- the seam --------------------------------------------------------------------------------

    def ask(self) -> FloatArray:
        """Return the designs to evaluate next, as canonical rows."""
        if self._study is None:
            # The first generation is random, whatever the number of objectives will be: a trial
            # run shows it, and the same seed draws it again once the number is known.
            self._open(1)
            self._study = None
            x = self._canonical(self._asked)
            return x[distinct_rows(x)]
        for _ in range(_ROUNDS):
            self._draw()
            x = self._canonical(self._asked)
            known = np.fromiter(self._values, dtype=np.uint64, count=len(self._values))
            new = distinct_rows(x, known)
            if len(new):
                return x[new]
            self._answer()
        return np.empty((0, len(self._space)))

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Take objectives and violations of the designs asked for."""
        if self._setting.name != _GP:
            g = np.maximum(g, 0.0).sum(axis=1, keepdims=True)
        violations = np.minimum(g, WORST).tolist()
        for key, values, own in zip(row_hashes(x), f.tolist(), violations, strict=True):
            self._values[int(key)] = (values, own)
        if self._study is None:
            self._open(f.shape[1])
        self._answer()

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint needs, as plain numbers and arrays."""
        keys = np.array(list(self._values), dtype=np.uint64)
        values = list(self._values.values())
        return {
            "sizes": np.array([len(x) for x in self._generations], dtype=np.int64),
            "x": np.concatenate([np.empty((0, len(self._space))), *self._generations]),
            "keys": keys,
            "f": np.array([f for f, _ in values]) if values else np.empty((0, 0)),
            "violations": np.array([own for _, own in values]) if values else np.empty((0, 0)),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        known = zip(state["keys"], state["f"].tolist(), state["violations"].tolist(), strict=True)
        self._values = {int(key): (f, own) for key, f, own in known}
        self._generations, self._study = [], None
        if not self._values:
            return
        sizes, n_objectives = state["sizes"], state["f"].shape[1]
        for x in np.split(state["x"], np.cumsum(sizes)[:-1]):
            if self._setting.name != "optuna_nsga2":  # reads the trials alone
                self._repeat(x, n_objectives)
            elif self._study is None:  # NSGA-II also keeps parents: it must draw them again
                self._open(n_objectives)
            else:
                self._draw()
            if not np.array_equal(self._asked, x):
                raise RunFolderError("cannot resume: Optuna draws other designs now", REFUSED)
            self._answer()

    # --- trials ----------------------------------------------------------------------------------

    def _open(self, n_objectives: int) -> None:
        """Start a study and draw its first generation."""
        self._study = _study(n_objectives)
        self._draw()

    def _draw(self) -> None:
        """Ask for a generation of trials."""
        size = self._setting.population
        startup = size if self._setting.name == _GP else max(size, _STARTUP)
        self._study.sampler = seeded_sampler(
            self._setting, len(self._generations), self._space, self._canonical, startup=startup
        )
        self._trials = [self._study.ask(self._distributions) for _ in range(size)]
        # Not canonical: Optuna goes by what it drew.
        self._asked = design_rows(self._space, [trial.params for trial in self._trials])

    def _repeat(self, x: FloatArray, n_objectives: int) -> None:
        """Open trials that hold the drawn designs ``x``, without drawing."""
        if self._study is None:
            self._study = _study(n_objectives)
        for row in x:
            self._study.enqueue_trial(params_of(self._free, self._space, row))
        self._trials = [self._study.ask(self._distributions) for _ in range(len(x))]
        self._asked = x

    def _answer(self) -> None:
        """Tell every open trial the values of its design."""
        keys = row_hashes(self._canonical(self._asked)).tolist()
        for trial, key in zip(self._trials, keys, strict=True):
            f, violations = self._values[key]
            for position, value in enumerate(violations):
                trial.set_constraint(f"violation {position}", value)
            self._study.tell(trial, f)
        self._generations.append(self._asked)
        self._trials = []
