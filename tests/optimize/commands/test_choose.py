"""``heliofront select`` on the reference run."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.cli.choose import METHODS
from optimize.run.folder import RunData, load_run
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import sampled_run

REFERENCE = Path(__file__).parents[3] / "pareto_outputs" / "reference"


@pytest.fixture(scope="module")
def reference() -> RunData:
    return load_run(REFERENCE)


@pytest.fixture(autouse=True)
def _read_once(reference: RunData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimize.commands.choose.load_run", lambda path: reference)


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["select", str(REFERENCE), *arguments])
    return result.exit_code, result.stdout, result.stderr


def chosen(*arguments: str) -> dict[str, Any]:
    code, out, err = call("--json", *arguments)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_knee_is_the_one_that_the_summary_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimize.commands.choose.load_run", load_run)
    document = chosen("--method", "knee")
    summary = (REFERENCE / "summary.md").read_text(encoding="utf-8")
    lines = summary.splitlines()
    head = next(i for i, line in enumerate(lines) if line.endswith("| Knee |"))
    designs = next(line for line in lines[head:] if "esign" in line)
    assert document["designs"][0]["design_id"] in designs.split("|")[-2]


def test_extreme_weights_choose_the_extreme_designs(reference: RunData) -> None:
    front = reference.front
    for name in ("cost_per_exaflop_usd", "launch_mass_kg"):
        for method in ("pseudo-weights", "topsis", "asf"):
            found = chosen("--method", method, "--weights", f"{name}=1")["designs"][0]
            value = found["objectives"][name]["value"]
            if method == "pseudo-weights":  # shares do not tell how good a design is
                assert value < front[name].median()
            else:
                assert value == front[name].min()


def test_limits_narrow_the_candidates_and_keep_the_scale(reference: RunData) -> None:
    front = reference.front
    document = chosen(
        "--limit", "launch_mass_kg <= 7000", "--limit", "orbit == 'dawn_dusk_sso'", "--count", "3"
    )
    admitted = front[(front["launch_mass_kg"] <= 7000) & (front["orbit"] == "dawn_dusk_sso")]
    assert document["candidates"] == len(admitted)
    assert [d["design_id"] for d in document["designs"]] == list(
        dict.fromkeys(d["design_id"] for d in document["designs"])
    )
    assert {d["design_id"] for d in document["designs"]} <= set(admitted["design_id"])
    merits = [d["merit"] for d in document["designs"]]
    assert merits == sorted(merits)
    everything = chosen("--count", "1000")["designs"]
    by_id = {d["design_id"]: d["merit"] for d in everything}
    assert merits == [by_id[d["design_id"]] for d in document["designs"]]


def test_aspirations_are_met_where_the_front_can() -> None:
    levels = {
        "cost_per_exaflop_usd": 15.0,
        "launch_mass_kg": 7500.0,
        "radiation_failure_rate_per_pflops_yr": 0.2,
    }
    aspire = ",".join(f"{k}={v}" for k, v in levels.items())
    found = chosen("--method", "asf", "--aspire", aspire)["designs"][0]
    assert found["merit"] < 0.0
    assert all(found["objectives"][k]["value"] < v for k, v in levels.items())


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    return sampled_run(tmp_path_factory.mktemp("little"), LittleSatellite(), samples=2000)


@pytest.mark.parametrize("method", METHODS)
def test_an_objective_equal_on_the_front_is_left_out_and_named(
    method: str, little: RunData, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = little
    front = run.front.assign(launch_mass_kg=7.0)
    wide = dataclasses.replace(run, front=front)
    narrow = dataclasses.replace(wide, objectives=(run.objectives[0], run.objectives[2]))
    assert run.objectives[1].output == "launch_mass_kg"

    def answer(answered: RunData) -> dict[str, Any]:
        monkeypatch.setattr("optimize.commands.choose.load_run", lambda path: answered)
        return chosen("--method", method)

    found = answer(wide)
    assert found["left_out"] == ["launch_mass_kg"]
    expected = answer(narrow)
    assert expected["left_out"] == []
    (mine,), (theirs,) = found["designs"], expected["designs"]
    assert mine["design_id"] == theirs["design_id"]
    assert mine["merit"] == pytest.approx(theirs["merit"])
    monkeypatch.setattr("optimize.commands.choose.load_run", lambda path: wide)
    assert "left out, equal on the whole front: launch_mass_kg" in call("--method", method)[1]


def test_nothing_left_is_told_limit_by_limit() -> None:
    code, out, err = call("--limit", "launch_mass_kg <= 7000", "--limit", "launch_mass_kg > 1e6")
    assert (code, out) == (3, "")
    assert "'launch_mass_kg > 1e6' admits 0" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weights", "launch_mass_kg=1"], "--weights: has no part in knee"),
        (["--method", "topsis", "--weights", "launch_mas_kg=1"], "did you mean 'launch_mass_kg'?"),
        (["--method", "topsis", "--weights", "launch_mass_kg"], "expected NAME=NUMBER"),
        (["--method", "topsis", "--weights", "launch_mass_kg=1,launch_mass_kg=2"], "twice"),
        (["--method", "topsis", "--aspire", "launch_mass_kg=1"], "belongs to --method asf"),
        (["--method", "asf", "--aspire", "launch_mass_kg=-1"], "above 0"),
        (["--method", "asf", "--aspire", "launch_mas=1"], "not an objective"),
        (["--limit", "launch_mass <= 1"], "unknown variable or output"),
    ],
)
def test_mistakes_are_told(arguments: list[str], message: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_table_shows_what_was_asked() -> None:
    code, out, _ = call("--method", "topsis", "--count", "2")
    assert code == 0
    assert out.startswith("topsis: 400 of 400 designs considered; weights")
    assert len([line for line in out.splitlines() if line[:10].isalnum()]) >= 2


def test_blank_values_meet_no_limit(reference: RunData) -> None:
    # Satellites from the Earth have no mass driver, whatever number stands in the matrix.
    earth = np.array(reference.front["launch_site"] == "earth")
    code, out, _ = call("--json", "--limit", "driver_accel_g > 0 or driver_accel_g <= 0")
    assert (code == 3) if earth.all() else json.loads(out)["candidates"] == (~earth).sum()
