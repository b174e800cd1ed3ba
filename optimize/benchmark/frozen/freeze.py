"""Freeze the satellite of today: ``python -m optimize.benchmark.frozen.freeze --version 2``.

Writes ``problems/data/bench_v2.json`` from the baseline (its variables, with every launch site
open, and its limits), the assumptions and the catalogue in force, with a check sample of what the
chain answers. A version that exists is never frozen again: a model that has moved gets a new
version.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from optimize.benchmark.arguments import whole_number
from optimize.config.algorithm import AlgorithmSetting
from optimize.config.overrides import load_source
from optimize.config.study import Study, read_study
from optimize.engine.algorithms.registry import make_algorithm
from optimize.utils.files import write_text_atomic
from problems.compute_satellite.in_force import FREIGHT_LAUNCHER
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.compute_satellite.variants.frozen_declarations import NAME, bench_path
from problems.parameters.catalog import CATALOGUE_CHOICES, catalog_table
from problems.space import DesignSpace
from problems.spec import Variable
from problems.units import FloatArray

ROOT = Path(__file__).parents[3]
_SCENARIO = "2030"
_DRAWN, _GOOD = 128, 16  # check designs: drawn at random, and feasible ones of a short search
_SEED = 20_262  # one with which every choice is active in a design
_VARIABLE = ("name", "unit", "symbol", "description", "kind", "default", "lower", "upper", "log")
_OBJECTIVE = ("output", "sense", "ideal", "reference", "log")
_CONSTRAINT = ("name", "output", "description", "lower", "upper", "scale")


def freeze(version: int) -> dict[str, Any]:
    """Return the document of a new version, without a reference front."""
    live = ComputeSatellite(scenario=_SCENARIO)
    baseline = _baseline()
    space = _space(baseline, live)
    document: dict[str, Any] = {
        "benchmark": f"{NAME}_v{version}",
        "version": version,
        "model_version": live.version,
        "scenario": _SCENARIO,
        "cost_boundary": live.cost_boundary,
        "variables": [_variable(v, space) for v in space.variables if not v.is_fixed],
        "held": {v.name: v.default for v in space.variables if v.is_fixed},
        "objectives": [_fields(o, _OBJECTIVE) for o in live.objectives],
        "constraints": [_fields(c, _CONSTRAINT) for c in baseline.constraints],
        "assumptions": {k: v for k, v in live.assumptions.items() if not k.startswith("catalog.")},
        "catalogue": _catalogue(space, live.assumptions),
    }
    document["check"] = _check(FrozenSatellite(document))
    return document


def _fields(declaration: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(declaration, name) for name in names}


def _baseline() -> Study:
    _, study = read_study(load_source(str(ROOT / "configs" / "baseline.yaml"), []))
    return study


def _space(baseline: Study, live: ComputeSatellite) -> DesignSpace:
    """Return the space of the baseline with every launch site open, the Moon's too."""
    return DesignSpace(baseline.variables).replace(live.space["launch_site"])


def _open_choices(variable: Variable) -> tuple[str, ...]:
    return tuple(variable.choices[code] for code in variable.codes)


def _variable(variable: Variable, space: DesignSpace) -> dict[str, Any]:
    """Return one variable as plain data; its choices are the open ones."""
    entry = _fields(variable, _VARIABLE)
    entry["choices"] = list(_open_choices(variable))
    entry["active_when"] = {
        c.variable: [name for name in c.choices if name in _open_choices(space[c.variable])]
        for c in variable.active_when
    }
    if variable.kind == "choice":
        entry["lower"] = entry["upper"] = 0.0
        if variable.default not in entry["choices"]:
            entry["default"] = entry["choices"][0]
    return entry


def _catalogue(space: DesignSpace, assumptions: Mapping[str, float]) -> dict[str, Any]:
    """Return the numbers of every row that a design can reach."""
    catalogue: dict[str, Any] = {}
    for name, table in CATALOGUE_CHOICES.items():
        variable = space[name]
        reach = {str(variable.default)} if variable.is_fixed else {*_open_choices(variable)}
        if table == "launchers":
            reach.add(FREIGHT_LAUNCHER)
        rows = (row for row in catalog_table(table).names if row in reach)
        catalogue[table] = {row: _row(assumptions, table, row) for row in rows}
    return catalogue


def _row(assumptions: Mapping[str, float], table: str, row: str) -> dict[str, Any]:
    prefix = f"catalog.{table}.{row}."
    numbers = {
        key.removeprefix(prefix): value
        for key, value in assumptions.items()
        if key.startswith(prefix) and value == value  # an empty cell is not a number
    }
    return {"numbers": numbers}


def _check(problem: FrozenSatellite) -> dict[str, Any]:
    """Return designs with what the model says of them, to the last digit."""
    designs = np.concatenate([_drawn(problem), _good(problem)])
    values, violations = problem.natural(designs)
    if not (np.isfinite(values).all() and np.isfinite(violations).all()):
        raise ValueError("a check design has no finite value")
    return {
        "designs": designs.tolist(),
        "objectives": values.tolist(),
        "violations": violations.tolist(),
    }


def _drawn(problem: FrozenSatellite) -> FloatArray:
    """Return random designs in which every choice appears equally often."""
    rng = np.random.default_rng(_SEED)
    x = problem.space.sample(_DRAWN, rng)
    for i, variable in enumerate(problem.space.variables):
        if variable.kind == "choice":
            x[:, i] = rng.permutation(_DRAWN) % len(variable.choices)
    return problem.canonical(x)


def _good(problem: FrozenSatellite) -> FloatArray:
    """Return feasible designs of a short search, spread over what it found."""
    setting = AlgorithmSetting(population=200, seed=_SEED)
    engine = make_algorithm(problem.space, problem.canonical, setting)
    for _ in range(80):
        x = engine.ask()
        f, g = problem.judge(x)
        engine.tell(x, f, g)
    feasible = np.flatnonzero((g <= 0.0).all(axis=1))
    return x[feasible[np.linspace(0, len(feasible) - 1, _GOOD).astype(np.intp)]]


def write_document(document: Mapping[str, Any]) -> None:
    """Write the document, one entry a line, so that a difference can be read."""
    lines = []
    for key, value in document.items():
        text = json.dumps(value, allow_nan=False)
        if isinstance(value, dict) and value:
            inner = [
                f"  {json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in value.items()
            ]
            text = "{\n" + ",\n".join(inner) + "\n}"
        elif isinstance(value, list):
            text = "[\n" + ",\n".join(f"  {json.dumps(v)}" for v in value) + "\n]"
        lines.append(f"{json.dumps(key)}: {text}")
    write_text_atomic(bench_path(document["version"]), "{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    """Write the document of a version that does not exist yet."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.frozen.freeze", description=__doc__
    )
    parser.add_argument(
        "--version", type=whole_number, required=True, help="number of the new version"
    )
    version = parser.parse_args().version
    if bench_path(version).exists():
        parser.exit(2, f"{bench_path(version)} exists, and a version is frozen once\n")
    write_document(freeze(version))


if __name__ == "__main__":
    main()
