"""From one satellite to a fleet: build and launch rates, supply, crowding, ramp, learning.

Everything broadcasts: designs along the last axis, steps of size or years along the one before.
A *step* is a yearly rate of IT power put into orbit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import DAYS_PER_YEAR, EARTH_MEAN_RADIUS_KM, FloatArray, Quantity

_SMALLEST_LOSS = 1e-9  # losses per life below which exp(-x) is 1 - x to double precision


class SteadyFleet(NamedTuple):
    """A fleet whose losses and retirements equal what is built."""

    alive: FloatArray  #: satellites that work [1]
    lost_per_yr: FloatArray  #: satellites lost before their time [1/yr]
    retired_per_yr: FloatArray  #: satellites that reach their design life [1/yr]
    replacement_per_yr: FloatArray  #: share of the fleet built anew every year [1/yr]


class Flights(NamedTuple):
    """Flights that a launcher needs."""

    by_mass_per_yr: FloatArray  #: if only mass mattered [1/yr]
    by_volume_per_yr: FloatArray  #: if only volume mattered [1/yr]
    flights_per_yr: FloatArray  #: the larger of both [1/yr]
    flights_per_day: FloatArray  #: the same a day [1/d]


class Shell(NamedTuple):
    """How full a spherical shell is."""

    volume_km3: FloatArray  #: [km3]
    density_per_km3: FloatArray  #: satellites per volume [1/km3]
    mean_spacing_km: FloatArray  #: cube root of the volume of each [km]
    single_file_km: FloatArray  #: distance if all flew in one ring [km]


class Collisions(NamedTuple):
    """Collisions among the fleet's own satellites."""

    dead: FloatArray  #: satellites adrift in the shell [1]
    unavoided_per_yr: FloatArray  #: if nobody kept apart or manoeuvred [1/yr]
    expected_per_yr: FloatArray  #: with slots and avoidance [1/yr]


def satellites_per_yr(rate_w_per_yr: Quantity, *, it_power_w: FloatArray) -> FloatArray:
    """Return how many satellites a yearly rate of IT power takes.

    Parameters
    ----------
    rate_w_per_yr : array_like
        IT power put into orbit each year [W/yr].
    it_power_w : array_like
        IT power of one satellite [W].

    Returns
    -------
    numpy.ndarray
        Satellites, not rounded [1/yr].

    Examples
    --------
    >>> float(satellites_per_yr(100e9, it_power_w=np.array(100e3)))
    1000000.0
    """
    return np.asarray(rate_w_per_yr / it_power_w)


def steady_fleet(
    built_per_yr: FloatArray, *, life_yr: FloatArray, loss_rate_per_yr: FloatArray
) -> SteadyFleet:
    """Return the fleet at which building only replaces.

    Parameters
    ----------
    built_per_yr : array_like
        Satellites built each year [1/yr].
    life_yr, loss_rate_per_yr : array_like
        Design life [yr] and loss of whole satellites before it [1/yr].

    Returns
    -------
    SteadyFleet
        Fleet size and where the satellites go.

    Notes
    -----
    Exponential attrition: ``N = B (1 - exp(-k L)) / k``. Accelerators that die one by one are in
    the availability of the satellite and not replaced.

    Examples
    --------
    Without losses the fleet is build rate times life:

    >>> steady = steady_fleet(np.array(1000.0), life_yr=np.array(5.0),
    ...                       loss_rate_per_yr=np.array(0.0))
    >>> round(float(steady.alive)), round(float(steady.replacement_per_yr), 3)
    (5000, 0.2)
    """
    losses = np.maximum(np.asarray(loss_rate_per_yr * life_yr), _SMALLEST_LOSS)
    lost = built_per_yr * -np.expm1(-losses)
    alive = lost * life_yr / losses
    return SteadyFleet(alive, lost, built_per_yr - lost, built_per_yr / alive)


def flights(
    built_per_yr: FloatArray, *, mass_utilisation: FloatArray, volume_utilisation: FloatArray
) -> Flights:
    """Return the flights of a launcher for a build rate.

    Parameters
    ----------
    built_per_yr : array_like
        Satellites launched each year [1/yr].
    mass_utilisation, volume_utilisation : array_like
        Mass of one over the payload of a flight, folded volume over the usable fairing [1].

    Returns
    -------
    Flights
        Full flights, limited by mass or by volume; a satellite may be split between two.

    Examples
    --------
    A million tonnes a year on vehicles of 200 t:

    >>> need = flights(np.array(1e6), mass_utilisation=np.array(1 / 200),
    ...                volume_utilisation=np.array(0.002))
    >>> float(need.flights_per_yr), round(float(need.flights_per_day), 1)
    (5000.0, 13.7)
    """
    by_mass, by_volume = built_per_yr * mass_utilisation, built_per_yr * volume_utilisation
    needed = np.maximum(by_mass, by_volume)
    return Flights(by_mass, by_volume, needed, needed / DAYS_PER_YEAR)


def shell_crowding(count: FloatArray, *, altitude_km: FloatArray, thickness_km: Quantity) -> Shell:
    """Return how crowded a shell around the Earth is.

    Parameters
    ----------
    count : array_like
        Satellites in it [1].
    altitude_km, thickness_km : array_like
        Middle and height of the shell [km].

    Returns
    -------
    Shell
        Volume, density and spacings.

    Examples
    --------
    >>> full = shell_crowding(np.array(1e6), altitude_km=np.array(629.0), thickness_km=50.0)
    >>> round(float(full.mean_spacing_km), 1), round(1e3 * float(full.single_file_km), 1)
    (31.3, 44.0)
    """
    radius = EARTH_MEAN_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    half = 0.5 * np.asarray(thickness_km)
    volume = 4.0 / 3.0 * np.pi * ((radius + half) ** 3 - (radius - half) ** 3)
    density = count / volume
    return Shell(volume, density, np.cbrt(1.0 / density), 2.0 * np.pi * radius / count)


def collisions(
    alive: FloatArray,
    *,
    lost_per_yr: FloatArray,
    flux_of_one_per_m2_yr: FloatArray,
    face_m2: FloatArray,
    residence_yr: FloatArray,
    unmanoeuvrable_frac: Quantity,
    avoidance_miss_frac: Quantity,
) -> Collisions:
    """Return collisions of the fleet with itself.

    Parameters
    ----------
    alive, lost_per_yr : array_like
        Working satellites [1] and losses [1/yr].
    flux_of_one_per_m2_yr : array_like
        Flux of a single object spread evenly through the shell [1/(m2 yr)], as
        ``problems.orbit.population_flux_per_m2_yr`` gives it.
    face_m2 : array_like
        Area of one satellite as seen from a random direction [m2].
    residence_yr : array_like
        Time that a dead satellite stays [yr].
    unmanoeuvrable_frac, avoidance_miss_frac : array_like
        Share of lost satellites that stay adrift; share of encounters between a live and a dead
        one that end in a collision which avoidance should have prevented [1].

    Returns
    -------
    Collisions
        Satellites adrift and collisions a year.

    Notes
    -----
    Kinetic theory: a pair meets at ``4 A v / V`` (two discs of area A touch at twice their
    radius). Live satellites hold slots that never meet; two dead ones cannot avoid each other.
    Fragments and their cascade are not followed.

    Examples
    --------
    >>> hit = collisions(np.array(1e5), lost_per_yr=np.array(0.0),
    ...     flux_of_one_per_m2_yr=np.array(1.019e-8), face_m2=np.array(100.0),
    ...     residence_yr=np.array(10.0), unmanoeuvrable_frac=0.5, avoidance_miss_frac=1e-3)
    >>> round(float(hit.unavoided_per_yr)), float(hit.expected_per_yr)
    (20380, 0.0)
    """
    pair = 4.0 * face_m2 * flux_of_one_per_m2_yr
    dead = lost_per_yr * unmanoeuvrable_frac * residence_yr
    total = alive + dead
    unavoided = 0.5 * total * np.maximum(total - 1.0, 0.0) * pair
    adrift = 0.5 * dead * np.maximum(dead - 1.0, 0.0)
    return Collisions(dead, unavoided, (adrift + avoidance_miss_frac * alive * dead) * pair)


def ramp_rate_per_yr(
    full_rate: Quantity, *, year: FloatArray, ramp_yr: Quantity, start_frac: Quantity
) -> FloatArray:
    """Return the rate in a year of the ramp.

    Parameters
    ----------
    full_rate : array_like
        Rate once the ramp is over [unit/yr].
    year : array_like
        Year, counted from 1 [yr].
    ramp_yr : array_like
        Year in which the full rate is reached [yr].
    start_frac : array_like
        Rate of the first year over the full rate [1].

    Returns
    -------
    numpy.ndarray
        Rate [unit/yr]; it grows by a constant factor and then stays.

    Examples
    --------
    >>> ramp_rate_per_yr(1000.0, year=np.array([1.0, 2, 3, 4, 5]), ramp_yr=4.0,
    ...                  start_frac=0.001).round(6).tolist()
    [1.0, 10.0, 100.0, 1000.0, 1000.0]
    """
    left = np.maximum(ramp_yr - year, 0.0) / np.maximum(ramp_yr - 1.0, 1.0)
    return np.asarray(full_rate * np.power(start_frac, left))


def learned_factor(
    cumulative: FloatArray, *, experience: FloatArray, learning_rate: Quantity, floor: FloatArray
) -> FloatArray:
    """Return cost over the cost at the start, by cumulative mass (Wright's law) down to a floor.

    Parameters
    ----------
    cumulative, experience : array_like
        Mass since the start, and before it, in the same unit.
    learning_rate : array_like
        Cost after a doubling over cost before [1].
    floor : array_like
        Factor below which learning does not go [1].

    Returns
    -------
    numpy.ndarray
        Factor, at most 1 [1].

    References
    ----------
    T. P. Wright, *J. Aeronautical Sciences* 3 (1936) 122-128.

    Examples
    --------
    >>> learned_factor(np.array([0.0, 100.0, 1e9]), experience=np.array(100.0),
    ...                learning_rate=0.8, floor=np.array(0.1)).tolist()
    [1.0, 0.8, 0.1]
    """
    factor = np.power(1.0 + cumulative / experience, np.log2(learning_rate))
    return np.asarray(np.maximum(factor, np.minimum(floor, 1.0)))
