"""Processes to be killed: the command line in children of a server that has imported everything.

A child is a process of its own (forked, then ``os._exit``), so ``kill -9`` and signals do to it
what they do to a process started from a shell, without a second of imports every time. It can end
or be signalled at a chosen step: at the n-th of the system calls by which files are written, at
the n-th generation, while the front is polished, while figures are drawn, or after some time.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.optimize.conftest import ROOT, merged, named

TANK: dict[str, Any] = {
    "name": "tank",
    "problem": "tests.optimize.toy:ToyProblem",
    "algorithm": {"population": 40, "generations": 10, "seed": 3},
    "output": {"figures": False, "explorer": False},
}
GAMBLE: dict[str, Any] = {
    "name": "gamble",
    "problem": "tests.optimize.risky:Gamble",
    "algorithm": {"population": 24, "generations": 8, "seed": 3},
    "uncertainty": {
        "futures": 16,
        "risk": {"loss_usd": "p90", "all": "mean"},
        "reliability": {"demand": 0.75},
    },
    "output": {"figures": False, "explorer": False},
}
#: Files that must not depend on how often a run was ended on its way.
RESULTS = ("front.parquet", "front.csv", "evaluations.parquet", "nominal_front.parquet")
#: Calls by which files come into being, one after another; the last leaves half a file.
STEPS = ("mkdir", "mkstemp", "fsync", "chmod", "replace", "unlink", "half")

Step = Callable[[str], None]


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, negative for the signal that ended it."""

    code: int
    out: str
    err: str
    seconds: float
    steps: list[str] = field(default_factory=list)


class Server:
    """A process with everything imported; every call is a child of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls = 0
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CI": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.process_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def call(self, *arguments: str | Path, **how: Any) -> Ended:
        """Run the command line in a child.

        Keywords: ``at`` and ``signal`` (after how many steps, which one), ``of`` (names of steps
        that count; all without), ``again`` (send it so often), ``after_s`` (a time instead),
        ``cwd``, ``checkpoint_s`` (0.0 unless given).
        """
        self._calls += 1
        files = {name: str(self._folder / f"{self._calls}.{name}") for name in ("out", "err", "at")}
        order = {"arguments": named(arguments), "files": files, **how}
        answer = self._ask(order)
        texts = {name: Path(file).read_text("utf-8") for name, file in files.items()}
        return Ended(
            answer["code"], texts["out"], texts["err"], answer["seconds"], texts["at"].split()
        )

    def compile(self, algorithm: str) -> None:
        """Let the server compile an algorithm, so that no child needs to."""
        self._ask({"compile": algorithm})

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Give a server that is ended in the end."""
    one = Server(folder)
    try:
        yield one
    finally:
        one.close()


def run_folder(out: Path) -> Path | None:
    """Return the only run folder below ``out``, if there is one."""
    found = [path for path in out.iterdir() if path.is_dir()] if out.is_dir() else []
    assert len(found) < 2, found
    return found[0] if found else None


def discard_unbegun(folder: Path, ended: Ended) -> bool:
    """Return whether a run was refused as ended before it held a configuration; then remove it."""
    if ended.code != 4:
        return False
    assert not (folder / "config.yaml").exists()
    begun = (folder / "checkpoint").exists()
    assert ("start the run again" if begun else "is not a run folder") in ended.err, ended.err
    shutil.rmtree(folder)
    return True


def temporaries(folder: Path) -> list[Path]:
    """Return what was left half written."""
    return sorted(folder.rglob(".tmp-*"))


def findings(folder: Path) -> dict[str, Any]:
    """Return everything about a run that must not depend on how often it was ended."""
    from optimize.config.problem import allow
    from optimize.run.checkpoint import Checkpoint
    from optimize.run.folder import load_run

    allow(TANK["problem"])  # which another process ran
    allow(GAMBLE["problem"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    keys = (
        "status",
        "reason",
        "seed",
        "evaluations",
        "distinct_evaluations",
        "generations",
        "hypervolume",
        "front_size",
        "archive_size",
        "failed_evaluations",
        "feasible_share",
        "quality",
        "robustness",
        "reference_point",
    )
    state, identity = Checkpoint(folder / "checkpoint").load()
    for clock in ("seconds", "history"):
        del state[clock]
    run = load_run(folder)
    history = run.history.drop(columns="seconds")
    return {
        "files": {n: (folder / n).read_bytes() for n in RESULTS if (folder / n).exists()},
        "manifest": {key: manifest.get(key) for key in keys},
        "state": _bytes(state),
        "identity": identity,
        "x": run.front_x.tobytes(),
        "history": history.to_csv(),
    }


def assert_same(folder: Path, reference: Mapping[str, Any]) -> None:
    """Fail where a run differs from the reference."""
    found = findings(folder)
    for name, data in reference["files"].items():
        assert found["files"].get(name) == data, f"{folder / name} differs"
    for key, value in reference["manifest"].items():
        assert found["manifest"][key] == value, f"{folder}: {key} of the manifest differs"
    assert found == reference
    assert temporaries(folder) == []


def _bytes(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: _bytes(entry) for key, entry in value.items()}
    return value


def write_config(folder: Path, base: Mapping[str, Any], **changes: Any) -> Path:
    """Write a configuration with changes; JSON is YAML too."""
    path = folder / f"{base['name']}.yaml"
    path.write_text(json.dumps(merged(dict(base), changes), indent=1), encoding="utf-8")
    return path
