"""The structure of the model: stages do what they declare, and no item is left out of a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from problems.compute_satellite import chain
from problems.compute_satellite.chips import chips_in_year
from problems.compute_satellite.items import COST_ITEMS, MASS_ITEMS, MassItem
from problems.compute_satellite.launch_year import at_launch_year
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.stages import driver
from problems.compute_satellite.state import HANDED, Stage, State
from problems.parameters.assumptions import Assumptions, assumption_rows, load_assumptions
from problems.spec import SpecError

PROBLEM = ComputeSatellite()
OUTPUTS = PROBLEM.outputs
#: Its propellant and its tanks are imported in different shares.
TRANSFER_STAGE = "mass_transfer_stage_kg"
#: Costs that are made of parts of the waterfall, or of the ground.
DERIVED_COSTS = {
    "import_cost_usd",
    "satellite_cost_usd",
    "total_cost_usd",
    "total_cost_pv_usd",
    "cost_per_exaflop_usd",
    "cost_per_exaflop_full_usd",
    "cost_per_exaflop_no_chips_usd",
    "cost_per_exaflop_launch_only_usd",
    "cost_per_exaflop_flat_usd",
    "cost_per_pflop_day_usd",
    "cost_per_gpu_hour_usd",
    "cost_per_kw_yr_usd",
    "ground_cost_per_exaflop_full_usd",
    "ground_cost_per_exaflop_no_chips_usd",
    "ground_cost_per_exaflop_launch_only_usd",
    "cluster_cost_usd",
    "platform_cost_usd",
}
#: Masses that are sums of items, or mass of something else than the satellite.
DERIVED_MASSES = {
    "dry_mass_kg",
    "on_orbit_mass_kg",
    "launch_mass_kg",
    "earth_launched_mass_kg",
    "imported_mass_kg",
    "refresh_mass_kg",
    "refresh_earth_mass_kg",
    "cluster_launch_mass_kg",
    "platform_launch_mass_kg",
}
#: Switches of the model that open a branch of the chain when they are set.
BRANCHES = {"cost.commissioning_yr": 0.5, "cost.undetected_sdc_usd": 1e3}
#: One more: a training whose experts are spread over the satellites.
TRAINING = {**BRANCHES, "comms.workload": 0.0, "traffic.all_to_all_bits_per_flop": 1e-6}


def designs(**columns: object) -> np.ndarray:
    """Designs from all over the space, protections and attitudes too; held columns as given."""
    x = PROBLEM.space.sample(120, np.random.default_rng(3))
    index = PROBLEM.space.index
    x[:, index["protection"]] = np.arange(len(x)) % 4
    x[:, index["radiator_attitude"]] = np.arange(len(x)) % 2
    for name, value in columns.items():
        x[:, index[name]] = PROBLEM.space[name].encode(value)  # type: ignore[arg-type]
    return PROBLEM.canonical(x)


BATCHES = (
    designs(),
    designs(launch_site="earth", protection="checkpoint"),
    designs(launch_year=2035.0),
    designs(shield_layout="spaced", radiator_loops=3, bus_voltage_v=600.0),
    designs(refresh_yr=3.0, modules=13),
    designs(spare_fraction=0.3),
    designs(saa_pause="pause"),
    designs(cluster_satellites=81, modules=13),
    designs(launch_site="earth", launcher="starship", transfer="direct", refuelling="tankers"),
)


EVERYTHING = PROBLEM.evaluate(BATCHES[0])


class Recorded(dict[str, Any]):
    """Outputs that note which of them a stage reads and writes."""

    def __init__(self, reads: set[str], writes: set[str]) -> None:
        super().__init__()
        self.reads, self.writes = reads, writes

    def __getitem__(self, name: str) -> Any:
        if name not in self.writes:
            self.reads.add(name)
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.writes.add(name)
        super().__setitem__(name, value)

    def __ior__(self, other: Mapping[str, Any]) -> Recorded:  # type: ignore[override,misc]
        for name, value in other.items():
            self[name] = value
        return self


class RecordedState(State):
    """A state that notes which handed attributes a stage reads and writes."""

    reads: set[str]
    writes: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in HANDED and name not in self.writes:
            self.reads.add(name)
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in HANDED:
            self.writes.add(name)
        super().__setattr__(name, value)


def state_of(x: np.ndarray, assumptions: Assumptions, kind: type[State] = State) -> State:
    """Return the state with which the chain begins."""
    design = PROBLEM.space.columns(x)
    numbers = at_launch_year(
        design["launch_year"],
        assumptions=assumptions,
        hardware=PROBLEM._model.hardware(design),
        scenario_year=PROBLEM.environment.scenario_year,
    )
    return kind(design, numbers=numbers, environment=PROBLEM.environment, cost_boundary="full")


def recorded_runs() -> Iterator[tuple[Stage, set[str], set[str]]]:
    """Yield every stage with what it read and wrote, over batches that cover the branches."""
    for assumptions in (load_assumptions(), load_assumptions(TRAINING)):
        for x in BATCHES:
            state = state_of(x, assumptions, RecordedState)
            assert isinstance(state, RecordedState)
            state.out = recorded = Recorded(set(), set())
            for stage in chain.STAGES:
                state.reads = recorded.reads = set()
                state.writes = recorded.writes = set()
                stage.run(state)
                yield stage, state.reads, state.writes


# --- stages ---------------------------------------------------------------------------------------


def test_stages_read_and_write_what_they_declare() -> None:
    reads: dict[str, set[str]] = {}
    writes: dict[str, set[str]] = {}
    for stage, read, written in recorded_runs():
        assert read <= set(stage.reads), (stage.name, read - set(stage.reads))
        reads.setdefault(stage.name, set()).update(read)
        writes.setdefault(stage.name, set()).update(written)
    for stage in chain.STAGES:
        assert writes[stage.name] == set(stage.writes), stage.name
        assert reads[stage.name] == set(stage.reads), stage.name  # nothing is asked for in vain


def test_a_stage_that_reads_what_comes_later_is_refused() -> None:
    first, *others = chain.STAGES
    with pytest.raises(SpecError, match="reads 'flop_value_factor', which no earlier stage"):
        chain.check_stages((*others, first), OUTPUTS)


def test_an_output_of_two_stages_is_refused() -> None:
    again = chain.STAGES[0]
    with pytest.raises(SpecError, match=r"calendar: writes 'hardware_wait_yr', as calendar does"):
        chain.check_stages((*chain.STAGES, again), OUTPUTS)


def test_declared_outputs_are_those_that_stages_write() -> None:
    first, *others = chain.STAGES
    more = dataclasses.replace(first, writes=(*first.writes, "colour"))
    with pytest.raises(SpecError, match="calendar: writes 'colour', which is not declared"):
        chain.check_stages((more, *others), OUTPUTS)
    with pytest.raises(SpecError, match="colour: is declared, but no stage writes it"):
        chain.check_stages(chain.STAGES, [*OUTPUTS, "colour"])


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_output_asked_for_alone_is_bit_identical(name: str) -> None:
    x = BATCHES[0]
    np.testing.assert_array_equal(PROBLEM.evaluate(x, [name])[name], EVERYTHING[name])


def test_stages_that_no_wanted_output_needs_are_left_out() -> None:
    columns = [o.output for o in PROBLEM.objectives] + [c.output for c in PROBLEM.constraints]
    search = {stage.name for stage in chain.needed_stages(tuple(columns))}
    assert {"ground_comparison", "life_cost", "other_prices", "radiation_loss"}.isdisjoint(search)
    mass = {stage.name for stage in chain.needed_stages(("launch_mass_kg",))}
    assert {"exposure", "links", "launch_cost", "performance"} & mass == {"links"}


# --- items ----------------------------------------------------------------------------------------


def imported_kg(out: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the imports of the lunar designs for given masses."""
    x = designs(launch_site="moon", transfer="direct")
    state = state_of(x, load_assumptions())
    for stage in chain.needed_stages(("launch_mass_kg", "launch_price_usd_per_kg")):
        stage.run(state)
    state.out |= {name: np.asarray(state.out[name] + extra) for name, extra in out.items()}
    return driver.by_driver(state)[0]["imported_mass_kg"]


@pytest.mark.parametrize("item", MASS_ITEMS, ids=lambda item: item.output)
def test_mass_item_is_in_the_lunar_imports(item: MassItem) -> None:
    # More of what the Moon makes can mean less: allowances follow the share of the rest.
    heavier = imported_kg({item.output: np.asarray(100.0)})
    assert np.all(heavier != imported_kg({})), item.output
    follows = item.output == driver.ALLOWANCE or item.output == TRANSFER_STAGE
    assert (item.made_on_moon is None) == follows


def test_every_mass_is_an_item_or_a_sum_of_items() -> None:
    masses = {name for name in OUTPUTS if name.endswith("_kg") and "mass" in name}
    assert masses - DERIVED_MASSES == {item.output for item in MASS_ITEMS}


def test_every_cost_is_in_the_waterfall_or_derived_from_it() -> None:
    costs = {name for name in OUTPUTS if name.endswith("_usd") and "cost" in name}
    assert costs - DERIVED_COSTS == {item.output for item in COST_ITEMS}


def test_every_utilisation_is_limited_by_a_constraint() -> None:
    limited = {c.output for c in PROBLEM.constraints if c.upper == 1.0}
    assert {name for name in OUTPUTS if name.endswith("_utilisation")} == limited


# --- assumptions ----------------------------------------------------------------------------------


def recorded_assumptions(overrides: Mapping[str, float]) -> tuple[Assumptions, set[str]]:
    """Return assumptions that note which of their numbers are read."""
    assumptions, read = load_assumptions(overrides), set[str]()

    def noting(group: str, numbers: Any) -> Any:
        kind = type(numbers)

        class Noted(kind):  # type: ignore[misc]
            def __getattribute__(self, name: str) -> Any:
                if name in kind.__dataclass_fields__:
                    read.add(f"{group}.{name}")
                return super().__getattribute__(name)

        fields = {f.name: getattr(numbers, f.name) for f in dataclasses.fields(numbers)}
        return Noted(**fields)

    groups = {
        field.name: noting(field.name, getattr(assumptions, field.name))
        for field in dataclasses.fields(assumptions)
    }
    return dataclasses.replace(assumptions, **groups), read


def test_every_assumption_is_read_by_the_chain() -> None:
    used: set[str] = set()
    for overrides in ({}, TRAINING):
        for x in BATCHES:
            assumptions, read = recorded_assumptions(overrides)
            state = state_of(x, assumptions)
            if somewhere_late(x):  # moving a group copies all its numbers
                read -= {key for key in read if not key.startswith("timing.")}
            for stage in chain.STAGES:
                stage.run(state)
            chips_in_year(state.hardware.gpu, assumptions, year=2030.0, scenario_year=2030.0)
            used |= read
    fleet = {key for key in assumption_rows() if key.startswith("fleet.")}
    assert set(assumption_rows()) - used == fleet


def somewhere_late(x: np.ndarray) -> bool:
    """Return whether a launch is in another year than the scenario's."""
    year = x[:, PROBLEM.space.index["launch_year"]]
    return bool((year != PROBLEM.environment.scenario_year).any())
