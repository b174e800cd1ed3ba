"""The frozen benchmark: what ``data/bench_v1.json`` declares, read without numpy.

The file holds every number in force, the variables with their open choices, objectives, constraints
and a check sample. Whatever the tables of this package say later, the benchmark stays as it was.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from problems.compute_satellite.declarations import Declarations, declare
from problems.spec import Condition, Constraint, Objective, SpecError, Variable

NAME = "heliofront_bench_v1"
DOCUMENT = "bench_v1.json"


@cache
def bench_document() -> Mapping[str, Any]:
    """Return the frozen benchmark as it was written."""
    text = resources.files("problems.data").joinpath(DOCUMENT).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def frozen_variables(document: Mapping[str, Any]) -> tuple[Variable, ...]:
    """Return the variables of the benchmark; choices are those that were open, and no others.

    Examples
    --------
    >>> {v.kind for v in frozen_variables(bench_document())} == {"real", "integer", "choice"}
    True
    """
    variables = []
    for entry in document["variables"]:
        when = tuple(Condition(name, tuple(own)) for name, own in entry["active_when"].items())
        given = {**entry, "choices": tuple(entry["choices"]), "active_when": when}
        variables.append(Variable(**given))
    return tuple(variables)


def frozen_objectives(document: Mapping[str, Any]) -> tuple[Objective, ...]:
    """Return the objectives with the box in which hypervolume is measured."""
    return tuple(Objective(**entry) for entry in document["objectives"])


def frozen_constraints(document: Mapping[str, Any]) -> tuple[Constraint, ...]:
    """Return the constraints with their limits and scales."""
    return tuple(Constraint(**entry) for entry in document["constraints"])


def refuse_settings(
    document: Mapping[str, Any],
    *,
    scenario: str,
    assumptions: Mapping[str, float],
    cost_boundary: str,
    allow_unverified: bool,
) -> None:
    """Stop a configuration that would move the benchmark.

    Raises
    ------
    SpecError
        For any setting other than the frozen one.
    """
    for key, value in (("scenario", scenario), ("cost_boundary", cost_boundary)):
        if value != document[key]:
            raise SpecError(key, f"{NAME} is frozen at '{document[key]}', got '{value}'")
    if assumptions:
        key = next(iter(assumptions))
        raise SpecError(key, f"the assumptions of {NAME} are frozen; use compute_satellite")
    if allow_unverified:
        raise SpecError("allow_unverified", f"the choices of {NAME} are frozen")


def declare_bench(
    *,
    scenario: str,
    assumptions: Mapping[str, float],
    cost_boundary: str,
    allow_unverified: bool,
    document: Mapping[str, Any] | None = None,
) -> Declarations:
    """Return the declarations of the benchmark; only its own settings are accepted.

    Raises
    ------
    SpecError
        For a setting that would change it.
    """
    document = document or bench_document()
    refuse_settings(
        document,
        scenario=scenario,
        assumptions=assumptions,
        cost_boundary=cost_boundary,
        allow_unverified=allow_unverified,
    )
    live = declare(
        scenario=scenario, assumptions={}, cost_boundary=cost_boundary, allow_unverified=False
    )
    return dataclasses.replace(
        live,
        name=NAME,
        version=f"{document['version']}",
        variables=frozen_variables(document),
        objectives=frozen_objectives(document),
        constraints=frozen_constraints(document),
        scenarios=(document["scenario"],),
        cost_boundaries=(document["cost_boundary"],),
    )
