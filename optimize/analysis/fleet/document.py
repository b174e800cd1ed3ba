"""One satellite at the scale of a fleet: what a yearly rate of IT power takes, costs and crowds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.analysis.fleet.lift import driver_work, launcher_flights, with_choices
from optimize.analysis.fleet.needs import (
    planned_visits,
    visits_per_satellite,
    yearly_needs,
)
from optimize.evaluation.robust import under
from problems.compute_satellite.items import add_up, costs_of
from problems.delivery.launch import basis_price_usd
from problems.economics import fleet
from problems.economics.fleet_ramp import Ramp, Servicing, UnitCost, ramp
from problems.parameters.assumptions import FleetAssumptions, assumption_rows
from problems.space import Problem
from problems.spec import SpecError
from problems.units import FloatArray

#: IT power put into orbit each year, by the name that people use.
STEPS: Mapping[str, float] = {
    "100 kW/yr": 1e5,
    "1 GW/yr": 1e9,
    "100 GW/yr": 1e11,
    "1 TW/yr": 1e12,
}
#: Years shown after the ramp has reached its full rate.
YEARS_AFTER_RAMP = 5
_THROUGHPUT = "lunar.throughput_t_per_yr"


def fleet_document(problem: Problem, x: FloatArray) -> dict[str, Any]:
    """Return everything the fleet command reports of one design.

    Parameters
    ----------
    problem
        The compute satellite in its scenario.
    x
        ``(n_var,)`` design row.

    Raises
    ------
    SpecError
        For a problem that is not a compute satellite with assumptions.
    """
    row = _canonical(problem, x)
    rates = np.array(list(STEPS.values()))
    a = fleet_assumptions(problem)
    outputs = _at_scale(problem, row, rates)
    moon = _from_moon(problem, row, rates)
    built = fleet.satellites_per_yr(rates, it_power_w=outputs["it_power_w"])
    years = _ramp(problem, row, outputs, built, a)
    steps = [
        {
            "step": name,
            "rate_w_per_yr": rate,
            **yearly_needs(outputs, built, a, i),
            "launchers": launcher_flights(problem, row, outputs, float(built[i])),
            "driver": driver_work(problem, moon, built, i),
            "years": _years(years, outputs, i),
        }
        for i, (name, rate) in enumerate(STEPS.items())
    ]
    development = problem.assumptions["cost.nre_usd"]
    site = problem.space.index["launch_site"]
    return {
        "scenario": problem.scenario,
        "satellite": {name: float(outputs[name][0]) for name in _SHOWN},
        "launch_site": problem.space["launch_site"].decode(row[0, site]),
        "development_usd": development,
        "steps": steps,
        "assumptions": _used(a),
    }


_SHOWN = (
    "it_power_w",
    "launch_mass_kg",
    "specific_mass_kg_per_kw",
    "orbit_altitude_km",
    "inclination_deg",
    "heat_rejected_w",
    "satellite_cost_usd",
    "launch_cost_usd",
    "satellite_loss_rate_per_yr",
    "cost_per_exaflop_usd",
    "cost_ratio_to_ground",
)


def fleet_assumptions(problem: Problem) -> FleetAssumptions:
    """Return the numbers of the group ``fleet`` in force."""
    numbers = problem.assumptions
    names = [field.name for field in dataclasses.fields(FleetAssumptions)]
    return FleetAssumptions(**{name: numbers[f"fleet.{name}"] for name in names})


def _canonical(problem: Problem, x: FloatArray) -> FloatArray:
    if _THROUGHPUT not in problem.assumptions:  # neither has the frozen benchmark
        message = f"'{problem.name}' is no compute satellite with assumptions: it has no fleet"
        raise SpecError("problem", message)
    return problem.canonical(np.atleast_2d(x))


def _at_scale(problem: Problem, row: FloatArray, rates: FloatArray) -> dict[str, FloatArray]:
    """Return ``(steps,)`` outputs with a mass driver sized to each step, if larger than assumed."""
    once = problem.evaluate(row)
    launched_kg = once["launch_mass_kg"] + once["refresh_mass_kg"]
    need_t = rates / once["it_power_w"] * launched_kg / 1000.0
    utilisation = problem.assumptions["lunar.utilisation_frac"]
    plant = np.maximum(problem.assumptions[_THROUGHPUT], need_t / utilisation)
    outputs = under(problem, {_THROUGHPUT: plant}).evaluate(row)
    variables = {name: np.full(len(rates), row[0, i]) for name, i in problem.space.index.items()}
    return variables | {name: values[:, 0] for name, values in outputs.items()}


def _from_moon(problem: Problem, row: FloatArray, rates: FloatArray) -> dict[str, FloatArray]:
    """Return the same satellite shot from the Moon, arriving in the cheapest way."""
    ways = [
        _at_scale(problem, with_choices(problem, row, launch_site="moon", transfer=choice), rates)
        for choice in problem.space["transfer"].choices
    ]
    return min(ways, key=lambda o: float(o["cost_per_exaflop_full_usd"][-1]))


def unit_cost(o: Mapping[str, FloatArray]) -> UnitCost:
    """Return the cost of one satellite, split by what learns."""
    chips = add_up(o, costs_of("chips"))
    hardware = o["satellite_cost_usd"] - o["cost_development_usd"]
    from_moon = o["imported_mass_kg"] > 0.0
    at_risk_usd = hardware + o["cost_switches_usd"] + o["launch_cost_usd"]
    rocket = np.where(from_moon, o["import_cost_usd"], o["launch_cost_usd"])
    return UnitCost(
        chips_usd=chips,
        platform_usd=hardware - chips + o["cost_switches_usd"],
        rocket_usd=rocket,
        driver_usd=o["launch_cost_usd"] - rocket,
        beside_usd=o["cost_assembly_usd"] + o["cost_ground_network_usd"],
        risk_frac=o["cost_launch_risk_usd"] / at_risk_usd,
        operations_usd_per_yr=o["cost_operations_usd"] / o["design_life_yr"],
    )


def _servicing(o: Mapping[str, FloatArray]) -> Servicing:
    """Return when visits come, and what one of them costs and weighs on the mean."""
    visits = visits_per_satellite(o)
    each = 1.0 / np.where(visits > 0.0, visits, np.inf)
    return Servicing(
        planned_visits(o),
        usd=o["cost_refresh_usd"] * each,
        mass_kg=o["refresh_mass_kg"] * each,
        earth_mass_kg=o["refresh_earth_mass_kg"] * each,
    )


def _earth_mass_kg(o: Mapping[str, FloatArray]) -> FloatArray:
    """Return what leaves the Earth for a satellite, without what its visits take [kg]."""
    return o["earth_launched_mass_kg"] - o["refresh_earth_mass_kg"]


def _ramp(
    problem: Problem,
    row: FloatArray,
    o: Mapping[str, FloatArray],
    built: FloatArray,
    a: FleetAssumptions,
) -> Ramp:
    numbers = problem.assumptions
    launcher = str(problem.space["launcher"].decode(row[0, problem.space.index["launcher"]]))
    prefix = f"catalog.launchers.{launcher}."
    flight_usd = basis_price_usd(
        numbers[f"{prefix}price_usd"],
        own_cost_usd=numbers[f"{prefix}own_cost_usd"],
        operator_cost_share=numbers["launch.operator_cost_share"],
    )
    usd_per_kg = flight_usd / numbers[f"{prefix}leo_payload_kg"]
    return ramp(
        built,
        years=math.ceil(float(a.ramp_yr)) + YEARS_AFTER_RAMP,
        unit=unit_cost(o),
        servicing=_servicing(o),
        mass_kg=o["launch_mass_kg"],
        earth_mass_kg=_earth_mass_kg(o),
        life_yr=o["design_life_yr"],
        loss_rate_per_yr=o["satellite_loss_rate_per_yr"],
        ramp_yr=a.ramp_yr,
        start_frac=np.clip(1.0 / built, a.ramp_start_frac, 1.0),  # never less than one satellite
        launch_experience_t=a.launch_experience_t,
        launch_learning_rate=numbers["launch.learning_rate"],
        launch_floor_frac=np.asarray(a.launch_floor_usd_per_kg / usd_per_kg),
        built_before=numbers["cost.series_satellites"],
        build_learning_rate=numbers["cost.learning_rate"],
        build_floor_frac=a.build_floor_frac,
    )


def _years(years: Ramp, o: Mapping[str, FloatArray], i: int) -> list[dict[str, float]]:
    table = []
    for t in range(len(years.built)):
        built = float(years.built[t, i])
        power_w = float(o["it_power_w"][i])
        table.append(
            {
                "year": t + 1,
                "satellites": built,
                "it_power_w": built * power_w,
                "fleet_it_power_w": float(years.alive[t, i]) * power_w,
                "launched_t": float(years.launched_t[t, i]),
                "launch_price_factor": float(years.rocket_factor[t, i]),
                "platform_cost_factor": float(years.platform_factor[t, i]),
                "capital_usd": float(years.capital_usd[t, i]),
                "operations_usd": float(years.operations_usd[t, i]),
                "capital_usd_per_w": float(years.capital_usd[t, i]) / (built * power_w),
            }
        )
    return table


def _used(a: FleetAssumptions) -> list[dict[str, Any]]:
    rows = assumption_rows()
    used = []
    for field in dataclasses.fields(a):
        row = rows[f"fleet.{field.name}"]
        used.append(
            {
                "key": row.key,
                "value": float(getattr(a, field.name)),
                "low": row.low,
                "high": row.high,
                "unit": row.unit,
                "source": row.source,
            }
        )
    return used
