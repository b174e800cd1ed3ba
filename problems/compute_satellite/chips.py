"""Accelerators in a year: rate at the chosen precision, memory and price, by age or by trend."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.economics import timing
from problems.parameters.assumptions import Assumptions
from problems.spacecraft import compute
from problems.units import FloatArray, Quantity


def chips_in_year(
    gpu: Mapping[str, FloatArray],
    assumptions: Assumptions,
    *,
    year: Quantity,
    scenario_year: float,
) -> dict[str, FloatArray]:
    """Return what a year makes of accelerators of the catalogue.

    Parameters
    ----------
    gpu
        Columns of the catalogue, over its rows or gathered for designs.
    assumptions
        Numbers in force.
    year
        Year in which the accelerators are bought [yr].
    scenario_year
        Year to which prices without a date belong [yr].

    Returns
    -------
    dict of str to ndarray
        ``dense_tflops`` at the chosen precision [TFLOP/s], ``memory_gb`` [GB], and ``chip_usd``,
        the price without the host's share [USD].
    """
    trend, chosen = assumptions.timing, assumptions.compute
    factors = timing.generation(
        year,
        dated=_dated(gpu, scenario_year),
        follows_trend=gpu["follows_trend"],
        price_decline_per_yr=trend.chip_price_decline_per_yr,
        efficiency_growth_per_yr=trend.chip_efficiency_growth_per_yr,
        memory_growth_per_yr=trend.chip_memory_growth_per_yr,
        value_decline_per_yr=chosen.value_decline_per_yr,
    )
    rate_tflops = compute.dense_rate_tflops(
        gpu["bf16_dense_tflops"],
        fp8_dense_tflops=gpu["fp8_dense_tflops"],
        fp4_dense_tflops=gpu["fp4_dense_tflops"],
        precision=chosen.precision,
    )
    # A rack's price holds hosts and network, which are charged (and do not age) on their own.
    host_usd = gpu["price_basis"] * chosen.host_usd_per_gpu
    return {
        "dense_tflops": rate_tflops * factors.rate_factor,
        "memory_gb": gpu["hbm_gb"] * factors.memory_factor,
        "chip_usd": np.maximum(gpu["price_usd"] - host_usd, 0.0) * factors.price_factor,
    }


def _dated(gpu: Mapping[str, FloatArray], scenario_year: float) -> FloatArray:
    """Return the year from which prices age and the trend grows [yr].

    A price without a date is one of the scenario's year; no product ages before it is sold.
    """
    priced, sold = gpu["price_year"], gpu["available_from"]
    dated = np.maximum(np.where(np.isnan(priced), scenario_year, priced), sold)
    return np.where(gpu["follows_trend"] == 1.0, priced, dated)
