"""R1: whatever moment a run is killed at, it goes on to the same bytes."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimize.config.traits import ALGORITHMS, TRAITS, missing_packages
from tests.conftest import LONG, Tally
from tests.optimize.conftest import ROOT, merged, named
from tests.reliability.processes import (
    GAMBLE,
    TANK,
    Ended,
    Server,
    assert_same,
    discard_unbegun,
    findings,
    run_folder,
    write_config,
)

KILLS = 20 if LONG else 3
STOP = {"window": 2, "hypervolume": 0.5, "archive": 0.5, "after": 6}
SATELLITE: dict[str, Any] = {
    "name": "little",
    "problem": "compute_satellite",
    "variables": {"launch_site": {"fix": "earth"}},
    "objectives": ["cost_per_exaflop_usd", "launch_mass_kg"],
    "algorithm": {"population": 40, "generations": 8},
    "output": {"figures": False, "explorer": False},
}


def _algorithm(name: str) -> dict[str, Any]:
    slow = ("optuna_tpe", "optuna_gp", "sms_emoa")
    fewer = {"population": 12, "generations": 6} if name in slow else {}
    return merged(TANK, {"algorithm": {"name": name, **fewer}})


CASES = {
    **{name: _algorithm(name) for name in ALGORITHMS},
    "converging": merged(TANK, {"algorithm": {"generations": 40, "stop": STOP}}),
    "robust": GAMBLE,
    "satellite": SATELLITE,
    "robust satellite": merged(SATELLITE, {"uncertainty": {"futures": 16}}),
}
SHORT = ("nsga2", "nsga3", "converging", "robust")


@dataclass
class Killer:
    """Kills a run again and again, by turns at a random step and after a random time."""

    processes: Server
    config: Path
    out: Path
    whole: Ended
    rng: np.random.Generator
    survived: int = 0
    in_folder: int = 0

    def go_on(self, **how: Any) -> Ended:
        """Begin the run, or continue it where there is something to continue."""
        folder = run_folder(self.out)
        if folder is None:
            return self.processes.call("run", self.config, "--out", self.out, **how)
        return self.processes.call("resume", folder, **how)

    def kill_once(self) -> None:
        """Kill it, unless it ends before."""
        if self.rng.random() < 0.5:
            how: dict[str, Any] = {"at": int(self.rng.integers(1, len(self.whole.steps)))}
        else:
            how = {"after_s": float(self.rng.uniform(0.0, self.whole.seconds))}
        ended = self.go_on(signal=signal.SIGKILL, **how)
        folder = run_folder(self.out)
        if folder is not None and discard_unbegun(folder, ended):
            return
        assert ended.code in (0, -9), ended.err
        self.survived += ended.code == -9
        self.in_folder += ended.code == -9 and folder is not None


@pytest.mark.promise("R1")
@pytest.mark.parametrize("case", list(CASES) if LONG else SHORT)
def test_a_killed_run_goes_on_to_the_same_bytes(
    case: str, processes: Server, tmp_path: Path, tally: Tally
) -> None:
    if case in TRAITS and (missing := missing_packages(case)):
        pytest.skip(missing)
    if case == "age_moea2":
        processes.compile(case)
    config = write_config(tmp_path, CASES[case])
    whole = processes.call("run", config, "--out", tmp_path / "whole")
    assert whole.code == 0, whole.err
    folder = run_folder(tmp_path / "whole")
    assert folder is not None
    reference = findings(folder)
    rng = np.random.default_rng(sum(case.encode()))
    kills = runs = 0
    for life in itertools.count():
        killer = Killer(processes, config, tmp_path / str(life), whole, rng)
        for _ in range(4):
            killer.kill_once()
        done = killer.go_on()
        killed = run_folder(killer.out)
        if killed is not None and discard_unbegun(killed, done):
            done = killer.go_on()
        killed = run_folder(killer.out)
        assert done.code == 0, done.err
        assert killed is not None
        assert_same(killed, reference)
        kills, runs = kills + killer.survived, runs + 1
        tally.count("kills with a run folder", killer.in_folder)
        if kills >= KILLS:
            break
        assert life < 4 * KILLS
    tally.count("kills survived", kills)
    tally.count("killed runs compared", runs)
    tally.note(f"{case}: {kills} kills")


def _shell(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "optimize", *named(arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.promise("R1")
def test_a_process_from_the_shell_survives_kills(tmp_path: Path, tally: Tally) -> None:
    """Real processes with the usual time between checkpoints, killed at random times."""
    generations = 800 if LONG else 60
    config = write_config(tmp_path, TANK, algorithm={"generations": generations})
    start = time.monotonic()
    with _shell("run", config, "--out", tmp_path / "whole") as process:
        assert process.wait() == 0
    whole_s = time.monotonic() - start
    folder = run_folder(tmp_path / "whole")
    assert folder is not None
    rng, kills, lives = np.random.default_rng(1), 0, 0
    while kills < (10 if LONG else 1):
        out = tmp_path / str(lives)
        for _ in range(4 if LONG else 1):
            there = run_folder(out)
            order = ("resume", there) if there else ("run", config, "--out", out)
            with _shell(*order) as process:
                try:
                    process.wait(float(rng.uniform(0.3, 1.0 if LONG else 0.8)) * whole_s)
                except subprocess.TimeoutExpired:
                    process.kill()
                kills += process.wait() == -9
        there = run_folder(out)
        if there is not None and not (there / "config.yaml").exists():
            shutil.rmtree(there)
        order = ("resume", there) if there else ("run", config, "--out", out)
        with _shell(*order) as process:
            _, err = process.communicate()
        assert process.returncode == 0, err
        there = run_folder(out)
        assert there is not None
        assert_same(there, findings(folder))
        lives += 1
        assert lives < 40
    tally.count("kills survived", kills)
    tally.count("killed runs compared", lives)
