"""R1, R2: several seeds in processes side by side, signalled and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LONG, Tally
from tests.optimize.conftest import ROOT
from tests.reliability.processes import RESULTS, TANK, Server, run_folder, write_config
from tests.reliability.test_signals import BOTH, assert_told


def _seeds(config: Path, out: Path, **how: Any) -> subprocess.Popen[str]:
    order = ["run", str(config), "--seeds", "2", "--workers", "2", "--out", str(out)]
    return subprocess.Popen(
        [sys.executable, "-m", "optimize", *order],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        **how,
    )


def _wait(reached: Any) -> None:
    deadline = time.monotonic() + 300
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _searching(out: Path, process: subprocess.Popen[str]) -> list[Path]:
    def both() -> bool:
        assert process.poll() is None
        return len(list(out.glob("*/checkpoint/state.json"))) == 2

    _wait(both)
    return sorted(path for path in out.iterdir() if path.is_dir())


def _members(group: int) -> list[int]:
    """Return the processes of a group."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, of, state in rows if int(of) == group and not state.startswith("Z")]


@pytest.mark.promise("R2")
def test_seeds_one_after_another(processes: Server, tmp_path: Path, tally: Tally) -> None:
    """The run at work is saved, the next one is not begun."""
    config, out = write_config(tmp_path, TANK), tmp_path / "out"
    how: dict[str, Any] = {"of": ["generation"], "at": 5, "signal": signal.SIGTERM}
    ended = processes.call("run", config, "--seeds", "2", "--out", out, **how)
    folder = run_folder(out)
    assert folder is not None
    assert_told(ended.code, ended.err, signal.SIGTERM, folder)
    assert "1 of 2 runs begun" in ended.err
    tally.count("signals answered")


#: Far more generations than are ever run: the length is set when the run is continued.
ENDLESS = {"algorithm": {"generations": 9_000_000}, "output": {"evaluations": False}}


@pytest.mark.promise("R2")
@pytest.mark.parametrize("whole_group", [False, True] if LONG else [False])
@pytest.mark.parametrize("number", BOTH if LONG else BOTH[1:])
def test_seeds_in_two_processes(
    number: signal.Signals, whole_group: bool, processes: Server, tmp_path: Path, tally: Tally
) -> None:
    """A signal to the leader or, as from a terminal, to all of them: every run is saved."""
    config, out = write_config(tmp_path, TANK, **ENDLESS), tmp_path / "out"
    process = _seeds(config, out, start_new_session=True)
    folders = _searching(out, process)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=300)
    _wait(lambda: _members(process.pid) == [])  # helpers see a little later that they are alone
    for folder in folders:
        assert_told(process.returncode, err, number, folder)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        assert manifest["status"] == "interrupted"
        longer = str(manifest["generations"] + 2)
        assert processes.call("resume", folder, "--generations", longer).code == 0
        seed = ("--seed", str(manifest["seed"]), "--generations", longer)
        alone = tmp_path / f"alone {manifest['seed']}"
        assert processes.call("run", config, *seed, "--out", alone).code == 0
        same = run_folder(alone)
        assert same is not None
        for name in RESULTS[:2]:
            assert (same / name).read_bytes() == (folder / name).read_bytes()
    tally.count("signals answered")


@pytest.mark.promise("R1")
@pytest.mark.parametrize("victim", ["leader", "worker"] if LONG else ["leader"])
def test_seeds_survive_a_kill(victim: str, processes: Server, tmp_path: Path, tally: Tally) -> None:
    """No process outlives its leader; without a worker the leader says how to go on."""
    config, out = write_config(tmp_path, TANK, **ENDLESS), tmp_path / "out"
    process = _seeds(config, out, start_new_session=True)
    folders = _searching(out, process)
    if victim == "leader":
        process.kill()
    else:
        listed = subprocess.run(
            ["ps", "-eww", "-o", "pid=,pgid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        workers = [
            int(pid) for pid, of, text in rows if int(of) == process.pid and "spawn_main" in text
        ]
        os.kill(workers[0], signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    _wait(lambda: not _members(process.pid))
    if victim == "worker":
        assert process.returncode == 1
        assert "Traceback" not in err
    for folder in folders:
        assert victim == "leader" or f"heliofront resume {folder}" in err
        state = json.loads((folder / "checkpoint" / "state.json").read_bytes())
        done = int(json.loads(state["content"])["state"]["generation"])
        assert processes.call("resume", folder, "--generations", str(done + 2)).code == 0
    tally.count("kills survived", 2)
