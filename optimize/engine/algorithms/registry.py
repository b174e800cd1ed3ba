"""Search algorithms by name, behind one seam: ``ask``, ``tell``, ``state``, ``restore``.

The runner sees matrices only. A name is added with one factory in :data:`FACTORIES` and one entry
in :data:`optimize.config.traits.TRAITS`; what is slow to import is imported by its factory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.nsga2 import ArrayNsga2
from optimize.engine.algorithms.sampling import RandomSearch, SobolSearch
from optimize.evaluation.rows import Canonical
from problems.space import DesignSpace
from problems.units import FloatArray


class Algorithm(Protocol):
    """What the runner needs from a search."""

    def ask(self) -> FloatArray:
        """Return the next ``(n, n_var)`` canonical designs; none when the space is used up."""
        ...

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Take the objectives (minimised) and violations (at most 0 feasible) of ``x``.

        A design that could not be evaluated has infinite violations.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Return everything that decides the next step, as arrays, numbers and text."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where :meth:`state` was taken."""
        ...


def _nsga2(space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting) -> Algorithm:
    return ArrayNsga2(
        space,
        canonical,
        population=setting.population,
        seed=setting.seed,
        crossover_eta=setting.crossover_eta,
        crossover_probability=setting.crossover_probability,
        mutation_eta=setting.mutation_eta,
        mutation_probability=setting.mutation_probability,
        differential_share=setting.differential_share,
        fewest_parents=setting.fewest_parents,
    )


def _pymoo(space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting) -> Algorithm:
    from optimize.engine.algorithms.pymoo_search import PymooSearch

    return PymooSearch(space, canonical, setting)


def _optuna(space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting) -> Algorithm:
    from optimize.engine.algorithms.optuna_search import OptunaSearch

    return OptunaSearch(space, canonical, setting)


def _random(space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting) -> Algorithm:
    return RandomSearch(space, canonical, population=setting.population, seed=setting.seed)


def _sobol(space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting) -> Algorithm:
    return SobolSearch(space, canonical, population=setting.population, seed=setting.seed)


FACTORIES: dict[str, Callable[[DesignSpace, Canonical, AlgorithmSetting], Algorithm]] = {
    "nsga2": _nsga2,
    "nsga3": _pymoo,
    "unsga3": _pymoo,
    "age_moea2": _pymoo,
    "sms_emoa": _pymoo,
    "rvea": _pymoo,
    "random": _random,
    "sobol": _sobol,
    "optuna_tpe": _optuna,
    "optuna_gp": _optuna,
    "optuna_nsga2": _optuna,
}


def make_algorithm(
    space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting
) -> Algorithm:
    """Return the algorithm named in ``setting``, ready for its first ``ask``."""
    return FACTORIES[setting.name](space, canonical, setting)
