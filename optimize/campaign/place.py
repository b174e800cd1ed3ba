"""Where a campaign keeps its folders: a local or shared folder, or any URL that fsspec supports.

At a URL a run becomes visible by its manifest, which is uploaded last: a folder without one is half
uploaded and counts for nothing.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optimize.utils.files import NO_SPACE, RunFolderError, locked
from problems.spec import SpecError

RUNS = "runs"
PLAN = "campaign.yaml"
RESULT = "campaign.json"
_MANIFEST = "manifest.json"
#: What judging a run needs; the rest of its folder stays where it is.
_ESSENTIAL = ("config.yaml", "front.parquet", "history.parquet", _MANIFEST)


class CampaignError(Exception):
    """A campaign that cannot begin or go on; what is done stays done."""

    exit_code = 1


def is_url(place: str) -> bool:
    """Return whether a place is for fsspec.

    Examples
    --------
    >>> is_url("s3://bucket/study"), is_url("/data/study")
    (True, False)
    """
    return "://" in place


def join(place: str, *parts: str) -> str:
    """Return a place below another.

    Examples
    --------
    >>> join("s3://bucket/study/", "runs")
    's3://bucket/study/runs'
    """
    if is_url(place):
        return "/".join([place.rstrip("/"), *parts])
    return str(Path(place, *parts))


def require(package: str, purpose: str) -> None:
    """Stop with the way out when a package of the extra is missing.

    Raises
    ------
    SpecError
        Naming the extra.
    """
    if find_spec(package) is None:
        text = f"{purpose} needs {package}: pip install 'heliofront[campaign]'"
        raise SpecError("campaign", text)


def move_aside(folder: Path) -> Path:
    """Rename a run folder that is not in use, so that its name is free; return its new place."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.damaged-{number}")).exists():
        number += 1
    with locked(folder):
        folder.rename(aside)
    (aside / ".lock").unlink(missing_ok=True)
    return aside


class Remote:
    """The folder of a campaign at an fsspec URL.

    Raises
    ------
    SpecError
        When fsspec does not support the URL, or the plugin for it is missing.
    """

    def __init__(self, url: str) -> None:
        require("fsspec", "--out with a URL")
        from fsspec.core import url_to_fs

        try:
            fs, root = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise SpecError("out", f"{url} cannot be opened: {error}") from None
        self.url = url
        self.fs: Any = fs
        self.root = str(root).rstrip("/")

    def fetch_run(self, name: str, folder: Path) -> bool:
        """Copy what judging a run needs to ``folder``; False when it is not wholly there."""
        source = f"{self.root}/{RUNS}/{name}"
        if not self.fs.exists(f"{source}/{_MANIFEST}"):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        for file in _ESSENTIAL:
            try:
                (folder / file).write_bytes(self.fs.cat_file(f"{source}/{file}"))
            except FileNotFoundError:
                (folder / file).unlink(missing_ok=True)
        return True

    def put_run(self, name: str, folder: Path) -> None:
        """Upload a finished run, its manifest last; leftovers of an earlier try go first."""
        target = f"{self.root}/{RUNS}/{name}"
        if self.fs.exists(target):
            self.fs.rm(target, recursive=True)
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
        files.sort(key=lambda path: path == folder / _MANIFEST)
        for path in files:
            self._put(path, f"{target}/{path.relative_to(folder).as_posix()}")

    def move_aside(self, name: str) -> str:
        """Rename a run; return its new name."""
        number = 1
        while self.fs.exists(f"{self.root}/{RUNS}/{name}.damaged-{number}"):
            number += 1
        aside = f"{name}.damaged-{number}"
        runs = f"{self.root}/{RUNS}"
        self.fs.mv(f"{runs}/{name}", f"{runs}/{aside}", recursive=True)
        return aside

    def put_files(self, folder: Path, names: Sequence[str]) -> None:
        """Upload files of the campaign folder itself, in this order."""
        for name in names:
            self._put(folder / name, f"{self.root}/{name}")

    def has(self, name: str) -> bool:
        """Return whether a file of the campaign folder is there."""
        return bool(self.fs.exists(f"{self.root}/{name}"))

    def _put(self, path: Path, target: str) -> None:
        self.fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        self.fs.pipe_file(target, path.read_bytes())


def require_visible(place: str) -> None:
    """Raise unless this machine sees the folder of the campaign.

    Raises
    ------
    RunFolderError
        When the plan, which is written before any run, is not there.
    """
    seen = Remote(place).has(PLAN) if is_url(place) else Path(place, PLAN).is_file()
    if not seen:
        raise RunFolderError(
            f"{socket.gethostname()} does not see {place}: use a folder that all machines share, "
            "or --out with a URL",
            NO_SPACE,
        )


def clear(folder: Path) -> None:
    """Remove a local copy of a run."""
    shutil.rmtree(folder, ignore_errors=True)
