"""The master document of one design; every other export is made from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.evaluation.robust import nominal_problem
from optimize.evaluation.tables import violation_column
from optimize.export.layout import Document
from optimize.run.folder import RunData
from optimize.run.provenance import data_digests
from optimize.utils.files import plain
from problems.compute_satellite.in_force import FREIGHT_LAUNCHER
from problems.parameters.assumptions import assumption_rows, read_table
from problems.parameters.catalog import CATALOGUE_CHOICES, TABLES, OwnRows, catalog_table
from problems.parameters.derived import DERIVED
from problems.parameters.own_hardware import own_rows
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, SpecError, nearest
from problems.units import FloatArray

SCHEMA_VERSION = 1


def design_document(run: RunData, design_id: str) -> dict[str, Any]:
    """Return everything about one design of a front as plain data.

    Parameters
    ----------
    run
        A run, as :func:`optimize.run.folder.load_run` reads it.
    design_id
        Member of its front.

    Returns
    -------
    dict
        As laid out in :class:`optimize.export.layout.Document`. Outputs, objectives and
        constraints are the stored ones, not computed again. Numbers that are not finite are None.

    Raises
    ------
    SpecError
        For a design that is not on the front, with the nearest that is.
    """
    row = _row(run, design_id)
    x = run.front_x[row : row + 1]
    # An older run was made before the problem had some of today's constraints.
    limits = [c for c in run.constraints if violation_column(c.name) in run.front]
    document = {
        "schema_version": SCHEMA_VERSION,
        "design_id": design_id,
        "problem": _problem(run),
        "feasible": all(_violation(run, c, row) <= 0.0 for c in limits),
        "variables": _searched(run.space, variable_entries(run.problem, x)),
        "objectives": {
            o.output: {**_number(run, o.output, row), "sense": o.sense} for o in run.objectives
        },
        "constraints": {c.name: _constraint(run, c, row) for c in limits},
        "outputs": {
            name: _number(run, name, row)
            for name in run.problem.outputs
            if run.layout.column(name) in run.front
        },
        "breakdowns": _breakdowns(run),
        "assumptions": assumption_entries(
            run.problem,
            x,
            run.config.scenario,
            {key: entry.reason for key, entry in run.config.assumptions.items()},
            own_rows(run.config.catalog),
        ),
        "provenance": _provenance(run),
    }
    return Document.model_validate(plain(document)).model_dump(mode="json")


def _searched(space: DesignSpace, entries: dict[str, Any]) -> dict[str, Any]:
    """Return entries of variables with the bounds between which a run searched."""
    bounds = {}
    for v in space.variables:
        if v.kind != "choice":
            ends = (v.default, v.default) if v.is_fixed else (v.lower, v.upper)
            bounds[v.name] = [float(end) for end in ends]
    return {name: {**entry, "searched": bounds.get(name)} for name, entry in entries.items()}


def _row(run: RunData, design_id: str) -> int:
    known = [str(name) for name in run.front["design_id"]]
    if design_id not in known:
        message = f"'{design_id}' is not on the front of {run.path}"
        raise SpecError("--design", message, nearest(design_id, known))
    return known.index(design_id)


def _problem(run: RunData) -> dict[str, Any]:
    config = run.config
    return {
        "name": config.problem,
        "model_version": str(run.manifest.get("problem_version", run.problem.version)),
        "scenario": config.scenario,
        "cost_boundary": config.cost_boundary,
        "allow_unverified": config.allow_unverified,
        "overrides": {key: entry.value for key, entry in config.assumptions.items()},
        "catalog": config.catalog,
    }


def variable_entries(problem: Problem, x: FloatArray) -> dict[str, Any]:
    """Return every variable of one ``(1, n_var)`` design, as laid out in a document."""
    active = problem.active(x)[0].tolist()
    return {
        v.name: {
            "value": v.decode(float(x[0, i])) if active[i] else None,
            "unit": v.unit,
            "description": v.description,
            "symbol": v.symbol,
            "kind": v.kind,
            "active": active[i],
        }
        for i, v in enumerate(problem.space.variables)
    }


def _stored(run: RunData, column: str, row: int) -> float:
    value = run.front[column].iloc[row]
    return float(value) if value == value and value is not None else math.nan


def _number(run: RunData, name: str, row: int) -> dict[str, Any]:
    declared = run.problem.outputs[name]
    return {
        "value": _stored(run, run.layout.column(name), row),
        "unit": declared.unit,
        "description": declared.description,
        "symbol": declared.symbol,
    }


def _violation(run: RunData, constraint: Constraint, row: int) -> float:
    return _stored(run, violation_column(constraint.name), row)


def _constraint(run: RunData, constraint: Constraint, row: int) -> dict[str, Any]:
    violated = _violation(run, constraint, row)
    column = run.layout.column(constraint.output)
    return {
        "value": _stored(run, column, row) if column in run.front else None,
        "unit": run.problem.outputs[constraint.output].unit,
        "description": constraint.description,
        "output": constraint.output,
        "lower": constraint.lower,
        "upper": constraint.upper,
        "margin": 0.0 - violated,
        "feasible": violated <= 0.0,
    }


def _breakdowns(run: RunData) -> dict[str, Any]:
    return {
        b.name: {
            "title": b.title,
            "unit": b.unit,
            "total": b.total,
            "items": [name for name in b.items if run.layout.column(name) in run.front],
        }
        for b in run.problem.breakdowns
        if run.layout.column(b.total) in run.front
    }


def assumption_entries(
    problem: Problem,
    x: FloatArray,
    scenario: str,
    reasons: Mapping[str, str],
    own: OwnRows = (),
) -> dict[str, Any]:
    """Return every number in force for one design: assumptions, and the hardware it uses.

    A problem of the user's own that lists no assumptions gives an empty mapping.

    Parameters
    ----------
    problem, x
        The problem and the ``(1, n_var)`` design.
    scenario
        With which the problem was built.
    reasons
        Why a configuration changed an assumption, by its key.
    own
        Hardware of the user's own.
    """
    problem = nominal_problem(problem)
    values = problem.assumptions
    rows = {**_assumption_table(), **_catalogue(problem, x, own)}
    mine = tuple(f"catalog.{row.table}.{row.name}." for row in own)
    reasons = _reasons_by_key(reasons, own)
    of_scenario = {
        cells["key"]: (cells["source"], cells["reason"])
        for cells in read_table("scenarios.csv")
        if cells["scenario"] == scenario
    }
    entries: dict[str, Any] = {}
    for key in (key for key in values if key in rows):
        set_by = "configuration" if key.startswith(mine) else "table"
        entry = {"value": values[key], **rows[key], "set_by": set_by}
        if key in of_scenario:
            source, reason = of_scenario[key]
            entry |= {"source": source, "note": reason, "set_by": "scenario"}
        if key in reasons:
            entry |= {"source": "configuration", "note": reasons[key], "set_by": "configuration"}
        entries[key] = entry
    return entries


def _reasons_by_key(reasons: Mapping[str, str], own: OwnRows) -> dict[str, str]:
    """Return reasons by key, that of a derived number at every key that it sets."""
    by_key: dict[str, str] = {}
    for name, number in DERIVED.items():
        if name in reasons:
            by_key |= dict.fromkeys(number.keys(own), reasons[name])
    return by_key | dict(reasons)


def _assumption_table() -> dict[str, dict[str, Any]]:
    return {
        key: {
            "unit": row.unit,
            "low": row.low,
            "high": row.high,
            "confidence": row.confidence,
            "source": f"{row.source}, {row.locator}" if row.locator else row.source,
            "note": row.note,
        }
        for key, row in assumption_rows().items()
    }


def _catalogue(problem: Problem, x: FloatArray, own: OwnRows) -> dict[str, dict[str, Any]]:
    """Return the catalogue rows that a design uses; none for a problem without a catalogue."""
    units = problem.assumption_units
    index = problem.space.index
    catalogue: dict[str, dict[str, Any]] = {}
    for variable, name in CATALOGUE_CHOICES.items():
        if variable not in index or name not in TABLES:
            continue
        table = catalog_table(name, own)
        used = {_decoded(problem, x, variable)}
        if variable == "launcher" and _decoded(problem, x, "launch_site") == "moon":
            used = {FREIGHT_LAUNCHER}  # what a lunar design imports flies on it
        for key, span in table.ranges.items():
            chosen = key.split(".")[2]
            if chosen in used:
                row = table.rows[chosen]
                catalogue[key] = {
                    "unit": units.get(key, "1"),
                    "low": span.low,
                    "high": span.high,
                    "confidence": row.confidence,
                    "source": f"{row.source}, {row.locator}" if row.locator else row.source,
                    "note": row.note,
                }
    return catalogue


def _decoded(problem: Problem, x: FloatArray, variable: str) -> str:
    return str(problem.space[variable].decode(float(x[0, problem.space.index[variable]])))


def _provenance(run: RunData) -> dict[str, Any]:
    manifest = run.manifest
    digests = dict(manifest.get("data_digests") or {})
    seed = manifest.get("seed")
    return {
        "run": run.path.name,
        "config_digest": str(manifest.get("config_hash", run.config.digest)),
        "revision": manifest.get("git_revision"),
        "seed": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "status": str(manifest.get("status", "")),
        "finished": manifest.get("finished"),
        "versions": {name: str(v) for name, v in (manifest.get("versions") or {}).items()},
        "data_digests": digests,
        "data_changed_since_run": digests != data_digests(run.problem),
    }


def document_row(document: Mapping[str, Any], problem: Problem) -> FloatArray:
    """Return the ``(1, n_var)`` canonical design row that a document describes.

    Variables without influence, and those that the document does not hold, take their default.

    Raises
    ------
    SpecError
        For a variable or choice that the problem does not have, or a value outside its bounds.
    """
    space = problem.space
    x = space.defaults[np.newaxis].copy()
    for name, entry in document["variables"].items():
        variable = space[name]
        if entry["unit"] != variable.unit:
            message = f"is in '{entry['unit']}', the model has '{variable.unit}'"
            raise SpecError(f"variables.{name}", message)
        if entry["value"] is not None:
            x[0, space.index[name]] = variable.encode(entry["value"])
    return np.asarray(problem.canonical(x, space))
