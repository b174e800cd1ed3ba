"""The table of assumptions: complete, sourced, and nothing unknown gets in."""

from __future__ import annotations

import csv
import dataclasses
import re
from importlib import resources
from typing import get_type_hints

import numpy as np
import pytest

from problems.parameters import assumptions
from problems.parameters.assumptions import (
    Assumptions,
    assumption_rows,
    load_assumptions,
    number_in_force,
)
from problems.spec import SpecError

ROWS = assumption_rows()
#: Ending of a name and the unit that it announces.
SUFFIX_UNITS = {
    "_kg_per_landed_kg": "1",
    "_usd_per_kwh": "USD/kWh",
    "_usd_per_kg": "USD/kg",
    "_usd": "USD",
    "_w_m2": "W/m2",
    "_kg_per_kw": "kg/kW",
    "_kg": "kg",
    "_km": "km",
    "_krad": "krad",
    "_ev": "eV",
    "_kpa": "kPa",
    "_cm2": "cm2",
    "_gb": "GB",
    "_gbps": "Gbit/s",
    "_deg": "deg",
    "_mm": "mm",
    "_per_yr": "/yr",
}


def bib_keys() -> set[str]:
    text = resources.files("problems.data").joinpath("references.bib").read_text("utf-8")
    return set(re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE))


def test_assumption_rows_lie_inside_their_ranges():
    outside = [key for key, row in ROWS.items() if not row.low <= row.nominal <= row.high]
    assert not outside


def test_assumption_rows_fixed_means_without_range():
    loose = [
        key for key, row in ROWS.items() if row.distribution == "fixed" and row.low != row.high
    ]
    assert not loose


def test_assumption_rows_lognormal_ranges_are_positive():
    bad = [key for key, row in ROWS.items() if row.distribution == "lognormal" and row.low <= 0.0]
    assert not bad


def test_assumption_rows_have_sources_that_exist():
    known = bib_keys() | {"estimate", "model_choice"}
    missing = sorted({row.source for row in ROWS.values()} - known)
    assert not missing


def test_assumption_rows_estimates_say_why():
    assert not [key for key, row in ROWS.items() if row.source == "estimate" and not row.note]


def test_assumption_rows_units_agree_with_names():
    wrong = {}
    for key, row in ROWS.items():
        suffix = next((s for s in SUFFIX_UNITS if row.name.endswith(s)), None)
        if suffix and not row.unit.endswith(SUFFIX_UNITS[suffix]):
            wrong[key] = row.unit
    assert not wrong


def test_load_assumptions_fills_every_field_with_its_nominal():
    loaded = load_assumptions()
    for group in get_type_hints(Assumptions):
        for field in dataclasses.fields(getattr(loaded, group)):
            value = getattr(getattr(loaded, group), field.name)
            assert value == ROWS[f"{group}.{field.name}"].nominal


def test_load_assumptions_overrides_one_value_alone():
    changed = load_assumptions({"compute.mfu": 0.5})
    assert changed.compute.mfu == 0.5
    assert (
        dataclasses.replace(
            changed, compute=dataclasses.replace(changed.compute, mfu=ROWS["compute.mfu"].nominal)
        )
        == load_assumptions()
    )


def test_load_assumptions_takes_columns_of_futures():
    column = np.array([[0.3], [0.5]])
    assert load_assumptions({"compute.mfu": column}).compute.mfu is column


@pytest.mark.parametrize(
    ("key", "value", "number"),
    [
        ("compute.precision", "bf16", 0.0),
        ("compute.precision", "fp4", 2.0),
        ("compute.precision", 1, 1.0),
        ("comms.workload", "batch", 2.0),
        ("compute.mfu", 0.4, 0.4),
    ],
)
def test_number_in_force_of_words_and_numbers(key, value, number):
    assert number_in_force(key, value) == number


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("compute.precision", "fp16", "one of bf16, fp8, fp4, got 'fp16'"),
        ("compute.precision", 0.5, r"one of 0 \(bf16\), 1 \(fp8\), 2 \(fp4\), got 0.5"),
        ("compute.mfu", "high", "expected a number, got 'high'"),
    ],
)
def test_number_in_force_refuses_what_stands_for_nothing(key, value, message):
    with pytest.raises(SpecError, match=message):
        number_in_force(key, value)


def test_load_assumptions_names_the_nearest_key():
    with pytest.raises(SpecError, match=r"did you mean 'compute\.mfu'"):
        load_assumptions({"compute.mfuu": 0.5})


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("nominal", "ten", "not a number"),
        ("low", "1e9", "does not hold"),
        ("distribution", "gaussian", "unknown distribution"),
        ("confidence", "certain", "unknown confidence"),
        ("source", "", "needs a source"),
    ],
)
def test_assumption_rows_refuse_a_bad_cell(monkeypatch, column, cell, message):
    cells = dict(assumptions.read_table("assumptions.csv")[0])
    cells[column] = cell
    monkeypatch.setattr(assumptions, "read_table", lambda name: [cells])
    with pytest.raises(SpecError, match=message):
        assumption_rows.__wrapped__()


def test_assumption_rows_refuse_a_duplicate(monkeypatch):
    cells = assumptions.read_table("assumptions.csv")[0]
    monkeypatch.setattr(assumptions, "read_table", lambda name: [cells, cells])
    with pytest.raises(SpecError, match="appears twice"):
        assumption_rows.__wrapped__()


def test_load_assumptions_refuses_a_table_that_lacks_a_row(monkeypatch):
    fewer = {key: row for key, row in ROWS.items() if key != "power.cell_packing"}
    monkeypatch.setattr(assumptions, "assumption_rows", lambda: fewer)
    with pytest.raises(SpecError, match="disagree on \\['cell_packing'\\]"):
        load_assumptions()


def test_rows_of_shipped_tables_have_as_many_cells_as_their_heads() -> None:
    folder = resources.files("problems.data")
    for table in sorted(f.name for f in folder.iterdir() if f.name.endswith(".csv")):
        head, *rows = csv.reader(folder.joinpath(table).read_text(encoding="utf-8").splitlines())
        wrong = [row[0] for row in rows if row and len(row) != len(head)]
        assert not wrong, f"{table}: {wrong}"
