"""How hardware of the catalogue is listed on a terminal: which rows are open, then row by row."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from problems.parameters.catalog import CATALOGUE_CHOICES, WORDED_FIELDS, catalog_table
from problems.parameters.derived import DERIVED
from problems.registry import load_declarations
from problems.text_tables import plain_table

WIDTH = 80


def row_states(scenario: str, overrides: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return every row of the catalogue with whether a search may choose it, and what to know.

    Parameters
    ----------
    scenario, overrides
        Which rows are open, and what is in force beside the table.

    Raises
    ------
    SpecError
        For an unknown scenario, with the nearest one.
    """
    variables = {v.name: v for v in load_declarations(scenario=scenario).variables}
    return [
        {
            "key": f"catalog.{table}.{name}",
            "label": row.label,
            "available_from": row.available_from,
            "open": code in variables[variable].codes,
            "remark": variables[variable].remark(name),
            "derived": _derived(table, name, overrides),
            "words": {field: getattr(row, field) for field in WORDED_FIELDS if hasattr(row, field)},
        }
        for variable, table in CATALOGUE_CHOICES.items()
        for code, (name, row) in enumerate(catalog_table(table).rows.items())
    ]


def _derived(table: str, name: str, overrides: Mapping[str, float]) -> dict[str, float]:
    """Return the ratios of a row's numbers that people think in."""
    stem, ranges = f"catalog.{table}.{name}", catalog_table(table).ranges
    ratios = {}
    for title, number in DERIVED.items():
        if number.table == table and number.per is not None:
            keys = (f"{stem}.{number.field}", f"{stem}.{number.per}")
            above, below = (overrides.get(key, ranges[key].nominal) for key in keys)
            ratios[title] = above / below
    return ratios


def hardware_text(rows: Sequence[Mapping[str, Any]], states: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of the catalogue as text: an overview, then the numbers of each row.

    Parameters
    ----------
    rows
        Numbers with key, description, low, value in force, high, unit, source, locator and note.
    states
        As :func:`row_states` tells them, of the same rows.
    """
    named = {state["key"]: state for state in states}
    blocks = [_overview(states)]
    for key, numbers in groupby(rows, lambda row: row["key"].rpartition(".")[0]):
        blocks.append(_block(named[key], list(numbers)))
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _overview(states: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines that tell of each row whether it is open, and why not."""
    room = WIDTH - max(len(_name(state)) for state in states) - len("  2030  ")
    cells = []
    for state in states:
        first, *others = textwrap.wrap(_state(state), room - 2)
        cells.append((_name(state), f"{state['available_from']:.0f}", first))
        cells += [("", "", f"  {text}") for text in others]
    return plain_table(("row", "from", "state"), cells, "lrl", ruled=False)


def _name(state: Mapping[str, Any]) -> str:
    return str(state["key"].removeprefix("catalog."))


def _state(state: Mapping[str, Any]) -> str:
    texts = "open" if state["open"] else "closed", state["remark"]
    return ": ".join(text for text in texts if text)


def _block(state: Mapping[str, Any], numbers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of one row: what it is, its numbers, and where they are from."""
    first = numbers[0]
    cells = [(f"  {row['key'].rpartition('.')[2]}", *_cells(row), row["unit"]) for row in numbers]
    cells += [
        (f"  {name}", "", f"{ratio:.6g}", "", DERIVED[name].unit)
        for name, ratio in state["derived"].items()
        if ratio == ratio
    ]
    source = ", ".join(text for text in (first["source"], first["locator"]) if text)
    lines = fitted(f"{_name(state)}: {state['label']} ({_state(state)})", "")
    lines += plain_table(("", "low", "in force", "high", ""), cells, "lrrrl", ruled=False)
    lines += [f"  {field}: {word}" for field, word in state["words"].items()]
    lines += fitted(f"source ({first['confidence']} confidence): {source}", "  ")
    return lines + (fitted(f"note: {first['note']}", "  ") if first["note"] else [])


def _cells(row: Mapping[str, Any]) -> Iterable[str]:
    """Return low, value in force and high; the value alone where there is no range."""
    low, value, high = (row[part] for part in ("low", "value", "high"))
    if value is None:
        return "", "-", ""
    text = f"{value:.6g}" + ("*" if row["set_by"] == "scenario" else "")
    return ("", text, "") if low == value == high else (f"{low:.6g}", text, f"{high:.6g}")


def fitted(text: str, indent: str) -> list[str]:
    """Return text as lines that fit a terminal, all but the first further indented."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
