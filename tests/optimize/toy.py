"""A small problem with every kind of variable, for tests of the search.

A tank of radius r and length l, made of a choice of metal, with or without an insulating coat
whose thickness is active only when there is one. Cost, mass and heat loss are minimised; volume
and wall stress are constrained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from problems.parameters.futures import UncertainProblem, UnderFutures
from problems.space import DesignSpace
from problems.spec import (
    Breakdown,
    Condition,
    Constraint,
    Objective,
    Output,
    SpecError,
    Variable,
    nearest,
)
from problems.units import FloatArray
from tests.optimize.crossed import crossed

DENSITY_KG_M3 = np.array([7850.0, 2700.0, 4500.0])
PRICE_USD_KG = np.array([1.0, 3.0, 20.0])
STRENGTH_MPA = np.array([250.0, 150.0, 800.0])

VARIABLES = (
    Variable(
        name="radius_m",
        unit="m",
        symbol="r",
        description="Radius",
        kind="real",
        default=1.0,
        lower=0.2,
        upper=3.0,
        log=True,
    ),
    Variable(
        name="length_m",
        unit="m",
        symbol="l",
        description="Length",
        kind="real",
        default=2.0,
        lower=0.5,
        upper=10.0,
    ),
    Variable(
        name="plies",
        unit="1",
        symbol="n",
        description="Wall plies of 1 mm",
        kind="integer",
        default=5,
        lower=1,
        upper=40,
        log=True,
    ),
    Variable(
        name="metal",
        unit="1",
        symbol="m",
        description="Wall material",
        kind="choice",
        default="steel",
        choices=("steel", "aluminium", "titanium"),
    ),
    Variable(
        name="coat",
        unit="1",
        symbol="c",
        description="Insulation",
        kind="choice",
        default="none",
        choices=("none", "foam"),
    ),
    Variable(
        name="coat_mm",
        unit="mm",
        symbol="t_c",
        description="Insulation thickness",
        kind="real",
        default=10.0,
        lower=5.0,
        upper=100.0,
        active_when=(Condition("coat", ("foam",)),),
    ),
)
OUTPUTS = {
    o.name: o
    for o in (
        Output("cost_usd", "USD", "C", "Price of metal and coat", "cost"),
        Output("wall_cost_usd", "USD", "C_w", "Price of the metal", "cost"),
        Output("coat_cost_usd", "USD", "C_c", "Price of the coat", "cost"),
        Output("mass_kg", "kg", "M", "Mass", "mass"),
        Output("heat_loss_w", "W", "Q", "Heat loss at 50 K", "thermal"),
        Output("volume_m3", "m3", "V", "Volume", "geometry"),
        Output("stress_ratio", "1", "s", "Hoop stress over strength", "structure"),
        Output("radius_m", "m", "r", "Radius as built", "geometry"),
    )
}


class ToyProblem(UncertainProblem):
    """The tank; the assumption ``tank.pressure_mpa`` can be overridden."""

    name = "toy"
    version = "1"
    outputs = OUTPUTS
    objectives = (
        Objective("cost_usd", "min", 10.0, 1e5, log=True),
        Objective("mass_kg", "min", 10.0, 1e5, log=True),
        Objective("heat_loss_w", "min", 10.0, 1e5, log=True),
    )
    constraints = (
        Constraint("volume", "volume_m3", "Room for the content", lower=2.0),
        Constraint("stress", "stress_ratio", "Wall holds", upper=1.0),
    )
    breakdowns = (Breakdown("cost", "Cost", "USD", "cost_usd", ("wall_cost_usd", "coat_cost_usd")),)
    assumption_units: Mapping[str, str] = {"tank.pressure_mpa": "MPa"}
    scenarios = ("2030",)

    def __init__(
        self,
        *,
        scenario: str = "2030",
        assumptions: Mapping[str, float] | None = None,
        cost_boundary: str = "full",
        allow_unverified: bool = False,
    ) -> None:
        if scenario not in self.scenarios:
            raise SpecError("scenario", f"unknown scenario '{scenario}'", "2030")
        for key in assumptions or {}:
            if key not in self.assumption_units:
                raise SpecError(key, "unknown assumption", nearest(key, self.assumption_units))
        self.space = DesignSpace(VARIABLES)
        self.pressure_mpa: Any = (assumptions or {}).get("tank.pressure_mpa", 0.5)

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        return self._evaluate(self.space.matrix(designs), self.pressure_mpa, names)

    def under(self, futures: Mapping[str, ArrayLike]) -> UnderFutures:
        def run(numbers: Mapping[str, Any], x: FloatArray) -> dict[str, FloatArray]:
            return self._evaluate(x, numbers.get("tank.pressure_mpa", self.pressure_mpa), None)

        return crossed(self, futures, run)

    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        radius, length, plies, metal, coat, coat_mm = self.space.matrix(x).T
        kind = metal.astype(np.intp)
        area = 2.0 * np.pi * radius * (length + radius)
        wall_kg = area * plies * 1e-3 * DENSITY_KG_M3[kind]
        coat_m3 = np.where(coat > 0.5, area * coat_mm * 1e-3, 0.0)
        u = 1.0 / (1.0 / 5.0 + np.where(coat > 0.5, coat_mm * 1e-3 / 0.03, 0.0))
        values = {
            "wall_cost_usd": wall_kg * PRICE_USD_KG[kind],
            "coat_cost_usd": 200.0 * coat_m3,
            "mass_kg": wall_kg + 40.0 * coat_m3,
            "heat_loss_w": u * area * 50.0,
            "volume_m3": np.pi * radius**2 * length,
            "stress_ratio": pressure_mpa * radius / (plies * 1e-3) / STRENGTH_MPA[kind],
            "radius_m": radius,
        }
        values["cost_usd"] = values["wall_cost_usd"] + values["coat_cost_usd"]
        shape = np.broadcast_shapes(*(v.shape for v in values.values()))
        chosen = names if names is not None else list(OUTPUTS)
        return {name: np.broadcast_to(values[name], shape).copy() for name in chosen}


class NanProblem(ToyProblem):
    """Every second design, by the parity of its plies, comes back as NaN or infinity."""

    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        outputs = super()._evaluate(x, pressure_mpa, names)
        plies = np.atleast_2d(x)[:, 2]
        if "mass_kg" in outputs:
            outputs["mass_kg"][plies % 2 == 0] = -np.inf
        if "stress_ratio" in outputs:
            outputs["stress_ratio"][plies % 4 == 0] = np.nan
        return outputs
