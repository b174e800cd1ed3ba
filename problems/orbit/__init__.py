"""The orbit of a design: shape, sunlight, shadow, air, debris, and the end of its life.

:func:`orbit_state` looks everything up at once; the other functions turn it into velocity budgets
and risks.
"""

from problems.orbit.atmosphere import (
    atmospheric_density_kg_m3,
    drag_delta_v_m_s_per_yr,
    lowering_delta_v_m_s,
    natural_decay_life_yr,
    ram_area_m2,
    tumbling_area_m2,
)
from problems.orbit.debris import (
    DebrisFlux,
    SizeTerms,
    debris_flux,
    meteoroid_flux_per_m2_yr,
    population_flux_per_m2_yr,
    size_terms,
)
from problems.orbit.disposal import (
    collision_avoidance_delta_v_m_s_per_yr,
    disposal_delta_v_m_s,
    geo_keeping_delta_v_m_s_per_yr,
    graveyard_raise_km,
    perigee_drop_delta_v_m_s,
)
from problems.orbit.eclipse import eclipse_fraction
from problems.orbit.geometry import (
    GroundAccess,
    SolarFlux,
    circular_speed_m_s,
    ground_access,
    period_min,
    solar_flux,
    solar_pressure_delta_v_m_s_per_yr,
    sso_inclination_deg,
)
from problems.orbit.state import orbit_state
from problems.orbit.tables import OrbitState, OrbitTables, load_orbit_tables, never_dark
from problems.orbit.view_factors import (
    EarthIrradiance,
    earth_irradiance,
    edge_on_view_factor_sum,
    facing_view_factor,
    plate_view_factor,
    rotating_view_factor_sum,
)

__all__ = [
    "DebrisFlux",
    "EarthIrradiance",
    "GroundAccess",
    "OrbitState",
    "OrbitTables",
    "SizeTerms",
    "SolarFlux",
    "atmospheric_density_kg_m3",
    "circular_speed_m_s",
    "collision_avoidance_delta_v_m_s_per_yr",
    "debris_flux",
    "disposal_delta_v_m_s",
    "drag_delta_v_m_s_per_yr",
    "earth_irradiance",
    "eclipse_fraction",
    "edge_on_view_factor_sum",
    "facing_view_factor",
    "geo_keeping_delta_v_m_s_per_yr",
    "graveyard_raise_km",
    "ground_access",
    "load_orbit_tables",
    "lowering_delta_v_m_s",
    "meteoroid_flux_per_m2_yr",
    "natural_decay_life_yr",
    "never_dark",
    "orbit_state",
    "perigee_drop_delta_v_m_s",
    "period_min",
    "plate_view_factor",
    "population_flux_per_m2_yr",
    "ram_area_m2",
    "rotating_view_factor_sum",
    "size_terms",
    "solar_flux",
    "solar_pressure_delta_v_m_s_per_yr",
    "sso_inclination_deg",
    "tumbling_area_m2",
]
