"""Life of the bus: a Weibull population, and its mean over work that fades."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import FloatArray, Quantity

#: Four Gauss-Legendre nodes over the square root of time, in which the Weibull hazard, infinite at
#: time 0, is smooth; the axes behind are futures and designs.
_ROOT_NODES = (0.5 + 0.5 * np.polynomial.legendre.leggauss(4)[0]).reshape(4, 1, 1)
_ROOT_WEIGHTS = np.polynomial.legendre.leggauss(4)[1].reshape(4, 1, 1) * _ROOT_NODES


def weibull_reliability(
    time_yr: FloatArray, *, shape: Quantity, scale_yr: Quantity, multiplier: Quantity = 1.0
) -> FloatArray:
    """Return survival to ``time_yr`` of a Weibull population [1].

    Parameters
    ----------
    time_yr
        Age [yr].
    shape, scale_yr
        Of the population [1], [yr].
    multiplier
        Failures over those of the population at every age [1].

    References
    ----------
    Castet and Saleh (2009), Reliability Engineering & System Safety 94, 1718-1728.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(weibull_reliability(np.array(5.0), shape=0.4521, scale_yr=2607.0)), 4)
    0.9426
    """
    return np.asarray(np.exp(time_yr**shape * -(multiplier / scale_yr**shape)))


def weibull_mean_rate_per_yr(
    life_yr: FloatArray, *, shape: Quantity, scale_yr: Quantity, multiplier: Quantity
) -> FloatArray:
    """Return the constant rate with the mean survival of a Weibull population [1/yr].

    Notes
    -----
    To first order in the losses, as `problems.spacecraft.reliability.mean_rate_per_yr`: 2/L times
    the mean of m (t/scale)^shape, which is m (L/scale)^shape / (1 + shape).

    Examples
    --------
    >>> import numpy as np
    >>> rate = weibull_mean_rate_per_yr(np.array(11.0), shape=0.4521, scale_yr=2607.0,
    ...     multiplier=1.0)
    >>> round(float(-np.expm1(-rate * 11.0) / (rate * 11.0)), 3)  # of the satellites, on average
    0.944
    """
    share = 2.0 * multiplier / (scale_yr**shape * (1.0 + shape))
    return np.asarray(life_yr ** (shape - 1.0) * share)


class WorkTimes(NamedTuple):
    """Times of the work at which survival is averaged, along a first axis of their own."""

    since_arrival_yr: FloatArray  #: ``(4, 1, n)`` or ``(4, m, n)`` [yr]
    since_launch_yr: FloatArray  #: the same with the transfer [yr]


def work_times(work_yr: FloatArray, *, transfer_time_yr: FloatArray) -> WorkTimes:
    """Return the Gauss-Legendre nodes of the work, in the square root of the time since arrival.

    Parameters
    ----------
    work_yr
        Years from arrival to the end of life [yr].
    transfer_time_yr
        Years from launch to arrival [yr].
    """
    since_arrival = _ROOT_NODES * _ROOT_NODES * work_yr
    return WorkTimes(since_arrival, since_arrival + transfer_time_yr)


def mean_survival(survival: FloatArray, *, exponents: FloatArray) -> FloatArray:
    """Return the mean of a survival over work that fades [1].

    Parameters
    ----------
    survival
        Survival at :func:`work_times`, first axis first [1].
    exponents
        Negative logarithm of what the work at these times is worth over that at arrival [1].

    Notes
    -----
    A quotient of two sums over the same four nodes: errors of the fading work cancel, and a
    survival of 1 gives 1. Against adaptive quadrature over lives of 2 to 15 years within 0.13 %
    where work fades by up to 1 a year in all.

    Examples
    --------
    Castet and Saleh's population over eleven years: 0.944 on average.

    >>> import numpy as np
    >>> times = work_times(np.array(11.0), transfer_time_yr=np.array(0.0))
    >>> bus = weibull_reliability(times.since_launch_yr, shape=0.4521, scale_yr=2607.0)
    >>> np.round(mean_survival(bus, exponents=np.zeros((4, 1, 1))), 3).tolist()
    [0.944]
    """
    worth = _ROOT_WEIGHTS * np.exp(exponents[:1] - exponents)  # none underflows in both sums
    mean = (worth * survival).sum(axis=0) / worth.sum(axis=0)
    return np.asarray(mean[0] if len(mean) == 1 else mean)
