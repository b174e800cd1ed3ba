"""Campaigns on real workers: killed, interrupted, cut off from their scheduler.

Whatever happens, the same command ends in the same bytes as an undisturbed campaign.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from optimize.campaign.cluster import require_same_model
from optimize.campaign.command import campaign
from optimize.campaign.place import CampaignError, require_visible
from optimize.campaign.plan import make_plan
from optimize.campaign.task import RETRIES, describe
from optimize.utils.files import RunFolderError
from tests.conftest import LONG, Tally
from tests.reliability.tanks import write_tank

psutil: Any = pytest.importorskip("psutil")

ROOT = Path(__file__).parents[2]
TANK: dict[str, Any] = {
    "name": "tank",
    "problem": "tests.reliability.slow_tank:SlowTank",
    "algorithm": {
        "population": 40,
        "generations": 80 if LONG else 30,
        "polish": LONG,
        "seed": 3,
    },
    "output": {"figures": False},
    "campaign": {"seeds": 2, "algorithms": ["nsga2", "random"]},
}
#: Files that tell when and how, not what was found.
TIMED = ("campaign.json", "manifest.json", "history.parquet", "state.json", ".lock")
LIMIT_S = 300.0  # for a machine that is busy with something else


def files(folder: Path) -> dict[str, bytes]:
    """Everything a campaign found: of its runs and put together."""
    (campaign_folder,) = folder.glob("campaign-*")
    return {
        str(path.relative_to(campaign_folder)): path.read_bytes()
        for path in campaign_folder.rglob("*")
        if path.is_file()
        and path.name not in TIMED
        and "checkpoint" not in path.parts
        and not (path.name == "summary.md" and "runs" in path.parts)  # says how long it took
    }


def document(folder: Path) -> dict[str, Any]:
    """``campaign.json``."""
    (path,) = folder.glob("campaign-*/campaign.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def wait_for(what: Callable[[], Any], process: subprocess.Popen[str] | None = None) -> Any:
    """Return the first true answer; the process must not end before."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError("what was waited for did not happen")


def worked_on(folder: Path) -> dict[Path, int]:
    """Return the runs that a live worker holds, each with its process, once they can be resumed."""
    found = {}
    for lock in folder.glob("campaign-*/runs/*/.lock"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            owner = int(lock.read_text().split()[1])
            if (lock.parent / "checkpoint" / "state.json").exists() and psutil.pid_exists(owner):
                found[lock.parent] = owner
    return found


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "tank.yaml"
    path.write_text(json.dumps(TANK))
    return path


@pytest.fixture(scope="module")
def undisturbed(config: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one worker finds that nobody disturbs."""
    out = tmp_path_factory.mktemp("undisturbed")
    code = campaign(
        str(config),
        (),
        {},
        out=str(out),
        scheduler=None,
        workers=1,
        patience_s=30.0,
        as_json=False,
        processes=False,
    )
    assert code == 0
    return files(out)


@contextlib.contextmanager
def started(config: Path, out: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A campaign in a process group of its own."""
    command = [sys.executable, "-W", "error", "-m", "optimize", "campaign", str(config)]
    process = subprocess.Popen(
        [*command, "--out", str(out), *options],
        cwd=ROOT,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def completed(config: Path, out: Path) -> int:
    """Carry out what is left, on workers within this process."""
    return campaign(
        str(config),
        (),
        {},
        out=str(out),
        scheduler=None,
        workers=4,
        patience_s=30.0,
        as_json=False,
        processes=False,
    )


@pytest.mark.promise("R1", "R11", "R26")
def test_killed_workers_lose_nothing(
    config: Path, undisturbed: dict[str, bytes], tmp_path: Path, tally: Tally, long_run: bool
) -> None:
    campaigns, kills = (10, 2) if long_run else (1, 1)
    for number in range(campaigns):
        out, rng = tmp_path / str(number), np.random.default_rng(number)
        with started(config, out, "--workers", "2") as process:
            for _ in range(kills):
                wait_for(lambda out=out: worked_on(out), process)
                time.sleep(float(rng.uniform(0.0, 0.4)))
                owners = wait_for(lambda out=out: worked_on(out), process)
                owner = next(iter(owners.values()))
                assert psutil.Process(process.pid) in psutil.Process(owner).parents()
                os.kill(owner, signal.SIGKILL)
            text, errors = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0, errors
        assert "4 of 4 runs finished" in text
        assert files(out) == undisturbed
        tally.count("campaign workers killed", kills)


@pytest.mark.promise("R26")
def test_a_local_campaign_opens_no_door(config: Path, tmp_path: Path, tally: Tally) -> None:
    """No process of it listens, or is connected to anything: nobody else can give it work."""
    with started(config, tmp_path, "--workers", "2") as process:
        wait_for(lambda: len(worked_on(tmp_path)) == 2, process)
        whole = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert [found for one in whole for found in one.net_connections(kind="all")] == []
    tally.count("processes of a campaign without a socket", len(whole))


@pytest.mark.long
@pytest.mark.promise("R26")
def test_a_worker_that_always_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOFRONT_TEST_DEATHS", str(tmp_path / "deaths"))
    path = write_tank(tmp_path, problem="tests.reliability.slow_tank:DeadlyTank")
    seeds = 2
    with started(path, tmp_path / "out", "--workers", "2", "--seeds", str(seeds)) as process:
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, errors
    tasks = document(tmp_path / "out")["tasks"]
    assert {task["status"] for task in tasks} == {"failed"}
    assert {task["reason"] for task in tasks} == {
        "its worker died each time it was tried (out of memory, or killed)"
    }
    deaths = (tmp_path / "deaths").read_text().split()
    assert len(deaths) == len(set(deaths)) == seeds * (1 + RETRIES)


@pytest.mark.long
@pytest.mark.promise("R8", "R26")
def test_a_model_that_hangs_does_not_stop_a_campaign(tmp_path: Path) -> None:
    path = write_tank(
        tmp_path,
        problem="tests.reliability.bad_models:Hangs",
        algorithm={"population": 12, "generations": 2, "polish": False},
        evaluation={"timeout_s": 0.1},
    )
    with started(path, tmp_path / "out", "--workers", "2", "--seeds", "2") as process:
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, errors
    for manifest in tmp_path.glob("out/campaign-*/runs/*/manifest.json"):
        told = json.loads(manifest.read_text())["failures"]
        assert set(told) <= {"took longer than 0.1 s"}


@pytest.mark.long
@pytest.mark.promise("R2", "R26")
@pytest.mark.parametrize(
    ("number", "whole_group", "code"),
    [(signal.SIGINT, True, 130), (signal.SIGTERM, False, 143)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_signals_save_the_state_of_every_run(
    config: Path,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    tally: Tally,
    number: signal.Signals,
    whole_group: bool,
    code: int,
) -> None:
    with started(config, tmp_path, "--workers", "2") as process:
        wait_for(lambda: worked_on(tmp_path), process)
        workers = psutil.Process(process.pid).children(recursive=True)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == code, errors
    assert f"interrupted by {number.name}, state saved" in errors
    assert "the same command continues" in errors
    assert "Traceback" not in errors
    assert not psutil.wait_procs(workers, timeout=20)[1]
    found = document(tmp_path)
    assert found["status"] == "interrupted"
    stopped = [task for task in found["tasks"] if task["status"] == "interrupted"]
    assert stopped
    tally.count("campaigns interrupted", 1)
    assert completed(config, tmp_path) == 0
    how = {task["name"]: task["how"] for task in document(tmp_path)["tasks"]}
    assert {how[task["name"]] for task in stopped} == {"resumed"}
    assert files(tmp_path) == undisturbed


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of the user's own; address and processes, scheduler first."""
    place = tmp_path / "scheduler.json"
    quiet: dict[str, Any] = {
        "cwd": ROOT,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    where = ["--scheduler-file", str(place)]
    head = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *where]
    hand = ["worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *where]
    hand += ["--local-directory", str(tmp_path / "scratch")]
    processes = [subprocess.Popen([sys.executable, "-m", "dask", *head], **quiet)]
    try:
        wait_for(lambda: place.exists() and place.read_text().strip().endswith("}"))
        processes += [
            subprocess.Popen([sys.executable, "-m", "dask", *hand], **quiet) for _ in range(2)
        ]
        address = json.loads(place.read_text())["address"]
        with Client(address, timeout=LIMIT_S, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=LIMIT_S)
        yield address, processes
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


@pytest.mark.long
@pytest.mark.promise("R1", "R26")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a_lost_scheduler_ends_in_a_clear_message(
    config: Path,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    tally: Tally,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    how: signal.Signals,
) -> None:
    address, processes = cluster
    out = tmp_path / "out"
    options = ("--scheduler", address, "--patience", "60")
    if how == signal.SIGSTOP:
        options = ("--scheduler", address, "--patience", "3")
    with started(config, out, *options) as process:
        wait_for(lambda: worked_on(out), process)
        processes[0].send_signal(how)
        lost = time.monotonic()
        _, errors = process.communicate(timeout=LIMIT_S)
        tally.most("time until a lost scheduler is told", time.monotonic() - lost, "s")
    assert process.returncode == 1, errors
    assert f"the scheduler {address} is gone" in errors
    assert "of 4 runs are done and kept in" in errors
    assert "the same command continues" in errors
    assert "Traceback" not in errors
    tally.count("schedulers lost", 1)
    for worker in processes[1:]:
        worker.kill()
        worker.wait()
    assert completed(config, out) == 0
    assert files(out) == undisturbed


@pytest.mark.long
@pytest.mark.promise("R1", "R26")
def test_a_cluster_without_workers_ends_in_a_clear_message(
    config: Path,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    tally: Tally,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, processes = cluster
    with started(config, tmp_path, "--scheduler", address, "--patience", "4") as process:
        wait_for(lambda: worked_on(tmp_path), process)
        for worker in processes[1:]:
            worker.kill()
        lost = time.monotonic()
        assert process.stderr is not None
        says = f"the scheduler {address} has no workers left; waiting for one, for at most 4 s"
        assert any(line.strip() == says for line in iter(process.stderr.readline, ""))
        told_s = time.monotonic() - lost
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, errors
    assert f"the scheduler {address} has no workers after 4 s; start some with" in errors
    assert "the same command continues" in errors
    assert "Traceback" not in errors
    tally.most("time until a cluster without workers is told", told_s, "s")
    assert completed(config, tmp_path) == 0
    assert files(tmp_path) == undisturbed


@pytest.mark.promise("R1", "R26")
def test_a_scheduler_that_cannot_be_reached_is_told(config: Path, tmp_path: Path) -> None:
    with pytest.raises(CampaignError) as caught:
        campaign(
            str(config),
            (),
            {},
            out=str(tmp_path),
            scheduler="tcp://127.0.0.1:1",
            workers=None,
            patience_s=0.5,
            as_json=False,
        )
    assert "cannot reach the scheduler tcp://127.0.0.1:1 within 0.5 s" in str(caught.value)
    assert "0 of 4 runs are done" in str(caught.value)
    assert caught.value.exit_code == 1


class _Cluster:
    """Stands for a client whose only worker answers as told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def run(self, *arguments: Any, on_error: str) -> dict[str, Any]:
        return {"tcp://w:1": self.answer}


def test_workers_with_other_versions_are_refused(config: Path, tmp_path: Path) -> None:
    data = make_plan(str(config), (), {}).tasks[0].config.resolved()
    (tmp_path / "campaign.yaml").touch()
    same = describe(data, str(tmp_path))
    require_same_model(_Cluster(same), data, str(tmp_path))  # type: ignore[arg-type]
    cases = [
        ({**same, "numpy": "1.0"}, f"tcp://w:1 has numpy 1.0 instead of {same['numpy']}"),
        ({**same, "model": "0"}, "has model 0 instead of 1"),
        (ModuleNotFoundError("no", name="optimize"), "cannot import optimize: install heliofront"),
        (OSError("stale handle"), "worker tcp://w:1: stale handle"),
    ]
    for answer, message in cases:
        with pytest.raises(CampaignError, match=message):
            require_same_model(_Cluster(answer), data, str(tmp_path))  # type: ignore[arg-type]


def test_a_machine_that_does_not_see_the_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=f"does not see {tmp_path}: use a folder that all"):
        require_visible(str(tmp_path))
    with pytest.raises(RunFolderError, match="does not see memory://nothing"):
        require_visible("memory://nothing")
