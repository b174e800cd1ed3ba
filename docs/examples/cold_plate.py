"""A model of one's own: the plate that carries a chip's heat away, solved on a grid.

It stands for any simulation that takes one design and gives its numbers after seconds or hours:
replace the body of ``evaluate_design`` by a call of yours. Numbers are round textbook values, for
illustration only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import diags, identity, kron
from scipy.sparse.linalg import spsolve

from problems.one_by_one import Assumed, OneByOne
from problems.spec import Condition, Constraint, Objective, Output, Value, Variable

SIDE_M, CHIP_M, CELLS = 0.20, 0.04, 40
SINK_C = 20.0
CONDUCTIVITY_W_MK = {"aluminium": 170.0, "copper": 390.0}
DENSITY_KG_M3 = {"aluminium": 2700.0, "copper": 8900.0}
CHANNEL_MM = 2.0  # diameter, with as much wall above as below
TUBE_KG = 0.05  # one channel's tube and coolant


class ColdPlate(OneByOne):
    """Lightest plate against coolest chip; channels exist only in a pumped plate."""

    name, version = "cold plate", "1"
    variables = (
        Variable(
            name="thickness_mm",
            unit="mm",
            symbol="t",
            description="Thickness",
            kind="real",
            default=5.0,
            lower=1.0,
            upper=20.0,
            log=True,
        ),
        Variable(
            name="material",
            unit="1",
            symbol="m",
            description="Material",
            kind="choice",
            default="aluminium",
            choices=("aluminium", "copper"),
        ),
        Variable(
            name="cooling",
            unit="1",
            symbol="c",
            description="Heat leaves by",
            kind="choice",
            default="contact",
            choices=("contact", "pumped"),
        ),
        Variable(
            name="channels",
            unit="1",
            symbol="n",
            description="Number of channels",
            kind="integer",
            default=8,
            lower=2,
            upper=40,
            active_when=(Condition("cooling", ("pumped",)),),
        ),
    )
    declared_outputs = (
        Output("mass_kg", "kg", "M", "Mass of plate and tubes", "structure"),
        Output("hot_spot_c", "degC", "T", "Highest temperature under the chip", "thermal"),
        Output("mean_c", "degC", "T_m", "Mean temperature of the plate", "thermal"),
    )
    objectives = (
        Objective("mass_kg", "min", 0.0, 5.0),
        Objective("hot_spot_c", "min", 20.0, 200.0),
    )
    constraints = (Constraint("chip", "hot_spot_c", "The chip survives", upper=90.0, scale=10.0),)
    assumed = (
        Assumed("chip.heat_w", 700.0, "W"),
        Assumed("contact.coefficient_w_m2k", 400.0, "W/m2/K"),
        Assumed("channel.coefficient_w_m2k", 150.0, "W/m2/K"),
    )

    def evaluate_design(self, design: Mapping[str, Value]) -> Mapping[str, float]:
        """Return mass and temperatures of one plate."""
        thickness_m = float(design["thickness_mm"]) / 1000.0
        material, channels = str(design["material"]), int(design.get("channels", 0))
        sink_w_m2k = self.assumptions["contact.coefficient_w_m2k"]
        if design["cooling"] == "pumped":
            if float(design["thickness_mm"]) < 2.0 * CHANNEL_MM:
                raise ValueError(f"channels of {CHANNEL_MM} mm do not fit into the plate")
            sink_w_m2k += channels * self.assumptions["channel.coefficient_w_m2k"]
        rise_k = temperature_rise_k(
            thickness_m * CONDUCTIVITY_W_MK[material],
            sink_w_m2k=sink_w_m2k,
            heat_w=self.assumptions["chip.heat_w"],
        )
        return {
            "mass_kg": SIDE_M**2 * thickness_m * DENSITY_KG_M3[material] + channels * TUBE_KG,
            "hot_spot_c": SINK_C + float(rise_k.max()),
            "mean_c": SINK_C + float(rise_k.mean()),
        }


def temperature_rise_k(sheet_w_k: float, *, sink_w_m2k: float, heat_w: float) -> np.ndarray:
    """Return how much warmer than the sink each cell of the plate is.

    Parameters
    ----------
    sheet_w_k
        Conductivity times thickness.
    sink_w_m2k
        Heat that leaves per area and kelvin.
    heat_w
        Heat of the chip in the middle.
    """
    ends = np.full(CELLS, 2.0)
    ends[[0, -1]] = 1.0  # nothing flows out at the edge
    line = diags([-np.ones(CELLS - 1), ends, -np.ones(CELLS - 1)], [-1, 0, 1])
    flow = sheet_w_k * (kron(line, identity(CELLS)) + kron(identity(CELLS), line))
    cell_m2 = (SIDE_M / CELLS) ** 2
    centre = np.abs(np.linspace(-0.5, 0.5, CELLS) * SIDE_M) <= CHIP_M / 2.0
    chip = np.outer(centre, centre).ravel()
    source_w = heat_w * chip / chip.sum()
    rise = spsolve((flow + identity(CELLS**2) * sink_w_m2k * cell_m2).tocsc(), source_w)
    return np.asarray(rise)
