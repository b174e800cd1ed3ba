"""An analytic satellite for tests of figures and reports: every kind of variable, closed forms.

Its numbers mean nothing; what matters is that every derivative and every optimum is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from problems.parameters.futures import UncertainProblem, UnderFutures
from problems.space import DesignSpace
from problems.spec import Breakdown, Condition, Constraint, Objective, Output, Variable
from problems.units import BoolArray, FloatArray
from tests.optimize.crossed import crossed

ORBITS = ("dawn_dusk_sso", "inclined", "equatorial", "geo")
SUNLIGHT = np.array([1.0, 0.65, 0.6, 0.99])
CHIPS = ("B200", "GB300", "trainium_3_ultra", "mi400")
CHIP_PFLOPS = np.array([2.25, 2.5, 1.3, 3.0])
CHIP_USD = np.array([3.5e4, 4.5e4, 1.5e4, 5.0e4])

VARIABLES = (
    Variable(
        name="orbit",
        unit="1",
        symbol="o",
        description="Orbit family",
        kind="choice",
        default=ORBITS[0],
        choices=ORBITS,
    ),
    Variable(
        name="altitude_km",
        unit="km",
        symbol="h",
        description="Altitude",
        kind="real",
        default=650.0,
        lower=300.0,
        upper=33_000.0,
        log=True,
        active_when=(Condition("orbit", ORBITS[:3]),),
    ),
    Variable(
        name="array_area_m2",
        unit="m2",
        symbol="A_a",
        description="Array area",
        kind="real",
        default=500.0,
        lower=10.0,
        upper=1e4,
        log=True,
    ),
    Variable(
        name="radiator_area_m2",
        unit="m2",
        symbol="A_r",
        description="Radiator area",
        kind="real",
        default=200.0,
        lower=5.0,
        upper=5e3,
        log=True,
    ),
    Variable(
        name="shield_mm",
        unit="mm",
        symbol="t",
        description="Shield",
        kind="real",
        default=5.0,
        lower=0.5,
        upper=50.0,
        log=True,
    ),
    Variable(
        name="gpu_count",
        unit="1",
        symbol="N",
        description="Accelerators",
        kind="integer",
        default=80,
        lower=1,
        upper=2000,
        log=True,
    ),
    Variable(
        name="gpu_model",
        unit="1",
        symbol="c",
        description="Accelerator",
        kind="choice",
        default=CHIPS[0],
        choices=CHIPS,
    ),
    Variable(
        name="eclipse_power_fraction",
        unit="1",
        symbol="e",
        description="Share carried",
        kind="real",
        default=0.2,
        lower=0.0,
        upper=1.0,
    ),
    Variable(
        name="spare_m2",
        unit="m2",
        symbol="s",
        description="Idle area",
        kind="real",
        default=2.0,
        lower=1.0,
        upper=9.0,
    ),
)
_OUTPUTS = (
    ("cost_per_exaflop_usd", "USD/EFLOP", "C", "Cost of a unit of compute", "cost"),
    ("chip_cost_usd", "USD", "C_c", "Chips", "cost"),
    ("array_cost_usd", "USD", "C_a", "Array", "cost"),
    ("launch_cost_usd", "USD", "C_l", "Launch", "cost"),
    ("development_cost_usd", "USD", "C_d", "Development", "cost"),
    ("total_cost_usd", "USD", "C_t", "All costs", "cost"),
    ("launch_mass_kg", "kg", "m", "Mass at launch", "mass"),
    ("mass_array_kg", "kg", "m_a", "Array", "mass"),
    ("mass_radiator_kg", "kg", "m_r", "Radiator", "mass"),
    ("mass_shield_kg", "kg", "m_s", "Shield", "mass"),
    ("mass_gpus_kg", "kg", "m_g", "Chips", "mass"),
    ("radiation_failure_rate_per_pflops_yr", "1/(PFLOP/s yr)", "R", "Failures", "radiation"),
    ("specific_mass_kg_per_kw", "kg/kW", "s", "Mass per power", "mass"),
    ("junction_margin_k", "K", "M_j", "Room below the junction limit", "thermal"),
    ("power_utilisation", "1", "u", "Power needed over power there", "power"),
)
NOMINAL = {"power.yield_w_m2": 250.0, "launch.price_usd_per_kg": 500.0, "thermal.limit_c": 85.0}


class LittleSatellite(UncertainProblem):
    """Cost, mass and failure rate of a satellite in closed form."""

    name = "little_satellite"
    version = "1"
    outputs: Mapping[str, Output] = {row[0]: Output(*row) for row in _OUTPUTS}
    objectives = (
        Objective("cost_per_exaflop_usd", "min", 1.0, 1e4, log=True),
        Objective("launch_mass_kg", "min", 100.0, 1e5, log=True),
        Objective("radiation_failure_rate_per_pflops_yr", "min", 1e-3, 1e3, log=True),
    )
    constraints = (
        Constraint("power", "power_utilisation", "array carries the load", upper=1.0),
        Constraint("junction", "junction_margin_k", "chips stay cool", lower=0.0, scale=100.0),
    )
    breakdowns = (
        Breakdown(
            "mass",
            "Launch mass",
            "kg",
            "launch_mass_kg",
            ("mass_array_kg", "mass_radiator_kg", "mass_shield_kg", "mass_gpus_kg"),
        ),
        Breakdown(
            "cost",
            "Cost over the life",
            "USD",
            "total_cost_usd",
            ("chip_cost_usd", "array_cost_usd", "launch_cost_usd", "development_cost_usd"),
        ),
    )

    def __init__(self, **settings: Any) -> None:
        self.space = DesignSpace(VARIABLES)
        self.assumptions = NOMINAL | dict(settings.get("assumptions") or {})

    def active(self, x: FloatArray) -> BoolArray:
        mask = self.space.active(x)
        mask[:, 7] = x[:, 0] != 0  # no eclipse, nothing to carry
        return mask

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        return self._chain(self.space.matrix(designs), self.assumptions, names)

    def under(self, futures: Mapping[str, ArrayLike]) -> UnderFutures:
        return crossed(self, futures, lambda numbers, x: self._chain(x, numbers, None))

    def _chain(
        self, x: FloatArray, numbers: Mapping[str, Any], names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        orbit, altitude, array, radiator, shield, count, chip, carried, spare = x.T
        family, model = orbit.astype(int), chip.astype(int)
        altitude = np.where(family == 3, 35_786.0, altitude)
        pflops = count * CHIP_PFLOPS[model]
        load_w = 1500.0 * count
        work = SUNLIGHT[family] + carried * (1.0 - SUNLIGHT[family])
        rise_k = load_w / (6.0 * radiator)
        flux = (altitude / 600.0) ** 1.5 * np.where(family == 2, 0.6, 1.0)
        out: dict[str, Any] = {
            "chip_cost_usd": count * CHIP_USD[model],
            "array_cost_usd": 2000.0 * array,
            "development_cost_usd": np.full(np.shape(count), 2e6),
            "mass_array_kg": 3.0 * array,
            "mass_radiator_kg": 6.0 * radiator,
            "mass_shield_kg": 2.7 * shield * count ** (2.0 / 3.0),
            "mass_gpus_kg": 12.0 * count,
            "radiation_failure_rate_per_pflops_yr": 0.3 * flux / (shield**0.8 * CHIP_PFLOPS[model]),
            "junction_margin_k": numbers["thermal.limit_c"] - 10.0 - rise_k + 0.0 * spare,
            "power_utilisation": load_w
            * (1.0 + carried * (1.0 - SUNLIGHT[family]))
            / (numbers["power.yield_w_m2"] * array),
        }
        out["launch_mass_kg"] = (
            out["mass_array_kg"] + out["mass_radiator_kg"] + out["mass_shield_kg"]
        ) + out["mass_gpus_kg"]
        lift = numbers["launch.price_usd_per_kg"] * (1.0 + altitude / 2e4)
        out["launch_cost_usd"] = out["launch_mass_kg"] * lift
        out["total_cost_usd"] = (
            out["chip_cost_usd"] + out["array_cost_usd"] + out["launch_cost_usd"] + 2e6
        )
        out["cost_per_exaflop_usd"] = out["total_cost_usd"] / (5.0 * pflops * work)
        out["specific_mass_kg_per_kw"] = out["launch_mass_kg"] / (load_w / 1e3)
        shape = np.broadcast_shapes(*(np.shape(v) for v in out.values()))
        chosen = names if names is not None else list(self.outputs)
        return {name: np.broadcast_to(out[name], shape).copy() for name in chosen}

    def warnings(self, x: FloatArray) -> list[str]:
        return ["shield above 20 mm: no secondary neutrons"] if x[4] > 20.0 else []
