"""Where the Sun is, and how long a circular orbit stays in the Earth's shadow.

Closed forms for one orbit and one position of the Sun: behind a sphere by the beta angle,
behind the flattened Earth by the orientation of the plane. Averages over the year are tabulated
from these by ``problems.data.build.eclipse`` and looked up by :mod:`problems.orbit.tables`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import (
    ASTRONOMICAL_UNIT_KM,
    EARTH_FLATTENING,
    EARTH_RADIUS_KM,
    OBLIQUITY_DEG,
    SUN_RADIUS_KM,
    FloatArray,
    Quantity,
)

# Low-precision solar coordinates, good to 0.01 deg between 1950 and 2050.
# Astronomical Almanac, section C, "Low precision formulas for the Sun's coordinates".
MEAN_LONGITUDE_DEG = (280.460, 0.9856474)  # at J2000, and per day
MEAN_ANOMALY_DEG = (357.528, 0.9856003)
EQUATION_OF_CENTRE_DEG = (1.915, 0.020)
DISTANCE_AU = (1.00014, 0.01671, 0.00014)


class SunPosition(NamedTuple):
    """Apparent Sun seen from the Earth; angles in radians, distance in astronomical units."""

    mean_longitude_rad: FloatArray
    right_ascension_rad: FloatArray
    declination_rad: FloatArray
    distance_au: FloatArray


def sun_position(days_since_j2000: FloatArray) -> SunPosition:
    """Return the position of the Sun.

    Parameters
    ----------
    days_since_j2000 : array
        Days since 2000-01-01 12:00 TT.

    Returns
    -------
    SunPosition
        Mean longitude (which the node of a sun-synchronous orbit follows), right ascension,
        declination [rad] and distance [au].

    Notes
    -----
    Good to 0.01 deg from 1950 to 2050, far below what an eclipse of an orbit needs.

    References
    ----------
    Astronomical Almanac, section C, low-precision formulas for the Sun.

    Examples
    --------
    >>> sun = sun_position(np.array([9668.0]))  # 2026-06-21, solstice
    >>> np.round(np.degrees(sun.declination_rad), 1).tolist()
    [23.4]
    """
    days = np.asarray(days_since_j2000, dtype=np.float64)
    mean_longitude = np.radians(MEAN_LONGITUDE_DEG[0] + MEAN_LONGITUDE_DEG[1] * days)
    anomaly = np.radians(MEAN_ANOMALY_DEG[0] + MEAN_ANOMALY_DEG[1] * days)
    longitude = mean_longitude + np.radians(
        EQUATION_OF_CENTRE_DEG[0] * np.sin(anomaly)
        + EQUATION_OF_CENTRE_DEG[1] * np.sin(2 * anomaly)
    )
    obliquity = np.radians(OBLIQUITY_DEG)
    right_ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    distance = (
        DISTANCE_AU[0] - DISTANCE_AU[1] * np.cos(anomaly) - DISTANCE_AU[2] * np.cos(2 * anomaly)
    )
    return SunPosition(mean_longitude, right_ascension, declination, distance)


def sin_beta(
    node_from_sun_rad: FloatArray, *, inclination_rad: FloatArray, declination_rad: FloatArray
) -> FloatArray:
    r"""Return the sine of the beta angle, the Sun's elevation above the orbit plane.

    Parameters
    ----------
    node_from_sun_rad : array
        Right ascension of the ascending node minus that of the Sun [rad].
    inclination_rad, declination_rad : array
        Orbit inclination and declination of the Sun [rad].

    Returns
    -------
    array
        sin(beta) [-].

    Notes
    -----
    .. math:: \sin \beta = \cos \delta \sin i \sin(\Omega - \alpha) + \sin \delta \cos i

    Examples
    --------
    >>> round(float(sin_beta(np.pi / 2, inclination_rad=np.pi / 2, declination_rad=0.0)), 6)
    1.0
    """
    return np.asarray(
        np.cos(declination_rad) * np.sin(inclination_rad) * np.sin(node_from_sun_rad)
        + np.sin(declination_rad) * np.cos(inclination_rad)
    )


def cone_tangents(distance_au: Quantity) -> tuple[FloatArray, FloatArray]:
    r"""Return how fast umbra and penumbra close and open behind the Earth.

    Parameters
    ----------
    distance_au : float or array
        Distance of the Sun [au].

    Returns
    -------
    tuple of array
        tan of the half angle of the umbra (positive: it narrows) and of the penumbra (negative:
        it widens) [-].

    Notes
    -----
    The sines are :math:`(R_\odot - R) / d` of the umbra and :math:`(R_\odot + R) / d` of the
    penumbra.

    Examples
    --------
    >>> umbra, penumbra = cone_tangents(1.0)
    >>> round(float(np.degrees(np.arctan(umbra))), 4), round(float(np.degrees(penumbra)), 4)
    (0.264, -0.2689)
    """
    distance_km = np.asarray(distance_au, dtype=np.float64) * ASTRONOMICAL_UNIT_KM
    umbra = np.arcsin((SUN_RADIUS_KM - EARTH_RADIUS_KM) / distance_km)
    penumbra = np.arcsin((SUN_RADIUS_KM + EARTH_RADIUS_KM) / distance_km)
    return np.asarray(np.tan(umbra)), np.asarray(-np.tan(penumbra))


def shadow_edge_cosine(altitude_km: FloatArray, *, cone_tangent: Quantity = 0.0) -> FloatArray:
    r"""Return how far behind the Earth a circular orbit crosses the edge of the shadow.

    Parameters
    ----------
    altitude_km : array
        Altitude above the equatorial radius [km].
    cone_tangent : float or array
        Narrowing of the shadow per distance (:func:`cone_tangents`); 0 is the cylinder.

    Returns
    -------
    array
        Depth of the crossing point behind the Earth's centre, divided by the orbit radius [-].
        The orbit is dark where cos(beta) cos(anomaly from the anti-solar point) exceeds it.

    Notes
    -----
    The crossing solves :math:`r^2 - x^2 = (R - x t)^2` for the depth x, with t the cone tangent.
    The Earth is a sphere of its equatorial radius; :func:`plane_in_shadow` flattens it. Refraction
    is neglected.

    Examples
    --------
    >>> round(float(shadow_edge_cosine(np.array(600.0))), 4)
    0.4057
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    narrowing = EARTH_RADIUS_KM * np.asarray(cone_tangent)
    square = 1.0 + np.asarray(cone_tangent) ** 2
    excess = radius**2 - EARTH_RADIUS_KM**2
    depth = (narrowing + np.sqrt(narrowing**2 + square * excess)) / square
    return np.asarray(depth / radius)


class PlaneInShadow(NamedTuple):
    """Squared distance from the shadow's axis around an orbit, over the squared orbit radius.

    It is mean + swing cos(2 u) in the angle u from the point farthest from the axis, after the
    Earth and all with it has been stretched along its axis into a sphere.
    """

    mean: FloatArray
    swing: FloatArray


def plane_in_shadow(
    node_from_sun_rad: FloatArray, *, inclination_rad: FloatArray, declination_rad: FloatArray
) -> PlaneInShadow:
    """Return how a circular orbit lies in the cylinder behind the ellipsoid.

    Parameters
    ----------
    node_from_sun_rad : array
        Right ascension of the ascending node minus that of the Sun [rad].
    inclination_rad, declination_rad : array
        Orbit inclination and declination of the Sun [rad].

    Returns
    -------
    PlaneInShadow
        Mean and swing [-].

    Notes
    -----
    z is stretched by a/b: the ellipsoid becomes a sphere of radius a, and the cylinder that touches
    it along the sunlight stays a cylinder. With T the stretch, s the stretched unit vector to the
    Sun and p, q unit vectors to the node and a quarter turn after it, the squared distance from the
    axis is a quadratic form in (cos u, sin u) with :math:`A = |Tp|^2 - (s Tp)^2` and so on.

    References
    ----------
    WGS 84: NIMA TR8350.2, table 3.1 (flattening).

    Examples
    --------
    In the equator's plane with the Sun there, the Earth is a circle:

    >>> plane = plane_in_shadow(0.0, inclination_rad=0.0, declination_rad=0.0)
    >>> float(plane.mean), float(plane.swing)
    (0.5, 0.5)
    """
    stretch = 1.0 / (1.0 - EARTH_FLATTENING)
    cosine, sine = np.cos(declination_rad), np.sin(declination_rad)
    length2 = cosine * cosine + (stretch * sine) ** 2
    along_p = cosine * np.cos(node_from_sun_rad)
    turn, rise = np.cos(inclination_rad), stretch * np.sin(inclination_rad)
    along_q = stretch * sine * rise - cosine * np.sin(node_from_sun_rad) * turn
    first = 1.0 - along_p * along_p / length2
    second = turn * turn + rise * rise - along_q * along_q / length2
    mixed = along_p * along_q / length2
    return PlaneInShadow(
        np.asarray(0.5 * (first + second)), np.asarray(np.hypot(0.5 * (first - second), mixed))
    )


def shadow_edge_ratio(altitude_km: FloatArray, plane: PlaneInShadow) -> FloatArray:
    """Return the cosine of half the dark arc, above 1 where there is no eclipse.

    Parameters
    ----------
    altitude_km : array
        Altitude above the equatorial radius [km].
    plane : PlaneInShadow
        From :func:`plane_in_shadow`.

    Returns
    -------
    array
        Behind a sphere: :func:`shadow_edge_cosine` over cos(beta) [-].

    Notes
    -----
    Dark within delta of the point nearest to the axis behind the Earth, with
    cos(2 delta) = (mean - (a/r)^2) / swing.

    Examples
    --------
    >>> plane = plane_in_shadow(0.0, inclination_rad=0.0, declination_rad=0.0)
    >>> round(float(shadow_edge_ratio(np.array(600.0), plane)), 4)  # as behind the sphere
    0.4057
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    twice = (plane.mean - (EARTH_RADIUS_KM / radius) ** 2) / np.maximum(
        plane.swing, np.finfo(np.float64).tiny
    )
    return np.asarray(np.sqrt(0.5 + 0.5 * twice))


def eclipse_fraction(
    altitude_km: FloatArray, *, beta_deg: FloatArray, cone_tangent: Quantity = 0.0
) -> FloatArray:
    r"""Return the dark share of one circular orbit.

    Parameters
    ----------
    altitude_km : array
        Altitude [km].
    beta_deg : array
        Beta angle, either sign [deg].
    cone_tangent : float or array
        0 for the cylinder, else a value of :func:`cone_tangents`.

    Returns
    -------
    array
        Eclipsed fraction of the period [-], 0 to 0.5.

    Notes
    -----
    .. math:: f = \frac{1}{\pi} \arccos \frac{x}{r \cos \beta}

    with x the depth of the shadow edge; for the cylinder :math:`x = \sqrt{h^2 + 2 R h}`.

    References
    ----------
    Vallado, Fundamentals of Astrodynamics, section 5.3 (shadow geometry).

    Examples
    --------
    >>> round(float(eclipse_fraction(400.0, beta_deg=0.0)) * 92.560, 2)  # minutes, ISS class
    36.11
    """
    cosine = np.abs(np.cos(np.radians(beta_deg)))
    edge = shadow_edge_cosine(altitude_km, cone_tangent=cone_tangent)
    ratio = edge / np.maximum(cosine, np.finfo(np.float64).tiny)
    return np.asarray(np.arccos(np.minimum(ratio, 1.0)) / np.pi)


def signed_half_angle_squared(ratio: FloatArray) -> FloatArray:
    """Continue the squared half angle of the dark arc smoothly through "no eclipse".

    Parameters
    ----------
    ratio : array
        Shadow edge cosine divided by cos(beta) [-]; above 1 there is no eclipse.

    Returns
    -------
    array
        arccos(ratio)^2 below 1 and -arccosh(ratio)^2 above [rad^2]: one analytic function.

    Notes
    -----
    The length of an eclipse falls to zero like a square root, which a table cannot hold. Its
    square is smooth, so a table of the square, cut at zero after interpolation, keeps the edge
    sharp.

    Examples
    --------
    >>> [round(float(v), 3) for v in signed_half_angle_squared(np.array([0.5, 1.0, 1.5]))]
    [1.097, 0.0, -0.926]
    """
    ratio = np.asarray(ratio, dtype=np.float64)
    inside = np.arccos(np.minimum(ratio, 1.0))
    outside = np.arccosh(np.maximum(ratio, 1.0))
    return np.asarray(inside**2 - outside**2)
