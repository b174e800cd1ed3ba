"""A run folder from somebody else is data: reading it runs no code that the user did not name."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from optimize.cli import main
from optimize.config import problem as problem_module
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.run.start import start_run
from tests.optimize.conftest import TANK, merged

pytestmark = pytest.mark.promise("R30")

NAME = "foreign_tank"
PROBLEM = f"{NAME}:Tank"
CODE = """
from pathlib import Path
from tests.optimize.toy import ToyProblem
with Path(__file__).with_name("loaded").open("a") as marker:
    marker.write("code ran\\n")
class Tank(ToyProblem):
    pass
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, a design and the module that made them."""
    place = tmp_path_factory.mktemp("foreign")
    (place / f"{NAME}.py").write_text(CODE, encoding="utf-8")
    settings = merged(TANK, {"problem": PROBLEM, "algorithm": {"generations": 3}})
    (place / "tank.yaml").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        config, study = read_study(load_source(place / "tank.yaml"))
        run = start_run(config, study, folder=place / "run").run
        identity = str(run.front["design_id"].iloc[0])
        export = ["export", str(place / "run"), "--design", identity, "--format", "json"]
        assert call(*export, "--out", str(place)).exit_code == 0
    (place / f"design-{identity}.json").rename(place / "design.json")
    return place


@pytest.fixture
def foreign(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy, met by a process that never ran it, in the folder of its module."""
    place = tmp_path / "place"
    shutil.copytree(made, place)
    (place / "loaded").unlink()
    monkeypatch.setattr(problem_module, "_allowed", set())
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(made)])
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    monkeypatch.chdir(place)
    yield place
    sys.modules.pop(NAME, None)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def commands(place: Path) -> list[list[str]]:
    front = (place / "run" / "front.csv").read_text(encoding="utf-8").splitlines()
    design = front[1].partition(",")[0]
    return [
        ["report", "run"],
        ["resume", "run", "--generations", "4"],
        ["select", "run"],
        ["explore", "run", "--no-open"],
        ["explore", "run", "run", "--no-open"],
        ["explore", "run", "--no-open", "--serve"],
        ["export", "run", "--design", design, "--format", "json"],
        ["compare", "run", "run"],
        ["verify", "run", "--design", design],
        ["odds", "run"],
        ["sensitivity", "run"],
        ["fleet", "run"],
    ]


def test_reading_commands_load_no_code_that_is_not_named(foreign: Path) -> None:
    for command in commands(foreign):
        for extra in ([], ["--problem", "other_module:Tank"]):
            found = call(*command, *extra)
            assert found.exit_code == 4, (command, found.output)
            assert f"--problem {PROBLEM}" in found.stderr
            assert found.stderr.count("\n") == 1
    assert not (foreign / "loaded").exists()
    assert NAME not in sys.modules


def test_a_document_loads_no_code_that_is_not_named(foreign: Path) -> None:
    found = call("import-design", "design.json")
    assert found.exit_code == 2
    assert f"--problem {PROBLEM}" in found.stderr
    assert not (foreign / "loaded").exists()
    assert call("import-design", "design.json", "--problem", PROBLEM).exit_code == 0
    assert (foreign / "loaded").exists()


def test_a_run_that_never_began_loads_no_code_that_is_not_named(foreign: Path) -> None:
    shutil.rmtree(foreign / "run" / "checkpoint")
    (foreign / "run" / "checkpoint").mkdir()
    (foreign / "run" / "manifest.json").unlink()
    found = call("resume", "run", "--generations", "4")
    assert found.exit_code == 4
    assert f"--problem {PROBLEM}" in found.stderr
    assert not (foreign / "loaded").exists()


@pytest.mark.parametrize("command", ["select", "report", "compare"])
def test_a_named_problem_is_loaded_from_the_working_directory(foreign: Path, command: str) -> None:
    subjects = ["run", "run"] if command == "compare" else ["run"]
    found = call(command, *subjects, "--problem", PROBLEM)
    assert found.exit_code == 0, found.output
    assert (foreign / "loaded").exists()


def test_a_configuration_that_is_run_is_a_program(foreign: Path) -> None:
    assert call("check", "tank.yaml").exit_code == 0
    assert (foreign / "loaded").exists()


def test_the_working_directory_comes_last(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    before = list(sys.path)
    assert call("check", "tank.yaml").exit_code == 0
    assert sys.path == [*before, str(foreign)]
    assert call("select", "run", "--problem", PROBLEM).exit_code == 0
    assert sys.path == [*before, str(foreign)]


def test_nothing_in_a_folder_vouches_for_its_problem(foreign: Path) -> None:
    """Neither a manifest nor names that look like ours."""
    path = foreign / "run" / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"problem": "compute_satellite"}), encoding="utf-8")
    assert call("select", "run").exit_code == 4
    config = foreign / "run" / "config.yaml"
    text = config.read_text(encoding="utf-8")
    for name in ("problems.compute_satellite:Tank", "optimize.x:y", "compute_satellite:X"):
        config.write_text(text.replace(PROBLEM, name), encoding="utf-8")
        assert call("select", "run").exit_code == 4
    assert not (foreign / "loaded").exists()


@pytest.mark.parametrize("name", ["", "tank", "tank:", ":Tank", "a b:c", "$(touch x):y"])
def test_what_names_no_problem_is_wrong_usage(foreign: Path, name: str) -> None:
    found = call("select", "run", "--problem", name)
    assert found.exit_code == 2
    assert "MODULE:CLASS" in found.output
