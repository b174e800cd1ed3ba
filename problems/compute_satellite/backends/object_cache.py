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
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "heliofront" / engine


def kept(folder: Path, *told: str) -> Path:
    """Return the file of a program, by everything that decides what it does."""
    return folder / f"{hashlib.sha256(chr(0).join(told).encode()).hexdigest()}.o"


def recall(path: Path) -> bytes | None:
    """Return a program that is kept, None where it is not."""
    try:
        content = path.read_bytes()
        path.touch()
    except OSError:
        return None
    digest, program = content[:_DIGEST], content[_DIGEST:]
    return program if hashlib.sha256(program).digest() == digest else None


def keep(path: Path, program: bytes) -> None:
    """Keep a program; where that is not possible it is compiled anew next time."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        others = sorted(path.parent.glob("*.o"), key=lambda other: other.stat().st_mtime)
        for old in others[: max(len(others) + 1 - KEPT, 0)]:
            old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
            stream.write(hashlib.sha256(program).digest() + program)
        Path(stream.name).replace(path)


_DIGEST = hashlib.sha256().digest_size
