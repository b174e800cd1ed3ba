"""A problem without a feasible design is told as such, with what stands in its way (R9)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.run.folder import load_run
from problems.space import constraint_matrix
from tests.conftest import Tally
from tests.optimize.conftest import TANK, merged

pytestmark = pytest.mark.promise("R9")

#: Limits that no tank meets, by what they contradict: each other, a bound, or a fixed variable.
CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "outputs": {"constraints": {"mass_kg": {"upper": 1e-3}}},
    "bounds": {"constraints": {"volume_m3": {"lower": 1e6}}},
    "fixed": {
        "variables": {"radius_m": {"fix": 0.2}, "length_m": {"fix": 0.5}},
        "constraints": {"heat_loss_w": {"upper": 1e-6}},
    },
}


def call(*arguments: str | Path) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def infeasible(tmp_path: Path, changes: dict[str, Any], *options: str) -> Any:
    path = tmp_path / "tank.yaml"
    output = {"output": {"figures": True, "explorer": True}}
    path.write_text(json.dumps(merged(merged(TANK, output), changes)))
    return call("run", path, "--out", tmp_path / "runs", *options)


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_what_stands_in_the_way(kind: str, tmp_path: Path, long_run: bool, tally: Tally) -> None:
    for name in ("nsga2", "nsga3", "sms_emoa", "random", "sobol") if long_run else ("nsga2",):
        changes = merged(CONTRADICTIONS[kind], {"algorithm": {"name": name}})
        assert_explained(infeasible(tmp_path, changes, "--json"), set(changes["constraints"]))
        tally.count("infeasible problems explained", 1)


def assert_explained(done: Any, demanded: set[str]) -> None:
    """The end of a run without a feasible design: in JSON, on the terminal, in the summary."""
    assert done.exit_code == 3, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["front_size"], answer["front"]) == (0, [])
    folder = Path(answer["run"])
    run = load_run(folder)
    assert_least_violating(run, answer["least_violating"], demanded)
    assert answer["least_violating"] == run.manifest["least_violating"]
    assert "no feasible design among" in done.stderr
    summary = (folder / "summary.md").read_text()
    for text in (summary, done.stderr):
        for name in answer["least_violating"]["violations"]:
            assert name in text
        for name, value in answer["least_violating"]["variables"].items():
            assert value is None or name in text
    assert (folder / "figures" / "convergence.png").stat().st_size > 1000


def assert_least_violating(run: Any, told: dict[str, Any], demanded: set[str]) -> None:
    """The design told is the best of those evaluated, and breaks exactly what it says."""
    assert demanded & set(told["violations"])
    values = {name: [v] for name, v in told["variables"].items() if v is not None}
    x = run.problem.canonical(run.space.matrix(values), run.space)
    g = constraint_matrix(run.problem.evaluate(x), run.constraints)[0]
    broken = {c.name: v for c, v in zip(run.constraints, g.tolist(), strict=True) if v > 0.0}
    assert told["violations"] == pytest.approx(broken)
    assert list(told["violations"].values()) == sorted(told["violations"].values(), reverse=True)
    rows = run.layout.rows(run.evaluations)
    every = constraint_matrix(run.problem.evaluate(rows), run.constraints)
    assert np.maximum(every, 0.0).sum(axis=1).min() == pytest.approx(sum(broken.values()))


def test_report_and_explorer_open(tmp_path: Path) -> None:
    folder = Path(
        json.loads(infeasible(tmp_path, CONTRADICTIONS["outputs"], "--json").stdout)["run"]
    )
    design = json.loads((folder / "manifest.json").read_text())["least_violating"]["design_id"]
    page = (folder / "explorer.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    again = call("report", folder)
    assert again.exit_code == 0, again.stderr
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "No feasible design" in report
    assert design in report
    assert re.search(r"mass_kg.{0,40}missed by", report)
    for command in (
        ("explore", folder, "--out", tmp_path / "again.html"),
        ("compare", folder, folder),
    ):
        done = call(*command)
        assert done.exit_code == 0, done.output
        assert "Traceback" not in done.output


def test_on_a_terminal_without_json(tmp_path: Path) -> None:
    done = infeasible(tmp_path, {**CONTRADICTIONS["outputs"], "output": {"figures": False}})
    assert done.exit_code == 3
    assert done.stderr.count("\n") == 1
    assert re.search(r"breaks mass_kg by [\d.e+]+", done.stderr)


def test_choosing_from_nothing_is_told(tmp_path: Path) -> None:
    folder = Path(
        json.loads(infeasible(tmp_path, CONTRADICTIONS["outputs"], "--json").stdout)["run"]
    )
    for command in (
        ("select", folder, "--method", "knee"),
        ("verify", folder, "--design", "0123456789"),
        ("export", folder, "--design", "0123456789", "--format", "csv"),
        ("sensitivity", folder),
        ("fleet", folder),
    ):
        done = call(*command)
        assert 1 <= done.exit_code <= 6, (command, done.output)
        assert done.exception is None or isinstance(done.exception, SystemExit), command
        assert done.stderr.strip(), command
