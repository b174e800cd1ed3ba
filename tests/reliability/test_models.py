"""A model that misbehaves never fools a search, and never ends it without a word (R8)."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config.overrides import load_source
from optimize.config.run_config import EvaluationSetting
from optimize.config.study import read_study
from optimize.evaluation.build import build_problem
from optimize.evaluation.calls import ModelError, TooLongError, time_limit, within
from optimize.evaluation.failures import FILE_NAME, MOST_ROWS, Failures
from optimize.evaluation.guard import Guarded
from optimize.run import session as session_module
from optimize.run.folder import load_run
from optimize.run.outcome import Outcome
from optimize.run.start import resume_run, start_run
from tests.conftest import Tally
from tests.optimize.conftest import TANK, merged
from tests.reliability import bad_models
from tests.reliability.bad_models import Raises, cursed
from tests.reliability.tanks import assert_told, command, execute

pytestmark = pytest.mark.promise("R8")

PARTLY = {
    "NotANumber": "cost_usd is nan",
    "PlusInfinity": "heat_loss_w is inf",
    "MinusInfinity": "mass_kg is -inf",
    "NanLimit": "volume_m3 is nan",
    "Raises": "ValueError: no root at 0.25 m (bad_models.py:",
    "RaisesOsError": "OSError: [Errno 28] No space left on device (bad_models.py:",
    "Leaves": "SystemExit: 0 (bad_models.py:",
    "Complex": "mass_kg is no real number, such as",
    "Text": "mass_kg is no real number, such as '12 kg'",
    "Masked": "cost_usd is nan",
}
USELESS = {
    "AlwaysRaises": r"every design failed.*ZeroDivisionError: the tank has no wall.*\.py:\d+",
    "WrongShape": r"output 'mass_kg' has shape \(2, 1\), not \(2,\)",
    "Short": r"output '\w+' has shape \(1,\), not \(2,\)",
    "Scalar": r"output 'heat_loss_w' has shape \(\), not \(2,\)",
    "Ragged": r"output 'cost_usd' is no column",
    "NoColumn": r"no output 'stress_ratio'",
    "Nothing": r"returned NoneType",
    "WrongElsewhere": r"output 'wall_cost_usd' has shape \(3, 3\)",
}


def tank(path: Path, model: str, **changes: Any) -> Path:
    problem = {"problem": f"tests.reliability.bad_models:{model}"}
    path.write_text(json.dumps(merged(merged(TANK, problem), changes)), encoding="utf-8")
    return path


def carry_out(path: Path, out: Path, progress: Any = None) -> Outcome:
    config, study = read_study(load_source(path, ()))
    return start_run(config, study, out=out, progress=progress)


def call(*arguments: str | Path) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def read_failures(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / FILE_NAME)


def assert_untouched_by_failures(outcome: Outcome) -> None:
    """No failed design on the front or in the feasible ones; the counts agree."""
    run = outcome.run
    aims = [o.output for o in run.objectives]
    assert len(run.front) > 0
    assert not cursed(run.front_x).any()
    assert np.isfinite(run.front[aims].to_numpy()).all()
    failed = read_failures(run.path)
    total = run.manifest["failed_evaluations"]
    assert total == sum(run.manifest["failures"].values()) == run.history["failed"].iloc[-1]
    assert len(failed) == min(total, MOST_ROWS)
    assert cursed(run.layout.rows(failed)).all()
    assert not set(failed["design_id"]) & set(run.front["design_id"])
    assert failed["generation"].between(1, run.manifest["generations"]).all()
    assert run.evaluations is not None
    x = run.layout.rows(run.evaluations)
    assert cursed(x).any()
    assert not run.evaluations["feasible"].to_numpy(dtype=bool)[cursed(x)].any()


@pytest.mark.parametrize("model", PARTLY)
def test_partly_failing_models(model: str, tmp_path: Path, long_run: bool, tally: Tally) -> None:
    algorithms = (
        ["nsga2", "random", "nsga3", "sms_emoa", "rvea", "optuna_nsga2"] if long_run else ["nsga2"]
    )
    for algorithm in algorithms:
        path = tank(tmp_path / "tank.yaml", model, algorithm={"name": algorithm})
        outcome = carry_out(path, tmp_path / algorithm)
        assert outcome.exit_code == 0
        assert_untouched_by_failures(outcome)
        reasons = outcome.run.manifest["failures"]
        assert all(reason.startswith(PARTLY[model]) for reason in reasons), reasons
        tally.count("designs failed, none on a front", outcome.run.manifest["failed_evaluations"])


def test_a_model_that_changes_the_working_directory_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tank(tmp_path / "tank.yaml", "Wanders")
    monkeypatch.chdir(tmp_path)
    found = call("run", "tank.yaml", "--out", "runs", "--json")
    assert found.exit_code == 0, found.output
    assert Path.cwd() == tmp_path
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "summary.md").exists()
    assert json.loads(found.stdout)["run"] == f"runs/{run.name}"
    for name, *options in (["resume", "--generations", "14"], ["report"], ["evaluate"]):
        subject = "tank.yaml" if name == "evaluate" else f"runs/{run.name}"
        answer = call(name, subject, *options, "--json")
        assert answer.exit_code == 0, answer.output
        assert Path.cwd() == tmp_path


def test_a_model_that_raises_when_asked_about_designs_is_told_in_one_line(tmp_path: Path) -> None:
    path = tank(tmp_path / "tank.yaml", "CannotTellActive")
    for name in ("run", "evaluate"):
        found = call(name, path, *(["--out", tmp_path / "runs"] if name == "run" else []))
        assert found.exit_code == 1
        told = "'active' of the problem raised KeyError: 'coat' (bad_models.py:"
        assert found.stderr.startswith(f"error: {told}")
        assert found.stderr.count("\n") == 1


def test_failures_keep_message_and_design(tmp_path: Path) -> None:
    run = carry_out(tank(tmp_path / "tank.yaml", "Raises"), tmp_path / "runs").run
    table = read_failures(run.path)
    assert list(table) == ["design_id", "generation", *run.space.names, "reason"]
    # Alone, the guilty design is the first of its batch.
    assert set(table["reason"].str.partition(" (")[0]) == {"ValueError: no root at 0.25 m"}
    bare = table["coat"] == "none"
    assert table.loc[bare, "coat_mm"].isna().all()


@pytest.mark.parametrize("model", USELESS)
def test_useless_models_end_with_one_message(model: str, tmp_path: Path, tally: Tally) -> None:
    path = tank(tmp_path / "tank.yaml", model)
    with pytest.raises(ModelError, match=USELESS[model]) as caught:
        carry_out(path, tmp_path / "runs")
    assert caught.value.exit_code == 1
    (folder,) = (tmp_path / "runs").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "failed"
    assert manifest["reason"] == str(caught.value)
    tally.count("useless models told", 1)


def test_a_useless_model_prints_no_traceback(tmp_path: Path) -> None:
    path = tank(tmp_path / "tank.yaml", "AlwaysRaises")
    done = call("run", path, "--out", tmp_path / "runs", "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: every design failed (")
    assert "Traceback" not in done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert (read_failures(folder)["generation"] == 1).all()


def test_resume_keeps_the_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tank(tmp_path / "tank.yaml", "Raises")
    whole = carry_out(path, tmp_path / "whole").run
    monkeypatch.setattr(session_module, "CHECKPOINT_SECONDS", 0.0)

    def crash(search: Any) -> None:
        if search.generation == 6:
            raise MemoryError

    with pytest.raises(MemoryError):
        carry_out(path, tmp_path / "parts", crash)
    (folder,) = (tmp_path / "parts").iterdir()
    again = resume_run(folder).run
    for name in ("front.parquet", "evaluations.parquet", FILE_NAME):
        assert (whole.path / name).read_bytes() == (again.path / name).read_bytes(), name
    assert list(again.manifest["failures"].items()) == list(whole.manifest["failures"].items())


def test_too_many_failures_stop_and_go_on(tmp_path: Path) -> None:
    path = tank(tmp_path / "tank.yaml", "MostlyNan", algorithm={"generations": 30})
    done = call("run", path, "--out", tmp_path / "runs", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["status"] == "stopped"
    assert 500 <= told["evaluations"] < 600
    assert told["failures"] == {"mass_kg is nan": told["failed_evaluations"]}
    for part in ("mass_kg is nan", "evaluation.most_failed", "heliofront resume", told["run"]):
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    folder = Path(told["run"])
    assert len(load_run(folder).front) > 0
    assert resume_run(folder).status == "stopped"
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("most_failed: 0.5", "most_failed: 1.0"))
    outcome = resume_run(folder)
    assert (outcome.status, outcome.exit_code) == ("finished", 0)
    assert outcome.run.manifest["generations"] == 30
    never = tank(
        tmp_path / "n.yaml",
        "MostlyNan",
        algorithm={"generations": 30},
        evaluation={"most_failed": 1.0},
    )
    whole = carry_out(never, tmp_path / "never").run
    assert (whole.path / "front.csv").read_bytes() == (outcome.run.path / "front.csv").read_bytes()


def test_summary_names_the_reasons(tmp_path: Path) -> None:
    path = tank(tmp_path / "tank.yaml", "MinusInfinity")
    done = call("run", path, "--out", tmp_path / "runs", "--json")
    told = json.loads(done.stdout)
    text = (Path(told["run"]) / "summary.md").read_text()
    count = told["failed_evaluations"]
    line = f"{count} evaluations failed and count as infeasible: mass_kg is -inf ({count} designs)"
    assert line in text
    assert "`failures.parquet` lists them" in text


def test_a_model_may_scribble(tmp_path: Path) -> None:
    clean = tank(tmp_path / "clean.yaml", "Scribbles", problem="tests.optimize.toy:ToyProblem")
    one = carry_out(clean, tmp_path / "clean").run
    other = carry_out(tank(tmp_path / "bad.yaml", "Scribbles"), tmp_path / "bad").run
    for name in ("front.csv", "evaluations.parquet"):
        assert (one.path / name).read_bytes() == (other.path / name).read_bytes(), name


GAMBLE = {
    "name": "gamble",
    "algorithm": {"population": 32, "generations": 12, "seed": 2},
    "uncertainty": {"futures": 32, "risk": {"loss_usd": "p90"}},
    "output": {"figures": False},
}


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("RaisingGamble", "ArithmeticError: no equilibrium (bad_models.py:"),
        ("RaisingFutures", "ArithmeticError: no equilibrium (bad_models.py:"),
        ("BottomlessGamble", "robust.loss_usd is nan"),
    ],
)
def test_robust_runs_survive_failures(model: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "gamble.yaml"
    problem = {"problem": f"tests.reliability.bad_models:{model}"}
    path.write_text(json.dumps(merged(GAMBLE, problem)))
    outcome = carry_out(path, tmp_path / "runs")
    run = outcome.run
    assert outcome.exit_code == 0
    assert len(run.front) > 0
    assert not bad_models.unlucky(run.front_x).any()
    (told,) = run.manifest["failures"]
    assert told.startswith(reason)
    sides = run.manifest["robustness"]["fronts"]
    assert 0.0 <= sides["nominal"]["mean_probability_infeasible_or_dominated"] <= 1.0
    json.dumps(run.manifest, allow_nan=False)


def test_best_survives_failures(tmp_path: Path) -> None:
    from optimize.designs.best.design import best_design

    config, study = read_study(load_source(tank(tmp_path / "tank.yaml", "Raises"), ()))
    found = best_design(build_problem(config), study, "mass_kg", evaluations=4000)
    assert found.feasible
    assert not cursed(found.x[None]).any()
    clean, _ = read_study(
        load_source(tank(tmp_path / "clean.yaml", "", problem="tests.optimize.toy:ToyProblem"), ())
    )
    best = best_design(build_problem(clean), study, "mass_kg", evaluations=4000)
    assert found.value == pytest.approx(best.value, rel=0.02)


def test_evaluate_tells_why(tmp_path: Path) -> None:
    path = tank(tmp_path / "tank.yaml", "Raises")
    done = call("evaluate", path, "--set", "length_m=2.035", "--json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert not answer["feasible"]
    assert answer["outputs"]["cost_usd"]["value"] is None
    (warning,) = answer["warnings"]
    assert warning.startswith("the model failed: ValueError: no root at 0.25 m (bad_models.py:")


# --- hanging ------------------------------------------------------------------------------------


def test_hanging_designs_are_cut_short(tmp_path: Path, long_run: bool, tally: Tally) -> None:
    """Cursed designs sleep for an hour; each costs a few time limits instead."""
    limit_s, generations = (0.2, 12) if long_run else (0.05, 3)
    path = tank(
        tmp_path / "tank.yaml",
        "Hangs",
        algorithm={"population": 20, "generations": generations, "polish": False},
        evaluation={"timeout_s": limit_s},
    )
    outcome = carry_out(path, tmp_path / "runs")
    assert outcome.exit_code == 0
    assert_untouched_by_failures(outcome)
    assert list(outcome.run.manifest["failures"]) == [f"took longer than {limit_s:g} s"]
    tally.count("hangs cut short", outcome.run.manifest["failed_evaluations"])


def test_a_model_that_always_hangs_ends(tmp_path: Path) -> None:
    path = tank(tmp_path / "tank.yaml", "AlwaysHangs", evaluation={"timeout_s": 0.02})
    with pytest.raises(ModelError, match=r"every design failed.*took longer than 0\.02 s"):
        carry_out(path, tmp_path / "runs")


def test_time_limit_is_not_swallowed() -> None:
    caught = []

    def stubborn() -> None:
        with time_limit(0.05):
            while True:
                try:
                    time.sleep(30.0)
                except BaseException as error:
                    caught.append(error)
                    if len(caught) == 3:
                        raise

    with pytest.raises(TooLongError):
        stubborn()
    assert len(caught) == 3  # it rings again until it is heard


def test_time_limit_leaves_everything_as_it_was() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with time_limit(60.0):
            pass
        handler = signal.getsignal(signal.SIGALRM)
        assert handler(1, None) is None  # type: ignore[operator,misc]  # the one set here
        assert 0.0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 0.3
        deadline = time.monotonic() + 30.0
        while len(rung) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert rung == [1, signal.SIGALRM]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def in_a_thread(work: Callable[[], Any]) -> Any:
    """Return what a function gives in a thread that is not the main one, within a minute."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=60.0)


@pytest.mark.parametrize("name", ["Hangs", "Spins"])
def test_the_limit_holds_in_any_thread(name: str) -> None:
    """The workers of a cluster and the live explorer call the model outside the main thread."""
    model = Guarded(getattr(bad_models, name)(), EvaluationSetting(timeout_s=0.2))
    x = np.tile(model.space.defaults, (3, 1))
    x[1, 1] = 2.035
    assert cursed(x).tolist() == [False, True, False]
    threads = threading.active_count()
    found = in_a_thread(lambda: model.attempt(x, ["cost_usd"]))
    assert found.reasons == {1: "took longer than 0.2 s"}
    assert np.isfinite(found.outputs["cost_usd"]).tolist() == [True, False, True]
    if name == "Spins":  # what can be ended is: it would take the time of all others
        deadline = time.monotonic() + 30.0
        while threading.active_count() > threads and time.monotonic() < deadline:
            time.sleep(0.05)
        assert threading.active_count() <= threads


def test_another_thread_has_the_context_of_the_caller() -> None:
    def overflow() -> float:
        with np.errstate(over="raise"):
            return within(30.0, lambda: float(np.exp(np.float64(1e3))))

    with pytest.raises(FloatingPointError):
        in_a_thread(overflow)


def test_a_model_that_hangs_under_futures_ends_with_a_message(
    tmp_path: Path, run_of_a_gamble: Path
) -> None:
    done = command("sensitivity", run_of_a_gamble, "--out", tmp_path)
    assert_told(done, 1, "took longer than 0.2 s (evaluation.timeout_s)")


@pytest.fixture
def run_of_a_gamble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose model hangs as soon as numbers other than its own are in force."""
    config = {
        "name": "gamble",
        "problem": "tests.reliability.bad_models:HangsUnderFutures",
        "algorithm": {"population": 8, "generations": 2, "polish": False},
        "evaluation": {"timeout_s": 0.2},
        "output": {"figures": False},
    }
    path = tmp_path / "gamble.yaml"
    path.write_text(json.dumps(config))
    return execute(path, tmp_path / "runs").run.path


# --- the search for the guilty ------------------------------------------------------------------


def guarded_model(model: type, most_failed: float = 0.5) -> Guarded:
    return Guarded(model(), EvaluationSetting(most_failed=most_failed))


@pytest.mark.parametrize("guilty", [0, 1, 3, 40, 64])
def test_guilty_designs_are_found_at_a_bounded_cost(
    guilty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """k guilty of n cost at most 2n calls, and at most 2k log2(n) + 1."""
    model = guarded_model(Raises, most_failed=1.0)
    x = np.tile(model.space.defaults, (64, 1))
    x[:, 1] = 2.0
    x[np.linspace(0, 63, guilty).round().astype(int), 1] = 2.035
    x[:, 0] = np.linspace(0.3, 2.0, 64)
    calls: list[int] = []
    good: Callable[..., Any] = Raises.evaluate

    def counted(self: Any, designs: Any, names: Any = None) -> Any:
        calls.append(len(designs))
        return good(self, designs, names)

    monkeypatch.setattr(Raises, "evaluate", counted)
    found = model.attempt(x, ("mass_kg", "cost_usd"))
    bad = cursed(x)
    assert sorted(found.reasons) == np.flatnonzero(bad).tolist()
    assert np.isnan(found.outputs["mass_kg"]).tolist() == bad.tolist()
    clean = good(Raises(), x[~bad], ("mass_kg",)) if not bad.all() else {"mass_kg": np.empty(0)}
    assert found.outputs["mass_kg"][~bad].tolist() == clean["mass_kg"].tolist()
    assert len(calls) <= min(2 * 64, 2 * guilty * 6 + 1)


def test_a_model_that_never_works_is_given_up_early() -> None:
    """At a bearable share of 0.5, 20 failures in a row have a chance of one in a million."""
    model = guarded_model(bad_models.AlwaysRaises)
    x = np.tile(model.space.defaults, (1000, 1))
    found = model.attempt(x, ("mass_kg",))
    assert found.gave_up
    assert len(found.reasons) == 20
    assert np.isnan(found.outputs["mass_kg"]).all()
    patient = guarded_model(bad_models.AlwaysRaises, most_failed=1.0)
    assert not patient.attempt(x[:100], ("mass_kg",)).gave_up


def test_an_empty_batch_is_no_failure() -> None:
    model = guarded_model(bad_models.AlwaysRaises)
    found = model.attempt(np.empty((0, len(model.space))), ("mass_kg",))
    assert found.reasons == {}
    assert found.outputs["mass_kg"].shape == (0,)


def test_interrupts_pass_through_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Raises, "evaluate", interrupted)
    model = guarded_model(Raises)
    with pytest.raises(KeyboardInterrupt):
        model.attempt(model.space.defaults[None], ("mass_kg",))


def test_failures_are_bounded() -> None:
    """A thousand rows and fifty reasons are kept, everything is counted."""
    book = Failures(1)
    n = 3000
    words = ["".join("abcdefghij"[int(d)] for d in str(i)) for i in range(n)]
    reasons = {i: f"ValueError: {word} at {i}.5 m (m.py:3)" for i, word in enumerate(words)}
    book.add(1, np.zeros((n, 1)), np.ones(n, dtype=bool), {}, reasons)
    assert len(book.reason) == len(book.x) == len(book.generation) == MOST_ROWS
    assert sum(book.counts.values()) == n
    assert len(book.counts) == 51
    assert "ValueError: a at ... m (m.py:3)" in book.counts
    again = Failures(1)
    again.restore(
        json.loads(json.dumps({**book.state(), "x": None, "generation": None}))
        | {"x": book.x, "generation": book.state()["generation"]}
    )
    assert again.by_reason == book.by_reason
    assert list(again.counts) == list(book.counts)
