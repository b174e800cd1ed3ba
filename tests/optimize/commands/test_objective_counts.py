"""Every command that reads a run takes one objective and nine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimize.cli import main
from tests.conftest import LONG
from tests.optimize.many import Nine

METHODS = ("knee", "knee-angle", "knee-trade-off", "pseudo-weights", "topsis", "asf")


def call(*arguments: str | Path) -> str:
    """Return standard output of a command that succeeds."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (arguments, result.output, result.exception)
    return result.stdout


@pytest.fixture(scope="module", params=["One", "Nine"])
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two runs of one problem that differ in their seed."""
    folder = tmp_path_factory.mktemp("many")
    config = folder / "many.yaml"
    settings = {
        "name": "many",
        "problem": f"tests.optimize.many:{request.param}",
        "algorithm": {"population": 40, "generations": 5},
        "output": {"figures": False},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    call("check", config)
    told = json.loads(call("run", config, "--seeds", "2", "--out", folder, "--json"))
    return [Path(run["run"]) for run in told["runs"]]


def test_a_run_is_measured(runs: list[Path]) -> None:
    manifest = json.loads((runs[0] / "manifest.json").read_text(encoding="utf-8"))
    assert 0.0 < manifest["hypervolume"] <= 1.001
    assert set(manifest["reference_point"]) <= set(Nine().outputs)
    call("resume", runs[0], "--generations", "7")


def test_a_run_is_chosen_from(runs: list[Path]) -> None:
    for method in METHODS:
        assert json.loads(call("select", runs[0], "--method", method, "--json"))["designs"], method


def test_runs_are_compared(runs: list[Path]) -> None:
    told = json.loads(call("compare", *runs, "--json"))
    assert all(0.0 < row["hypervolume"] <= 1.2 for row in told["runs"])


@pytest.mark.promise("R10")
def test_a_run_is_reported_explored_and_exported(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not LONG:  # nine objectives have 36 pairs, each with a panel of its own
        monkeypatch.setattr("optimize.report.page._drawn", lambda draw, caption: "")
    call("report", runs[0])
    call("explore", *runs, "--no-open", "--out", tmp_path / "explorer.html")
    design = (runs[0] / "front.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    formats = [part for name in ("json", "csv", "xlsx", "parquet") for part in ("--format", name)]
    call("export", runs[0], "--design", design, *formats, "--out", tmp_path / "exported")
