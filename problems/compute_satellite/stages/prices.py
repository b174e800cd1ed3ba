"""Stages that price the satellite before its launch."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.items import BUS_MASSES, COST_ITEMS, add_up, costs_of
from problems.compute_satellite.stages.driver import made_on_moon_frac
from problems.compute_satellite.stages.masses import loop_factor
from problems.compute_satellite.state import State, stage
from problems.delivery import lunar
from problems.units import FloatArray

#: Lunar assumption with the share made on the Moon, by cost output.
MADE_ON_MOON = {item.output: item.made_on_moon for item in COST_ITEMS if item.made_on_moon}


def build_factor(s: State, output: str) -> FloatArray:
    """Return the price of a partly lunar item over the same from the Earth [1]."""
    return lunar.build_cost_factor(
        lunar_made_frac=made_on_moon_frac(s, MADE_ON_MOON[output]),
        build_cost_multiplier=s.assumptions.lunar.build_cost_multiplier,
    )


@stage(
    reads=(
        *BUS_MASSES,
        "guard",
        "series_factor",
        "array_test_w",
        "array_power_required_w",
        "battery_energy_wh",
        "mass_shield_kg",
        "mass_propellant_kg",
        "mass_transfer_stage_kg",
        "mass_aeroshell_kg",
        "stage_propellant_kg",
        "transfer_thrusters",
    ),
    writes=(
        "cost_gpus_usd",
        "cost_hosts_usd",
        "cost_array_usd",
        "cost_power_management_usd",
        "cost_battery_usd",
        "cost_radiator_usd",
        "cost_shield_usd",
        "cost_bus_usd",
        "cost_propulsion_usd",
        "transfer_usd",
    ),
)
def parts_cost(s: State) -> None:
    """Price the parts of the satellite."""
    assumed, out, hardware = s.assumptions.cost, s.out, s.hardware
    count = s.design["gpu_count"] * (1.0 + s.design["spare_fraction"])
    host_usd = s.assumptions.compute.host_usd_per_gpu
    pmad_usd_per_w = s.assumptions.power.pmad_usd_per_w * s.series_factor
    out |= {
        "cost_gpus_usd": count * hardware.gpu["chip_usd"],
        "cost_hosts_usd": count * (host_usd * s.guard.host_factor),
        "cost_array_usd": s.array_test_w * (hardware.array["usd_per_w"] * s.series_factor),
        "cost_power_management_usd": out["array_power_required_w"] * pmad_usd_per_w,
        "cost_battery_usd": out["battery_energy_wh"]
        * (hardware.battery["usd_per_wh"] * s.series_factor),
        "cost_radiator_usd": s.design["radiator_area_m2"]
        * (hardware.radiator["usd_per_m2"] * s.series_factor)
        * loop_factor(s),
        "cost_shield_usd": out["mass_shield_kg"] * assumed.shield_usd_per_kg,
        "cost_bus_usd": add_up(out, BUS_MASSES) * (assumed.bus_usd_per_kg * s.series_factor),
        "cost_propulsion_usd": _propulsion_usd(s),
    }
    if s.some_from_moon:
        for name in MADE_ON_MOON:
            out[name] = np.where(s.from_moon, out[name] * build_factor(s, name), out[name])


def _propulsion_usd(s: State) -> FloatArray:
    """Thrusters, propellant, and what the transfer flies: stage, tanks, heat shield [USD]."""
    assumed, out = s.assumptions.cost, s.out
    stage_kg = out["mass_transfer_stage_kg"] - s.stage_propellant_kg + out["mass_aeroshell_kg"]
    dry_usd = s.transfer_thrusters.thruster_cost_usd + assumed.bus_usd_per_kg * stage_kg
    filled_usd = s.stage_propellant_kg * assumed.propellant_usd_per_kg
    s.transfer_usd = dry_usd * s.series_factor + filled_usd
    own_usd = out["mass_propellant_kg"] * assumed.propellant_usd_per_kg
    return s.transfer_usd + (assumed.thruster_usd * s.series_factor + own_usd)


@stage(
    reads=(*costs_of("chips"), *costs_of("platform")),
    writes=(
        "chips_usd",
        "platform_usd",
        "cost_integration_usd",
        "cost_development_usd",
        "satellite_cost_usd",
    ),
)
def satellite_cost(s: State) -> None:
    """Add the parts up, with integration and development."""
    assumed, out = s.assumptions.cost, s.out
    s.chips_usd = add_up(out, costs_of("chips"))
    s.platform_usd = add_up(out, costs_of("platform"))
    integration_usd = s.platform_usd * assumed.integration_fraction
    development_usd = np.asarray(assumed.nre_usd / assumed.production_satellites)
    out |= {
        "cost_integration_usd": integration_usd,
        "cost_development_usd": development_usd,
        "satellite_cost_usd": s.platform_usd + integration_usd + development_usd + s.chips_usd,
    }
