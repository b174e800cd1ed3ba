"""Stages of the stay: what it takes to leave the orbit, and propellant for all that is flown."""

from __future__ import annotations

from typing import Any

from problems import orbit
from problems.compute_satellite.state import State, stage
from problems.spacecraft import mass


@stage(
    reads=("flight", "face_m2", "dry_without_tanks_kg", "orbit_altitude_km"),
    writes=("natural_decay_life_yr", "disposal_delta_v_m_s", "disposal_utilisation"),
)
def disposal(s: State) -> None:
    """Find what it takes to leave the orbit as the debris rules demand."""
    assumed, design, flight = s.assumptions.orbit, s.design, s.flight
    dry_kg, array_m2 = s.dry_without_tanks_kg, design["array_area_m2"]
    tumbling_m2 = orbit.tumbling_area_m2(
        array_m2, radiator_area_m2=design["radiator_area_m2"], bus_area_m2=s.face_m2
    )
    air: dict[str, Any] = {
        "area_to_mass_m2_kg": tumbling_m2 / dry_kg,
        "drag_coefficient": assumed.drag_coefficient,
        "density_multiplier": assumed.density_multiplier,
    }
    leave = orbit.disposal_delta_v_m_s(
        s.out["orbit_altitude_km"],
        speed_m_s=flight.speed_m_s,
        is_geo=flight.is_geo,
        lowering_m_s=orbit.lowering_delta_v_m_s(
            flight.speed_m_s,
            longest_decay_yr=assumed.longest_decay_yr,
            tables=s.environment.orbit,
            **air,
        ),
        area_to_mass_m2_kg=(array_m2 + design["radiator_area_m2"]) / dry_kg,
        electric_disposal=assumed.electric_disposal,
        spiral_end_km=assumed.spiral_end_km,
        reentry_perigee_km=assumed.reentry_perigee_km,
        navigation_low_km=assumed.navigation_low_km,
        navigation_high_km=assumed.navigation_high_km,
        storage_trim_m_s=assumed.storage_trim_m_s,
        reflectivity=assumed.reflectivity,
    )
    thrust_n = s.assumptions.mass.keeping_thrust_n
    burn_yr = mass.burn_time_yr(leave, mass_kg=dry_kg, thrust_n=thrust_n)
    s.out |= {
        "natural_decay_life_yr": orbit.natural_decay_life_yr(flight.decay_integral_yr_m2_kg, **air),
        "disposal_delta_v_m_s": leave,
        "disposal_utilisation": burn_yr / assumed.longest_decay_yr,
    }


@stage(
    reads=(
        "flight",
        "orbit_altitude_km",
        "dry_without_tanks_kg",
        "drag_impulse_n_s",
        "disposal_delta_v_m_s",
        "cluster_keeping_delta_v_m_s_per_yr",
    ),
    writes=(
        "drag_delta_v_m_s",
        "station_keeping_delta_v_m_s",
        "mass_tanks_kg",
        "mass_propellant_kg",
        "dry_mass_kg",
        "on_orbit_mass_kg",
    ),
)
def keeping(s: State) -> None:
    """Add propellant for drag, keeping and disposal."""
    assumed, engine, out = s.assumptions.orbit, s.assumptions.mass, s.out
    dry_kg = s.dry_without_tanks_kg
    yearly = orbit.collision_avoidance_delta_v_m_s_per_yr(
        out["orbit_altitude_km"], low_orbit_m_s_per_yr=assumed.collision_avoidance_m_s_per_yr
    ) + orbit.geo_keeping_delta_v_m_s_per_yr(
        s.flight.is_geo,
        north_south_m_s_per_yr=assumed.north_south_m_s_per_yr,
        east_west_m_s_per_yr=assumed.east_west_m_s_per_yr,
    )
    keep = (yearly + out["cluster_keeping_delta_v_m_s_per_yr"]) * s.life_yr
    wet = mass.wet_mass(
        dry_kg,
        delta_v_m_s=keep + out["disposal_delta_v_m_s"],
        impulse_n_s=s.drag_impulse_n_s,
        isp_s=engine.ep_isp_s,
        tank_fraction=engine.tank_fraction,
        residual_fraction=engine.propellant_residual,
    )
    out |= {
        "drag_delta_v_m_s": s.drag_impulse_n_s / dry_kg,
        "station_keeping_delta_v_m_s": keep,
        "mass_tanks_kg": wet.tank_kg,
        "mass_propellant_kg": wet.propellant_kg,
        "dry_mass_kg": dry_kg + wet.tank_kg,
        "on_orbit_mass_kg": wet.on_orbit_kg,
    }
