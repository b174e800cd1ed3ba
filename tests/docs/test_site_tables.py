"""Tables of the site show every row of what they are made from."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from docs.make.site_tables import MAKERS, fill_tables
from optimize.cli import main

ROOT = Path(__file__).parents[2]
DATA = ROOT / "problems" / "data"
MARKS = {
    mark
    for page in (ROOT / "docs").rglob("*.md")
    for mark in re.findall(r"<!-- (table:.+?) -->", page.read_text(encoding="utf-8"))
}


def column(table: str, *names: str) -> list[str]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [".".join(row[name] for name in names) for row in csv.DictReader(file)]


def test_pages_ask_for_every_table_that_is_made() -> None:
    assert {re.split(r"[: ]", mark)[1] for mark in MARKS} == set(MAKERS)


@pytest.mark.parametrize(
    ("mark", "names"),
    [
        ("outputs", column("outputs", "name")),
        ("assumptions", column("assumptions", "group", "name")),
        ("scenarios", column("scenarios", "key")),
        *(
            (f"catalogue {name}", column(name, "name"))
            for name in ("gpus", "launchers", "arrays", "radiators", "batteries")
        ),
    ],
)
def test_tables_have_every_row_of_the_data(mark: str, names: list[str]) -> None:
    page = fill_tables(f"before\n_See the site._ <!-- table:{mark} -->\nafter")
    assert page.startswith("before\n")
    assert page.endswith("\nafter")
    assert "See the site" not in page
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_sources_that_tables_link_to_are_listed() -> None:
    page = fill_tables("\n".join(f"<!-- {mark} -->" for mark in sorted(MARKS)))
    linked = set(re.findall(r"\(#source-(\w+)\)", page))
    assert linked
    assert linked <= set(re.findall(r"^\(source-(\w+)\)=$", page, re.M))


def test_commands_show_their_help() -> None:
    page = fill_tables("<!-- table:commands -->")
    assert re.findall(r"^### (.+)$", page, re.M) == sorted(main.commands)
    assert "--design-fixed" in page


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(KeyError):
        fill_tables("<!-- table:nonsense -->")


def test_every_module_of_a_discipline_has_its_place_on_a_page() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs/model").glob("*"))
    wings = ("orbit", "radiation", "spacecraft", "delivery", "economics")
    modules = [
        f"problems.{wing}.{path.stem}"
        for wing in wings
        for path in (ROOT / "problems" / wing).glob("[!_]*.py")
    ]
    assert len(modules) > len(wings)
    assert [name for name in modules if f".. automodule:: {name}\n" not in pages] == []
