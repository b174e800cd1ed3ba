"""Checkpoints hold plain numbers, come back exactly, and are refused when anything changed."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from optimize.run.checkpoint import Checkpoint
from optimize.utils.files import REFUSED, RunFolderError

STATE = {
    "rng": np.random.default_rng(1).bit_generator.state,
    "nested": {"x": np.arange(6.0).reshape(2, 3), "rank": np.array([1, 2]), "n": 3, "v": 0.1},
    "empty": np.empty((0, 4)),
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    checkpoint = Checkpoint(folder)
    checkpoint.add_part([(np.ones((2, 3)), {"a": np.array([1.0, np.nan])})])
    checkpoint.save(STATE, {"model": "1"})
    return folder


def test_load_returns_what_was_saved(saved: Path) -> None:
    checkpoint = Checkpoint(saved)
    state, identity = checkpoint.load()
    assert identity == {"model": "1"}
    assert state["rng"] == STATE["rng"]
    assert state["nested"]["v"] == 0.1
    assert state["nested"]["x"].tobytes() == STATE["nested"]["x"].tobytes()
    assert state["empty"].shape == (0, 4)
    ((x, outputs),) = checkpoint.blocks()
    assert x.tolist() == [[1.0] * 3] * 2
    assert np.isnan(outputs["a"][1])


def test_designs_can_be_read_while_their_part_is_being_written(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    for start in (0.0, 3.0):
        part = [(np.full((2, 1), start + k), {"a": np.full(2, -k)}) for k in (0.0, 1.0)]
        checkpoint.add_part(part)
    blocks = [(x[:, 0].tolist(), outputs["a"].tolist()) for x, outputs in checkpoint.blocks()]
    assert blocks == [([s, s, s + 1, s + 1], [0.0, 0.0, -1.0, -1.0]) for s in (0.0, 3.0)]


def test_save_replaces_the_arrays_of_the_state_before(saved: Path) -> None:
    checkpoint = Checkpoint(saved)
    checkpoint.load()
    checkpoint.save({**STATE, "more": 1}, {"model": "1"})
    assert Checkpoint(saved).load()[0]["more"] == 1
    assert len(list(saved.glob("arrays-*.npz"))) == 1


@pytest.mark.promise("R4")
def test_load_survives_a_crash_before_the_state_is_renamed(saved: Path) -> None:
    (saved / "arrays-000002.npz").write_bytes(b"written, but no state names it yet")
    (saved / "evaluations-000001.f64").write_bytes(b"the same")
    state, _ = Checkpoint(saved).load()
    assert state["nested"]["n"] == 3


@pytest.mark.promise("R3")
def test_load_refuses_every_damaged_file(saved: Path) -> None:
    rng = np.random.default_rng(0)
    for path in sorted(saved.iterdir()):
        good = path.read_bytes()
        for _ in range(70):
            bad = bytearray(good)
            if rng.random() < 0.5:
                bad = bad[: int(rng.integers(0, len(bad) - 1))]
            else:
                bad[int(rng.integers(len(bad) - 1))] ^= 1 << int(rng.integers(8))
            path.write_bytes(bytes(bad))
            with pytest.raises(RunFolderError) as caught:
                Checkpoint(saved).load()
            assert caught.value.exit_code == REFUSED
        path.write_bytes(good)
    Checkpoint(saved).load()


@pytest.mark.promise("R3")
def test_load_refuses_missing_files(saved: Path) -> None:
    for path in sorted(saved.iterdir()):
        good = path.read_bytes()
        path.unlink()
        with pytest.raises(RunFolderError, match="cannot resume"):
            Checkpoint(saved).load()
        path.write_bytes(good)


@pytest.mark.promise("R3", "R15")
def test_load_never_unpickles(saved: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (marker,)  # type: ignore[return-value]

    (saved / "state.json").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(RunFolderError):
        Checkpoint(saved).load()
    assert not marker.exists()


@pytest.mark.promise("R3")
def test_load_refuses_another_format(saved: Path) -> None:
    import hashlib

    whole = json.loads((saved / "state.json").read_text())
    text = whole["content"].replace('"format": 3', '"format": 2')
    digest = hashlib.sha256(text.encode()).hexdigest()
    (saved / "state.json").write_text(json.dumps({"sha256": digest, "content": text}))
    with pytest.raises(RunFolderError, match="format of another version"):
        Checkpoint(saved).load()
