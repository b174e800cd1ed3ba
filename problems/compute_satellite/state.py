"""What the stages of the chain share: the batch, the numbers in force, and results so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.delivery.launch import ElectricPropulsion
from problems.economics.refresh import Visits
from problems.orbit import EarthIrradiance, OrbitState, OrbitTables
from problems.parameters.assumptions import Assumptions
from problems.radiation import (
    CellTables,
    RadiationEnvironment,
    RadiationTables,
    Shielded,
    Stay,
)
from problems.radiation.events import EventRates
from problems.spacecraft.bus_life import WorkTimes
from problems.spacecraft.cluster import ClusterTerminals
from problems.spacecraft.protection import Guard
from problems.spacecraft.thermal import RadiatorBalance
from problems.spacecraft.traffic import GroundTraffic
from problems.units import MOON, BoolArray, FloatArray, IntArray, Quantity


@dataclass(frozen=True)
class Hardware:
    """Catalogue columns of the rows that designs choose, and of the vehicle for lunar freight."""

    gpu: Mapping[str, FloatArray]
    array: Mapping[str, FloatArray]
    radiator: Mapping[str, FloatArray]
    battery: Mapping[str, FloatArray]
    launcher: Mapping[str, FloatArray]
    freight: Mapping[str, FloatArray]


@dataclass(frozen=True)
class Environment:
    """Tables of the world outside: loaded once, never changed."""

    orbit: OrbitTables
    radiation: RadiationTables
    cells: CellTables
    scenario_year: float


class ClusterFit(NamedTuple):
    """What its cluster asks of a satellite."""

    internal_gbps: FloatArray  #: to other satellites at full speed, last set of modules [Gbit/s]
    terminals: ClusterTerminals


@dataclass(frozen=True)
class Numbers:
    """Numbers in force at the launch year, and how far it is from the scenario's [yr]."""

    assumptions: Assumptions
    hardware: Hardware
    late_yr: Quantity


def glance(table: Mapping[str, FloatArray], field: str) -> FloatArray:
    """Return a catalogue column that no later stage needs, without keeping it.

    Columns kept would push others out of the cache.
    """
    column = table[field]
    if isinstance(table, dict):
        table.pop(field, None)
    return column


class Boundaries(NamedTuple):
    """One sum at each boundary of the cost [USD]."""

    full: FloatArray
    no_chips: FloatArray
    launch_only: FloatArray


class Delivery(NamedTuple):
    """What it takes to launch a kilogram."""

    flown_usd_per_kg: FloatArray  #: price of rockets [USD/kg]
    shot_usd_per_kg: FloatArray  #: price of the mass driver [USD/kg]
    earth_kg_per_kg: FloatArray  #: launched from the Earth for it, propellant of tankers in [1]


class State:
    """A batch of designs on its way through the chain.

    ``out`` collects the outputs. The attributes declared here are what one stage hands to a later
    one without being an output; those set in ``__init__`` are there from the start.
    """

    series_factor: FloatArray
    guard: Guard
    flight: OrbitState
    earth_on_array: EarthIrradiance
    earth_on_radiator: EarthIrradiance
    dense_tflops: FloatArray
    face_m2: FloatArray
    array_test_w: FloatArray
    chip_heat_w: FloatArray
    chip_eclipse_load_w: FloatArray
    chip_array_power_w: FloatArray
    radiator_balance: RadiatorBalance
    transfer_thrusters: ElectricPropulsion
    dry_without_tanks_kg: FloatArray
    drag_impulse_n_s: FloatArray
    track_speed_km_s: FloatArray
    coast_yr: FloatArray
    stage_propellant_kg: FloatArray
    spiral_yr: FloatArray
    work_yr: FloatArray
    visits: Visits | None
    last_set_share: FloatArray
    module_stay: Stay
    radiation: RadiationEnvironment
    shielded: Shielded
    active_share: FloatArray
    stay: Stay
    trapped_factor: Quantity
    work_time_fraction: FloatArray
    at_work_fraction: FloatArray
    cell_fluence_on_arrival_cm2: FloatArray
    event_rates: EventRates
    alive_over_life: Sequence[FloatArray]
    spares_cover: FloatArray
    chip_loss_rate_per_yr: FloatArray
    work_times: WorkTimes
    bus_survival: FloatArray
    lost_on_the_way: FloatArray
    covered_at_work: FloatArray
    lost_at_work: FloatArray
    interest_per_yr: FloatArray
    exaflop_per_yr: FloatArray
    as_launched_pv: FloatArray
    as_launched_exaflop: FloatArray
    exaflop_flat_pv: FloatArray
    gpu_hours_pv: FloatArray
    visit_kg: FloatArray
    unvisited_per_yr: FloatArray
    visit_launch: Delivery
    joining_wait_yr: FloatArray
    cluster_fit: ClusterFit | None
    ground_traffic: GroundTraffic
    growing_network_usd: FloatArray
    chips_usd: FloatArray
    platform_usd: FloatArray
    chip_capital_usd: FloatArray
    transfer_usd: FloatArray
    visit_loss_share: FloatArray
    import_loss: FloatArray
    lost_prob: FloatArray
    refresh_pv: Boundaries | None
    capital_usd: FloatArray
    operations_usd_per_yr: FloatArray
    operating_yr: FloatArray
    cost_pv: Boundaries

    def __init__(
        self,
        design: Mapping[str, FloatArray],
        *,
        numbers: Numbers,
        environment: Environment,
        cost_boundary: str,
    ) -> None:
        self.design = design
        self.assumptions = numbers.assumptions
        self.hardware = numbers.hardware
        self.late_yr = numbers.late_yr
        self.environment = environment
        self.cost_boundary = cost_boundary
        self.out: dict[str, FloatArray] = {}
        self.family: IntArray = design["orbit"].astype(np.intp)
        self.transfer: IntArray = design["transfer"].astype(np.intp)
        self.array_code: IntArray = design["array_type"].astype(np.intp)
        self.from_moon: BoolArray = np.asarray(design["launch_site"] == MOON)
        self.some_from_moon = somewhere(self.from_moon)
        self.life_yr = design["design_life_yr"]
        self.some_clustered = somewhere(design["cluster_satellites"] > 1.0)
        self.some_joined = somewhere(design["modules"] > 1.0)


#: Names under which a stage hands something to a later one without its being an output.
HANDED = frozenset(State.__annotations__)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the chain, with the outputs and the attributes of the state it needs and makes.

    What is there from the start (design, numbers in force, environment) is not listed.
    """

    run: Callable[[State], None]
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.run.__name__


def stage(
    *, reads: tuple[str, ...] = (), writes: tuple[str, ...]
) -> Callable[[Callable[[State], None]], Stage]:
    """Declare what a stage reads of earlier ones, and what it writes.

    Examples
    --------
    >>> @stage(reads=("it_power_w",), writes=("heat_rejected_w",))
    ... def heat(s):
    ...     s.out["heat_rejected_w"] = 1.1 * s.out["it_power_w"]
    >>> heat.name, heat.reads
    ('heat', ('it_power_w',))
    """
    return lambda run: Stage(run, reads, writes)
