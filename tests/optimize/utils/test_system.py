"""Everything works where locks, masks and alarms of POSIX are missing, as on Windows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.optimize.conftest import ROOT

#: Takes away what Windows lacks; its lock on a byte is played by one on the whole file.
WITHOUT_POSIX = """
import asyncio, errno, fcntl, os, select, signal, subprocess, sys, types, webbrowser

def locking(handle, mode, count):
    assert os.lseek(handle, 0, os.SEEK_CUR) > os.fstat(handle).st_size
    try:
        fcntl_module.flock(handle, fcntl_module.LOCK_EX | fcntl_module.LOCK_NB)
    except OSError:
        raise PermissionError(errno.EACCES, "Permission denied") from None

def refuse(*arguments):
    raise OSError("files cannot be waited for")

fcntl_module = fcntl
sys.modules["fcntl"] = None
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
for name in ("pthread_sigmask", "SIGALRM", "setitimer", "getitimer", "alarm"):
    delattr(signal, name)
for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "pwrite"):
    delattr(os, name)
select.select = refuse
"""


def without_posix(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_POSIX + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )


def test_a_run_is_made_continued_and_read_without_posix(tmp_path: Path) -> None:
    settings = {
        "name": "tank",
        "problem": "tests.optimize.toy:ToyProblem",
        "algorithm": {"population": 20, "generations": 4},
        "evaluation": {"timeout_s": 30},
        "output": {"figures": False},
    }
    config = tmp_path / "tank.yaml"
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = "from optimize.cli import main\nmain()\n"
    made = without_posix(command, "run", config, "--out", tmp_path, "--json")
    assert made.returncode == 0, made.stderr
    run = json.loads(made.stdout)["run"]
    more = ("--generations", "6", "--problem", "tests.optimize.toy:ToyProblem", "--json")
    continued = without_posix(command, "resume", run, *more)
    assert continued.returncode == 0, continued.stderr
    assert json.loads(continued.stdout)["generations"] == 6


def test_a_run_folder_has_one_owner_without_posix(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from optimize.utils.files import RunFolderError, locked
folder = Path(sys.argv[1])
with locked(folder):
    try:
        with locked(folder):
            print("two owners")
    except RunFolderError as error:
        print(error.exit_code, error)
with locked(folder):
    print("free again")
"""
    done = without_posix(code, tmp_path)
    assert done.stdout.splitlines()[0].startswith(f"5 {tmp_path} is in use by process "), done
    assert done.stdout.splitlines()[1:] == ["free again"]


@pytest.mark.parametrize("seconds", [0.2, None])
def test_a_late_call_is_given_up_without_an_alarm(seconds: float | None) -> None:
    code = f"""
import time
from optimize.evaluation.calls import TooLongError, within
try:
    print(within({seconds}, lambda: [time.sleep(0.01) for _ in range(60)] and "done"))
except TooLongError:
    print("too long")
"""
    done = without_posix(code)
    assert done.stdout.strip() == ("too long" if seconds else "done"), done.stderr


def test_signals_are_held_back_only_where_they_can_be() -> None:
    code = """
from optimize.utils.signals import led_by_parent, signals_held
with signals_held():
    print("held")
led_by_parent()
"""
    done = without_posix(code)
    assert (done.returncode, done.stdout.strip()) == (0, "held"), done.stderr


def test_no_link_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout")
    assert not [line for line in listed.stdout.splitlines() if line.startswith("120000")]
