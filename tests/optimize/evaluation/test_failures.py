"""What is said of designs without a result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from optimize.config.run_config import EvaluationSetting
from optimize.evaluation.calls import ModelError
from optimize.evaluation.failures import MOST_ROWS, failed_lines
from optimize.evaluation.guard import guarded
from problems.units import FloatArray
from tests.optimize.engine.bowls import Bowls


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


class Misshapen(Bowls):
    """Forgets the variables that are no real numbers."""

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        return super().jacobian(designs, outputs)[:, :, :2]


def test_derivatives_of_a_wrong_shape_are_told() -> None:
    problem = guarded(Misshapen(), EvaluationSetting())
    with pytest.raises(
        ModelError, match=r"bowls: jacobian has the shape \(3, 1, 2\), not \(3, 1, 4"
    ):
        problem.jacobian(np.full((3, 4), 0.5), ["near"])
