"""R6 and R7: one owner for a run folder, and no place for a run that is not what was asked for."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from optimize.engine import search as search_module
from optimize.utils.files import IN_USE, NO_SPACE, REFUSED, RunFolderError, locked
from tests.conftest import Tally
from tests.optimize.conftest import ROOT
from tests.reliability.tanks import assert_told, bytes_of, command, execute, write_tank
from tests.reliability.test_disks import read_only

HOLDER = """
import sys, time
from pathlib import Path
from optimize.utils.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
#: Names that a folder of a run never gets, each for a reason of its own.
NAMES = (
    "../x",
    "..",
    ".",
    "/tmp/x",
    "a/b",
    "a\\b",
    "C:x",
    "CON",
    "con",
    "nul.txt",
    "COM1",
    "lpt9.run",
    "AUX.",
    "x.",
    "x" * 300,
    "",
    " ",
    "a b",
    "-rf",
    "~",
    "a\nb",
    "a\0b",
    ".hidden",
    "ü",
    "$HOME",
)


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold a run folder in another process."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    small = ("algorithm.generations=3", "algorithm.population=12")
    return execute(write_tank(tmp_path), tmp_path / "runs", *small).run.path


@pytest.mark.promise("R6")
def test_second_owner_is_told_who_the_first_is(finished: Path, tally: Tally) -> None:
    before = bytes_of(finished)
    with holder(finished) as process:
        name = f"process {process.pid} on {socket.gethostname()}"
        assert_told(command("resume", finished, "--generations", "9"), IN_USE, name)
        tally.count("second owners refused")
        assert bytes_of(finished) == before
        assert (finished / ".lock").read_text() == name + "\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (finished / ".lock").exists()
        assert command("resume", finished).exit_code == 0
        tally.count("locks of killed processes taken over")
    assert bytes_of(finished) == before


@pytest.mark.promise("R6")
def test_a_run_that_is_going_cannot_be_resumed(tmp_path: Path, tally: Tally) -> None:
    config = write_tank(tmp_path, algorithm={"generations": 1_000_000})
    with subprocess.Popen(
        [sys.executable, "-m", "optimize", "run", str(config), "--out", str(tmp_path / "runs")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            end = time.monotonic() + 100.0
            while not list(tmp_path.glob("runs/*/checkpoint/state.json")):
                assert time.monotonic() < end
                assert process.poll() is None
                time.sleep(0.05)
            (folder,) = (tmp_path / "runs").iterdir()
            told = command("resume", folder)
            assert_told(told, IN_USE, f"process {process.pid} on {socket.gethostname()}")
            tally.count("second owners refused")
            assert command("select", folder).exit_code == REFUSED  # nothing to choose from yet
        finally:
            process.kill()
            process.wait()
    assert command("resume", folder, "--generations", "5").exit_code == 0
    tally.count("locks of killed processes taken over")


@pytest.mark.promise("R6")
def test_lock_of_a_process_long_dead_is_taken_over(finished: Path) -> None:
    (finished / ".lock").write_text("process 99999999 on elsewhere\n")
    assert command("resume", finished).exit_code == 0
    assert not (finished / ".lock").exists()


@pytest.mark.promise("R6")
def test_lock_removed_by_its_last_owner_is_not_held_by_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first owner leaves just when the second has opened its lock file."""
    path, good, calls = tmp_path / ".lock", fcntl.flock, []

    def late(handle: int, operation: int) -> None:
        if not calls:
            path.unlink()
        calls.append(handle)
        good(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(tmp_path):
        assert len(calls) == 2
        assert path.exists()
        with pytest.raises(RunFolderError, match=f"in use by process {os.getpid()}"):
            locked(tmp_path).__enter__()


@pytest.mark.promise("R6")
def test_file_system_without_locks_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", cannot)
    with pytest.raises(RunFolderError, match="No locks available") as caught:
        locked(tmp_path).__enter__()
    assert caught.value.exit_code == NO_SPACE


@pytest.mark.promise("R6")
def test_runs_of_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    config = write_tank(tmp_path, algorithm={"generations": 1})
    made = {execute(config, tmp_path / "runs").run.path for _ in range(4)}
    assert len(made) == 4


@pytest.fixture
def nothing_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every evaluation a failure of the test."""

    def never(self: object, x: object) -> None:
        raise AssertionError("evaluated")

    monkeypatch.setattr(search_module.Search, "evaluate", never)


def everything(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.promise("R7")
@pytest.mark.usefixtures("nothing_evaluated")
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_names_that_are_no_folder_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally, name: str
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    config = write_tank(inside, name=name)
    before = everything(tmp_path)
    for ask in (("check", config), ("run", config)):
        told = command(*ask)
        assert told.exit_code == 2, told.output
        (line,) = told.stderr.splitlines()
        assert line.startswith(f"{config}:2:2: name: ")
    assert everything(tmp_path) == before
    tally.count("impossible names refused")


@pytest.mark.promise("R7")
@pytest.mark.parametrize(
    "name", ["console", "x.y-z_1", "comrade", "lpt", "con1", "A" * 64, "com10"]
)
def test_names_that_only_look_reserved(tmp_path: Path, name: str) -> None:
    assert command("check", write_tank(tmp_path, name=name)).exit_code == 0


@pytest.mark.promise("R7")
@pytest.mark.usefixtures("nothing_evaluated")
@pytest.mark.parametrize(
    "case", ["file", "below a file", "too long", "loop", "dangling", "no device"]
)
def test_places_where_no_run_can_be(tmp_path: Path, tally: Tally, case: str) -> None:
    config = write_tank(tmp_path)
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    place = {
        "file": tmp_path / "file",
        "below a file": tmp_path / "file" / "below",
        "too long": tmp_path / ("x" * 300),
        "loop": tmp_path / "loop",
        "dangling": tmp_path / "dangling",
        "no device": Path("/proc/none/here"),
    }[case]
    before = everything(tmp_path)
    told = command("run", config, "--out", place)
    assert told.exit_code in (2, NO_SPACE), told.output
    assert isinstance(told.exception, SystemExit)
    assert "Traceback" not in told.stderr
    assert everything(tmp_path) == before
    assert (tmp_path / "file").read_text() == "in the way"
    tally.count("impossible places refused")


@pytest.mark.promise("R7")
@pytest.mark.usefixtures("nothing_evaluated")
def test_read_only_place(tmp_path: Path, tally: Tally) -> None:
    config = write_tank(tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    with read_only(place):
        for out in (place, place / "missing" / "parent"):
            assert_told(command("run", config, "--out", out), NO_SPACE, "Read-only file system")
            tally.count("impossible places refused")
    assert everything(place) == []


@pytest.mark.promise("R7")
def test_missing_parents_are_made_and_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    """Both were asked for by name; what they lead to is all that is written."""
    config = write_tank(tmp_path, algorithm={"generations": 1})
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "scratch")
    assert command("run", config, "--out", tmp_path / "a" / "b" / "c").exit_code == 0
    assert command("run", config, "--out", tmp_path / "link").exit_code == 0
    assert len(list((tmp_path / "a" / "b" / "c").iterdir())) == 1
    assert len(list((tmp_path / "scratch").iterdir())) == 1


@pytest.mark.promise("R7")
@pytest.mark.parametrize("part", ["checkpoint", "figures", "export"])
def test_run_folder_whose_parts_lead_elsewhere(
    finished: Path, tmp_path: Path, tally: Tally, part: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if (finished / part).exists():
        (finished / part).rename(elsewhere)
    else:
        elsewhere.mkdir()
    (finished / part).symlink_to(elsewhere)
    before = everything(elsewhere)
    for ask in (["resume", finished], ["report", finished], ["select", finished]):
        assert_told(command(*ask), REFUSED, f"{part} is a link")
        tally.count("links refused")
    assert everything(elsewhere) == before


@pytest.mark.promise("R7")
@pytest.mark.parametrize("file", ["front.csv", "manifest.json", "summary.md", "history.parquet"])
def test_files_that_are_links_are_replaced_not_followed(
    finished: Path, tmp_path: Path, file: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    old = (finished / file).read_bytes() if (finished / file).exists() else b"old"
    elsewhere.write_bytes(old)
    (finished / file).unlink(missing_ok=True)
    (finished / file).symlink_to(elsewhere)
    assert command("resume", finished, "--generations", "5").exit_code == 0
    assert elsewhere.read_bytes() == old
    assert not (finished / file).is_symlink()


@pytest.mark.promise("R7")
def test_lock_that_is_a_link_is_refused(finished: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    (finished / ".lock").symlink_to(elsewhere)
    assert_told(command("resume", finished), NO_SPACE, ".lock")
    assert elsewhere.read_text() == "precious"


@pytest.mark.promise("R7")
@pytest.mark.parametrize("kind", ["missing", "file", "empty", "dangling", "config only"])
def test_what_is_no_run_folder(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "file":
        place.write_text("no folder")
    elif kind == "dangling":
        place.symlink_to(tmp_path / "nowhere")
    elif kind != "missing":
        place.mkdir()
    if kind == "config only":
        (place / "config.yaml").write_text(json.dumps({"name": "x"}))
    before = everything(tmp_path)
    for ask in ("resume", "report", "select", "explore"):
        assert_told(command(ask, place), REFUSED, str(place))
    assert everything(tmp_path) == before
