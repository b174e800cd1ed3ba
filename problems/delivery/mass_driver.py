"""The mass driver on the Moon: track, power, cost per launched kilogram, and what loads do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.delivery.transfer import MOON_ESCAPE_SPEED_KM_S
from problems.units import SECONDS_PER_YEAR, STANDARD_GRAVITY_M_S2, FloatArray, Quantity

_JOULES_PER_KWH = 3.6e6
_KG_PER_T = 1000.0


class DriverCost(NamedTuple):
    """What the driver costs; per kilogram refers to what leaves the muzzle."""

    driver_capital_usd: FloatArray  #: whole plant, for comparison [USD]
    driver_capital_usd_per_kg: FloatArray  #: annualised capital per launched mass [USD/kg]
    driver_operations_usd_per_kg: FloatArray  #: crew, spares, upkeep [USD/kg]
    driver_electricity_usd_per_kg: FloatArray  #: energy [USD/kg]


def track_length_km(exit_speed_km_s: FloatArray, *, driver_accel_g: FloatArray) -> FloatArray:
    """Length of track that reaches the exit speed at constant acceleration.

    Parameters
    ----------
    exit_speed_km_s : array_like
        Speed at the muzzle [km/s].
    driver_accel_g : array_like
        Acceleration in units of standard gravity [1].

    Returns
    -------
    numpy.ndarray
        Length ``v^2 / (2 n g0)`` [km]; braking of the carriage is extra.

    Examples
    --------
    >>> round(float(track_length_km(np.array(2.38), driver_accel_g=np.array(10.0))), 2)
    28.88
    """
    result: FloatArray = 500.0 * exit_speed_km_s**2 / (driver_accel_g * STANDARD_GRAVITY_M_S2)
    return result


def kinetic_kwh_per_kg(exit_speed_km_s: FloatArray) -> FloatArray:
    """Kinetic energy at the muzzle per kilogram.

    Parameters
    ----------
    exit_speed_km_s : array_like
        Speed at the muzzle [km/s].

    Returns
    -------
    numpy.ndarray
        ``v^2 / 2`` [kWh/kg].

    Examples
    --------
    >>> round(float(kinetic_kwh_per_kg(np.array(MOON_ESCAPE_SPEED_KM_S))), 3)
    0.784
    """
    result: FloatArray = exit_speed_km_s**2 * (0.5e6 / _JOULES_PER_KWH)
    return result


def driver_mean_power_w(
    exit_speed_km_s: FloatArray, *, throughput_t_per_yr: Quantity, driver_efficiency_frac: Quantity
) -> FloatArray:
    """Average electric power of a driver that runs all year.

    Parameters
    ----------
    exit_speed_km_s : array_like
        Speed at the muzzle [km/s].
    throughput_t_per_yr : array_like
        Mass launched per year [t/yr].
    driver_efficiency_frac : array_like
        Kinetic energy over electric energy [1].

    Returns
    -------
    numpy.ndarray
        Power [W].

    Examples
    --------
    >>> round(float(driver_mean_power_w(np.array(2.55), throughput_t_per_yr=1e6,
    ...                                 driver_efficiency_frac=0.7)) / 1e6)
    147
    """
    mass_flow_kg_s = throughput_t_per_yr * (_KG_PER_T / SECONDS_PER_YEAR)
    result: FloatArray = 0.5e6 * exit_speed_km_s**2 * mass_flow_kg_s / driver_efficiency_frac
    return result


def driver_peak_power_w(
    launch_mass_kg: FloatArray, *, exit_speed_km_s: FloatArray, driver_accel_g: FloatArray
) -> FloatArray:
    """Mechanical power just before the muzzle, with the whole satellite on one carriage.

    Parameters
    ----------
    launch_mass_kg : array_like
        Mass of one shot [kg].
    exit_speed_km_s, driver_accel_g : array_like
        Speed at the muzzle [km/s] and acceleration [g0].

    Returns
    -------
    numpy.ndarray
        ``m n g0 v`` [W].

    Examples
    --------
    >>> round(float(driver_peak_power_w(np.array(1.0), exit_speed_km_s=np.array(2.38),
    ...                                 driver_accel_g=np.array(10.0))) / 1e3)
    233
    """
    force_n = launch_mass_kg * driver_accel_g * STANDARD_GRAVITY_M_S2
    result: FloatArray = 1000.0 * force_n * exit_speed_km_s
    return result


def driver_cost(
    exit_speed_km_s: FloatArray,
    *,
    driver_accel_g: FloatArray,
    fixed_capital_usd: Quantity,
    capital_usd_per_tpa: Quantity,
    track_capital_frac: Quantity,
    reference_accel_g: Quantity,
    throughput_t_per_yr: Quantity,
    utilisation_frac: Quantity,
    capital_recovery_per_yr: Quantity,
    opex_frac_per_yr: Quantity,
    driver_efficiency_frac: Quantity,
    electricity_usd_per_kwh: Quantity,
) -> DriverCost:
    """Capital, operations and electricity of the driver per launched kilogram.

    Parameters
    ----------
    exit_speed_km_s, driver_accel_g : array_like
        Speed at the muzzle [km/s] and acceleration [g0].
    fixed_capital_usd : array_like
        Driver, base, power and factory at the reference acceleration [USD].
    capital_usd_per_tpa : array_like
        Further capital per yearly capacity [USD/(t/yr)].
    track_capital_frac : array_like
        Share of the fixed capital that grows with the length of the track [1].
    reference_accel_g : array_like
        Acceleration, at escape speed, to which that share belongs [g0].
    throughput_t_per_yr, utilisation_frac : array_like
        Yearly capacity [t/yr] and the share of it that is used [1].
    capital_recovery_per_yr : array_like
        Annuity factor of the plant at its cost of capital and life [1/yr].
    opex_frac_per_yr : array_like
        Operations per capital and year [1/yr].
    driver_efficiency_frac, electricity_usd_per_kwh : array_like
        Kinetic over electric energy [1] and price of energy on the Moon [USD/kWh].

    Returns
    -------
    DriverCost
        Capital [USD] and the three parts of the cost per kilogram [USD/kg].

    Notes
    -----
    Track length goes with ``v^2 / n``. Installed pulse power does not depend on ``n``: every
    section of the track stores its share of the shot's energy, and fewer sections then store
    more each.

    Examples
    --------
    >>> cost = driver_cost(np.array(MOON_ESCAPE_SPEED_KM_S), driver_accel_g=np.array(30.0),
    ...     fixed_capital_usd=30e9, capital_usd_per_tpa=5e4, track_capital_frac=0.2,
    ...     reference_accel_g=30.0, throughput_t_per_yr=1e5, utilisation_frac=0.8,
    ...     capital_recovery_per_yr=0.12, opex_frac_per_yr=0.05, driver_efficiency_frac=0.7,
    ...     electricity_usd_per_kwh=0.1)
    >>> round(float(cost.driver_capital_usd_per_kg), 1)
    52.5
    """
    length_ratio = (exit_speed_km_s / MOON_ESCAPE_SPEED_KM_S) ** 2 * (
        reference_accel_g / driver_accel_g
    )
    fixed = fixed_capital_usd * (1.0 + track_capital_frac * (length_ratio - 1.0))
    capital = fixed + capital_usd_per_tpa * throughput_t_per_yr
    capital_per_flow = capital / (throughput_t_per_yr * utilisation_frac * _KG_PER_T)
    energy_kwh_per_kg = kinetic_kwh_per_kg(exit_speed_km_s) / driver_efficiency_frac
    return DriverCost(
        driver_capital_usd=capital,
        driver_capital_usd_per_kg=capital_per_flow * capital_recovery_per_yr,
        driver_operations_usd_per_kg=capital_per_flow * opex_frac_per_yr,
        driver_electricity_usd_per_kg=energy_kwh_per_kg * electricity_usd_per_kwh,
    )


def structure_mass_factor(
    driver_accel_g: FloatArray,
    *,
    structure_g_sensitivity: Quantity,
    structure_reference_g: Quantity,
) -> FloatArray:
    """Growth of the structure with the driver's acceleration.

    Parameters
    ----------
    driver_accel_g : array_like
        Acceleration in the driver [g0].
    structure_g_sensitivity : array_like
        Growth of the structure per multiple of the reference load [1].
    structure_reference_g : array_like
        Quasi-static load for which rockets' payloads are built [g0].

    Returns
    -------
    numpy.ndarray
        Factor on the structure's mass, never below 1 [1].

    Notes
    -----
    ``1 + k (n / n_ref - 1)``: parts sized by strength grow with load, those sized by stiffness or
    handling do not, and a carriage supports the stowed satellite along its length. An
    estimate; no published sizing of a satellite for a mass driver was found.

    Examples
    --------
    >>> float(structure_mass_factor(np.array(30.0), structure_g_sensitivity=0.05,
    ...                             structure_reference_g=6.0))
    1.2
    """
    overload = np.maximum(driver_accel_g / structure_reference_g - 1.0, 0.0)
    result: FloatArray = 1.0 + structure_g_sensitivity * overload
    return result
