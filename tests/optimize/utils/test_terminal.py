"""Texts on a terminal: nothing is wider than it, and nothing is lost."""

from __future__ import annotations

import pytest

from optimize.utils.terminal import fitted, fitted_table, wrapped_lines
from problems.text_tables import plain_table

HEADER = ("design", "Cost per exaflop [USD/EFLOP]", "Launch mass [kg]", "orbit")
DESIGNS = [("cheapest", "0.9", "5,669", "dawn_dusk_sso"), ("lightest", "4.7", "4,247", "geo")]


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("align", ["", "llll"])
@pytest.mark.parametrize("rows", [DESIGNS, DESIGNS * 6])
def test_tables_fit_and_keep_every_cell(
    columns: int, align: str, rows: list[tuple[str, ...]]
) -> None:
    with fitted(columns):
        lines = fitted_table(HEADER, rows, align)
    assert max(map(len, lines)) <= columns
    text = "\n".join(lines)
    assert all(cell in text for row in rows for cell in row)
    assert all(word in text for word in " ".join(HEADER).split())


def test_few_designs_become_columns() -> None:
    with fitted(42):
        lines = fitted_table(HEADER, DESIGNS)
    assert lines[0].split() == ["design", "cheapest", "lightest"]
    assert "orbit" in lines[-1]


def test_a_table_that_fits_or_goes_to_a_file_is_as_it_was() -> None:
    assert fitted_table(HEADER, DESIGNS) == plain_table(HEADER, DESIGNS)
    with fitted(200):
        assert fitted_table(HEADER, DESIGNS) == plain_table(HEADER, DESIGNS)


def test_prose_at_the_right_is_wrapped_there() -> None:
    rows = [(f"name_{i}", "a long description of what this column of a table means") for i in "123"]
    with fitted(50):
        lines = fitted_table(("name", "description"), rows * 5, "ll")
    assert lines[2].startswith("name_1  a long description")
    assert lines[3].startswith("        ")


def test_commands_to_copy_stay_whole() -> None:
    call = "next: heliofront explore " + "folder/" * 10
    assert wrapped_lines(call, 40) == call
