"""The whole satellite by spacedc-mdao, as far as the two can be compared.

It gets the orbit, the Sun's mean elevation over the plane, the IT power, the life and the surfaces
of the design, and sizes the rest from its own catalogue. What it says about money, delivered
compute and reliability rests on other assumptions and is left out. Masses and areas that differ by
half are what two catalogues can be expected to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.export.reading import number
from optimize.verify.heat import beta_deg
from optimize.verify.result import Pair, named

Document = Mapping[str, Any]

ACCELERATOR, ACCELERATOR_W = "h100_sxm", 700.0  # of its catalogue; the overhead makes up the rest


def check(document: Document) -> list[Pair]:
    """Return period, heat, areas and dry mass as spacedc-mdao sizes them."""
    import orbitdc

    scenario = orbitdc.load_scenario_dict(_scenario(document))
    sizing = orbitdc.evaluate_space(scenario)
    more = sizing.details
    tool, own = named("spacedc-mdao"), "sized from its own catalogue"
    rows = (
        ("period_min", "min", more["orbital_period_min"], "two-body"),
        ("it_power_w", "W", sizing.it_power_w, "given, as a check of the hand-over"),
        ("heat_rejected_w", "W", more["bus_load_w"], "bus and pumps by its shares"),
        ("dry_mass_kg", "kg", sizing.dry_mass_kg, own),
    )
    pairs = [
        Pair(name, unit, number(document, "outputs", name, unit), float(value), tool, note)
        for name, unit, value, note in rows
    ]
    array = number(document, "variables", "array_area_m2", "m2")
    radiator = number(document, "variables", "radiator_area_m2", "m2")
    needed = more["solar_packaging_ratio"] * array
    wide = more["radiator_area_required_m2"]
    kelvin = more["radiator_t_rad_k"]
    return [
        *pairs,
        Pair("array_area_m2", "m2", array, needed, tool, own),
        Pair("radiator_area_m2", "m2", radiator, wide, tool, f"{own}, at {kelvin:.0f} K"),
    ]


def _scenario(document: Document) -> dict[str, Any]:
    """Return the design as a scenario of spacedc-mdao."""
    power = number(document, "outputs", "it_power_w", "W")
    count = max(int(power / ACCELERATOR_W), 1)
    array = number(document, "variables", "array_area_m2", "m2")
    radiator = number(document, "variables", "radiator_area_m2", "m2")
    satellite = {
        "orbit": {
            "altitude_km": number(document, "outputs", "orbit_altitude_km", "km"),
            "inclination_deg": number(document, "outputs", "inclination_deg", "deg"),
        },
        "architecture": {
            "satellites": 1,
            "accelerators_per_satellite": count,
            "radiator_area_m2_per_sat": radiator,
            "solar_area_m2_per_sat": array,
        },
        "it_power_overhead_frac": max(power / (count * ACCELERATOR_W) - 1.0, 0.0),
        "beta_deg": float(np.mean(beta_deg(document))),
        "drag_area_m2_per_sat": number(document, "outputs", "drag_area_m2", "m2"),
    }
    return {
        "name": document["design_id"],
        "kind": "space",
        "mission_life_years": number(document, "variables", "design_life_yr", "yr"),
        "accelerator": ACCELERATOR,
        "space": satellite,
    }
