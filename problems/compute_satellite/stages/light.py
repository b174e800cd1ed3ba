"""Stages of the orbit: light, shadow, and what the Earth radiates."""

from __future__ import annotations

import numpy as np

from problems import orbit
from problems.batch import somewhere
from problems.compute_satellite.state import State, stage
from problems.orbit import OrbitState
from problems.units import GEO, GEO_ALTITUDE_KM, HOURS_PER_YEAR, RAM_EDGE, FloatArray


@stage(
    writes=(
        "flight",
        "earth_on_array",
        "earth_on_radiator",
        "orbit_altitude_km",
        "inclination_deg",
        "period_min",
        "sunlit_fraction",
        "longest_eclipse_min",
        "longest_umbra_min",
        "longest_shadow_min",
        "eclipse_days_per_yr",
        "eclipses_per_yr",
        "earth_infrared_on_radiator_w_m2",
        "albedo_on_radiator_w_m2",
    ),
)
def orbit_light(s: State) -> None:
    """Find what the orbit alone decides: light, shadow, Earth load."""
    assumed, design = s.assumptions.orbit, s.design
    altitude = np.where(s.family == GEO, GEO_ALTITUDE_KM, design["altitude_km"])
    flight = orbit.orbit_state(
        altitude,
        inclination_deg=design["inclination_deg"],
        family_code=s.family,
        tables=s.environment.orbit,
    )
    s.flight, radiator_views = _attitude(s, flight)
    # A Sun-facing array is edge-on to the Earth in a dawn-dusk orbit and turns past it else.
    array_views = np.where(
        flight.is_dawn_dusk, flight.edge_on_view_factor_sum, flight.rotating_view_factor_sum
    )
    light = {
        "earth_infrared_w_m2": s.assumptions.thermal.earth_ir_w_m2,
        "albedo_frac": s.assumptions.thermal.albedo,
        "albedo_geometry_frac": np.where(
            flight.is_dawn_dusk, assumed.albedo_geometry_dawn_dusk, assumed.albedo_geometry
        ),
        "solar_constant_w_m2": assumed.solar_constant_w_m2,
    }
    s.earth_on_array = orbit.earth_irradiance(array_views, **light)
    s.earth_on_radiator = orbit.earth_irradiance(radiator_views, **light)
    s.out |= {
        "orbit_altitude_km": altitude,
        "inclination_deg": flight.inclination_deg,
        "period_min": flight.period_min,
        "sunlit_fraction": flight.sunlit_fraction,
        "longest_eclipse_min": flight.longest_eclipse_min,
        "longest_umbra_min": flight.longest_umbra_min,
        "longest_shadow_min": flight.longest_shadow_min,
        "eclipse_days_per_yr": flight.eclipse_days_per_yr,
        "eclipses_per_yr": flight.eclipses_per_yr,
        "earth_infrared_on_radiator_w_m2": s.earth_on_radiator.infrared_w_m2,
        "albedo_on_radiator_w_m2": s.earth_on_radiator.albedo_w_m2,
    }


def _attitude(s: State, flight: OrbitState) -> tuple[OrbitState, FloatArray]:
    """Return the flight and the radiator's view of the Earth in the attitude chosen."""
    edge_on = flight.edge_on_view_factor_sum
    to_wind = (s.design["radiator_attitude"] == RAM_EDGE) & flight.is_dawn_dusk
    if not somewhere(to_wind):
        return flight, edge_on
    ram = np.where(to_wind, s.assumptions.orbit.edge_ram_frac, flight.radiator_ram_frac)
    facing = orbit.facing_view_factor(flight.altitude_km)
    return flight._replace(radiator_ram_frac=ram), np.where(to_wind, facing, edge_on)


@stage(
    reads=("sunlit_fraction",),
    writes=("solar_yield_kwh_per_m2_yr", "solar_yield_ratio_to_ground"),
)
def insolation(s: State) -> None:
    """Hold the sunlight of a year against that on the ground."""
    solar_kw_h = s.assumptions.orbit.solar_constant_w_m2 * (HOURS_PER_YEAR * 1e-3)
    here = solar_kw_h * s.out["sunlit_fraction"]
    s.out |= {
        "solar_yield_kwh_per_m2_yr": here,
        "solar_yield_ratio_to_ground": here / s.assumptions.ground.solar_yield_kwh_per_m2_yr,
    }
