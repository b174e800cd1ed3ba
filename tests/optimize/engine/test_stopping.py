"""Stopping: only when nothing moves, never too early, and the same after an interruption."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimize.config.algorithm import StopSetting
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.search import Search
from optimize.engine.stopping import Stopping, advance
from optimize.run.outcome import Outcome
from optimize.run.start import resume_run, start_run
from tests.optimize.conftest import TANK, merged

Write = Callable[..., Path]
STOP = {"window": 5, "hypervolume": 0.02, "archive": 0.05, "after": 20}
LINE = np.column_stack((np.linspace(0.0, 1.0, 11), np.linspace(1.0, 0.0, 11)))


def test_advance_sees_a_new_part_of_the_front() -> None:
    assert advance(LINE, LINE) == 0.0
    assert advance(LINE, LINE - 0.03) == pytest.approx(0.03)
    assert advance(LINE[:6], LINE) == pytest.approx(0.4)  # nine tenths reach (0.9, 0.1)
    assert advance(LINE - 0.1, LINE) == 0.0


def quiet(setting: StopSetting, volumes: list[float], points: list[Any]) -> list[bool]:
    stopping = Stopping(setting, 2)
    out = []
    for i, (volume, front) in enumerate(zip(volumes, points, strict=True)):
        stopping.observe((i + 1) * setting.window, volume, front)
        out.append(stopping.converged)
    return out


def test_stopping_needs_two_quiet_windows_in_a_row() -> None:
    setting = StopSetting(window=10, hypervolume=0.01, archive=0.01, after=1)
    assert quiet(setting, [0.5] * 4, [LINE] * 4) == [False, False, True, True]
    volumes = [0.5, 0.5, 0.51, 0.51, 0.51]
    assert quiet(setting, volumes, [LINE] * 5) == [False, False, False, False, True]


def test_stopping_waits_while_only_the_archive_moves() -> None:
    setting = StopSetting(window=10, hypervolume=0.01, archive=0.01, after=1)
    fronts = [LINE[: 3 + i] for i in range(6)]
    assert not any(quiet(setting, [0.5] * 6, fronts))


def test_stopping_never_comes_before_its_time() -> None:
    setting = StopSetting(window=10, hypervolume=0.01, archive=0.01, after=50)
    assert quiet(setting, [0.5] * 6, [LINE] * 6) == [False] * 4 + [True] * 2


def test_stopping_does_not_mistake_an_empty_archive_for_rest() -> None:
    setting = StopSetting(window=10, hypervolume=0.01, archive=0.01, after=1)
    assert not any(quiet(setting, [0.0] * 6, [LINE[:0]] * 6))


def execute(path: Path, out: Path, *overrides: str, progress: Any = None) -> Outcome:
    config, study = read_study(load_source(path, overrides))
    return start_run(config, study, out=out, progress=progress)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a configuration of a search that stops once it has converged."""
    file = tmp_path_factory.mktemp("stopping") / "tank.yaml"
    changes = {"algorithm": {"generations": 400, "stop": STOP}}
    file.write_text(json.dumps(merged(TANK, changes)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def whole(path: Path) -> Outcome:
    """Return that search, never interrupted; its folder is not to be changed."""
    return execute(path, path.parent / "whole")


def test_run_stops_once_converged_and_says_so(whole: Outcome, path: Path, tmp_path: Path) -> None:
    outcome = whole
    manifest = outcome.run.manifest
    assert outcome.exit_code == 0
    assert manifest["status"] == "finished"
    assert manifest["reason"].startswith("converged")
    assert 20 <= manifest["generations"] < 400
    assert manifest["generations"] % 5 == 0
    never = ("algorithm.stop=null", "algorithm.generations=200")
    full = execute(path, tmp_path / "b", *never)
    assert full.run.manifest["generations"] == 200
    reached = manifest["quality"]["hypervolume_search"]
    assert reached > 0.95 * full.run.manifest["quality"]["hypervolume_search"]


def same_results(a: Path, b: Path) -> None:
    for file in ("front.parquet", "front.csv", "evaluations.parquet"):
        assert (a / file).read_bytes() == (b / file).read_bytes(), file
    texts = [json.loads((folder / "manifest.json").read_text()) for folder in (a, b)]
    for key in ("reason", "generations", "evaluations", "hypervolume", "quality"):
        assert texts[0][key] == texts[1][key], key


@pytest.mark.promise("R1", "R2")
@pytest.mark.parametrize("interrupted", [3, 12, 15, 21])
def test_resume_stops_at_the_same_generation(
    whole: Outcome, path: Path, tmp_path: Path, interrupted: int
) -> None:
    def progress(search: Search) -> None:
        if search.generation == interrupted:
            os.kill(os.getpid(), signal.SIGINT)

    part = execute(path, tmp_path / "part", progress=progress)
    assert part.status == "interrupted"
    assert part.run.manifest["generations"] == interrupted
    resumed = resume_run(part.run.path)
    assert resumed.reason.startswith("converged")
    same_results(whole.run.path, resumed.run.path)


def test_resume_of_a_converged_run_needs_a_new_budget(whole: Outcome, tmp_path: Path) -> None:
    folder = shutil.copytree(whole.run.path, tmp_path / "copy")
    before = whole.run.manifest["generations"]
    again = resume_run(folder)
    assert again.run.manifest["generations"] == before
    assert again.reason == whole.reason
    more = resume_run(folder, generations=before + 3)
    assert more.run.manifest["generations"] == before + 3
    assert more.reason == f"all {before + 3} generations done"


def test_check_names_a_wrong_key_of_stop(write_config: Write) -> None:
    path = write_config(algorithm={"stop": {"windows": 5}})
    with pytest.raises(ConfigError, match=r"algorithm\.stop\.windows.*window"):
        read_study(load_source(path, []))
