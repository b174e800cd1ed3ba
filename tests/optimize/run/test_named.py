from __future__ import annotations

import os
from pathlib import Path

import pytest

from optimize.run.named import run_folder, run_or_configuration
from optimize.utils.files import REFUSED, RunFolderError

OLD, NEW, NEWER = (f"2026010{day}T000000Z-0a1b2c3d" for day in (1, 2, 3))


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    outputs = Path("pareto_outputs")
    for folder in (outputs / "light" / NEW, outputs / "light" / OLD, outputs / "cheap" / NEWER):
        folder.mkdir(parents=True)
        (folder / "config.yaml").touch()
    (outputs / "light" / "sensitivity").mkdir()
    (outputs / "kept").mkdir()
    (outputs / "kept" / "manifest.json").touch()
    return outputs


def test_a_name_stands_for_its_newest_run_and_latest_for_the_newest_of_all(runs: Path) -> None:
    assert run_folder("light") == runs / "light" / NEW
    assert run_folder("latest") == runs / "cheap" / NEWER
    assert run_folder("kept") == runs / "kept"


def test_runs_of_the_same_second_are_told_apart_by_their_last_change(runs: Path) -> None:
    second = runs / "light" / f"{NEWER[:-1]}e-2"
    second.mkdir()
    (second / "config.yaml").touch()
    os.utime(runs / "cheap" / NEWER, (0, 0))
    assert run_folder("latest") == second


def test_a_path_is_taken_as_it_is(runs: Path) -> None:
    Path("light").mkdir()
    assert run_folder("light") == Path("light")
    assert run_folder(runs / "absent") == runs / "absent"


def test_a_name_without_a_run_lists_the_names_that_have_one() -> None:
    with pytest.raises(RunFolderError, match=r"it has: cheap, kept, light\)") as refused:
        run_folder("heavy")
    assert refused.value.exit_code == REFUSED


def test_a_subject_is_a_shipped_configuration_before_it_is_a_run(runs: Path) -> None:
    quick = runs / "quick" / NEW
    quick.mkdir(parents=True)
    (quick / "config.yaml").touch()
    assert run_or_configuration("quick") == "quick"
    assert run_or_configuration("quick", is_run=True) == str(quick)
    assert run_or_configuration("light") == str(runs / "light" / NEW)
    assert run_or_configuration("absent") == "absent"
