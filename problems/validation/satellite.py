"""Whole satellites for the validation: every number comes out of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from problems.registry import load_problem
from problems.spacecraft import power
from problems.spec import SpecError, nearest
from problems.validation.inputs import Inputs, Quantity

Evaluated = Mapping[str, float]
_SETTINGS = ("scenario", "cost_boundary")


@lru_cache(maxsize=64)
def _evaluated(settings: frozenset[tuple[str, float | str]]) -> Evaluated:
    """Evaluate one design; a key with a dot is an assumption, the others are variables."""
    given = dict(settings)
    load: dict[str, Any] = {key: given.pop(key) for key in _SETTINGS if key in given}
    if isinstance(load.get("scenario"), float):
        load["scenario"] = f"{load['scenario']:g}"  # a year reads like a number
    assumptions = {key: float(value) for key, value in given.items() if "." in key}
    problem = load_problem(assumptions=assumptions, **load)
    design = {key: [value] for key, value in given.items() if "." not in key}
    return {name: float(column[0]) for name, column in problem.evaluate(design).items()}


def _chain(inputs: Inputs) -> Evaluated:
    return _evaluated(frozenset(inputs.rest().items()))


def _pick(outputs: Evaluated, names: str) -> float:
    """One output, or the sum of several joined by a plus."""
    for name in names.split("+"):
        if name not in outputs:
            raise SpecError("output", f"unknown output '{name}'", nearest(name, outputs))
    return sum(outputs[name] for name in names.split("+"))


def _output(inputs: Inputs) -> float:
    """Sum of outputs, times a factor that changes its unit or counts satellites."""
    name, factor = inputs.text("output"), inputs.number("factor", 1.0)
    return factor * _pick(_chain(inputs), name)


def _ratio(inputs: Inputs) -> float:
    """Sum of outputs over another output, times a factor that changes the unit."""
    names, per = inputs.text("output"), inputs.text("per")
    factor = inputs.number("factor", 1.0)
    outputs = _chain(inputs)
    return factor * _pick(outputs, names) / _pick(outputs, per)


def _fleet(inputs: Inputs) -> float:
    """Sum of outputs of as many satellites as deliver a mean power over the life.

    The mean is what the array gives in sunlight at the start of each year, without eclipse power.
    """
    names = inputs.text("output")
    fleet_w, ageing = inputs.number("mean_power_w"), inputs.number("fleet_ageing_per_yr")
    outputs = _chain(inputs)
    years = np.arange(round(inputs.number("design_life_yr")))
    power_w = power.array_power_eol_w(
        np.full(years.shape, _pick(outputs, "array_power_bol_w")),
        damage_fraction=np.zeros(years.shape),
        ageing_per_yr=ageing,
        life_yr=years.astype(np.float64),
    )
    satellites = fleet_w / (float(power_w.mean()) * _pick(outputs, "sunlit_fraction"))
    return satellites * _pick(outputs, names)


QUANTITIES: Mapping[str, Quantity] = {
    "satellite.output": _output,
    "satellite.ratio": _ratio,
    "satellite.fleet": _fleet,
}
