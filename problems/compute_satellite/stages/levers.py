"""Wiring of time and protection: what launch year and fault tolerance change before the chain.

The year moves prices and chips in place, so no later stage knows about it; a batch launched in its
scenario's year passes through untouched, bit for bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from problems.compute_satellite.state import Hardware, State, glance
from problems.economics import timing
from problems.parameters.assumptions import Assumptions
from problems.spacecraft import protection
from problems.units import FloatArray


class _Moved(dict[str, FloatArray]):
    """A catalogue table with some columns moved; the others come from the table when asked for."""

    def __init__(self, table: Mapping[str, FloatArray], moved: Mapping[str, FloatArray]) -> None:
        super().__init__(moved)
        self._table = table

    def __missing__(self, field: str) -> FloatArray:
        return self._table[field]


def calendar(s: State) -> None:
    """Move prices and chips to the launch year, and hold hardware against it."""
    year, hw = s.design["launch_year"], s.hw
    s.out["hardware_wait_yr"] = timing.hardware_wait_yr(year, available_from=_dates(s))
    s.late_yr, s.out["flop_value_factor"] = 0.0, np.ones(())
    moved = bool((year != s.env.scenario_year).any())
    if moved or glance(hw.gpu, "follows_trend").any():
        s.hw = _hardware(s, year)
    if moved:
        s.late_yr = late = year - s.env.scenario_year
        s.out["flop_value_factor"] = timing.decline_factor(
            late, decline_per_yr=s.a.compute.value_decline_per_yr
        )
        s.a = _assumptions(s.a, late)


def _dates(s: State) -> Iterator[FloatArray]:
    """First year of each piece of hardware chosen; the Moon's launches need no rocket."""
    rocket = glance(s.hw.launcher, "available_from")
    yield np.where(s.from_moon, -np.inf, rocket) if s.from_moon.any() else rocket
    for table in (s.hw.gpu, s.hw.array, s.hw.radiator, s.hw.battery):
        yield glance(table, "available_from")


def _hardware(s: State, year: FloatArray) -> Hardware:
    """Catalogue columns as the launch year finds them."""
    t, hw, gpu = s.a.timing, s.hw, s.hw.gpu
    late = year - s.env.scenario_year
    chip = timing.generation(
        year,
        scenario_year=s.env.scenario_year,
        available_from=gpu["available_from"],
        follows_trend=gpu["follows_trend"],
        price_decline_per_yr=t.chip_price_decline_per_yr,
        efficiency_growth_per_yr=t.chip_efficiency_growth_per_yr,
        memory_growth_per_yr=t.chip_memory_growth_per_yr,
        value_decline_per_yr=s.a.compute.value_decline_per_yr,
    )
    flight = timing.decline_factor(late, decline_per_yr=t.launch_price_decline_per_yr)
    panel = timing.decline_factor(late, decline_per_yr=t.array_price_decline_per_yr)
    bus = timing.decline_factor(late, decline_per_yr=t.bus_price_decline_per_yr)
    grown = {
        "bf16_dense_tflops": gpu["bf16_dense_tflops"] * chip.rate_factor,
        "fp8_dense_tflops": gpu["fp8_dense_tflops"] * chip.rate_factor,
        "hbm_gb": gpu["hbm_gb"] * chip.memory_factor,
        "price_usd": gpu["price_usd"] * chip.price_factor,
    }
    radiator_usd = hw.radiator["usd_per_m2"] * bus
    return Hardware(
        gpu=_Moved(gpu, grown),
        array=_Moved(hw.array, {"usd_per_w": hw.array["usd_per_w"] * panel}),
        radiator=_Moved(hw.radiator, {"usd_per_m2": radiator_usd}),
        battery=_Moved(hw.battery, {"usd_per_wh": hw.battery["usd_per_wh"] * bus}),
        launcher=_Moved(hw.launcher, {"price_usd": hw.launcher["price_usd"] * flight}),
        freight_usd_per_kg=hw.freight_usd_per_kg * flight,
    )


def _assumptions(a: Assumptions, late: FloatArray) -> Assumptions:
    """Numbers in force that the launch year moves."""
    bus = timing.decline_factor(late, decline_per_yr=a.timing.bus_price_decline_per_yr)
    replace = dataclasses.replace
    return replace(
        a,
        cost=replace(
            a.cost,
            bus_usd_per_kg=a.cost.bus_usd_per_kg * bus,
            thruster_usd=a.cost.thruster_usd * bus,
        ),
        power=replace(a.power, pmad_usd_per_w=a.power.pmad_usd_per_w * bus),
        launch=replace(a.launch, thruster_usd_per_kw=a.launch.thruster_usd_per_kw * bus),
        comms=replace(a.comms, terminal_cost_usd=a.comms.terminal_cost_usd * bus),
        orbit=replace(a.orbit, epoch_year=a.orbit.epoch_year + late),
    )


def protect(s: State) -> None:
    """Find what the chosen protection costs and catches."""
    p = s.a.protection
    s.guard = protection.guard(
        s.design["protection"],
        checked_frac=s.a.radiation.sdc_detected_fraction,
        duplicate_detected_frac=p.duplicate_detected_frac,
        compare_overhead_frac=p.compare_overhead_frac,
        tmr_masked_frac=p.tmr_masked_frac,
        tmr_host_power_frac=p.tmr_host_power_frac,
        tmr_host_share_frac=p.tmr_host_share_frac,
    )
