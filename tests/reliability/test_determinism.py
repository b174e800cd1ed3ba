"""R11: the same seed gives the same bytes, however and wherever it is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.config.traits import ALGORITHMS, TRAITS, missing_packages
from optimize.run.start import start_run
from tests.conftest import LONG, Tally
from tests.optimize.conftest import ROOT
from tests.reliability.processes import GAMBLE, RESULTS, TANK, findings, write_config
from tests.reliability.test_kills import SATELLITE

PROBLEMS: dict[str, dict[str, Any]] = {
    "satellite": SATELLITE,
    "robust": GAMBLE,
    "tank": TANK,
    **{
        name: {**TANK, "algorithm": {"name": name, "population": 12, "generations": 5}}
        for name in ALGORITHMS
    },
}


def inside(config: Path, out: Path, *overrides: str) -> Path:
    """Carry out a run in this process."""
    setting, study = read_study(load_source(config, overrides))
    return start_run(setting, study, out=out).run.path


def shell(config: Path, out: Path, *options: str, **environment: str) -> list[Path]:
    """Carry out runs in processes of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "optimize", "run", str(config), "--out", str(out), *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return sorted(path for path in out.iterdir() if path.is_dir())


def results(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every result."""
    return {name: (folder / name).read_bytes() for name in RESULTS if (folder / name).exists()}


@pytest.mark.promise("R11")
@pytest.mark.parametrize("name", list(PROBLEMS) if LONG else ["satellite", "robust", "nsga3"])
def test_the_same_seed_twice(name: str, tmp_path: Path, tally: Tally) -> None:
    if name in TRAITS and (missing := missing_packages(name)):
        pytest.skip(missing)
    config = write_config(tmp_path, PROBLEMS[name])
    one, two = (findings(inside(config, tmp_path / out)) for out in ("one", "two"))
    assert one == two
    other = inside(config, tmp_path / "other", "algorithm.seed=99")
    assert results(other)["front.parquet"] != one["files"]["front.parquet"]
    tally.count("runs repeated")


@pytest.mark.promise("R11")
@pytest.mark.parametrize("name", ["satellite", "robust", "tank"] if LONG else ["satellite"])
def test_hash_seeds_threads_and_processes(name: str, tmp_path: Path, tally: Tally) -> None:
    """Fresh processes, the order of sets and the number of threads change no byte."""
    config = write_config(tmp_path, PROBLEMS[name])
    here = results(inside(config, tmp_path / "here"))
    for hash_seed, threads in (("1", "2"), ("0", "1"), ("2", "2"))[: None if LONG else 1]:
        out = tmp_path / f"{hash_seed} {threads}"
        environment = {"PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": threads}
        (there,) = shell(config, out, OPENBLAS_NUM_THREADS=threads, **environment)
        assert results(there) == here
        tally.count("runs repeated")


@pytest.mark.promise("R11")
def test_one_or_two_workers(tmp_path: Path, tally: Tally) -> None:
    config = write_config(tmp_path, SATELLITE if LONG else TANK)
    found = []
    for workers in ("1", "2"):
        folders = shell(config, tmp_path / workers, "--seeds", "2", "--workers", workers)
        assert len(folders) == 2
        found.append(sorted((results(folder) for folder in folders), key=str))
        tally.count("runs repeated", 2)
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]
    assert results(inside(config, tmp_path / "alone")) in found[0]
