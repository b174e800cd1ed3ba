"""Reliability: losses that radiation does not cause, attrition without repair, and survival."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from problems.units import ZERO_CELSIUS_K, FloatArray, Quantity

BOLTZMANN_EV_PER_K = 8.617333262e-5  # CODATA 2018


def arrhenius_factor(
    junction_c: FloatArray, *, reference_c: Quantity, activation_energy_ev: Quantity
) -> FloatArray:
    r"""Return how much faster parts fail at ``junction_c`` than at ``reference_c`` [1].

    Notes
    -----
    .. math:: \exp\left[\frac{E_a}{k} \left(\frac{1}{T_{ref}} - \frac{1}{T}\right)\right]

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
#: Simpson's rule over those times but the first, where the exponent is 0.
_MEAN_WEIGHTS = (4.0 / 12.0, 2.0 / 12.0, 4.0 / 12.0, 1.0 / 12.0)
#: Losses that slow further losses less than this count as steady.
_STEADY = 1e-9


def arrhenius_slowing(
    junction_c: FloatArray, *, cooling_k: FloatArray, activation_energy_ev: Quantity
) -> FloatArray:
    """Return how fast the logarithm of the failure rate falls with the exponent of survival [1].

    Parameters
    ----------
    junction_c
        Junction temperature [degC].
    cooling_k
        What it falls by per unit of the exponent, as fewer parts make heat [K].
    activation_energy_ev
        Activation energy [eV].

    Notes
    -----
    Derivative of :func:`arrhenius_factor`: E_a / (k T^2) dT.

    Examples
    --------
    >>> import numpy as np
    >>> s = arrhenius_slowing(np.array(65.0), cooling_k=np.array(10.0), activation_energy_ev=0.7)
    >>> round(float(s), 3)
    0.71
    """
    junction_k = junction_c + ZERO_CELSIUS_K
    scale = activation_energy_ev / BOLTZMANN_EV_PER_K
    return np.asarray(scale * cooling_k / (junction_k * junction_k))


class AgeingRate(NamedTuple):
    """How fast accelerators fail without radiation, and what their losses do to that."""

    rate_per_yr: FloatArray  #: loss rate now [1/yr]
    slowing: FloatArray  #: fall of its logarithm with the exponent of survival [1]


def ageing_rate(
    junction_c: FloatArray,
    *,
    cooling_k: FloatArray,
    gpu_failure_rate_per_yr: Quantity,
    thermal_share: Quantity,
    host_failure_rate_per_yr: Quantity,
    reference_c: Quantity,
    activation_energy_ev: Quantity,
) -> AgeingRate:
    """Return the rate at which accelerators fail for good, with those that a host takes along.

    Parameters
    ----------
    junction_c
        Junction temperature [degC].
    cooling_k
        What it falls by per unit of the exponent of survival, as fewer parts make heat [K].
    gpu_failure_rate_per_yr
        Permanent failures of an accelerator at the reference temperature [1/yr].
    thermal_share
        Share of them that follows the Arrhenius law [1].
    host_failure_rate_per_yr
        Permanent failures of a host; each of its accelerators is lost at this rate [1/yr].
    reference_c
        Junction temperature behind the failure rate [degC].
    activation_energy_ev
        Activation energy [eV].

    Notes
    -----
    r = r_gpu (1 - w + w AF) + r_host; its logarithm falls by the Arrhenius part of its slope.

    Examples
    --------
    >>> import numpy as np
    >>> aged = ageing_rate(np.array(75.0), cooling_k=np.array(0.0), gpu_failure_rate_per_yr=0.04,
    ...     thermal_share=0.5, host_failure_rate_per_yr=0.046, reference_c=65.0,
    ...     activation_energy_ev=0.7)
    >>> round(float(aged.rate_per_yr), 4)  # 0.04 (0.5 + 0.5 1.99) + 0.046
    0.1059
    """
    thermal = (gpu_failure_rate_per_yr * thermal_share) * arrhenius_factor(
        junction_c, reference_c=reference_c, activation_energy_ev=activation_energy_ev
    )
    steady = gpu_failure_rate_per_yr * (1.0 - thermal_share) + host_failure_rate_per_yr
    rate = thermal + steady
    slowing = arrhenius_slowing(
        junction_c, cooling_k=cooling_k, activation_energy_ev=activation_energy_ev
    )
    return AgeingRate(rate, slowing * (thermal / np.maximum(rate, _STEADY)))


def lost_in_step(
    rate_per_yr: FloatArray, *, slowing: FloatArray, step_yr: FloatArray
) -> FloatArray:
    """Return what losses that slow themselves add to the exponent of survival [1].

    Parameters
    ----------
    rate_per_yr
        Loss rate at the start of the step [1/yr].
    slowing
        From :func:`arrhenius_slowing` [1].
    step_yr
        Length of the step [yr].

    Notes
    -----
    dH/dt = r exp(-s H) has the solution H = ln(1 + s r t) / s, stable however steep.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(lost_in_step(np.array(0.5), slowing=np.array(2.0), step_yr=np.array(1.0))), 4)
    0.3466
    """
    slowing = np.maximum(slowing, _STEADY)
    return np.asarray(np.log1p(slowing * rate_per_yr * step_yr) / slowing)


def mean_rate_per_yr(exponents: Sequence[FloatArray], *, life_yr: FloatArray) -> FloatArray:
    """Return the constant rate whose exponent of survival has the same mean over the life [1/yr].

    Parameters
    ----------
    exponents
        Integrals of a loss rate up to each of ``LIFE_SHARES`` but the first [1].
    life_yr
        Life [yr].

    Notes
    -----
    2/L times the mean of H: what is lost early is missed longest. Mean survival then agrees to
    first order in the losses.

    Examples
    --------
    >>> import numpy as np
    >>> lost = [np.array(0.4 * t - 0.05 * t * t) for t in (1.0, 2.0, 3.0, 4.0)]  # 0.4 - 0.1 t
    >>> round(float(mean_rate_per_yr(lost, life_yr=np.array(4.0))), 4)  # 0.4 - 0.4 / 3
    0.2667
    """
    weighted = [w * lost for w, lost in zip(_MEAN_WEIGHTS, exponents, strict=True)]
    return np.asarray(sum(weighted[1:], weighted[0]) * (2.0 / life_yr))


def mean_alive_fraction(loss_rate_per_yr: FloatArray, *, life_yr: FloatArray) -> FloatArray:
    r"""Return the mean working share over the life without repair [1].

    Notes
    -----
    :math:`(1 - e^{-x}) / x` with x = rate * life, and 1 where nothing fails.

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


def covered_exponent(spare_fraction: FloatArray, *, dormant_share: FloatArray) -> FloatArray:
    """Return the exponent of survival up to which spares replace every loss [1].

    Parameters
    ----------
    spare_fraction
        Spares over accelerators with power [1].
    dormant_share
        Loss rate of a spare over that of an accelerator with power [1].

    Notes
    -----
    Spares S, in units of the accelerators with power, go by dS/dt = -r - k r S from S(0) = s:
    they are gone when r t = ln(1 + s k)/k. With many accelerators; a simulation of 200, 72, 16 and
    8 gives 0.1, 0.5, 1.0 and 1.7 % less work.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(covered_exponent(np.array(0.2), dormant_share=np.array(0.1))), 4)
    0.198
    """
    share = np.maximum(dormant_share, _STEADY)
    return np.asarray(np.log1p(spare_fraction * share) / share)


def spared_years(
    loss_rate_per_yr: FloatArray,
    *,
    covered: FloatArray,
    fading_per_yr: FloatArray,
    life_yr: FloatArray,
) -> FloatArray:
    """Return the years of full work with spares, weighted by e^(-fading t) [yr].

    Parameters
    ----------
    loss_rate_per_yr
        Loss of accelerators with power [1/yr].
    covered
        From :func:`covered_exponent` [1].
    fading_per_yr
        Loss of the vehicle, discount and decline of value together [1/yr].
    life_yr
        Time at work [yr].

    Notes
    -----
    All work until the spares are gone after t1 = min(covered/rate, life), then attrition without
    repair: (1 - e^(-f t1))/f + e^(-f t1) (1 - e^(-(r + f)(L - t1)))/(r + f).

    Examples
    --------
    4 % a year for eight years at a fading of 10 %: 4.81 years without spares, 5.03 with 5 %.

    >>> import numpy as np
    >>> rate, life = np.array(0.04), np.array(8.0)
    >>> [round(float(spared_years(rate, covered=covered_exponent(np.array(s),
    ...     dormant_share=np.array(0.1)), fading_per_yr=np.array(0.1), life_yr=life)), 2)
    ...  for s in (0.0, 0.05)]
    [4.81, 5.03]
    """
    if covered.ndim == 0 and covered == 0.0:
        return decayed_years(loss_rate_per_yr + fading_per_yr, life_yr=life_yr)
    covered_yr = np.minimum(covered / np.maximum(loss_rate_per_yr, _STEADY), life_yr)
    after = decayed_years(loss_rate_per_yr + fading_per_yr, life_yr=life_yr - covered_yr)
    before = decayed_years(fading_per_yr, life_yr=covered_yr)
    return np.asarray(before + np.exp(-fading_per_yr * covered_yr) * after)
