"""The analytic satellite with uncertain numbers, for tests of sensitivity and odds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from problems.parameters.uncertain import Marginal
from problems.units import FloatArray
from tests.optimize.little_satellite import LittleSatellite

MARGINALS = (
    Marginal("launch.price_usd_per_kg", "USD/kg", 250.0, 500.0, 1000.0, "lognormal"),
    Marginal("power.yield_w_m2", "W/m2", 200.0, 250.0, 300.0, "uniform"),
    Marginal("thermal.limit_c", "degC", 80.0, 85.0, 90.0, "triangular"),
)


class JudgedSatellite(LittleSatellite):
    """Cost moves with the launch price alone; the other two numbers move limits only."""

    marginals = MARGINALS
    assumption_units: Mapping[str, str] = {one.key: one.unit for one in MARGINALS}

    def under(self, futures: Mapping[str, ArrayLike]) -> _Under:
        return _Under(self, futures)


class _Under:
    def __init__(self, problem: JudgedSatellite, futures: Mapping[str, ArrayLike]) -> None:
        self.problem = problem
        self.futures = {key: np.asarray(value) for key, value in futures.items()}
        self.count = len(next(iter(self.futures.values()))) if futures else 1

    def evaluate(self, x: FloatArray, names: Sequence[str]) -> dict[str, FloatArray]:
        found = self.problem.evaluate_futures(x, self.futures)
        shape = (self.count, len(x))
        return {name: np.broadcast_to(found[name], shape).copy() for name in names}

    def blocks(
        self, x: FloatArray, names: Sequence[str]
    ) -> Iterator[tuple[slice, dict[str, FloatArray]]]:
        yield slice(0, len(x)), self.evaluate(x, names)
