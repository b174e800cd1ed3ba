"""Timing: what another launch year does to prices, to chips and to the worth of a FLOP.

Every factor is 1 in the year it is anchored at, so a design launched in its scenario's year is
priced by the tables alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from problems.units import FloatArray, Quantity


class Generation(NamedTuple):
    """An accelerator in some year over its row of the catalogue [1]."""

    rate_factor: FloatArray
    memory_factor: FloatArray
    price_factor: FloatArray


def hardware_wait_yr(
    launch_year: FloatArray, *, available_from: Iterable[FloatArray]
) -> FloatArray:
    """Return how long after the launch the youngest chosen hardware appears [yr].

    Parameters
    ----------
    launch_year
        Year of the launch [yr].
    available_from
        First year of each piece of hardware chosen [yr].

    Returns
    -------
    ndarray
        At most 0 where everything exists at launch [yr].

    Examples
    --------
    >>> import numpy as np
    >>> float(hardware_wait_yr(np.array(2030.0), available_from=[np.array(2024.0),
    ...     np.array(2032.0)]))
    2.0
    """
    dates = iter(available_from)
    youngest = next(dates)
    for year in dates:
        youngest = np.maximum(youngest, year)
    return np.asarray(youngest - launch_year)


def decline_factor(years: FloatArray, *, decline_per_yr: Quantity) -> FloatArray:
    """Return a price after ``years`` of steady decline over the price before [1].

    Parameters
    ----------
    years
        Years since the price was dated; negative before [yr].
    decline_per_yr
        Yearly decline q [1/yr].

    Notes
    -----
    (1 + q)^-t, the convention of `compute.value_decline_per_yr`: a rate of 0.25 takes a fifth off
    in a year.

    Examples
    --------
    >>> import numpy as np
    >>> float(decline_factor(np.array(2.0), decline_per_yr=0.25))
    0.64
    """
    return np.asarray((1.0 + np.asarray(decline_per_yr)) ** -np.asarray(years))


def generation(
    year: Quantity,
    *,
    dated: FloatArray,
    follows_trend: FloatArray,
    price_decline_per_yr: Quantity,
    efficiency_growth_per_yr: Quantity,
    memory_growth_per_yr: Quantity,
    value_decline_per_yr: Quantity,
) -> Generation:
    """Return what a year makes of an accelerator of the catalogue.

    Parameters
    ----------
    year
        Year in which it is bought [yr].
    dated
        Year to which the price of the row belongs; of the leader, its rate as well [yr].
    follows_trend
        1 for the row that stands for the leading accelerator of its year, 0 for a product
        with a name [1].
    price_decline_per_yr
        Decline of the price of one and the same product [1/yr].
    efficiency_growth_per_yr, memory_growth_per_yr
        Growth of rate per watt, and of memory per accelerator, from leader to leader [1/yr].
    value_decline_per_yr
        Decline of the price of a FLOP, from leader to leader [1/yr].

    Returns
    -------
    Generation
        Factors on rate, memory and price [1].

    Notes
    -----
    With y years since the date of the row (0 before it), a product keeps its rate and costs
    (1+q)^-y of its price. The leader has rate (1+g)^y at the same power, memory (1+m)^y, and price
    ((1+g)/(1+d))^y, so that its FLOP per dollar improves as fast as the value of a FLOP declines:
    the same trend seen from both sides. Where q < d, a product costs more per FLOP than the leader
    of that year, the more the older it is.

    References
    ----------
    Hobbhahn, Heim and Aydos (2023), Trends in machine learning hardware, Epoch AI: energy
    efficiency doubles in 3.0, price-performance in 2.1, memory in 4 years.

    Examples
    --------
    >>> import numpy as np
    >>> leader = generation(2027.0, dated=np.array(2024.0), follows_trend=np.array(1.0),
    ...     price_decline_per_yr=0.15, efficiency_growth_per_yr=0.26, memory_growth_per_yr=0.19,
    ...     value_decline_per_yr=0.25)
    >>> [round(float(factor), 3) for factor in leader]
    [2.0, 1.685, 1.024]
    """
    years = np.maximum(year - dated, 0.0)
    aged_yr, ahead_yr = years * (1.0 - follows_trend), years * follows_trend
    rate = (1.0 + np.asarray(efficiency_growth_per_yr)) ** ahead_yr
    return Generation(
        rate_factor=rate,
        memory_factor=(1.0 + np.asarray(memory_growth_per_yr)) ** ahead_yr,
        price_factor=decline_factor(aged_yr, decline_per_yr=price_decline_per_yr)
        * rate
        * decline_factor(ahead_yr, decline_per_yr=value_decline_per_yr),
    )
