"""Files that are whole or absent: temporary name, flush to disk, rename; and the folder lock."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from optimize.utils.system import WRITE_NO_LINK, lock_now


class RunFolderError(Exception):
    """A run folder that cannot be used; ``exit_code`` tells a script why."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


REFUSED, IN_USE, NO_SPACE = 4, 5, 6
_TEMPORARY = ".tmp-"  # how names begin before their files are whole


def storage_error(error: OSError, path: Path) -> RunFolderError:
    """Return the message for an operating-system error while writing below ``path``."""
    named = isinstance(error.filename, str) and _TEMPORARY not in error.filename
    place = error.filename if named else str(path)  # nobody asked for the temporary name
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = "the disk is full"
    return RunFolderError(f"cannot write {place}: {reason}", NO_SPACE)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; on success flush it and rename it to ``path``.

    The suffix is kept, so a writer that goes by it still works. On any error the temporary file
    is removed and an older file of that name stays as it was.
    """
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as stream:  # Windows flushes only what it may write
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def make_folder(folder: Path, *, new: bool = False) -> None:
    """Make a folder, and those above it where they are missing, so that no power cut undoes it.

    Raises
    ------
    FileExistsError
        When it is there though it should be new.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=not new)
    for path in reversed(missing):
        _flush_folder(path.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems cannot flush a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_bytes_atomic(path: Path, data: bytes | memoryview) -> None:
    """Write ``data`` to ``path`` whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text_atomic(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path`` whole or not at all."""
    write_bytes_atomic(path, readable(text).encode())


def remove_temporaries(folder: Path, *, below: bool = True) -> None:
    """Remove what a killed process left half written in ``folder``, which must be locked.

    Without ``below`` only in the folder itself: others may be at work in those that it holds.
    """
    pattern = f"{_TEMPORARY}*"
    for path in sorted(folder.rglob(pattern) if below else folder.glob(pattern), reverse=True):
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def readable(text: str) -> str:
    r"""Return text that UTF-8 can hold.

    Where the locale knows ASCII only, Python hands over the names of files with their other bytes
    escaped.

    Examples
    --------
    >>> readable("p\udcc3\udca4th") == "päth", readable("half \ud800")
    (True, 'half ?')
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # half of a character that stands for no byte
        return text.encode("utf-8", "replace").decode()


def plain(value: Any) -> Any:
    """Return ``value`` with everything JSON cannot hold (NaN, infinity) as null.

    Examples
    --------
    >>> plain({"a": [1.5, float("nan")]})
    {'a': [1.5, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def to_json(value: Any) -> str:
    """Return indented JSON, NaN and infinity as null."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run folder for this process; the lock ends with the process, however it ends.

    Raises
    ------
    RunFolderError
        When another process holds it, with its number and host.
    """
    path = folder / ".lock"
    try:
        handle = _hold(path)
    except BlockingIOError:
        raise RunFolderError(f"{folder} is in use by {_owner(path)}", IN_USE) from None
    except OSError as error:
        raise storage_error(error, folder) from None
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def _hold(path: Path) -> int:
    """Return a handle that holds the lock file and names this process in it."""
    while True:
        handle = os.open(path, WRITE_NO_LINK, 0o666)
        try:
            lock_now(handle)
            if _is_at(handle, path):
                os.ftruncate(handle, 0)
                os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    """Return whether the open file is still the one at ``path``: its last owner removes it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _owner(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")[:200].strip() or "another process"
    return "another process"
