"""R5: a disk that is full, over its quota, read-only or forbidden costs nothing but time."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from optimize.run import session as session_module
from optimize.utils.files import NO_SPACE
from tests.conftest import Tally
from tests.optimize.conftest import ROOT
from tests.reliability.tanks import assert_told, bytes_of, command, execute, strays, write_tank

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
SHORT = ("algorithm.generations=4", "algorithm.population=20")
#: Everything through which this package puts something on a disk.
STEPS: tuple[tuple[Any, str], ...] = (
    (tempfile, "mkstemp"),
    (tempfile, "TemporaryFile"),
    (Path, "mkdir"),
    (Path, "write_bytes"),
    (Path, "chmod"),
    (Path, "replace"),
    (os, "fsync"),
    (os, "ftruncate"),
    (os, "pwrite"),
)


class Disk:
    """Counts what is done to the disk; from one step on, everything fails."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        self.full_at = sys.maxsize
        self.number = errno.ENOSPC
        for owner, name in STEPS:
            patch.setattr(owner, name, self._watched(getattr(owner, name), name))

    def fill(self, step: int, number: int) -> None:
        """Fail from this step on."""
        self.steps, self.full_at, self.number = 0, step, number

    def free(self) -> None:
        """Work again."""
        self.full_at = sys.maxsize

    def _watched(self, good: Callable[..., Any], name: str) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            self.steps += 1
            if self.steps >= self.full_at:
                if name == "write_bytes":  # what still fits is written
                    good(args[0], bytes(args[1])[: len(args[1]) // 2])
                raise OSError(self.number, os.strerror(self.number))
            return good(*args, **kwargs)

        return step


@pytest.mark.promise("R5")
def test_run_meets_a_full_disk_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally, long_run: bool
) -> None:
    config = write_tank(tmp_path)
    whole = bytes_of(execute(config, tmp_path / "whole", *SHORT).run.path)
    monkeypatch.setattr(session_module, "CHECKPOINT_SECONDS", 0.0)
    disk = Disk(monkeypatch)
    settings = [word for change in SHORT for word in ("--set", change)]
    assert command("run", config, *settings, "--out", tmp_path / "count").exit_code == 0
    last = disk.steps
    steps = (
        range(1, last + 1) if long_run else sorted({*range(1, 14, 2), *range(last - 5, last + 1)})
    )
    cases = (
        [(s, e) for s in steps for e in ERRORS]
        if long_run
        else [(step, ERRORS[i % len(ERRORS)]) for i, step in enumerate(steps)]
    )
    for step, number in cases:
        out = tmp_path / f"{step}-{number}"
        disk.fill(step, number)
        told = command("run", config, *settings, "--out", out)
        disk.free()
        if told.exit_code == 0:  # only the folder's own flush failed, which some disks cannot do
            assert step > last - 8
            continue
        reason = "disk is full" if number in ERRORS[:2] else os.strerror(number)
        assert_told(told, NO_SPACE, reason)
        tally.count("disk errors survived")
        folders = list(out.iterdir()) if out.exists() else []
        assert [path for path in strays(out) if not path.endswith(".lock")] == []
        if folders and (folders[0] / "config.yaml").exists():
            assert command("resume", folders[0]).exit_code == 0, f"step {step} of {last}"
            assert bytes_of(folders[0]) == whole, f"step {step} of {last}"
            assert strays(out) == []
            tally.count("runs resumed after a disk error")
        shutil.rmtree(out, ignore_errors=True)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a file system of a given size."""
    place.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    try:
        done = subprocess.run(call, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no mount here: {error}")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Write until nothing fits any more."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while stream.write(b"\0" * 4096):
            pass
    return ballast


def resize(place: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


@pytest.mark.promise("R5")
def test_run_on_a_disk_that_is_really_full(tmp_path: Path, tally: Tally, long_run: bool) -> None:
    """Every size that a search does not fit in, from a single page to all but the last file."""
    config = write_tank(tmp_path, output={"explorer": True, "figures": long_run})
    assert command("run", config, "--out", tmp_path / "whole").exit_code == 0
    (whole,) = (tmp_path / "whole").iterdir()
    need = sum(path.stat().st_blocks * 512 for path in whole.rglob("*")) // 1024
    shares = [i / 20 for i in range(1, 19)] if long_run else [0.02, 0.2, 0.45, 0.7]
    with small_disk(tmp_path / "disk", "64m") as disk:
        for share in shares:
            resize(disk, f"{max(8, 4 * int(need * share / 4))}k")
            told = command("run", config, "--out", disk / "runs")
            assert_told(told, NO_SPACE, "disk is full")
            tally.count("full disks survived")
            resize(disk, "64m")
            (folder,) = (disk / "runs").iterdir()
            assert [path for path in strays(disk) if not path.endswith(".lock")] == []
            if not (folder / "config.yaml").exists():
                shutil.rmtree(folder)
                continue
            again = command("resume", folder)
            assert again.exit_code == 0, again.output
            assert bytes_of(folder) == bytes_of(whole)
            assert (folder / "explorer.html").stat().st_size > 100_000
            assert strays(disk) == []
            shutil.rmtree(folder)


@pytest.fixture(scope="module")
def tank_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tank")
    return execute(write_tank(folder), folder / "runs", *SHORT).run.path


@pytest.fixture(scope="module")
def satellite_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stored = Path(__file__).parent / "data" / "run_v0_1_0"
    return Path(shutil.copytree(stored, tmp_path_factory.mktemp("quick") / "run"))


def asked_of(run: Path, out: Path) -> dict[str, list[str | Path]]:
    """Return what people ask of a run, the answer going to ``out``."""
    front = (run / "front.csv").read_text(encoding="utf-8")
    design = front.splitlines()[1].split(",")[0]
    quick = str(ROOT / "configs" / "quick.yaml")
    return {
        "run": ["run", quick, "--generations", "2", "--out", out],
        "tune": [
            "tune",
            quick,
            "--trials",
            "1",
            "--generations",
            "20",
            "--set",
            "algorithm.population=8",
            "--out",
            out,
        ],
        "export": ["export", run, "--design", design, "--format", "json", "--out", out],
        "explore": ["explore", run, "--out", out / "page.html", "--no-open"],
        "sensitivity": [
            "sensitivity",
            quick,
            "--samples",
            "16",
            "--top",
            "2",
            "--include",
            "launch",
            "--out",
            out,
        ],
        "odds": ["odds", run, "--futures", "2", "--out", out],
        "fleet": ["fleet", quick, "--out", out],
        "compare": ["compare", run, run, "--out", out],
        "breakeven": [
            "breakeven",
            quick,
            "--axis",
            "launch_price_usd_per_kg",
            "--points",
            "3",
            "--futures",
            "0",
            "--out",
            out,
        ],
        "claims": ["claims", "--only", "solar_yield", "--futures", "1", "--out", out],
    }


LONG_ONLY = {"tune", "breakeven", "claims", "sensitivity", "fleet"}
NAMES = (
    "run",
    "tune",
    "export",
    "explore",
    "sensitivity",
    "odds",
    "fleet",
    "compare",
    "breakeven",
    "claims",
)


@pytest.mark.promise("R5")
@pytest.mark.parametrize("name", NAMES)
def test_answers_meet_a_full_disk(
    satellite_run: Path, tmp_path: Path, tally: Tally, long_run: bool, name: str
) -> None:
    if name in LONG_ONLY and not long_run:
        pytest.skip("takes seconds: in the long version")
    with small_disk(tmp_path / "disk", "64k") as disk:
        ballast = fill(disk)
        told = command(*asked_of(satellite_run, disk)[name])
        assert_told(told, NO_SPACE, "disk is full")
        tally.count("answers refused by a full disk")
        left = [path for path in disk.rglob("*") if path.is_file() and path.stat().st_size]
        assert left == [ballast]


@pytest.mark.promise("R5")
@pytest.mark.parametrize("what", ["report", "select", "explore"])
def test_questions_to_a_run_on_a_read_only_disk(tank_run: Path, tmp_path: Path, what: str) -> None:
    """What only reads still answers; what writes says that it cannot."""
    place = tmp_path / "runs"
    shutil.copytree(tank_run, place)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with read_only(place):
        told = command(what, place, *(["--no-open"] if what == "explore" else []))
        if what == "select":
            assert told.exit_code == 0, told.output
        else:
            assert_told(told, NO_SPACE, "Read-only file system")
        assert_told(command("resume", place), NO_SPACE, "Read-only file system")
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Make a folder read-only, for its owner too."""
    try:
        bound = subprocess.run(
            ["mount", "--bind", str(place), str(place)], capture_output=True, check=False
        )
    except OSError as error:
        pytest.skip(f"no mount here: {error}")
    if bound.returncode:
        pytest.skip("no folder can be made read-only here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.promise("R5")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "configs/quick.yaml"], ["schema"], ["run", "--help"]]
)
def test_printing_to_a_full_disk(arguments: list[str], tally: Tally) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "optimize", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stderr) == (NO_SPACE, "error: cannot write: the disk is full\n")
    tally.count("answers refused by a full disk")


@pytest.mark.promise("R5")
def test_a_manifest_says_that_a_run_ended_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a full disk stopped is not mistaken for a finished run."""
    disk = Disk(monkeypatch)
    config = write_tank(tmp_path)
    command("run", config, "--out", tmp_path / "count")
    disk.fill(disk.steps - 8, errno.ENOSPC)
    told = command("run", config, "--out", tmp_path / "out")
    disk.free()
    assert told.exit_code == NO_SPACE
    (folder,) = (tmp_path / "out").iterdir()
    assert json.loads((folder / "manifest.json").read_text())["status"] == "running"
