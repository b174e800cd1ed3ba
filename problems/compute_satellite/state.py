"""What the stages of the chain share: the batch, the numbers in force, and results so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from problems.delivery.launch import ElectricPropulsion
from problems.orbit import EarthIrradiance, OrbitState, OrbitTables
from problems.parameters.assumptions import Assumptions
from problems.radiation import CellTables, RadiationTables
from problems.spacecraft.protection import Guard
from problems.units import MOON, BoolArray, FloatArray, IntArray, Quantity


@dataclass(frozen=True)
class Hardware:
    """Catalogue columns of the rows that designs choose, and the price of freight to low orbit."""

    gpu: Mapping[str, FloatArray]
    array: Mapping[str, FloatArray]
    radiator: Mapping[str, FloatArray]
    battery: Mapping[str, FloatArray]
    launcher: Mapping[str, FloatArray]
    freight_usd_per_kg: FloatArray


@dataclass(frozen=True)
class Environment:
    """Tables of the world outside: loaded once, never changed."""

    orbit: OrbitTables
    radiation: RadiationTables
    cells: CellTables
    scenario_year: float


def glance(table: Mapping[str, FloatArray], field: str) -> FloatArray:
    """Return a catalogue column that no later stage needs, without keeping it.

    Columns kept would push others out of the cache.
    """
    column = table[field]
    if isinstance(table, dict):
        table.pop(field, None)
    return column


def somewhere(value: Quantity | BoolArray) -> bool:
    """Return whether a number, or any of an array, differs from 0.

    Faster by far than ``numpy.any`` for the plain numbers that most levers leave.
    """
    return bool(value.any()) if isinstance(value, np.ndarray) else bool(value)


class State:
    """A batch of designs on its way through the chain.

    ``out`` collects the outputs; the other attributes are what one stage leaves for a later one
    without being an output.
    """

    family: IntArray
    transfer: IntArray
    array_code: IntArray
    from_moon: BoolArray
    life_yr: FloatArray

    late_yr: Quantity
    guard: Guard
    flight: OrbitState
    earth_on_array: EarthIrradiance
    earth_on_radiator: EarthIrradiance
    dense_tflops: FloatArray
    face_m2: FloatArray
    array_test_w: FloatArray
    transfer_thrusters: ElectricPropulsion
    driver_g: FloatArray
    dry_without_tanks_kg: FloatArray
    stage_propellant_kg: FloatArray
    spiral_yr: FloatArray
    work_yr: FloatArray
    track_speed_km_s: FloatArray
    interest: FloatArray
    exaflop_pv: FloatArray
    exaflop_flat_pv: FloatArray
    platform_usd: FloatArray
    made_on_moon_usd: FloatArray

    def __init__(
        self,
        design: Mapping[str, FloatArray],
        *,
        assumptions: Assumptions,
        hardware: Hardware,
        environment: Environment,
    ) -> None:
        self.design = design
        self.a = assumptions
        self.hw = hardware
        self.env = environment
        self.out: dict[str, FloatArray] = {}
        self.family = design["orbit"].astype(np.intp)
        self.transfer = design["transfer"].astype(np.intp)
        self.array_code = design["array_type"].astype(np.intp)
        self.from_moon = np.asarray(design["launch_site"] == MOON)
        self.life_yr = design["design_life_yr"]
