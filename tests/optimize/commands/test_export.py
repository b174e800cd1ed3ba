"""The front as a workbook, read back by openpyxl, and designs by what they are best at."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import Workbook

import heliofront as hf
from optimize.cli import main
from optimize.designs.table import chosen_designs
from optimize.run.columns import front_columns
from optimize.run.folder import RunData, load_run
from tests.optimize.export.handed_over import shared


@pytest.fixture(scope="module")
def run() -> RunData:
    return load_run(shared()[0])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("front")
    asked = ["export", str(shared()[0]), "--format", "xlsx", "--out", str(out), "--json"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.stderr
    (path,) = json.loads(done.stdout)["files"]
    assert [Path(path)] == list(out.iterdir())
    return Path(path)


@pytest.fixture(scope="module")
def book(file: Path) -> Workbook:
    return openpyxl.load_workbook(file)


def rows(book: Workbook, sheet: str) -> list[tuple[Any, ...]]:
    return list(book[sheet].iter_rows(values_only=True))


def test_every_number_of_the_front_is_in_the_workbook_with_its_unit(
    book: Workbook, run: RunData
) -> None:
    names, units, *designs = rows(book, "Front")
    assert list(names) == list(run.front.columns)
    assert units[names.index("launch_mass_kg")] == "kg"
    assert len(designs) == len(run.front)
    for cells, (_, stored) in zip(designs, run.front.iterrows(), strict=True):
        for name, cell in zip(names, cells, strict=True):
            value = stored[name]
            if pd.isna(value) or value in (math.inf, -math.inf):
                assert cell is None, name
            elif isinstance(value, (str, bool)):
                assert cell == value, name
            else:
                assert cell == pytest.approx(value, rel=1e-14), name


def test_the_chosen_designs_stand_side_by_side(book: Workbook, run: RunData) -> None:
    heads, *lines = rows(book, "Chosen designs")
    titles = [pick.title.capitalize() for pick in chosen_designs(run)]
    assert list(heads) == ["name", "unit", *titles, "description"]
    by_name = {line[0]: line[1:] for line in lines}
    assert list(by_name) == list(run.front.columns)
    facts = front_columns(run.path)
    picked = run.front.iloc[[pick.row for pick in chosen_designs(run)]]
    for name in ("design_id", "launch_mass_kg", "orbit", "gpu_count", "period_min"):
        unit, *values, description = by_name[name]
        assert values == picked[name].tolist(), name
        assert (unit, description) == (facts[name]["unit"], facts[name]["description"])
    assert by_name["launch_mass_kg"][0] == "kg"


def test_columns_are_explained_and_assumptions_have_sources(book: Workbook, run: RunData) -> None:
    heads, *words = rows(book, "Dictionary")
    assert heads == ("name", "unit", "role", "description")
    assert {line[0] for line in words} == set(run.front.columns)
    assert all(line[3] for line in words)
    roles = {line[0]: line[1:3] for line in words}
    assert roles["launch_mass_kg"] == ("kg", "objective")
    assert roles["array_area_m2"] == ("m2", "variable")
    heads, *numbers = rows(book, "Assumptions")
    assert heads[0] == "key"
    assert len(numbers) > 200
    known = {k: e for design in shared()[1].values() for k, e in design["assumptions"].items()}
    for line in numbers:
        stated = dict(zip(heads[1:], line[1:], strict=True))
        assert stated["source"]
        assert stated == {key: known[line[0]][key] for key in stated}, line[0]


def test_the_chart_draws_the_cells_of_the_front(book: Workbook, run: RunData) -> None:
    (chart,) = book["Chart"]._charts

    def drawn(reference: Any) -> list[float]:
        sheet, _, cells = reference.numRef.f.replace("$", "").rpartition("!")
        assert sheet.strip("'") == "Front"
        first, _, last = cells.partition(":")
        return [row[0].value for row in book["Front"][f"{first}:{last or first}"]]

    rows_of = [range(len(run.front)), *([pick.row] for pick in chosen_designs(run))]
    for series, of_series in zip(chart.series, rows_of, strict=True):
        for reference, objective in zip((series.xVal, series.yVal), run.objectives, strict=False):
            expected = run.front[str(objective.output)].iloc[list(of_series)]
            assert drawn(reference) == pytest.approx(expected.tolist(), rel=1e-14)
    assert chart.x_axis.scaling.logBase == 10
    filtered = f"A2:{book['Front'].cell(2 + len(run.front), len(run.front.columns)).coordinate}"
    assert book["Front"].auto_filter.ref == filtered


def test_designs_may_be_named_by_what_they_are_best_at(run: RunData, tmp_path: Path) -> None:
    columns = {
        "cheapest": "cost_per_exaflop_usd",
        "lightest": "launch_mass_kg",
        "most-reliable": "radiation_failure_rate_per_pflops_yr",
    }
    for name, column in columns.items():
        (file,) = hf.export(run, name, "json", tmp_path)
        best = run.front.loc[run.front[column].idxmin(), "design_id"]
        assert json.loads(file.read_text("utf-8"))["design_id"] == best, name


def test_other_commands_take_the_same_names(tmp_path: Path, run: RunData) -> None:
    asked = ["fleet", str(shared()[0]), "--design", "lightest", "--out", str(tmp_path), "--json"]
    done = CliRunner().invoke(main, asked)
    best = run.front.loc[run.front["launch_mass_kg"].idxmin(), "design_id"]
    assert json.loads(done.stdout)["design_id"] == best
    asked = ["verify", str(shared()[0]), "--design", "lightest", "--only", "decay", "--json"]
    assert json.loads(CliRunner().invoke(main, asked).stdout)["design_id"] == best
