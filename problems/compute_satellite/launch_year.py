"""The numbers in force at the launch year: prices and chips move before the first stage.

No stage knows about it; a batch launched in its scenario's year passes through untouched, bit for
bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from problems.batch import somewhere
from problems.compute_satellite.chips import chips_in_year
from problems.compute_satellite.state import Hardware, Numbers
from problems.economics import timing
from problems.parameters.assumptions import Assumptions
from problems.units import FloatArray


class _Moved(dict[str, FloatArray]):
    """A catalogue table with some columns moved; the others come from the table when asked for."""

    def __init__(self, table: Mapping[str, FloatArray], moved: Mapping[str, FloatArray]) -> None:
        super().__init__(moved)
        self._table = table

    def __missing__(self, field: str) -> FloatArray:
        return self._table[field]


def at_launch_year(
    launch_year: FloatArray,
    *,
    assumptions: Assumptions,
    hardware: Hardware,
    scenario_year: float,
) -> Numbers:
    """Return the numbers in force with everything that the launch year moves.

    Parameters
    ----------
    launch_year
        ``(n,)`` year of the launch [yr].
    assumptions, hardware
        Numbers in force in the scenario's year.
    scenario_year
        Year to which they belong [yr].
    """
    if not somewhere(launch_year != scenario_year):
        return Numbers(assumptions, hardware, 0.0)
    late_yr = launch_year - scenario_year
    hardware = _hardware(hardware, assumptions, launch_year, scenario_year)
    return Numbers(_assumptions(assumptions, late_yr), hardware, late_yr)


def _hardware(
    hardware: Hardware, assumptions: Assumptions, launch_year: FloatArray, scenario_year: float
) -> Hardware:
    """Catalogue columns as the launch year finds them."""
    trend, late_yr = assumptions.timing, launch_year - scenario_year
    chips = chips_in_year(hardware.gpu, assumptions, year=launch_year, scenario_year=scenario_year)
    flight = timing.decline_factor(late_yr, decline_per_yr=trend.launch_price_decline_per_yr)
    panel = timing.decline_factor(late_yr, decline_per_yr=trend.array_price_decline_per_yr)
    bus = timing.decline_factor(late_yr, decline_per_yr=trend.bus_price_decline_per_yr)
    array, radiator, battery = hardware.array, hardware.radiator, hardware.battery
    return Hardware(
        gpu=_Moved(hardware.gpu, chips),
        array=_Moved(array, {"usd_per_w": array["usd_per_w"] * panel}),
        radiator=_Moved(radiator, {"usd_per_m2": radiator["usd_per_m2"] * bus}),
        battery=_Moved(battery, {"usd_per_wh": battery["usd_per_wh"] * bus}),
        launcher=_flown(hardware.launcher, flight),
        freight=_flown(hardware.freight, flight),
    )


def _flown(launcher: Mapping[str, FloatArray], factor: FloatArray) -> _Moved:
    """Launchers with price and own cost of a flight as the launch year finds them."""
    moved = ("price_usd", "own_cost_usd")
    return _Moved(launcher, {name: launcher[name] * factor for name in moved})


def _assumptions(assumptions: Assumptions, late_yr: FloatArray) -> Assumptions:
    """Numbers in force that the launch year moves."""
    cost, power, launch = assumptions.cost, assumptions.power, assumptions.launch
    comms, cluster = assumptions.comms, assumptions.cluster
    trend, replace = assumptions.timing, dataclasses.replace
    bus = timing.decline_factor(late_yr, decline_per_yr=trend.bus_price_decline_per_yr)
    network = timing.decline_factor(late_yr, decline_per_yr=trend.network_price_decline_per_yr)
    return replace(
        assumptions,
        cost=replace(
            cost,
            bus_usd_per_kg=cost.bus_usd_per_kg * bus,
            thruster_usd=cost.thruster_usd * bus,
        ),
        power=replace(power, pmad_usd_per_w=power.pmad_usd_per_w * bus),
        launch=replace(launch, thruster_usd_per_kw=launch.thruster_usd_per_kw * bus),
        comms=replace(
            comms,
            terminal_cost_usd=comms.terminal_cost_usd * bus,
            site_cost_usd=comms.site_cost_usd * network,
        ),
        cluster=replace(cluster, terminal_cost_usd=cluster.terminal_cost_usd * bus),
    )
