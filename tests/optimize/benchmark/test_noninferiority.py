"""Non-inferiority by tests: what they find, and how often they err."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from optimize.benchmark.speed.noninferiority import holm, rate_tests, shift_tests


def test_holm_adjusts_as_worked_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04: times 4, 3, 2, 1 and never falling: 0.04, 0.06, 0.06, 0.06.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_holm_is_at_least_as_strict_as_a_false_discovery_rate() -> None:
    p = np.random.default_rng(1).random(30) ** 3
    assert (np.array(holm(p.tolist())) >= false_discovery_control(p) - 1e-12).all()


@pytest.mark.parametrize(
    ("loss", "low", "high"), [(0.0, 0, 1), (0.004, 0, 1), (0.006, 1, 0), (0.02, 1, 0)]
)
def test_shift_tests_tell_losses_on_either_side_of_the_margin(
    loss: float, low: int, high: int
) -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.normal(0.99 - loss, 0.001, 60), rng.normal(0.99, 0.001, 60)
    not_worse, worse = shift_tests(ours, theirs, 0.005)
    assert not_worse == pytest.approx(low, abs=0.01)
    assert worse == pytest.approx(high, abs=0.01)


def test_shift_tests_err_no_more_often_than_they_say() -> None:
    # Exactly at the margin, 5 % of 600 comparisons may claim non-inferiority: 30, give or take
    # three standard deviations of 5.3.
    rng = np.random.default_rng(5)
    false = sum(
        shift_tests(rng.normal(-1.0, 1.0, 20), rng.normal(0.0, 1.0, 20), 1.0)[0] < 0.05
        for _ in range(600)
    )
    assert 14 <= false <= 46


def test_rate_tests_need_many_runs() -> None:
    assert rate_tests(9, 9, 10, 0.1)[0] > 0.05
    assert rate_tests(900, 900, 1000, 0.1)[0] < 1e-6
    assert rate_tests(30, 58, 60, 0.1)[1] < 0.01
