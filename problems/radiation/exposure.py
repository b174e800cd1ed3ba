"""How exposure to particles grows with time: active years, and time spent in a spiral."""

from __future__ import annotations

import numpy as np

from problems.units import FloatArray

#: Growth of the 95 % solar-proton fluence with the number of active years: two SPENVIS runs of
#: ESP-PSYCHIC (n = 2 and 3) differ by 1.35-1.55, (3/2)^0.74 to (3/2)^1.08.
SOLAR_YEARS_EXPONENT = 0.9
SOLAR_ANCHOR_YEARS = 2.0  # active years behind the shipped 95 % values


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
