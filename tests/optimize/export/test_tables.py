"""CSV, Parquet and XLSX, read back by DuckDB, pyarrow and openpyxl and compared as numbers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from optimize.export.formats import tables, tables_xlsx
from tests.optimize.export.handed_over import KINDS, shared

pytestmark = pytest.mark.promise("R19")

RELATIVE = 1e-9


@pytest.fixture(scope="module")
def designs() -> list[dict[str, Any]]:
    return list(shared()[1].values())


def wanted(document: dict[str, Any]) -> dict[tuple[str, str], tuple[Any, str]]:
    """Return every number of a document with its unit."""
    parts = {
        (part, name): (entry["value"], entry["unit"])
        for part in ("variables", "outputs", "assumptions")
        for name, entry in document[part].items()
    }
    margins = document["constraints"].items()
    return parts | {("constraints", name): (entry["margin"], "1") for name, entry in margins}


def same(found: Any, value: Any) -> bool:
    if isinstance(value, (int, float)):
        return isinstance(found, (int, float)) and abs(found - value) <= RELATIVE * abs(value)
    return bool(found == value)


def faults(
    found: dict[tuple[str, str], tuple[Any, str]], document: dict[str, Any]
) -> list[tuple[str, str]]:
    """Return what a reader got that is not what the design is, units included."""
    expected = wanted(document)
    return [
        key
        for key in expected.keys() | found.keys()
        if key not in found
        or key not in expected
        or not same(found[key][0], expected[key][0])
        or found[key][1] != expected[key][1]
    ]


# --- CSV --------------------------------------------------------------------------------------


def from_csv(path: Path, design_id: str) -> dict[tuple[str, str], tuple[Any, str]]:
    """Read the table with DuckDB; numbers are what DuckDB makes of them."""
    query = "SELECT part, name, value, unit, TRY_CAST(value AS DOUBLE) FROM read_csv(?, header=true, all_varchar=true) WHERE design_id = ?"  # noqa: E501
    rows = duckdb.sql(query, params=[str(path), design_id]).fetchall()
    return {
        (part, name): (text if value is None else value, unit)
        for part, name, text, unit, value in rows
        if name != "feasible"
    }


def test_csv_is_read_by_duckdb(designs: list[dict[str, Any]], tmp_path: Path) -> None:
    (path,) = tables.write_csv(designs, tmp_path, "t")
    for document in designs:
        assert faults(from_csv(path, document["design_id"]), document) == []
    path.write_text(path.read_text().replace(",kg,", ",t,"))
    broken = faults(from_csv(path, designs[0]["design_id"]), designs[0])
    assert ("outputs", "launch_mass_kg") in broken


@pytest.mark.promise("R16")
def test_csv_has_no_cell_that_a_spreadsheet_runs(
    designs: list[dict[str, Any]], tmp_path: Path
) -> None:
    document = copy.deepcopy(designs[0])
    document["outputs"]["period_min"]["description"] = "=1+1"
    document["outputs"]["period_min"]["value"] = -1.5
    (path,) = tables.write_csv([document], tmp_path, "t")
    (line,) = [text for text in path.read_text().splitlines() if ",period_min," in text]
    assert line.endswith(",-1.5,min,'=1+1")


# --- Parquet ----------------------------------------------------------------------------------


def from_parquet(path: Path, row: int) -> dict[tuple[str, str], tuple[Any, str]]:
    """Read one design with pyarrow; unit and role come from the metadata of the field."""
    table = pq.read_table(path)
    found = {}
    for field in table.schema:
        role = field.metadata[b"role"].decode()
        name = field.name
        for prefix in ("output.", "margin.", "assumption."):
            name = name.removeprefix(prefix)
        if role != "design":
            value = table.column(field.name)[row].as_py()
            found[role, name] = (value, field.metadata[b"unit"].decode())
    return found


def test_parquet_is_read_by_pyarrow_and_duckdb(
    designs: list[dict[str, Any]], tmp_path: Path
) -> None:
    (path,) = tables.write_parquet(designs, tmp_path, "t")
    for row, document in enumerate(designs):
        found = from_parquet(path, row)
        blank = found.keys() - wanted(document).keys()
        assert all(found.pop(key)[0] is None for key in blank)  # hardware of the other designs
        assert faults(found, document) == []
    ids = duckdb.sql(f"SELECT design_id, launch_mass_kg FROM '{path}'").fetchall()
    assert ids == [(d["design_id"], d["outputs"]["launch_mass_kg"]["value"]) for d in designs]


def test_parquet_with_a_wrong_unit_is_caught(designs: list[dict[str, Any]], tmp_path: Path) -> None:
    document = copy.deepcopy(designs[0])
    document["outputs"]["orbit_altitude_km"]["unit"] = "m"
    (path,) = tables.write_parquet([document], tmp_path, "t")
    assert faults(from_parquet(path, 0), designs[0]) == [("outputs", "orbit_altitude_km")]


# --- XLSX -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(designs: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """Return the workbook of the designs with its cached values."""
    (path,) = tables_xlsx.write_xlsx(designs, tmp_path_factory.mktemp("xlsx"), "t")
    return openpyxl.load_workbook(path, data_only=True)


def rows_of(book: Workbook, sheet: str) -> Iterator[tuple[Any, ...]]:
    yield from book[sheet].iter_rows(min_row=2, values_only=True)


def from_xlsx(book: Workbook, column: int) -> dict[tuple[str, str], tuple[Any, str]]:
    found: dict[tuple[str, str], tuple[Any, str]] = {}
    part = ""
    titles = {"Margins": "constraints", "Variables": "variables"}
    for row in rows_of(book, "Summary"):
        if row[1] is None:
            part = titles.get(str(row[0]).split(" ")[0], "")
        elif part and row[0]:
            found[part, row[0]] = (row[3 + column], row[1])
    for sheet, name in (("Outputs", "outputs"), ("Assumptions", "assumptions")):
        for row in rows_of(book, sheet):
            found[name, row[0]] = (row[3 + column], row[1])
    return found


def test_xlsx_is_read_by_openpyxl(designs: list[dict[str, Any]], book: Workbook) -> None:
    for column, document in enumerate(designs):
        found = from_xlsx(book, column)
        blank = found.keys() - wanted(document).keys()
        assert all(found.pop(key)[0] is None for key in blank)
        assert faults(found, document) == []


def test_xlsx_summary_ends_with_where_the_designs_come_from(
    designs: list[dict[str, Any]], book: Workbook
) -> None:
    rows = list(rows_of(book, "Summary"))
    titles = [row[0] for row in rows if row[0] is not None and not any(row[1:])]
    assert [title.split(" ")[0] for title in titles[:4]] == [
        *("Objectives", "Margins", "Variables", "Provenance"),
    ]
    places = [rows.index((title, *[None] * 5)) for title in titles[:4]]
    assert places[0] == 0
    parts = ("objectives", "constraints", "variables")
    for part, start, end in zip(parts, places, places[1:], strict=False):
        names = dict.fromkeys(name for document in designs for name in document[part])
        assert [row[0] for row in rows[start + 1 : end]] == [*names, None]  # one row between parts
    last = {row[0]: row[3:] for row in rows[rows.index(("Provenance", *[None] * 5)) + 1 :]}
    assert last == {
        key: tuple(document["provenance"][key] for document in designs)
        for key in ("run", "config_digest", "revision", "seed", "finished")
    }


def test_xlsx_sheets_have_names_that_excel_opens(
    designs: list[dict[str, Any]], tmp_path: Path
) -> None:
    document = copy.deepcopy(designs[0])
    for breakdown in document["breakdowns"].values():
        breakdown["title"] = f"{breakdown['title']} [all of it / per year], told at length"
    (path,) = tables_xlsx.write_xlsx([document], tmp_path, "t")
    names = openpyxl.load_workbook(path).sheetnames
    assert max(map(len, names)) == 31
    assert not set("[]:*?/\\'") & set("".join(names))


def test_xlsx_rolls_up_with_live_formulas(
    designs: list[dict[str, Any]], book: Workbook, tmp_path: Path
) -> None:
    (path,) = tables_xlsx.write_xlsx(designs, tmp_path, "t")
    live = openpyxl.load_workbook(path)
    totals = {"Launch mass": "launch_mass_kg", "Cost over the life": "total_cost_usd"}
    for sheet, total in totals.items():
        rows = list(rows_of(live, sheet))
        n = len(rows)
        assert rows[-2][3:] == tuple(f"=SUM({c}2:{c}{n - 1})" for c in "DEF"), sheet
        assert rows[-2][:2] == ("sum of the items", designs[0]["outputs"][total]["unit"])
        formulas = [cell for row in rows for cell in row if str(cell).startswith("=")]
        assert len(formulas) == len(KINDS), sheet  # roll-ups only
        shown = list(rows_of(book, sheet))
        for column, document in enumerate(designs, 3):
            value = document["outputs"][total]["value"]
            assert shown[-1][column] == pytest.approx(value, rel=RELATIVE)
            assert shown[-2][column] == pytest.approx(value, rel=RELATIVE)  # the cached sum
            assert sum(row[column] for row in shown[:-2]) == pytest.approx(value, rel=RELATIVE)


def test_xlsx_assumptions_have_range_and_source_beside_the_designs(
    designs: list[dict[str, Any]], book: Workbook
) -> None:
    heads, *rows = book["Assumptions"].iter_rows(values_only=True)
    ids = [document["design_id"] for document in designs]
    facts = ("low", "high", "confidence", "set by", "source")
    assert heads == ("name", "unit", "description", *ids, *facts)
    entries: dict[str, dict[str, Any]] = {}
    for document in reversed(designs):
        entries |= document["assumptions"]
    assert {row[0] for row in rows} == set(entries)
    for row in rows:
        entry = entries[str(row[0])]
        assert row[2] == entry["note"]
        assert row[-5:] == tuple(entry[fact.replace(" ", "_")] for fact in facts)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (10_000.0, "#,##0"),
        (-10_000, "#,##0"),
        (9_999.0, "0"),
        (2030, "0"),
        (-1_000.0, "0"),
        (999.9, "0.000"),
        (1.0, "0.000"),
        (0.01, "0.000"),
        (-0.0099, "0.000E+00"),
        (0.0, "0"),
        (7, "0"),
        (None, "@"),
        ("B200", "@"),
    ],
)
def test_xlsx_shows_four_digits_and_years_without_a_separator(value: Any, shown: str) -> None:
    assert tables_xlsx._shown_as(value) == shown


@pytest.mark.promise("R16")
def test_xlsx_keeps_text_that_looks_like_a_formula(
    designs: list[dict[str, Any]], tmp_path: Path
) -> None:
    document = copy.deepcopy(designs[0])
    hostile = "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "https://example.org", "{=1+1}"
    names = list(document["outputs"])[: len(hostile)]
    for name, text in zip(names, hostile, strict=True):
        document["outputs"][name]["description"] = text
    (path,) = tables_xlsx.write_xlsx([document], tmp_path, "t")
    book = openpyxl.load_workbook(path)
    cells = [book["Outputs"].cell(row, 3) for row in range(2, 2 + len(hostile))]
    assert [cell.value for cell in cells] == list(hostile)
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_xlsx_with_a_wrong_unit_is_caught(designs: list[dict[str, Any]], tmp_path: Path) -> None:
    document = copy.deepcopy(designs[0])
    document["outputs"]["dose_krad"]["unit"] = "Gy"
    (path,) = tables_xlsx.write_xlsx([document], tmp_path, "t")
    broken = openpyxl.load_workbook(path, data_only=True)
    assert faults(from_xlsx(broken, 0), designs[0]) == [("outputs", "dose_krad")]


def test_tables_are_the_same_bytes_each_time(designs: list[dict[str, Any]], tmp_path: Path) -> None:
    for write in (tables.write_csv, tables.write_parquet, tables_xlsx.write_xlsx):
        (first,), (second,) = (write(designs, tmp_path, stem) for stem in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
