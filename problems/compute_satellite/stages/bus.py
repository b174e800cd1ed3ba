"""Stages of the bus: loads, array, battery and heat."""

from __future__ import annotations

from functools import partial

import numpy as np

from problems.compute_satellite.state import State, glance, stage
from problems.spacecraft import power, thermal
from problems.units import FloatArray


@stage(
    reads=(
        "it_power_w",
        "comms_power_w",
        "keeping_power_w",
        "longest_eclipse_min",
        "period_min",
    ),
    writes=(
        "housekeeping_power_w",
        "heat_rejected_w",
        "pump_power_w",
        "day_load_w",
        "eclipse_load_w",
        "chip_heat_w",
        "chip_eclipse_load_w",
    ),
)
def loads(s: State) -> None:
    """Add up loads by day and in eclipse, and the heat they become."""
    assumed, loop, out = s.assumptions.power, s.assumptions.thermal, s.out
    keep_w = assumed.housekeeping_base_w + assumed.housekeeping_fraction * out["it_power_w"]
    bus_w = out["comms_power_w"] + keep_w
    pump_share = thermal.pump_power_fraction(
        loop.loop_delta_k,
        pressure_kpa=loop.loop_pressure_kpa,
        density_kg_per_m3=loop.coolant_density_kg_per_m3,
        heat_capacity_j_per_kg_k=loop.coolant_heat_capacity_j_per_kg_k,
        pump_efficiency=loop.pump_efficiency,
    )
    pump_share = pump_share * glance(s.hardware.radiator, "pump_power_factor")
    # Pumps move all heat, their own and that of power conversion included.
    per_load = 1.0 / (assumed.pmad_efficiency - pump_share)
    heat_w = (out["it_power_w"] + bus_w) * per_load
    share = s.design["eclipse_power_fraction"] * (out["longest_eclipse_min"] > 0.0)
    s.chip_heat_w = out["it_power_w"] * per_load
    s.chip_eclipse_load_w = s.chip_heat_w * (share * assumed.pmad_efficiency)
    # Thrust waits for sunlight; thrusters and their power units shed their heat themselves.
    lit = 1.0 - out["longest_eclipse_min"] / out["period_min"]
    out |= {
        "housekeeping_power_w": keep_w,
        "heat_rejected_w": heat_w,
        "pump_power_w": pump_share * heat_w,
        "day_load_w": heat_w * assumed.pmad_efficiency + out["keeping_power_w"] / lit,
        "eclipse_load_w": s.chip_eclipse_load_w + bus_w * (assumed.pmad_efficiency * per_load),
    }


@stage(
    reads=("earth_on_array",),
    writes=("array_temperature_c", "array_power_bol_w", "array_w_per_m2_bol", "array_test_w"),
)
def array(s: State) -> None:
    """Find the array when new."""
    assumed, cells = s.assumptions.power, s.hardware.array
    area = s.design["array_area_m2"]
    flux = s.assumptions.orbit.solar_constant_w_m2
    absorbed = (
        assumed.array_absorptance * s.earth_on_array.albedo_w_m2
        + assumed.array_emissivity_front * s.earth_on_array.infrared_w_m2
    )
    temperature = power.array_temperature_c(
        flux,
        absorptance=assumed.array_absorptance,
        electric_efficiency=cells["cell_efficiency"] * assumed.cell_packing,
        emissivity_front=assumed.array_emissivity_front,
        emissivity_back=assumed.array_emissivity_back,
        earth_load_w_m2=absorbed,
    )
    bol_w = power.array_power_bol_w(
        area,
        solar_flux_w_m2=flux,
        cell_efficiency=cells["cell_efficiency"],
        packing=assumed.cell_packing,
        temperature_c=temperature,
        temp_coeff_per_k=cells["temp_coeff_per_k"],
        wiring_efficiency=assumed.wiring_efficiency,
        pointing_cosine=assumed.pointing_cosine,
    )
    s.out |= {
        "array_temperature_c": temperature,
        "array_power_bol_w": bol_w,
        "array_w_per_m2_bol": bol_w / area,
    }
    # Price and stowed volume go with the power that a flash test shows.
    s.array_test_w = area * cells["cell_efficiency"] * (flux * assumed.cell_packing)


@stage(
    reads=(
        "day_load_w",
        "eclipse_load_w",
        "chip_heat_w",
        "chip_eclipse_load_w",
        "longest_eclipse_min",
        "period_min",
        "eclipses_per_yr",
        "housekeeping_power_w",
    ),
    writes=(
        "array_power_required_w",
        "battery_energy_wh",
        "battery_depth_of_discharge",
        "battery_cycles_utilisation",
        "chip_array_power_w",
    ),
)
def battery(s: State) -> None:
    """Size the battery and the array power that recharges it."""
    assumed, cells, out = s.assumptions.power, s.hardware.battery, s.out
    charge = assumed.charge_efficiency * cells["roundtrip_efficiency"]
    required_w = partial(
        power.required_array_power_w,
        eclipse_min=out["longest_eclipse_min"],
        period_min=out["period_min"],
        day_path_efficiency=assumed.pmad_efficiency,
        eclipse_path_efficiency=assumed.pmad_efficiency * charge,
    )
    out["array_power_required_w"] = required_w(
        out["day_load_w"], eclipse_load_w=out["eclipse_load_w"]
    )
    s.chip_array_power_w = required_w(
        s.chip_heat_w * assumed.pmad_efficiency, eclipse_load_w=s.chip_eclipse_load_w
    )
    sized = power.battery_sizing(
        out["eclipse_load_w"] / assumed.pmad_efficiency,
        eclipse_min=out["longest_eclipse_min"],
        cycles=out["eclipses_per_yr"] * s.life_yr,
        cycle_life_at_zero_dod=cells["cycle_life_at_zero_dod"],
        cycle_life_slope=cells["cycle_life_slope"],
        discharge_efficiency=np.sqrt(cells["roundtrip_efficiency"]),
        depth_of_discharge_cap=assumed.depth_of_discharge_cap,
        contingency_wh=out["housekeeping_power_w"] * assumed.contingency_h,
    )
    out |= {
        "battery_energy_wh": sized.energy_wh,
        "battery_depth_of_discharge": sized.depth_of_discharge,
        "battery_cycles_utilisation": sized.cycle_utilisation,
    }


@stage(
    reads=("earth_on_radiator", "heat_rejected_w", "chip_heat_w"),
    writes=(
        "radiator_absorbed_w_m2",
        "radiator_temperature_k",
        "radiator_heat_flux_w_m2",
        "junction_temperature_c",
        "radiator_balance",
    ),
)
def heat(s: State) -> None:
    """Find radiator and junction temperature when new."""
    radiator, out = s.hardware.radiator, s.out
    new, eol = _absorbed_w_m2(s)
    s.radiator_balance = thermal.radiator_balance(
        out["heat_rejected_w"],
        chip_heat_w=s.chip_heat_w,
        area_m2=s.design["radiator_area_m2"],
        absorbed_new_w_m2=new,
        absorbed_eol_w_m2=eol,
        emissivity=radiator["emissivity_eol"],
        fin_efficiency=radiator["fin_efficiency"],
    )
    radiator_k = thermal.temperature_over_life_k(
        s.radiator_balance, alive_fraction=1.0, life_share=0.0
    )
    out |= {
        "radiator_absorbed_w_m2": new,
        "radiator_temperature_k": radiator_k,
        "radiator_heat_flux_w_m2": out["heat_rejected_w"] / s.design["radiator_area_m2"],
        "junction_temperature_c": junction_c(s, radiator_k),
    }


def _absorbed_w_m2(s: State) -> tuple[FloatArray, FloatArray]:
    """Environment heat per planform, coatings new and at end of life."""
    assumed, radiator = s.assumptions.thermal, s.hardware.radiator
    new, eol = (
        thermal.absorbed_flux_w_m2(
            s.earth_on_radiator.infrared_w_m2,
            albedo_flux_w_m2=s.earth_on_radiator.albedo_w_m2,
            emissivity=radiator["emissivity_eol"],
            absorptance=radiator["absorptance_eol"] * share,
            solar_flux_w_m2=s.assumptions.orbit.solar_constant_w_m2,
            sun_error_deg=assumed.sun_error_deg,
        )
        for share in (assumed.new_absorptance_share, 1.0)
    )
    return new, eol


def junction_c(s: State, radiator_k: FloatArray) -> FloatArray:
    """Return the junction temperature of the chips above a radiator [degC]."""
    assumed = s.assumptions.thermal
    return thermal.junction_temperature_c(
        radiator_k,
        fin_drop_k=assumed.fin_drop_k,
        loop_delta_k=assumed.loop_delta_k * s.hardware.radiator["loop_rise_factor"],
        junction_delta_k=s.hardware.gpu["junction_delta_k"],
    )
