"""Runs whose objectives declare no scale: found late, counted, announced, the same on resuming."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.commands.compare_runs import compare
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.run.session import Outcome
from optimize.run.start import resume_run, start_run
from problems.spec import Objective
from tests.optimize.toy import ToyProblem

Write = Callable[..., Path]
UNDECLARED = ["cost_usd", {"output": "volume_m3", "sense": "max"}, "wall_cost_usd"]
#: So few tanks are large enough that the scale takes some generations.
RARE = {"volume": {"lower": 150.0}}


def execute(path: Path, out: Path, *changes: str) -> Outcome:
    """Return a finished run."""
    return start_run(*read_study(load_source(str(path), list(changes))), out=out)


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of the command line."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_every_call_of_the_model_for_a_scale_is_an_evaluation(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, rows = ToyProblem.evaluate, []

    def counted(self: Any, x: Any, names: Any = None) -> Any:
        found = good(self, x, names)
        rows.append(len(next(iter(found.values()))))
        return found

    monkeypatch.setattr(ToyProblem, "evaluate", counted)
    path = write_config(objectives=UNDECLARED, algorithm={"evaluations": 80, "polish": False})
    manifest = execute(path, tmp_path / "out").run.manifest
    assert manifest["evaluations"] == 80
    # Two to look at the shapes of all outputs; the front again for its table and its check.
    assert sum(rows) <= 80 + 2 + 3 * manifest["front_size"]


def test_a_box_is_told_with_the_designs_it_is_taken_from(
    write_config: Write, tmp_path: Path
) -> None:
    path = write_config(objectives=UNDECLARED, constraints=RARE)
    code, out, err = call("run", path, "--out", tmp_path, "--json")
    assert code == 0, err
    run = Path(json.loads(out)["run"])
    boxes = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["reference_point"]
    assert "designs" not in boxes["cost_usd"]
    assert boxes["volume_m3"]["designs"] >= 50
    front = pd.read_parquet(run / "front.parquet")
    # All are feasible; the ideal is the best of them all, give or take what polishing gains.
    assert boxes["volume_m3"]["reference"] >= 150.0
    assert boxes["volume_m3"]["ideal"] == pytest.approx(front["volume_m3"].max(), rel=1e-3)
    assert "objective 'volume_m3' declares no ideal" in err
    assert f"objective 'volume_m3': scale of {boxes['volume_m3']['designs']} feasible" in err
    summary = (run / "summary.md").read_text(encoding="utf-8")
    assert f"scale of {boxes['volume_m3']['designs']} feasible designs" in summary


@pytest.mark.parametrize(
    ("constraints", "population"), [({}, 80), (RARE, 40)], ids=["at once", "late"]
)
@pytest.mark.parametrize("early", [2, 7])
def test_a_resumed_run_finds_the_scale_that_one_without_a_pause_finds(
    write_config: Write, tmp_path: Path, constraints: dict[str, Any], population: int, early: int
) -> None:
    path = write_config(
        objectives=UNDECLARED, constraints=constraints, algorithm={"population": population}
    )
    whole = execute(path, tmp_path / "whole").run
    part = execute(path, tmp_path / "part", f"algorithm.generations={early}").run
    longer = resume_run(part.path, generations=12).run
    for name in ("reference_point", "hypervolume", "evaluations"):
        assert longer.manifest[name] == whole.manifest[name]
    assert (longer.path / "front.parquet").read_bytes() == (
        whole.path / "front.parquet"
    ).read_bytes()
    columns = [name for name in whole.history if name != "seconds"]
    pd.testing.assert_frame_equal(longer.history[columns], whole.history[columns])


def test_seeds_are_told_in_one_box(write_config: Write, tmp_path: Path) -> None:
    path = write_config(objectives=UNDECLARED, output={"figures": False})
    code, out, err = call("run", path, "--seeds", "2", "--out", tmp_path, "--json")
    assert code == 0, err
    told = json.loads(out)
    by_seed = [row["hypervolume"] for row in told["quality"]["by_seed"]]
    assert [row["hypervolume"] for row in told["runs"]] == by_seed
    assert told["hypervolume"]["highest"] == max(by_seed)


def test_runs_are_compared_in_a_box_that_one_of_them_knows(
    write_config: Write, tmp_path: Path
) -> None:
    settings = {"objectives": UNDECLARED}
    found = execute(write_config(**settings), tmp_path / "a").run
    nothing = {"volume": {"lower": 1e9}}
    empty = execute(write_config(**settings, constraints=nothing), tmp_path / "b").run
    assert set(empty.manifest["reference_point"]) == {"cost_usd"}
    _, document = compare([empty.path, found.path])
    assert np.isfinite(document["objectives"]["volume_m3"]["ideal"])
    assert [row["hypervolume"] > 0.0 for row in document["runs"]] == [False, True]
    code, _, err = call("report", empty.path)
    assert code == 0, err


def test_a_box_that_sees_nothing_of_the_front_is_told(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = dataclasses.replace(ToyProblem.objectives[0], ideal=1e-3, reference=1e-2)
    wide = Objective("mass_kg", "min", 0.0, 1e12)
    monkeypatch.setattr(ToyProblem, "objectives", (narrow, wide))
    code, out, err = call("run", write_config(), "--out", tmp_path, "--json")
    assert code == 0
    assert "objective 'cost_usd': the whole front is worse than its reference 0.01" in err
    assert "objective 'mass_kg': the front spans less than a millionth of its box" in err
    summary = (Path(json.loads(out)["run"]) / "summary.md").read_text(encoding="utf-8")
    assert "the whole front is worse than its reference" in summary
