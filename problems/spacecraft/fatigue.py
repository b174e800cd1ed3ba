"""Solder fatigue: what pauses in eclipse take from the joints under an accelerator."""

from __future__ import annotations

import numpy as np

from problems.units import (
    STEFAN_BOLTZMANN_W_M2_K4,
    ZERO_CELSIUS_K,
    FloatArray,
    Quantity,
)

#: Swing, cycles a day and hottest temperature of the board test, 0 to 100 degC.
TEST_SWING_K, TEST_CYCLES_PER_DAY, TEST_TOP_K = 100.0, 48.0, 373.15
#: Exponent of the swing for lead-free solder; activation temperature, and power of the frequency.
SWING_EXPONENT, ACTIVATION_K = 2.65, 1414.0


def loop_time_constant_s(
    mass_kg: FloatArray,
    *,
    heat_capacity_j_per_kg_k: Quantity,
    radiator_k: FloatArray,
    area_m2: FloatArray,
    emissivity: FloatArray,
    fin_efficiency: FloatArray,
) -> FloatArray:
    """Return the time in which the loop cools to 1/e when the heat stops [s].

    Parameters
    ----------
    mass_kg
        What cools with the loop: accelerators, hosts and radiator [kg].
    heat_capacity_j_per_kg_k
        Of that mass [J/kg/K].
    radiator_k, area_m2
        Temperature at work [K], and planform of a radiator that radiates from both faces [m2].
    emissivity, fin_efficiency
        Of the radiator [1].

    Notes
    -----
    m c over the slope 8 eps eta sigma T^3 A of what both faces radiate.

    Examples
    --------
    Two tonnes on 300 m2 at 320 K cool within eight minutes:

    >>> import numpy as np
    >>> tau = loop_time_constant_s(np.array(2000.0), heat_capacity_j_per_kg_k=800.0,
    ...     radiator_k=np.array(320.0), area_m2=np.array(300.0), emissivity=np.array(0.85),
    ...     fin_efficiency=np.array(0.9))
    >>> round(float(tau) / 60.0, 1)
    7.8
    """
    cubed = radiator_k * radiator_k * radiator_k
    slope = 8.0 * STEFAN_BOLTZMANN_W_M2_K4 * (emissivity * fin_efficiency * area_m2) * cubed
    return np.asarray(mass_kg * heat_capacity_j_per_kg_k / slope)


def solder_swing_k(
    junction_delta_k: FloatArray,
    *,
    joint_share: Quantity,
    coolant_drop_k: FloatArray,
    eclipse_min: FloatArray,
    time_constant_s: FloatArray,
    eclipse_power_fraction: FloatArray,
) -> FloatArray:
    """Return how far the temperature of the joints falls in an eclipse [K].

    Parameters
    ----------
    junction_delta_k
        Junction above coolant at work [K].
    joint_share
        Share of it that stands between joint and coolant [1].
    coolant_drop_k
        What the coolant falls by in an endless eclipse [K].
    eclipse_min
        Length of the eclipse [min].
    time_constant_s
        From :func:`loop_time_constant_s` [s].
    eclipse_power_fraction
        Share of the power that the battery carries through eclipse [1].

    Notes
    -----
    (1 - f) [g (T_j - T_c) + (T_c - T_cold)(1 - e^(-t/tau))]: the drop inside the package vanishes
    within seconds, that of the coolant with the loop.

    Examples
    --------
    >>> import numpy as np
    >>> dt = solder_swing_k(np.array(40.0), joint_share=0.6, coolant_drop_k=np.array(20.0),
    ...     eclipse_min=np.array(35.0), time_constant_s=np.array(480.0),
    ...     eclipse_power_fraction=np.array(0.25))
    >>> round(float(dt), 1)  # 0.75 (24 + 20 (1 - e^-4.4))
    32.8
    """
    time_constant_min = np.maximum(time_constant_s, 1.0) * (1.0 / 60.0)
    cooled = -np.expm1(-eclipse_min / time_constant_min)
    swing = joint_share * junction_delta_k + coolant_drop_k * cooled
    return np.where(eclipse_min > 0.0, (1.0 - eclipse_power_fraction) * swing, 0.0)


def fatigue_utilisation(
    cycles: FloatArray,
    *,
    swing_k: FloatArray,
    top_c: FloatArray,
    period_min: FloatArray,
    test_cycles: Quantity,
) -> FloatArray:
    """Return the cycles over those after which 1 % of the packages have failed [1].

    Parameters
    ----------
    cycles
        Eclipses that an accelerator sees [1].
    swing_k
        From :func:`solder_swing_k` [K].
    top_c
        Temperature of the joints at work [degC].
    period_min
        Time from one eclipse to the next [min].
    test_cycles
        Cycles of a board between 0 and 100 degC until 1 % of the packages have failed [1].

    Notes
    -----
    Norris-Landzberg: N = N_test (100/dT)^2.65 (f/48)^(1/3) e^(1414 (1/T_max - 1/373.15)), with the
    swing exponent of lead-free solder and the other two of tin-lead. All of lead-free gives 1.6
    times, all of tin-lead half of it at 40 K (in the range of ``test_cycles``).

    References
    ----------
    Norris and Landzberg (1969), IBM J. Res. Dev. 13, 266; Pan et al. (2005), SMTA International.

    Examples
    --------
    40 K below 60 degC, 15.4 times a day, on 1,500 test cycles: 18,400 to 1 %.

    >>> import numpy as np
    >>> used = fatigue_utilisation(np.array(18_400.0), swing_k=np.array(40.0),
    ...     top_c=np.array(60.0), period_min=np.array(1440.0 / 15.4), test_cycles=1500.0)
    >>> round(float(used), 2)
    1.0
    """
    hotter = 1.0 / (top_c + ZERO_CELSIUS_K) - 1.0 / TEST_TOP_K
    swing = np.log(np.maximum(swing_k, 1e-3) / TEST_SWING_K)
    slower = np.cbrt(period_min * (TEST_CYCLES_PER_DAY / 1440.0))
    worn = np.exp(SWING_EXPONENT * swing - ACTIVATION_K * hotter) * slower
    return np.asarray(cycles * worn / test_cycles)
