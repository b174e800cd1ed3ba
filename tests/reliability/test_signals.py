"""R2: SIGINT and SIGTERM save what was found, say how to go on, and cost no byte of the result."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import LONG, Tally
from tests.optimize.conftest import ROOT
from tests.reliability.processes import (
    GAMBLE,
    TANK,
    Server,
    assert_same,
    discard_unbegun,
    findings,
    run_folder,
    temporaries,
    write_config,
)

BOTH = (signal.SIGINT, signal.SIGTERM)
DRAWN = {"output": {"figures": True, "explorer": True}}
#: Where a signal arrives, as (step, how often the step comes before it, configuration).
MOMENTS: dict[str, tuple[str, int, dict[str, Any], dict[str, Any]]] = {
    "start": ("robust_layout", 1, TANK, {}),
    "first checkpoint": ("mkstemp", 3, TANK, {}),
    "search": ("generation", 5, TANK, {}),
    "last generation": ("generation", 10, TANK, {}),
    "polish": ("advance", 2, TANK, {}),
    "before the front": ("final_front", 1, TANK, {}),
    "last reading": ("read_run", 1, TANK, {}),
    "summary": ("write_summary", 1, TANK, {}),
    "figures": ("write_figures", 1, TANK, DRAWN),
    "explorer": ("write_explorer", 1, TANK, DRAWN),
    "robust search": ("generation", 4, GAMBLE, {}),
    "robustness": ("robustness", 1, GAMBLE, {}),
    "nominal search": ("generation", 12, GAMBLE, {}),
}
SHORT = ("start", "search", "last generation", "polish", "last reading", "figures", "robustness")
SENT = (
    [(moment, number) for moment in MOMENTS for number in BOTH]
    if LONG
    else [(moment, BOTH[i % 2]) for i, moment in enumerate(SHORT)]
)


@pytest.fixture(scope="module")
def reference(processes: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what uninterrupted runs found."""
    found = {}
    for base in (TANK, GAMBLE):
        folder = tmp_path_factory.mktemp("whole")
        config = write_config(folder, base)
        assert processes.call("run", config, "--out", folder / "out").code == 0
        run = run_folder(folder / "out")
        assert run is not None
        found[base["name"]] = findings(run)
    return found


def assert_told(code: int, err: str, number: int, folder: Path) -> None:
    """Fail unless the exit code and the message are what the manual promises."""
    assert code == 128 + number, err
    assert "Traceback" not in err
    assert f"heliofront resume {shlex.quote(str(folder))}" in err
    assert signal.Signals(number).name in err


@pytest.mark.promise("R2")
@pytest.mark.parametrize(("moment", "number"), SENT)
def test_a_signalled_run_goes_on_to_the_same_bytes(
    moment: str,
    number: signal.Signals,
    processes: Server,
    reference: dict[str, Any],
    tmp_path: Path,
    tally: Tally,
) -> None:
    step, turn, base, changes = MOMENTS[moment]
    config = write_config(tmp_path, base, **changes)
    out = tmp_path / "my runs"  # with a blank: the command must be quoted
    ended = processes.call("run", config, "--out", out, of=[step], at=turn, signal=number)
    folder = run_folder(out)
    assert folder is not None
    assert_told(ended.code, ended.err, number, folder)
    assert temporaries(folder) == []
    done = processes.call("resume", folder)
    assert done.code == 0, done.err
    assert_same(folder, reference[base["name"]])
    assert (folder / "summary.md").exists()
    if changes:
        assert list((folder / "figures").glob("*.png"))
    tally.count("signals answered")


@pytest.mark.promise("R2")
@pytest.mark.parametrize("number", BOTH)
def test_asked_twice_it_ends_at_once(
    number: signal.Signals,
    processes: Server,
    reference: dict[str, Any],
    tmp_path: Path,
    tally: Tally,
) -> None:
    config = write_config(tmp_path, TANK)
    how: dict[str, Any] = {"of": ["generation"], "at": 5, "signal": number, "again": 2}
    ended = processes.call("run", config, "--out", tmp_path / "out", **how)
    folder = run_folder(tmp_path / "out")
    assert folder is not None
    assert_told(ended.code, ended.err, number, folder)
    assert json.loads((folder / "manifest.json").read_bytes())["status"] == "running"
    done = processes.call("resume", folder)
    assert done.code == 0, done.err
    assert_same(folder, reference["tank"])
    tally.count("signals answered")


@pytest.mark.promise("R2")
def test_signalled_at_random_moments(
    processes: Server, reference: dict[str, Any], tmp_path: Path, tally: Tally
) -> None:
    """Again and again, in any step, until the run ends by itself."""
    config, rng = write_config(tmp_path, TANK), np.random.default_rng(5)
    for life in range(15 if LONG else 1):
        out = tmp_path / str(life)
        for _ in range(5):
            folder = run_folder(out)
            order = ("resume", folder) if folder else ("run", config, "--out", out)
            number = BOTH[int(rng.integers(2))]
            turn = int(rng.integers(1, 260))
            ended = processes.call(*order, at=turn, signal=number)
            folder = run_folder(out)
            if ended.code == 0 or folder is None:
                continue
            if discard_unbegun(folder, ended):
                continue
            if (folder / "config.yaml").exists():
                assert_told(ended.code, ended.err, number, folder)
            assert ended.code == 128 + number
            tally.count("signals answered")
        folder = run_folder(out)
        order = ("resume", folder) if folder else ("run", config, "--out", out)
        done = processes.call(*order)
        if folder is not None and discard_unbegun(folder, done):
            done = processes.call("run", config, "--out", out)
        assert done.code == 0, done.err
        folder = run_folder(out)
        assert folder is not None
        assert_same(folder, reference["tank"])


_AT_IMPORT = """
import os, sys
class At:
    met = 0
    def find_spec(self, name, path=None, target=None):
        At.met += 1
        if At.met == {turn}:
            os.kill(os.getpid(), {number})
sys.meta_path.insert(0, At())
sys.argv = ["heliofront", "run", {config!r}, "--out", {out!r}]
from optimize.cli import main
main()
"""


@pytest.mark.promise("R2")
@pytest.mark.parametrize("turn", [5, 60, 150, 300, 500, 700] if LONG else [5, 400])
@pytest.mark.parametrize("number", BOTH if LONG else BOTH[:1])
def test_signalled_while_it_starts(
    turn: int, number: signal.Signals, tmp_path: Path, tally: Tally
) -> None:
    """While modules are imported there is nothing to save, and nothing is left behind."""
    config, out = write_config(tmp_path, TANK), tmp_path / "out"
    text = _AT_IMPORT.format(turn=turn, number=int(number), config=str(config), out=str(out))
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=False,
    )
    # Before the command line is there SIGTERM ends a process itself: 143 to a shell.
    assert done.returncode in (128 + number, -signal.SIGTERM if number == 15 else 130), done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    tally.count("signals answered")
