"""``heliofront catalog``: assumptions and hardware with the numbers in force in a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from optimize.commands.catalog_text import fitted, hardware_text, row_states
from optimize.commands.launch_points import point_rows, points_text
from optimize.utils.answer import deliver
from optimize.utils.labels import sentence, words
from optimize.utils.terminal import fitted_table
from problems.compute_satellite.declarations import overrides_in_force, scenarios
from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import TABLES, Range, catalog_table
from problems.parameters.uncertain import Marginal, uncertain_numbers
from problems.spec import SpecError, nearest

_MARK = "*"


def catalog(name: str | None, *, scenario: str, as_json: bool) -> int:
    """Print assumptions and catalogue rows whose key starts with, or belongs to, ``name``."""
    overrides = overrides_in_force(scenario, {})
    rows = list(_rows(scenario, overrides))
    if name is not None:
        wanted = tuple(f"{prefix}{name}" for prefix in ("", "catalog."))
        chosen = [row for row in rows if _belongs(row["key"], wanted)]
        if not chosen:
            raise SpecError(name, *_unknown(name, [_handles(row["key"]) for row in rows]))
        rows = chosen
    owners = {row["key"].rpartition(".")[0] for row in rows}
    states = [state for state in row_states(scenario, overrides) if state["key"] in owners]
    points = point_rows() if name == "launchers" else []
    answer = {"scenario": scenario, "rows": rows, "hardware": states}
    answer |= {"points": points} if points else {}
    text = partial(_text, rows, states, name, scenario, points)
    deliver(answer, text, as_json=as_json)
    return 0


def _rows(scenario: str, overrides: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Yield every number in force, with what the table has where a scenario changed it."""
    drawn = {marginal.key: marginal for marginal in uncertain_numbers(overrides)}
    reasons = scenarios()[scenario].reasons
    for row in assumption_rows().values():
        span = Range(row.key, row.unit, row.nominal, row.low, row.high)
        yield _row(span, row, overrides, drawn, reasons.get(row.key))
    for table in TABLES:
        content = catalog_table(table)
        for key, span in content.ranges.items():
            owner = content.rows[key.split(".")[2]]
            yield _row(span, owner, overrides, drawn, reasons.get(key))


def _row(
    span: Range,
    owner: Any,
    overrides: dict[str, float],
    drawn: dict[str, Marginal],
    reason: str | None,
) -> dict[str, Any]:
    """Return one number: in force, as the table has it, and who changed it."""
    value, low, high = span.nominal, span.low, span.high
    if span.key in overrides:
        value = overrides[span.key]
        around = drawn.get(span.key)
        low, high = (around.low, around.high) if around else (value, value)
    return {
        "key": span.key,
        "description": sentence(words(span.key.rpartition(".")[2], span.unit)),
        "low": _number(low),
        "value": _number(value),
        "high": _number(high),
        "unit": span.unit,
        "nominal": _number(span.nominal),
        "set_by": "scenario" if span.key in overrides else "table",
        "reason": reason if span.key in overrides else None,
        "confidence": owner.confidence,
        "source": owner.source,
        "locator": owner.locator,
        "note": owner.note,
    }


def _number(value: float) -> float | None:
    return value if value == value else None  # a gap in the table is NaN


def _handles(key: str) -> list[str]:
    parts = key.split(".")
    return [parts[0], *parts[1:3]] if parts[0] == "catalog" else [parts[0], key]


def _unknown(name: str, handles: Sequence[Sequence[str]]) -> tuple[str, str | None]:
    """Return the message for a name that is none, with the groups and tables, and the nearest."""
    closest = nearest(name, sorted({part for parts in handles for part in parts}))
    groups = sorted({parts[1] if parts[0] == "catalog" else parts[0] for parts in handles})
    listed = "" if closest else f" (there are: {', '.join(groups)})"
    return f"no such table, group or key{listed}", closest


def _belongs(key: str, wanted: tuple[str, ...]) -> bool:
    return any(key == w or key.startswith(w + ".") for w in wanted) or wanted[0] in _handles(key)


def _text(
    rows: Sequence[dict[str, Any]],
    states: Sequence[dict[str, Any]],
    name: str | None,
    scenario: str,
    points: Sequence[dict[str, Any]],
) -> str:
    """Return assumptions, or numbers asked for one by one, as one table; hardware row by row."""
    hardware = [row for row in rows if row["key"].startswith("catalog.") and row["key"] != name]
    single = [row for row in rows if row not in hardware]
    texts = [_table(single) if single else "", hardware_text(hardware, states) if hardware else ""]
    changed = [row for row in rows if row["set_by"] == "scenario"]
    if changed:
        lines = [f"{_MARK} set by scenario {scenario}; the table has:"]
        for row in changed:
            text = f"{row['key']}: {row['nominal']:.6g} {row['unit']} ({row['reason']})"
            lines += fitted(text, "  ")
        texts.append("\n".join(lines))
    texts.append(points_text(points) if points else "")
    return "\n\n".join(text for text in texts if text)


def _table(rows: Sequence[dict[str, Any]]) -> str:
    heads = ("key", "low", "in force", "high", "unit", "description", "confidence", "source")
    cells = []
    for row in rows:
        low, value, high = (
            f"{row[end]:.6g}" if row[end] is not None else "-" for end in ("low", "value", "high")
        )
        mark = _MARK if row["set_by"] == "scenario" else ""
        rest = (row["unit"], row["description"], row["confidence"], row["source"])
        cells.append((row["key"], low, f"{value}{mark}", high, *rest))
    return "\n".join(fitted_table(heads, cells, "lrrrllll", ruled=False))
