"""Searches of costly designs whose workers are killed, stopped and joined, on two databases."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import optuna
import pandas as pd
import psutil
import pytest
from optuna.trial import TrialState

from optimize.run.workers import patient
from optimize.run.workers.storage import close, open_storage, storage_errors
from optimize.utils.files import RunFolderError
from tests.conftest import Tally
from tests.optimize.conftest import ROOT, named
from tests.optimize.memory import folder_in_memory

NAME = "tank"
PASSWORD = "geheim-73"
MODEL = "tests.optimize.costly:CostlyTank"


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder


def config(folder: Path, evaluations: int, **algorithm: Any) -> Path:
    setting = {
        "name": "optuna_tpe",
        "population": 6,
        "evaluations": evaluations,
        "seed": 3,
        "storage": "sqlite",
        "heartbeat_s": 1,
    }
    data = {
        "name": NAME,
        "problem": MODEL,
        "algorithm": setting | algorithm,
        "output": {"figures": False},
    }
    path = folder / "tank.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def start(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    """Begin a command in a process of its own."""
    calls = {"HELIOFRONT_TEST_CALLS": str(folder / "calls"), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "optimize", *named(arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **calls, **environment},
    )


def wait_for(what: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Return what a function gives once that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError("waited in vain")


def callers(folder: Path) -> list[int]:
    """Return the processes that evaluated, in order."""
    path = folder / "calls"
    return [int(line.split()[0]) for line in path.read_text().splitlines()] if path.exists() else []


def run_folder(out: Path) -> Path:
    def begun() -> Path | None:
        return next(out.glob("*/checkpoint/study.json"), None)

    return Path(wait_for(begun)).parents[1]


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    out, err = process.communicate(timeout=240)
    assert process.returncode == code, err
    assert "Traceback" not in err, err
    return out + err


def kill(process: subprocess.Popen[str]) -> int:
    process.kill()
    process.communicate()
    return process.returncode


def manifest_of(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "manifest.json").read_text()))


def check_study(run: Path, url: str, evaluations: int) -> list[optuna.trial.FrozenTrial]:
    """Every place is done, nothing is left at work, and the front is the best of the study."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    name = json.loads((run / "checkpoint" / "study.json").read_text())["name"]
    storage = optuna.storages.RDBStorage(url)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    storage.remove_session()
    storage.engine.dispose()
    assert not [t for t in trials if t.state in (TrialState.RUNNING, TrialState.WAITING)]
    complete = [t for t in trials if t.state == TrialState.COMPLETE]
    assert sorted(t.user_attrs["place"] for t in complete) == list(range(evaluations))
    feasible = [t for t in complete if max(t.constraints.values()) <= 0.0]
    best = moocore.is_nondominated(np.array([t.values for t in feasible]))
    ids = {feasible[i].user_attrs["design_id"] for i in np.flatnonzero(best)}
    assert set(pd.read_parquet(run / "front.parquet")["design_id"]) == ids
    manifest = manifest_of(run)
    assert manifest["status"] == "finished"
    assert sum(manifest["study"]["designs_by_worker"].values()) == evaluations
    return trials


def sqlite_url(run: Path) -> str:
    with contextlib.closing(sqlite3.connect(run / "study.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return f"sqlite:///{run / 'study.sqlite'}"


@pytest.mark.promise("R1", "R27")
def test_designs_of_killed_workers_are_done_by_others(
    folder: Path, tally: Tally, long_run: bool
) -> None:
    kills, evaluations = (10, 200) if long_run else (1, 12)
    pause = {"HELIOFRONT_TEST_PAUSE_S": "1.0" if long_run else "0.4"}
    main = start(folder, "run", config(folder, evaluations), "--out", folder / "out", **pause)
    run = run_folder(folder / "out")
    wait_for(lambda: callers(folder))
    hold = folder / "hold"
    hold.touch()
    for _ in range(kills):
        worker = start(folder, "worker", run, HELIOFRONT_TEST_HOLD=str(hold))
        wait_for(lambda pid=worker.pid: pid in callers(folder))
        kill(worker)  # in the middle of a design
        if long_run:  # three deaths over one design would be too many: the run takes it first
            time.sleep(4.0)
            taken = len(callers(folder)) + 2
            wait_for(lambda n=taken: len(callers(folder)) >= n or main.poll() is not None)
    ended(main)
    trials = check_study(run, sqlite_url(run), evaluations)
    manifest = manifest_of(run)
    assert manifest["study"]["dead_workers"] == kills
    assert manifest["deterministic"] is True  # no design of theirs was done
    died = [t for t in trials if t.state == TrialState.FAIL and "surplus" not in t.user_attrs]
    again = {t.user_attrs["place"]: t.params for t in trials if t.state == TrialState.COMPLETE}
    assert len(died) == kills
    assert all(again[t.user_attrs["place"]] == t.params for t in died)
    tally.count("workers of a shared study killed, every design done", kills)


@pytest.mark.long
@pytest.mark.promise("R1", "R27")
def test_a_killed_run_goes_on_from_its_study(folder: Path, tally: Tally) -> None:
    kills, evaluations = 20, 90
    path = config(folder, evaluations)
    ended(start(folder, "run", path, "--out", folder / "whole"))
    whole = run_folder(folder / "whole")
    rng = np.random.default_rng(1)
    process = start(folder, "run", path, "--out", folder / "out", HELIOFRONT_TEST_PAUSE_S="0.05")
    run = run_folder(folder / "out")
    done = 0
    while done < kills:
        # One design of every life is done: three deaths in a row over one would be its failure.
        enough = len(callers(folder)) + 2
        wait_for(lambda n=enough, p=process: len(callers(folder)) >= n or p.poll() is not None)
        time.sleep(float(rng.uniform(0.0, 0.4)))
        if kill(process) != -signal.SIGKILL:
            break  # it was done
        done += 1
        process = start(folder, "resume", run, HELIOFRONT_TEST_PAUSE_S="0.05")
    ended(process)
    check_study(run, sqlite_url(run), evaluations)
    assert manifest_of(run)["deterministic"] is True
    for name in ("front.parquet", "front.csv", "evaluations.parquet"):
        assert (run / name).read_bytes() == (whole / name).read_bytes(), name
    assert done >= max(1, kills // 2)
    tally.count("kills survived", done)


@pytest.mark.promise("R2", "R27")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_worker_gives_its_design_back(
    number: signal.Signals, folder: Path, tally: Tally, long_run: bool
) -> None:
    if number == signal.SIGINT and not long_run:
        pytest.skip("the other signal is enough for the short version")
    evaluations = 6
    hold = folder / "hold"
    hold.touch()
    path = config(folder, evaluations, heartbeat_s=600)  # nothing is found out by silence here
    main = start(folder, "run", path, "--out", folder / "out", HELIOFRONT_TEST_HOLD=str(hold))
    run = run_folder(folder / "out")
    wait_for(lambda: callers(folder))
    worker = start(folder, "worker", run, HELIOFRONT_TEST_HOLD=str(hold))
    wait_for(lambda: worker.pid in callers(folder))
    worker.send_signal(number)
    told = ended(worker, 128 + number)
    assert f"stopped by {number.name}: the design at work was given back" in told
    main.send_signal(number)  # the run itself: its design is given back, and it can be resumed
    told = ended(main, 128 + number)
    assert f"heliofront resume {run}" in told
    hold.unlink()
    ended(start(folder, "resume", run))
    trials = check_study(run, sqlite_url(run), evaluations)
    assert sum("returned" in t.user_attrs for t in trials) == 2
    assert manifest_of(run)["study"]["dead_workers"] == 0
    tally.count("signals answered", 2)


# --- PostgreSQL -----------------------------------------------------------------------------------


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def _as_server_user(*command: str | Path) -> list[str]:
    """Return a command as PostgreSQL wants it: not as root."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if os.getuid() == 0 else words


class PostgreSQL:
    """A server on this machine that can go away and come back."""

    def __init__(self, programs: Path, place: Path) -> None:
        self._programs, self._place = programs, place
        self._user = "postgres" if os.getuid() == 0 else getpass.getuser()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        self.address = f"postgresql://{self._user}:{PASSWORD}@127.0.0.1:{self._port}/postgres"
        (place / "password").write_text(PASSWORD, encoding="utf-8")
        if os.getuid() == 0:
            for path in (place, place / "password"):
                shutil.chown(path, "postgres")
        secret = ["--auth=scram-sha-256", f"--pwfile={place / 'password'}"]
        self._call("initdb", "-U", self._user, *secret)

    def start(self) -> None:
        settings = ["-p", self._port, "-k", self._place, "-c", "listen_addresses=127.0.0.1"]
        command = [self._programs / "postgres", "-D", self._place / "data", *settings]
        quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(_as_server_user(*command), **quiet)
        ready = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", self._port]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0)

    def stop(self) -> None:
        self._call("pg_ctl", "-m", "fast", "stop")
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every process of the server, to the one that waits for them last."""
        head = psutil.Process(self.process.pid)
        for process in [*head.children(recursive=True), head]:
            process.send_signal(number)

    def _call(self, name: str, *options: str | Path) -> None:
        command = _as_server_user(self._programs / name, "-D", self._place / "data", *options)
        subprocess.run(command, check=True, capture_output=True, timeout=300, cwd=self._place)


@pytest.fixture
def postgresql(long_run: bool) -> Iterator[PostgreSQL]:
    """Give a new PostgreSQL server on this machine."""
    if not long_run:
        pytest.skip("only in the long version")
    if _programs() is None and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "postgresql"], check=False, timeout=600)
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server, and none could be installed")
    place = Path(tempfile.mkdtemp())
    server = PostgreSQL(programs, place)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.promise("R1", "R27")
@pytest.mark.parametrize("how", ["restarted", "frozen"])
def test_designs_in_hand_outlast_a_database_that_goes_away(
    postgresql: PostgreSQL, folder: Path, tally: Tally, how: str
) -> None:
    """Away for longer than a silent worker is waited for, and no design is done twice."""
    evaluations = 16
    setting = f"algorithm.storage={postgresql.address}"
    ask = ["run", config(folder, evaluations), "--out", folder / "out", "--workers", "3"]
    main = start(folder, *ask, "--set", setting, HELIOFRONT_TEST_PAUSE_S="1.5")
    run = run_folder(folder / "out")
    wait_for(lambda: len(set(callers(folder))) == 3)
    if how == "restarted":
        postgresql.stop()
        time.sleep(6.0)  # two of the graces that a silent worker has
        postgresql.start()
    else:
        postgresql.signal(signal.SIGSTOP)
        time.sleep(12.0)
        postgresql.signal(signal.SIGCONT)
    told = ended(main)
    assert "does not answer (" in told
    assert "trying again for at most 300 s" in told
    assert "answers again" in told
    assert PASSWORD not in told
    check_study(run, postgresql.address.replace("postgresql:", "postgresql+psycopg:"), evaluations)
    manifest = manifest_of(run)
    assert manifest["study"]["dead_workers"] == 0
    assert len(callers(folder)) == evaluations
    tally.count("databases gone and back, no design done twice")


@pytest.mark.promise("R27")
def test_a_database_that_stays_away_ends_in_one_message(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seconds in {"_TOLD_S": 0.5, "STALL_S": 1.0, "PATIENCE_S": 3.0}.items():
        monkeypatch.setattr(patient, name, seconds)
    storage = open_storage(f"{postgresql.address}?connect_timeout=2", 1)
    assert storage.get_all_studies() == []
    for away, back, reason in (
        (lambda: postgresql.signal(signal.SIGSTOP), lambda: postgresql.signal(signal.SIGCONT), ""),
        (postgresql.stop, postgresql.start, "refused"),
    ):
        away()
        began = time.monotonic()
        told_once = pytest.raises(RunFolderError, match=f"cannot be used: .*{reason}")
        with told_once, storage_errors(postgresql.address):
            storage.get_all_studies()
        assert time.monotonic() - began < 20.0
        back()
        assert storage.get_all_studies() == []
        told = capsys.readouterr().err.splitlines()
        assert len(told) == 2
        assert "does not answer (" in told[0]
        assert "trying again for at most 3 s" in told[0]
        assert told[1].endswith("answers again")
        assert PASSWORD not in "".join(told)
    close(storage)


@pytest.mark.promise("R1", "R27")
def test_four_workers_on_postgresql(postgresql: PostgreSQL, folder: Path, tally: Tally) -> None:
    """One of four is killed; passwords stay where they were typed."""
    evaluations, server = 60, postgresql.address
    bare = server.replace(f":{PASSWORD}@", "@")
    pause = {"HELIOFRONT_TEST_PAUSE_S": "0.5"}
    path = config(folder, evaluations)
    setting = f"algorithm.storage={server}"
    main = start(
        folder, "run", path, "--out", folder / "out", "--workers", "3", "--set", setting, **pause
    )
    run = run_folder(folder / "out")
    wait_for(lambda: callers(folder))
    hold = folder / "hold"
    hold.touch()
    name = json.loads((run / "checkpoint" / "study.json").read_text())["name"]
    environment = {"PGPASSWORD": PASSWORD, "HELIOFRONT_TEST_HOLD": str(hold)}
    worker = start(folder, "worker", bare, "--study", name, "--problem", MODEL, **environment)
    wait_for(lambda: worker.pid in callers(folder))
    kill(worker)
    told = ended(main)
    trials = check_study(run, server.replace("postgresql://", "postgresql+psycopg://"), evaluations)
    manifest = manifest_of(run)
    assert manifest["study"]["dead_workers"] == 1
    assert manifest["deterministic"] is False
    assert len(manifest["study"]["designs_by_worker"]) == 3
    assert manifest["study"]["storage"] == bare
    for file in [*run.rglob("*"), path]:
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file
    assert PASSWORD not in told
    surplus = sum("surplus" in t.user_attrs for t in trials)
    tally.count("designs shared on PostgreSQL", evaluations)
    tally.note(f"PostgreSQL, 4 workers: {evaluations} designs, {surplus} taken twice and left")
    order = named(["resume", run, "--generations", "11"])
    code = [sys.executable, "-m", "optimize", *order]
    again = subprocess.run(
        code,
        cwd=ROOT,
        env={**os.environ, "PGPASSWORD": PASSWORD},
        check=False,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr
    assert manifest_of(run)["evaluations"] == 66


@pytest.mark.promise("R1", "R27")
def test_optuna_dashboard_reads_a_study(folder: Path, tally: Tally, long_run: bool) -> None:
    if not long_run:
        pytest.skip("only in the long version")
    home = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    install = [home / "bin" / "pip", "install", "-q", "optuna-dashboard"]
    if subprocess.run(install, check=False, capture_output=True).returncode != 0:
        pytest.skip("optuna-dashboard cannot be installed here")
    ended(start(folder, "run", config(folder, 12), "--out", folder / "out"))
    url = sqlite_url(run_folder(folder / "out"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [home / "bin" / "optuna-dashboard", url, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        import urllib.request

        def ask(path: str) -> Any:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                    return json.loads(answer.read())
            except OSError:
                return None

        studies = wait_for(lambda: ask("/api/studies"))["study_summaries"]
        assert [study["study_name"].split()[0] for study in studies] == [NAME]
        number = studies[0]["study_id"]
        detail = ask(f"/api/studies/{number}?after=0")
        assert detail["objective_names"] == ["cost_usd", "mass_kg", "heat_loss_w"]
        assert len(detail["trials"]) == 12
    finally:
        process.terminate()
        process.wait()
    tally.note("optuna-dashboard shows the study with its objectives")
