"""Hardware of the user's own: rows beside those of the catalogue, each like one of them.

Field names and kinds come from the tables, so a new column is a new field here.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from problems.parameters.assumptions import read_table
from problems.parameters.catalog import (
    FIELD_UNITS,
    TABLES,
    WORDED_FIELDS,
    OwnRow,
    OwnRows,
    catalog_table,
)
from problems.spec import SpecError, nearest

#: Table to row name to fields, as in a configuration.
OwnHardware = Mapping[str, Mapping[str, Mapping[str, Any]]]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,63}")
#: What a row says beside the fields of its table.
_LIKE, _REASON = "like", "reason"


class HardwareFault(NamedTuple):
    """What is wrong with a row: where, what, and the likely intention."""

    location: tuple[str, ...]
    message: str
    suggestion: str | None = None


def hardware_fields(table: str) -> tuple[str, ...]:
    """Return what a row of one's own may say of itself, beside ``like`` and ``reason``.

    Examples
    --------
    >>> hardware_fields("batteries")[:3]
    ('label', 'available_from', 'pack_wh_per_kg')
    """
    return tuple(name for name in read_table(f"{table}.csv")[0] if name not in ("name", "note"))


def hardware_faults(hardware: OwnHardware) -> list[HardwareFault]:
    """Return everything that is wrong with rows of the user's own.

    Examples
    --------
    >>> hardware_faults({"gpu": {}})[0].suggestion
    'gpus'
    """
    faults = []
    for table, rows in hardware.items():
        if table not in TABLES:
            message = f"unknown catalogue (there are: {', '.join(TABLES)})"
            faults.append(HardwareFault((table,), message, nearest(table, TABLES)))
            continue
        for name, cells in rows.items():
            faults += [
                fault._replace(location=(table, name, *fault.location))
                for fault in _row_faults(table, name, cells)
            ]
    return faults


def own_rows(hardware: OwnHardware) -> OwnRows:
    """Return rows of the user's own, ready for :func:`problems.parameters.catalog.catalog_table`.

    Raises
    ------
    SpecError
        For the first fault of :func:`hardware_faults`.

    Examples
    --------
    >>> mine = own_rows({"gpus": {"Mine": {"like": "B200", "tdp_w": 500, "reason": "undervolted"}}})
    >>> chip = catalog_table("gpus", mine).rows["Mine"]
    >>> chip.tdp_w, chip.hbm_gb == catalog_table("gpus").rows["B200"].hbm_gb
    (500.0, True)
    """
    for location, message, suggestion in hardware_faults(hardware):
        raise SpecError(".".join(("catalog", *location)), message, suggestion)
    return tuple(
        _own_row(table, name, cells)
        for table, rows in hardware.items()
        for name, cells in rows.items()
    )


def _row_faults(table: str, name: str, cells: Mapping[str, Any]) -> list[HardwareFault]:
    known = catalog_table(table).rows
    faults = []
    if name in known:
        message = f"is in the catalogue: change it by assumptions, as catalog.{table}.{name}.FIELD"
        faults.append(HardwareFault((), message))
    elif not _NAME.fullmatch(name):
        message = "a name is a letter, then letters, digits, '_', '+' or '-' (at most 64)"
        faults.append(HardwareFault((), message))
    if not isinstance(cells.get(_REASON), str) or not cells[_REASON].strip():
        faults.append(HardwareFault((_REASON,), "needs a 'reason': text that says why"))
    like = cells.get(_LIKE)
    if like not in known:
        message = f"needs the row that it is like, one of: {', '.join(known)}"
        faults.append(HardwareFault((_LIKE,), message, nearest(str(like), known)))
    fields = hardware_fields(table)
    for field, value in cells.items():
        if field in (_LIKE, _REASON):
            continue
        if field not in fields:
            message = f"unknown field (there are: {', '.join(fields)})"
            faults.append(HardwareFault((field,), message, nearest(field, fields)))
        elif fault := _value_fault(table, field, value):
            faults.append(HardwareFault((field,), fault))
    return faults or _range_faults(table, name, cells)


def _value_fault(table: str, field: str, value: Any) -> str | None:
    """Return why a value is none of the kind that its column holds."""
    kinds = {f.name: f.type for f in dataclasses.fields(TABLES[table])}
    kind = kinds.get(field, "float")  # a column of lows or highs
    if kind == "bool":
        return None if isinstance(value, bool) else "expected true or false"
    if kind == "float":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if is_number and math.isfinite(value) else "expected a number"
    words = WORDED_FIELDS.get(field)
    if words is not None and value not in words:
        return f"expected one of: {', '.join(words)}"
    return None if isinstance(value, str) else "expected text"


def _range_faults(table: str, name: str, cells: Mapping[str, Any]) -> list[HardwareFault]:
    """Return the fault of a low above its nominal, or a high below."""
    try:
        catalog_table(table, (_own_row(table, name, cells),))
    except SpecError as error:
        return [HardwareFault((error.key.rpartition(".")[2],), error.message)]
    return []


def _own_row(table: str, name: str, cells: Mapping[str, Any]) -> OwnRow:
    said = {field: value for field, value in cells.items() if field not in (_LIKE, _REASON)}
    said = {**_moved_ends(table, cells[_LIKE], said), **said}
    given = {"label": name, "source": "configuration", "locator": "", "confidence": "own"}
    given |= {field: _cell(value) for field, value in said.items()}
    given |= {"name": name, "note": str(cells[_REASON])}
    return OwnRow(table, name, str(cells[_LIKE]), tuple(given.items()))


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _moved_ends(table: str, like: str, said: Mapping[str, Any]) -> dict[str, float]:
    """Return low and high of numbers given without them: as far from them as they were."""
    spans, units = catalog_table(table).ranges, FIELD_UNITS
    ends: dict[str, float] = {}
    for field, value in said.items():
        span = spans.get(f"catalog.{table}.{like}.{field}")
        if span is None or f"{field}_low" not in hardware_fields(table):
            continue
        moved = [_moved(float(value), span.nominal, end) for end in (span.low, span.high)]
        if units.get(field) == "1" and span.high <= 1.0:
            moved = [min(end, max(float(value), 1.0)) for end in moved]
        ends |= {f"{field}_low": min(moved), f"{field}_high": max(moved)}
    return ends


def _moved(value: float, nominal: float, end: float) -> float:
    """Return an end at its ratio to the nominal, or at its distance where that is not positive."""
    if math.isnan(nominal):
        return value
    return value * (end / nominal) if nominal > 0.0 and value > 0.0 else value + (end - nominal)
