"""Reads files that may be anything: endless devices and silent pipes included."""

from __future__ import annotations

import os
import select
from pathlib import Path

#: Seconds that a pipe may stay silent.
SILENCE_S = 5.0


class SilentPipeError(OSError):
    """A pipe that nobody writes to."""


def read_at_most(path: Path, most_bytes: int) -> bytes:
    """Return the first ``most_bytes`` of a file, device or pipe, or all of it when it has fewer.

    Raises
    ------
    SilentPipeError
        When a pipe has nothing to say for :data:`SILENCE_S`.
    OSError
        When the file cannot be opened or read.
    ValueError
        For a path that no file can have.
    """
    # Not blocking: merely opening a named pipe would wait for whoever writes to it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    found = bytearray()
    try:
        while len(found) < most_bytes:
            if not select.select([handle], [], [], SILENCE_S)[0]:
                raise SilentPipeError(f"nothing to read within {SILENCE_S:g} s")
            try:
                part = os.read(handle, most_bytes - len(found))
            except BlockingIOError:  # another reader was quicker
                continue
            if not part:
                break
            found += part
    finally:
        os.close(handle)
    return bytes(found)
