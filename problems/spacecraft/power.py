"""Power: what the array gives at end of life, what the load needs, and the eclipse battery."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from problems.units import (
    STANDARD_GRAVITY_M_S2,
    STEFAN_BOLTZMANN_W_M2_K4,
    ZERO_CELSIUS_K,
    FloatArray,
    Quantity,
)

REFERENCE_CELL_TEMPERATURE_C = 28.0  # AIAA S-111 standard condition of space cells
#: A depth of discharge below this is not a battery design but a failed one.
SHALLOWEST_DEPTH_OF_DISCHARGE = 0.05
#: Below this there is no array to speak of; ratios to it stay finite.
SMALLEST_SUPPLY_W = 1.0


def array_temperature_c(
    solar_flux_w_m2: Quantity,
    *,
    absorptance: Quantity,
    electric_efficiency: FloatArray,
    emissivity_front: Quantity,
    emissivity_back: Quantity,
    earth_load_w_m2: FloatArray,
) -> FloatArray:
    r"""Return the temperature of a flat array that faces the Sun.

    Parameters
    ----------
    solar_flux_w_m2
        Normal irradiance [W/m2].
    absorptance
        Solar absorptance of the front [1].
    electric_efficiency
        Share of the sunlight that leaves as electricity, packing included [1].
    emissivity_front, emissivity_back
        Infrared emissivity of both faces [1].
    earth_load_w_m2
        Absorbed Earth infrared and albedo per area of the array [W/m2].

    Returns
    -------
    FloatArray
        Temperature [degC].

    Notes
    -----
    .. math:: (\alpha - \eta) S + q_{earth} = (\varepsilon_f + \varepsilon_b) \sigma T^4

    in steady balance, no conduction between cells and no transient after eclipse.

    References
    ----------
    Gilmore, Spacecraft Thermal Control Handbook, vol. 1, ch. 2 (isothermal flat plate).

    Examples
    --------
    >>> import numpy as np
    >>> t = array_temperature_c(1361.0, absorptance=0.9, electric_efficiency=np.array(0.2),
    ...     emissivity_front=0.85, emissivity_back=0.85, earth_load_w_m2=np.array(60.0))
    >>> round(float(t), 1)
    47.0
    """
    absorbed_w_m2 = (absorptance - electric_efficiency) * solar_flux_w_m2 + earth_load_w_m2
    emission = (emissivity_front + emissivity_back) * STEFAN_BOLTZMANN_W_M2_K4
    return np.asarray(np.sqrt(np.sqrt(absorbed_w_m2 / emission)) - ZERO_CELSIUS_K)


def array_power_bol_w(
    area_m2: FloatArray,
    *,
    solar_flux_w_m2: Quantity,
    cell_efficiency: FloatArray,
    packing: Quantity,
    temperature_c: FloatArray,
    temp_coeff_per_k: FloatArray,
    wiring_efficiency: Quantity,
    pointing_cosine: Quantity,
) -> FloatArray:
    r"""Return array power in full sun at begin of life [W].

    Notes
    -----
    .. math:: P = S \cos\theta\, A\, f_{pack}\, \eta\, [1 + c_T (T - 28\,°C)]\, \eta_{wire}

    References
    ----------
    Wertz et al., Space Mission Engineering: The New SMAD, eq. 21-9 with a temperature term.

    Examples
    --------
    >>> import numpy as np
    >>> p = array_power_bol_w(np.array(16.0e6), solar_flux_w_m2=1361.0,
    ...     cell_efficiency=np.array(0.22), packing=0.9, temperature_c=np.array(28.0),
    ...     temp_coeff_per_k=np.array(-0.0035), wiring_efficiency=1.0, pointing_cosine=1.0)
    >>> round(float(p) / 1e9, 2)  # Starcloud's 16 km2: 4.31 GW, not 5
    4.31
    """
    flux = solar_flux_w_m2 * pointing_cosine * packing * wiring_efficiency
    heat_factor = 1.0 + temp_coeff_per_k * (temperature_c - REFERENCE_CELL_TEMPERATURE_C)
    return np.asarray(area_m2 * cell_efficiency * heat_factor * flux)


def array_power_eol_w(
    power_bol_w: FloatArray,
    *,
    damage_fraction: FloatArray,
    ageing_per_yr: Quantity,
    life_yr: FloatArray,
) -> FloatArray:
    r"""Return array power after ``life_yr``, with radiation damage and other ageing [W].

    Notes
    -----
    .. math:: P_{EOL} = P_{BOL} (1 - d) (1 - a)^L

    with damage d and yearly ageing a. ``ageing_per_yr`` holds no radiation damage.

    Examples
    --------
    >>> import numpy as np
    >>> p = array_power_eol_w(np.array(100.0), damage_fraction=np.array(0.1),
    ...     ageing_per_yr=0.005, life_yr=np.array(5.0))
    >>> round(float(p), 2)
    87.77
    """
    ageing = np.exp(np.log1p(-np.asarray(ageing_per_yr)) * life_yr)
    return np.asarray(power_bol_w * (1.0 - damage_fraction) * ageing)


def thruster_power_w(
    thrust_n: FloatArray, *, isp_s: Quantity, efficiency_frac: Quantity
) -> FloatArray:
    """Return the electric power of a steady thrust [W].

    Parameters
    ----------
    thrust_n
        Thrust [N].
    isp_s
        Specific impulse [s].
    efficiency_frac
        Jet power over electric power, power processing included [1].

    Notes
    -----
    P = F v_e / (2 eta).

    Examples
    --------
    >>> import numpy as np
    >>> p = thruster_power_w(np.array(0.17), isp_s=2500.0, efficiency_frac=0.496)
    >>> round(float(p))  # the argon thruster of the Starlink V2 mini: 4.2 kW
    4201
    """
    return np.asarray(thrust_n * (0.5 * STANDARD_GRAVITY_M_S2 * isp_s / efficiency_frac))


def required_array_power_w(
    day_load_w: FloatArray,
    *,
    eclipse_load_w: FloatArray,
    eclipse_min: FloatArray,
    period_min: FloatArray,
    day_path_efficiency: Quantity,
    eclipse_path_efficiency: Quantity,
) -> FloatArray:
    """Return the power the array must give in sunlight to carry the orbit with longest eclipse.

    Parameters
    ----------
    day_load_w, eclipse_load_w
        Loads in sunlight and in eclipse [W].
    eclipse_min, period_min
        Longest eclipse and orbital period [min].
    day_path_efficiency, eclipse_path_efficiency
        From array to load directly, and through the battery [1].

    Returns
    -------
    FloatArray
        Array power [W].

    References
    ----------
    Wertz et al., Space Mission Engineering: The New SMAD, eq. 21-5.

    Examples
    --------
    >>> import numpy as np
    >>> p = required_array_power_w(np.array(138e3), eclipse_load_w=np.array(138e3),
    ...     eclipse_min=np.array(20.69), period_min=np.array(96.69),
    ...     day_path_efficiency=0.85, eclipse_path_efficiency=0.65)
    >>> round(float(p) / 1e3, 1)
    220.2
    """
    recharge_w = (
        eclipse_load_w * eclipse_min / (eclipse_path_efficiency * (period_min - eclipse_min))
    )
    return np.asarray(day_load_w / day_path_efficiency + recharge_w)


def power_utilisation(
    supply_w: Sequence[FloatArray], *, required_w: Sequence[FloatArray]
) -> FloatArray:
    """Return the power required over what is there, at the worst of several times [1].

    Parameters
    ----------
    supply_w, required_w
        Array power there and required at the same times [W].

    Examples
    --------
    >>> import numpy as np
    >>> float(power_utilisation([np.array(100.0), np.array(80.0)],
    ...     required_w=[np.array(90.0), np.array(60.0)]))
    0.9
    """
    ratios = [
        need / np.maximum(there, SMALLEST_SUPPLY_W)
        for there, need in zip(supply_w, required_w, strict=True)
    ]
    return np.asarray(reduce(np.maximum, ratios))


class BatterySizing(NamedTuple):
    """A battery that lives as long as the satellite."""

    energy_wh: FloatArray
    depth_of_discharge: FloatArray
    cycle_utilisation: FloatArray


def battery_sizing(
    eclipse_load_w: FloatArray,
    *,
    eclipse_min: FloatArray,
    cycles: FloatArray,
    cycle_life_at_zero_dod: FloatArray,
    cycle_life_slope: FloatArray,
    discharge_efficiency: FloatArray,
    depth_of_discharge_cap: Quantity,
    contingency_wh: FloatArray,
) -> BatterySizing:
    r"""Return the installed energy that lasts ``cycles`` eclipses of the longest kind.

    Parameters
    ----------
    eclipse_load_w
        Load carried in eclipse [W].
    eclipse_min
        Longest eclipse [min].
    cycles
        Number of eclipses over the life [1].
    cycle_life_at_zero_dod, cycle_life_slope
        N0 and k of the cycle-life fit N = N0 exp(-k DoD) [1].
    discharge_efficiency, depth_of_discharge_cap
        Losses on the way out, and the deepest discharge allowed [1].
    contingency_wh
        Energy that must be there even without eclipse [Wh].

    Returns
    -------
    BatterySizing
        Installed energy [Wh], depth of discharge [1], cycles over the cycle life at the
        shallowest sensible depth (above 1 no battery of this kind lasts) [1].

    Notes
    -----
    The depth that gives just enough cycles, :math:`\ln(N_0 / N) / k`, in closed form. Treating
    every eclipse as the longest is conservative for a dawn-dusk orbit, whose season is short.

    Examples
    --------
    >>> import numpy as np
    >>> b = battery_sizing(np.array(138e3), eclipse_min=np.array(20.69), cycles=np.array(8027.0),
    ...     cycle_life_at_zero_dod=np.array(152800.0), cycle_life_slope=np.array(4.91),
    ...     discharge_efficiency=np.array(0.95), depth_of_discharge_cap=0.8,
    ...     contingency_wh=np.array(300.0))
    >>> round(float(b.depth_of_discharge), 2), round(float(b.energy_wh) / 150)  # kg at 150 Wh/kg
    (0.6, 557)
    """
    depth = np.log(cycle_life_at_zero_dod / np.maximum(cycles, 1.0)) / cycle_life_slope
    depth = np.minimum(np.maximum(depth, SHALLOWEST_DEPTH_OF_DISCHARGE), depth_of_discharge_cap)
    usable_wh = eclipse_load_w * eclipse_min * (1.0 / 60.0) / discharge_efficiency
    energy_wh = np.maximum(usable_wh / depth, contingency_wh / depth_of_discharge_cap)
    longest_life = cycle_life_at_zero_dod * np.exp(
        -SHALLOWEST_DEPTH_OF_DISCHARGE * np.asarray(cycle_life_slope)
    )
    return BatterySizing(energy_wh, depth, np.asarray(cycles / longest_life))
