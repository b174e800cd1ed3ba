"""R4: killed at any step of any write, a file is the old one or the new one, never a part."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from optimize.run.checkpoint import Checkpoint
from optimize.utils.files import RunFolderError
from tests.conftest import LONG, Tally
from tests.reliability.processes import (
    STEPS,
    TANK,
    Server,
    assert_same,
    discard_unbegun,
    findings,
    run_folder,
    temporaries,
    write_config,
)

FEW = {"generations": 3}


def assert_whole(folder: Path) -> None:
    """Fail on a file under its final name that cannot be read from end to end."""
    for path in folder.rglob("*"):
        if path.name.startswith(".tmp-") or not path.is_file():
            continue
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".parquet":
            pq.read_table(path)
        elif path.suffix == ".csv":
            assert path.read_text("utf-8").endswith("\n")
    if (folder / "checkpoint" / "state.json").exists():
        Checkpoint(folder / "checkpoint").load()


def turns(count: int, number: int) -> list[int]:
    """Return the steps to be killed at: all, or some spread over all."""
    if LONG:
        return list(range(1, count + 1))
    return np.unique(np.linspace(1, count, number).round().astype(int)).tolist()


@pytest.mark.promise("R4", "R1")
def test_killed_at_any_step_of_a_new_run(processes: Server, tmp_path: Path, tally: Tally) -> None:
    config = write_config(tmp_path, TANK, algorithm=FEW)
    whole = processes.call("run", config, "--out", tmp_path / "whole", of=STEPS)
    folder = run_folder(tmp_path / "whole")
    assert whole.code == 0, whole.err
    assert folder is not None
    assert set(STEPS) == set(whole.steps)
    reference = findings(folder)
    stray = 0
    for turn in turns(len(whole.steps), 11):
        out = tmp_path / str(turn)
        how: dict[str, Any] = {"of": STEPS, "at": turn, "signal": signal.SIGKILL}
        assert processes.call("run", config, "--out", out, **how).code == -9
        killed = run_folder(out)
        if killed is None:
            continue
        assert_whole(killed)
        stray += len(temporaries(killed))
        done = processes.call("resume", killed)
        if discard_unbegun(killed, done):
            continue
        assert done.code == 0, done.err
        assert_same(killed, reference)
        shutil.rmtree(out)
        tally.count("kills survived")
        tally.count("kills between write and rename")
    assert stray > 0
    tally.count("stray temporary files cleaned", stray)


@pytest.mark.promise("R4", "R1")
def test_killed_at_any_step_of_a_longer_run(
    processes: Server, tmp_path: Path, tally: Tally
) -> None:
    """A finished run is lengthened: every result is that of before or that of the new length."""
    config = write_config(tmp_path, TANK, algorithm=FEW)
    assert processes.call("run", config, "--out", tmp_path / "old").code == 0
    old = run_folder(tmp_path / "old")
    assert old is not None
    new = tmp_path / "new"
    shutil.copytree(old, new)
    whole = processes.call("resume", new, "--generations", "5", of=STEPS)
    assert whole.code == 0, whole.err
    reference = findings(new)
    files = [path.name for path in new.glob("*") if path.suffix in (".parquet", ".csv", ".yaml")]
    for turn in turns(len(whole.steps), 5):
        folder = tmp_path / str(turn)
        shutil.copytree(old, folder)
        how: dict[str, Any] = {"of": STEPS, "at": turn, "signal": signal.SIGKILL}
        assert processes.call("resume", folder, "--generations", "5", **how).code == -9
        assert_whole(folder)
        for name in files:
            if name != "history.parquet":  # it holds times
                either = ((old / name).read_bytes(), (new / name).read_bytes())
                assert (folder / name).read_bytes() in either, name
        done = processes.call("resume", folder, "--generations", "5")
        assert done.code == 0, done.err
        assert_same(folder, reference)
        shutil.rmtree(folder)
        tally.count("kills survived")
        tally.count("kills between write and rename")


def test_a_folder_without_any_file_says_so(processes: Server, tmp_path: Path) -> None:
    (tmp_path / "run" / "checkpoint").mkdir(parents=True)
    (tmp_path / ".tmp-mine").write_text("of someone else", "utf-8")
    (tmp_path / "run" / ".tmp-half.yaml").write_text("na", "utf-8")
    ended = processes.call("resume", tmp_path / "run")
    assert (ended.code, ended.out) == (4, "")
    assert "start the run again" in ended.err
    assert processes.call("resume", tmp_path).code == 4
    assert [path.name for path in tmp_path.glob(".tmp-*")] == [".tmp-mine"]


def test_a_lost_state_is_told_apart_from_one_never_saved(processes: Server, tmp_path: Path) -> None:
    config = write_config(tmp_path, TANK, algorithm=FEW)
    assert processes.call("run", config, "--out", tmp_path / "runs").code == 0
    folder = run_folder(tmp_path / "runs")
    assert folder is not None
    (folder / "checkpoint" / "state.json").unlink()
    ended = processes.call("resume", folder)
    assert ended.code == 4
    assert "no checkpoint" in ended.err
    with pytest.raises(RunFolderError):
        Checkpoint(folder / "checkpoint").load()
