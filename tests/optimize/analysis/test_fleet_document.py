"""The fleet command: numbers from the model, table, figure, JSON, mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.analysis.fleet import command as fleet_command
from optimize.analysis.fleet.document import STEPS, fleet_document
from optimize.analysis.fleet.lift import _low_orbit_payload_kg
from optimize.analysis.fleet.plot import fleet_figure
from optimize.analysis.fleet.text import fleet_text
from optimize.cli import main
from optimize.config.run_config import EvaluationSetting
from optimize.evaluation.guard import guarded
from optimize.report.plots.files import write_figure_files
from problems import load_problem
from problems.spec import SpecError
from tests.optimize.conftest import ROOT

CONFIG = str(ROOT / "configs" / "baseline.yaml")


@pytest.fixture(scope="module")
def problem():
    return load_problem()


@pytest.fixture(scope="module")
def document(problem):
    return fleet_document(problem, problem.space.defaults)


@pytest.fixture(scope="module")
def described():
    return fleet_command.described(fleet_command.subject(CONFIG, None, ()))


def test_fleet_of_a_guarded_satellite_is_that_of_the_satellite(problem, document):
    behind_guard = guarded(problem, EvaluationSetting(timeout_s=60.0))
    assert fleet_document(behind_guard, problem.space.defaults) == document


def step(document, name):
    return next(entry for entry in document["steps"] if entry["step"] == name)


def test_steps_scale_with_the_rate(document):
    small, large = step(document, "1 GW/yr"), step(document, "100 GW/yr")
    for key in ("satellites_per_yr", "mass_t_per_yr", "array_km2_per_yr", "fleet_satellites"):
        assert large[key] == pytest.approx(100.0 * small[key])


def test_supply_follows_from_the_satellite(problem, document):
    # By hand from the declared outputs of the default satellite.
    o = {name: float(v[0]) for name, v in problem.evaluate(problem.space.defaults).items()}
    built = 1e9 / o["it_power_w"]
    gw = step(document, "1 GW/yr")
    assert gw["satellites_per_yr"] == pytest.approx(built)
    assert gw["mass_t_per_yr"] == pytest.approx(built * o["launch_mass_kg"] / 1e3)
    assert gw["accelerator_share_of_world"] == pytest.approx(built * 84 / 8e6)
    # 728 GW of modules at 220 W/m2 are 3,309 km2.
    assert gw["array_share_of_world_pv"] == pytest.approx(built * 800e-6 / 3309.09, rel=1e-5)
    assert gw["heat_iss_equivalents_per_yr"] == pytest.approx(built * o["heat_rejected_w"] / 70e3)
    assert gw["radiator_iss_areas_per_yr"] == pytest.approx(built * 300.0 / 475.2)


def test_debris_reaches_the_fleet(problem, document):
    # What loops spare each satellite is neither lost nor left adrift.
    looped = fleet_document(problem, problem.space.matrix({"radiator_loops": [4]}))
    for found in (document, looped):
        o = problem.evaluate(problem.space.matrix({"radiator_loops": [1, 4]}))
        rate = o["debris_loss_rate_per_yr"][int(found is looped)]
        gw = step(found, "1 GW/yr")
        assert gw["debris_losses_per_yr"] == pytest.approx(gw["fleet_satellites"] * rate)
    one, four = (step(found, "1 GW/yr") for found in (document, looped))
    for name in ("debris_losses_per_yr", "lost_per_yr", "dead_in_shell"):
        assert four[name] < 0.8 * one[name]


def test_launchers_are_limited_as_the_model_says(problem, document):
    heavy = step(document, "1 GW/yr")["launchers"][0]
    assert heavy["launcher"] == "starship"
    o = problem.evaluate(problem.space.defaults)
    each = float(o["launch_flights"][0])  # without the margin, which the limits alone hold
    built = step(document, "1 GW/yr")["satellites_per_yr"]
    assert heavy["flights_per_yr"] == pytest.approx(built * each)
    names = {entry["launcher"] for entry in step(document, "1 GW/yr")["launchers"]}
    variable = problem.space["launcher"]
    assert names == {variable.choices[code] for code in variable.codes}


def test_visits_and_spares_are_made_launched_and_paid(problem):
    x = problem.space.matrix(
        {"spare_fraction": [0.1], "refresh_yr": [4.0], "design_life_yr": [10.0]}
    )
    found = fleet_document(problem, x)
    o = {name: float(v[0]) for name, v in problem.evaluate(x).items()}
    gw, loss = step(found, "1 GW/yr"), o["satellite_loss_rate_per_yr"]
    built = 1e9 / o["it_power_w"]
    # Two visits, after 4 and 8 years, to those that still work; spares are renewed as well.
    assert o["refresh_visits"] == 2.0
    visits = np.exp(-4.0 * loss) + np.exp(-8.0 * loss)
    assert gw["accelerators_per_yr"] == pytest.approx(built * 84 * 1.1 * (1.0 + visits))
    launched_kg = o["launch_mass_kg"] + o["refresh_mass_kg"]
    assert gw["mass_t_per_yr"] == pytest.approx(built * launched_kg / 1e3)
    flights = built * launched_kg / o["payload_to_orbit_kg"]
    heavy = next(e for e in gw["launchers"] if e["launcher"] == "starship")
    assert heavy["flights_per_yr"] == pytest.approx(flights)
    carbon_g = gw["carbon_launch_g_per_kwh"] * o["it_power_w"] / 1e3 * o["availability"] * 87660.0
    launch_co2 = problem.assumptions["fleet.launch_co2_kg_per_kg"]
    assert carbon_g == pytest.approx(launched_kg * launch_co2 * 1e3)
    # Visits of the last year go to the satellites of four and of eight years before.
    years = gw["years"]
    age = np.arange(len(years))[::-1]
    cohorts = np.array([year["satellites"] for year in years])
    due = cohorts[age == 4.0] * np.exp(-4.0 * loss) + cohorts[age == 8.0] * np.exp(-8.0 * loss)
    alive = years[-1]["fleet_it_power_w"] / o["it_power_w"]
    own_usd = alive * o["cost_operations_usd"] / 10.0
    visits_usd = float(due[0]) * o["cost_refresh_usd"] / visits
    assert years[-1]["operations_usd"] == pytest.approx(own_usd + visits_usd)


def test_lost_loops_take_no_accelerators_of_visits(problem):
    design = {"design_life_yr": [11.0], "refresh_yr": [5.0], "radiator_loops": [4.0]}
    x = problem.space.matrix(design)
    o = {name: float(v[0]) for name, v in problem.evaluate(x).items()}
    rate = o["satellite_loss_rate_per_yr"] + o["loop_loss_rate_per_yr"]
    assert o["loop_loss_rate_per_yr"] > 0.0
    gw = step(fleet_document(problem, x), "1 GW/yr")
    sets = 1.0 + np.exp(-rate * 5.0) + np.exp(-rate * 10.0)
    assert gw["accelerators_per_yr"] == pytest.approx(1e9 / o["it_power_w"] * 84 * sets)


def test_driver_power_is_energy_per_kilogram_times_mass(document):
    driver = step(document, "100 GW/yr")["driver"]
    flow_kg_s = driver["throughput_t_per_yr"] * 1e3 / 3.15576e7
    # Exit speeds to Earth orbits are 2.4 to 2.6 km/s: 2.9 to 3.4 MJ/kg over an efficiency of 0.7.
    assert 2.8e6 / 0.7 < driver["mean_power_w"] / flow_kg_s < 3.5e6 / 0.7
    speed = np.sqrt(2.0 * 0.7 * driver["mean_power_w"] / flow_kg_s)
    peak = driver["shot_mass_kg"] * driver["accel_g"] * 9.80665 * speed
    assert driver["peak_power_w"] == pytest.approx(peak)
    assert driver["shots_per_day"] == pytest.approx(driver["shots_per_yr"] / 365.25)


def test_years_end_at_the_full_rate_and_learn(document):
    years = step(document, "100 GW/yr")["years"]
    assert years[-1]["it_power_w"] == pytest.approx(1e11)
    factors = [year["launch_price_factor"] for year in years]
    assert factors == sorted(factors, reverse=True)
    assert years[0]["capital_usd_per_w"] > years[-1]["capital_usd_per_w"]


def test_years_never_begin_with_less_than_one_satellite(document):
    assert step(document, "1 GW/yr")["years"][0]["satellites"] >= 1.0


def test_without_learning_a_year_costs_what_its_satellites_cost(document, problem):
    flat = load_problem(
        assumptions={
            "launch.learning_rate": 1.0,
            "cost.learning_rate": 1.0,
        }
    )
    o = {name: float(v[0]) for name, v in flat.evaluate(flat.space.defaults).items()}
    each = (
        o["satellite_cost_usd"]
        - o["cost_development_usd"]
        + o["launch_cost_usd"]
        + o["cost_launch_risk_usd"]
        + o["cost_ground_network_usd"]
    )
    year = step(fleet_document(flat, flat.space.defaults), "100 GW/yr")["years"][-1]
    assert year["capital_usd"] == pytest.approx(year["satellites"] * each)


def test_a_config_overrides_fleet_assumptions():
    few = load_problem(assumptions={"fleet.world_accelerators_per_yr": 4e6})
    twice = step(fleet_document(few, few.space.defaults), "1 GW/yr")
    assert twice["accelerator_share_of_world"] == pytest.approx(twice["accelerators_per_yr"] / 4e6)


def test_a_lunar_design_needs_freight_and_a_driver(problem):
    x = problem.space.defaults.copy()
    x[problem.space.index["launch_site"]] = problem.space["launch_site"].encode("moon")
    document = fleet_document(problem, x)
    gw = step(document, "1 GW/yr")
    freight = gw["launchers"][0]
    assert document["launch_site"] == "moon"
    assert freight["flights_per_yr"] * freight["payload_kg"] == pytest.approx(
        gw["earth_mass_t_per_yr"] * 1e3
    )
    # A larger plant makes a launched kilogram cheaper, so steps differ in cost per watt.
    small, large = (step(document, name)["driver"] for name in ("1 GW/yr", "1 TW/yr"))
    assert large["launch_cost_usd_per_satellite"] < small["launch_cost_usd_per_satellite"]


def test_text_shows_every_step_and_stays_within_a_terminal(described):
    text = fleet_text(described)
    assert all(name in text for name in STEPS)
    assert max(map(len, text.splitlines())) <= 100


def test_figure_is_written_whole_and_reproducible(described, tmp_path):
    figures = {"fleet": lambda: fleet_figure(described)}
    first = write_figure_files(tmp_path, figures)
    before = [path.read_bytes() for path in first]
    assert [path.suffix for path in first] == [".png", ".svg"]
    assert [path.read_bytes() for path in write_figure_files(tmp_path, figures)] == before


def test_command_prints_one_document_and_stores_it(tmp_path):
    arguments = ["fleet", CONFIG, "--json", "--out", str(tmp_path / "fleet")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert [Path(name).name for name in document["files"]] == [
        "fleet.json",
        "fleet.png",
        "fleet.svg",
    ]
    assert len(document["steps"]) == len(STEPS)


def test_command_of_a_run_takes_the_knee_or_a_named_design():
    run = str(ROOT / "pareto_outputs" / "reference")
    knee = fleet_command.subject(run, None, ())
    assert "knee" in knee.title
    other = fleet_command.subject(run, knee.ids[0], ())
    np.testing.assert_array_equal(other.x, knee.x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((CONFIG, "abc", ()), "--design"),
        ((str(ROOT / "pareto_outputs" / "reference"), None, ("gpu_count=3",)), "--set"),
        ((str(ROOT / "pareto_outputs" / "reference"), "0000000000", ()), "not on the front"),
    ],
)
def test_subject_refuses_what_does_not_go_together(arguments, message):
    with pytest.raises(SpecError, match=message):
        fleet_command.subject(*arguments)


def test_the_frozen_benchmark_whose_assumptions_cannot_move_is_refused(bench):
    with pytest.raises(SpecError, match="no compute satellite with assumptions"):
        fleet_document(bench, bench.space.defaults)


def test_command_refuses_another_problem(write_config):
    done = CliRunner().invoke(main, ["fleet", str(write_config())])
    assert done.exit_code == 2
    assert "no compute satellite" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_launcher_of_ones_own_flies_freight_as_the_one_it_is_like() -> None:
    mine = {"launchers": {"Mine": {"like": "falcon_9", "reason": "copy"}}}
    problem = load_problem(catalog=mine, allow_unverified=True)
    assert _low_orbit_payload_kg(problem, "Mine") == _low_orbit_payload_kg(problem, "falcon_9")
