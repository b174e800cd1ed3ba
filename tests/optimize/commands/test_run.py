"""A configuration that leaves nothing to choose: the run answers with its one design."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from optimize.cli import main
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.run.folder import load_run
from tests.optimize.conftest import ROOT

FIXED: dict[str, Any] = {
    "radius_m": {"fix": 0.8},
    "length_m": {"fix": 3.0},
    "plies": {"fix": 20},
    "metal": {"choices": ["steel"]},
    "coat": {"fix": "none"},  # so the thickness of the coat, left free, never matters
}
THIN = {**FIXED, "plies": {"fix": 1}}
WriteConfig = Callable[..., Path]


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_variables_that_can_never_matter_are_not_free(write_config: WriteConfig) -> None:
    def free(**variables: Any) -> tuple[str, ...]:
        return read_study(load_source(write_config(variables=variables)))[1].free

    assert free() == ("radius_m", "length_m", "plies", "metal", "coat", "coat_mm")
    assert free(coat={"choices": ["foam"]})[-1] == "coat_mm"
    assert free(**FIXED) == ()


@pytest.mark.parametrize("algorithm", ["nsga2", "random", "sobol", "optuna_tpe"])
def test_a_feasible_design_is_evaluated_once_and_told(
    write_config: WriteConfig, tmp_path: Path, algorithm: str
) -> None:
    path = write_config(variables=FIXED | {"coat_mm": {"fix": 10.0}}, algorithm={"name": algorithm})
    found = call("run", path, "--out", tmp_path, "--json")
    assert found.exit_code == 0, found.output
    document = json.loads(found.stdout)
    assert document["evaluation"]["feasible"] is True
    assert document["front_size"] == 1
    assert document["evaluations"] <= 40
    masses = [document["evaluation"]["outputs"]["mass_kg"]["value"]]
    assert masses == [row["mass_kg"] for row in document["front"]]
    run = load_run(document["run"])
    assert call("resume", run.path).exit_code == 0
    assert load_run(run.path).manifest["evaluations"] == document["evaluations"]


def test_an_infeasible_design_is_told_with_what_it_breaks(
    write_config: WriteConfig, tmp_path: Path
) -> None:
    found = call("run", write_config(variables=THIN), "--out", tmp_path / "runs")
    assert found.exit_code == 3
    assert "VIOLATED" in found.stdout
    (told,) = [line for line in found.stderr.splitlines() if "breaks" in line]
    assert "stress by 0.6" in told
    (folder,) = (tmp_path / "runs").iterdir()
    there = {path.name for path in folder.iterdir()}
    assert there >= {
        *("config.yaml", "manifest.json", "columns.csv", "summary.md"),
        *("front.parquet", "front.csv", "evaluations.parquet", "history.parquet"),
    }
    run = load_run(folder)
    assert run.manifest["status"] == "finished"
    assert run.manifest["least_violating"]["violations"].keys() == {"stress"}
    assert run.evaluations is not None
    assert len(run.evaluations) == 1


@pytest.mark.parametrize("peer", ["starcloud", "mccalip", "ai1"])
def test_the_design_of_a_peer_is_told_with_what_it_breaks(peer: str, tmp_path: Path) -> None:
    config = ROOT / "configs" / f"peer_{peer}.yaml"
    bare = ("--set", "output.figures=false", "--set", "output.explorer=false")
    found = call("run", config, *bare, "--out", tmp_path, "--json")
    assert found.exit_code == 3
    document = json.loads(found.stdout)
    assert document["evaluations"] == 1
    broken = {
        name for name, c in document["evaluation"]["constraints"].items() if not c["feasible"]
    }
    assert broken
    assert document["least_violating"]["violations"].keys() == broken
    assert all(name in found.stderr for name in broken)
