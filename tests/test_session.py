"""The test suite itself: it ends wherever it is started, whatever a test waits for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import put_back_functions

ROOT = Path(__file__).parents[1]
CTRL_C = """
import signal, subprocess
def test_a_child_is_ended_by_ctrl_c():
    with subprocess.Popen(["sleep", "60"]) as child:
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == -signal.SIGINT
"""
#: Its failure alone would not end it: leaving the block waits for the child.
HANGING = """
import subprocess, sys
def test_hangs():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]):
        raise AssertionError
"""


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("", id="in the background", marks=pytest.mark.long),
        pytest.param("nohup ", id="nohup"),
    ],
)
def test_children_heed_ctrl_c_wherever_the_suite_is_started(start: str, tmp_path: Path) -> None:
    (tmp_path / "test_ctrl_c.py").write_text(CTRL_C)
    script = f"trap '' INT QUIT; exec {start}\"$@\""
    suite = ["-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", "--timeout", "20"]
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "pytest", *suite, str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_test_that_hangs_is_ended(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    assert 0.0 < float(request.config.getini("timeout")) <= 600.0
    (tmp_path / "test_hanging.py").write_text(HANGING)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--timeout", "2"]
    started = time.monotonic()
    done = subprocess.run(
        [*command, str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=50,
        check=False,
    )
    assert done.returncode == 1
    assert time.monotonic() - started < 40.0


def test_a_function_left_replaced_is_named_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    good = os.fsync
    with monkeypatch.context() as inner:
        inner.setattr(os, "fsync", lambda handle: None)
        monkeypatch.setattr(os, "fsync", lambda handle: None)  # remembers the inner one
    monkeypatch.undo()
    assert os.fsync is not good
    assert put_back_functions() == ["os.fsync"]
    assert os.fsync is good
    assert put_back_functions() == []
