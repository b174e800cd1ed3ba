"""Runs: complete folders, repeatable bytes, exact continuation, and every way to end."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.search import Search
from optimize.evaluation.calls import ModelError
from optimize.run import session as session_module
from optimize.run import start as start_module
from optimize.run.folder import create_run_folder, load_run
from optimize.run.outcome import Outcome
from optimize.run.start import resume_run, start_run
from optimize.utils.files import IN_USE, NO_SPACE, REFUSED, RunFolderError, locked
from problems.space import constraint_matrix, objective_matrix

Write = Callable[..., Path]


def execute(path: Path, out: Path, *overrides: str, progress: Any = None) -> Outcome:
    config, study = read_study(load_source(path, overrides))
    return start_run(config, study, out=out, command="heliofront run", progress=progress)


def stop_after(generation: int, number: signal.Signals) -> Callable[[Search], None]:
    """Return a progress function that sends a signal to this process."""

    def progress(search: Search) -> None:
        if search.generation == generation:
            os.kill(os.getpid(), number)

    return progress


def test_one_process_evaluates_designs_unless_more_are_asked_for(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, study = read_study(load_source(write_config()))
    workers: list[int] = []

    def begun(*arguments: Any) -> SimpleNamespace:
        workers.append(arguments[-1])
        return SimpleNamespace(run=lambda: None)

    monkeypatch.setattr(start_module, "begin", begun)
    start_run(config, study, out=tmp_path)
    start_run(config, study, out=tmp_path, workers=3)
    assert workers == [1, 3]


@pytest.fixture
def finished(write_config: Write, tmp_path: Path) -> Outcome:
    return execute(write_config(), tmp_path / "runs")


def test_start_run_fills_the_folder(finished: Outcome) -> None:
    run = finished.run
    names = {path.name for path in run.path.iterdir()}
    assert {
        "config.yaml",
        "manifest.json",
        "front.parquet",
        "front.csv",
        "evaluations.parquet",
        "history.parquet",
        "columns.csv",
        "checkpoint",
    } == names
    assert finished.exit_code == 0
    manifest = json.loads((run.path / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    assert manifest["generations"] == 12
    assert manifest["evaluations"] == 480
    assert manifest["seed"] == 3
    assert 0.0 < manifest["hypervolume"] < 1.0
    assert manifest["versions"]["numpy"] == np.__version__
    assert manifest["front_size"] == len(run.front) > 0
    assert set(manifest["reference_point"]) == {"cost_usd", "mass_kg", "heat_loss_w"}


@pytest.mark.promise("R10")
def test_start_run_finds_a_valid_front(finished: Outcome) -> None:
    run = finished.run
    outputs = run.problem.evaluate(run.front_x)
    f = objective_matrix(outputs, run.objectives)
    g = constraint_matrix(outputs, run.constraints)
    assert (g <= 0.0).all()
    assert (np.diff(f[:, 0]) >= 0.0).all()
    for row in f:
        assert not ((f <= row).all(axis=1) & (f < row).any(axis=1)).any()
    assert (run.front_x >= run.space.lower).all()
    assert (run.front_x <= run.space.upper).all()
    for position, name in enumerate(("cost_usd", "mass_kg", "heat_loss_w")):
        assert run.front[name].to_numpy() == pytest.approx(f[:, position], rel=1e-12)
    assert run.front["design_id"].is_unique


def test_start_run_leaves_inactive_variables_blank(finished: Outcome) -> None:
    front = finished.run.front
    bare = front["coat"] == "none"
    assert bare.any()
    assert front.loc[bare, "coat_mm"].isna().all()
    assert front.loc[~bare, "coat_mm"].notna().all()
    csv = pd.read_csv(finished.run.path / "front.csv")
    assert csv["coat_mm"].isna().tolist() == bare.tolist()
    assert csv["cost_usd"].tolist() == front["cost_usd"].tolist()
    assert list(csv) == list(front)


def test_start_run_describes_every_column(finished: Outcome) -> None:
    for file in ("front.parquet", "evaluations.parquet"):
        for field in pq.read_schema(finished.run.path / file):
            assert {b"unit", b"symbol", b"role", b"description"} <= set(field.metadata), field.name
    field = pq.read_schema(finished.run.path / "front.parquet").field("radius_m")
    assert field.metadata[b"unit"] == b"m"
    assert field.metadata[b"role"] == b"variable"


def test_start_run_stores_every_distinct_design(finished: Outcome) -> None:
    run = finished.run
    assert run.evaluations is not None
    x = run.layout.rows(run.evaluations)
    assert len(np.unique(x, axis=0)) == len(x) == run.manifest["distinct_evaluations"]
    f = run.evaluations[[o.output for o in run.objectives]].to_numpy()
    again = objective_matrix(run.problem.evaluate(x), run.objectives)
    assert f == pytest.approx(again, rel=1e-12)
    best = run.evaluations.loc[run.evaluations["feasible"], "cost_usd"].min()
    assert run.front["cost_usd"].min() == best <= run.history["best.cost_usd"].iloc[-1]


def test_history_never_loses_hypervolume(finished: Outcome) -> None:
    history = finished.run.history
    assert history["generation"].tolist() == list(range(1, 13))
    assert (np.diff(history["hypervolume"]) >= 0.0).all()
    quality = finished.run.manifest["quality"]
    assert history["hypervolume"].iloc[-1] == quality["hypervolume_search"]
    assert quality["hypervolume_search"] <= finished.run.manifest["hypervolume"]


@pytest.mark.promise("R11")
@pytest.mark.parametrize("name", ["nsga2", "random"])
def test_start_run_repeats_its_bytes(write_config: Write, tmp_path: Path, name: str) -> None:
    runs = [
        execute(write_config(), tmp_path / str(i), f"algorithm.name={name}").run for i in (1, 2)
    ]
    for file in ("front.parquet", "front.csv", "evaluations.parquet"):
        assert (runs[0].path / file).read_bytes() == (runs[1].path / file).read_bytes()
    other = execute(write_config(), tmp_path / "3", f"algorithm.name={name}", "algorithm.seed=4")
    assert (other.run.path / "front.parquet").read_bytes() != (
        runs[0].path / "front.parquet"
    ).read_bytes()


@pytest.mark.promise("R1", "R2")
@pytest.mark.parametrize("name", ["nsga2", "random"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_resume_run_equals_an_uninterrupted_run(
    write_config: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    number: signal.Signals,
) -> None:
    choose = f"algorithm.name={name}"
    whole = execute(write_config(), tmp_path / "whole", choose).run
    monkeypatch.setattr(session_module, "CHECKPOINT_SECONDS", 0.0)  # a checkpoint every generation
    first = execute(write_config(), tmp_path / "parts", choose, progress=stop_after(5, number))
    assert first.status == "interrupted"
    assert first.exit_code == 128 + number
    assert first.run.manifest["generations"] == 5
    assert len(first.run.front) > 0
    done = resume_run(first.run.path)
    assert done.exit_code == 0
    for file in ("front.parquet", "front.csv", "evaluations.parquet"):
        assert (whole.path / file).read_bytes() == (done.run.path / file).read_bytes()
    columns = [c for c in whole.history if c != "seconds"]
    pd.testing.assert_frame_equal(whole.history[columns], done.run.history[columns])


@pytest.mark.promise("R1")
def test_resume_run_continues_from_the_last_checkpoint_of_a_killed_run(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = execute(write_config(), tmp_path / "whole").run
    monkeypatch.setattr(session_module, "CHECKPOINT_SECONDS", 0.0)

    class PowerCutError(BaseException):
        pass

    def cut(search: Search) -> None:
        if search.generation == 7:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        execute(write_config(), tmp_path / "parts", progress=cut)
    (folder,) = (tmp_path / "parts").iterdir()
    assert json.loads((folder / "manifest.json").read_text())["status"] == "running"
    done = resume_run(folder)
    for file in ("front.parquet", "evaluations.parquet"):
        assert (whole.path / file).read_bytes() == (done.run.path / file).read_bytes()


def test_resume_run_extends_a_finished_run(write_config: Write, tmp_path: Path) -> None:
    whole = execute(write_config(), tmp_path / "whole").run
    short = execute(write_config(), tmp_path / "short", "algorithm.generations=4").run
    done = resume_run(short.path, generations=12)
    assert (whole.path / "front.parquet").read_bytes() == (
        done.run.path / "front.parquet"
    ).read_bytes()
    assert load_run(short.path).config.algorithm.generations == 12
    assert done.run.manifest["config_hash"] == done.run.config.digest


def test_resume_run_lengthens_a_run_that_ended_before_its_first_checkpoint(
    write_config: Write, tmp_path: Path
) -> None:
    config, _ = read_study(load_source(write_config(), ("algorithm.name=random",)))
    folder = create_run_folder(config, tmp_path / "runs")
    resume_run(folder, generations=2)
    run = load_run(folder)
    assert run.config.algorithm.generations == run.manifest["generations"] == 2


def test_resume_run_leaves_a_finished_run_as_it_is(finished: Outcome) -> None:
    before = (finished.run.path / "front.parquet").read_bytes()
    again = resume_run(finished.run.path)
    assert again.exit_code == 0
    assert (finished.run.path / "front.parquet").read_bytes() == before


@pytest.mark.promise("R3")
def test_resume_run_refuses_what_changed(finished: Outcome, tmp_path: Path) -> None:
    config = finished.run.path / "config.yaml"
    text = config.read_text()
    config.write_text(text.replace("seed: 3", "seed: 4"))
    with pytest.raises(RunFolderError, match="configuration") as caught:
        resume_run(finished.run.path)
    assert caught.value.exit_code == REFUSED
    config.write_text("name: [")
    with pytest.raises(RunFolderError, match="cannot be read"):
        resume_run(finished.run.path)
    for wrong in (tmp_path / "nothing", tmp_path):
        with pytest.raises(RunFolderError) as caught:
            resume_run(wrong)
        assert caught.value.exit_code == REFUSED


@pytest.mark.promise("R3")
def test_resume_run_refuses_another_model_version(
    finished: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.optimize.toy.ToyProblem.version", "2")
    with pytest.raises(RunFolderError, match="model version"):
        resume_run(finished.run.path)


def test_resume_run_refuses_a_folder_in_use(finished: Outcome) -> None:
    with locked(finished.run.path), pytest.raises(RunFolderError) as caught:
        resume_run(finished.run.path)
    assert caught.value.exit_code == IN_USE


@pytest.mark.promise("R9")
def test_start_run_without_a_feasible_design(write_config: Write, tmp_path: Path) -> None:
    path = write_config(constraints={"mass_kg": {"upper": 1e-3}})
    outcome = execute(path, tmp_path / "runs")
    assert outcome.exit_code == 3
    assert len(outcome.run.front) == 0
    assert "cost_usd" in outcome.run.front
    found = outcome.run.manifest["least_violating"]
    amounts = list(found["violations"].values())
    assert found["violations"].keys() == {"mass_kg", "volume"}
    assert amounts == sorted(amounts, reverse=True)
    assert set(found["variables"]) == set(outcome.run.space.names)
    assert outcome.run.history["best.mass_kg"].isna().all()
    assert load_run(outcome.run.path).front_x.shape == (0, len(outcome.run.space))


@pytest.mark.promise("R8")
def test_start_run_screens_designs_that_are_not_numbers(
    write_config: Write, tmp_path: Path
) -> None:
    path = write_config(problem="tests.optimize.toy:NanProblem")
    outcome = execute(path, tmp_path / "runs")
    assert outcome.exit_code == 0
    assert outcome.run.manifest["failed_evaluations"] > 0
    assert (outcome.run.front["plies"] % 2 == 1).all()
    assert np.isfinite(outcome.run.front[["cost_usd", "mass_kg", "heat_loss_w"]]).all(axis=None)
    assert outcome.run.evaluations is not None
    failed = ~np.isfinite(outcome.run.evaluations["mass_kg"])
    assert failed.any()
    assert not outcome.run.evaluations.loc[failed, "feasible"].any()


@pytest.mark.promise("R8")
def test_start_run_stops_when_nothing_is_a_number(write_config: Write, tmp_path: Path) -> None:
    path = write_config(problem="tests.optimize.toy:NanProblem", variables={"plies": {"fix": 4}})
    with pytest.raises(ModelError, match="every design"):
        execute(path, tmp_path / "runs")


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda out: {k: v[:-1] for k, v in out.items()}, "shape"),
        (lambda out: {}, "no output"),
        # No objective and no limit asks for this one.
        (lambda out: {k: v[:1] if k == "wall_cost_usd" else v for k, v in out.items()}, "shape"),
    ],
)
@pytest.mark.promise("R8")
def test_start_run_refuses_broken_models(
    write_config: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[dict[str, Any]], dict[str, Any]],
    message: str,
) -> None:
    from tests.optimize.toy import ToyProblem

    good = ToyProblem.evaluate
    monkeypatch.setattr(ToyProblem, "evaluate", lambda self, x, n=None: break_it(good(self, x, n)))
    with pytest.raises(ModelError, match=message):
        execute(write_config(), tmp_path / "runs", progress=lambda _: pytest.fail("told late"))
    (folder,) = (tmp_path / "runs").iterdir()
    assert [path.suffix for path in (folder / "checkpoint").glob("state*")]


@pytest.mark.promise("R8")
def test_start_run_notices_a_model_that_is_not_a_function(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.optimize.toy import ToyProblem

    good, calls = ToyProblem.evaluate, [0]

    def drifting(self: Any, x: Any, names: Any = None) -> Any:
        calls[0] += 1
        return {k: v * (1 + 1e-6 * calls[0]) for k, v in good(self, x, names).items()}

    monkeypatch.setattr(ToyProblem, "evaluate", drifting)
    with pytest.raises(ModelError, match="evaluated twice"):
        execute(write_config(), tmp_path / "runs")


def test_start_run_takes_any_output_as_objective(write_config: Write, tmp_path: Path) -> None:
    path = write_config(objectives=["cost_usd", {"output": "volume_m3", "sense": "max"}])
    run = execute(path, tmp_path / "runs").run
    box = run.manifest["reference_point"]["volume_m3"]
    assert box["ideal"] > box["reference"]
    assert run.history["best.volume_m3"].iloc[-1] == run.front["volume_m3"].max()
    assert run.manifest["hypervolume"] > 0.0
    assert load_run(run.path).objectives == run.objectives


def test_start_run_without_constraints(write_config: Write, tmp_path: Path) -> None:
    path = write_config(constraints={"volume": False, "stress": False})
    outcome = execute(path, tmp_path / "runs")
    assert outcome.run.manifest["feasible_share"] == 1.0
    assert outcome.exit_code == 0


def test_start_run_with_a_single_design(write_config: Write, tmp_path: Path) -> None:
    fixed = {"radius_m": 1.0, "length_m": 2, "plies": 5, "metal": "steel", "coat": "none"}
    path = write_config(variables={name: {"fix": value} for name, value in fixed.items()})
    outcome = execute(path, tmp_path / "runs")
    assert len(outcome.run.front) == 1
    assert outcome.reason == "the space holds no further designs"


def test_start_run_keeps_no_evaluations_when_told_so(write_config: Write, tmp_path: Path) -> None:
    run = execute(write_config(output={"evaluations": False}), tmp_path / "runs").run
    assert run.evaluations is None
    assert not (run.path / "evaluations.parquet").exists()


def test_start_run_respects_a_ceiling_on_evaluations(write_config: Write, tmp_path: Path) -> None:
    run = execute(write_config(algorithm={"evaluations": 199}), tmp_path / "runs").run
    assert run.manifest["generations"] == 4
    assert run.manifest["evaluations"] <= 199


@pytest.mark.parametrize("place", ["file/below", "/proc/none/here"])
def test_start_run_refuses_a_folder_it_cannot_write(
    write_config: Write, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunFolderError) as caught:
        execute(write_config(), tmp_path / place)
    assert caught.value.exit_code == NO_SPACE


def test_start_run_reports_a_full_disk_and_stays_resumable(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = execute(write_config(), tmp_path / "whole").run
    monkeypatch.setattr(session_module, "CHECKPOINT_SECONDS", 0.0)
    good, calls = session_module.Checkpoint.save, [0]

    def fill(self: Any, *arguments: Any) -> None:
        calls[0] += 1
        if calls[0] == 6:
            raise OSError(28, "No space left on device", "state.json")
        good(self, *arguments)

    monkeypatch.setattr(session_module.Checkpoint, "save", fill)
    with pytest.raises(RunFolderError, match="disk is full") as caught:
        execute(write_config(), tmp_path / "parts")
    assert caught.value.exit_code == NO_SPACE
    (folder,) = (tmp_path / "parts").iterdir()
    done = resume_run(folder)
    assert (whole.path / "front.parquet").read_bytes() == (
        done.run.path / "front.parquet"
    ).read_bytes()


def test_load_run_returns_what_the_run_returned(finished: Outcome) -> None:
    run, again = finished.run, load_run(finished.run.path)
    for field in dataclasses.fields(run):
        one, other = getattr(run, field.name), getattr(again, field.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other)
    assert run.config == again.config
    assert np.array_equal(run.front_x, again.front_x)


def test_load_run_refuses_damage(finished: Outcome) -> None:
    path = finished.run.path
    (path / "front.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(RunFolderError, match="cannot be read"):
        load_run(path)
    (path / "manifest.json").write_text("{")
    with pytest.raises(RunFolderError, match="damaged"):
        load_run(path)
    (path / "manifest.json").write_text('{"schema_version": 99}')
    with pytest.raises(RunFolderError, match="schema version"):
        load_run(path)


def test_many_designs_leave_memory_before_a_checkpoint(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored in small parts or in one: the same evaluations, and a run that can be resumed."""
    whole = execute(write_config(), tmp_path / "whole").run
    monkeypatch.setattr(session_module, "PART_DESIGNS", 100)
    run = execute(write_config(), tmp_path / "parts").run
    assert len(list((run.path / "checkpoint").glob("evaluations-*"))) > 2
    assert len(list((whole.path / "checkpoint").glob("evaluations-*"))) == 1
    pd.testing.assert_frame_equal(run.evaluations, whole.evaluations)


def test_damaged_evaluations_are_told_at_once_or_when_read(
    write_config: Write, tmp_path: Path
) -> None:
    path = execute(write_config(), tmp_path).run.path
    stored = path / "evaluations.parquet"
    data = stored.read_bytes()
    stored.write_bytes(data[:-20])
    with pytest.raises(RunFolderError, match="cannot be read"):
        load_run(path)
    stored.write_bytes(b"PAR1" + bytes(len(data) // 2) + data[len(data) // 2 + 4 :])
    with pytest.raises(RunFolderError, match="cannot be read"):
        len(load_run(path).evaluations)
