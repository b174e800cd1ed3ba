"""Reliability: losses that radiation does not cause, attrition without repair, and survival."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from problems.units import ZERO_CELSIUS_K, FloatArray, Quantity

BOLTZMANN_EV_PER_K = 8.617333262e-5  # CODATA 2018


def arrhenius_factor(
    junction_c: FloatArray, *, reference_c: Quantity, activation_energy_ev: Quantity
) -> FloatArray:
    """Return how much faster parts fail at ``junction_c`` than at ``reference_c`` [1].

    Notes
    -----
    AF = exp[E_a/k (1/T_ref - 1/T)].

    References
    ----------
    JEDEC JEP122H, section on temperature acceleration (Arrhenius model).

    Examples
    --------
    >>> import numpy as np
    >>> f = arrhenius_factor(np.array(75.0), reference_c=65.0, activation_energy_ev=0.7)
    >>> round(float(f), 2)
    1.99
    """
    reference_k = np.asarray(reference_c) + ZERO_CELSIUS_K
    scale = activation_energy_ev / BOLTZMANN_EV_PER_K
    return np.asarray(np.exp(scale / reference_k - scale / (junction_c + ZERO_CELSIUS_K)))


#: Times of the life at which loads and temperatures are taken: shares of it that are over.
LIFE_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Simpson's rule over those times, weighted with the rest of the life, 2 (1 - share).
_REST_OF_LIFE_WEIGHTS = (1.0 / 6.0, 0.5, 1.0 / 6.0, 1.0 / 6.0)


def next_exponent(
    rates_per_yr: Sequence[FloatArray], exponents: Sequence[FloatArray], *, step_yr: FloatArray
) -> FloatArray:
    """Return the integral of a loss rate up to the next of equal steps [1].

    Parameters
    ----------
    rates_per_yr
        Rates at the times so far [1/yr].
    exponents
        Integrals at the same times [1].
    step_yr
        Time between them [yr].

    Notes
    -----
    Euler, midpoint, then Adams-Bashforth of second order; never falling, however steep.

    Examples
    --------
    >>> import numpy as np
    >>> exponents, rates = [np.array(0.0)], []
    >>> for year in range(4):  # a rate of 0.4 - 0.1 t: 0.8 after four years
    ...     rates.append(np.array(0.4 - 0.1 * year))
    ...     exponents.append(next_exponent(rates, exponents, step_yr=np.array(1.0)))
    >>> [round(float(e), 2) for e in exponents]
    [0.0, 0.4, 0.6, 0.75, 0.8]
    """
    if len(rates_per_yr) == 1:
        return np.asarray(rates_per_yr[0] * step_yr)
    if len(rates_per_yr) == 2:
        reached = rates_per_yr[1] * (2.0 * step_yr)
    else:
        reached = exponents[-1] + (1.5 * rates_per_yr[-1] - 0.5 * rates_per_yr[-2]) * step_yr
    return np.asarray(np.maximum(reached, exponents[-1]))


def rest_of_life_mean(rates_per_yr: Sequence[FloatArray]) -> FloatArray:
    """Return the constant rate that leaves as much life to live as one that changes [1/yr].

    Parameters
    ----------
    rates_per_yr
        Rates at the first four of ``LIFE_SHARES`` [1/yr].

    Notes
    -----
    2/L^2 int (L - t) r dt: what is lost early is missed longest. Mean survival agrees to first
    order in the losses.

    Examples
    --------
    >>> import numpy as np
    >>> float(rest_of_life_mean([np.array(0.4 - 0.1 * t) for t in range(4)]))  # 0.4 - 0.4 / 3
    0.26666666666666666
    """
    weighted = [w * r for w, r in zip(_REST_OF_LIFE_WEIGHTS, rates_per_yr, strict=True)]
    return np.asarray(sum(weighted[1:], weighted[0]))


def mean_alive_fraction(loss_rate_per_yr: FloatArray, *, life_yr: FloatArray) -> FloatArray:
    """Return the mean working share over the life without repair [1].

    Notes
    -----
    (1 - e^-x)/x with x = rate * life, and 1 where nothing fails.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(mean_alive_fraction(np.array(0.09), life_yr=np.array(5.0))), 4)
    0.8053
    """
    return decayed_years(loss_rate_per_yr, life_yr=life_yr) / life_yr


def decayed_years(rate_per_yr: FloatArray, *, life_yr: FloatArray) -> FloatArray:
    """Return the integral of e^(-rate t) from 0 to ``life_yr`` [yr].

    Serves attrition, discounting and value decline alike: their rates add up in the exponent.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(decayed_years(np.array(0.0), life_yr=np.array(5.0))), 6)
    5.0
    """
    rate = np.maximum(rate_per_yr, 1e-12)  # the limit for a vanishing rate is the life itself
    return np.asarray(-np.expm1(-rate * life_yr) / rate)


def weibull_reliability(time_yr: FloatArray, *, shape: Quantity, scale_yr: Quantity) -> FloatArray:
    """Return survival to ``time_yr`` of a Weibull population [1].

    References
    ----------
    Castet and Saleh (2009), Reliability Engineering & System Safety 94, 1718-1728.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(weibull_reliability(np.array(5.0), shape=0.4521, scale_yr=2607.0)), 4)
    0.9426
    """
    return np.asarray(np.exp(-((time_yr / scale_yr) ** shape)))
