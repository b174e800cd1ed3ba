"""Commands that answer from declarations and tables alone: no numpy, no run folder."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

import click

from optimize.config.backend import choose_backend
from optimize.config.faults import ConfigError, Fault
from optimize.config.notes import study_notes
from optimize.config.problem import allow
from optimize.utils.answer import deliver, reserved_stdout
from optimize.utils.terminal import fitted_table
from problems.registry import load_declarations
from problems.spec import SpecError, nearest


def check(config: str, overrides: Sequence[str], *, as_json: bool) -> int:
    """Validate a configuration; with ``--json`` the faults are data."""
    from optimize.config.overrides import load_source
    from optimize.config.study import read_study

    try:
        resolved, study = read_study(load_source(config, overrides))
        backend = choose_backend(resolved)
        if backend.name == "jax":
            _require_jax()
    except ConfigError as error:
        if not as_json:
            raise
        deliver({"ok": False, "faults": _faults(error)}, "", as_json=True)
        return 2
    free = list(study.free)
    aims = [f"{o.output} ({o.sense})" for o in study.objectives]
    limits = [constraint.name for constraint in study.constraints]
    notes = study_notes(resolved.algorithm.name, study.objectives, study.constraints)
    for note in notes:
        click.echo(f"warning: {note}", err=True)
    answer = {
        "ok": True,
        "name": resolved.name,
        "hash": resolved.digest,
        "free": free,
        "objectives": [objective.output for objective in study.objectives],
        "constraints": limits,
        "warnings": notes,
        "backend": backend._asdict(),
    }
    lines = [f"{config}: ok"]
    for title, names in (("free", free), ("objectives", aims), ("constraints", limits)):
        lines.append(f"  {title}: {', '.join(names) or 'none'}")
    if backend.reason:
        lines.append(f"  backend: {backend.name} ({backend.reason})")
    if not free:
        lines.append("  note: every variable is fixed, so a run has a single design to look at")
    deliver(answer, "\n".join(lines), as_json=as_json)
    return 0


def _require_jax() -> None:
    """Refuse a device that is missing, as a run would."""
    from problems.compute_satellite.backends.jax_arrays import require_jax

    try:
        require_jax()
    except SpecError as error:
        fault = Fault((error.key,), error.message, error.suggestion)
        raise ConfigError([fault], "environment") from None


def _faults(error: ConfigError) -> list[dict[str, Any]]:
    return [
        {
            "file": fault.origin or error.source,
            "line": fault.place[0] if fault.place else None,
            "column": fault.place[1] if fault.place else None,
            "key": fault.key,
            "message": fault.message,
            "suggestion": fault.suggestion,
        }
        for fault in error.faults
    ]


def schema(problem: str, scenario: str) -> int:
    """Print the JSON Schema of a configuration."""
    from optimize.config.schema import config_schema

    allow(problem)
    with reserved_stdout():
        deliver(config_schema(load_declarations(problem, scenario=scenario)), "", as_json=True)
    return 0


def design_schema() -> int:
    """Print the JSON Schema of an exported design."""
    text = resources.files("optimize.export").joinpath("design.schema.json")
    click.echo(text.read_text(encoding="utf-8"), nl=False)
    return 0


def columns(word: str | None, *, problem: str, as_json: bool) -> int:
    """Print variables, outputs and constraints whose name or description contains a word.

    Raises
    ------
    SpecError
        When there is none, with the nearest name.
    """
    allow(problem)
    declared = load_declarations(problem)
    rows = [
        *(_column(v.name, v.unit, "variable", v.description) for v in declared.variables),
        *(_column(o.name, o.unit, "output", o.description) for o in declared.outputs.values()),
        *(_column(c.name, "1", "constraint", c.description) for c in declared.constraints),
    ]
    wanted = (word or "").lower()
    chosen = [row for row in rows if wanted in f"{row['name']} {row['description']}".lower()]
    if not chosen:
        names = [row["name"] for row in rows]
        raise SpecError(
            "WORD", f"'{word}' is in no name and no description", nearest(wanted, names)
        )
    heads = ("name", "unit", "role", "description")
    cells = [tuple(row[head] for head in heads) for row in chosen]
    deliver(
        {"columns": chosen},
        lambda: "\n".join(fitted_table(heads, cells, "llll")),
        as_json=as_json,
    )
    return 0


def _column(name: str, unit: str, role: str, description: str) -> dict[str, str]:
    return {"name": name, "unit": unit, "role": role, "description": description}
