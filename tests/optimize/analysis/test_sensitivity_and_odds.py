"""The commands sensitivity and odds: what they say, what they write, and how they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.analysis.sensitivity.judged import (
    Judged,
    front_of,
    knee_of,
    known_outputs,
    sense_of,
    spread_rows,
)
from optimize.analysis.sensitivity.plot_sensitivity import assumption_label, sensitivity_figure
from optimize.analysis.sensitivity.sensitivity_finding import Effort
from optimize.analysis.sensitivity.sensitivity_study import Study, study_designs
from optimize.cli import main
from optimize.evaluation.futures import marginals
from optimize.report.plots.files import write_figure_files
from problems.registry import load_problem
from problems.spec import SpecError
from tests.optimize.analysis.judged_satellite import JudgedSatellite

COST = "cost_per_exaflop_usd"
PRICE = "launch.price_usd_per_kg"
LITTLE: dict[str, Any] = {
    "name": "little",
    "problem": "tests.optimize.analysis.judged_satellite:JudgedSatellite",
    "algorithm": {"name": "nsga2", "population": 40, "generations": 8, "seed": 1},
    "output": {"figures": False, "evaluations": False},
}


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Run a command in this process; return exit code, standard output and standard error."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def answer(*arguments: str | Path) -> dict[str, Any]:
    """Return the JSON document of a command that succeeds without a word on standard error."""
    code, out, err = call(*arguments, "--json")
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    return document


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "little.yaml"
    path.write_text(json.dumps(LITTLE), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(config: Path) -> Path:
    return Path(answer("run", config, "--out", config.parent / "runs")["run"])


@pytest.fixture(scope="module")
def front(run: Path) -> tuple[Judged, tuple[int, ...]]:
    return front_of(run)


def test_one_number_that_moves_cost_has_it_all(config: Path, tmp_path: Path) -> None:
    found = answer("sensitivity", config, "--output", COST, "--out", tmp_path, "--samples", "256")
    (study,) = found["studies"]
    (output,) = study["outputs"]
    (factor,) = output["assumptions"]
    assert factor["key"] == PRICE
    assert factor["first_order"]["value"] == pytest.approx(1.0, abs=0.02)
    assert factor["total"]["value"] == pytest.approx(1.0, abs=0.02)
    assert output["explained_share"] == pytest.approx(1.0, abs=0.02)
    assert [entry["key"] for entry in output["screening"]] == [PRICE]
    shown = answer("evaluate", config)["outputs"]
    share = shown["launch_cost_usd"]["value"] / shown["total_cost_usd"]["value"]
    nominal = shown[COST]["value"]
    assert output["nominal"] == [pytest.approx(nominal)]
    assert factor["change_at_low"] == pytest.approx(-0.5 * share * nominal)
    assert factor["change_at_high"] == pytest.approx(share * nominal)
    assert factor["elasticity"] == pytest.approx(share)
    assert output["value_of_perfect_information"] is None


def test_set_moves_the_design(config: Path, tmp_path: Path) -> None:
    arguments = ("sensitivity", config, "--output", "launch_mass_kg", "--out", tmp_path)
    (study,) = answer(*arguments, "--set", "array_area_m2=1000")["studies"]
    (output,) = study["outputs"]
    assert output["nominal"] == [
        pytest.approx(answer("evaluate", config)["outputs"]["launch_mass_kg"]["value"] + 1500.0)
    ]
    assert output["assumptions"] == output["screening"] == []


def test_feasible_share_is_that_of_the_futures(config: Path, tmp_path: Path) -> None:
    # 80 accelerators take 120 kW, 570 m2 give it from 210.5 W/m2 on: uniform over 200 to 300.
    fixed = (
        "--set",
        "array_area_m2=570",
        "--set",
        "eclipse_power_fraction=0",
        "--set",
        "orbit=geo",
        "--set",
        "radiator_area_m2=1000",
    )
    outputs = ("--output", "launch_mass_kg")  # no assumption moves it, so no figure is drawn
    (study,) = answer("sensitivity", config, "--out", tmp_path, *outputs, *fixed)["studies"]
    need = 1500.0 * 80 / 570.0
    (design,) = study["designs"]
    assert design["feasible_share"] == pytest.approx((300.0 - need) / 100.0, abs=0.005)


def test_run_gives_the_knee_and_the_front(run: Path) -> None:
    found = answer("sensitivity", run, "--output", COST, "--samples", "512")
    knee, front = found["studies"]
    assert "(knee)" in knee["title"]
    assert len(knee["designs"]) == 1
    (output,) = front["outputs"]
    assert len(front["designs"]) > 10
    (factor,) = output["assumptions"]
    # The price is all that is uncertain about cost: knowing it is knowing everything.
    everything = output["value_of_perfect_information"]
    assert 0.0 <= factor["value_of_information"]["value"] <= everything + 1e-12
    files = {path.name for path in (run / "sensitivity").iterdir()}
    assert files == {
        "sensitivity.json",
        *(f"sensitivity{part}-{COST}.{kind}" for part in ("", "-front") for kind in ("png", "svg")),
    }
    assert json.loads((run / "sensitivity" / "sensitivity.json").read_text("utf-8")) == found


def test_text_names_range_shares_and_futures(run: Path, tmp_path: Path) -> None:
    code, out, _ = call(
        "sensitivity",
        run,
        "--output",
        COST,
        "--output",
        "power_utilisation",
        "--out",
        tmp_path,
        "--samples",
        "64",
    )
    assert code == 0
    assert f"{PRICE}  250      500  1,000  USD/kg" in out
    assert "worth knowing" in out
    assert "holds every limit in" in out
    assert "hold every limit in" in out
    assert max(len(line) for line in out.splitlines()) <= 150


def test_same_seed_same_bytes(config: Path, run: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        call("sensitivity", config, "--output", COST, "--samples", "64", "--out", tmp_path / name)
        call("odds", run, "--output", COST, "--futures", "64", "--out", tmp_path / name)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("a", "b"))
    assert [path.name for path in first] == [path.name for path in second]
    for one, two in zip(first, second, strict=True):
        text = one.read_bytes().replace(str(tmp_path / "a").encode(), str(tmp_path / "b").encode())
        assert text == two.read_bytes(), one.name


def test_seed_changes_the_sample(run: Path, tmp_path: Path) -> None:
    arguments = ("odds", run, "--output", COST, "--futures", "64", "--out", tmp_path)
    one, two = (answer(*arguments, "--seed", seed) for seed in ("1", "2"))
    assert one["outputs"][0]["distribution"] != two["outputs"][0]["distribution"]


def test_include_restricts_what_varies(config: Path, run: Path, tmp_path: Path) -> None:
    options = ("--include", "power", "--out", tmp_path)
    (study,) = answer("sensitivity", config, "--output", COST, *options)["studies"]
    assert study["outputs"][0]["screening"] == []
    found = answer("odds", run, "--output", COST, *options)
    assert found["assumptions"] == ["power.yield_w_m2"]
    assert set(found["outputs"][0]["distribution"]["sd"]) == {0.0}


def test_odds_of_the_chosen_designs(run: Path, front: tuple[Judged, tuple[int, ...]]) -> None:
    outputs = ("--output", COST, "--output", "launch_mass_kg")
    found = answer("odds", run, "--futures", "512", *outputs)
    members, chosen = front
    assert [one["design_id"] for one in found["designs"]] == [members.ids[row] for row in chosen]
    cost = found["outputs"][0]
    beats = np.array(cost["beats_share"])
    np.testing.assert_allclose(beats + beats.T, 1.0)
    assert sum(cost["best_share"]) == pytest.approx(1.0)
    regret = {entry["design_id"]: entry["anyhow"] for entry in cost["regret"]}
    assert min(regret.values()) == pytest.approx(cost["value_of_perfect_information"], abs=1e-9)
    assert set(regret) == set(members.ids)
    # Mass does not depend on any assumption: the lightest is the lightest in every future.
    mass = found["outputs"][1]
    lightest = int(np.argmin(mass["nominal"]))
    assert mass["best_share"][lightest] == 1.0
    assert mass["distribution"]["p95"] == pytest.approx(mass["nominal"])
    assert mass["value_of_perfect_information"] == 0.0


def test_odds_of_named_designs_and_other_outputs(
    run: Path, front: tuple[Judged, tuple[int, ...]], tmp_path: Path
) -> None:
    members, _ = front
    picked = [members.ids[2], members.ids[0]]
    options = ("--design", picked[0], "--design", picked[1], "--out", tmp_path)
    found = answer("odds", run, "--output", "power_utilisation", *options, "--futures", "64")
    assert [one["design_id"] for one in found["designs"]] == picked
    (output,) = found["outputs"]
    assert "beats_share" not in output  # neither small nor large is good
    code, out, _ = call("odds", run, *options, "--output", "power_utilisation", "--output", COST)
    assert code == 0
    assert "chance that it beats" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("sensitivity", "{config}", "--output", "cost_per_exaflop"),
            "unknown output 'cost_per_exaflop'; did you mean 'cost_per_exaflop_usd'?",
        ),
        (
            ("sensitivity", "{config}", "--include", "launch.price_usd"),
            "did you mean 'launch.price_usd_per_kg'?",
        ),
        (("sensitivity", "{config}", "--design", "abc"), "a CONFIG has one (see --set)"),
        (("sensitivity", "{config}", "--set", "shield=3"), "did you mean 'shield_mm'?"),
        (("sensitivity", "{run}", "--set", "shield_mm=3"), "not one of a RUN"),
        (("sensitivity", "{run}", "--design", "nothing"), "'nothing' is not on the front"),
        (("sensitivity", "{config}x"), "little.yamlx"),
        (("odds", "{config}"), "is not a run folder"),
        (("odds", "{run}", "--design", "nothing"), "not on the front, which has cheapest"),
        (("odds", "{run}", "--output", "mass"), "unknown output 'mass'"),
        (("odds", "{run}", "--include", "lunch"), "did you mean 'launch'?"),
    ],
)
def test_mistakes_exit_2_and_name_the_way_out(
    arguments: tuple[str, ...], message: str, config: Path, run: Path, tmp_path: Path
) -> None:
    given = [text.format(config=config, run=run) for text in arguments]
    code, out, err = call(*given, "--out", tmp_path / "new")
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "new").exists()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    for name in ("sensitivity", "odds"):
        code, _, err = call(name, tmp_path)
        assert code == 4
        assert "is not a run folder" in err


def test_a_problem_without_futures_is_refused(write_config: Callable[..., Path]) -> None:
    code, _, err = call("sensitivity", write_config())
    assert code == 2
    assert "'toy' declares no uncertain numbers" in err


def test_knee_is_found_by_its_title(front: tuple[Judged, tuple[int, ...]]) -> None:
    members, chosen = front
    assert members.titles[knee_of(members, chosen)].endswith("knee")
    renamed = replace(members, titles=("cheapest, knee", "b", "c", *members.titles[3:]))
    assert knee_of(renamed, (0, 1, 2)) == 0
    assert knee_of(replace(renamed, titles=("a", "b", "c")), (1, 2)) == 1


def test_spread_rows_and_labels(front: tuple[Judged, tuple[int, ...]]) -> None:
    assert spread_rows(3, 10) == [0, 1, 2]
    assert spread_rows(11, 3, always=(1,)) == [0, 1, 5, 10]
    members, _ = front
    assert known_outputs(members, ()) == tuple(o.output for o in members.objectives)
    assert sense_of(members, COST) == "min"
    assert sense_of(members, "power_utilisation") is None
    labels = [assumption_label(one) for one in marginals(members.problem)]
    assert labels[0] == "launch: price [USD/kg]"


def test_an_output_without_factors_has_no_figure(
    front: tuple[Judged, tuple[int, ...]], tmp_path: Path
) -> None:
    members, _ = front
    study = _study(members.only([0], "one"), "launch_mass_kg")
    draw = {"none": lambda: sensitivity_figure(study, study.findings[0])}
    assert write_figure_files(tmp_path, draw) == []


def test_an_output_that_is_never_finite_is_told(front: tuple[Judged, tuple[int, ...]]) -> None:
    class Broken(JudgedSatellite):
        def _chain(self, x: Any, numbers: Any, names: Any) -> Any:
            return {k: v * np.nan for k, v in super()._chain(x, numbers, names).items()}

    broken = replace(front[0].only([0], "one"), problem=Broken())
    with pytest.raises(SpecError, match="never finite"):
        _study(broken, COST)


def _study(judged: Judged, output: str) -> Study:
    return study_designs(judged, [output], marginals(judged.problem), Effort(samples=64))


def test_real_satellite(tmp_path: Path) -> None:
    settings = ("--set", "algorithm.population=60", "--generations", "12")
    settings += ("--set", "output.figures=false", "--set", "output.explorer=false")
    out = tmp_path / "runs"
    code, text, err = call("run", "configs/quick.yaml", *settings, "--out", out, "--json")
    assert code == 0, err
    run = json.loads(text)["run"]
    found = answer("sensitivity", run, "--samples", "256", "--top", "6", "--output", COST)
    for study in found["studies"]:
        (output,) = study["outputs"]
        assert len(output["assumptions"]) == 6
        assert len(output["screening"]) > 50
        assert output["scale"] == "log"
        # At most one, but for the noise of so few samples where one number dominates.
        assert 0.3 < output["explained_share"] < 2.0
    odds = answer("odds", run, "--futures", "64", "--output", "cost_ratio_to_ground")
    assert len(odds["assumptions"]) > 200


def test_elasticities_are_those_of_the_satellite(tmp_path: Path) -> None:
    """One per cent more and less of an assumption; none of what is zero."""
    config, rate = "configs/baseline.yaml", "radiation_failure_rate_per_pflops_yr"
    keys = ("compute.mfu", "radiation.sdc_detected_fraction")
    words = [word for key in keys for word in ("--include", key)]
    words += ["--output", COST, "--output", rate, "--samples", "16"]
    (study,) = answer("sensitivity", config, *words, "--out", tmp_path)["studies"]
    cost, failures = (
        {factor["key"]: factor["elasticity"] for factor in output["assumptions"]}
        for output in study["outputs"]
    )
    mfu = load_problem().assumptions["compute.mfu"]
    low, high = (
        answer("evaluate", config, "--set", f"assumptions.compute.mfu={mfu * step}")
        for step in (0.99, 1.01)
    )
    ratio = high["outputs"][COST]["value"] / low["outputs"][COST]["value"]
    assert cost["compute.mfu"] == pytest.approx(np.log(ratio) / np.log(1.01 / 0.99), rel=1e-3)
    assert failures["radiation.sdc_detected_fraction"] is None


def test_robust_run_is_judged_future_by_future(config: Path, tmp_path: Path) -> None:
    setting = {
        "futures": 16,
        "correlations": [{"between": [PRICE, "power.yield_w_m2"], "value": 0.5}],
    }
    path = tmp_path / "robust.yaml"
    path.write_text(json.dumps({**LITTLE, "uncertainty": setting}), encoding="utf-8")
    run = answer("run", path, "--generations", "4", "--out", tmp_path / "runs")["run"]
    found = answer("odds", run, "--output", COST, "--futures", "64")
    assert set(found["broken_share"]) == {"power", "junction"}
    assert len(found["assumptions"]) == 3
    design = found["designs"][0]["design_id"]
    code, out, _ = call("sensitivity", run, "--output", COST, "--design", design)
    assert code == 0
    assert "without the correlations of the run" in out


def test_odds_discover_the_conditions_of_a_design(run: Path, tmp_path: Path) -> None:
    document = answer("odds", run, "--discover", "--futures", 256, "--out", tmp_path)
    boxes = {entry["design_id"]: entry for entry in document["discovery"]}
    assert set(boxes) == {design["design_id"] for design in document["designs"]}
    for entry in boxes.values():
        # Cost moves with the launch price alone.
        assert [limit["key"] for limit in entry["box"]] == [PRICE]
        assert entry["fresh"]["density"] > 0.6
    code, text, _ = call("odds", run, "--where", f"{COST} <= 0", "--futures", 16, "--out", tmp_path)
    assert code == 0
    assert "in 0% of the futures; no conditions" in text
