"""Searches of costly designs in a shared study: what is kept, repeated, refused and told."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moocore
import numpy as np
import optuna
import pandas as pd
import pytest
from click.testing import CliRunner
from optuna.trial import TrialState, create_trial
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, PendingRollbackError

from optimize.cli import main
from optimize.config.algorithm import AlgorithmSetting
from optimize.config.storage import without_password
from optimize.config.traits import missing_packages
from optimize.run.workers import command, patient
from optimize.run.workers import storage as storage_module
from optimize.run.workers.ledger import TrialLedger
from optimize.run.workers.patient import PatientStorage
from optimize.run.workers.storage import close, open_storage
from optimize.run.workers.trials import Designs
from optimize.utils.signals import Stopped, deferred_signals
from problems.space import DesignSpace
from problems.spec import Condition, SpecError, Variable
from tests.optimize.memory import folder_in_memory
from tests.optimize.toy import VARIABLES

pytestmark = pytest.mark.promise("R27")

Write = Callable[..., Path]
COSTLY: dict[str, Any] = {
    "problem": "tests.optimize.costly:CostlyTank",
    "algorithm": {
        "name": "optuna_tpe",
        "population": 4,
        "evaluations": 9,
        "storage": "sqlite",
        "heartbeat_s": 1,
        "generations": 300,
    },
}


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder


def call(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def run(config: Path, out: Path, *more: str) -> tuple[Path, dict[str, Any]]:
    code, text, err = call("run", config, "--out", out, "--json", *more)
    assert code == 0, err
    folder = Path(json.loads(text)["run"])
    return folder, json.loads((folder / "manifest.json").read_text())


def study_of(folder: Path) -> optuna.Study:
    storage = f"sqlite:///{folder / 'study.sqlite'}"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.load_study(study_name=None, storage=storage)


def params_of(trial: optuna.trial.FrozenTrial) -> set[str]:
    return set(trial.params)


@pytest.mark.parametrize("name", ["optuna_tpe", "optuna_nsga2", "optuna_gp"])
def test_front_is_the_best_of_the_study_and_no_design_is_evaluated_twice(
    name: str, write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := missing_packages(name):
        pytest.skip(missing)
    calls = tmp_path / "calls"
    monkeypatch.setenv("HELIOFRONT_TEST_CALLS", str(calls))
    config = write_config(**COSTLY | {"algorithm": COSTLY["algorithm"] | {"name": name}})
    folder, manifest = run(config, tmp_path / "out")
    rows = [line.split()[1] for line in calls.read_text().splitlines()]
    assert len(rows) == len(set(rows)) <= 9  # the front, its table and the summary cost nothing
    assert call("report", folder)[0] == 0
    assert len(calls.read_text().splitlines()) == len(rows)
    assert manifest["status"] == "finished"
    assert manifest["deterministic"] is True
    assert manifest["evaluations"] == len(rows)

    study = study_of(folder)
    assert study.metric_names == ["cost_usd", "mass_kg", "heat_loss_w"]
    trials = study.trials
    assert [t.state for t in trials] == [TrialState.COMPLETE] * 9
    for trial in trials:
        assert set(trial.constraints) == {"volume", "stress"}
        always = {"radius_m", "length_m", "plies", "metal", "coat"}
        foam = trial.params["coat"] == "foam"
        assert params_of(trial) == (always | {"coat_mm"} if foam else always)
    feasible = [t for t in trials if max(t.constraints.values()) <= 0.0]
    values = np.array([t.values for t in feasible])
    best = {
        feasible[i].user_attrs["design_id"] for i in np.flatnonzero(moocore.is_nondominated(values))
    }
    front = pd.read_parquet(folder / "front.parquet")
    assert set(front["design_id"]) == best
    evaluations = pd.read_parquet(folder / "evaluations.parquet")
    assert len(evaluations) == len(rows)


def test_a_front_of_costly_designs_is_complete(write_config: Write, tmp_path: Path) -> None:
    """Of tanks that differ in radius alone, the larger has more room and more mass."""
    fixed = {"length_m": 2.0, "plies": 5, "metal": "steel", "coat": "none"}
    config = write_config(
        **COSTLY,
        constraints={"volume": False, "stress": False},
        variables={name: {"fix": value} for name, value in fixed.items()},
        objectives=["mass_kg", {"output": "volume_m3", "sense": "max"}],
    )
    folder, manifest = run(config, tmp_path / "out")
    assert manifest["front_size"] == 9  # more than a population
    assert study_of(folder).directions[1].name == "MAXIMIZE"
    # The scale of an undeclared objective is that of the designs found.
    volume = pd.read_parquet(folder / "front.parquet")["volume_m3"]
    assert manifest["reference_point"]["volume_m3"]["ideal"] == volume.max()


def test_one_worker_goes_on_as_if_never_stopped(write_config: Write, tmp_path: Path) -> None:
    config = write_config(**COSTLY)
    part, _ = run(config, tmp_path / "part", "--set", "algorithm.evaluations=6")
    code, _, err = call("resume", part, "--generations", "2")  # 2 x 4 = 8 designs
    assert code == 0, err
    longer, manifest = run(config, tmp_path / "longer", "--set", "algorithm.evaluations=8")
    assert manifest["evaluations"] == 8
    assert (part / "front.parquet").read_bytes() == (longer / "front.parquet").read_bytes()


class AwayError(Exception):
    """What a driver raises when its server is gone."""


class FlakyStorage(PatientStorage):
    """A storage whose database goes away now and then, also after it has done what was asked."""

    faults = 0

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        rng, commit = np.random.default_rng(4), self.engine.dialect.do_commit
        left = iter(rng.integers(5, 60, size=40).tolist())
        counts = {"left": next(left)}

        def fail_sometimes(*_: Any) -> None:
            counts["left"] -= 1
            if counts["left"] == 0:
                counts["left"] = next(left, -1)
                FlakyStorage.faults += 1
                raise OperationalError("", {}, AwayError("connection refused"))

        def commit_unheard(connection: Any) -> None:
            commit(connection)
            fail_sometimes()

        event.listen(self.engine, "before_cursor_execute", fail_sometimes)
        self.engine.dialect.do_commit = commit_unheard  # type: ignore[method-assign]


@pytest.mark.long
def test_a_search_outlasts_a_database_that_goes_away(
    write_config: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    calls = tmp_path / "calls"
    config = write_config(**COSTLY)
    whole, _ = run(config, tmp_path / "whole")
    monkeypatch.setenv("HELIOFRONT_TEST_CALLS", str(calls))
    monkeypatch.setattr(storage_module, "PatientStorage", FlakyStorage)
    monkeypatch.setattr(patient, "_FIRST_PAUSE_S", 0.01)
    code, text, err = call("run", config, "--out", tmp_path / "out", "--json")
    assert code == 0, err
    assert FlakyStorage.faults >= 10
    assert "connection refused" in err
    assert "answers again" in err
    assert "Traceback" not in err + capfd.readouterr().err  # of the thread with signs of life
    folder = Path(json.loads(text)["run"])
    rows = [line.split()[1] for line in calls.read_text().splitlines()]
    assert len(rows) == len(set(rows)) <= 9
    for name in ("front.parquet", "front.csv", "evaluations.parquet"):
        assert (whole / name).read_bytes() == (folder / name).read_bytes()


def test_who_waits_for_a_database_heeds_ctrl_c(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "study.sqlite"), 1)

    def ask() -> None:
        raise OperationalError("", {}, AwayError("connection refused"))

    with deferred_signals() as interrupt:
        interrupt.signal = signal.SIGINT
        with pytest.raises(Stopped) as caught:
            storage.patiently(ask)
    assert caught.value.exit_code == 130
    close(storage)


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("", {}, AwayError("connection refused")),
        PendingRollbackError("Can't reconnect until invalid transaction is rolled back."),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_question_that_found_no_database_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(patient, "_FIRST_PAUSE_S", 0.01)
    storage = open_storage(str(tmp_path / "study.sqlite"), 1)
    faults = [fault]

    def ask() -> int:
        if faults:
            raise faults.pop()
        return 7

    assert storage.patiently(ask) == 7
    close(storage)


def test_a_locked_database_is_told_and_ends_with_the_way_on(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = run(write_config(**COSTLY), tmp_path / "out", "--set", "algorithm.evaluations=4")
    monkeypatch.setattr(storage_module, "_LOCK_S", 0.1)
    monkeypatch.setattr(patient, "PATIENCE_S", 0.5)
    locking = sqlite3.connect(folder / "study.sqlite", isolation_level=None)
    locking.execute("BEGIN EXCLUSIVE")
    code, _, err = call("worker", folder)
    locking.close()
    assert code == 4
    first, last = err.splitlines()
    assert "does not answer (database is locked); trying again for at most 0.5 s" in first
    assert last.startswith("error: the storage ")
    assert last.endswith("cannot be used: database is locked")
    assert call("worker", folder)[0] == 0


def test_sqlite_survives_a_power_cut_by_its_settings(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "study.sqlite"), 1)
    with storage.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        # Inside its transaction nobody else can begin one: claims of trials cannot cross.
        other = sqlite3.connect(tmp_path / "study.sqlite", timeout=0.0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    storage.engine.dispose()


def test_a_connection_serves_the_thread_of_the_heartbeats(tmp_path: Path) -> None:
    connection = storage_module._connection(tmp_path / "study.sqlite")
    with ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: connection.execute("SELECT 1").fetchone()).result() == (1,)
    connection.close()


def test_designs_ask_for_active_variables_in_any_order_of_declaration() -> None:
    thick = Variable(
        name="mm",
        unit="mm",
        symbol="t",
        description="Thickness",
        kind="real",
        default=2.0,
        lower=1.0,
        upper=3.0,
        active_when=(Condition("kind", ("foam", "wool")),),
    )
    kind = Variable(
        name="kind",
        unit="1",
        symbol="k",
        description="Kind",
        kind="choice",
        default="foam",
        choices=("none", "foam", "wool"),
    )
    space = DesignSpace((thick, kind))
    designs = Designs(space, space.canonical)
    trial: Any = optuna.trial.FixedTrial({"kind": "none"})
    trial.relative_params = {}
    assert designs.suggest(trial).tolist() == [[2.0, 0.0]]
    trial = optuna.trial.FixedTrial({"kind": "wool", "mm": 2.5})
    trial.relative_params = {}
    assert designs.suggest(trial).tolist() == [[2.5, 2.0]]
    assert designs.params(np.array([2.5, 2.0])) == {"kind": "wool", "mm": 2.5}
    assert designs.params(np.array([2.0, 0.0])) == {"kind": "none"}


def trial_of(number: int, state: TrialState, **attributes: Any) -> optuna.trial.FrozenTrial:
    value = 1.0 if state == TrialState.COMPLETE else None
    trial = create_trial(state=state, value=value, user_attrs=attributes)
    trial.number = number
    return trial


def test_books_open_a_place_whose_worker_died_and_close_it_after_three() -> None:
    dead = [trial_of(k, TrialState.FAIL, place=0) for k in range(3)]
    done = trial_of(3, TrialState.COMPLETE, place=1)
    ledger = TrialLedger([dead[0], done], 3)
    assert (ledger.vacant().number, ledger.vacant().deaths) == (0, 1)
    assert not ledger.done
    busy = TrialLedger([dead[0], done, trial_of(4, TrialState.RUNNING, place=0)], 3)
    assert busy.vacant().number == 2
    late = trial_of(5, TrialState.RUNNING, place=0)
    twice = TrialLedger([*busy.trials, late], 3)
    assert twice.is_taken(late)
    assert not twice.is_taken(busy.trials[2])
    lost = TrialLedger([*dead, done], 2)
    assert lost.done
    assert [t.number for t in lost.settled] == [2, 3]
    assert [t.number for t in lost.failed] == [2]
    returned = TrialLedger(
        [trial_of(k, TrialState.FAIL, place=0, returned=True) for k in range(5)], 1
    )
    assert returned.vacant().deaths == 0


@pytest.mark.promise("R8")
def test_a_design_that_fails_is_told_with_its_reason_and_the_others_go_on(
    write_config: Write, tmp_path: Path
) -> None:
    problem = "tests.optimize.costly:FaultyTank"
    folder, manifest = run(write_config(**COSTLY | {"problem": problem}), tmp_path / "out")
    failed = [t for t in study_of(folder).trials if t.state == TrialState.FAIL]
    metals = {t.params["metal"] for t in failed}
    assert metals == {"titanium", "aluminium"}
    for trial in failed:
        assert trial.user_attrs["failure"].startswith(
            "RuntimeError: titanium cannot be welded here (costly.py:"
            if trial.params["metal"] == "titanium"
            else "mass_kg is -inf"
        )
    assert manifest["failed_evaluations"] == len(failed)
    assert set(pd.read_parquet(folder / "front.parquet")["metal"]) == {"steel"}
    assert len(pd.read_parquet(folder / "failures.parquet")) == len(failed)


def test_a_model_that_never_works_ends_with_one_message(
    write_config: Write, tmp_path: Path
) -> None:
    problem = "tests.optimize.costly:BrokenTank"
    config = write_config(**COSTLY | {"problem": problem})
    code, _, err = call("run", config, "--out", tmp_path, "--set", "evaluation.most_failed=0.1")
    assert code == 1
    assert "every design failed" in err
    assert "OSError: no licence for the solver" in err
    assert "Traceback" not in err


def test_a_search_starts_from_an_earlier_front(write_config: Write, tmp_path: Path) -> None:
    earlier, _ = run(write_config(algorithm={"generations": 5}), tmp_path / "earlier")
    algorithm = COSTLY["algorithm"] | {"start_from": str(earlier)}
    folder, _ = run(write_config(**COSTLY | {"algorithm": algorithm}), tmp_path / "out")
    known = set(pd.read_parquet(earlier / "front.parquet")["design_id"])
    found = [t.user_attrs["design_id"] for t in study_of(folder).trials]
    assert set(found[:4]) <= known  # half of the budget
    assert len(set(found[:4])) == 4
    assert not set(found[4:]) & known


def test_worker_finds_nothing_left_and_names_what_it_does_not_know(
    write_config: Write, tmp_path: Path
) -> None:
    folder, manifest = run(write_config(**COSTLY), tmp_path / "out")
    code, text, _ = call("worker", folder, "--json")
    assert code == 0
    told = json.loads(text)
    assert (told["evaluated"], told["done"], told["budget"]) == (0, 9, 9)
    assert told["study"] == manifest["study"]["name"]
    code, _, err = call("worker", folder / "study.sqlite", "--study", "tnak")
    assert code == 2
    assert "holds no study 'tnak'; it holds tank " in err
    code, _, err = call("worker", tmp_path / "nowhere")
    assert code == 2
    assert "is no run folder, file or address" in err
    code, _, err = call("worker", "postgresql://ada:secret@127.0.0.1:1/x?password=secret")
    assert code == 4
    assert "secret" not in err
    assert "cannot be used" in err


def test_worker_refuses_another_model(write_config: Write, tmp_path: Path) -> None:
    folder, _ = run(write_config(**COSTLY), tmp_path / "out")
    study = study_of(folder)
    there = study.user_attrs["identity"] | {"model": "0", "numpy": "1.0"}
    study.set_user_attr("identity", there)
    code, _, err = call("worker", folder)
    assert code == 4
    assert "differs on this machine: model version" in err
    assert "1.0 there" in err
    config = study.user_attrs["config"] | {"problem": "nowhere.to_be:Found"}
    study.set_user_attr("config", config)
    code, _, err = call("worker", folder)
    assert code == 4
    assert "--problem nowhere.to_be:Found" in err
    code, _, err = call("worker", folder, "--problem", "nowhere.to_be:Found")
    assert code == 2
    assert "must be importable where the worker starts" in err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"name": "nsga2", "storage": "sqlite"}, "storage: is not an option of nsga2"),
        ({"name": "optuna_tpe", "storage": "mysql://u:secret@h/d"}, "expected 'sqlite' or"),
        ({"name": "optuna_tpe", "storage": "sqlite", "polish": True}, "polish cannot be had"),
        ({"name": "optuna_tpe", "storage": "sqlite", "stop": {}}, "stop cannot be had"),
        ({"name": "optuna_tpe", "start_from": "runs/a"}, "start_from needs a storage"),
    ],
)
def test_check_tells_what_cannot_be(
    setting: dict[str, Any], message: str, write_config: Write
) -> None:
    algorithm = {"population": 20, "evaluations": 40} | setting
    code, _, err = call("check", write_config(algorithm=algorithm))
    assert code == 2
    assert message in err
    assert "secret" not in err


def test_worker_names_the_extra_that_its_study_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    from optimize.config.run_config import RunConfig

    text = "optuna_gp needs torch: pip install 'heliofront[gp]'"
    monkeypatch.setattr(command, "missing_packages", lambda name: text)
    shared: Any = SimpleNamespace(config=RunConfig(name="a"))
    with pytest.raises(SpecError, match="needs torch: pip install"):
        command._layout(shared)


def test_passwords_are_written_nowhere(tmp_path: Path) -> None:
    address = "postgresql://ada:s3cret:@x@db/designs?password=s3cret&a=b"
    assert "s3cret" not in without_password(f"--set algorithm.storage={address}")
    setting = AlgorithmSetting(name="optuna_tpe", population=20, evaluations=40, storage=address)
    assert setting.storage == address
    from optimize.config.run_config import RunConfig

    assert "s3cret" not in json.dumps(RunConfig(name="a", algorithm=setting).resolved())


def test_sampler_options_are_left_out_without_a_storage() -> None:
    from optimize.config.run_config import RunConfig

    plain = RunConfig(name="a", algorithm=AlgorithmSetting(name="optuna_tpe", population=20))
    assert not {"storage", "heartbeat_s", "start_from"} & set(plain.resolved()["algorithm"])
    assert len(VARIABLES) == 6
