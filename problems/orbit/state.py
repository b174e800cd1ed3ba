"""Everything that the tables know of an orbit, looked up at once."""

from __future__ import annotations

import numpy as np

from problems.orbit.geometry import (
    circular_speed_m_s,
    period_min,
    sso_inclination_deg,
)
from problems.orbit.tables import (
    HIGHEST_KM,
    LOWEST_KM,
    OrbitState,
    OrbitTables,
    altitude_position,
    lookup_altitude,
    lookup_debris_inclination,
    lookup_inclination,
)
from problems.units import DAWN_DUSK_SSO, GEO, INCLINED, FloatArray, IntArray

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
    longest eclipse is the worst over node and season. Sunlit share and days use the cylinder behind
    the ellipsoid.

    Examples
    --------
    >>> from problems.orbit.tables import load_orbit_tables
    >>> state = orbit_state(np.array([650.0, 35786.0]), inclination_deg=np.zeros(2),
    ...                     family_code=np.array([0, 3]), tables=load_orbit_tables())
    >>> state.sunlit_fraction.round(3).tolist(), state.longest_shadow_min.round(1).tolist()
    ([0.963, 0.991], [19.8, 71.6])
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
