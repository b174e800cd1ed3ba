"""What a reader must know about a design: where the model ends, and what is a guess."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems import radiation
from problems.compute_satellite.declarations import SSO_TOP_KM
from problems.space import DesignSpace
from problems.spec import Variable
from problems.units import DAWN_DUSK_SSO, GEO, FloatArray

#: Outputs that are looked at.
REMARKED = ("orbit_altitude_km", "transfer_time_yr")


def remarks(
    space: DesignSpace,
    row: FloatArray,
    outputs: Mapping[str, FloatArray],
    tables: radiation.RadiationTables,
    cost_boundary: str,
) -> list[str]:
    """Return what a reader must know about a canonical design, by its :data:`REMARKED` outputs."""
    values = {name: float(row[i]) for name, i in space.index.items()}
    altitude = outputs["orbit_altitude_km"]
    valid = radiation.outside_validity(
        altitude,
        shield_mm=np.array([values["shield_mm"]]),
        is_geo=np.array([values["orbit"] == GEO]),
        tables=tables,
    )
    notes = []
    if valid.deep_shield[0]:
        notes.append(
            "shield above 20 mm: secondary neutrons are in the upset model, but not in the dose"
        )
    if valid.outside_table[0]:
        notes.append("radiation table left: the value at its edge is used")
    if valid.class_boundary[0]:
        notes.append(
            "electrons here are AE8's; geostationary orbit has IGE-2006, which gives "
            "2.4 times less dose behind 8 mm: do not compare doses across"
        )
    if 1000.0 < altitude[0] < 2000.0:
        notes.append("atmosphere above 1,000 km is extrapolated beyond the exobase")
    if values["orbit"] == DAWN_DUSK_SSO and values["altitude_km"] >= SSO_TOP_KM:
        notes.append("sun-synchronous orbits end near 5,900 km: altitude is held there")
    if outputs["transfer_time_yr"][0] > 0.5 * values["design_life_yr"]:
        notes.append("the transfer takes more than half of the design life")
    for variable in space.variables:
        if variable.kind == "choice":
            notes += _guessed(variable, values[variable.name])
    if cost_boundary == "launch_only":
        notes.append(
            "cost boundary launch_only: array, bus and chips are free in it; compare only with "
            "electricity on the ground"
        )
    return notes


def _guessed(choice: Variable, code: float) -> list[str]:
    """Return a warning where what is chosen from the catalogue is no product, or not verified."""
    name = str(choice.decode(code))
    remark = choice.remark(name)
    if "projection" in remark:
        return [f"the accelerator {name} is a projection of the trend to its year and no product"]
    if "unverified" in remark:
        return [f"{choice.name} {name}: its performance is not verified"]
    return []
