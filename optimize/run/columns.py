"""What the columns of a run's tables mean: in ``columns.csv``, for readers without Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from optimize.evaluation.tables import Layout, write_csv
from optimize.run.integrity import FRONT, TABLES

FILE_NAME = "columns.csv"
_BEST = "best."
_FACTS = ("unit", "symbol", "role", "description")
#: Columns of the history: unit and what they count up to the end of a generation.
_HISTORY = {
    "generation": ("1", "number of the generation"),
    "evaluations": ("1", "designs evaluated so far"),
    "hypervolume": ("1", "share of the box from ideal to reference that the designs dominate"),
    "feasible_share": ("1", "share of the designs evaluated so far that hold every constraint"),
    "front_size": ("1", "feasible designs that no other betters"),
    "failed": ("1", "designs so far for which the model had no result"),
    "seconds": ("s", "time spent on the search so far"),
}


def history_table(history: pd.DataFrame, layout: Layout) -> pa.Table:
    """Return the history with unit, symbol, role and description of every column."""
    table = pa.Table.from_pandas(history, preserve_index=False)
    fields = [field.with_metadata(_history_facts(field.name, layout)) for field in table.schema]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))


def _history_facts(name: str, layout: Layout) -> dict[str, str]:
    output = name.removeprefix(_BEST)
    if name.startswith(_BEST):
        facts = layout.metadata("objective", output)
        text = f"best of the feasible designs so far: {facts['description']}"
        return {**facts, "role": "history", "description": text}
    unit, text = _HISTORY[name]
    return {"role": "history", "unit": unit, "symbol": "", "description": text}


def front_columns(folder: Path) -> dict[str, dict[str, str]]:
    """Return unit, symbol, role and description of every column of the front of a run folder."""
    with (folder / FRONT).open("rb") as stream:
        return {field.name: _facts(field) for field in pq.read_schema(stream)}


def write_columns(folder: Path) -> None:
    """Write ``columns.csv`` from the metadata of the tables of a run folder."""
    rows: dict[str, Mapping[str, str]] = {}
    for name in TABLES:
        path = folder / name
        if path.suffix == ".parquet" and path.is_file():
            with path.open("rb") as stream:  # pyarrow takes only names that UTF-8 can hold
                schema = pq.read_schema(stream)
            for field in schema:
                rows.setdefault(field.name, _facts(field))
    columns = {"name": list(rows)}
    columns |= {fact: [row[fact] for row in rows.values()] for fact in _FACTS}
    write_csv(folder / FILE_NAME, pa.table(columns))


def _facts(field: pa.Field) -> dict[str, str]:
    known = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
    return {fact: known.get(fact, "") for fact in _FACTS}
