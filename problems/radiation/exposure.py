"""How exposure to particles grows with time: active years, and time spent in a spiral.

Source: ECSS-E-ST-10-04C: seven active years in a solar cycle of eleven, from 2.5 years before its
maximum to 4.5 years after.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import FloatArray, Quantity

#: Growth of the 95 % solar-proton fluence with the number of active years: two SPENVIS runs of
#: ESP-PSYCHIC (n = 2 and 3) differ by 1.35-1.55, (3/2)^0.74 to (3/2)^1.08.
SOLAR_YEARS_EXPONENT = 0.9
SOLAR_ANCHOR_YEARS = 2.0  # active years behind the shipped 95 % values
CYCLE_YR, ACTIVE_YR = 11.0, 7.0
QUIET_AFTER_MINIMUM_YR = 2.0  # quiet years stand evenly on both sides of the minimum


def active_share(start_yr: FloatArray, *, life_yr: FloatArray, minimum_yr: Quantity) -> FloatArray:
    """Return the active years of the Sun per year of a life [1].

    Parameters
    ----------
    start_yr
        Date of launch, as a decimal year [yr].
    life_yr
        Life from then on [yr].
    minimum_yr
        Date of any minimum of the solar cycle [yr].

    Examples
    --------
    Two years either side of a minimum are quiet; a whole cycle has seven active years of eleven.

    >>> share = active_share(np.array([2030.5, 2034.5, 2026.0]),
    ...                      life_yr=np.array([4.0, 4.0, 11.0]), minimum_yr=2030.5)
    >>> share.round(4).tolist()
    [0.5, 1.0, 0.6364]
    """
    since = (np.asarray(start_yr) - minimum_yr) * (1.0 / CYCLE_YR)
    years = _active_years(since + np.asarray(life_yr) * (1.0 / CYCLE_YR)) - _active_years(since)
    return np.asarray(years / life_yr)


def extreme_shares(years: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the fewest and the most active years of the Sun per year of a service [1].

    Parameters
    ----------
    years
        Years of service, which may start at any date [yr].

    Examples
    --------
    Four years may be quiet, seven active; whole cycles are all alike.

    >>> low, high = extreme_shares(np.array([4.0, 7.0, 8.0, 11.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.4286, 0.5, 0.6364], [1.0, 1.0, 0.875, 0.6364])
    """
    whole = np.floor(years * (1.0 / CYCLE_YR))
    rest = years - whole * CYCLE_YR
    fewest = whole * ACTIVE_YR + np.maximum(rest - (CYCLE_YR - ACTIVE_YR), 0.0)
    most = whole * ACTIVE_YR + np.minimum(rest, ACTIVE_YR)
    return np.asarray(fewest / years), np.asarray(most / years)


def _active_years(cycles: FloatArray) -> FloatArray:
    """Active years since a minimum, after a number of cycles."""
    whole = np.floor(cycles)
    into_yr = (cycles - whole) * CYCLE_YR - QUIET_AFTER_MINIMUM_YR
    return np.asarray(whole * ACTIVE_YR + np.minimum(np.maximum(into_yr, 0.0), ACTIVE_YR))


def trapped_factor(
    multiplier: Quantity, *, altitude_km: FloatArray, inclination_deg: FloatArray
) -> Quantity:
    """Return the uncertain belts over the model's, wider where an orbit only grazes the anomaly.

    Parameters
    ----------
    multiplier
        Uncertain belts where orbits cross them [1].
    altitude_km, inclination_deg
        Orbit [km], [deg].

    Notes
    -----
    The logarithm of the multiplier is stretched by 2.4 up to 25 degrees and 600 km (sigma 1.2 where
    it is 0.5 elsewhere): moving the anomaly by 2 degrees changes the flux at 409 km and 16.5
    degrees by 3.6 and 0.19. The stretch tapers to 1 at 45 degrees, and at 1,500 km, from where on
    the inner belt is all round the Earth (estimate).

    Examples
    --------
    >>> trapped_factor(2.0, altitude_km=np.array([409.0, 650.0]),
    ...                inclination_deg=np.array([16.5, 98.0])).round(2).tolist()
    [5.28, 2.0]
    """
    if isinstance(multiplier, float) and multiplier == 1.0:
        return 1.0
    folded = 90.0 - np.abs(90.0 - np.asarray(inclination_deg))
    grazing = np.clip((45.0 - folded) / 20.0, 0.0, 1.0)
    low = np.clip((1500.0 - np.asarray(altitude_km)) / 900.0, 0.0, 1.0)
    return np.asarray(multiplier ** (1.0 + 1.4 * grazing * low))


class Stay(NamedTuple):
    """How long a satellite is exposed, and to what; (n,) arrays, from :func:`stay`."""

    in_orbit_yr: FloatArray  # years in the operational orbit
    years: FloatArray  # the same with the way there
    spiral_yr_s_per_km: FloatArray  # years that a spiral spends per km/s of velocity
    solar_growth: FloatArray  # 95 % solar-proton fluence over that of two active years


def stay(
    life_yr: FloatArray,
    *,
    transfer_time_yr: FloatArray,
    transfer_delta_v_km_s: FloatArray,
    active_share: Quantity | FloatArray,
) -> Stay:
    """Return what a life is exposed to.

    Parameters
    ----------
    life_yr
        Life in the operational orbit [yr].
    transfer_time_yr
        Duration of a low-thrust transfer, 0 if there is none [yr].
    transfer_delta_v_km_s
        Velocity change of that transfer [km/s].
    active_share
        Active years per year of life [1].

    Examples
    --------
    >>> life = stay(np.array(4.5), transfer_time_yr=np.array(0.5),
    ...             transfer_delta_v_km_s=np.array(4.0), active_share=0.4)
    >>> [float(number) for number in life]
    [4.5, 5.0, 0.125, 1.0]
    """
    years = life_yr + transfer_time_yr
    return Stay(
        life_yr,
        years,
        transfer_share(transfer_time_yr, transfer_delta_v_km_s),
        solar_growth(active_share * years),
    )


def solar_growth(active_years: FloatArray) -> FloatArray:
    """Return the 95 % solar-proton fluence of n active years over that of two [1].

    Notes
    -----
    (n/2)^0.9, good to 25 % for 1-7 active years.

    Examples
    --------
    >>> float(solar_growth(2.0))
    1.0
    """
    return np.asarray((active_years / SOLAR_ANCHOR_YEARS) ** SOLAR_YEARS_EXPONENT)


def transfer_share(transfer_time_yr: FloatArray, delta_v_km_s: FloatArray) -> FloatArray:
    """Return the years that a spiral spends per km/s of velocity; 0 without one [yr s/km].

    Examples
    --------
    >>> transfer_share(0.5, 4.0).tolist(), transfer_share(0.0, 0.0).tolist()
    (0.125, 0.0)
    """
    return np.asarray(
        np.where(transfer_time_yr > 0.0, transfer_time_yr / np.maximum(delta_v_km_s, 1e-9), 0.0)
    )
