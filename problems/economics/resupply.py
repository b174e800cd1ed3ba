"""Capacity of a fleet over time: left alone, held by batches, and what its launch emits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import HOURS_PER_YEAR, FloatArray, Quantity

_SMALLEST_LOSS = 1e-9  # losses below which (1 - exp(-x))/x is 1 to double precision
_GRAMS_PER_KG = 1e3
_WATTS_PER_KW = 1e3


class Carbon(NamedTuple):
    """Emissions per energy of the accelerators over the life."""

    launch_g_per_kwh: FloatArray  #: of the launch [g/kWh]
    hardware_g_per_kwh: FloatArray  #: of making what is launched [g/kWh]


def capacity_left(loss_rate_per_yr: FloatArray, *, years: FloatArray) -> FloatArray:
    """Return the share of a fleet that works after some years without resupply.

    Parameters
    ----------
    loss_rate_per_yr : array_like
        Loss of whole satellites [1/yr].
    years : array_like
        Time since the launch [yr].

    Examples
    --------
    >>> round(float(capacity_left(np.array(0.02), years=np.array(5.0))), 3)
    0.905
    """
    return np.asarray(np.exp(-loss_rate_per_yr * years))


def mean_between_batches(loss_rate_per_yr: FloatArray, *, batch_yr: Quantity) -> FloatArray:
    """Return the mean capacity over the full one where losses are made good in batches.

    Parameters
    ----------
    loss_rate_per_yr : array_like
        Loss of whole satellites [1/yr].
    batch_yr : array_like
        Time between batches [yr].

    Returns
    -------
    numpy.ndarray
        ``(1 - exp(-l tau)) / (l tau)`` [1].

    Examples
    --------
    >>> round(float(mean_between_batches(np.array(0.02), batch_yr=1.0)), 4)
    0.9901
    """
    lost = np.maximum(np.asarray(loss_rate_per_yr * batch_yr), _SMALLEST_LOSS)
    return np.asarray(-np.expm1(-lost) / lost)


def carbon(
    earth_mass_kg: FloatArray,
    *,
    hardware_kg: FloatArray,
    it_power_w: FloatArray,
    working_yr: FloatArray,
    launch_co2_kg_per_kg: Quantity,
    hardware_co2_kg_per_kg: Quantity,
) -> Carbon:
    """Return what launch and making of a satellite emit per kilowatt-hour of its accelerators.

    Parameters
    ----------
    earth_mass_kg : array_like
        Mass launched from the Earth, propellant of tankers included [kg].
    hardware_kg : array_like
        Mass of what is made: satellite and visits [kg].
    it_power_w : array_like
        IT power [W].
    working_yr : array_like
        Years at full power [yr].
    launch_co2_kg_per_kg, hardware_co2_kg_per_kg : array_like
        Emissions per mass in orbit, of the launch and of making it [kg/kg].

    Returns
    -------
    Carbon
        Emissions; soot and water in the upper air are not counted.

    Examples
    --------
    40 kg/kW over five years:

    >>> emitted = carbon(np.array(4000.0), hardware_kg=np.array(4000.0),
    ...                  it_power_w=np.array(1e5), working_yr=np.array(5.0),
    ...                  launch_co2_kg_per_kg=25.0, hardware_co2_kg_per_kg=50.0)
    >>> [round(float(grams), 1) for grams in emitted]
    [22.8, 45.6]
    """
    energy_kwh = it_power_w / _WATTS_PER_KW * (working_yr * HOURS_PER_YEAR)
    per_kwh = _GRAMS_PER_KG / energy_kwh
    return Carbon(
        np.asarray(earth_mass_kg * launch_co2_kg_per_kg * per_kwh),
        np.asarray(hardware_kg * hardware_co2_kg_per_kg * per_kwh),
    )
