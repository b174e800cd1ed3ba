"""What a fleet needs from the world every year, and how it crowds its orbit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.delivery.transfer import circular_speed_km_s
from problems.economics import fleet, refresh, resupply
from problems.economics.fleet import SteadyFleet
from problems.orbit import population_flux_per_m2_yr
from problems.orbit.brightness import apparent_magnitude
from problems.parameters.assumptions import FleetAssumptions
from problems.units import FloatArray, Quantity

#: The shell between 200 and 2,000 km in which today's objects are counted.
_LEO_MIDDLE_KM, _LEO_HEIGHT_KM = 1100.0, 1800.0

#: What :func:`fleet_needs` returns.
NEEDS = (
    "satellites_per_yr",
    "mass_t_per_yr",
    "earth_mass_t_per_yr",
    "accelerators_per_yr",
    "accelerator_share_of_world",
    "array_km2_per_yr",
    "array_share_of_world_pv",
    "radiator_km2_per_yr",
    "radiator_iss_areas_per_yr",
    "heat_iss_equivalents_per_yr",
    "fleet_satellites",
    "fleet_it_power_w",
    "lost_per_yr",
    "retired_per_yr",
    "replacement_per_yr",
    "shell_density_per_km3",
    "shell_density_over_leo_today",
    "mean_spacing_km",
    "single_file_spacing_km",
    "dead_in_shell",
    "collisions_unavoided_per_yr",
    "collisions_expected_per_yr",
    "debris_losses_per_yr",
)


def yearly_needs(
    outputs: Mapping[str, FloatArray], built_per_yr: FloatArray, a: FleetAssumptions, step: int
) -> dict[str, float]:
    """Return supply, steady fleet and crowding of one step.

    Parameters
    ----------
    outputs
        ``(steps,)`` outputs and variables of the satellite.
    built_per_yr
        ``(steps,)`` satellites built each year [1/yr].
    a
        Fleet assumptions in force.
    step
        Which step.
    """
    satellite = {name: values[step] for name, values in outputs.items()}
    return {name: float(v) for name, v in fleet_needs(satellite, built_per_yr[step], a).items()}


def fleet_needs(
    satellite: Mapping[str, FloatArray], built: FloatArray, a: FleetAssumptions
) -> dict[str, FloatArray]:
    """Return supply, steady fleet and crowding; everything broadcasts.

    Parameters
    ----------
    satellite
        ``(...)`` outputs and variables of the satellite.
    built
        ``(...)`` satellites built each year [1/yr].
    a
        Fleet assumptions in force.
    """
    steady = fleet.steady_fleet(
        built,
        life_yr=satellite["design_life_yr"],
        loss_rate_per_yr=satellite["satellite_loss_rate_per_yr"],
    )
    return {
        **_supply(satellite, built, a),
        "fleet_satellites": steady.alive,
        "fleet_it_power_w": steady.alive * satellite["it_power_w"],
        "lost_per_yr": steady.lost_per_yr,
        "retired_per_yr": steady.retired_per_yr,
        "replacement_per_yr": steady.replacement_per_yr,
        **_over_time(satellite, a),
        **_crowding(satellite, steady, a),
        "debris_losses_per_yr": steady.alive * satellite["debris_loss_rate_per_yr"],
    }


def planned_visits(satellite: Mapping[str, FloatArray]) -> refresh.Visits:
    """Return when visits bring new modules to a satellite."""
    number = satellite["refresh_visits"]
    return refresh.Visits(np.where(number > 0.0, satellite["refresh_yr"], 1.0), number)


def visits_per_satellite(
    satellite: Mapping[str, FloatArray], *, parts_lost_per_yr: Quantity = 0.0
) -> FloatArray:
    """Return the visits of a satellite built, those to lost ones, or lost parts, left out [1]."""
    lost_per_yr = satellite["satellite_loss_rate_per_yr"] + parts_lost_per_yr
    return refresh.sum_over_visits(planned_visits(satellite), discount_per_yr=lost_per_yr)


def _over_time(satellite: Mapping[str, FloatArray], a: FleetAssumptions) -> dict[str, FloatArray]:
    """Return what resupply holds, how bright one is overhead at sunset, and what it emits."""
    lost_per_yr, life_yr = satellite["satellite_loss_rate_per_yr"], satellite["design_life_yr"]
    emitted = resupply.carbon(
        satellite["earth_launched_mass_kg"],
        hardware_kg=satellite["launch_mass_kg"] + satellite["refresh_mass_kg"],
        it_power_w=satellite["it_power_w"],
        working_yr=satellite["availability"] * life_yr,
        launch_co2_kg_per_kg=a.launch_co2_kg_per_kg,
        hardware_co2_kg_per_kg=a.hardware_co2_kg_per_kg,
    )
    return {
        "capacity_left_at_end": resupply.capacity_left(lost_per_yr, years=life_yr),
        "capacity_between_batches": resupply.mean_between_batches(
            lost_per_yr, batch_yr=a.resupply_batch_yr
        ),
        "magnitude_overhead_at_sunset": apparent_magnitude(
            a.albedo * satellite["array_area_m2"],
            phase_deg=90.0,
            range_km=satellite["orbit_altitude_km"],
            airmass=1.0,
        ),
        "carbon_launch_g_per_kwh": emitted.launch_g_per_kwh,
        "carbon_hardware_g_per_kwh": emitted.hardware_g_per_kwh,
        "carbon_over_grid": sum(emitted) / np.asarray(a.grid_co2_g_per_kwh),
    }


def _supply(
    satellite: Mapping[str, FloatArray], built: FloatArray, a: FleetAssumptions
) -> dict[str, FloatArray]:
    # Visits bring no modules for radiator loops and power switches that are lost.
    parts = satellite["loop_loss_rate_per_yr"] + satellite["burnout_loss_rate_per_yr"]
    brought = visits_per_satellite(satellite, parts_lost_per_yr=parts)
    sets = (1.0 + satellite["spare_fraction"]) * (1.0 + brought)
    accelerators = built * satellite["gpu_count"] * sets
    launched_kg = satellite["launch_mass_kg"] + satellite["refresh_mass_kg"]
    array_m2 = built * satellite["array_area_m2"]
    radiator_m2 = built * satellite["radiator_area_m2"]
    world_pv_m2 = a.world_pv_gw_per_yr * 1e9 / a.pv_module_w_m2
    heat_kw = built * satellite["heat_rejected_w"] * 1e-3
    return {
        "satellites_per_yr": built,
        "mass_t_per_yr": built * launched_kg / 1000.0,
        "earth_mass_t_per_yr": built * satellite["earth_launched_mass_kg"] / 1000.0,
        "accelerators_per_yr": accelerators,
        "accelerator_share_of_world": accelerators / a.world_accelerators_per_yr,
        "array_km2_per_yr": array_m2 / 1e6,
        "array_share_of_world_pv": array_m2 / world_pv_m2,
        "radiator_km2_per_yr": radiator_m2 / 1e6,
        "radiator_iss_areas_per_yr": radiator_m2 / a.iss_radiator_area_m2,
        "heat_iss_equivalents_per_yr": heat_kw / a.iss_heat_rejection_kw,
    }


def _crowding(
    satellite: Mapping[str, FloatArray], steady: SteadyFleet, a: FleetAssumptions
) -> dict[str, FloatArray]:
    altitude, half_km = satellite["orbit_altitude_km"], 0.5 * a.shell_thickness_km
    shell = fleet.shell_crowding(
        steady.alive, altitude_km=altitude, thickness_km=a.shell_thickness_km
    )
    hits = fleet.collisions(
        steady.alive,
        lost_per_yr=steady.lost_per_yr,
        flux_of_one_per_m2_yr=population_flux_per_m2_yr(
            1.0,
            low_altitude_km=altitude - half_km,
            high_altitude_km=altitude + half_km,
            relative_speed_km_s=a.relative_speed_frac * circular_speed_km_s(altitude),
        ),
        # A flat panel shows half of its area, averaged over directions.
        face_m2=0.5 * (satellite["array_area_m2"] + satellite["radiator_area_m2"]),
        residence_yr=np.minimum(satellite["natural_decay_life_yr"], a.dead_residence_cap_yr),
        unmanoeuvrable_frac=a.unmanoeuvrable_frac,
        avoidance_miss_frac=a.avoidance_miss_frac,
    )
    today = fleet.shell_crowding(
        np.asarray(a.tracked_leo_objects),
        altitude_km=np.asarray(_LEO_MIDDLE_KM),
        thickness_km=_LEO_HEIGHT_KM,
    )
    return {
        "shell_density_per_km3": shell.density_per_km3,
        "shell_density_over_leo_today": shell.density_per_km3 / today.density_per_km3,
        "mean_spacing_km": shell.mean_spacing_km,
        "single_file_spacing_km": shell.single_file_km,
        "dead_in_shell": hits.dead,
        "collisions_unavoided_per_yr": hits.unavoided_per_yr,
        "collisions_expected_per_yr": hits.expected_per_yr,
    }
