"""A whole front as a workbook: designs with units, what the columns mean, and a native chart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_UNDATED = datetime(2000, 1, 1)  # the same front gives the same bytes
_FIRST = 2  # row of the first design, below names and units
_WIDTH, _WIDE = 16, 60


@dataclass(frozen=True)
class Front:
    """What a workbook is made of.

    ``columns`` are unit, role and description by name; ``axes`` the columns of the objectives, each
    with whether it is logarithmic; ``chosen`` identities by title; ``assumptions`` entries by key.
    """

    name: str
    table: pd.DataFrame
    columns: Mapping[str, Mapping[str, str]]
    axes: Sequence[tuple[str, bool]]
    chosen: Mapping[str, str]
    assumptions: Mapping[str, Mapping[str, Any]]


def write_front(front: Front, path: Path) -> Path:
    """Write the workbook: front, chosen designs, dictionary, assumptions and chart."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as workbook:
        workbook.set_properties({"title": f"heliofront {front.name}", "created": _UNDATED})
        bold = workbook.add_format({"bold": True, "bottom": 1})
        _front_sheet(workbook, bold, front)
        _chosen_sheet(workbook, bold, front)
        facts = ("unit", "role", "description")
        rows = [(name, *(entry[f] for f in facts)) for name, entry in front.columns.items()]
        _sheet(workbook, bold, "Dictionary", ("name", *facts), rows)
        keys = ("value", "unit", "low", "high", "set_by", "confidence", "source", "note")
        rows = [(name, *(entry[k] for k in keys)) for name, entry in front.assumptions.items()]
        _sheet(workbook, bold, "Assumptions", ("key", *keys), rows)
        if len(front.axes) > 1:
            _chart_sheet(workbook, front)
    return path


def _sheet(
    workbook: Any,
    bold: Any,
    title: str,
    heads: Iterable[str],
    rows: Iterable[Sequence[Any]],
) -> Any:
    """Write a sheet of rows below their headings."""
    sheet = workbook.add_worksheet(title)
    for row, cells in enumerate([tuple(heads), *rows]):
        for column, value in enumerate(cells):
            _write(sheet, row, column, value, None if row else bold)
    for column, head in enumerate(heads):
        wide = head in ("name", "key", "description", "note", "source")
        sheet.set_column(column, column, _WIDE if wide else _WIDTH)
    sheet.freeze_panes(1, 1)
    return sheet


def _write(sheet: Any, row: int, column: int, value: Any, style: Any = None) -> None:
    """Write one cell by the type of its value: text is never read as a formula or a link."""
    if isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, Real) and math.isfinite(value):
        sheet.write_number(row, column, float(value), style)


def _front_sheet(workbook: Any, bold: Any, front: Front) -> None:
    """Write one row per design below names and units, ready to be filtered."""
    names = list(front.table.columns)
    units = [front.columns[name]["unit"] for name in names]
    rows = front.table.astype(object).itertuples(index=False, name=None)
    sheet = _sheet(workbook, bold, "Front", names, [units, *rows])
    sheet.set_column(0, len(names) - 1, _WIDTH)
    sheet.freeze_panes(_FIRST, 1)
    sheet.autofilter(_FIRST - 1, 0, _FIRST - 1 + len(front.table), len(names) - 1)


def _chosen_sheet(workbook: Any, bold: Any, front: Front) -> None:
    """Write one column per chosen design, named by what it is best at."""
    designs = [front.table.iloc[_row_of(front, identity)] for identity in front.chosen.values()]
    rows = [
        (name, entry["unit"], *(design[name] for design in designs), entry["description"])
        for name, entry in front.columns.items()
        if name in front.table
    ]
    heads = ("name", "unit", *front.chosen, "description")
    _sheet(workbook, bold, "Chosen designs", heads, rows)


def _row_of(front: Front, identity: str) -> int:
    return list(front.table["design_id"]).index(identity)


def _chart_sheet(workbook: Any, front: Front) -> None:
    """Draw the first two objectives from the cells of the front, the chosen designs by name."""
    chart = workbook.add_chart({"type": "scatter"})
    last = _FIRST - 1 + len(front.table)
    chart.add_series(_series(front, "front", _FIRST, last, 4))
    for title, identity in front.chosen.items():
        row = _FIRST + _row_of(front, identity)
        chart.add_series(_series(front, title, row, row, 9))
    for (name, log), set_axis in zip(
        front.axes[:2], (chart.set_x_axis, chart.set_y_axis), strict=True
    ):
        label = f"{name} [{front.columns[name]['unit']}]"
        set_axis({"name": label, **({"log_base": 10} if log else {}), "crossing": "min"})
    chart.set_title({"name": f"Front of {front.name}"})
    workbook.add_chartsheet("Chart").set_chart(chart)


def _series(front: Front, name: str, first: int, last: int, size: int) -> dict[str, Any]:
    """Return a series of the chart over rows of the sheet with the front."""
    x, y = (front.table.columns.get_loc(column) for column, _ in front.axes[:2])
    return {
        "name": name,
        "categories": ["Front", first, x, last, x],
        "values": ["Front", first, y, last, y],
        "marker": {"type": "circle", "size": size},
    }
