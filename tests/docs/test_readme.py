"""README and pages say what the declarations say; their commands, links and examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import heliofront
from docs.make.readme import PAGES, blocks, fill
from optimize.cli import main
from problems.validation.points import ValidationReport

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SITE = sorted(page for page in (ROOT / "docs").rglob("*.md"))
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (README, ROOT / "CHANGELOG.md", *SITE)
}
LARGEST_README = 6000  # bytes
# Their own validation is the business of `python -m docs.make readme --check`: it takes seconds.
QUICK = [(page, name) for page, names in PAGES.items() for name in names if name != "validation"]


def fenced(language: str) -> list[tuple[str, str]]:
    """Return page and text of every block in a language, those of Sphinx left out."""
    pattern = rf"^```{language}\n(.*?)^```"
    return [(p, text) for p in TEXTS for text in re.findall(pattern, TEXTS[p], re.S | re.M)]


@pytest.mark.parametrize(("page", "name"), QUICK)
def test_generated_texts_are_up_to_date(page: Path, name: str) -> None:
    text = TEXTS[page.as_posix()]
    assert fill(text, {name: blocks(ValidationReport(()))[name]}) == text


def test_readme_is_short() -> None:
    assert README.stat().st_size <= LARGEST_README


def test_commands_of_all_pages_exist() -> None:
    named = {c for text in TEXTS.values() for c in re.findall(r"`heliofront ([a-z][a-z-]*)", text)}
    assert len(named) > 15
    assert named <= set(main.commands)


@pytest.mark.parametrize("page", TEXTS)
def test_local_links_and_pictures_lead_somewhere(page: str) -> None:
    plain = re.sub(r"```.*?```", "", TEXTS[page], flags=re.S)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", plain)
    folder = (ROOT / page).parent
    missing = [link for link in links if "://" not in link and not (folder / link).exists()]
    assert missing == []


def test_every_page_is_in_the_contents_of_the_site() -> None:
    index = TEXTS["docs/index.md"]
    listed = {
        line
        for text in re.findall(r"^```{toctree}\n(.*?)^```", index, re.S | re.M)
        for line in text.splitlines()
    }
    pages = {page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in SITE}
    assert pages - {"index"} <= listed


@pytest.mark.parametrize(("page", "text"), fenced("yaml"))
def test_configurations_of_pages_are_valid(
    page: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs" / "examples")
    settings = yaml.safe_load(text)
    heliofront.read_config({"name": "page", **settings})


@pytest.mark.parametrize("page", ["README.md", "docs/getting_started.md"])
def test_library_example_runs(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for text in (text for name, text in fenced("python") if name == page):
        scope: dict[str, object] = {}
        exec(text, scope)  # the page's own lines, nobody else's
        assert "hf" in scope
