"""The terrestrial data centre: the same FLOP from the same chip, at the same boundary."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.economics.cost import some_rate
from problems.units import HOURS_PER_YEAR, FloatArray, Quantity


class GroundCost(NamedTuple):
    """Levelised cost of ground compute by boundary [USD/EFLOP]."""

    full: FloatArray
    no_chips: FloatArray
    launch_only: FloatArray


def chip_purchases(
    horizon_yr: Quantity | FloatArray, *, chip_life_yr: Quantity, discount_per_yr: Quantity
) -> FloatArray:
    """Return the present number of chip generations bought over a horizon [1].

    Parameters
    ----------
    horizon_yr
        Years of operation [yr].
    chip_life_yr
        Years after which chips are replaced [yr].
    discount_per_yr
        Continuous rate: interest plus the decline of a FLOP's price, less the growth of the work
        that a watt does [1/yr].

    Notes
    -----
    Spreads each purchase over its chip life: (1 - e^-kH)/(1 - e^-kL). Equal to the geometric sum
    over purchases at 0, L, 2L ... when the horizon holds whole lives, and continuous in between.

    Examples
    --------
    >>> round(float(chip_purchases(10.0, chip_life_yr=5.0, discount_per_yr=0.1)), 4)  # 1 + e^-0.5
    1.6065
    """
    k = some_rate(discount_per_yr)
    return np.asarray(np.expm1(-k * horizon_yr) / np.expm1(-k * chip_life_yr))


def ground_cost(
    horizon_yr: Quantity | FloatArray,
    *,
    rate_pflops: FloatArray,
    gpu_power_w: FloatArray,
    chip_usd: FloatArray,
    chip_life_yr: Quantity | FloatArray,
    failures_usd_per_yr: Quantity | FloatArray,
    warranty_yr: Quantity,
    chip_price_decline_per_yr: Quantity,
    capex_usd_per_w: Quantity,
    facility_life_yr: Quantity,
    ops_fraction_per_yr: Quantity,
    electricity_usd_per_kwh: Quantity,
    pue: Quantity,
    scarcity_usd_per_kw_yr: Quantity,
    availability: Quantity,
    time_to_power_yr: Quantity,
    wacc: Quantity,
    value_decline_per_yr: Quantity,
    efficiency_growth_per_yr: Quantity,
) -> GroundCost:
    """Return the levelised cost of work on the ground, by boundary.

    The site holds one accelerator at first, and as many as its watts feed at each replacement.

    Parameters
    ----------
    horizon_yr
        Years of operation that are levelised [yr].
    rate_pflops
        Delivered rate of one accelerator, of the kind bought for the first FLOP: dense rate times
        MFU [PFLOP/s].
    gpu_power_w
        Wall power of one accelerator with its share of the host, PUE apart [W].
    chip_usd
        Accelerator and host, at the price of the year of the first FLOP [USD].
    chip_life_yr, facility_life_yr
        Replacement period of chips; accounting life of the building [yr].
    failures_usd_per_yr
        Accelerators that fail for good, per accelerator in use and at the price of its purchase
        [USD/yr].
    warranty_yr
        Years after a purchase in which the maker replaces them for nothing [yr].
    chip_price_decline_per_yr
        Decline of the price of one and the same product [1/yr].
    capex_usd_per_w, ops_fraction_per_yr
        Facility capital [USD/W of IT]; operations over that capital [1/yr].
    electricity_usd_per_kwh, pue
        Price [USD/kWh] and power usage effectiveness [1].
    scarcity_usd_per_kw_yr
        Extra rent where power is short [USD/kW/yr].
    availability
        Share of the time in useful work [1].
    time_to_power_yr
        Wait between paying for the building and the first FLOP [yr].
    wacc, value_decline_per_yr
        Discount rate, and yearly decline of a FLOP's value [1/yr].
    efficiency_growth_per_yr
        Growth of the work per watt from one generation of chips to the next [1/yr].

    Returns
    -------
    GroundCost
        ``full``: everything; ``no_chips``: facility, electricity and operations;
        ``launch_only``: electricity times PUE [USD/EFLOP].

    Notes
    -----
    The watts of the site stay; chips bought t years later do (1+g)^t times the work in them, at
    (1+d)^-t the price of a FLOP. So a FLOP's share of the chips is that of the first generation,
    and its share of site and electricity falls.

    Failed accelerators are replaced by the same product at once: over a life L of chips, of which
    the warranty covers the first W years, with interest r and price decline q, the failures of
    (e^-kW - e^-kL)/k years at k = ln(1+r) + ln(1+q) are paid on top of each generation.

    Facility capital is annualised over its own life. Time zero is the first FLOP: chips are bought
    with it, and capital spent ``time_to_power_yr`` earlier grows with the discount rate. FLOP are
    counted in the worth of the year in which the building is paid: a factor (1+d)^wait on
    everything, which chips that follow the trend make up for by what they have gained meanwhile.

    References
    ----------
    Short, Packey and Holt (1995), NREL/TP-462-5173, ch. 3.

    Examples
    --------
    An owned H100: 45 k$ all-in, 10 %, 4 yr, 1.32 kW, PUE 1.25, 0.08 $/kWh is 106 $/PFLOP-day.

    >>> import numpy as np
    >>> c = ground_cost(4.0, rate_pflops=np.array(0.3956), gpu_power_w=np.array(1320.0),
    ...     chip_usd=np.array(45e3), chip_life_yr=4.0, failures_usd_per_yr=0.0, warranty_yr=0.0,
    ...     chip_price_decline_per_yr=0.0, capex_usd_per_w=0.0, facility_life_yr=15.0,
    ...     ops_fraction_per_yr=0.0, electricity_usd_per_kwh=0.08, pue=1.25,
    ...     scarcity_usd_per_kw_yr=0.0, availability=1.0, time_to_power_yr=0.0, wacc=0.10,
    ...     value_decline_per_yr=0.0, efficiency_growth_per_yr=0.0)
    >>> round(float(c.full) * 86.4)
    102
    """
    interest = some_rate(np.log1p(wacc))
    decline = np.log1p(value_decline_per_yr)
    wait_value = np.exp(decline * time_to_power_yr)
    falling = some_rate(interest + decline)
    generations = chip_purchases(
        horizon_yr,
        chip_life_yr=chip_life_yr,
        discount_per_yr=falling - np.log1p(efficiency_growth_per_yr),
    )
    work_years = generations * (-np.expm1(-falling * chip_life_yr) / falling)
    money_years = -np.expm1(-interest * horizon_yr) / interest
    # Continuous annuity of a building paid `time_to_power_yr` before it serves.
    facility_usd_per_w_yr = capex_usd_per_w * (
        np.exp(interest * time_to_power_yr) * interest / -np.expm1(-interest * facility_life_yr)
        + ops_fraction_per_yr
    )
    energy_usd_per_yr = gpu_power_w * (1e-3 * HOURS_PER_YEAR) * (electricity_usd_per_kwh * pue)
    site_usd_per_yr = gpu_power_w * (facility_usd_per_w_yr + 1e-3 * scarcity_usd_per_kw_yr)
    cheaper = some_rate(interest + np.log1p(chip_price_decline_per_yr))
    covered_yr = np.minimum(warranty_yr, chip_life_yr)
    failing_years = np.exp(-cheaper * covered_yr) * (
        -np.expm1(-cheaper * (chip_life_yr - covered_yr)) / cheaper
    )
    chips_usd = (chip_usd + failures_usd_per_yr * failing_years) * generations
    exaflop = rate_pflops * availability * work_years * (1e-3 * HOURS_PER_YEAR * 3600.0)
    scale = wait_value / exaflop
    energy = energy_usd_per_yr * money_years * scale
    no_chips = energy + site_usd_per_yr * money_years * scale
    return GroundCost(
        np.asarray(no_chips + chips_usd * scale), np.asarray(no_chips), np.asarray(energy)
    )
