"""The orbit of a design: shape, sunlight, shadow, air, debris, and the end of its life.

:func:`orbit_state` looks everything up at once; the other functions turn it into velocity budgets
and risks. The pieces live in ``orbit_geometry``, ``eclipse``, ``orbit_tables``, ``atmosphere``,
``debris``, ``disposal`` and ``view_factors`` and are all reachable from here.
"""

from __future__ import annotations

import numpy as np

from problems.atmosphere import (
    atmospheric_density_kg_m3,
    drag_delta_v_m_s_per_yr,
    natural_decay_life_yr,
    ram_area_m2,
    tumbling_area_m2,
)
from problems.debris import (
    DebrisFlux,
    debris_flux,
    debris_loss_rate_per_yr,
    meteoroid_flux_per_m2_yr,
    population_flux_per_m2_yr,
)
from problems.disposal import (
    collision_avoidance_delta_v_m_s_per_yr,
    disposal_delta_v_m_s,
    geo_keeping_delta_v_m_s_per_yr,
    graveyard_raise_km,
    perigee_drop_delta_v_m_s,
)
from problems.eclipse import eclipse_fraction
from problems.orbit_geometry import (
    GroundAccess,
    SolarFlux,
    circular_speed_m_s,
    ground_access,
    period_min,
    solar_flux,
    solar_pressure_delta_v_m_s_per_yr,
    sso_inclination_deg,
)
from problems.orbit_tables import (
    HIGHEST_KM,
    LOWEST_KM,
    OrbitState,
    OrbitTables,
    altitude_position,
    load_orbit_tables,
    lookup_altitude,
    lookup_debris_inclination,
    lookup_inclination,
    never_dark,
)
from problems.units import DAWN_DUSK_SSO, GEO, INCLINED, FloatArray, IntArray
from problems.view_factors import (
    EarthIrradiance,
    earth_irradiance,
    edge_on_view_factor_sum,
    plate_view_factor,
    rotating_view_factor_sum,
)

__all__ = [
    "DebrisFlux",
    "EarthIrradiance",
    "GroundAccess",
    "OrbitState",
    "OrbitTables",
    "SolarFlux",
    "atmospheric_density_kg_m3",
    "circular_speed_m_s",
    "collision_avoidance_delta_v_m_s_per_yr",
    "debris_flux",
    "debris_loss_rate_per_yr",
    "disposal_delta_v_m_s",
    "drag_delta_v_m_s_per_yr",
    "earth_irradiance",
    "eclipse_fraction",
    "edge_on_view_factor_sum",
    "geo_keeping_delta_v_m_s_per_yr",
    "graveyard_raise_km",
    "ground_access",
    "load_orbit_tables",
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
    "solar_flux",
    "solar_pressure_delta_v_m_s_per_yr",
    "sso_inclination_deg",
    "tumbling_area_m2",
]

_MINUTES_PER_DAY = 1440.0


def orbit_state(
    altitude_km: FloatArray,
    *,
    inclination_deg: FloatArray,
    family_code: IntArray,
    tables: OrbitTables,
) -> OrbitState:
    """Return everything about the orbits of a batch of designs that depends on the orbit alone.

    Parameters
    ----------
    altitude_km : array
        Altitude [km]; 35,786 for ``geo``.
    inclination_deg : array
        Chosen inclination, used by the ``inclined`` family alone [deg].
    family_code : array of int
        Position in ``problems.units.ORBIT_FAMILIES``.
    tables : OrbitTables
        From :func:`load_orbit_tables`.

    Returns
    -------
    OrbitState
        One value per design; altitudes outside 200 to 36,000 km take the edge of the tables and
        are marked in ``in_range``.

    Notes
    -----
    Bilinear in (ln altitude, inclination). Lengths of eclipses are tabulated squared and cut at
    zero after interpolation, which keeps the lowest eclipse-free altitude sharp. Dawn-dusk means
    ascending node at 06:00 and the J2 inclination; other families average over the node, and their
    longest eclipse is the worst over node and season. Sunlit share and days use the cylinder.

    Examples
    --------
    >>> state = orbit_state(np.array([650.0, 35786.0]), inclination_deg=np.zeros(2),
    ...                     family_code=np.array([0, 3]), tables=load_orbit_tables())
    >>> state.sunlit_fraction.round(3).tolist(), state.longest_shadow_min.round(1).tolist()
    ([0.961, 0.991], [20.2, 71.6])
    """
    altitude = np.asarray(altitude_km, dtype=np.float64)
    family = np.asarray(family_code)
    dawn_dusk = family == DAWN_DUSK_SSO
    cell, weight = altitude_position(altitude)
    row = lookup_altitude(tables, cell=cell, weight=weight, dawn_dusk=dawn_dusk)
    chosen = np.where(family == INCLINED, inclination_deg, 0.0)
    inclination = np.where(dawn_dusk, sso_inclination_deg(altitude), chosen)
    node = lookup_inclination(tables, cell=cell, weight=weight, inclination_deg=chosen)
    days = np.sqrt(np.maximum(np.where(dawn_dusk, row.eclipse_days2, node.eclipse_days2), 0.0))
    dark = np.maximum(np.where(dawn_dusk, row.dark_share, node.dark_share), 0.0)
    period = period_min(altitude)
    return OrbitState(
        altitude_km=altitude,
        inclination_deg=inclination,
        period_min=period,
        speed_m_s=circular_speed_m_s(altitude),
        sunlit_fraction=1.0 - dark,
        longest_eclipse_min=np.sqrt(np.maximum(row.eclipse_min2, 0.0)),
        longest_umbra_min=np.sqrt(np.maximum(row.umbra_min2, 0.0)),
        longest_shadow_min=np.sqrt(np.maximum(row.shadow_min2, 0.0)),
        eclipse_days_per_yr=days,
        eclipses_per_yr=days * (_MINUTES_PER_DAY / period),
        array_ram_frac=np.where(dawn_dusk, row.array_ram_frac, node.array_ram_frac),
        radiator_ram_frac=np.where(dawn_dusk, row.radiator_ram_frac, node.radiator_ram_frac),
        density_kg_m3=row.density_kg_m3,
        decay_integral_yr_m2_kg=row.decay_integral_yr_m2_kg,
        edge_on_view_factor_sum=row.edge_on_view_factor_sum,
        rotating_view_factor_sum=row.rotating_view_factor_sum,
        debris_unsaturation=row.debris_unsaturation,
        debris_inclination_factor=lookup_debris_inclination(tables, inclination_deg=inclination),
        is_geo=family == GEO,
        is_dawn_dusk=dawn_dusk,
        in_range=(altitude >= LOWEST_KM) & (altitude <= HIGHEST_KM),
    )
