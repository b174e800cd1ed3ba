"""Tests of searching on risk measures."""

from __future__ import annotations

import json
import signal
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.config.uncertainty import UncertaintySetting
from optimize.engine.search import Search
from optimize.evaluation.risk import quantile, risk
from optimize.evaluation.robust import (
    RobustProblem,
    nominal_problem,
    robust_layout,
    robust_problem,
)
from optimize.evaluation.tables import Layout, read_table
from optimize.report.summary import write_summary
from optimize.run.folder import load_run
from optimize.run.outcome import Outcome
from optimize.run.robustness import NOMINAL_FRONT
from optimize.run.start import resume_run, start_run
from problems.compute_satellite.problem import ComputeSatellite
from problems.space import violation
from problems.spec import Constraint, Objective
from tests.optimize.conftest import merged
from tests.optimize.risky import Gamble
from tests.optimize.toy import ToyProblem

GAMBLE: dict[str, Any] = {
    "name": "gamble",
    "problem": "tests.optimize.risky:Gamble",
    "algorithm": {"population": 40, "generations": 30, "seed": 3},
    "uncertainty": {
        "futures": 200,
        "risk": {"loss_usd": "p90", "all": "mean"},
        "reliability": {"demand": 0.75},
    },
    "output": {"figures": False},
}


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "gamble.yaml"
    path.write_text(json.dumps(merged(GAMBLE, changes), indent=1), encoding="utf-8")
    return path


def execute(folder: Path, *overrides: str, progress: Any = None, **changes: Any) -> Outcome:
    config, study = read_study(load_source(write(folder, **changes), overrides))
    return start_run(config, study, out=folder / "out", progress=progress)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return execute(tmp_path_factory.mktemp("gamble"))


# --- one design ---------------------------------------------------------------------------------


def robust_gamble(objectives: Any = None, constraints: Any = None, **settings: Any) -> Any:
    plain = Gamble()
    setting = UncertaintySetting(futures=100, **settings)
    return RobustProblem(
        plain, objectives or plain.objectives, constraints or plain.constraints, setting
    )


def test_robust_problem_measures_what_it_says() -> None:
    problem = robust_gamble(risk={"loss_usd": "cvar90"}, reliability={"demand": 0.8})
    z, w = problem.values["toy.z"], problem.values["toy.w"]
    found = problem.evaluate({"x": [0.3, 0.9], "hedge": [0.25, 1.0]})
    assert found["loss_usd"].tolist() == [0.3, 0.9]  # nominal numbers stay what they are
    worst = np.sort(z)[-10:].mean()
    assert found["robust.loss_usd"] == pytest.approx([0.3 + 0.75 * worst, 0.9])
    assert found["robust.effort_h"] == pytest.approx([1.95, 2.1])
    margin = np.array([0.3, 0.9]) - np.sort(w)[79]  # 80 of 100 demands are no larger
    assert found["robust.limit.demand"] == pytest.approx(margin)
    share = [(w <= 0.3).mean(), (w <= 0.9).mean()]
    assert found["robust.probability.demand"].tolist() == share
    assert found["robust.probability_feasible"].tolist() == share


def test_a_limit_holds_exactly_when_enough_futures_hold() -> None:
    problem = robust_gamble(reliability={"all": 0.66})
    x = np.column_stack([np.linspace(0.0, 1.0, 301), np.zeros(301)])
    found = problem.evaluate(x)
    holds = violation(problem.constraints[0], found["robust.limit.demand"]) <= 0.0
    assert np.array_equal(holds, found["robust.probability.demand"] >= 0.66)
    assert 0 < holds.sum() < 301


def test_a_maximised_objective_is_judged_on_its_low_side() -> None:
    problem = robust_gamble([Objective("gain_usd", "max", 3.0, -3.0)], risk={"all": "p90"})
    gain = -(0.5 + problem.values["toy.z"])
    found = problem.evaluate({"x": [0.5], "hedge": [0.0]}, ["robust.gain_usd"])
    assert (gain >= found["robust.gain_usd"][0]).mean() == pytest.approx(0.9, abs=0.01)
    assert "reached or exceeded in 90 %" in problem.outputs["robust.gain_usd"].description


def test_two_limits_hold_together_in_the_stated_share() -> None:
    both = Constraint("band", "demand_margin", "within a band", lower=-0.2, upper=0.2)
    problem = robust_gamble(constraints=[both], reliability={"band": 0.3})
    w = problem.values["toy.w"]
    x = np.column_stack([np.linspace(0.0, 1.0, 101), np.zeros(101)])
    found = problem.evaluate(x)
    share = (np.abs(x[:, :1] - w) <= 0.2).mean(axis=1)
    holds = violation(problem.constraints[0], found["robust.limit.band"]) <= 0.0
    assert np.array_equal(holds, share >= 0.3)


def test_without_constraints_every_future_is_feasible() -> None:
    plain = Gamble()
    problem = RobustProblem(plain, plain.objectives, (), UncertaintySetting(futures=8))
    assert problem.evaluate({"x": [0.1]})["robust.probability_feasible"].tolist() == [1.0]


def test_risk_of_the_satellite_is_that_of_its_futures() -> None:
    satellite = ComputeSatellite()
    setting = UncertaintySetting(futures=64, risk={"all": "p90"})
    problem = RobustProblem(satellite, satellite.objectives, satellite.constraints, setting)
    x = satellite.space.sample(7, np.random.default_rng(2))
    found = problem.evaluate(x, ["robust.cost_per_exaflop_usd", "robust.limit.junction"])
    each = satellite.under(problem.values).evaluate(x)
    cost = each["cost_per_exaflop_usd"].T
    assert np.array_equal(found["robust.cost_per_exaflop_usd"], risk(cost, "p90"))
    margin = each["junction_margin_k"].T
    assert np.array_equal(found["robust.limit.junction"], -quantile(-margin, 0.9))
    alone = problem.evaluate(x[3:4], ["robust.cost_per_exaflop_usd"])
    assert alone["robust.cost_per_exaflop_usd"][0] == found["robust.cost_per_exaflop_usd"][3]


def test_memory_stays_flat_with_many_futures() -> None:
    satellite = ComputeSatellite()
    setting = UncertaintySetting(futures=1024)
    problem = RobustProblem(satellite, satellite.objectives, satellite.constraints, setting)
    names = [o.output for o in problem.objectives] + [c.output for c in problem.constraints]
    x = satellite.space.sample(400, np.random.default_rng(2))
    tracemalloc.start()
    found = problem.evaluate(x, names)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.isfinite(found["robust.cost_per_exaflop_usd"]).all()
    assert peak < 300e6


def test_robust_layout_leaves_a_nominal_run_alone() -> None:
    plain = Gamble()
    layout = Layout(plain, plain.space, plain.objectives, plain.constraints)
    assert robust_layout(None, layout) is layout
    robust = robust_layout(UncertaintySetting(), layout)
    assert nominal_problem(robust.problem) is plain
    assert nominal_problem(plain) is plain


# --- the search ---------------------------------------------------------------------------------


def test_search_finds_the_robust_front(finished: Outcome) -> None:
    """Enough supply for three demands in four, then hedged in full or all of x used."""
    front = finished.run.front
    assert len(front) == 40
    values = futures_of(finished)
    enough, dear = np.sort(values["toy.w"])[149], np.sort(values["toy.z"])[179]
    assert dear == pytest.approx(1.6, abs=0.02)
    assert front["x"].min() >= enough
    assert front["x"].min() == pytest.approx(enough, abs=5e-3)
    loss, effort = front["robust.loss_usd"].to_numpy(), front["robust.effort_h"].to_numpy()
    closed = np.where(effort > 2.0, 3.0 - effort, 1.0 + dear * (2.0 - effort))
    assert loss == pytest.approx(closed, abs=5e-3)
    assert (effort > 2.0).any()
    assert (effort < 2.0).any()
    assert (front["robust.probability_feasible"] >= 0.75).all()


def futures_of(outcome: Outcome) -> Any:
    problem = outcome.run.problem
    problem = robust_problem(problem)
    assert problem is not None
    return problem.values


def test_nominal_search_for_comparison_does_not_hedge(finished: Outcome) -> None:
    nominal = read_table(finished.run.path / NOMINAL_FRONT)
    assert nominal["hedge"].to_numpy() == pytest.approx(0.0, abs=2e-2)
    assert nominal["x"].min() == pytest.approx(0.5, abs=2e-2)
    found = finished.run.manifest["robustness"]
    assert found["futures"] == 200
    assert found["uncertain_numbers"] == 2
    assert found["model_evaluations"] == 200 * finished.run.manifest["evaluations"] == 240_000
    assert found["risk"] == {"loss_usd": "p90", "effort_h": "mean"}
    sides = found["fronts"]
    assert sides["robust"]["reliable_share"] == 1.0
    assert sides["nominal"]["reliable_share"] < 0.6
    assert sides["robust"]["hypervolume_risk"] > sides["nominal"]["hypervolume_risk"]
    assert sides["robust"]["hypervolume_nominal"] < sides["nominal"]["hypervolume_nominal"]
    # At equal loss a hedged design needs one hour more, for x = 1 two instead of one.
    price = found["price"]["effort_h"]
    assert price["highest"] == pytest.approx(2.0, rel=0.05)
    assert price["lowest"] == pytest.approx(1.0, rel=0.05)


def test_columns_and_history_speak_of_risk(finished: Outcome) -> None:
    columns = set(finished.run.front.columns)
    assert {"loss_usd", "robust.loss_usd", "robust.limit.demand", "violation.demand"} <= columns
    assert "best.robust.loss_usd" in finished.run.history
    assert set(finished.run.manifest["reference_point"]) == {"robust.loss_usd", "robust.effort_h"}
    stored = finished.run.evaluations
    assert stored is not None
    assert "robust.loss_usd" in stored
    assert load_run(finished.run.path).front.equals(finished.run.front)


@pytest.mark.promise("R11")
@pytest.mark.parametrize("algorithm", ["nsga2", "random", "sobol", "nsga3"])
def test_every_algorithm_repeats_its_bytes(tmp_path: Path, algorithm: str) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        outcome = execute(tmp_path / name, f"algorithm.name={algorithm}", "algorithm.generations=4")
        files.append((outcome.run.path / "front.parquet").read_bytes())
    assert files[0] == files[1]


@pytest.mark.promise("R1", "R2")
def test_resume_equals_an_uninterrupted_run(finished: Outcome, tmp_path: Path) -> None:
    def interrupt(search: Search) -> None:
        if search.generation == 11:
            signal.raise_signal(signal.SIGINT)

    cut = execute(tmp_path, progress=interrupt)
    assert (cut.status, cut.exit_code) == ("interrupted", 130)
    assert len(cut.run.front) > 0  # what was found is kept
    assert "fronts" not in cut.run.manifest["robustness"]
    whole = resume_run(cut.run.path)
    for name in ("front.parquet", "evaluations.parquet", NOMINAL_FRONT):
        assert (whole.run.path / name).read_bytes() == (finished.run.path / name).read_bytes()
    assert whole.run.manifest["robustness"] == finished.run.manifest["robustness"]


@pytest.mark.parametrize(("least", "designs"), [(0.4, 40), (0.9, 0)])
def test_a_run_without_a_reliable_design_still_compares(
    tmp_path: Path, least: float, designs: int
) -> None:
    """A margin of 0.4 can be had at nominal numbers only, one of 0.9 not even there."""
    path = tmp_path / "hard.yaml"
    hard = {**GAMBLE, "constraints": {"demand": {"lower": least}}}
    path.write_text(json.dumps(hard), encoding="utf-8")
    config, study = read_study(load_source(path, ["algorithm.generations=12"]))
    outcome = start_run(config, study, out=tmp_path / "out")
    assert (outcome.exit_code, len(outcome.run.front)) == (3, 0)
    sides = outcome.run.manifest["robustness"]["fronts"]
    assert (sides["nominal"]["designs"], sides["robust"]["designs"]) == (designs, 0)
    text = write_summary(outcome.run).read_text(encoding="utf-8")
    assert "## Price of robustness" in text


def test_an_undeclared_objective_gets_its_box_from_its_risk(tmp_path: Path) -> None:
    objectives = [{"output": "gain_usd", "sense": "max"}, "effort_h"]
    settings = {**GAMBLE, "objectives": objectives, "uncertainty": {"risk": {"all": "p90"}}}
    path = tmp_path / "gain.yaml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    config, study = read_study(load_source(path, ["algorithm.generations=3"]))
    outcome = start_run(config, study, out=tmp_path / "out")
    box = outcome.run.manifest["reference_point"]["robust.gain_usd"]
    assert np.isfinite([box["ideal"], box["reference"]]).all()
    assert outcome.run.front["robust.gain_usd"].max() < outcome.run.front["gain_usd"].max()


def test_summary_tells_the_price(finished: Outcome) -> None:
    text = write_summary(finished.run).read_text(encoding="utf-8")
    assert "## Price of robustness" in text
    assert "Every design was judged in 200 futures, drawn from 2 uncertain numbers" in text
    assert "- `loss_usd`: value not exceeded in 90 % of the futures" in text
    assert "- every constraint: must hold in 75 % of the futures" in text
    assert "| as reliable as asked |" in text


def test_figures_show_the_price(finished: Outcome) -> None:
    from optimize.report.plots.run import write_figures

    names = {path.name for path in write_figures(finished.run, formats=("png",))}
    assert "robustness.png" in names


# --- what a user may get wrong ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "message", "hint"),
    [
        ({"futures": 7}, "uncertainty.futures: should be greater than or equal to 8", None),
        ({"futures": 1.5}, "uncertainty.futures: expected a whole number", None),
        ({"seeds": 3}, "uncertainty.seeds: unknown key", "seed"),
        ({"include": []}, "uncertainty.include: needs at least 1 entry", None),
        ({"include": ["toy.zz"]}, "uncertainty.include.0: 'toy.zz' unknown assumption", "toy.z"),
        ({"include": ["toy.switch"]}, "'toy.switch' has no distribution", None),
        ({"risk": {"loss_us": "p50"}}, "uncertainty.risk.loss_us: no such obj", "loss_usd"),
        ({"risk": {"loss_usd": "p100"}}, "uncertainty.risk.loss_usd: unknown risk measure", None),
        ({"risk": {"loss_usd": "cvar40"}}, "uncertainty.risk.loss_usd: unknown risk m", "cvar90"),
        ({"reliability": {"demnd": 0.9}}, "uncertainty.reliability.demnd: no such", "demand"),
        ({"reliability": {"demand": -0.1}}, "reliability.demand: should be greater than 0", None),
        ({"reliability": {"demand": 1.1}}, "reliability.demand: should be less than or eq", None),
        (
            {"correlations": [{"between": ["toy.z", "toy.v"], "value": 0.5}]},
            "uncertainty.correlations.0.between.1: 'toy.v' is not among the numbers that vary",
            "toy.z",
        ),
        (
            {"correlations": [{"between": ["toy.z", "toy.w"], "value": 2}]},
            "uncertainty.correlations.0.value: should be less than or equal to 1",
            None,
        ),
        (
            {"include": ["toy.z"], "correlations": [{"between": ["toy.z", "toy.w"], "value": 0}]},
            "'toy.w' is not among the numbers that vary",
            "toy.z",
        ),
        (
            {
                "correlations": [
                    {"between": ["toy.z", "toy.w"], "value": 0.5},
                    {"between": ["toy.w", "toy.z"], "value": 0.5},
                ]
            },
            "uncertainty.correlations.1: 'toy.w' and 'toy.z' are paired twice",
            None,
        ),
    ],
)
def test_read_study_points_at_mistakes(
    tmp_path: Path, section: dict[str, Any], message: str, hint: str | None
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(json.dumps({**GAMBLE, "uncertainty": section}, indent=1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_study(load_source(path, []))
    (fault,) = caught.value.faults
    assert message in f"{fault.key}: {fault.message}"
    assert fault.place is not None
    if hint is not None:
        assert f"did you mean '{hint}'" in str(caught.value)


def test_a_problem_without_futures_is_refused(
    write_config: Callable[..., Path],
) -> None:
    path = write_config(uncertainty={"futures": 16})
    shown = CliRunner().invoke(main, ["check", str(path)])
    assert shown.exit_code == 2
    assert "uncertainty: problem 'tests.optimize.toy:ToyProblem' has no futures" in shown.stderr
    assert isinstance(shown.exception, SystemExit)
    toy = ToyProblem()
    layout = Layout(toy, toy.space, toy.objectives, toy.constraints)
    with pytest.raises(Exception, match="declares no uncertain numbers"):
        robust_layout(UncertaintySetting(), layout)
