"""What a command may import: the fewer modules, the sooner it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.optimize.conftest import ROOT

# In this order in one process: each line is a command and what may be loaded once it is done.
OWN = "--problem tests.optimize.toy:ToyProblem"
STEPS = (
    ("--help", {"click"}),
    ("catalog", set()),
    ("check baseline", {"pydantic", "ruamel"}),
    ("check robust", set()),
    ("columns dose", set()),
    ("schema", set()),
    (
        "evaluate quick --json",
        {"numpy", "scipy", "scipy.optimize", "scipy.sparse", "scipy.special", "moocore"},
    ),
    ("run tank.yaml --json", {"pandas", "pyarrow"}),
    (f"select latest --method knee {OWN}", set()),
    (f"export latest --design knee --format json --out out {OWN}", set()),
)
HEAVY = (
    "alembic click dask matplotlib moocore numpy openmdao optuna pandas pyarrow pydantic pymoo "
    "rich ruamel SALib scipy scipy.interpolate scipy.optimize scipy.sparse scipy.special "
    "scipy.stats sqlalchemy xlsxwriter"
)
PROGRAM = f"""
import contextlib, io, json, sys
from optimize.cli import main
loaded = []
for line in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            main(line.split())
        except SystemExit as end:
            assert not end.code, line
    loaded.append([name for name in {HEAVY!r}.split() if name in sys.modules])
print(json.dumps(loaded))
"""


def test_commands_import_no_more_than_they_need(
    tmp_path: Path, write_config: Callable[..., Path]
) -> None:
    """A search with nsga2 and no figures needs neither pymoo nor optuna nor matplotlib."""
    write_config(output={"explorer": False})
    lines = [line for line, _ in STEPS]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(lines)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    allowed: set[str] = set()
    for (line, more), loaded in zip(STEPS, json.loads(done.stdout), strict=True):
        allowed |= more
        assert set(loaded) <= allowed, line
