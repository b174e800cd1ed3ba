"""The pages for newcomers do what they say: commands in this process, searches left out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import heliofront as hf
from optimize.cli import main

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page for page in (ROOT / "docs" / "coming_from").glob("*.md")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small run of the satellite."""
    folder = tmp_path_factory.mktemp("place")
    few = {"algorithm.population": 100, "algorithm.generations": 12, "output.explorer": False}
    run = hf.search(hf.read_config("quick", few), out=folder / "pareto_outputs" / "quick")
    assert len(run.front)
    return folder


@pytest.fixture
def workplace(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
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
    assert len(PAGES) == 3
    assert all(f"(coming_from/{page}.md)" in index for page in PAGES)
