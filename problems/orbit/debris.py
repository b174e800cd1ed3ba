"""Debris and meteoroids: how often something hits, and how likely that ends the mission."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import EARTH_MEAN_RADIUS_KM, SECONDS_PER_YEAR, FloatArray, Quantity

# Debris fit of Kessler et al. 1991 (SSP 30425, NASA TM-100471): flux of objects larger than d [cm]
#   F = H(d) phi(h, S) psi(i) [F1(d) g1(t) + F2(d) g2(t)]   per m2 and year.
_SIZES_CM = (0.1, 1.0)
_FIRST_YEAR, _GROWTH_YEAR = 1988.0, 2011.0
_SMALL_GROWTH, _SMALL_GROWTH_LATER, _LARGE_GROWTH = 0.02, 0.04, 0.05
_ACTIVITY_SCALE_SFU, _ACTIVITY_OFFSET = 140.0, 1.5
_LEO_TOP_KM = 2_000.0  # range of validity of the fit

# Relative density that turns a meteoroid's diameter into the mass the Gruen flux asks for.
_METEOROID_DENSITY_G_CM3 = 2.5  # ECSS-E-ST-10-04C, meteoroid chapter


class DebrisFlux(NamedTuple):
    """Impacts per square metre of surface and year."""

    over_1_mm_per_m2_yr: FloatArray
    over_1_cm_per_m2_yr: FloatArray


def _size_terms(diameter_cm: float) -> tuple[float, float]:
    """H F1 and H F2 of the fit at one size."""
    log_size = np.log10(diameter_cm)
    hump = np.sqrt(10.0 ** np.exp(-(((log_size - 0.78) / 0.637) ** 2)))
    return float(hump * 1.22e-5 * diameter_cm**-2.5), float(
        hump * 8.1e10 * (diameter_cm + 700.0) ** -6
    )


_TERMS = tuple(_size_terms(size) for size in _SIZES_CM)


def meteoroid_flux_per_m2_yr(mass_g: float) -> float:
    """Return the flux of meteoroids heavier than a mass.

    Parameters
    ----------
    mass_g : float
        Lowest mass [g].

    Returns
    -------
    float
        Flux on a randomly oriented plate at 1 au, without the Earth's gravity or shadow, which
        change it by less than a factor of 2 [1/(m2 yr)].

    Notes
    -----
    Interplanetary flux of Gruen et al., valid from 1e-18 to 1 g.

    References
    ----------
    Gruen, Zook, Fechtig, Giese 1985, Icarus 62, 244; ECSS-E-ST-10-04C, annex C.

    Examples
    --------
    >>> f"{meteoroid_flux_per_m2_yr(1.31e-3):.2e}"
    '4.23e-04'
    """
    large = (2200.0 * mass_g**0.306 + 15.0) ** -4.38
    middle = 1.3e-9 * (mass_g + 1e11 * mass_g**2 + 1e27 * mass_g**4) ** -0.36
    small = 1.3e-16 * (mass_g + 1e6 * mass_g**2) ** -0.85
    return float(SECONDS_PER_YEAR * (large + middle + small))


def _sphere_mass_g(diameter_cm: float) -> float:
    """Mass of a meteoroid of a diameter."""
    return float(np.pi / 6.0 * _METEOROID_DENSITY_G_CM3 * diameter_cm**3)


_METEOROIDS = tuple(meteoroid_flux_per_m2_yr(_sphere_mass_g(size)) for size in _SIZES_CM)


def debris_flux(
    altitude_km: FloatArray,
    *,
    unsaturation: FloatArray,
    inclination_factor: FloatArray,
    year: Quantity,
    solar_flux_sfu: Quantity,
    flux_multiplier: Quantity,
    above_leo_frac: Quantity,
    above_leo_scale_km: Quantity,
) -> DebrisFlux:
    """Return the flux of debris and meteoroids larger than 1 mm and 1 cm.

    Parameters
    ----------
    altitude_km : array
        Altitude [km].
    unsaturation, inclination_factor : array
        ``debris_unsaturation`` (10^(-h/200 km)) and ``debris_inclination_factor`` of
        :func:`problems.orbit.state.orbit_state` [-].
    year : float or array
        Calendar year, 1988 or later [yr].
    solar_flux_sfu : float or array
        F10.7 of the year before; high activity clears low orbits [sfu].
    flux_multiplier : float or array
        Error of the fit as a factor on debris [-].
    above_leo_frac : float or array
        Debris far above 2,000 km, relative to what the fit would give there [-].
    above_leo_scale_km : float or array
        Height above 2,000 km over which the excess has halved [km].

    Returns
    -------
    DebrisFlux
        Fluxes on a randomly oriented surface [1/(m2 yr)].

    Notes
    -----
    Fit of Kessler et al. (constants in this module), valid up to 2,000 km, times
    r + (1 - r)/(1 + x^4) above, x = (h - 2,000 km)/scale; Gruen meteoroids are added. The fit has
    neither the peak at 800 to 900 km nor the fall above 1,000 km; counts of ESA's MASTER-8 differ
    by up to a factor of 2.5 either way.

    References
    ----------
    Kessler, Reynolds, Anz-Meador 1989, NASA TM-100471, and the 1991 revision in SSP 30425.

    Examples
    --------
    >>> flux = debris_flux(600.0, unsaturation=1e-3, inclination_factor=1.77, year=2026.0,
    ...     solar_flux_sfu=140.0, flux_multiplier=1.0, above_leo_frac=1e-3,
    ...     above_leo_scale_km=700.0)
    >>> f"{float(flux.over_1_cm_per_m2_yr):.1e}"
    '6.4e-05'
    """
    years = year - _FIRST_YEAR
    late = np.maximum(year - _GROWTH_YEAR, 0.0)
    small = (1.0 + _SMALL_GROWTH) ** (years - late) * (1.0 + _SMALL_GROWTH_LATER) ** late
    large = 1.0 + _LARGE_GROWTH * years
    clearing = 10.0 ** (solar_flux_sfu / _ACTIVITY_SCALE_SFU + _ACTIVITY_OFFSET)
    above = np.maximum(altitude_km - _LEO_TOP_KM, 0.0) / above_leo_scale_km
    above = above * above
    fall = above_leo_frac + (1.0 - above_leo_frac) / (1.0 + above * above)
    common = fall * inclination_factor / (1.0 + unsaturation * clearing)
    factors = [flux_multiplier * (first * small + second * large) for first, second in _TERMS]
    return DebrisFlux(*(common * f + m for f, m in zip(factors, _METEOROIDS, strict=True)))


def population_flux_per_m2_yr(
    count: Quantity,
    *,
    low_altitude_km: Quantity,
    high_altitude_km: Quantity,
    relative_speed_km_s: Quantity,
) -> FloatArray:
    """Return the mean flux of objects spread evenly through a shell.

    Parameters
    ----------
    count : float or array
        Objects in the shell [-].
    low_altitude_km, high_altitude_km : float or array
        Its limits [km].
    relative_speed_km_s : float or array
        Mean speed relative to the satellite [km/s].

    Returns
    -------
    array
        Flux [1/(m2 yr)]; an independent check of :func:`debris_flux`.

    Notes
    -----
    Kinetic theory: number density times speed.

    Examples
    --------
    >>> flux = population_flux_per_m2_yr(0.6 * 1.31e8, low_altitude_km=200.0,
    ...                                  high_altitude_km=2000.0, relative_speed_km_s=10.0)
    >>> f"{float(flux):.4f}"
    '0.0196'
    """
    outer = EARTH_MEAN_RADIUS_KM + np.asarray(high_altitude_km, dtype=np.float64)
    inner = EARTH_MEAN_RADIUS_KM + np.asarray(low_altitude_km, dtype=np.float64)
    volume_km3 = 4.0 / 3.0 * np.pi * (outer**3 - inner**3)
    return np.asarray(count / volume_km3 * relative_speed_km_s * SECONDS_PER_YEAR * 1e-6)


def debris_loss_rate_per_yr(
    flux: DebrisFlux, *, tube_area_m2: FloatArray, bus_area_m2: FloatArray
) -> FloatArray:
    """Return how often an impact ends the mission.

    Parameters
    ----------
    flux : DebrisFlux
        From :func:`debris_flux`.
    tube_area_m2 : array
        Surface of coolant tubes and other parts that 1 mm objects open; not the panel area [m2].
    bus_area_m2 : array
        Surface of the body, which stops what is smaller than 1 cm [m2].

    Returns
    -------
    array
        Rate; the probability over a life L is 1 - exp(-rate L) [1/yr].

    Notes
    -----
    F_1mm A_tubes + F_1cm A_bus.

    Examples
    --------
    >>> flux = DebrisFlux(np.array(1e-2), np.array(1e-4))
    >>> round(float(debris_loss_rate_per_yr(flux, tube_area_m2=0.5, bus_area_m2=20.0)), 4)
    0.007
    """
    return np.asarray(
        flux.over_1_mm_per_m2_yr * tube_area_m2 + flux.over_1_cm_per_m2_yr * bus_area_m2
    )
