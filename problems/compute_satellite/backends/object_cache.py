"""Compiled programs kept on disk, in a folder of the user."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

#: Programs kept; the ones not used for longest go first.
KEPT = 64


def cache_folder(engine: str) -> Path:
    """Return the folder of the user that keeps compiled programs of an engine."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:  # a user without a home keeps nothing
            base = Path(os.devnull)
    return base / "heliofront" / engine


def kept(folder: Path, *told: str) -> Path:
    """Return the file of a program, by everything that decides what it does."""
    return folder / f"{hashlib.sha256(chr(0).join(told).encode()).hexdigest()}.o"


def recall(path: Path) -> bytes | None:
    """Return a program that is kept, None where it is not or where another user wrote it."""
    try:
        with path.open("rb") as stream:
            owner = os.fstat(stream.fileno()).st_uid
            content = stream.read()
    except OSError:
        return None
    with contextlib.suppress(OSError):  # a cache may be for reading only
        os.utime(path)
    digest, program = content[:_DIGEST], content[_DIGEST:]
    ours = owner in (os.getuid(), 0) and hashlib.sha256(program).digest() == digest
    return program if ours else None


def keep(path: Path, program: bytes) -> None:
    """Keep a program; where that is not possible it is compiled anew next time."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Named like a program: what a crash leaves behind goes with those that are not used.
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".o", delete=False) as stream:
            stream.write(hashlib.sha256(program).digest() + program)
        Path(stream.name).replace(path)
        others = sorted(path.parent.glob("*.o"), key=lambda other: other.stat().st_mtime)
        for old in others[:-KEPT]:
            old.unlink(missing_ok=True)


_DIGEST = hashlib.sha256().digest_size
