"""Reliability: losses that radiation does not cause, attrition without repair, and survival."""

from __future__ import annotations

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
