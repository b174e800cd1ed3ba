"""The data of the explorer: every column of one or several runs as compact, exact text."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from optimize.designs.details import design_details
from optimize.designs.families import families
from optimize.designs.scores import choose
from optimize.evaluation.tables import read_parquet, violation_column
from optimize.explorer.columns import Column, run_columns
from optimize.run.certified import certificate_text, uncertified_text
from optimize.run.folder import RunData
from optimize.utils.files import REFUSED, RunFolderError, plain
from problems.units import BoolArray, FloatArray

#: Designs of all runs together in one page; beyond it a run is sampled, its front always whole.
MOST = 100_000
#: What the data of a page should take at most; designs off the front are sampled to fit.
ROOM_BYTES = 7_000_000
_FEWEST = 2000  # designs, however large the fronts are
_BASE64 = 4.0 / 3.0
_BLANK = 255


@dataclass(frozen=True)
class Rows:
    """The designs of one run in the page: its front, then others; a choice as its position."""

    front: Mapping[str, FloatArray]
    others: Mapping[str, FloatArray]
    feasible: BoolArray
    n_front: int
    total: int

    def __len__(self) -> int:
        return len(self.feasible)


def pack_runs(runs: Sequence[RunData], *, most: int | None = None) -> dict[str, Any]:
    """Return the data of the page about ``runs``, ready for JSON.

    Parameters
    ----------
    runs
        One run or several; columns of the same name are laid over each other. The objectives are
        those of the first run.
    most
        Designs in the page, all runs together, as many as fit when left out; fronts are kept whole
        whatever it is.

    Returns
    -------
    dict
        ``title``, ``runs``, ``columns``, ``ids`` of the front members, ``feasible``. Numbers of all
        designs are base64 of little-endian float32, those of the fronts of float64, choices of
        bytes with 255 for blank; a column with one value everywhere is that value.

    Raises
    ------
    RunFolderError
        When a stored table is damaged.
    """
    columns, details = _merged(runs), _details(runs)
    if most is None:
        most = _fitting(runs, columns, len(details))
    tables = [read_rows(run, most // len(runs)) for run in runs]
    feasible = np.concatenate([rows.feasible for rows in tables])
    return {
        "title": ", ".join(dict.fromkeys(run.config.name for run in runs)),
        "runs": [_about(run, rows) for run, rows in zip(runs, tables, strict=True)],
        "n": len(feasible),
        "columns": [_packed(column, runs, tables) for column in columns],
        "ids": [str(name) for run in runs for name in run.front["design_id"]],
        "feasible": _base64(feasible.astype(np.uint8)),
        "details": details,
    }


def _fitting(runs: Sequence[RunData], columns: Sequence[Column], details_bytes: int) -> int:
    """Return how many designs fit into a page beside the fronts, these counted too."""
    n_front = sum(len(run.front) for run in runs)
    numbers = sum(column.kind != "choice" and column.role != "output" for column in columns)
    choices = sum(column.kind == "choice" for column in columns)
    row_bytes = _BASE64 * (4 * numbers + choices)
    left = ROOM_BYTES - details_bytes - _BASE64 * 8 * len(columns) * n_front
    return min(MOST, n_front + max(int(left / row_bytes), _FEWEST))


def read_rows(run: RunData, most: int) -> Rows:
    """Return the designs of a run: the front with every output, and a share of the others.

    Raises
    ------
    RunFolderError
        When the table of evaluations is damaged.
    """
    active = run.problem.active(run.front_x)
    front = {
        v.name: np.where(active[:, i], run.front_x[:, i], np.nan)
        for i, v in enumerate(run.space.variables)
    }
    for name in run.front:
        if name not in front and name != "design_id":
            front[str(name)] = _numbers(run.front[name])
    n_front = len(run.front)
    if run.stored_evaluations is None:
        return Rows(front, {}, np.ones(n_front, dtype=np.bool_), n_front, n_front)
    try:
        table = read_parquet(run.stored_evaluations)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{run.path} cannot be read: {error}", REFUSED) from None
    fresh = _not_in_front(table, run, front)
    room = max(most - n_front, 0)
    if len(fresh) > room:
        fresh = np.sort(np.random.default_rng(0).choice(fresh, room, replace=False))
    drawn = table.take(pa.array(fresh))
    others = {name: _column(drawn, run, name) for name in drawn.column_names if name != "feasible"}
    holds = drawn.column("feasible").to_numpy().astype(np.bool_)
    feasible = np.concatenate([np.ones(n_front, dtype=np.bool_), holds])
    return Rows(front, others, feasible, n_front, max(len(table), n_front))


def _numbers(values: pd.Series[Any]) -> FloatArray:
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _column(table: pa.Table, run: RunData, name: str) -> FloatArray:
    """Return one column as numbers, a choice as its position, blanks as NaN."""
    array = table.column(name).combine_chunks()
    if name in run.space.index and run.space[name].kind == "choice":
        encoded = array.dictionary_encode()
        codes = np.array([run.space[name].encode(text) for text in encoded.dictionary.to_pylist()])
        at = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return np.where(at >= 0, np.append(codes, np.nan)[at], np.nan)
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def _not_in_front(table: pa.Table, run: RunData, front: Mapping[str, FloatArray]) -> Any:
    """Return the rows of a table that are no members of the front, which is kept apart."""
    columns = [run.layout.column(o.output) for o in run.objectives]
    stored = np.column_stack([_column(table, run, name) for name in columns])
    members = {row.tobytes() for row in np.column_stack([front[name] for name in columns])}
    maybe = np.flatnonzero(np.isin(stored[:, 0], front[columns[0]]))
    doubles = [i for i in maybe if stored[i].tobytes() in members]
    return np.setdiff1d(np.arange(len(table)), doubles)


def _merged(runs: Sequence[RunData]) -> list[Column]:
    """Return the columns of all runs, each once; choices of a later run are appended."""
    columns: dict[str, Column] = {}
    for at, run in enumerate(runs):
        for column in run_columns(run):
            merged = columns.get(column.name)
            if merged is None:
                role = "output" if at and column.role == "objective" else column.role
                columns[column.name] = dataclasses.replace(column, role=role)
            elif column.choices:
                choices = tuple(dict.fromkeys((*merged.choices, *column.choices)))
                columns[column.name] = dataclasses.replace(merged, choices=choices)
    return list(columns.values())


def _packed(column: Column, runs: Sequence[RunData], tables: Sequence[Rows]) -> dict[str, Any]:
    """Return one column with its numbers; choices that never occur are left out."""
    fronts, all_values, front_only = [], [], True
    for run, rows in zip(runs, tables, strict=True):
        codes = _recode(column, run)
        n_others = len(rows) - rows.n_front
        front = codes(rows.front.get(column.name, np.full(rows.n_front, np.nan)))
        others = codes(rows.others.get(column.name, np.full(n_others, np.nan)))
        front_only &= column.name not in rows.others
        fronts.append(front)
        all_values += [front, others]
    exact, values = np.concatenate(fronts), np.concatenate(all_values)
    entry = {k: v for k, v in dataclasses.asdict(column).items() if v not in ("", False, ())}
    if column.choices:
        present = np.unique(values[np.isfinite(values)]).astype(int)
        entry["choices"] = [column.choices[code] for code in present]
        new = np.full(len(column.choices) + 1, np.nan)
        new[present] = np.arange(len(present))
        values = new[np.where(np.isfinite(values), values, -1).astype(int)]
        return entry | {"all": _encode(values, "u1")}
    entry["front"] = _encode(exact, "<f8")
    if not front_only:
        entry["all"] = _encode(values, "<f4")
    return entry


def _recode(column: Column, run: RunData) -> Any:
    """Return the function from a run's positions of a choice to those of the merged column."""
    if not column.choices or column.name not in run.space.index:
        return lambda values: values
    choices = run.space[column.name].choices
    if choices == column.choices:
        return lambda values: values
    codes = np.array([*(column.choices.index(text) for text in choices), np.nan])
    return lambda values: codes[np.where(np.isfinite(values), values, -1).astype(int)]


def _encode(values: FloatArray, kind: str) -> dict[str, Any]:
    """Return numbers as base64, or as the one value they all have."""
    if len(values) and (np.isnan(values).all() or (values == values[0]).all()):
        value = float(values[0])
        return {"same": value if math.isfinite(value) else None}
    if kind == "u1" and (len(values) == 0 or np.nanmax(values) < _BLANK):
        return {"u8": _base64(np.where(np.isnan(values), _BLANK, values).astype(np.uint8))}
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and shown as blank
        return {
            "f64" if kind == "<f8" else "f32": _base64(values.astype(kind.replace("u1", "<f4")))
        }


def _base64(values: Any) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")


def _about(run: RunData, rows: Rows) -> dict[str, Any]:
    manifest = run.manifest
    proved = certificate_text(manifest.get("certificate") or {}), uncertified_text(run.front)
    return {
        "name": run.config.name,
        "folder": run.path.name,
        "path": shlex.quote(str(run.path)),
        "scenario": run.config.scenario,
        "seed": manifest.get("seed"),
        "status": manifest.get("status"),
        "n": len(rows),
        "n_front": rows.n_front,
        "total": rows.total,
        "objectives": [run.layout.column(o.output) for o in run.objectives],
        "constraints": [violation_column(c.name) for c in run.constraints],
        "deciding": (manifest.get("binding") or {}).get("sentence", "").replace("`", ""),
        "certificate": ". ".join(text for text in proved if text).replace("`", ""),
        **_landmarks(run),
    }


def _landmarks(run: RunData) -> dict[str, Any]:
    """Return the named designs of a front by row, and its families."""
    if len(run.front) == 0:
        return {"named": [], "families": {"by": [], "members": []}}
    columns = [run.layout.column(o.output) for o in run.objectives]
    values = run.front[columns].to_numpy(dtype=np.float64)
    named = choose(values, run.objectives, run.problem.outputs)
    classes = families(run.front, run.space, values, run.objectives)
    return {
        "named": [{"row": design.row, "title": design.title} for design in named],
        "families": dataclasses.asdict(classes),
    }


def _details(runs: Sequence[RunData]) -> str:
    """Return what the drawings of all front members need, compressed; read when first drawn."""
    details = [entry for run in runs for entry in design_details(run, range(len(run.front)))]
    text = json.dumps(plain(details), separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")
