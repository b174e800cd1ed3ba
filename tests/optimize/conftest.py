"""Fixtures of the search tests: a small configuration and a way to call the command line."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from optimize.report.plots import workers as plot_workers

ROOT = Path(__file__).parents[2]

TANK: dict[str, Any] = {
    "name": "tank",
    "problem": "tests.optimize.toy:ToyProblem",
    "algorithm": {"population": 40, "generations": 12, "seed": 3},
    "output": {"figures": False},
}


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with nested ``changes``."""
    out = copy.deepcopy(base)
    for key, value in changes.items():
        inner = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = merged(out[key], value) if inner else value
    return out


@pytest.fixture(scope="session", autouse=True)
def _no_drawing_helper() -> Iterator[None]:
    """Draw in one process: every core has a worker of the tests already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plot_workers, "_FEWEST", 1000)
        yield


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    """Write the tank's configuration with changes; JSON is YAML too."""

    def write(name: str = "tank.yaml", **changes: Any) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(merged(TANK, changes), indent=1), encoding="utf-8")
        return path

    return write


def named(arguments: Sequence[str | Path]) -> list[str]:
    """Return a command that reads a run folder with the folder's problem named, as a user would."""
    found = [str(argument) for argument in arguments]
    reads = found[0] not in ("run", "check", "evaluate", "campaign")
    for path in (Path(argument, "config.yaml") for argument in found[1:] if reads):
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        problem = re.search(r"^problem: ([\w.]+:\w+)$", text, re.MULTILINE)
        if problem is not None:
            return [*found, "--problem", problem[1]]
    return found


def heliofront(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process of its own, from the repository root."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "optimize", *named(arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )
