"""Commands that answer from declarations and tables alone: no numpy, no run folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import resources
from typing import Any

import click

from optimize.commands.launch_points import point_rows, points_text
from optimize.config.faults import ConfigError
from optimize.config.notes import study_notes
from optimize.utils.answer import deliver, reserved_stdout
from problems.spec import SpecError, nearest
from problems.text_tables import plain_table


def check(config: str, overrides: Sequence[str], *, as_json: bool) -> int:
    """Validate a configuration; with ``--json`` the faults are data."""
    from optimize.config.overrides import load_source
    from optimize.config.study import read_study

    try:
        resolved, study = read_study(load_source(config, overrides))
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
    }
    lines = [f"{config}: ok"]
    for title, names in (("free", free), ("objectives", aims), ("constraints", limits)):
        lines.append(f"  {title}: {', '.join(names) or 'none'}")
    if not free:
        lines.append("  note: every variable is fixed, so a run has a single design to look at")
    deliver(answer, "\n".join(lines), as_json=as_json)
    return 0


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
    from optimize.config.problem import allow
    from optimize.config.schema import config_schema
    from problems.registry import load_declarations

    allow(problem)
    with reserved_stdout():
        deliver(config_schema(load_declarations(problem, scenario=scenario)), "", as_json=True)
    return 0


def design_schema() -> int:
    """Print the JSON Schema of an exported design."""
    text = resources.files("optimize.export").joinpath("design.schema.json")
    click.echo(text.read_text(encoding="utf-8"), nl=False)
    return 0


def catalog(name: str | None, *, scenario: str, as_json: bool) -> int:
    """Print assumptions and catalogue rows whose key starts with, or belongs to, ``name``."""
    from optimize.commands.catalog_text import row_states

    rows = _all_rows()
    if name is not None:
        wanted = tuple(f"{prefix}{name}" for prefix in ("", "catalog."))
        chosen = [row for row in rows if _belongs(row["key"], wanted)]
        if not chosen:
            known = {part for row in rows for part in _handles(row["key"])}
            raise SpecError(name, "no such table, group or key", nearest(name, sorted(known)))
        rows = chosen
    owners = {row["key"].rpartition(".")[0] for row in rows}
    states = [state for state in row_states(scenario) if state["key"] in owners]
    points = point_rows() if name == "launchers" else []
    answer = {"rows": rows, "hardware": states} | ({"points": points} if points else {})
    deliver(answer, partial(_text, rows, states, name, points), as_json=as_json)
    return 0


def _all_rows() -> list[dict[str, Any]]:
    from problems.parameters.assumptions import assumption_rows
    from problems.parameters.catalog import TABLES, catalog_table
    from problems.registry import load_declarations

    rows: list[dict[str, Any]] = [
        {
            "key": row.key,
            "low": row.low,
            "nominal": row.nominal,
            "high": row.high,
            "unit": row.unit,
            "confidence": row.confidence,
            "source": row.source,
            "locator": row.locator,
            "note": row.note,
        }
        for row in assumption_rows().values()
    ]
    units = load_declarations().assumption_units
    for table in TABLES:
        content = catalog_table(table)
        for key, span in content.ranges.items():
            row = content.rows[key.split(".")[2]]
            rows.append(
                {
                    "key": key,
                    "low": _number(span.low),
                    "nominal": _number(span.nominal),
                    "high": _number(span.high),
                    "unit": units.get(key, "1"),
                    "confidence": row.confidence,
                    "source": row.source,
                    "locator": row.locator,
                    "note": row.note,
                }
            )
    return rows


def _number(value: float) -> float | None:
    return value if value == value else None  # a gap in the table is NaN


def _handles(key: str) -> list[str]:
    parts = key.split(".")
    return [parts[0], *parts[1:3]] if parts[0] == "catalog" else [parts[0], key]


def _belongs(key: str, wanted: tuple[str, ...]) -> bool:
    return any(key == w or key.startswith(w + ".") for w in wanted) or wanted[0] in _handles(key)


def _text(
    rows: Sequence[dict[str, Any]],
    states: Sequence[dict[str, Any]],
    name: str | None,
    points: Sequence[dict[str, Any]],
) -> str:
    """Return assumptions, or numbers asked for one by one, as one table; hardware row by row."""
    from optimize.commands.catalog_text import hardware_text

    hardware = [row for row in rows if row["key"].startswith("catalog.") and row["key"] != name]
    single = [row for row in rows if row not in hardware]
    texts = [_table(single) if single else "", hardware_text(hardware, states) if hardware else ""]
    texts.append(points_text(points) if points else "")
    return "\n\n".join(text for text in texts if text)


def _table(rows: Sequence[dict[str, Any]]) -> str:
    heads = ("key", "low", "nominal", "high", "unit", "confidence", "source")
    cells = []
    for row in rows:
        numbers = [f"{row[h]:.6g}" if row[h] is not None else "-" for h in heads[1:4]]
        cells.append((row["key"], *numbers, row["unit"], row["confidence"], row["source"]))
    return "\n".join(plain_table(heads, cells, "lrrrlll", ruled=False))
