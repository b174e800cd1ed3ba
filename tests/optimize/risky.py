"""A gamble with a known robust front, for tests of the search under uncertainty.

``x`` moves profit from one objective to the other, ``hedge`` takes the gamble ``z`` out of the
first at a price in the second, and ``x`` must cover a demand ``w``::

    f1 = x + (1 - hedge) z        f2 = 2 - x + hedge        x >= w

With z uniform from -2 to 2 its 90 % point is 1.6 > 1: by that measure less hedging is a dearer way
to save effort than more x. So every robust design is hedged in full or has x = 1, while at the
nominal z = 0 hedging only costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from problems.parameters.futures import UncertainProblem, UnderFutures
from problems.parameters.uncertain import Marginal
from problems.space import DesignSpace
from problems.spec import Constraint, Objective, Output, Variable
from problems.units import FloatArray
from tests.optimize.crossed import crossed

NOMINAL = {"toy.z": 0.0, "toy.w": 0.5}


class Gamble(UncertainProblem):
    """Two objectives, one constraint, two uncertain numbers."""

    name = "gamble"
    version = "1"
    marginals = (
        Marginal("toy.z", "1", -2.0, 0.0, 2.0, "uniform"),
        Marginal("toy.w", "1", 0.0, 0.5, 1.0, "uniform"),
    )
    assumption_units: Mapping[str, str] = {"toy.z": "1", "toy.w": "1", "toy.switch": "1"}
    outputs: Mapping[str, Output] = {
        "loss_usd": Output("loss_usd", "USD", "L", "Loss", "money"),
        "effort_h": Output("effort_h", "h", "E", "Effort", "work"),
        "gain_usd": Output("gain_usd", "USD", "G", "Gain", "money"),
        "demand_margin": Output("demand_margin", "1", "D", "Supply less demand", "work"),
        "supply": Output("supply", "1", "S", "Supply", "work"),
    }
    objectives = (
        Objective("loss_usd", "min", 0.0, 4.0),
        Objective("effort_h", "min", 0.0, 4.0),
    )
    constraints = (Constraint("demand", "demand_margin", "supply covers demand", lower=0.0),)
    breakdowns = ()

    def __init__(self, **settings: Any) -> None:
        self.assumptions = dict(NOMINAL)
        self.space = DesignSpace(
            [
                Variable(
                    name="x",
                    unit="1",
                    symbol="x",
                    description="Supply",
                    kind="real",
                    default=0.5,
                    lower=0.0,
                    upper=1.0,
                ),
                Variable(
                    name="hedge",
                    unit="1",
                    symbol="s",
                    description="Share hedged",
                    kind="real",
                    default=0.5,
                    lower=0.0,
                    upper=1.0,
                ),
            ]
        )

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        found = self._chain(NOMINAL, self.space.matrix(designs))
        return {name: found[name] for name in names or self.outputs}

    def under(self, futures: Mapping[str, ArrayLike]) -> UnderFutures:
        return crossed(self, futures, self._chain)

    def _chain(self, numbers: Mapping[str, Any], rows: FloatArray) -> dict[str, FloatArray]:
        x, hedge = rows[:, 0], rows[:, 1]
        loss = x + (1.0 - hedge) * numbers["toy.z"]
        return {
            "loss_usd": loss,
            "effort_h": 2.0 - x + hedge,
            "gain_usd": -loss,
            "demand_margin": x - numbers["toy.w"],
            "supply": x + 0.0 * numbers["toy.w"],
        }
