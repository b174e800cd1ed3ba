"""Figures that claims may name beside outputs, variables and assumptions.

``at_100_gw.<need>`` and its like are what a fleet of such satellites needs and suffers when that
much IT power is put into orbit every year (:func:`optimize.analysis.fleet.needs.fleet_needs`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from optimize.analysis.fleet.needs import NEEDS, fleet_needs
from problems.compute_satellite.items import SUBSYSTEM_MASSES, add_up, costs_of
from problems.economics import fleet
from problems.parameters.assumptions import FleetAssumptions
from problems.units import DAYS_PER_YEAR, EARTH_MEAN_RADIUS_KM, HOURS_PER_YEAR, FloatArray

Look = Callable[[str], Any]

#: Yearly rates of IT power [W/yr] by the prefix of what a fleet needs at them.
RATES: Mapping[str, float] = {
    "at_1_gw": 1e9,
    "at_100_gw": 1e11,
    "at_300_gw": 3e11,
    "at_1_tw": 1e12,
}
#: The cheapest cost of a FLOP on the ground over the open accelerators.
GROUND = "cheapest_ground_usd_per_exaflop"

CONSTANTS: Mapping[str, float] = {
    "hours_per_yr": HOURS_PER_YEAR,
    "days_per_yr": DAYS_PER_YEAR,
    "earth_radius_km": EARTH_MEAN_RADIUS_KM,
    "pi": np.pi,
}


def derived_names() -> Iterator[str]:
    """Return every such name."""
    yield from (*CONSTANTS, *_FIGURES, GROUND)
    yield from (f"{prefix}.{need}" for prefix in RATES for need in (*NEEDS, "flights_per_yr"))


def derived(name: str, look: Look) -> FloatArray | None:
    """Return a figure that follows from outputs and assumptions; None for any other name."""
    if name in CONSTANTS:
        return np.asarray(CONSTANTS[name])
    if name in _FIGURES:
        return _FIGURES[name](look)
    prefix, _, need = name.partition(".")
    return _fleet_figure(RATES[prefix], need, look) if prefix in RATES else None


class _Looked(Mapping[str, Any]):
    """Outputs by name, as the functions of the model take them."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def __getitem__(self, name: str) -> Any:
        return self._look(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_FIGURES: Mapping[str, Callable[[Look], FloatArray]] = {
    "subsystem_mass_kg": lambda look: add_up(_Looked(look), SUBSYSTEM_MASSES),
    "chips_usd": lambda look: add_up(_Looked(look), costs_of("chips")),
}


def _fleet_figure(rate_w_per_yr: float, need: str, look: Look) -> FloatArray:
    built = fleet.satellites_per_yr(rate_w_per_yr, it_power_w=look("it_power_w"))
    if need == "flights_per_yr":
        return np.asarray(built * look("launch_flights"))
    names = [field.name for field in dataclasses.fields(FleetAssumptions)]
    numbers = FleetAssumptions(**{name: look(f"fleet.{name}") for name in names})
    return np.asarray(fleet_needs(_Looked(look), built, numbers)[need])
