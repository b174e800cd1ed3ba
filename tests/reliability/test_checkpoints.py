"""R3: a checkpoint that is damaged, foreign or hostile is refused, or nothing is lost by it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.search import Search
from optimize.run import session as session_module
from optimize.run.outcome import Outcome
from optimize.run.start import resume_run, start_run
from optimize.utils.files import REFUSED, RunFolderError
from tests.conftest import LONG, Tally
from tests.reliability.processes import (
    GAMBLE,
    TANK,
    assert_same,
    findings,
    write_config,
)

DAMAGES = 400 if LONG else 60  # of every kind of file, by turns cut short and with a bit flipped


def execute(folder: Path, *overrides: str, stop_after: int | None = None) -> Outcome:
    """Carry out a run, or the first generations of it."""

    def progress(search: Search) -> None:
        if search.generation == stop_after:
            os.kill(os.getpid(), signal.SIGINT)

    folder.mkdir()
    config, study = read_study(load_source(write_config(folder, TANK), overrides))
    return start_run(config, study, out=folder / "out", progress=progress)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what the uninterrupted run found."""
    return findings(execute(tmp_path_factory.mktemp("whole") / "tank").run.path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run interrupted halfway, its designs in several parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_module, "PART_DESIGNS", 100)
        folder = execute(tmp_path_factory.mktemp("half") / "tank", stop_after=6).run.path
    assert len(list((folder / "checkpoint").glob("evaluations-*"))) > 1
    return folder


@pytest.fixture
def half(kept: Path, tmp_path: Path) -> Path:
    """Give a copy of that run."""
    return Path(shutil.copytree(kept, tmp_path / "half"))


def refused(folder: Path) -> str:
    """Return why a folder is refused; it must be, and stay as it is."""
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    with pytest.raises(RunFolderError) as caught:
        resume_run(folder)
    assert caught.value.exit_code == REFUSED
    assert before == {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    return str(caught.value)


def resealed(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the state and give it the digest that goes with it, as only intent would."""
    path = folder / "checkpoint" / "state.json"
    content = json.loads(json.loads(path.read_bytes())["content"])
    text = json.dumps(change(content) or content)
    digest = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps({"sha256": digest, "content": text}), "utf-8")


@pytest.mark.promise("R3")
@pytest.mark.parametrize(
    "pattern",
    [
        "checkpoint/state.json",
        "checkpoint/arrays-*.npz",
        "checkpoint/evaluations-*.f64",
        "manifest.json",
        "config.yaml",
    ],
)
def test_damage_is_refused_or_harmless(
    pattern: str, half: Path, reference: dict[str, Any], tmp_path: Path, tally: Tally
) -> None:
    """Never a wrong result: exit code 4, or the bytes of the uninterrupted run."""
    rng = np.random.default_rng(sum(pattern.encode()))
    files = sorted(half.glob(pattern))
    outside = not pattern.startswith("checkpoint")
    for i in range(DAMAGES // 4 if outside else DAMAGES):
        path = files[int(rng.integers(len(files)))]
        good = path.read_bytes()
        bad = bytearray(good)
        if i % 2:
            bad = bad[: int(rng.integers(len(bad)))]
        else:
            bad[int(rng.integers(len(bad)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        trial = Path(shutil.copytree(half, tmp_path / "trial"))
        path.write_bytes(good)
        error = _refusal(trial)
        if error is None:
            _assert_harmless(trial, reference, strict=not outside)
            tally.count("damages without effect")
        else:
            assert error.exit_code == REFUSED, error
            assert str(trial) in str(error)
            tally.count("damaged files refused")
        shutil.rmtree(trial)
    resume_run(half)
    assert_same(half, reference)


def _refusal(folder: Path) -> RunFolderError | None:
    """Continue a run; return why it was refused, if it was."""
    try:
        resume_run(folder)
    except RunFolderError as error:
        return error
    return None


def _assert_harmless(folder: Path, reference: dict[str, Any], *, strict: bool) -> None:
    """Fail unless the results are right; a manifest may have lost a remark, such as its date."""
    if strict:
        assert_same(folder, reference)
        return
    found = findings(folder)
    if found["manifest"]["generations"] == reference["manifest"]["generations"]:
        assert found["files"] == reference["files"]  # a bit may also ask for another length


@pytest.mark.promise("R3")
def test_a_changed_reference_point_is_refused(half: Path) -> None:
    """It scales the objectives the search compares, so it decides where the search goes."""
    path = half / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["reference_point"]["cost_usd"]["reference"] *= 2.0
    path.write_text(json.dumps(manifest), "utf-8")
    assert "reference point" in refused(half)


@pytest.mark.promise("R3")
@pytest.mark.parametrize("other", ["algorithm.seed=4", "algorithm.population=36"])
def test_the_checkpoint_of_another_run_is_refused(half: Path, tmp_path: Path, other: str) -> None:
    foreign = execute(tmp_path / "other", other, stop_after=6).run.path
    for file in (half / "checkpoint").iterdir():
        file.unlink()
    shutil.copytree(foreign / "checkpoint", half / "checkpoint", dirs_exist_ok=True)
    assert "configuration" in refused(half)


@pytest.mark.promise("R3")
def test_a_mixture_of_two_checkpoints_is_refused(half: Path, tmp_path: Path) -> None:
    """State, arrays and parts of one and the same run, but of different moments or seeds."""
    foreign = execute(tmp_path / "other", "algorithm.seed=4", stop_after=6).run.path
    for name in sorted(path.name for path in (half / "checkpoint").glob("*[0-9]*")):
        trial = Path(shutil.copytree(half, tmp_path / f"with {name}"))
        like = sorted((foreign / "checkpoint").glob(f"{name.partition('-')[0]}-*"))[0]
        shutil.copy(like, trial / "checkpoint" / name)
        assert "is damaged" in refused(trial)


@pytest.mark.promise("R3")
@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("model", "0", "model version"),
        ("numpy", "1.0", "numpy version"),
        ("pymoo", "0.5", "pymoo version"),
        ("moocore", None, "moocore version"),
        ("data", {}, "data tables"),
        ("search", "00000000", "configuration"),
    ],
)
def test_another_version_is_refused(half: Path, key: str, value: Any, told: str) -> None:
    resealed(half, lambda content: content["identity"].update({key: value}))
    assert told in refused(half)


@pytest.mark.promise("R3")
def test_a_missing_file_is_refused(half: Path) -> None:
    for path in sorted((half / "checkpoint").iterdir()):
        good = path.read_bytes()
        path.unlink()
        assert "missing" in refused(half) or path.name == "state.json"
        path.write_bytes(good)


class _Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.marker,)


@pytest.mark.promise("R3", "R15")
def test_a_pickle_is_refused_and_not_run(half: Path, tmp_path: Path, tally: Tally) -> None:
    """In place of any file, and as an array inside an archive whose digest is right."""
    marker, files = tmp_path / "ran", sorted((half / "checkpoint").iterdir())
    for path in files:
        good = path.read_bytes()
        path.write_bytes(pickle.dumps(_Trap(marker)))
        refused(half)
        path.write_bytes(good)
    (arrays,) = (half / "checkpoint").glob("arrays-*.npz")
    stream = io.BytesIO()
    with np.load(arrays) as archive:
        names = list(archive.files)
    np.savez(stream, **{name: np.array([_Trap(marker)], dtype=object) for name in names})
    arrays.write_bytes(stream.getvalue())
    digest = hashlib.sha256(stream.getvalue()).hexdigest()
    resealed(half, lambda content: content["arrays"].update(sha256=digest))
    assert "does not hold a search" in refused(half)
    assert not marker.exists()
    tally.count("pickles refused", len(files) + 1)


@pytest.mark.promise("R3")
@pytest.mark.parametrize(
    "change",
    [
        lambda content: {"format": content["format"]},
        lambda content: {**content, "state": {}},
        lambda content: {**content, "state": 1},
        lambda content: {**content, "state": {**content["state"], "algorithm": {}}},
        lambda content: {**content, "parts": 3},
        lambda content: {**content, "parts": [{}]},
        lambda content: {**content, "arrays": {"file": "../config.yaml", "sha256": ""}},
        lambda content: [content],
        lambda content: {**content, "identity": None},
    ],
)
def test_a_state_of_another_shape_is_refused(
    half: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    resealed(half, change)
    refused(half)


@pytest.mark.promise("R3")
@pytest.mark.parametrize(
    "text", ["", "null", "[" * 100_000, '{"content": ' * 50_000, "\x00" * 64, "NaN", '"\ud800"']
)
def test_a_state_that_is_no_state_is_refused(half: Path, text: str) -> None:
    (half / "checkpoint" / "state.json").write_bytes(text.encode(errors="surrogatepass"))
    assert "damaged" in refused(half)


def test_a_robust_checkpoint_is_not_that_of_a_nominal_run(tmp_path: Path) -> None:
    """The futures are part of what a checkpoint must agree with."""
    folders = []
    for name, futures in (("a", 16), ("b", 17)):
        (tmp_path / name).mkdir()
        path = write_config(tmp_path / name, GAMBLE, uncertainty={"futures": futures})
        config, study = read_study(load_source(path, ["algorithm.generations=2"]))
        folders.append(start_run(config, study, out=tmp_path / name / "out").run.path)
    shutil.rmtree(folders[0] / "checkpoint")
    shutil.copytree(folders[1] / "checkpoint", folders[0] / "checkpoint")
    assert "configuration" in refused(folders[0])
