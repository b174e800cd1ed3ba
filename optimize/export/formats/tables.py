"""Designs as JSON, CSV and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from optimize.utils.files import to_json

#: Beginnings that a spreadsheet takes for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Document = Mapping[str, Any]


class Cell(NamedTuple):
    """One number of a design: where it stands in the document, and what it is.

    ``column`` is its name in a table with one row per design, as in the ``front.parquet`` of a run.
    """

    column: str
    part: str
    name: str
    value: float | int | str | bool | None
    unit: str
    description: str
    symbol: str = ""


def cells(document: Document) -> Iterator[Cell]:
    """Yield every number of a design once: variables, outputs, margins, assumptions.

    Objectives are outputs, so they are not repeated.
    """
    text = "identity of the design"
    yield Cell("design_id", "design", "design_id", document["design_id"], "1", text)
    text = "every constraint holds"
    yield Cell("feasible", "design", "feasible", document["feasible"], "1", text)
    variables = document["variables"]
    for name, entry in variables.items():
        yield Cell(name, "variables", name, entry["value"], *_labels(entry))
    for name, entry in document["outputs"].items():
        column = f"output.{name}" if name in variables else name
        yield Cell(column, "outputs", name, entry["value"], *_labels(entry))
    for name, entry in document["constraints"].items():
        text = f"margin, negative when violated: {entry['description']}"
        yield Cell(f"margin.{name}", "constraints", name, entry["margin"], "1", text)
    for name, entry in document["assumptions"].items():
        text = f"{entry['note'] or name} ({entry['source']})"
        yield Cell(f"assumption.{name}", "assumptions", name, entry["value"], entry["unit"], text)


def _labels(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["unit"], entry["description"], entry["symbol"]


def harmless(cell: Any) -> Any:
    """Return text that no spreadsheet runs as a formula; numbers stay as they are.

    Examples
    --------
    >>> harmless("=1+1"), harmless(-1.5), harmless("B200")
    ("'=1+1", -1.5, 'B200')
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # a bare one ends the row for readers, but csv does not quote it
    return f"'{text}" if cell.startswith(FORMULA_STARTS) else text


def write_json(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write the master document itself."""
    path = folder / f"{stem}.json"
    path.write_text(to_json(dict(document)), encoding="utf-8")
    return [path]


def write_csv(documents: Sequence[Document], folder: Path, stem: str) -> list[Path]:
    """Write one row per number and design."""
    import csv

    path = folder / f"{stem}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("design_id", "part", "name", "value", "unit", "description"))
        for document in documents:
            for cell in list(cells(document))[1:]:
                row = (document["design_id"], *cell[1:6])
                writer.writerow([harmless(value) for value in row])
    return [path]


def write_parquet(documents: Sequence[Document], folder: Path, stem: str) -> list[Path]:
    """Write one row per design and one column per number, with its unit in the field metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{cell.column: cell for cell in cells(document)} for document in documents]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    arrays, fields = [], []
    for name in columns:
        first = next(row[name] for row in rows if name in row)
        array = pa.array([row[name].value if name in row else None for row in rows])
        if pa.types.is_null(array.type):
            array = array.cast(pa.float64())
        metadata = {
            "role": first.part,
            "unit": first.unit,
            "symbol": first.symbol,
            "description": first.description,
        }
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata=metadata))
    path = folder / f"{stem}.parquet"
    with path.open("wb") as stream:
        pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), stream)
    return [path]
