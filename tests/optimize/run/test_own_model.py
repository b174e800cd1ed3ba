"""docs/own_model.md: its model is right, its files are those shown, its commands do as they say."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from optimize.cli import main
from problems.one_by_one import OneByOne
from problems.spec import Objective, Output, SpecError, Variable
from tests.optimize.conftest import ROOT
from tests.optimize.memory import folder_in_memory

DOCS = ROOT / "docs"


@pytest.fixture
def cold_plate(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS / "examples"))
    return importlib.import_module("cold_plate")


def test_page_shows_the_files() -> None:
    page = (DOCS / "own_model.md").read_text(encoding="utf-8")
    for name, language in (("cold_plate.py", "python"), ("cold_plate.yaml", "yaml")):
        block = re.search(rf"```{language}\n(.*?)```", page, re.S)
        assert block
        assert block.group(1) == (DOCS / "examples" / name).read_text(encoding="utf-8")


def test_links_of_the_page_lead_somewhere() -> None:
    page = (DOCS / "own_model.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", page)
    assert links
    assert all((DOCS / link).exists() for link in links)
    named = set(re.findall(r"^heliofront ([a-z-]+)", page, re.M))
    assert {"check", "run", "worker"} <= named <= set(main.commands)


def test_plate_keeps_its_energy(cold_plate: ModuleType) -> None:
    """All heat leaves through the sink: the mean rise is heat / (coefficient x area)."""
    rise = cold_plate.temperature_rise_k(0.8, sink_w_m2k=500.0, heat_w=700.0)
    assert rise.mean() == pytest.approx(700.0 / (500.0 * 0.2**2), rel=1e-12)
    assert rise.max() > rise.mean() > rise.min() > 0.0
    thick = cold_plate.temperature_rise_k(1e6, sink_w_m2k=500.0, heat_w=700.0)
    assert thick.max() == pytest.approx(thick.mean(), rel=1e-3)  # no gradient in a perfect plate


def test_one_by_one_gives_active_variables_and_columns(cold_plate: ModuleType) -> None:
    seen: list[dict[str, Any]] = []

    class Spy(cold_plate.ColdPlate):  # type: ignore[misc,name-defined]
        def evaluate_design(self, design: Any) -> Any:
            seen.append(dict(design))
            return super().evaluate_design(design)

    outputs = Spy().evaluate({"cooling": ["contact", "pumped"], "thickness_mm": [5.0, 6.0]})
    assert seen[0] == {"thickness_mm": 5.0, "material": "aluminium", "cooling": "contact"}
    assert seen[1]["channels"] == 8
    assert isinstance(seen[1]["channels"], int)
    # 0.2 m x 0.2 m x 5 mm of 2700 kg/m3; 6 mm and eight tubes of 50 g
    assert outputs["mass_kg"] == pytest.approx([0.54, 0.648 + 0.4])
    warm = Spy(assumptions={"chip.heat_w": 1400.0}).evaluate(np.array([[5.0, 0.0, 0.0, 8.0]]))
    cold = Spy().evaluate(np.array([[5.0, 0.0, 0.0, 8.0]]))
    assert warm["mean_c"] - 20.0 == pytest.approx(2.0 * (cold["mean_c"] - 20.0))
    with pytest.raises(ValueError, match="do not fit"):
        Spy().evaluate({"cooling": ["pumped"], "thickness_mm": [3.0]})


def test_one_by_one_tells_what_is_missing_or_unknown() -> None:
    class Little(OneByOne):
        name, version = "little", "1"
        variables = (
            Variable(
                name="a",
                unit="1",
                symbol="a",
                description="A",
                kind="real",
                default=0.5,
                lower=0.0,
                upper=1.0,
            ),
        )
        declared_outputs = (Output("b", "1", "b", "B", "x"), Output("c", "1", "c", "C", "x"))
        objectives = (Objective("b", "min", 0.0, 1.0),)

        def evaluate_design(self, design: Any) -> Any:
            return {"b": design["a"]}

    assert Little().evaluate({"a": [0.25]}, ["b"])["b"].tolist() == [0.25]
    with pytest.raises(ValueError, match="returned no 'c'"):
        Little().evaluate({"a": [0.25]})
    with pytest.raises(SpecError, match="unknown assumption"):
        Little(assumptions={"d.e": 1.0})
    with pytest.raises(SpecError, match="unknown scenario"):
        Little(scenario="2040")


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder


def test_from_check_to_front(
    cold_plate: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cold_plate.py", "cold_plate.yaml"):
        shutil.copy(DOCS / "examples" / name, folder)
    monkeypatch.chdir(folder)
    call = CliRunner().invoke
    checked = call(main, ["check", "cold_plate.yaml"])
    assert checked.exit_code == 0, checked.output
    short = ["--set", "algorithm.evaluations=20", "--set", "output.figures=false", "--json"]
    found = call(main, ["run", "cold_plate.yaml", *short])
    assert found.exit_code == 0, found.output
    run = Path(json.loads(found.stdout)["run"])
    front = pd.read_parquet(run / "front.parquet")
    assert (front["hot_spot_c"] <= 90.0).all()
    assert front["channels"].isna().equals(front["cooling"] == "contact")
    model = cold_plate.ColdPlate()
    again = model.evaluate(
        {
            "thickness_mm": front["thickness_mm"],
            "material": front["material"],
            "cooling": front["cooling"],
            "channels": front["channels"].fillna(8).astype(float),
        }
    )
    np.testing.assert_array_equal(again["mass_kg"], front["mass_kg"])
    joined = call(main, ["worker", str(run)])
    assert joined.exit_code == 0, joined.output
    assert "20 of 20" in joined.output
