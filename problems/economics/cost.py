"""Cost: levelised cost of a FLOP within a chosen boundary, and its waterfall."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import FloatArray, Quantity

#: Rates nearer to zero than this stand for none: sums have no closed form there [1/yr].
_NO_RATE = 1e-12
#: Satellites built at the prices of the tables: the reference scenario's series.
REFERENCE_SERIES = 1000.0
PFLOP_DAY_IN_EXAFLOP = 86.4  # 1 PFLOP/s for a day is 86.4 EFLOP


def some_rate(rate: Quantity) -> FloatArray:
    """Return a rate with something so small for nothing that what it divides has its limit.

    Examples
    --------
    >>> some_rate(np.array([0.0, 0.08])).tolist()
    [1e-12, 0.08]
    """
    rate = np.asarray(rate, dtype=np.float64)
    return np.asarray(np.where(np.abs(rate) < _NO_RATE, _NO_RATE, rate))


def capital_recovery_factor(rate: Quantity, *, years: Quantity) -> FloatArray:
    """Return the yearly payment per unit of capital [1/yr].

    Notes
    -----
    CRF = r / (1 - (1 + r)^-n), payments at the end of each year; 1/n without interest.

    Examples
    --------
    >>> round(float(capital_recovery_factor(0.10, years=5)), 4)
    0.2638
    """
    rate = some_rate(rate)
    return np.asarray(rate / -np.expm1(-years * np.log1p(rate)))


def learning_factor(units: Quantity, *, learning_rate: Quantity) -> FloatArray:
    """Return Wright's cost factor of the N-th unit, N^log2(LR) [1].

    References
    ----------
    Wright (1936), J. Aeronautical Sciences 3, 122.

    Examples
    --------
    >>> round(float(learning_factor(1000, learning_rate=0.85)), 3)
    0.198
    """
    return np.asarray(np.asarray(units, dtype=np.float64) ** np.log2(learning_rate))


def series_factor(satellites: Quantity, *, learning_rate: Quantity) -> FloatArray:
    """Return a price of the platform over that in the series to which the tables refer [1].

    Parameters
    ----------
    satellites
        Satellites of the kind built so far; at least the first [1].
    learning_rate
        Cost after a doubling of the number built, over the cost before [1].

    Examples
    --------
    >>> series_factor(np.array([1.0, 1000.0, 10_000.0]), learning_rate=0.85).round(3).tolist()
    [5.051, 1.0, 0.583]
    """
    built = np.maximum(satellites, 1.0) / REFERENCE_SERIES
    return learning_factor(built, learning_rate=learning_rate)


def expected_loss_usd(
    insured_usd: FloatArray,
    *,
    launch_failure_prob: FloatArray,
    commercial: Quantity,
    premium: Quantity,
) -> FloatArray:
    """Return what losing the launch costs: the premium, or the loss expected, never both [USD].

    Parameters
    ----------
    insured_usd
        Value at risk: satellite and its launch [USD].
    launch_failure_prob
        Probability that the launch fails [1].
    commercial
        1: a premium is paid; 0: the expected loss is carried [1].
    premium
        Share of the insured value [1].

    Notes
    -----
    Carried risk: on average 1/(1 - p) satellites are bought per one that arrives, so the extra is
    p/(1 - p) of the value.

    Examples
    --------
    >>> import numpy as np
    >>> float(expected_loss_usd(np.array(100.0), launch_failure_prob=np.array(0.2),
    ...     commercial=0.0, premium=0.1))
    25.0
    """
    carried = launch_failure_prob / (1.0 - launch_failure_prob)
    return np.asarray(insured_usd * np.where(np.asarray(commercial) > 0.5, premium, carried))


def capital_charge(interest_per_yr: Quantity, *, commissioning_yr: Quantity) -> FloatArray:
    """Return what capital has grown to at launch over what was spent [1].

    Parameters
    ----------
    interest_per_yr
        Continuous rate, ln(1 + WACC) [1/yr].
    commissioning_yr
        Time from spending to launch [yr].

    Notes
    -----
    e^(i t): interest during construction, as for the ground's wait for power.

    Examples
    --------
    >>> round(float(capital_charge(np.log(1.1), commissioning_yr=2.0)), 2)
    1.21
    """
    return np.asarray(np.exp(np.asarray(interest_per_yr) * commissioning_yr))


class Levelised(NamedTuple):
    """Levelised cost in the units people quote."""

    usd_per_exaflop: FloatArray
    usd_per_pflop_day: FloatArray


def levelised_cost(cost_pv_usd: FloatArray, *, exaflop_pv: FloatArray) -> Levelised:
    """Return discounted cost over discounted work.

    Parameters
    ----------
    cost_pv_usd
        Present value of all cost in the boundary [USD].
    exaflop_pv
        Present value of the work, discounted at the same rate and, where the value of a FLOP
        declines, at that rate too [EFLOP].

    Notes
    -----
    Sum of C_t (1+r)^-t over sum of F_t (1+r)^-t (1+d)^-t.

    References
    ----------
    Short, Packey and Holt (1995), NREL/TP-462-5173, ch. 3 (levelised cost).

    Examples
    --------
    >>> import numpy as np
    >>> round(float(levelised_cost(np.array(2.0), exaflop_pv=np.array(1.0)).usd_per_pflop_day), 1)
    172.8
    """
    per_exaflop = np.asarray(cost_pv_usd / np.maximum(exaflop_pv, 1e-9))
    return Levelised(per_exaflop, per_exaflop * PFLOP_DAY_IN_EXAFLOP)


def launched_power_usd_per_kw_yr(
    price_usd_per_kg: Quantity, *, mass_kg: Quantity, power_kw: Quantity, life_yr: Quantity
) -> FloatArray:
    """Return the launch price of a kilowatt and year of satellite power [USD/kW/yr].

    References
    ----------
    Suncatcher, arXiv:2511.19468v2, table 1.

    Examples
    --------
    >>> round(float(launched_power_usd_per_kw_yr(3600, mass_kg=575, power_kw=28, life_yr=5)))
    14786
    """
    return np.asarray(price_usd_per_kg * mass_kg / (power_kw * life_yr), dtype=np.float64)
