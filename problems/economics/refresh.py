"""Refresh in orbit: servicing visits that bring new modules, their sums of money and of work."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.economics.ground import chip_purchases
from problems.units import SHORTEST_REFRESH_YR, FloatArray, Quantity

#: A life that ends on a visit has none there; no set of modules works for less [1, yr].
_ROUNDING = 1e-9


class Visits(NamedTuple):
    """When modules are renewed."""

    period_yr: FloatArray  #: years from one set of modules to the next; all of them without visit
    number: FloatArray  #: visits within the working life [1]


def served_yr(work_yr: FloatArray) -> FloatArray:
    """Return how long modules serve that no visit renews: some time, however late they arrive [yr].

    Examples
    --------
    >>> served_yr(np.array([0.0, 12.0])).tolist()
    [1e-09, 12.0]
    """
    return np.maximum(work_yr, _ROUNDING)


def visits(refresh_yr: FloatArray, *, work_yr: FloatArray) -> Visits:
    """Return how often and how many times modules are renewed.

    Parameters
    ----------
    refresh_yr : ndarray, ``(n,)``
        Years between visits; below a year none [yr].
    work_yr : ndarray, ``(n,)``
        Years from arrival to the end of life [yr].

    Examples
    --------
    >>> at = visits(np.array([0.0, 5.0, 5.0, 4.0]), work_yr=np.array([12.0, 12.0, 5.0, 8.0]))
    >>> at.period_yr.tolist(), at.number.tolist()
    ([12.0, 5.0, 5.0, 4.0], [0.0, 2.0, 0.0, 1.0])
    """
    never = (refresh_yr < SHORTEST_REFRESH_YR) | (refresh_yr >= work_yr)
    period_yr = np.where(never, served_yr(work_yr), refresh_yr)
    lives = work_yr / np.where(never, np.inf, period_yr)
    return Visits(period_yr, np.maximum(np.ceil(lives - _ROUNDING) - 1.0, 0.0))


def sum_over_visits(at: Visits, *, discount_per_yr: FloatArray) -> FloatArray:
    """Return the sum of e^(-b t) over the times of the visits [1].

    Parameters
    ----------
    at
        Visits.
    discount_per_yr
        Continuous rate b [1/yr].

    Examples
    --------
    Visits after 5 and 10 years at a continuous 10 %: e^-0.5 + e^-1.

    >>> at = Visits(np.array(5.0), np.array(2.0))
    >>> round(float(sum_over_visits(at, discount_per_yr=np.array(0.1))), 4)
    0.9744
    """
    sets = chip_purchases(
        at.period_yr * (at.number + 1.0), chip_life_yr=at.period_yr, discount_per_yr=discount_per_yr
    )
    return np.asarray(sets - 1.0)


def growth_at_visits(
    at: Visits, *, growth_per_yr: Quantity, discount_per_yr: FloatArray
) -> FloatArray:
    """Return what growth from set to set adds at the visits, over what there was first [1].

    Parameters
    ----------
    at
        Visits.
    growth_per_yr
        Continuous growth g from the start of one set to that of the next [1/yr].
    discount_per_yr
        Continuous rate b [1/yr].

    Notes
    -----
    Sum over the visits of (e^(g t) - e^(g (t - T))) e^(-b t), T years apart.

    Examples
    --------
    Doubling with each of two visits adds 1 and 2 to what there was:

    >>> at = Visits(np.array(5.0), np.array(2.0))
    >>> added = growth_at_visits(at, growth_per_yr=np.log(2.0) / 5.0, discount_per_yr=np.array(0.0))
    >>> round(float(added), 9)
    3.0
    """
    grown = sum_over_visits(at, discount_per_yr=discount_per_yr - growth_per_yr)
    return np.asarray(-np.expm1(-growth_per_yr * at.period_yr) * grown)


def renewed_years(
    at: Visits,
    *,
    whole_years: FloatArray,
    last_years: FloatArray,
    falling_per_yr: FloatArray,
) -> FloatArray:
    """Return years of the first modules' full work, with modules renewed at the visits [yr].

    Parameters
    ----------
    at
        Visits.
    whole_years, last_years
        Years of full work of one set of modules, from its start: over a whole period, and over
        what is left of the life after the last visit [yr].
    falling_per_yr
        Rate at which a set's start is worth less than the one before: losses and discounts that
        no visit undoes, less the growth of the work per watt [1/yr].

    Notes
    -----
    With b the falling rate and n visits every T years: sum over k < n of e^(-b k T) whole years,
    and e^(-b n T) last years.

    Examples
    --------
    Nothing fails or falls: eight years of work in five and three.

    >>> at = Visits(np.array(5.0), np.array(1.0))
    >>> years = renewed_years(at, whole_years=np.array(5.0), last_years=np.array(3.0),
    ...     falling_per_yr=np.array(0.0))
    >>> round(float(years), 9)
    8.0
    """
    before_last = chip_purchases(
        at.period_yr * at.number, chip_life_yr=at.period_yr, discount_per_yr=falling_per_yr
    )
    last = np.exp(-falling_per_yr * at.period_yr * at.number)
    return np.asarray(whole_years * before_last + last * last_years)
