"""Stages of time and protection: whether hardware exists at launch, and what faults cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.state import State, glance, stage
from problems.economics import cost, timing
from problems.spacecraft import protection
from problems.units import FloatArray


@stage(writes=("hardware_wait_yr", "flop_value_factor"))
def calendar(s: State) -> None:
    """Hold hardware and the worth of a FLOP against the launch year."""
    s.out["hardware_wait_yr"] = timing.hardware_wait_yr(
        s.design["launch_year"], available_from=_dates(s)
    )
    s.out["flop_value_factor"] = np.ones(())
    if somewhere(s.late_yr):
        s.out["flop_value_factor"] = timing.decline_factor(
            np.asarray(s.late_yr), decline_per_yr=s.assumptions.compute.value_decline_per_yr
        )


def _dates(s: State) -> Iterator[FloatArray]:
    """First year of each piece of hardware chosen; the Moon's launches need no rocket."""
    rocket = glance(s.hardware.launcher, "available_from")
    yield np.where(s.from_moon, -np.inf, rocket) if s.some_from_moon else rocket
    hardware = s.hardware
    for table in (hardware.gpu, hardware.array, hardware.radiator, hardware.battery):
        yield glance(table, "available_from")


@stage(writes=("series_factor",))
def experience(s: State) -> None:
    """Find what the number built makes of the prices of the platform."""
    assumed = s.assumptions.cost
    s.series_factor = cost.series_factor(
        assumed.series_satellites, learning_rate=assumed.learning_rate
    )


@stage(writes=("guard",))
def protect(s: State) -> None:
    """Find what the chosen protection costs and catches."""
    assumed = s.assumptions.protection
    s.guard = protection.guard(
        s.design["protection"],
        checked_frac=s.assumptions.radiation.sdc_detected_fraction,
        duplicate_detected_frac=assumed.duplicate_detected_frac,
        compare_overhead_frac=assumed.compare_overhead_frac,
        tmr_masked_frac=assumed.tmr_masked_frac,
        tmr_host_power_frac=assumed.tmr_host_power_frac,
        tmr_host_share_frac=assumed.tmr_host_share_frac,
    )
