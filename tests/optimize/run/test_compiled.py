"""A run on the compiled model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.run.folder import load_run

SETTINGS = ("algorithm.population=20", "output.figures=false", "output.explorer=false")


def run(backend: str, out: Path) -> Path:
    """Return the folder of a short run on an engine that compiles."""
    words = ["run", "quick", "--set", f"backend={backend}", "--generations", "6", "--json"]
    words += [word for setting in SETTINGS for word in ("--set", setting)]
    result = CliRunner().invoke(main, [*words, "--out", str(out)], catch_exceptions=False)
    document: dict[str, Any] = json.loads(result.stdout)
    return Path(document["run"])


@pytest.mark.parametrize(("backend", "package"), [("llvm", "llvmlite"), ("jax", "jax")])
def test_the_same_seed_gives_the_same_front_which_numpy_confirms(
    tmp_path: Path, backend: str, package: str
) -> None:
    pytest.importorskip(package)
    first, second = run(backend, tmp_path / "first"), run(backend, tmp_path / "second")
    assert json.loads((first / "manifest.json").read_text())["backend"] == backend
    fronts = [pd.read_parquet(folder / "front.parquet") for folder in (first, second)]
    pd.testing.assert_frame_equal(*fronts)
    stored = load_run(first)
    names = [objective.output for objective in stored.objectives]
    for name, column in stored.problem.evaluate(stored.front_x, names).items():
        np.testing.assert_allclose(fronts[0][name], column, rtol=1e-10)
