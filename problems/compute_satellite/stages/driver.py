"""Wiring of the mass driver: what a launch from the Moon costs, imports included."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.state import State
from problems.delivery import lunar
from problems.economics import cost
from problems.units import ELECTRIC, FloatArray

#: Outputs that are zero for every launch from the Earth.
OUTPUTS = (
    "imported_mass_kg",
    "driver_capital_usd_per_kg",
    "driver_operations_usd_per_kg",
    "driver_electricity_usd_per_kg",
    "import_cost_usd",
    "driver_track_km",
)


def _imported_kg(s: State) -> FloatArray:
    """Mass that a lunar satellite brings from the Earth, summed from the mass tree."""
    m, out = s.a.lunar, s.out
    made = {
        "mass_array_kg": m.made_array_frac * s.hw.array["lunar_makeable"],
        "mass_radiator_kg": m.made_radiator_frac,
        "mass_structure_kg": m.made_structure_frac,
        "mass_shield_kg": m.made_shield_frac,
        "mass_harness_kg": m.made_harness_frac,
        "mass_aeroshell_kg": m.made_aeroshell_frac,
        "mass_gpus_kg": m.made_other_frac,
        "mass_host_kg": m.made_other_frac,
        "mass_power_management_kg": m.made_other_frac,
        "mass_battery_kg": m.made_other_frac,
        "comms_mass_kg": m.made_other_frac,
        "mass_avionics_kg": m.made_other_frac,
        "mass_thrusters_kg": m.made_other_frac,
        "mass_tanks_kg": m.made_structure_frac,
        "mass_propellant_kg": m.made_other_frac,
    }
    parts = [out[name] for name in made]
    identified = lunar.imported_mass_kg(parts, lunar_made_fracs=list(made.values()))
    # Growth and margin will turn out to be more of the same.
    basic = sum(parts, np.zeros(()))
    grown = (out["mass_growth_kg"] + out["mass_margin_kg"]) * identified / basic
    chemical = np.where(s.transfer == ELECTRIC, m.made_other_frac, m.made_propellant_frac)
    stage = lunar.imported_mass_kg(
        [s.stage_propellant_kg, out["mass_transfer_stage_kg"] - s.stage_propellant_kg],
        lunar_made_fracs=[chemical, m.made_structure_frac],
    )
    return identified + grown + stage


def by_driver(s: State) -> dict[str, FloatArray]:
    """Return the launch outputs with the satellites from the Moon priced by the driver.

    ``s.out`` holds what a rocket would cost; rows that start from the Earth keep that.
    """
    m, out, moon = s.a.lunar, s.out, s.from_moon
    launched_kg = out["launch_mass_kg"]
    driver = lunar.driver_cost(
        s.track_speed_km_s,
        driver_accel_g=s.design["driver_accel_g"],
        fixed_capital_usd=m.fixed_capital_usd,
        capital_usd_per_tpa=m.capital_usd_per_tpa,
        track_capital_frac=m.track_capital_frac,
        reference_accel_g=m.reference_accel_g,
        throughput_t_per_yr=m.throughput_t_per_yr,
        utilisation_frac=m.utilisation_frac,
        capital_recovery_per_yr=cost.capital_recovery_factor(s.a.cost.wacc, years=m.plant_life_yr),
        opex_frac_per_yr=m.opex_frac_per_yr,
        driver_efficiency_frac=m.driver_efficiency_frac,
        electricity_usd_per_kwh=m.electricity_usd_per_kwh,
    )
    imported_kg = np.where(moon, _imported_kg(s), 0.0)
    freight_kg = imported_kg * m.leo_kg_per_landed_kg
    per_kg = (
        driver.driver_capital_usd_per_kg
        + driver.driver_operations_usd_per_kg
        + driver.driver_electricity_usd_per_kg
    )
    import_usd = freight_kg * s.hw.freight_usd_per_kg
    track_km = lunar.track_length_km(s.track_speed_km_s, driver_accel_g=s.design["driver_accel_g"])
    bill_usd = per_kg * launched_kg + import_usd
    return {
        "payload_to_orbit_kg": np.where(moon, launched_kg, out["payload_to_orbit_kg"]),
        "launch_cost_usd": np.where(moon, bill_usd, out["launch_cost_usd"]),
        "earth_launched_mass_kg": np.where(moon, freight_kg, launched_kg),
        "imported_mass_kg": imported_kg,
        "import_cost_usd": import_usd,
    } | {
        name: np.where(moon, ours, others)
        for name, ours, others in (
            ("launch_flights", 0.0, out["launch_flights"]),
            ("launch_mass_utilisation", 0.0, out["launch_mass_utilisation"]),
            ("launch_volume_utilisation", 0.0, out["launch_volume_utilisation"]),
            ("driver_capital_usd_per_kg", driver.driver_capital_usd_per_kg, 0.0),
            ("driver_operations_usd_per_kg", driver.driver_operations_usd_per_kg, 0.0),
            ("driver_electricity_usd_per_kg", driver.driver_electricity_usd_per_kg, 0.0),
            ("driver_track_km", track_km, 0.0),
        )
    }
