"""Files are whole or absent, and a run folder has one owner."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from optimize.utils.files import (
    IN_USE,
    RunFolderError,
    atomic_path,
    locked,
    storage_error,
    to_json,
    write_text_atomic,
)


def test_write_text_atomic_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text_atomic(path, "one")
    write_text_atomic(path, "zwei ü")
    assert path.read_text(encoding="utf-8") == "zwei ü"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_write_text_atomic_respects_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_text_atomic(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_atomic_path_keeps_the_old_file_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail() -> None:
        with atomic_path(path) as temporary:
            assert temporary.suffix == ".csv"
            temporary.write_text("half a fi")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_storage_error_names_the_cause(tmp_path: Path) -> None:
    for cause, text in (
        (OSError(errno.ENOSPC, "No space left on device"), f"{tmp_path}: the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "x/y"), "x/y: the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "x/y"), "x/y: Permission denied"),
        (OSError(errno.EIO, "Input/output error", 7), f"{tmp_path}: Input/output error"),
        (OSError("torn cable"), f"{tmp_path}: torn cable"),
    ):
        error = storage_error(cause, tmp_path)
        assert (str(error), error.exit_code) == (f"cannot write {text}", 6)


def test_locked_refuses_a_second_owner_and_names_the_first(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(RunFolderError, match=f"in use by process {os.getpid()} on") as caught:
            locked(tmp_path).__enter__()
        assert caught.value.exit_code == IN_USE
    with locked(tmp_path):
        pass


def test_locked_takes_over_what_a_dead_process_left(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("process 1 on elsewhere\n")
    with locked(tmp_path):
        pass
    assert not (tmp_path / ".lock").exists()


def test_to_json_has_no_nan() -> None:
    text = to_json({"a": [1.0, float("nan"), float("inf")], "b": (True, None)})
    assert json.loads(text) == {"a": [1.0, None, None], "b": [True, None]}


def test_message_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught:
        write_text_atomic(path, "x")
    assert ".tmp-" in str(caught.value.filename)
    assert f"cannot write {path}: No such file" in str(storage_error(caught.value, path))
