"""Velocity to stay in place, to stay out of the way, and to leave at the end."""

from __future__ import annotations

import numpy as np

from problems.orbit.geometry import circular_speed_m_s
from problems.units import (
    EARTH_RADIUS_KM,
    GEO_ALTITUDE_KM,
    MU_EARTH_KM3_S2,
    BoolArray,
    FloatArray,
    Quantity,
)

LEO_TOP_KM = 2_000.0  # protected low-orbit region: IADC-02-01, section 3.3.2
GEO_HALF_WIDTH_KM = 200.0  # protected geosynchronous region: IADC-02-01, section 3.3.2
GEO_CLEARANCE_KM = 235.0  # graveyard rule: IADC-02-01, section 5.3.1
STORAGE_TOP_KM = 35_300.0  # storage between MEO and GEO: US Government ODMSP 2001, objective 4-1b

_STORAGE_TOP_M_S = circular_speed_m_s(np.asarray(STORAGE_TOP_KM))
_GEO_M_S = circular_speed_m_s(np.asarray(GEO_ALTITUDE_KM))


def graveyard_raise_km(area_to_mass_m2_kg: FloatArray, *, reflectivity: Quantity) -> FloatArray:
    """Return how far above GEO a dead satellite has to be left.

    Parameters
    ----------
    area_to_mass_m2_kg : array
        Area facing the Sun over dry mass [m2/kg].
    reflectivity : float or array
        Radiation-pressure coefficient C_r [-].

    Returns
    -------
    array
        Rise of the perigee [km].

    Notes
    -----
    235 km + 1000 C_r A/m, with eccentricity below 0.005.

    References
    ----------
    IADC-02-01 section 5.3.1; Colombo & Gkolias, Analysis of orbit stability in the geosynchronous
    region for end-of-life disposal.

    Examples
    --------
    >>> float(graveyard_raise_km(0.05, reflectivity=1.3))
    300.0
    """
    return np.asarray(GEO_CLEARANCE_KM + 1000.0 * reflectivity * area_to_mass_m2_kg)


def perigee_drop_delta_v_m_s(altitude_km: FloatArray, *, perigee_km: Quantity) -> FloatArray:
    """Return the single burn that drops the perigee of a circular orbit.

    Parameters
    ----------
    altitude_km : array
        Altitude of the circular orbit [km].
    perigee_km : float or array
        Altitude of the new perigee [km].

    Returns
    -------
    array
        Velocity change; 0 where the orbit is already lower [m/s].

    Notes
    -----
    v_c [1 - sqrt(2 r_p / (r + r_p))].

    Examples
    --------
    >>> round(float(perigee_drop_delta_v_m_s(np.array(600.0), perigee_km=50.0)))
    157
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    perigee = EARTH_RADIUS_KM + perigee_km
    drop = 1.0 - np.sqrt(2.0 * perigee / (radius + perigee))
    return np.asarray(np.maximum(1e3 * np.sqrt(MU_EARTH_KM3_S2 / radius) * drop, 0.0))


def disposal_delta_v_m_s(
    altitude_km: FloatArray,
    *,
    speed_m_s: FloatArray,
    is_geo: BoolArray,
    lowering_m_s: FloatArray,
    area_to_mass_m2_kg: FloatArray,
    electric_disposal: Quantity,
    spiral_end_km: Quantity,
    reentry_perigee_km: Quantity,
    navigation_low_km: Quantity,
    navigation_high_km: Quantity,
    storage_trim_m_s: Quantity,
    reflectivity: Quantity,
) -> FloatArray:
    """Return the velocity that leaves the orbit as the rules demand.

    Parameters
    ----------
    altitude_km, speed_m_s : array
        Altitude [km] and orbital speed [m/s].
    is_geo : array of bool
        The geostationary family.
    lowering_m_s : array
        Velocity to an orbit that decays within the time allowed; 0 below it [m/s]. See
        :func:`problems.orbit.atmosphere.lowering_delta_v_m_s`.
    area_to_mass_m2_kg : array
        Area facing the Sun over dry mass [m2/kg].
    electric_disposal : float or array
        1: spiral down; 0: one chemical burn to re-entry [-].
    spiral_end_km, reentry_perigee_km : float or array
        Where the spiral ends, and the perigee of the burn [km].
    navigation_low_km, navigation_high_km : float or array
        Band of the navigation constellations, margins included [km].
    storage_trim_m_s : float or array
        Velocity that trims an orbit between LEO and GEO into one that stays clear [m/s].
    reflectivity : float or array
        Radiation-pressure coefficient [-].

    Returns
    -------
    array
        Velocity change [m/s].

    Notes
    -----
    Up to 2,000 km: the lesser of a descent to the end, by spiral (difference of circular speeds) or
    by burn, and of lowering the orbit until the air does the rest within the time allowed. Between
    LEO and GEO, storage orbits are allowed from 2,000 km to 35,300 km outside the navigation band:
    the trim, plus the way to the nearer edge where the design works inside the band or above
    35,300 km; the step at 2,000 km is the rules' own. GEO: raise by :func:`graveyard_raise_km`.
    Small changes of altitude cost the difference of circular speeds, by either propulsion.

    References
    ----------
    IADC-02-01; US Government Orbital Debris Mitigation Standard Practices 2001, objective 4; FCC
    22-74 (five-year rule).

    Examples
    --------
    >>> rules = dict(electric_disposal=1.0, spiral_end_km=300.0,
    ...     reentry_perigee_km=50.0, navigation_low_km=18630.0, navigation_high_km=23722.0,
    ...     storage_trim_m_s=15.0, reflectivity=1.3)
    >>> altitude = np.array([600.0, 20200.0, 35786.0])
    >>> disposal_delta_v_m_s(altitude, speed_m_s=circular_speed_m_s(altitude),
    ...     is_geo=altitude > 35000.0, lowering_m_s=np.full(3, 20.0),
    ...     area_to_mass_m2_kg=np.full(3, 0.05), **rules).round(0).tolist()
    [20.0, 135.0, 11.0]
    """
    altitude = np.asarray(altitude_km, dtype=np.float64)
    spiral = np.maximum(circular_speed_m_s(np.asarray(spiral_end_km)) - speed_m_s, 0.0)
    burn = perigee_drop_delta_v_m_s(altitude, perigee_km=reentry_perigee_km)
    descent = np.where(np.asarray(electric_disposal) > 0.5, spiral, burn)
    low_orbit = np.minimum(lowering_m_s, descent)

    down = circular_speed_m_s(np.asarray(navigation_low_km)) - speed_m_s
    up = speed_m_s - circular_speed_m_s(np.asarray(navigation_high_km))
    # Inside the band both differences are positive; outside one is negative and nothing is due.
    leave = np.maximum(np.minimum(down, up), 0.0)
    lower = np.maximum(_STORAGE_TOP_M_S - speed_m_s, 0.0)
    storage = storage_trim_m_s + leave + lower

    rise = graveyard_raise_km(area_to_mass_m2_kg, reflectivity=reflectivity)
    graveyard = _GEO_M_S - circular_speed_m_s(GEO_ALTITUDE_KM + rise)
    outcome = np.where(altitude <= LEO_TOP_KM, low_orbit, storage)
    at_geo = np.asarray(is_geo) | (altitude >= GEO_ALTITUDE_KM - GEO_HALF_WIDTH_KM)
    return np.where(at_geo, graveyard, outcome)


def collision_avoidance_delta_v_m_s_per_yr(
    altitude_km: FloatArray, *, low_orbit_m_s_per_yr: Quantity
) -> FloatArray:
    """Return the yearly velocity of avoidance manoeuvres.

    Parameters
    ----------
    altitude_km : array
        Altitude [km].
    low_orbit_m_s_per_yr : float or array
        Cost in the protected low-orbit region [m/s per year].

    Returns
    -------
    array
        Velocity; 0 above 2,000 km, where conjunctions are rare [m/s per year].

    Examples
    --------
    >>> collision_avoidance_delta_v_m_s_per_yr(
    ...     np.array([600.0, 20200.0]), low_orbit_m_s_per_yr=0.5).tolist()
    [0.5, 0.0]
    """
    return np.where(np.asarray(altitude_km) <= LEO_TOP_KM, low_orbit_m_s_per_yr, 0.0)


def geo_keeping_delta_v_m_s_per_yr(
    is_geo: BoolArray, *, north_south_m_s_per_yr: Quantity, east_west_m_s_per_yr: Quantity
) -> FloatArray:
    """Return the yearly velocity that holds a geostationary slot.

    Parameters
    ----------
    is_geo : array of bool
        The geostationary family.
    north_south_m_s_per_yr, east_west_m_s_per_yr : float or array
        Inclination and longitude control [m/s per year].

    Returns
    -------
    array
        Velocity; 0 elsewhere [m/s per year].

    Examples
    --------
    >>> geo_keeping_delta_v_m_s_per_yr(np.array([True, False]), north_south_m_s_per_yr=47.0,
    ...                                east_west_m_s_per_yr=2.0).tolist()
    [49.0, 0.0]
    """
    return np.where(is_geo, north_south_m_s_per_yr + east_west_m_s_per_yr, 0.0)
