"""The notebooks run from top to bottom, and show what they say."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from problems import load_problem

NOTEBOOKS = Path(__file__).parents[2] / "docs" / "notebooks"


def run(path: Path) -> tuple[dict[str, Any], list[Any]]:
    """Run the code cells; return their names and what the last line of each cell shows."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {"__name__": "notebook"}
    shown = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        *before, last = tree.body
        assert isinstance(last, ast.Expr), "a cell ends with what it shows"
        exec(compile(ast.Module(before, []), path.name, "exec"), names)
        shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), names))
    return names, shown


def test_notebook_leads_from_a_question_to_an_exported_design() -> None:
    names, shown = run(NOTEBOOKS / "question_to_design.ipynb")
    markups = [thing._repr_html_() for thing in shown]
    assert "population: 100" in markups[0]  # the configuration
    assert "cost_per_exaflop_usd [USD/EFLOP]" in markups[1]  # the run
    assert markups[3].startswith('<figure><img alt="front of quick" src="data:image/png;base64,')
    assert "<iframe" in markups[4]
    assert "&lt;!doctype html&gt;" in markups[4]
    assert (names["best"]["launch_mass_kg"] <= 8000).all()
    ratio = shown[6].to_numpy()
    assert (np.diff(ratio, axis=0) < 0.0).all()  # dear electricity makes the ground dear
    assert all(file.stat().st_size for file in names["files"])


def test_library_notebook_shows_what_the_model_gives() -> None:
    names, shown = run(NOTEBOOKS / "library.ipynb")
    assert all(isinstance(table, pd.DataFrame) and len(table) for table in shown)
    results, curve = names["results"], names["curve"]
    geo = load_problem().evaluate(
        {"orbit": ["geo"], "shield_mm": [12.0], "eclipse_power_fraction": [0.0]}
    )
    for name in names["names"]:
        assert results[name].iloc[3] == pytest.approx(geo[name][0], rel=1e-12)
    assert (np.diff(curve["dose_krad"]) < 0.0).all()
    assert (np.diff(curve["launch_mass_kg"]) >= 0.0).all()
    denser = shown[5].to_numpy()
    assert denser.shape == (3, 4)
    assert (np.diff(denser, axis=0) < 0.0).all()  # a denser bay has less surface to shield
    merit = names["best"]["merit"]
    assert merit.is_monotonic_increasing
    assert sorted(names["best"]["design_id"]) == sorted(names["run"].front["design_id"])


def test_notebook_is_kept_without_output() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs"), path.name
