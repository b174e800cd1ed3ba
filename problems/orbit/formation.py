"""Satellites in close formation: size of the cluster, keeping it, and what closeness risks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import (
    EARTH_RADIUS_KM,
    J2_EARTH,
    LATTICE,
    MU_EARTH_KM3_S2,
    SECONDS_PER_YEAR,
    TILTED,
    BoolArray,
    FloatArray,
    Quantity,
)

#: Cells of the lattice in one orbital plane are one by two spacings.
_LATTICE_CELL = 2.0
#: Satellites of a hexagonal disc per square of radius over spacing, 2 pi / sqrt(3).
_HEXAGONAL = 3.63
#: Satellites of a ball per cube of radius over spacing, with room for light.
_BALL = 0.27
#: A circular relative orbit of radius R: largest offsets a di and a de over R.
_INCLINATION_OFFSET, _ECCENTRICITY_OFFSET = 0.87, 0.5
#: Over a disc, the mean radius, and the mean of one coordinate's magnitude, over R.
_MEAN_RADIUS, _MEAN_ACROSS = 2.0 / 3.0, 4.0 / (3.0 * np.pi)
#: Breakup law: pieces larger than 1 cm of a mass [kg], 0.1 M^0.75 0.01^-1.71.
_PIECES = 0.1 * 0.01**-1.71


class Keeping(NamedTuple):
    """What holding an offset against the oblate Earth takes, per kilometre of it and year."""

    inclination_m_s_per_km: FloatArray  #: per a di [m/s/km/yr]
    eccentricity_m_s_per_km: FloatArray  #: per a de [m/s/km/yr]


def cluster_radius_km(
    satellites: FloatArray, *, spacing_m: FloatArray, formation: Quantity
) -> FloatArray:
    """Return the radius of a cluster, along the track.

    Parameters
    ----------
    satellites : array_like
        Satellites [1].
    spacing_m : array_like
        Smallest distance of neighbours [m].
    formation : array_like
        Code of the formation: 0 lattice in one orbital plane, 1 disc of circular relative orbits,
        2 ball of such orbits.

    Returns
    -------
    numpy.ndarray
        Radius [km].

    Notes
    -----
    Area of the disc over that of a cell; in the lattice, which is twice as long as high, 81
    satellites at 100 m reach 1.0 km. A hexagonal disc holds ``3.63 (R/d)^2``, a ball
    ``0.27 (R/d)^3``.

    References
    ----------
    Suncatcher, arXiv:2511.19468v2, section 2; arXiv:2605.15335.

    Examples
    --------
    >>> round(float(cluster_radius_km(np.array(81.0), spacing_m=np.array(100.0), formation=0.0)), 2)
    1.02
    """
    lattice = _LATTICE_CELL * np.sqrt(satellites / np.pi)
    disc = np.sqrt(satellites / _HEXAGONAL)
    ball = np.cbrt(satellites / _BALL)
    radii = np.where(_is(formation, LATTICE), lattice, np.where(_is(formation, TILTED), disc, ball))
    return np.asarray(radii * spacing_m * 1e-3)


def _is(formation: Quantity, code: int) -> BoolArray:
    return np.asarray(np.round(np.asarray(formation)) == code)


def link_distance_m(spacing_m: FloatArray, *, formation: Quantity) -> FloatArray:
    """Return the longest distance of neighbours.

    Parameters
    ----------
    spacing_m : array_like
        Smallest distance of neighbours [m].
    formation : array_like
        Code of the formation.

    Returns
    -------
    numpy.ndarray
        Twice the smallest in the lattice, whose neighbours breathe; the same elsewhere [m].

    Examples
    --------
    >>> link_distance_m(np.array(100.0), formation=np.array([0.0, 1.0])).tolist()
    [200.0, 100.0]
    """
    return np.asarray(spacing_m * np.where(_is(formation, LATTICE), 2.0, 1.0))


def keeping_m_s_per_km_yr(altitude_km: FloatArray, *, inclination_deg: FloatArray) -> Keeping:
    """Return what it takes to hold offsets of inclination and eccentricity against J2.

    Parameters
    ----------
    altitude_km : array_like
        Altitude [km].
    inclination_deg : array_like
        Inclination [deg].

    Returns
    -------
    Keeping
        Velocity change per kilometre of offset and year.

    Notes
    -----
    Orbits whose inclinations differ drift apart in node: ``3 g n^2 sin^2 i`` per second and
    metre, ``g = J2/2 (Re/a)^2``. The perigee turns at ``3/4 J2 (Re/a)^2 n (5 cos^2 i - 1)``, and
    holding the vector of eccentricity against it takes ``n/2`` of it.

    References
    ----------
    D. A. Vallado, *Fundamentals of Astrodynamics and Applications* (2013), section 9.6.

    Examples
    --------
    >>> held = keeping_m_s_per_km_yr(np.array(650.0), inclination_deg=np.array(98.0))
    >>> [round(float(value), 1) for value in held]
    [47.5, 10.9]
    """
    axis_km = EARTH_RADIUS_KM + altitude_km
    motion = np.sqrt(MU_EARTH_KM3_S2 / axis_km) / axis_km
    sine = np.sin(np.radians(inclination_deg))
    gamma = 0.5 * J2_EARTH * (EARTH_RADIUS_KM / axis_km) ** 2
    metres_per_km = 1e3 * SECONDS_PER_YEAR
    turn = perigee_turn_rad_per_s(altitude_km, inclination_deg=inclination_deg)
    return Keeping(
        3.0 * gamma * motion * motion * sine * sine * metres_per_km,
        0.5 * motion * np.abs(turn) * metres_per_km,
    )


def perigee_turn_rad_per_s(altitude_km: FloatArray, *, inclination_deg: FloatArray) -> FloatArray:
    """Return how fast J2 turns the perigee of a nearly circular orbit.

    Parameters
    ----------
    altitude_km : array_like
        Altitude [km].
    inclination_deg : array_like
        Inclination [deg].

    Returns
    -------
    numpy.ndarray
        Rate, negative where it turns backwards [rad/s].

    Examples
    --------
    Once in 112 days:

    >>> rate = perigee_turn_rad_per_s(np.array(650.0), inclination_deg=np.array(98.0))
    >>> round(float(2 * np.pi / abs(rate) / 86400))
    112
    """
    axis_km = EARTH_RADIUS_KM + altitude_km
    motion = np.sqrt(MU_EARTH_KM3_S2 / axis_km) / axis_km
    sine = np.sin(np.radians(inclination_deg))
    return np.asarray(
        0.75 * J2_EARTH * (EARTH_RADIUS_KM / axis_km) ** 2 * motion * (4.0 - 5.0 * sine * sine)
    )


def formation_delta_v_m_s_per_yr(
    radius_km: FloatArray,
    *,
    keeping: Keeping,
    formation: Quantity,
    lattice_m_s_per_km_yr: Quantity,
) -> FloatArray:
    """Return what keeping the formation takes, as a mean over its satellites.

    Parameters
    ----------
    radius_km : array_like
        Radius of the cluster [km].
    keeping : Keeping
        From :func:`keeping_m_s_per_km_yr`.
    formation : array_like
        Code of the formation.
    lattice_m_s_per_km_yr : array_like
        Of the lattice, whose orbits share plane and size and hardly disperse [m/s/km/yr].

    Returns
    -------
    numpy.ndarray
        Velocity change [m/s/yr].

    Notes
    -----
    Circular relative orbits need offsets ``a di = 0.87 R`` and ``a de = R/2`` at the edge. Their
    means over a disc are 0.42 and 0.67 of that, so 21 m/s a year per kilometre at 650 km.

    Examples
    --------
    >>> held = Keeping(np.array(47.5), np.array(10.9))
    >>> formation_delta_v_m_s_per_yr(np.array(1.0), keeping=held, formation=np.array([0.0, 1.0]),
    ...                              lattice_m_s_per_km_yr=3.0).round(1).tolist()
    [3.0, 21.2]
    """
    orbits = keeping.inclination_m_s_per_km * (
        _INCLINATION_OFFSET * _MEAN_ACROSS
    ) + keeping.eccentricity_m_s_per_km * (_ECCENTRICITY_OFFSET * _MEAN_RADIUS)
    per_km = np.where(_is(formation, LATTICE), lattice_m_s_per_km_yr, orbits)
    return np.asarray(radius_km * per_km)


def contacts_per_yr(
    loss_rate_per_yr: FloatArray,
    *,
    adrift_frac: Quantity,
    missed_frac: Quantity,
    radius_km: FloatArray,
    width_m: FloatArray,
    spacing_m: FloatArray,
) -> FloatArray:
    """Return how often a satellite is struck by a dead one of its cluster.

    Parameters
    ----------
    loss_rate_per_yr : array_like
        Satellites that fail, per satellite [1/yr].
    adrift_frac, missed_frac : array_like
        Share of them that drift, and share of encounters that nobody avoids [1].
    radius_km, width_m, spacing_m : array_like
        Of the cluster [km], a satellite, and the smallest distance [m].

    Returns
    -------
    numpy.ndarray
        Contacts per satellite [1/yr].

    Notes
    -----
    On its way out, a dead one passes through as many strips as wide as a satellite as there are
    satellites in reach: ``l f m R w / d^2``. Speeds stay below 1 m/s, so nothing breaks up.

    Examples
    --------
    81 satellites at 100 m:

    >>> each = contacts_per_yr(np.array(0.02), adrift_frac=0.5, missed_frac=1e-3,
    ...     radius_km=np.array(1.0), width_m=np.array(20.0), spacing_m=np.array(100.0))
    >>> f"{81 * float(each):.1e}"
    '1.6e-03'
    """
    strips = 1e3 * radius_km * width_m / (spacing_m * spacing_m)
    return np.asarray(loss_rate_per_yr * (np.asarray(adrift_frac) * missed_frac) * strips)


def drift_m(seconds: Quantity, *, drag_m_s2: Quantity) -> FloatArray:
    """Return how far a satellite that no longer holds against drag has moved along the track.

    Parameters
    ----------
    seconds : array_like
        Time [s].
    drag_m_s2 : array_like
        Deceleration by drag [m/s2].

    Returns
    -------
    numpy.ndarray
        ``1.5 t^2`` times the drag [m].

    Examples
    --------
    >>> round(float(drift_m(86400.0, drag_m_s2=1.2e-7)) * 1e-3, 1)
    1.3
    """
    return np.asarray(1.5 * np.asarray(seconds) ** 2 * drag_m_s2)


def pieces_over_1_cm(mass_kg: FloatArray) -> FloatArray:
    """Return the pieces that a satellite breaks into.

    Parameters
    ----------
    mass_kg : array_like
        Mass of the satellite [kg].

    Returns
    -------
    numpy.ndarray
        Pieces larger than 1 cm [1].

    References
    ----------
    N. L. Johnson et al., "NASA's new breakup model of EVOLVE 4.0", *Advances in Space Research* 28
    (2001) 1377-1384.

    Examples
    --------
    >>> round(float(pieces_over_1_cm(np.array(2000.0))), -3)
    79000.0
    """
    return np.asarray(_PIECES * np.power(mass_kg, 0.75))


def pieces_on_neighbour(
    mass_kg: FloatArray, *, area_m2: FloatArray, distance_m: FloatArray
) -> FloatArray:
    """Return the pieces of a satellite that break on one at a distance, isotropic.

    Parameters
    ----------
    mass_kg : array_like
        Mass of the satellite that breaks [kg].
    area_m2, distance_m : array_like
        Area of the other as seen from it [m2], and its distance [m].

    Returns
    -------
    numpy.ndarray
        Pieces [1].

    Examples
    --------
    >>> round(float(pieces_on_neighbour(np.array(2000.0), area_m2=np.array(20.0),
    ...                                 distance_m=np.array(200.0))), 1)
    3.1
    """
    sphere_m2 = 4.0 * np.pi * distance_m * distance_m
    return np.asarray(pieces_over_1_cm(mass_kg) * area_m2 / sphere_m2)


def struck_by_breakup(
    satellites: FloatArray,
    *,
    mass_kg: FloatArray,
    area_m2: FloatArray,
    spacing_m: FloatArray,
    radius_km: FloatArray,
) -> FloatArray:
    """Return the neighbours that the pieces of one satellite of a cluster strike.

    Parameters
    ----------
    satellites : array_like
        Satellites of the cluster [1].
    mass_kg : array_like
        Mass of one [kg].
    area_m2 : array_like
        Area of one that must not be struck [m2].
    spacing_m, radius_km : array_like
        Smallest distance [m], radius of the cluster [km].

    Returns
    -------
    numpy.ndarray
        Neighbours lost, at most all [1].

    Notes
    -----
    ``N A/(4 pi r^2)`` pieces at a distance r, summed over a plane with one satellite on ``2 d^2``
    from d to R: ``N A ln(R/d) / (4 d^2)``; spread over all, those without a piece survive.

    Examples
    --------
    >>> struck_by_breakup(np.array(81.0), mass_kg=np.array(2000.0), area_m2=np.array(20.0),
    ...     spacing_m=np.array([100.0, 1000.0]), radius_km=np.array([1.0, 10.0])).round(1).tolist()
    [54.2, 0.9]
    """
    others = np.maximum(satellites - 1.0, 0.0)
    across = np.maximum(1e3 * radius_km / spacing_m, np.e)
    on_all = pieces_over_1_cm(mass_kg) * area_m2 * np.log(across) / (4.0 * spacing_m * spacing_m)
    return np.asarray(others * -np.expm1(-on_all / np.maximum(others, 1.0)))
