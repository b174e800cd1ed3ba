"""Platforms of modules that are joined in orbit: joints, servicers, months and losses."""

from __future__ import annotations

import numpy as np

from problems.units import FloatArray, Quantity

_HOURS_PER_MONTH = 730.5  # Julian year over twelve


def joints(modules: FloatArray) -> FloatArray:
    """Return the joints of a platform: each module is joined to what is already there.

    Examples
    --------
    >>> joints(np.array([1.0, 13.0])).tolist()
    [0.0, 12.0]
    """
    return np.maximum(modules - 1.0, 0.0)


def assembly_months(
    joined: FloatArray,
    *,
    hours_per_joint: Quantity,
    servicers: Quantity,
    flights: FloatArray,
    flights_per_month: Quantity,
) -> FloatArray:
    """Return how long a platform takes to come together.

    Parameters
    ----------
    joined : array_like
        Joints [1].
    hours_per_joint : array_like
        Time that a servicer takes for one [h].
    servicers : array_like
        Servicers at work [1].
    flights, flights_per_month : array_like
        Flights that bring the modules [1], and their rate [1/month].

    Returns
    -------
    numpy.ndarray
        The longer of flying and joining [month].

    References
    ----------
    NASA OTPS, *Space-Based Solar Power* (2024), assembly of the reference designs.

    Examples
    --------
    A power satellite of 1,463,000 joints with 17 servicers takes 6.55 years:

    >>> months = assembly_months(np.array(1.463e6), hours_per_joint=2 / 3, servicers=17.0,
    ...                          flights=np.array(0.0), flights_per_month=1.0)
    >>> round(float(months) / 12, 2)
    6.54
    """
    joining = joined * (hours_per_joint / (np.asarray(servicers) * _HOURS_PER_MONTH))
    return np.maximum(flights / flights_per_month, joining)


def assembly_usd(
    months: FloatArray,
    *,
    joined: FloatArray,
    servicers: Quantity,
    servicer_usd: Quantity,
    platforms_served: Quantity,
    operations_usd_per_month: Quantity,
    development_usd: Quantity,
    platforms_built: Quantity,
) -> FloatArray:
    """Return what putting a platform together costs besides its modules and their joints.

    Parameters
    ----------
    months : array_like
        From :func:`assembly_months` [month].
    joined : array_like
        Joints [1].
    servicers, servicer_usd, platforms_served : array_like
        Servicers [1], the price of each [USD], and platforms that they put together [1].
    operations_usd_per_month : array_like
        Operations while it comes together [USD/month].
    development_usd, platforms_built : array_like
        Development of assembly [USD] and platforms that share it [1].

    Returns
    -------
    numpy.ndarray
        Cost of a platform; nothing without a joint [USD].

    Examples
    --------
    One servicer for ten platforms, six months, development paid elsewhere:

    >>> float(assembly_usd(np.array(6.0), joined=np.array(12.0), servicers=1.0, servicer_usd=1e8,
    ...     platforms_served=10.0, operations_usd_per_month=1.2e6, development_usd=0.0,
    ...     platforms_built=10.0))
    17200000.0
    """
    shared_usd = (
        servicers * np.asarray(servicer_usd) / platforms_served + development_usd / platforms_built
    )
    return np.where(joined > 0.0, shared_usd + months * operations_usd_per_month, 0.0)


def joined_failure_prob(
    launch_failure_prob: FloatArray, *, docking_loss_prob: Quantity, modules: FloatArray
) -> FloatArray:
    """Return the probability that a module is lost on its flight or while it is joined.

    Parameters
    ----------
    launch_failure_prob : array_like
        Of the flight [1].
    docking_loss_prob : array_like
        Of joining a module to the platform [1].
    modules : array_like
        Modules of the platform; a single one is not joined [1].

    Returns
    -------
    numpy.ndarray
        Probability [1].

    Examples
    --------
    >>> joined_failure_prob(np.array(0.02), docking_loss_prob=0.01,
    ...                     modules=np.array([1.0, 13.0])).round(4).tolist()
    [0.02, 0.0298]
    """
    arrives = (1.0 - launch_failure_prob) * (1.0 - np.asarray(docking_loss_prob))
    return np.where(modules > 1.0, 1.0 - arrives, launch_failure_prob)
