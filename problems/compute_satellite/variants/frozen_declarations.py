"""The frozen benchmark: its shipped versions and what they declare, read without numpy.

The document of a version holds every number in force, the variables with their open choices,
objectives, constraints and a check sample. Whatever the tables of this package say later, a version
stays as it was; the chain is that of the package, so a version ends where the chain moves away.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from problems.compute_satellite.declarations import Declarations, declare
from problems.spec import Condition, Constraint, Objective, SpecError, Variable

NAME = "heliofront_bench"
#: What runs a version whose check sample the chain of this package no longer reproduces.
RETIRED = {1: "heliofront 0.1 (model version 2)"}
DATA = Path(__file__).parents[2] / "data"
FREEZE = "python -m optimize.benchmark.frozen.freeze"


def bench_path(version: int, ending: str = ".json") -> Path:
    """Return where the document of a version, or another file of it, is shipped."""
    return DATA / f"bench_v{version}{ending}"


def bench_document(version: int) -> Mapping[str, Any]:
    """Return a shipped version as it was frozen, whether it runs or not."""
    document: dict[str, Any] = json.loads(bench_path(version).read_text(encoding="utf-8"))
    return document


def shipped_versions() -> dict[str, int]:
    """Return the versions that are shipped by the name of their problem, oldest first."""
    matches = (re.fullmatch(r"bench_v(\d+)\.json", path.name) for path in DATA.iterdir())
    return {f"{NAME}_v{version}": version for version in sorted(int(m[1]) for m in matches if m)}


def runnable_versions() -> dict[str, int]:
    """Return the shipped versions that this package runs, oldest first."""
    return {name: v for name, v in shipped_versions().items() if v not in RETIRED}


def newest_version() -> int:
    """Return the newest shipped version that this package runs.

    Raises
    ------
    SpecError
        Where none does, with the command that freezes one.
    """
    if runnable := runnable_versions():
        return max(runnable.values())
    command = f"{FREEZE} --version {max(shipped_versions().values(), default=0) + 1}"
    raise SpecError("problem", f"no shipped version of {NAME} runs here; freeze one: {command}")


def document_named(name: str) -> Mapping[str, Any] | None:
    """Return the version that a problem name stands for, None for the name of another problem.

    Without a version it stands for the newest that runs.

    Raises
    ------
    SpecError
        When this package does not run it.
    """
    version = newest_version() if name == NAME else shipped_versions().get(name)
    if version in RETIRED:
        needs = RETIRED[version]
        raise SpecError("problem", f"{name} was frozen from an earlier model and needs {needs}")
    return None if version is None else bench_document(version)


def frozen_variables(document: Mapping[str, Any]) -> tuple[Variable, ...]:
    """Return the variables of the benchmark; choices are those that were open, and no others."""
    variables = []
    for entry in document["variables"]:
        when = tuple(Condition(name, tuple(own)) for name, own in entry["active_when"].items())
        fields = {**entry, "choices": tuple(entry["choices"]), "active_when": when}
        variables.append(Variable(**fields))
    return tuple(variables)


def declare_bench(document: Mapping[str, Any], **settings: Any) -> Declarations:
    """Return the declarations of a version; only its own settings are accepted.

    Raises
    ------
    SpecError
        For a setting that would change it.
    """
    name = document["benchmark"]
    for key in ("scenario", "cost_boundary"):
        if (value := settings.get(key, document[key])) != document[key]:
            raise SpecError(key, f"{name} is frozen at '{document[key]}', got '{value}'")
    for key in settings.get("assumptions") or ():
        raise SpecError(key, f"the assumptions of {name} are frozen; use compute_satellite")
    if settings.get("allow_unverified"):
        raise SpecError("allow_unverified", f"the choices of {name} are frozen")
    live = declare(
        scenario=document["scenario"],
        assumptions={},
        cost_boundary=document["cost_boundary"],
        allow_unverified=False,
    )
    return dataclasses.replace(
        live,
        name=name,
        version=f"{document['version']}",
        variables=frozen_variables(document),
        objectives=tuple(Objective(**entry) for entry in document["objectives"]),
        constraints=tuple(Constraint(**entry) for entry in document["constraints"]),
        scenarios=(document["scenario"],),
        cost_boundaries=(document["cost_boundary"],),
    )
