"""A problem whose break-even, architecture switch and optimum are known in closed form.

A depot of mass m is launched from the Earth at ``a.price`` per kilogram, or from the Moon for
``a.fixed`` and nothing per kilogram. Its cost is ``price m + 40 / m`` (Earth) or ``fixed + 10 / m``
(Moon), with ``m`` at most ``a.largest``; the ground costs ``a.ground``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from problems.parameters.futures import UncertainProblem, UnderFutures
from problems.parameters.uncertain import Marginal
from problems.space import DesignSpace
from problems.spec import Constraint, Objective, Output, Variable
from problems.units import FloatArray
from tests.optimize.crossed import crossed

VALUES = {
    "a.price": 2.5,
    "a.fixed": 12.0,
    "a.largest": 5.0,
    "a.ground": 40.0,
    "ground.idle": 1.0,
    "a.unused": 1.0,
}


def earth_cost(price: float) -> float:
    """Return the cost at the best mass, sqrt(40 / price), while that is at most 5."""
    return 2.0 * float(np.sqrt(40.0 * price))


class LaunchToy(UncertainProblem):
    """The depot."""

    name = "launch_toy"
    version = "1"
    scenario = "2030"
    cost_boundary = "full"
    breakdowns = ()
    scenarios = ("2030",)
    assumption_units: Mapping[str, str] = dict.fromkeys(VALUES, "1")
    outputs: ClassVar[dict[str, Output]] = {
        n: Output(n, "1", "x", n, "toy")
        for n in ("cost", "cost_ratio_to_ground", "mass_use", "mass")
    }
    objectives = (Objective("cost", "min", 1.0, 100.0),)
    constraints = (Constraint("mass", "mass_use", "fits", upper=1.0),)
    marginals = (Marginal("a.ground", "1", 20.0, 40.0, 80.0, "uniform"),)

    def __init__(
        self,
        *,
        scenario: str = "2030",
        assumptions: Mapping[str, float] | None = None,
        cost_boundary: str = "full",
        allow_unverified: bool = False,
    ) -> None:
        self.assumptions = {**VALUES, **(assumptions or {})}
        self.space = DesignSpace(
            (
                Variable(
                    name="launch_site",
                    unit="1",
                    symbol="s",
                    description="site",
                    kind="choice",
                    default="earth",
                    choices=("earth", "moon"),
                ),
                Variable(
                    name="mass",
                    unit="kg",
                    symbol="m",
                    description="mass",
                    kind="real",
                    default=1.0,
                    lower=0.1,
                    upper=100.0,
                    log=True,
                ),
            )
        )

    def evaluate(self, designs: Any, names: Sequence[str] | None = None) -> dict[str, FloatArray]:
        x = self.space.matrix(designs)
        found = self.evaluate_futures(x, {})
        return {name: found[name][0] for name in (names or self.outputs)}

    def under(self, futures: Mapping[str, ArrayLike]) -> UnderFutures:
        return crossed(self, futures, lambda numbers, x: self._run(x, numbers, (1,)))

    def evaluate_pairs(
        self, x: FloatArray, futures: Mapping[str, FloatArray], names: Sequence[str]
    ) -> dict[str, FloatArray]:
        found = self._run(x, futures, ())
        return {name: found[name] for name in names}

    def _run(
        self, x: FloatArray, futures: Mapping[str, FloatArray], extra: tuple[int, ...]
    ) -> dict[str, FloatArray]:
        v = {**self.assumptions, **futures}
        moon, mass = x[:, 0] > 0.5, x[:, 1]
        earth = v["a.price"] * mass + 40.0 / mass
        cost = np.where(moon, v["a.fixed"] + 10.0 / mass, earth)
        found = {
            "cost": cost,
            "cost_ratio_to_ground": cost / v["a.ground"],
            "mass_use": mass / v["a.largest"],
            "mass": mass,
        }
        shape = np.broadcast_shapes((*extra, len(x)), *(np.shape(f) for f in found.values()))
        return {name: np.broadcast_to(value, shape) for name, value in found.items()}
