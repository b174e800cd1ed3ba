"""The workbook and the CSV in LibreOffice: what its calculation gives, and what stays text."""

from __future__ import annotations

import copy
import csv
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from optimize.export.formats import tables, tables_xlsx
from tests.optimize.export.handed_over import shared

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")

HOSTILE = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1")


def calculated(path: Path, folder: Path) -> dict[str, list[list[str]]]:
    """Let LibreOffice open a file, calculate everything and write each sheet as CSV."""
    assert OFFICE is not None
    # Field and text separator, UTF-8, from line 1; numbers in full; every sheet to its own file.
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(
        [OFFICE, profile, "--headless", "--convert-to", options, "--outdir", folder, path],
        check=True,
        capture_output=True,
        timeout=180,
    )
    found = {}
    for file in folder.glob(f"{path.stem}*.csv"):
        sheet = file.stem.removeprefix(f"{path.stem}-")
        if file != path:
            found[sheet] = list(csv.reader(file.read_text("utf-8").splitlines()))
    return found


def document_with_hostile_text() -> tuple[dict[str, Any], list[str]]:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    names = list(document["outputs"])[: len(HOSTILE)]
    for name, text in zip(names, HOSTILE, strict=True):
        document["outputs"][name]["description"] = text
    return document, names


@pytest.mark.promise("R16")
def test_workbook_calculates_the_totals_of_the_model(tmp_path: Path) -> None:
    document, names = document_with_hostile_text()
    (path,) = tables_xlsx.write_xlsx([document], tmp_path, "book")
    out = tmp_path / "out"
    out.mkdir()
    sheets = calculated(path, out)
    for sheet, total in (
        ("Launch mass", "launch_mass_kg"),
        ("Cost over the life", "total_cost_usd"),
    ):
        *_, summed, stated = sheets[sheet]
        value = document["outputs"][total]["value"]
        assert summed[0] == "sum of the items"
        assert float(summed[3]) == pytest.approx(value, rel=1e-9)
        assert float(stated[3]) == pytest.approx(value, rel=1e-9)
    rows = {row[0]: row for row in sheets["Outputs"]}
    assert [rows[name][2].strip() for name in names] == [text.strip() for text in HOSTILE]
    for name, entry in document["outputs"].items():
        if entry["value"] is not None:
            assert float(rows[name][3]) == pytest.approx(entry["value"], rel=1e-9)
            assert rows[name][1] == entry["unit"]


@pytest.mark.promise("R16")
def test_csv_runs_no_formula_and_keeps_negative_numbers(tmp_path: Path) -> None:
    document, names = document_with_hostile_text()
    document["outputs"]["period_min"]["value"] = -1.5
    (path,) = tables.write_csv([document], tmp_path, "table")
    out = tmp_path / "out"
    out.mkdir()
    (sheet,) = calculated(path, out).values()
    rows = {row[2]: row for row in sheet if row[1] == "outputs"}
    assert [rows[name][5].lstrip("'").strip() for name in names] == [t.strip() for t in HOSTILE]
    assert float(rows["period_min"][3]) == -1.5
