"""The state of a search on disk: plain numbers with digests, never pickle.

``checkpoint/state.json`` is written last and names the array file that belongs to it, so a crash
at any moment leaves either the old state or the new one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.utils.files import REFUSED, RunFolderError, write_bytes_atomic, write_text_atomic
from problems.units import FloatArray

_FORMAT = 3
_STATE = "state.json"
_ARRAY = "__array__"
_NUMBER = np.dtype("<f8")  # evaluated designs: variables, then outputs, one column after another

Block = tuple[FloatArray, dict[str, FloatArray]]


def _sha256(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()


def _pack(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return JSON data for ``value``; its arrays are moved to ``arrays``."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, Mapping):
        return {key: _pack(entry, f"{name}.{key}", arrays) for key, entry in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _unpack(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        if set(value) == {_ARRAY}:
            return arrays[value[_ARRAY]]
        return {key: _unpack(entry, arrays) for key, entry in value.items()}
    return value


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _read_npz(data: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


class _Writing(Thread):
    """A part on its way to the disk while the search goes on."""

    def __init__(self, path: Path, data: memoryview) -> None:
        super().__init__()
        self._path, self._data = path, data
        self._error: BaseException | None = None
        self._digest = ""

    def run(self) -> None:
        try:
            write_bytes_atomic(self._path, self._data)
            self._digest = _sha256(self._data)
        except BaseException as error:  # raised again where it is waited for
            self._error = error

    def digest(self) -> str:
        """Wait for the end; return the digest of what was written."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._digest


class Checkpoint:
    """The checkpoint folder of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: list[dict[str, Any]] = []
        self._count = 0
        self._writing: _Writing | None = None

    def add_part(self, blocks: list[Block]) -> None:
        """Begin to store evaluated designs; they count once the next :meth:`save` names them.

        Raises
        ------
        OSError
            When the designs before could not be stored.
        """
        self.settle()
        if not blocks:
            return
        names = list(blocks[0][1])
        n_var, n = blocks[0][0].shape[1], sum(len(x) for x, _ in blocks)
        columns = np.empty((n_var + len(names), n), dtype=_NUMBER)
        start = 0
        for x, outputs in blocks:
            of_block = columns[:, start : start + len(x)]
            of_block[:n_var] = x.T
            for row, name in enumerate(names, n_var):
                of_block[row] = outputs[name]
            start += len(x)
        file = f"evaluations-{len(self.parts):06d}.f64"
        self.parts.append({"file": file, "sha256": "", "outputs": names, "variables": n_var})
        self._writing = _Writing(self.folder / file, columns.data.cast("B"))
        self._writing.start()

    def settle(self) -> None:
        """Wait until what was begun is on the disk.

        Raises
        ------
        OSError
            When it could not be stored.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            self.parts[-1]["sha256"] = writing.digest()

    def abandon(self) -> None:
        """Wait until nothing writes any more, whatever became of it."""
        with suppress(Exception):
            self.settle()

    def blocks(self) -> Iterator[Block]:
        """Yield every stored part of the evaluations.

        Raises
        ------
        RunFolderError
            When a part is missing or altered.
        """
        self.settle()
        for part in self.parts:
            n_var, names = part["variables"], part["outputs"]
            numbers = np.frombuffer(self._checked(part), dtype=_NUMBER)
            columns = numbers.reshape(n_var + len(names), -1)
            yield columns[:n_var].T, dict(zip(names, columns[n_var:], strict=True))

    def save(self, state: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
        """Store the state of the search and what a continuation must agree with."""
        self.settle()
        arrays: dict[str, NDArray[Any]] = {}
        packed = _pack(state, "state", arrays)
        data = _npz(arrays)
        self._count += 1
        file = f"arrays-{self._count:06d}.npz"
        write_bytes_atomic(self.folder / file, data)
        content = {
            "format": _FORMAT,
            "identity": dict(identity),
            "state": packed,
            "arrays": {"file": file, "sha256": _sha256(data)},
            "parts": self.parts,
        }
        text = json.dumps(content)
        envelope = {"sha256": _sha256(text.encode()), "content": text}
        write_text_atomic(self.folder / _STATE, json.dumps(envelope) + "\n")
        for old in self.folder.glob("arrays-*.npz"):
            if old.name != file:
                with suppress(OSError):
                    old.unlink()

    def load(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the stored state and identity.

        Raises
        ------
        RunFolderError
            When nothing is stored, or anything is missing, altered or of another format.
        """
        path = self.folder / _STATE
        try:
            envelope = json.loads(path.read_bytes())
            text = envelope["content"]
            intact = (
                set(envelope) == {"sha256", "content"}
                and _sha256(text.encode()) == envelope["sha256"]
            )
            content = dict(json.loads(text)) if intact else {}
        except FileNotFoundError:
            raise self._refused("there is no checkpoint to resume from") from None
        except OSError as error:
            raise self._refused(f"{_STATE}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            intact, content = False, {}
        if not intact:
            raise self._refused(f"{_STATE} is damaged")
        if content.get("format") != _FORMAT:
            raise self._refused(
                "the checkpoint has the format of another version; what is stored can be read, "
                "but to search on, run its config.yaml again"
            )
        try:
            return self._opened(content)
        except (ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile):
            raise self._refused(f"{_STATE} does not hold a search") from None

    def _opened(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return state and identity of an intact file, whoever wrote it."""
        self.parts = list(content["parts"])
        for part in self.parts:
            self._checked(part)
        arrays = _read_npz(self._checked(content["arrays"]))
        self._count = int(content["arrays"]["file"][7:-4])
        return dict(_unpack(content["state"], arrays)), dict(content["identity"])

    def _checked(self, entry: Mapping[str, Any]) -> bytes:
        """Return the bytes of a file whose digest is as recorded."""
        try:
            data: bytes = (self.folder / str(entry["file"])).read_bytes()
        except OSError:
            raise self._refused(f"{entry['file']} is missing") from None
        if _sha256(data) != entry["sha256"]:
            raise self._refused(f"{entry['file']} is damaged")
        return data

    def _refused(self, reason: str) -> RunFolderError:
        return RunFolderError(f"cannot resume {self.folder.parent}: {reason}", REFUSED)
