"""What is said of designs without a result."""

from __future__ import annotations

import pytest

from optimize.evaluation.calls import ModelError
from optimize.evaluation.failures import MOST_ROWS, failed_lines


@pytest.mark.parametrize(
    ("number", "opening", "rows"),
    [
        (1, "- 1 evaluation failed", "lists them"),
        (2, "- 2 evaluations failed", "lists them"),
        (MOST_ROWS, "- 1,000 evaluations failed", "lists them"),
        (MOST_ROWS + 1, "- 1,001 evaluations failed", "lists the first 1,000 of them"),
    ],
)
def test_summary_says_how_many_failed_and_how_many_are_listed(
    number: int, opening: str, rows: str
) -> None:
    (line,) = failed_lines({"failed_evaluations": number, "failures": {"mass_kg is nan": number}})
    assert line.startswith(opening)
    assert rows in line


def test_a_run_without_failures_says_nothing() -> None:
    assert failed_lines({}) == failed_lines({"failed_evaluations": 0}) == []


def test_a_broken_model_ends_the_program_with_1() -> None:
    assert ModelError.exit_code == 1
