"""The tank as a configuration, carried out in this process or through the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.run.outcome import Outcome
from optimize.run.start import start_run
from tests.optimize.conftest import TANK, merged, named

#: What a search leaves behind; everything else in a run folder is drawn from it.
RESULTS = ("front.parquet", "front.csv", "evaluations.parquet")


def write_tank(folder: Path, **changes: Any) -> Path:
    """Write the tank's configuration with nested changes."""
    path = folder / "tank.yaml"
    path.write_text(json.dumps(merged(TANK, changes), indent=1), encoding="utf-8")
    return path


def execute(path: Path, out: Path, *overrides: str, progress: Any = None) -> Outcome:
    """Carry out a run in this process."""
    config, study = read_study(load_source(path, overrides))
    return start_run(config, study, out=out, command="heliofront run", progress=progress)


def command(*arguments: str | Path) -> Result:
    """Call the command line in this process; an exception it lets through is kept in the result."""
    from optimize.cli import main

    return CliRunner().invoke(main, named(arguments))


def assert_told(result: Result, code: int, *words: str) -> None:
    """Check that a command ended with one message and no traceback."""
    said = f"{result.exit_code}: {result.output}{result.exception!r}"
    assert result.exit_code == code, said
    assert isinstance(result.exception, SystemExit), said
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1, lines
    (line,) = lines
    assert line.startswith("error: "), said
    for word in words:
        assert word in line, said


def bytes_of(folder: Path, names: Sequence[str] = RESULTS) -> dict[str, bytes]:
    """Return the bytes of the results of a run."""
    return {name: (folder / name).read_bytes() for name in names}


def strays(folder: Path) -> list[str]:
    """Return what is left below a folder of files that were never finished, and of its lock."""
    return sorted(str(path) for path in folder.rglob(".*"))
