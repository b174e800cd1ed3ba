"""What is asked of the file system, in order, and what a power cut could make of it.

A file is safe from a power cut once its content was flushed, then renamed to its final name, and
then its folder was flushed: only then may anything be done that builds on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: Held while a process lives, and worth nothing afterwards.
_UNSAFE = {".lock"}


@dataclass(frozen=True)
class Event:
    """A flush, a rename or a new folder.

    ``path`` is what was renamed to or made, ``folder`` the number of the folder that holds it, or
    that was flushed. ``needs`` are the files that a renamed state names.
    """

    kind: str  # "flush", "flush folder", "rename", "folder"
    path: Path
    folder: int
    thread: int
    whole: bool = True
    needs: frozenset[str] = frozenset()


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Event]]:
    """Give the list of events, to be read after the block."""
    events: list[Event] = []
    flushed: dict[int, str] = {}
    real = {name: getattr(os, name) for name in ("fsync", "replace", "mkdir")}

    def fsync(handle: int) -> None:
        about = os.fstat(handle)
        real["fsync"](handle)
        if stat.S_ISDIR(about.st_mode):
            events.append(Event("flush folder", Path(), about.st_ino, threading.get_ident()))
            return
        flushed[about.st_ino] = hashlib.sha256(os.pread(handle, about.st_size, 0)).hexdigest()
        events.append(Event("flush", Path(), 0, threading.get_ident()))

    def replace(source: Any, target: Any, **kwargs: Any) -> None:
        source, target = Path(source), Path(target).absolute()
        whole = not source.is_dir() and flushed.get(source.stat().st_ino) == _digest(source)
        needs = _named(source) if target.name == "state.json" else frozenset()
        real["replace"](source, target, **kwargs)
        events.append(_placed("rename", target, whole, needs))

    def mkdir(path: Any, *args: Any, **kwargs: Any) -> None:
        real["mkdir"](path, *args, **kwargs)
        events.append(_placed("folder", Path(path).absolute()))

    with monkeypatch.context() as patch:
        for name, function in (("fsync", fsync), ("replace", replace), ("mkdir", mkdir)):
            patch.setattr(os, name, function)
        yield events


def _placed(
    kind: str, path: Path, whole: bool = True, needs: frozenset[str] = frozenset()
) -> Event:
    return Event(kind, path, path.parent.stat().st_ino, threading.get_ident(), whole, needs)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _named(state: Path) -> frozenset[str]:
    """Return the files that the state of a search cannot be read without."""
    content = json.loads(json.loads(state.read_text("utf-8"))["content"])
    return frozenset({content["arrays"]["file"], *(part["file"] for part in content["parts"])})


def unsafe(events: list[Event], folder: Path) -> list[str]:
    """Return what a power cut could have destroyed of what lies in ``folder`` now."""
    found = []
    safe: set[Path] = set()
    for at, event in enumerate(events):
        inside = folder in (event.path, *event.path.parents)
        if not inside or event.path.name.startswith(".tmp-"):
            continue
        name = event.path.relative_to(folder)
        if event.kind == "rename" and not event.whole:
            found.append(f"{name}: renamed before its content was flushed")
        if not _flushed_next(events, at):
            found.append(f"{name}: its folder was not flushed")
        missing = event.needs - {path.name for path in safe}
        if missing:
            found.append(f"{name}: renamed before {', '.join(sorted(missing))} was safe")
        safe.add(event.path)
    there = {p for p in folder.rglob("*") if p.name not in _UNSAFE and p.is_file()}
    return found + [f"{p.relative_to(folder)}: written in place" for p in sorted(there - safe)]


def _flushed_next(events: list[Event], at: int) -> bool:
    """Return whether the same thread flushes the folder of an event before its next rename."""
    event = events[at]
    for later in events[at + 1 :]:
        if later.thread == event.thread:
            if later.kind == "flush folder" and later.folder == event.folder:
                return True
            if later.kind == "rename":
                return False
    return False
