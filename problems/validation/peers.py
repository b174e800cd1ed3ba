"""Peers for the validation: each under its own scenario, its own design, its own boundary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from problems.compute_satellite.variants.peer_model import at_boundary, peer_problem, peer_row
from problems.compute_satellite.variants.peers import peer
from problems.spacecraft import power
from problems.spec import SpecError, nearest
from problems.validation.inputs import Inputs, Quantity
from problems.validation.supply import site_usd_per_kw_yr


@lru_cache(maxsize=32)
def _evaluated(name: str, overrides: frozenset[tuple[str, float]]) -> Mapping[str, float]:
    numbers = {key: value for key, value in overrides if "." in key}
    problem = peer_problem(name, conventions=True, assumptions=numbers)
    row = peer_row(problem, name)
    for key, value in overrides:
        if "." not in key:
            row[:, problem.space.index[key]] = problem.space[key].encode(value)
    outputs = problem.evaluate(problem.canonical(row))
    boundary = peer(name).cost_boundary
    values = {key: float(column[0]) for key, column in outputs.items()}
    return {key: float(at_boundary(values, key, boundary)) for key in values}


def _outputs(inputs: Inputs) -> Mapping[str, float]:
    """Evaluate the peer; inputs that nobody else reads override assumptions and variables."""
    name = inputs.text("peer")
    keys = inputs.rest()
    return _evaluated(name, frozenset((key, inputs.number(key)) for key in keys))


def _sum(outputs: Mapping[str, float], names: str) -> float:
    for name in names.split("+"):
        if name not in outputs:
            raise SpecError("output", f"unknown output '{name}'", nearest(name, outputs))
    return sum(outputs[name] for name in names.split("+"))


def _peer(inputs: Inputs) -> float:
    """Sum of outputs of the peer's satellite, over another output if asked, times a factor."""
    names, per = inputs.text("output"), inputs.text("per", "")
    factor = inputs.number("factor", 1.0)
    outputs = _outputs(inputs)
    return factor * _sum(outputs, names) / (_sum(outputs, per) if per else 1.0)


def _peer_over_ground(inputs: Inputs) -> float:
    """Cost of a peer's kilowatt and year over that of our site on the ground, chips apart."""
    life_yr = float(peer(inputs.text("peer")).design["design_life_yr"])
    return _outputs(inputs)["cost_per_kw_yr_usd"] / site_usd_per_kw_yr(life_yr)


def _peer_fleet(inputs: Inputs) -> float:
    """As many of the peer's satellites as deliver a mean power, times a sum of their outputs.

    The mean is what the array gives in sunlight at the start of each year of the life.
    """
    names, fleet_w = inputs.text("output", ""), inputs.number("mean_power_w")
    factor = inputs.number("factor", 1.0)
    name = inputs.text("peer")
    outputs = _outputs(inputs)
    years = np.arange(round(float(peer(name).design["design_life_yr"])), dtype=np.float64)
    ageing = peer_problem(name, conventions=True).assumptions["power.array_ageing_per_yr"]
    power_w = power.array_power_eol_w(
        np.full(years.shape, outputs["array_power_bol_w"]),
        damage_fraction=np.zeros(years.shape),
        ageing_per_yr=ageing,
        life_yr=years,
    )
    satellites = fleet_w / (float(power_w.mean()) * outputs["sunlit_fraction"])
    return factor * satellites * (_sum(outputs, names) if names else 1.0)


QUANTITIES: Mapping[str, Quantity] = {
    "satellite.peer": _peer,
    "satellite.peer_over_ground": _peer_over_ground,
    "satellite.peer_fleet": _peer_fleet,
}
