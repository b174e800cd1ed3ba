"""Scenarios side by side: steps add up, ends are the scenarios, and mistakes name the nearest."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.analysis.scenarios import results as module
from optimize.analysis.scenarios.groups import GROUPS, group_of
from optimize.analysis.scenarios.results import (
    TASK_W,
    common_task,
    compare_scenarios,
    evaluate_peer,
)
from optimize.analysis.scenarios.waterfall import shapley, waterfall
from optimize.cli import main
from optimize.cli.compare import BOUNDARIES
from problems.compute_satellite.declarations import COST_BOUNDARIES
from problems.compute_satellite.variants.peer_model import at_boundary
from problems.compute_satellite.variants.peers import peers
from problems.spec import SpecError

PAIRS = [
    ("mccalip", "suncatcher"),
    ("starcloud", "ai1"),
    ("turyshev", "2030"),
    ("today", "2035"),
]


def run(*arguments: str):
    return CliRunner().invoke(main, ["compare", *arguments])


def test_shapley_of_independent_switches_is_each_switch():
    steps = np.array([3.0, -1.0, 0.5])
    values = np.array([7.0 + sum(s for i, s in enumerate(steps) if at >> i & 1) for at in range(8)])
    assert shapley(values) == pytest.approx(steps)


def test_shapley_shares_an_interaction_and_ignores_a_switch_without_effect():
    # Only both first switches together give 12; the third does nothing.
    values = np.array([12.0 if at & 3 == 3 else 0.0 for at in range(8)])
    assert shapley(values) == pytest.approx([6.0, 6.0, 0.0])


def test_shapley_of_the_glove_game():
    # One left glove (switch 0) and two right ones: 2/3, 1/6, 1/6.
    values = np.array([1.0 if at & 1 and at & 6 else 0.0 for at in range(8)])
    assert shapley(values) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_waterfall_adds_up_and_ends_where_the_scenarios_are(pair):
    fall = waterfall(*pair)
    total = fall.start + sum(step.change for step in fall.steps)
    assert total == pytest.approx(fall.end, rel=1e-12)
    ratio = np.prod([step.factor for step in fall.steps])
    assert ratio == pytest.approx(fall.end / fall.start, rel=1e-9)
    ends = [evaluate_peer(name).value("cost_per_kw_yr_usd") for name in pair]
    assert [fall.start, fall.end] == pytest.approx(ends, rel=1e-9)


def test_waterfall_rises_first_so_it_never_falls_below_its_ends():
    fall = waterfall("mccalip", "suncatcher")
    levels = fall.start + np.cumsum([step.change for step in fall.steps])
    assert levels.min() >= min(fall.start, fall.end) * (1.0 - 1e-9)


def test_waterfall_backwards_is_the_same_with_the_other_sign():
    there, back = waterfall("starcloud", "mccalip"), waterfall("mccalip", "starcloud")
    changes = {step.group: step.change for step in there.steps}
    assert {s.group: -s.change for s in back.steps} == pytest.approx(changes, rel=1e-9)


def test_waterfall_of_a_scenario_to_itself_has_no_steps():
    fall = waterfall("2030", "2030")
    assert fall.steps == ()
    assert fall.start == fall.end


def test_waterfall_names_what_differs():
    fall = waterfall("mccalip", "suncatcher")
    by_group = {s.group: {d.key: (d.before, d.after) for d in s.differences} for s in fall.steps}
    assert by_group["boundary"]["cost_boundary"] == ("no_chips", "launch_only")
    assert by_group["chips"]["gpu_model"] == ("GB300", "TPU_v6e")
    assert by_group["launch"] == {"catalog.launchers.starship.price_usd": (5e7, 2e7)}


def test_boundary_dominates_the_way_from_mccalip_to_suncatcher():
    fall = waterfall("mccalip", "suncatcher")
    largest = min(fall.steps, key=lambda step: step.change)
    assert largest.group == "boundary"
    assert largest.factor < 0.2


@pytest.mark.parametrize("output", ["launch_mass_kg", "cost_ratio_to_ground"])
def test_waterfall_of_any_output_adds_up(output):
    fall = waterfall("ai1", "turyshev", output)
    change = sum(step.change for step in fall.steps)
    assert fall.start + change == pytest.approx(fall.end, rel=1e-12)


def test_waterfall_of_an_unknown_output_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'launch_mass_kg'"):
        waterfall("ai1", "2030", "launch_mas_kg")


def test_every_assumption_has_a_group():
    from problems.compute_satellite.declarations import assumption_units

    assert {group_of(key) for key in assumption_units()} <= set(GROUPS)
    assert group_of("reliability.gpu_failure_rate_per_yr") == "chips"
    assert group_of("ground.pue") == "ground"


def test_at_boundary_of_launch_is_the_launch_bill_over_life_and_power():
    found = evaluate_peer("suncatcher")
    by_hand = 200.0 * 575.0 / 27.9 / 5.0
    assert found.value("cost_per_kw_yr_usd") == pytest.approx(by_hand, rel=1e-3)
    assert at_boundary({"launch_mass_kg": 3.0}, "launch_mass_kg", "full") == 3.0


def test_common_task_keeps_technology_and_frees_the_rest():
    _, study = common_task("ai1", "full")
    variables = {v.name: v for v in study.variables}
    assert variables["gpu_model"].is_fixed
    assert variables["gpu_model"].default == "GB300"
    assert not variables["radiator_area_m2"].is_fixed
    assert not variables["altitude_km"].is_fixed


@pytest.fixture(scope="module")
def compared():
    return compare_scenarios(["mccalip", "2030"], evaluations=300)


def test_best_design_does_the_task_and_beats_the_default(compared):
    for result in compared:
        assert result.best is not None
        assert not result.best.violated
        power = result.best.outputs["it_power_w"]
        assert TASK_W[0] * 0.999 <= power <= TASK_W[1] * 1.001
    reference = compared[1]
    cost = "cost_per_exaflop_usd"
    assert reference.best.value(cost) < reference.common.value(cost)


def test_comparison_is_deterministic(compared):
    (again,) = compare_scenarios(["2030"], evaluations=300)
    assert again.to_json() == compared[1].to_json()


def test_published_numbers_come_with_a_source(compared):
    points = compared[0].to_json()["published"]
    assert len(points) >= 9
    assert all(p["source"] and p["boundary"] == "no_chips" for p in points)
    headline = compared[0].headline
    assert headline is not None
    assert headline.case.expected == 10220.0
    assert compared[1].published == ()


def test_what_a_peer_leaves_open_is_listed(compared):
    assert "gpu_model" in compared[0].unstated
    assert "inclination_deg" not in compared[0].unstated  # of no influence in its orbit
    assert "the ground" in compared[0].ours
    assert compared[1].unstated == ()


def test_every_scenario_can_be_evaluated():
    for name in peers():
        found = evaluate_peer(name, boundary="full")
        assert found.value("cost_per_exaflop_usd") > 0.0


def test_compare_prints_one_document():
    result = run("--scenarios", "mccalip", "suncatcher", "--no-best", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert [s["scenario"] for s in document["scenarios"]] == ["mccalip", "suncatcher"]
    assert document["scenarios"][0]["best"] is None
    (fall,) = document["waterfalls"]
    assert fall["start"] + sum(s["change"] for s in fall["steps"]) == pytest.approx(fall["end"])


def test_compare_prints_tables():
    result = run("--scenarios", "turyshev", "ai1", "starcloud", "--waterfall", "--no-best")
    assert result.exit_code == 0
    assert "own, no_chips" in result.output
    assert "From turyshev to ai1" in result.output
    assert "From ai1 to starcloud" in result.output
    assert "does not state" in result.output


def test_compare_writes_the_same_files_twice(tmp_path):
    arguments = ("--scenarios", "suncatcher", "2035", "--no-best", "--out")
    for name in ("a", "b"):
        assert run(*arguments, str(tmp_path / name)).exit_code == 0
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == [
        "scenarios.json",
        "scenarios.md",
        "scenarios.png",
        "scenarios.svg",
        "waterfall_suncatcher_2035.png",
        "waterfall_suncatcher_2035.svg",
    ]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scenarios", "mcalip"), "did you mean 'mccalip'"),
        (("--scenarios", "ai1", "ai1"), "named twice"),
        (("--scenarios", "ai1", "--waterfall"), "needs two"),
        (("--scenarios", "ai1", "2030", "--output", "launch_mas_kg"), "'launch_mass_kg'"),
        (("--scenarios", "ai1", "--boundary", "ful"), "ful"),
    ],
)
def test_mistakes_end_with_2_and_name_the_nearest(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_help_offers_scenarios_and_runs():
    text = run("--help").output
    assert "heliofront compare --scenarios mccalip suncatcher" in text
    assert "RUN RUN..." in text


def test_help_knows_the_boundaries_of_the_problem():
    assert BOUNDARIES == COST_BOUNDARIES


def test_bad_name_is_found_before_anything_is_searched(monkeypatch):
    monkeypatch.setattr(module, "_best", lambda *_: pytest.fail("searched"))
    assert run("--scenarios", "2030", "2031").exit_code == 2
