"""Designs as a workbook: one column per design, sums as live formulas, text never as a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]

_WIDTHS = (38, 16, 64)  # name, unit, description
_DESIGN_WIDTH = 28
_LONG, _WHOLE, _SMALL = 1e4, 1e3, 0.01  # where the way in which numbers are shown changes
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_NAME_LENGTH = 31
_UNDATED = datetime(2000, 1, 1)  # the same design gives the same bytes


def write_xlsx(documents: Sequence[Document], folder: Path, stem: str) -> list[Path]:
    """Write summary, one sheet per breakdown, all outputs and the assumptions with sources."""
    import xlsxwriter

    path = folder / f"{stem}.xlsx"
    # Cells are written by type below, so nothing is guessed from what a text looks like.
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as workbook:
        workbook.set_properties({"title": "heliofront designs", "created": _UNDATED})
        sheets = _Sheets(workbook, documents)
        sheets.summary()
        for name in documents[0]["breakdowns"]:
            sheets.breakdown(name)
        sheets.numbers("Outputs", "outputs")
        sheets.assumptions()
    return [path]


class _Sheets:
    """The sheets of one workbook."""

    def __init__(self, workbook: Any, documents: Sequence[Document]) -> None:
        self._workbook = workbook
        self._documents = documents
        self._heading = workbook.add_format({"bold": True, "bottom": 1})
        self._bold = workbook.add_format({"bold": True})
        self._sum = workbook.add_format({"bold": True, "top": 1})
        self._formats: dict[tuple[str, bool], Any] = {}

    def _format(self, value: Any, *, total: bool = False) -> Any:
        """Return a format that shows about four digits; the cell itself holds all of them."""
        shown = _shown_as(value)
        if (shown, total) not in self._formats:
            more = {"bold": True, "top": 1} if total else {}
            entry = {"align": "right", "num_format": shown, **more}
            self._formats[shown, total] = self._workbook.add_format(entry)
        return self._formats[shown, total]

    def _sheet(self, title: str, *more: tuple[str, int]) -> Any:
        """Start a sheet with its heading row; further columns follow those of the designs."""
        sheet = self._workbook.add_worksheet(title.translate(_FORBIDDEN)[:_NAME_LENGTH])
        ids = [(d["design_id"], _DESIGN_WIDTH) for d in self._documents]
        heads = [*zip(("name", "unit", "description"), _WIDTHS, strict=True), *ids, *more]
        right = self._workbook.add_format({"bold": True, "bottom": 1, "align": "right"})
        for column, (head, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            own = len(_WIDTHS) <= column < len(_WIDTHS) + len(ids)
            sheet.write_string(0, column, str(head), right if own else self._heading)
        sheet.freeze_panes(1, 1)
        return sheet

    def _row(
        self, sheet: Any, row: int, texts: Sequence[str], values: Sequence[Any], style: Any = None
    ) -> None:
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text, style)
        for column, value in enumerate(values, len(texts)):
            self._write(sheet, row, column, value)

    def _write(self, sheet: Any, row: int, column: int, value: Any) -> None:
        """Write one cell by the type of its value: text is never read as a formula or a link."""
        if isinstance(value, str):
            sheet.write_string(row, column, value, self._format(value))
        elif value is not None:
            sheet.write_number(row, column, value, self._format(value))

    def _rows(self, sheet: Any, row: int, part: str, key: str = "value") -> int:
        """Write one row per name of a part; return the next free row."""
        names = dict.fromkeys(name for d in self._documents for name in d[part])
        for name in names:
            entry = next(d[part][name] for d in self._documents if name in d[part])
            values = [d[part][name][key] if name in d[part] else None for d in self._documents]
            unit = entry["unit"] if part != "constraints" else "1"
            self._row(sheet, row, (name, unit, entry["description"]), values)
            row += 1
        return row

    def summary(self) -> None:
        """Objectives, margins of the constraints, variables, and where the designs come from."""
        sheet = self._sheet("Summary")
        row = 1
        for title, part, key in (
            ("Objectives", "objectives", "value"),
            ("Margins of constraints (negative when violated)", "constraints", "margin"),
            ("Variables (blank where they have no influence)", "variables", "value"),
        ):
            sheet.write_string(row, 0, title, self._bold)
            row = self._rows(sheet, row + 1, part, key) + 1
        sheet.write_string(row, 0, "Provenance", self._bold)
        for key in ("run", "config_digest", "revision", "seed", "finished"):
            row += 1
            values = [d["provenance"][key] for d in self._documents]
            self._row(sheet, row, (key, "", ""), values)

    def numbers(self, title: str, part: str) -> None:
        """Write every number of a part."""
        self._rows(self._sheet(title), 1, part)

    def breakdown(self, name: str) -> None:
        """Write the items of a breakdown, their sum as a formula, and the total of the model."""
        from xlsxwriter.utility import xl_col_to_name

        first = self._documents[0]["breakdowns"][name]
        sheet = self._sheet(first["title"])
        items, total = first["items"], first["total"]
        for row, item in enumerate(items, 1):
            self._item(sheet, row, item)
        row = len(items) + 1
        texts = ("sum of the items", first["unit"], "formula: follows the cells above")
        self._row(sheet, row, texts, (), self._sum)
        for column, document in enumerate(self._documents, len(texts)):
            values = [document["outputs"][item]["value"] or 0.0 for item in items]
            letter = xl_col_to_name(column)
            formula = f"=SUM({letter}2:{letter}{row})"
            style = self._format(sum(values), total=True)
            sheet.write_formula(row, column, formula, style, sum(values))
        self._item(sheet, row + 1, total)

    def _item(self, sheet: Any, row: int, name: str) -> None:
        entry = self._documents[0]["outputs"][name]
        values = [d["outputs"][name]["value"] for d in self._documents]
        self._row(sheet, row, (name, entry["unit"], entry["description"]), values)

    def assumptions(self) -> None:
        """Write the assumptions with range, source and origin."""
        more = (("low", 14), ("high", 14), ("confidence", 12), ("set by", 14), ("source", 48))
        sheet = self._sheet("Assumptions", *more)
        names = dict.fromkeys(name for d in self._documents for name in d["assumptions"])
        for row, name in enumerate(names, 1):
            entries = [d["assumptions"].get(name) for d in self._documents]
            entry = next(e for e in entries if e is not None)
            values = [None if e is None else e["value"] for e in entries]
            self._row(sheet, row, (name, entry["unit"], entry["note"]), values)
            first = 3 + len(values)
            for column, key in enumerate(("low", "high"), first):
                self._write(sheet, row, column, entry[key])
            for column, key in enumerate(("confidence", "set_by", "source"), first + 2):
                sheet.write_string(row, column, entry[key])


def _shown_as(value: Any) -> str:
    """Return the number format in which a value is shown.

    Examples
    --------
    >>> _shown_as(12345.678), _shown_as(2030.0), _shown_as(3.25), _shown_as(1e-5), _shown_as("B200")
    ('#,##0', '0', '0.000', '0.000E+00', '@')
    """
    if isinstance(value, str) or value is None:
        return "@"
    if isinstance(value, int) or abs(value) >= _WHOLE or value == 0.0:
        return "#,##0" if abs(value) >= _LONG else "0"  # a year has no separator
    return "0.000" if abs(value) >= _SMALL else "0.000E+00"
