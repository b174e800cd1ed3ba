"""What differs between operating systems: locks on files, waiting for pipes, and signals.

POSIX has all of it. Windows locks by ``msvcrt``, has no named pipes among files, no masks of
signals and no alarm; each function says what then happens instead.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Flags of ``os.open`` for a file that may be a pipe or a terminal: opening waits for nobody.
READ_WAITING_FOR_NOBODY = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"):
    READ_WAITING_FOR_NOBODY |= getattr(os, _flag, 0)
#: Flags of ``os.open`` for a file to write that is made where missing and may not be a link.
WRITE_NO_LINK = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
#: Windows locks parts of files, and those against reading too: a byte where nothing is written.
_LOCKED_BYTE = 1 << 30


def lock_now(handle: int) -> None:
    """Lock an open file for this process until it is closed, however the process ends.

    Raises
    ------
    BlockingIOError
        When another process holds it.
    """
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        raise BlockingIOError(error.errno, error.strerror) from None
    finally:
        os.lseek(handle, 0, os.SEEK_SET)


def is_readable_within(handle: int, seconds: float) -> bool:
    """Return whether there is something to read, or the end; always where files do not wait."""
    return fcntl is None or bool(select.select([handle], [], [], seconds)[0])


def hold_signals(numbers: Iterable[signal.Signals]) -> None:
    """Hold signals back from this thread, and from processes that it starts, where that is had."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)


def release_signals(numbers: Iterable[signal.Signals]) -> None:
    """Let signals that were held back come."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


def has_alarm() -> bool:
    """Return whether the main thread can be interrupted after a time."""
    return hasattr(signal, "setitimer")
