"""Search algorithms by name, behind one seam: ``ask``, ``tell``, ``state``, ``restore``.

The runner sees matrices only. A name is added with one factory in :data:`FACTORIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from optimize.config import AlgorithmSetting
from optimize.nsga2 import ArrayNsga2
from optimize.rows import distinct_rows
from problems.space import DesignSpace
from problems.units import FloatArray

#: Returns rows with every variable that has no influence at its canonical value.
Canonical = Callable[[FloatArray], FloatArray]


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


class RandomSearch:
    """Designs drawn uniformly from the relaxed space: the yardstick for every other search."""

    def __init__(self, space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting) -> None:
        self._space = space
        self._canonical = canonical
        self._size = setting.population
        self._rng = np.random.default_rng(setting.seed)

    def ask(self) -> FloatArray:
        x = self._canonical(self._space.sample(self._size, self._rng))
        return x[distinct_rows(x)]

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Take nothing: random draws do not learn."""

    def state(self) -> dict[str, Any]:
        return {"rng": self._rng.bit_generator.state}

    def restore(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state["rng"]


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
    )


FACTORIES: dict[str, Callable[[DesignSpace, Canonical, AlgorithmSetting], Algorithm]] = {
    "nsga2": _nsga2,
    "random": RandomSearch,
}


def make_algorithm(
    space: DesignSpace, canonical: Canonical, setting: AlgorithmSetting
) -> Algorithm:
    """Return the algorithm named in ``setting``, ready for its first ``ask``."""
    return FACTORIES[setting.name](space, canonical, setting)
