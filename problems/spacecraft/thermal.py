"""Heat: the loop, the radiator temperature in closed form, and the chip junction above it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import (
    COSMIC_BACKGROUND_K,
    STEFAN_BOLTZMANN_W_M2_K4,
    ZERO_CELSIUS_K,
    FloatArray,
    Quantity,
)


def pump_power_fraction(
    loop_delta_k: Quantity,
    *,
    pressure_kpa: Quantity,
    density_kg_per_m3: Quantity,
    heat_capacity_j_per_kg_k: Quantity,
    pump_efficiency: Quantity,
) -> Quantity:
    r"""Return pump power over transported heat of a single-phase loop [1].

    Notes
    -----
    With the flow :math:`Q / (c_p \Delta T)` the share is

    .. math:: \frac{\Delta p}{\rho\, c_p\, \Delta T\, \eta}

    Examples
    --------
    >>> f = pump_power_fraction(10.0, pressure_kpa=200.0, density_kg_per_m3=563.0,
    ...     heat_capacity_j_per_kg_k=5070.0, pump_efficiency=0.4)
    >>> round(138e3 * f / 1e3, 2)  # kW for 138 kW of heat; CoolProp-based value 2.42
    2.42
    """
    heat_per_volume = density_kg_per_m3 * heat_capacity_j_per_kg_k * loop_delta_k
    return pressure_kpa * 1e3 / (heat_per_volume * pump_efficiency)


def absorbed_flux_w_m2(
    earth_ir_w_m2: FloatArray,
    *,
    albedo_flux_w_m2: FloatArray,
    emissivity: FloatArray,
    absorptance: FloatArray,
    solar_flux_w_m2: Quantity,
    sun_error_deg: Quantity,
) -> FloatArray:
    """Return the environment heat absorbed per planform of an edge-on radiator [W/m2].

    Parameters
    ----------
    earth_ir_w_m2, albedo_flux_w_m2
        Incident Earth infrared and reflected sunlight, both faces summed [W/m2].
    emissivity, absorptance
        Infrared emissivity and solar absorptance at end of life [1].
    solar_flux_w_m2
        Direct sunlight [W/m2].
    sun_error_deg
        Angle between the radiator plane and the Sun [deg].

    Examples
    --------
    >>> import numpy as np
    >>> q = absorbed_flux_w_m2(np.array(118.0), albedo_flux_w_m2=np.array(100.0),
    ...     emissivity=np.array(0.85), absorptance=np.array(0.2), solar_flux_w_m2=1361.0,
    ...     sun_error_deg=0.0)
    >>> round(float(q), 1)
    120.3
    """
    direct_w_m2 = solar_flux_w_m2 * np.sin(np.deg2rad(sun_error_deg))
    return np.asarray(emissivity * earth_ir_w_m2 + absorptance * (albedo_flux_w_m2 + direct_w_m2))


def radiator_temperature_k(
    heat_w: FloatArray,
    *,
    area_m2: FloatArray,
    absorbed_w_m2: FloatArray,
    emissivity: FloatArray,
    fin_efficiency: FloatArray,
) -> FloatArray:
    r"""Return the mean temperature at which a two-sided radiator rejects ``heat_w``.

    Parameters
    ----------
    heat_w
        Heat from the loop [W].
    area_m2
        Planform: one face [m2].
    absorbed_w_m2
        Environment heat absorbed per planform [W/m2].
    emissivity, fin_efficiency
        End-of-life emissivity and fin efficiency [1].

    Returns
    -------
    FloatArray
        Temperature [K].

    Notes
    -----
    Solves for T, without iteration,

    .. math:: Q / A = 2 \varepsilon \eta_f \sigma (T^4 - T_{space}^4) - q_{absorbed}

    References
    ----------
    Gilmore, Spacecraft Thermal Control Handbook, vol. 1, ch. 6 (radiator balance).

    Examples
    --------
    >>> import numpy as np
    >>> t = radiator_temperature_k(np.array(770.5), area_m2=np.array(1.0),
    ...     absorbed_w_m2=np.array(0.0), emissivity=np.array(0.92), fin_efficiency=np.array(1.0))
    >>> round(float(t), 2)  # 20 degC
    293.15
    """
    emission = 2.0 * STEFAN_BOLTZMANN_W_M2_K4 * emissivity * fin_efficiency
    fourth_power = (heat_w / area_m2 + absorbed_w_m2) / emission + COSMIC_BACKGROUND_K**4
    return np.asarray(np.sqrt(np.sqrt(fourth_power)))


class RadiatorBalance(NamedTuple):
    """Fourth power of a radiator's temperature in its parts [K4]: it is linear in the heat."""

    new_k4: FloatArray  #: coatings new, every accelerator at work
    chips_k4: FloatArray  #: the part that the heat of the accelerators makes
    darkening_k4: FloatArray  #: what the coatings add until the end of life


def radiator_balance(
    heat_w: FloatArray,
    *,
    chip_heat_w: FloatArray,
    area_m2: FloatArray,
    absorbed_new_w_m2: FloatArray,
    absorbed_eol_w_m2: FloatArray,
    emissivity: FloatArray,
    fin_efficiency: FloatArray,
) -> RadiatorBalance:
    """Return what :func:`radiator_temperature_k` solves, in parts that change over the life.

    Parameters
    ----------
    heat_w, chip_heat_w
        Heat from the loop with every accelerator at work, and the part that goes with them [W].
    area_m2
        Planform: one face [m2].
    absorbed_new_w_m2, absorbed_eol_w_m2
        Environment heat absorbed per planform, coatings new and at end of life [W/m2].
    emissivity, fin_efficiency
        Emissivity and fin efficiency [1].

    Examples
    --------
    >>> import numpy as np
    >>> balance = radiator_balance(np.array(770.5), chip_heat_w=np.array(385.25),
    ...     area_m2=np.array(1.0), absorbed_new_w_m2=np.array(0.0),
    ...     absorbed_eol_w_m2=np.array(10.0), emissivity=np.array(0.92),
    ...     fin_efficiency=np.array(1.0))
    >>> [round(float(temperature_over_life_k(balance, alive_fraction=a, life_share=t)), 2)
    ...  for a, t in ((1.0, 0.0), (0.0, 0.0), (1.0, 1.0))]  # 20 degC; / 2^(1/4); + 10 W/m2
    [293.15, 246.51, 294.09]
    """
    scale = 0.5 / (STEFAN_BOLTZMANN_W_M2_K4 * emissivity * fin_efficiency)
    per_w = scale / area_m2
    new_k4 = heat_w * per_w + (absorbed_new_w_m2 * scale + COSMIC_BACKGROUND_K**4)
    return RadiatorBalance(
        np.asarray(new_k4),
        np.asarray(chip_heat_w * per_w),
        np.asarray((absorbed_eol_w_m2 - absorbed_new_w_m2) * scale),
    )


def temperature_over_life_k(
    balance: RadiatorBalance, *, alive_fraction: Quantity, life_share: Quantity
) -> FloatArray:
    """Return the radiator's temperature with some accelerators dead and coatings half dark [K].

    Parameters
    ----------
    balance
        From :func:`radiator_balance`.
    alive_fraction
        Accelerators still at work [1].
    life_share
        Share of the life that is over; coatings darken in proportion [1].
    """
    lost_k4 = balance.chips_k4 * (1.0 - alive_fraction)
    fourth_power = balance.new_k4 - lost_k4 + balance.darkening_k4 * life_share
    return np.asarray(np.sqrt(np.sqrt(fourth_power)))


def cooling_by_losses_k(
    balance: RadiatorBalance, *, radiator_k: FloatArray, alive_fraction: Quantity
) -> FloatArray:
    """Return what the radiator cools by per unit of the exponent of survival [K].

    Parameters
    ----------
    balance
        From :func:`radiator_balance`.
    radiator_k
        Its temperature now [K].
    alive_fraction
        Accelerators still at work [1].

    Notes
    -----
    Derivative of :func:`temperature_over_life_k` as the share alive falls like exp(-H):
    alive * chips / (4 T^3).

    Examples
    --------
    >>> import numpy as np
    >>> balance = RadiatorBalance(np.array(300.0**4), np.array(0.8 * 300.0**4), np.array(0.0))
    >>> float(cooling_by_losses_k(balance, radiator_k=np.array(300.0), alive_fraction=1.0))
    60.0
    """
    cubed = 4.0 * radiator_k * radiator_k * radiator_k
    return np.asarray(balance.chips_k4 * alive_fraction / cubed)


def heat_rejection_w_m2(
    temperature_k: FloatArray,
    *,
    absorbed_w_m2: FloatArray,
    emissivity: FloatArray,
    fin_efficiency: FloatArray,
) -> FloatArray:
    """Return net heat rejected per planform at a temperature (inverse of the above) [W/m2].

    Examples
    --------
    >>> import numpy as np
    >>> q = heat_rejection_w_m2(np.array(293.15), absorbed_w_m2=np.array(137.4),
    ...     emissivity=np.array(0.92), fin_efficiency=np.array(1.0))
    >>> round(float(q), 1)  # Starcloud white paper: 633
    633.1
    """
    emission = 2.0 * STEFAN_BOLTZMANN_W_M2_K4 * emissivity * fin_efficiency
    squared = temperature_k * temperature_k
    return np.asarray(emission * (squared * squared - COSMIC_BACKGROUND_K**4) - absorbed_w_m2)


def junction_temperature_c(
    radiator_k: FloatArray,
    *,
    fin_drop_k: Quantity,
    loop_delta_k: Quantity,
    junction_delta_k: FloatArray,
) -> FloatArray:
    r"""Return the chip junction temperature above the radiator [degC].

    Notes
    -----
    .. math:: T_j = T_{rad} + \Delta T_{fin} + \Delta T_{loop} / 2 + \Delta T_{chip}

    The last is the catalogue's rise from coolant to junction at full board power, so it does not
    scale with anything here.

    Examples
    --------
    >>> import numpy as np
    >>> t = junction_temperature_c(np.array(323.15), fin_drop_k=5.0, loop_delta_k=10.0,
    ...     junction_delta_k=np.array(35.0))
    >>> round(float(t), 2)
    95.0
    """
    return np.asarray(
        radiator_k - ZERO_CELSIUS_K + (fin_drop_k + 0.5 * loop_delta_k) + junction_delta_k
    )
