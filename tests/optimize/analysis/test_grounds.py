"""One satellite against several grounds."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.analysis.scenarios.grounds import against, compare_grounds
from optimize.cli import main
from optimize.designs.best.design import Best
from problems.compute_satellite.grounds import grounds
from problems.registry import load_problem
from problems.spec import SpecError


@pytest.fixture(scope="module")
def satellite():
    problem = load_problem()
    return Best(problem.canonical(problem.space.defaults[None])[0], 1.0, True, {}, 1)


def test_every_number_of_a_ground_has_a_source():
    known = resources.files("problems.data").joinpath("references.bib").read_text("utf-8")
    for ground in grounds().values():
        for reason in ground.reasons.values():
            assert reason.reason
            assert reason.source in ("estimate", "model_choice") or f"{{{reason.source}," in known


def test_ground_changes_what_it_says_and_nothing_in_orbit(satellite):
    tabulated = against(satellite, None)
    for ground in grounds().values():
        changed = against(satellite, ground)
        assert changed.orbit_usd == tabulated.orbit_usd
        assert [row["key"] for row in changed.numbers] == list(ground.overrides)
    long_wait = against(satellite, grounds()["constrained_grid"])
    # Four years' interest on the building; chips are those of the later year.
    assert 1.05 < long_wait.ground_usd["full"] / tabulated.ground_usd["full"] < 1.2
    hyperscale = against(satellite, grounds()["hyperscale"])
    # Electricity alone: 0.06 x 1.09 over 0.087 x 1.20, whichever chip is the cheapest.
    ratio = hyperscale.ground_usd["launch_only"] / tabulated.ground_usd["launch_only"]
    assert ratio == pytest.approx(0.06 * 1.09 / (0.087 * 1.20))


def test_ratio_is_orbit_over_ground(satellite):
    result = against(satellite, None)
    document = result.to_json()
    np.testing.assert_allclose(
        document["cost_ratio_to_ground"]["full"],
        document["cost_per_exaflop_usd"]["full"] / document["ground_cost_per_exaflop_usd"]["full"],
    )


def test_command_prints_every_ground_with_its_reasons(satellite, monkeypatch, capsys):
    monkeypatch.setattr(
        "optimize.analysis.scenarios.grounds.best_design", lambda *a, **k: satellite
    )
    assert compare_grounds((), evaluations=100, seed=1, as_json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["ground"] for entry in document["grounds"]] == ["tabulated", *grounds()]
    compare_grounds(("gas",), evaluations=100, seed=1, as_json=False)
    text = capsys.readouterr().out
    assert "ground.time_to_power_yr = 1 (estimate)" in text
    assert "colocation" not in text


@pytest.mark.parametrize(
    ("names", "message"), [(("gaz",), "did you mean 'gas'"), (("gas", "gas"), "named twice")]
)
def test_unknown_or_repeated_ground_is_refused(names, message):
    with pytest.raises(SpecError, match=message):
        compare_grounds(names, evaluations=100, seed=1, as_json=False)


def test_command_line_reaches_the_grounds_and_writes_them(satellite, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "optimize.analysis.scenarios.grounds.best_design", lambda *a, **k: satellite
    )
    done = CliRunner().invoke(main, ["compare", "--grounds", "gas", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "ground.time_to_power_yr = 1" in (tmp_path / "grounds.txt").read_text()
    document = json.loads((tmp_path / "grounds.json").read_text())
    assert [entry["ground"] for entry in document["grounds"]] == ["tabulated", "gas"]
    assert CliRunner().invoke(main, ["compare", "--grounds", "--scenarios"]).exit_code == 2
