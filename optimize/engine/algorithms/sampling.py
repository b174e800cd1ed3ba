"""Sampling without adaptation: the baselines of every other search.

References
----------
Sobol, "On the distribution of points in a cube and the approximate evaluation of integrals", USSR
Computational Mathematics and Mathematical Physics 7(4), 1967, doi:10.1016/0041-5553(67)90144-9.
Owen, "Scrambling Sobol' and Niederreiter-Xing points", J. Complexity 14(4), 1998,
doi:10.1006/jcom.1998.0487.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optimize.evaluation.rows import distinct_rows
from problems.space import DesignSpace
from problems.units import FloatArray


class RandomSearch:
    """Designs drawn uniformly from the relaxed space."""

    def __init__(
        self,
        space: DesignSpace,
        canonical: Callable[[FloatArray], FloatArray],
        *,
        population: int,
        seed: int,
    ) -> None:
        self._space = space
        self._canonical = canonical
        self._size = population
        self._rng = np.random.default_rng(seed)

    def ask(self) -> FloatArray:
        """Return the designs to evaluate next, as canonical rows."""
        x = self._canonical(self._space.sample(self._size, self._rng))
        return x[distinct_rows(x)]

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Ignore results: random draws do not adapt."""

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint needs, as plain numbers and arrays."""
        return {"rng": self._rng.bit_generator.state}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self._rng.bit_generator.state = state["rng"]


class SobolSearch:
    """Successive blocks of one scrambled Sobol sequence over the relaxed space.

    The sequence is evenest where the total drawn is a power of two; any total is allowed. Its
    state is the number of points drawn, for the scrambling follows from the seed.
    """

    def __init__(
        self,
        space: DesignSpace,
        canonical: Callable[[FloatArray], FloatArray],
        *,
        population: int,
        seed: int,
    ) -> None:
        from scipy.stats import qmc

        self._space = space
        self._canonical = canonical
        self._size = population
        self._low, self._high = space.search_bounds()
        self._engine = qmc.Sobol(max(len(self._low), 1), scramble=True, rng=seed)

    def ask(self) -> FloatArray:
        """Return the designs to evaluate next, as canonical rows."""
        missing, parts = self._size, []
        if self._engine.num_generated == 0:  # scipy warns when the first draw is no power of two
            parts.append(self._engine.random(1))
            missing -= 1
        parts.append(self._engine.random(missing))
        unit = np.concatenate(parts)[:, : len(self._low)]
        u = self._low + unit * (self._high - self._low)
        x = self._canonical(self._space.decoded(u))
        return x[distinct_rows(x)]

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Take nothing: the sequence is fixed."""

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint needs, as plain numbers and arrays."""
        return {"drawn": int(self._engine.num_generated)}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self._engine.reset()
        drawn = int(state["drawn"])
        if drawn:
            self._engine.fast_forward(drawn)
