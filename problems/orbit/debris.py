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
    through_wall_per_m2_yr: FloatArray


class SizeTerms(NamedTuple):
    """Flux of what is larger than some size, in its parts."""

    small: FloatArray  #: H F1 of the fit
    large: FloatArray  #: H F2 of the fit
    meteoroids: FloatArray  #: [1/(m2 yr)]


def meteoroid_flux_per_m2_yr(mass_g: Quantity) -> FloatArray:
    """Return the flux of meteoroids heavier than a mass.

    Parameters
    ----------
    mass_g : float or array
        Lowest mass [g].

    Returns
    -------
    array
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
    >>> f"{float(meteoroid_flux_per_m2_yr(1.31e-3)):.2e}"
    '4.23e-04'
    """
    squared = mass_g * mass_g
    large = (2200.0 * mass_g**0.306 + 15.0) ** -4.38
    middle = 1.3e-9 * (mass_g + 1e11 * squared + 1e27 * squared * squared) ** -0.36
    small = 1.3e-16 * (mass_g + 1e6 * squared) ** -0.85
    return np.asarray(SECONDS_PER_YEAR * (large + middle + small))


def size_terms(diameter_cm: Quantity, *, meteoroid_cm: Quantity) -> SizeTerms:
    """Return the parts of the flux that depend on size alone.

    Parameters
    ----------
    diameter_cm, meteoroid_cm : float or array
        Lowest diameters of debris and of meteoroids [cm].

    Examples
    --------
    >>> [f"{float(part):.1e}" for part in size_terms(0.1, meteoroid_cm=0.1)]
    ['3.9e-03', '6.9e-07', '4.2e-04']
    """
    log_size = (np.log10(diameter_cm) - 0.78) * (1.0 / 0.637)
    hump = np.exp((0.5 * np.log(10.0)) * np.exp(-log_size * log_size))
    squared, far = diameter_cm * diameter_cm, diameter_cm + 700.0
    far = far * far * far
    mass_g = (np.pi / 6.0 * _METEOROID_DENSITY_G_CM3) * meteoroid_cm * meteoroid_cm * meteoroid_cm
    return SizeTerms(
        np.asarray(hump * 1.22e-5 / (squared * np.sqrt(diameter_cm))),
        np.asarray(hump * 8.1e10 / (far * far)),
        meteoroid_flux_per_m2_yr(mass_g),
    )


_TERMS = tuple(size_terms(size, meteoroid_cm=size) for size in _SIZES_CM)


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
    wall: SizeTerms,
) -> DebrisFlux:
    """Return the flux of debris and meteoroids larger than 1 mm, than 1 cm, and than a wall stops.

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
    wall : SizeTerms
        From :func:`size_terms` at the sizes that perforate the wall.

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
    ...     above_leo_scale_km=700.0, wall=size_terms(0.05, meteoroid_cm=0.03))
    >>> [f"{float(part):.1e}" for part in flux]
    ['1.5e-02', '6.4e-05', '1.2e-01']
    """
    years = year - _FIRST_YEAR
    late = np.maximum(year - _GROWTH_YEAR, 0.0)
    small = np.exp(np.log1p(_SMALL_GROWTH) * (years - late) + np.log1p(_SMALL_GROWTH_LATER) * late)
    large = 1.0 + _LARGE_GROWTH * years
    clearing = 10.0 ** (solar_flux_sfu / _ACTIVITY_SCALE_SFU + _ACTIVITY_OFFSET)
    above = np.maximum(altitude_km - _LEO_TOP_KM, 0.0) / above_leo_scale_km
    above = above * above
    fall = above_leo_frac + (1.0 - above_leo_frac) / (1.0 + above * above)
    common = fall * inclination_factor / (1.0 + unsaturation * clearing)
    small, large = flux_multiplier * small, flux_multiplier * large
    return DebrisFlux(
        *(common * (t.small * small + t.large * large) + t.meteoroids for t in (*_TERMS, wall))
    )


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
