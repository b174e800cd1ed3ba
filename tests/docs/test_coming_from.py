"""The pages for newcomers do what they say: commands in this process, searches left out."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

import heliofront as hf
from optimize.cli import main
from problems.space import constraint_matrix, objective_matrix
from problems.spec import Value, Variable

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGES = {page.stem: page for page in (ROOT / "docs" / "coming_from").glob("*.md")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small run of the satellite."""
    folder = tmp_path_factory.mktemp("place")
    few = {"algorithm.population": 100, "algorithm.generations": 12, "output.explorer": False}
    # A page has searched two before it compares; the last is "latest".
    for name in ("by_nsga3", "by_tpe", "quick"):
        config = hf.read_config("quick", few | {"name": name})
        run = hf.search(config, out=folder / "pareto_outputs" / name)
        assert len(run.front)
    return folder


@pytest.fixture
def workplace(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return place


def blocks(page: str, language: str) -> list[str]:
    text = PAGES[page].read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def commands(page: str) -> list[list[str]]:
    """Return the commands of a page; a search is only checked."""
    lines = [line for text in blocks(page, "bash") for line in text.splitlines()]
    calls = [shlex.split(line) for line in lines if line.startswith("heliofront ")]
    return [["check" if word == "run" else word for word in call[1:]] for call in calls]


def expanded(word: str) -> list[str]:
    """Return what a shell makes of a word."""
    return [str(path) for path in Path().glob(word)] if "*" in word else [word]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_commands_for_newcomers_work(page: str, workplace: Path) -> None:
    assert commands(page)
    for call in commands(page):
        words = [name for word in call for name in expanded(word)]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, (call, result.output, result.exception)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_lines_of_python_for_newcomers_work(page: str, workplace: Path) -> None:
    for text in blocks(page, "python"):
        exec(compile(text, page, "exec"), {"__name__": page})


def test_every_way_of_coming_is_named_at_the_front_door() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert len(PAGES) == 4
    assert all(f"(coming_from/{page}.md)" in index for page in PAGES)


@pytest.fixture
def stepped_beam(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("stepped_beam")


def test_hard_problem_of_the_page_is_the_file() -> None:
    file = (EXAMPLES / "stepped_beam.py").read_text(encoding="utf-8")
    assert file in blocks("pymoo_mixed", "python")


def test_beam_of_equal_segments_sags_as_a_cantilever_does(stepped_beam: ModuleType) -> None:
    columns = stepped_beam.beam(np.full((1, 9), 500.0), np.full((1, 9), 25.0), np.zeros((1, 9)))
    inertia_mm4 = 200.0 * 25.0 * 500.0**2 / 2.0  # two flanges at half the depth
    assert columns["sag_mm"] == pytest.approx(60e3 * 9000.0**3 / (3.0 * 210e3 * inertia_mm4))
    assert columns["use_1"] == pytest.approx(60e3 * 9000.0 / (200.0 * 25.0 * 500.0) / 235.0)
    assert columns["use_9"] == pytest.approx(columns["use_1"] / 9.0)


def test_both_declarations_of_the_beam_are_one_problem(stepped_beam: ModuleType) -> None:
    ours, theirs = stepped_beam.SteppedBeam(), stepped_beam.PymooBeam()
    space = ours.space
    x = space.sample(20, np.random.default_rng(1))
    outputs = ours.evaluate(x)
    named = [dict(zip(theirs.vars, map(_decoded, space.variables, row), strict=True)) for row in x]
    f, g = theirs.evaluate(np.array(named, dtype=object), return_values_of=["F", "G"])
    assert (len(theirs.vars), g.shape[1]) == (27, 17)
    assert sorted({v.kind for v in space.variables}) == ["choice", "integer", "real"]
    np.testing.assert_allclose(f, objective_matrix(outputs, ours.objectives))
    np.testing.assert_allclose(g, constraint_matrix(outputs, ours.constraints))


def _decoded(variable: Variable, code: float) -> Value:
    return variable.decode(code)


def test_speed_is_measured_of_every_algorithm_of_the_page(stepped_beam: ModuleType) -> None:
    taken = importlib.import_module("stepped_beam_speed").measure(12, 1)
    page = PAGES["pymoo_mixed"].read_text(encoding="utf-8")
    assert all(f"`{name.split()[0]}`" in page for name in taken)
    assert all(seconds > 0.0 for seconds in taken.values())
