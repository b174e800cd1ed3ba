"""Derivatives on the scales of the search, against differences of those scales."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimize.evaluation.slopes import normalised_slopes
from problems.space import normalise
from problems.spec import Objective


@pytest.mark.parametrize("value", [-30.0, -1e-3, 1e-3, 0.5, 4.0, 5000.0])
@pytest.mark.parametrize(
    "objective",
    [
        Objective("a", "min", 1.0, 100.0, log=True),
        Objective("a", "max", 100.0, 1.0, log=True),
        Objective("a", "min", 0.0, 50.0),
        Objective("a", "max", 20.0, -5.0),
        Objective("a", "min", math.nan, math.nan),
        Objective("a", "max", math.nan, math.nan),
    ],
    ids=str,
)
def test_slopes_are_those_of_the_scale_on_either_side_of_zero(
    objective: Objective, value: float
) -> None:
    step = 1e-4 * abs(value)
    low, high = normalise(objective, np.array([value - step, value + step]))
    columns = {"a": np.array([value])}, {"a": np.array([[1.0]])}
    exact = normalised_slopes(*columns, objective)[0, 0]
    assert exact == pytest.approx((high - low) / (2.0 * step), rel=1e-6)
