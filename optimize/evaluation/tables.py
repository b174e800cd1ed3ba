"""Designs as tables: columns with units, symbols and roles, for Parquet and CSV."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from optimize.evaluation.rows import design_ids
from optimize.utils.files import atomic_path, write_text_atomic
from problems.space import DesignSpace, Problem, violation
from problems.spec import Constraint, Objective, SpecError
from problems.units import BoolArray, FloatArray

_ROWS_PER_GROUP = 50_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def violation_column(name: str) -> str:
    """Return the column of a constraint's violation."""
    return f"violation.{name}"


def output_column(name: str, space: DesignSpace) -> str:
    """Return the column of an output; one named like a variable gets a prefix."""
    return f"output.{name}" if name in space.index else name


def variable_columns(x: FloatArray, active: BoolArray, space: DesignSpace) -> dict[str, pa.Array]:
    """Return each variable as people read it: choices as text, inactive ones blank."""
    columns = {}
    for i, variable in enumerate(space.variables):
        values, blank = x[:, i], ~active[:, i]
        if variable.kind == "choice":
            codes = pa.array(values.astype(np.int32), mask=blank)
            array = pa.DictionaryArray.from_arrays(codes, pa.array(variable.choices))
            columns[variable.name] = array.cast(pa.string())
        elif variable.kind == "integer":
            columns[variable.name] = pa.array(np.round(values).astype(np.int64), mask=blank)
        else:
            columns[variable.name] = pa.array(values, mask=blank)
    return columns


class Layout:
    """Column order and metadata of the tables of one run."""

    def __init__(
        self,
        problem: Problem,
        space: DesignSpace,
        objectives: Sequence[Objective],
        constraints: Sequence[Constraint],
    ) -> None:
        self.problem = problem
        self.space = space
        self.objectives = tuple(objectives)
        self.constraints = tuple(constraints)
        names = [o.output for o in objectives] + [c.output for c in constraints]
        self.searched = tuple(dict.fromkeys(names))  # outputs the search needs, each once

    def measured_by(self, objectives: Sequence[Objective]) -> Layout:
        """Return the same layout with objectives whose box is known."""
        return Layout(self.problem, self.space, objectives, self.constraints)

    def seen_through(self, problem: Problem) -> Layout:
        """Return the same layout with a stand-in for its problem."""
        return Layout(problem, self.space, self.objectives, self.constraints)

    def use_backend(self, backend: str, batch: int) -> None:
        """Let the problem compute what a search asks for on another engine than numpy."""
        if backend != "numpy":
            self.problem.use_backend(backend, space=self.space, outputs=self.searched, batch=batch)

    def column(self, output: str) -> str:
        """Return the column that holds an output."""
        return output_column(output, self.space)

    def metadata(self, role: str, name: str) -> dict[str, str]:
        """Return unit, symbol, role and description of a column."""
        if role == "variable":
            item: Any = self.space[name]
        elif role == "constraint":
            text = next(c.description for c in self.constraints if c.name == name)
            return {
                "role": role,
                "unit": "1",
                "symbol": "g",
                "description": f"{text}; dimensionless violation, at most 0 when feasible",
            }
        else:
            item = self.problem.outputs[name]
        return {
            "role": role,
            "unit": item.unit,
            "symbol": item.symbol,
            "description": item.description,
        }

    def table(
        self,
        x: FloatArray,
        outputs: Mapping[str, FloatArray],
        *,
        ids: bool = True,
        feasible: bool = False,
    ) -> pa.Table:
        """Return designs with their variables, objectives, violations and other outputs."""
        arrays: list[pa.Array] = []
        fields: list[pa.Field] = []

        def put(column: str, array: pa.Array, metadata: dict[str, str]) -> None:
            arrays.append(array)
            fields.append(pa.field(column, array.type, metadata=metadata))

        if ids:
            text = "first 10 hex digits of the hash of model version and active variables by name"
            metadata = {"role": "identity", "unit": "1", "symbol": "", "description": text}
            put("design_id", pa.array(design_ids(x, self.problem), pa.string()), metadata)
        columns = variable_columns(x, self.problem.active(x), self.space)
        for name, array in columns.items():
            put(name, array, self.metadata("variable", name))
        aims = [objective.output for objective in self.objectives]
        for name in aims:
            column = output_column(name, self.space)
            put(column, pa.array(outputs[name]), self.metadata("objective", name))
        holds = np.isfinite(np.column_stack([outputs[name] for name in aims])).all(axis=1)
        for constraint in self.constraints:
            values = violation(constraint, outputs[constraint.output])
            holds &= values <= 0.0
            name = violation_column(constraint.name)
            put(name, pa.array(values), self.metadata("constraint", constraint.name))
        if feasible:
            text = "every constraint holds"
            metadata = {"role": "feasible", "unit": "1", "symbol": "", "description": text}
            put("feasible", pa.array(holds), metadata)
        for name in () if feasible else outputs:
            if name not in aims:
                column = output_column(name, self.space)
                put(column, pa.array(outputs[name]), self.metadata("output", name))
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    def evaluation_table(self, x: FloatArray, outputs: Mapping[str, FloatArray]) -> pa.Table:
        """Return designs with variables, objectives, violations and feasibility only."""
        return self.table(x, outputs, ids=False, feasible=True)

    def rows(self, frame: pd.DataFrame) -> FloatArray:
        """Return the canonical design rows of a stored table.

        Raises
        ------
        SpecError
            When the table lacks a variable or holds a choice the problem does not know.
        """
        x = np.tile(self.space.defaults, (len(frame), 1))
        for i, variable in enumerate(self.space.variables):
            if variable.name not in frame:
                if variable.held:  # a table written before the problem had this variable
                    continue
                raise SpecError(variable.name, "is missing from the table")
            column = frame[variable.name]
            present = column.notna().to_numpy()
            values = column[present]
            if variable.kind == "choice":
                x[present, i] = [variable.encode(str(value)) for value in values]
            else:
                x[present, i] = values.to_numpy(dtype=np.float64)
        return self.problem.canonical(x, self.space)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table whole or not at all."""
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        pq.write_table(
            table, stream, row_group_size=_ROWS_PER_GROUP, use_dictionary=_texts(table.schema)
        )


def _texts(schema: pa.Schema) -> list[str]:
    """Return the columns worth a dictionary: numbers of a search hardly repeat."""
    return [field.name for field in schema if pa.types.is_string(field.type)]


def write_csv(path: Path, table: pa.Table) -> None:
    """Write a table as CSV; text that a spreadsheet would run as a formula is quoted with '."""
    frame = to_frame(table)
    for name in frame:
        if pd.api.types.is_string_dtype(frame[name].dtype):
            frame[name] = [_harmless(cell) for cell in frame[name]]
    frame.columns = pd.Index([_harmless(name) for name in frame])
    write_text_atomic(path, frame.to_csv(index=False, lineterminator="\n"))


def _harmless(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # a bare one ends the row for readers, but is not quoted
    return f"'{text}" if cell.startswith(_FORMULA_STARTS) else text


class _Units(dict[str, str]):
    """Units by column, copied in microseconds: pandas copies them for every column it returns."""

    def __deepcopy__(self, memo: Mapping[int, Any]) -> _Units:
        return _Units(self)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a data frame: whole numbers stay whole beside blanks, text is ``str``.

    The unit of every column that has one is in ``attrs["units"]``.
    """
    columns = {}
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_integer(field.type):
            columns[field.name] = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
        elif pa.types.is_string(field.type):
            columns[field.name] = pd.Series(column.to_pylist(), dtype=object)
        else:
            columns[field.name] = column.to_pandas()
    frame = pd.DataFrame(columns)
    facts = {field.name: field.metadata or {} for field in table.schema}
    units = {k: v[b"unit"].decode() for k, v in facts.items() if b"unit" in v}
    frame.attrs["units"] = _Units(units)
    return frame


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet file as a data frame."""
    return to_frame(read_parquet(path))


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file, whatever its name: pyarrow itself takes only what UTF-8 can hold."""
    with path.open("rb") as stream:
        return pq.read_table(stream)


class _Digested(io.BufferedWriter):
    """A file written from front to end, and the SHA-256 of what was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "w"))
        self.sha256 = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return super().write(data)


def write_evaluations(
    path: Path, layout: Layout, blocks: Iterable[tuple[FloatArray, Mapping[str, FloatArray]]]
) -> str:
    """Write blocks of designs and outputs to one file, its row groups all of the same size.

    Returns
    -------
    str
        SHA-256 of the file as hex digits, from writing it: it may be too large to read again.
    """
    empty = {name: np.empty(0) for name in layout.searched}
    schema = layout.evaluation_table(np.empty((0, len(layout.space))), empty).schema
    pending = schema.empty_table()
    with atomic_path(path) as temporary, _Digested(temporary) as stream:
        with pq.ParquetWriter(stream, schema, use_dictionary=_texts(schema)) as writer:
            for x, outputs in blocks:
                pending = pa.concat_tables([pending, layout.evaluation_table(x, outputs)])
                while len(pending) >= _ROWS_PER_GROUP:
                    writer.write_table(pending.slice(0, _ROWS_PER_GROUP))
                    pending = pending.slice(_ROWS_PER_GROUP)
            writer.write_table(pending)
        return stream.sha256.hexdigest()
