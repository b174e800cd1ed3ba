"""Circular orbits: period, speed, sun-synchronism, sunshine, and who can see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import (
    EARTH_ORBIT_ECCENTRICITY,
    EARTH_RADIUS_KM,
    J2_EARTH,
    MU_EARTH_KM3_S2,
    SECONDS_PER_DAY,
    SECONDS_PER_YEAR,
    SPEED_OF_LIGHT_KM_S,
    TROPICAL_YEAR_D,
    FloatArray,
    Quantity,
)

# Node rate that keeps pace with the mean Sun.
_SUN_RATE_RAD_S = 2.0 * np.pi / (TROPICAL_YEAR_D * SECONDS_PER_DAY)
# cos i = -(a / _SSO_RADIUS)^3.5, from  node rate = -1.5 J2 n (R/a)^2 cos i.
_SSO_FACTOR = _SUN_RATE_RAD_S / (1.5 * J2_EARTH * np.sqrt(MU_EARTH_KM3_S2) * EARTH_RADIUS_KM**2)


def period_min(altitude_km: FloatArray) -> FloatArray:
    r"""Return the period of a circular orbit.

    Parameters
    ----------
    altitude_km : array
        Altitude above the equatorial radius [km].

    Returns
    -------
    array
        Period [min].

    Notes
    -----
    .. math:: T = 2 \pi \sqrt{a^3 / \mu}

    of two bodies; J2 changes it by less than 0.1 %.

    Examples
    --------
    >>> round(float(period_min(np.array(600.0))), 2)
    96.69
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    return np.asarray((2.0 * np.pi / 60.0 / np.sqrt(MU_EARTH_KM3_S2)) * radius * np.sqrt(radius))


def circular_speed_m_s(altitude_km: FloatArray) -> FloatArray:
    r"""Return the speed on a circular orbit.

    Parameters
    ----------
    altitude_km : array
        Altitude [km].

    Returns
    -------
    array
        Speed [m/s].

    Notes
    -----
    .. math:: v = \sqrt{\mu / a}

    Examples
    --------
    >>> round(float(circular_speed_m_s(np.array(600.0))), 1)
    7557.9
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    return np.asarray(1e3 * np.sqrt(MU_EARTH_KM3_S2 / radius))


def sso_inclination_deg(altitude_km: FloatArray) -> FloatArray:
    r"""Return the inclination at which a circular orbit is sun-synchronous.

    Parameters
    ----------
    altitude_km : array
        Altitude [km], up to about 5,970 km, above which no such orbit exists.

    Returns
    -------
    array
        Inclination [deg]; 180 beyond the highest possible altitude.

    Notes
    -----
    .. math:: \cos i = -\frac{\omega}{\frac{3}{2} J_2\, n\, (R / a)^2}

    with :math:`\omega = 2 \pi` per tropical year.

    References
    ----------
    Vallado, Fundamentals of Astrodynamics, section 11.4 (sun-synchronous orbits).

    Examples
    --------
    >>> round(float(sso_inclination_deg(np.array(600.0))), 3)
    97.788
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    cosine = _SSO_FACTOR * radius * radius * radius * np.sqrt(radius)
    return np.asarray(180.0 - np.degrees(np.arccos(np.minimum(cosine, 1.0))))


class SolarFlux(NamedTuple):
    """Solar irradiance outside the atmosphere over a year [W/m2]."""

    mean_w_m2: Quantity
    perihelion_w_m2: Quantity
    aphelion_w_m2: Quantity


def solar_flux(solar_constant_w_m2: Quantity) -> SolarFlux:
    r"""Return mean, highest and lowest solar irradiance of the year.

    Parameters
    ----------
    solar_constant_w_m2 : float or array
        Irradiance at 1 au [W/m2].

    Returns
    -------
    SolarFlux
        Irradiance at 1 au, at perihelion and at aphelion [W/m2].

    Notes
    -----
    :math:`S = S_0 / r^2` with :math:`r = 1 \mp e`. The yearly mean,
    :math:`S_0 / \sqrt{1 - e^2}`, is within 0.02 % of :math:`S_0`.

    Examples
    --------
    >>> flux = solar_flux(1361.0)
    >>> round(float(flux.perihelion_w_m2), 1), round(float(flux.aphelion_w_m2), 1)
    (1407.6, 1316.6)
    """
    return SolarFlux(
        solar_constant_w_m2,
        solar_constant_w_m2 / (1.0 - EARTH_ORBIT_ECCENTRICITY) ** 2,
        solar_constant_w_m2 / (1.0 + EARTH_ORBIT_ECCENTRICITY) ** 2,
    )


class GroundAccess(NamedTuple):
    """How a ground station sees a satellite above its elevation mask."""

    slant_range_km: FloatArray
    earth_central_angle_deg: FloatArray
    longest_pass_min: FloatArray
    coverage_frac: FloatArray


def ground_access(altitude_km: FloatArray, *, elevation_deg: Quantity) -> GroundAccess:
    r"""Return slant range, longest pass and covered share of the Earth.

    Parameters
    ----------
    altitude_km : array
        Altitude [km].
    elevation_deg : float or array
        Lowest usable elevation [deg].

    Returns
    -------
    GroundAccess
        Slant range at the mask [km], Earth-central half angle of the footprint [deg], longest pass
        [min] (Earth rotation neglected), share of the Earth in view [-].

    Notes
    -----
    .. math:: \lambda = 90° - \varepsilon - \arcsin(R \cos \varepsilon / r)

    at elevation :math:`\varepsilon`; the pass lasts :math:`\lambda T / 180°` and the Earth covered
    is :math:`(1 - \cos \lambda) / 2`.

    Examples
    --------
    >>> access = ground_access(np.array(600.0), elevation_deg=10.0)
    >>> round(float(access.slant_range_km)), round(float(access.longest_pass_min), 1)
    (1932, 8.5)
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    elevation = np.radians(elevation_deg)
    grazing = EARTH_RADIUS_KM * np.cos(elevation)
    angle = np.arccos(grazing / radius) - elevation
    slant = np.sqrt(radius**2 - grazing**2) - EARTH_RADIUS_KM * np.sin(elevation)
    return GroundAccess(
        np.asarray(slant),
        np.asarray(np.degrees(angle)),
        np.asarray(angle / np.pi * period_min(altitude_km)),
        np.asarray(0.5 * (1.0 - np.cos(angle))),
    )


def solar_pressure_delta_v_m_s_per_yr(
    area_to_mass_m2_kg: FloatArray, *, reflectivity: Quantity, solar_constant_w_m2: Quantity
) -> FloatArray:
    """Return the yearly impulse of sunlight, most of it periodic and self-cancelling.

    Parameters
    ----------
    area_to_mass_m2_kg : array
        Area facing the Sun over mass [m2/kg].
    reflectivity : float or array
        Radiation-pressure coefficient C_r, 1 absorbing to 2 mirror [-].
    solar_constant_w_m2 : float or array
        Solar irradiance at 1 au [W/m2].

    Returns
    -------
    array
        Impulse per mass [m/s per year]; information, not a propellant demand.

    Notes
    -----
    S / c times C_r A/m.

    Examples
    --------
    >>> round(float(solar_pressure_delta_v_m_s_per_yr(
    ...     0.33, reflectivity=1.3, solar_constant_w_m2=1361.0)))
    61
    """
    pressure = solar_constant_w_m2 / (1e3 * SPEED_OF_LIGHT_KM_S)
    return np.asarray(pressure * SECONDS_PER_YEAR * reflectivity * area_to_mass_m2_kg)
