"""One mutant after the other, each in a copy of the repository and a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from tests.mutants.contexts import SOURCES
from tests.mutants.mutations import Mutation

ROOT = Path(__file__).parents[2]
_SLACK = 5.0  # a mutant may take so many times as long as its tests did
_START_S = 60.0
#: Loaded before the process splits, so that no mutant waits for them; not what pytest rewrites.
_COMMON = ("moocore", "numpy", "optuna", "pandas", "pyarrow.parquet", "pydantic")
_COMMON += ("pymoo.core.algorithm", "pytest", "ruamel.yaml", "scipy.optimize", "matplotlib")


class Mutant(NamedTuple):
    """A change to a file, and the test functions that may notice it, in their order."""

    group: str
    path: str
    mutation: Mutation
    tests: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def change(self) -> Mutant:
        """What is changed, whichever tests try it."""
        return Mutant(self.group, self.path, self.mutation)

    @property
    def text(self) -> str:
        """Place and change."""
        return f"{self.path}:{self.mutation.line}: `{self.mutation.old}` -> `{self.mutation.new}`"


def unchanged(mutant: Mutant) -> Mutant:
    """Return the same trial of the code as it is."""
    return mutant._replace(mutation=mutant.mutation._replace(new=mutant.mutation.old))


@dataclass
class _Place:
    """A copy of the repository with one mutant in it, and the process that tries it."""

    folder: Path
    mutant: Mutant | None = None
    process: int = 0
    end: float = 0.0
    original: bytes = field(default=b"", repr=False)


def copied(folder: Path) -> None:
    """Copy what belongs to the repository, changes that are not committed included."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, found.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def tried(
    mutants: Sequence[Mutant],
    folder: Path,
    processes: int,
    told: Callable[[Mutant, bool, int], None],
) -> None:
    """Try every mutant and tell whether it was caught.

    Parameters
    ----------
    mutants
        In the order in which they are tried.
    folder
        Of copies of the repository; what is in it goes.
    processes
        How many are tried at a time.
    told
        Called with each mutant, whether a test noticed it, and how many were tried so far.
    """
    for name in _COMMON:
        import_module(name)
    shutil.rmtree(folder, ignore_errors=True)
    places = [_Place(folder / str(number)) for number in range(min(processes, len(mutants)))]
    for place in places:
        copied(place.folder)
    waiting, done = list(reversed(mutants)), 0
    while waiting or any(place.mutant for place in places):
        for place in places:
            if place.mutant is None and waiting:
                _begin(place, waiting.pop())
            caught = _ended(place) if place.mutant else None
            if caught is not None and place.mutant is not None:
                done += 1
                told(place.mutant, caught, done)
                place.mutant = None
        time.sleep(0.05)


def _begin(place: _Place, mutant: Mutant) -> None:
    target = place.folder / mutant.path
    place.original = target.read_bytes()
    target.write_bytes(mutant.mutation.applied(place.original))
    place.mutant, place.end = mutant, time.monotonic() + _START_S + _SLACK * mutant.seconds
    place.process = os.fork()
    if place.process == 0:
        os.setpgrp()  # whatever it starts ends with it
        os._exit(_carried_out(place.folder, mutant.tests))


def _carried_out(folder: Path, tests: Sequence[str]) -> int:
    """Run tests in this process, silently; return the exit code of pytest."""
    import pytest

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    sys.path[:] = [str(folder), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    for name in [name for name in sys.modules if name.split(".")[0] in ("tests", *SOURCES)]:
        del sys.modules[name]
    silence = os.open(os.devnull, os.O_RDWR)
    for handle in range(3):
        os.dup2(silence, handle)
    quiet = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0")
    return int(pytest.main([*quiet, *tests]))


def _ended(place: _Place) -> bool | None:
    """Return whether the mutant was caught; None while its tests run."""
    process, status = os.waitpid(place.process, os.WNOHANG)
    late = time.monotonic() > place.end
    if process == 0 and not late:
        return None
    with suppress(ProcessLookupError):
        os.killpg(place.process, signal.SIGKILL)
    if process == 0:
        os.waitpid(place.process, 0)
    if place.mutant is not None:
        (place.folder / place.mutant.path).write_bytes(place.original)
    if late and process == 0:
        return True  # a loop that does not end is noticed
    code = os.waitstatus_to_exitcode(status)
    if code == 5:  # 4 is a change that keeps the tests from being loaded
        raise RuntimeError(f"no test was found for {place.mutant and place.mutant.text}")
    return code != 0
