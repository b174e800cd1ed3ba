"""R25: ten million evaluations in flat memory, their checkpoints next to free."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from optimize.run import distinct as distinct_module
from optimize.run.distinct import first_of_all
from tests.conftest import Tally
from tests.optimize.conftest import ROOT

#: Evaluations after which every part of a run has been at work, the storing of designs included.
WARM = 120_000
MOST_GROWTH_MB = 50.0
MOST_SHARE = 0.02


def soaked(out: Path, evaluations: int, stored: bool) -> dict[str, float]:
    """Carry out a long run in a process of its own; return what was watched."""
    call = ["-m", "tests.reliability.soaking", str(out), str(evaluations), str(stored).lower()]
    done = subprocess.run([sys.executable, *call], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.promise("R25")
@pytest.mark.parametrize("stored", [False, True], ids=["front only", "every design"])
def test_soak(tmp_path: Path, tally: Tally, long_run: bool, stored: bool) -> None:
    """Flat after the first tenth; in the long version its peak is that of a short run, too."""
    if not (stored or long_run):
        pytest.skip("part of the long version: storing every design keeps the front too")
    evaluations = 10_000_000 if long_run else 160_000
    found = soaked(tmp_path / "long", evaluations, stored)
    assert found["evaluations"] == evaluations
    growth_mb = found["growth_mb"]
    if long_run:
        short = soaked(tmp_path / "short", WARM, stored)
        growth_mb = max(growth_mb, found["peak_mb"] - short["peak_mb"])
    kept = "every design stored" if stored else "front only"
    tally.count("evaluations in soak runs", evaluations)
    tally.most(f"memory growth ({kept})", growth_mb, "MB")
    tally.most(f"share of checkpoints ({kept})", 100.0 * found["share"], "%")
    assert growth_mb < MOST_GROWTH_MB
    assert found["share"] < (MOST_SHARE if long_run else 5.0 * MOST_SHARE)  # others work here too
    if stored:
        (run,) = (tmp_path / "long").iterdir()
        assert pq.read_metadata(run / "evaluations.parquet").num_rows == found["distinct"]
        assert 0.9 * evaluations < found["distinct"] < 1.01 * evaluations
    shutil.rmtree(tmp_path / "long")


@pytest.mark.promise("R25")
def test_first_of_all_is_exact_in_any_number_of_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(7)
    blocks = [rng.integers(0, 30, (n, 2)).astype(np.float64) for n in (400, 1, 0, 700, 300)]
    known: set[tuple[float, ...]] = set()
    expected = []
    for block in blocks:
        expected.append([])
        for row in map(tuple, block.tolist()):
            expected[-1].append(row not in known)
            known.add(row)
    for most in (1 << 19, 300, 100, 7):
        monkeypatch.setattr(distinct_module, "_BUCKET", most)
        assert [keep.tolist() for keep in first_of_all(blocks, tmp_path)] == expected
    assert list(tmp_path.iterdir()) == []
