"""Indicators between fronts on points whose values follow by hand."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.engine import comparison as indicators

A = np.array([[0.2, 0.6], [0.6, 0.2]])
B = np.array([[0.3, 0.7], [0.5, 0.3], [0.1, 0.9]])
NONE = np.empty((0, 2))


def test_coverage_by_hand() -> None:
    # (0.2, 0.6) covers (0.3, 0.7); nothing of A covers the other two.
    assert indicators.coverage(A, B) == pytest.approx(1 / 3)
    assert indicators.coverage(B, A) == 0.0
    assert indicators.coverage(A, A) == 1.0  # equal designs count as covered


def test_additive_epsilon_by_hand() -> None:
    # A reaches (0.3, 0.7) as it is, (0.5, 0.3) with 0.1 and (0.1, 0.9) with 0.1.
    assert indicators.additive_epsilon(A, B) == pytest.approx(0.1)
    # B needs 0.1 for (0.2, 0.6) and, from (0.5, 0.3), 0.1 for (0.6, 0.2).
    assert indicators.additive_epsilon(B, A) == pytest.approx(0.1)


def test_multiplicative_epsilon_by_hand() -> None:
    # A must shrink (0.2, 0.6) to 0.1: a factor of two; (0.5, 0.3) takes 0.6 / 0.5.
    assert indicators.multiplicative_epsilon(A, B) == pytest.approx(2.0)
    assert indicators.multiplicative_epsilon(A - 0.2, B) is None


def test_igd_plus_by_hand() -> None:
    # Distances count only where A is worse: 0, 0.1 and 0.1.
    assert indicators.igd_plus(A, B) == pytest.approx(0.2 / 3)
    assert indicators.igd_plus(B, A) == pytest.approx((np.hypot(0.1, 0.1) + 0.1) / 2)


def test_volume_by_hand() -> None:
    assert indicators.volume(A) == pytest.approx(0.8 * 0.4 + 0.4 * 0.4)
    assert indicators.volume(np.array([[1.2, 0.1]])) == 0.0


def test_attainment_of_three_runs() -> None:
    runs = [np.array([[a, 0.5]]) for a in (0.0, 0.2, 0.6)]
    found = indicators.attainment(runs)
    assert found is not None
    assert [row["attained_by"] for row in found] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert [row["hypervolume"] for row in found] == pytest.approx([0.5, 0.4, 0.2])


def test_empty_fronts_have_no_indicator() -> None:
    assert indicators.coverage(A, NONE) is None
    assert indicators.coverage(NONE, A) == 0.0
    assert indicators.additive_epsilon(NONE, A) is None
    assert indicators.igd_plus(A, NONE) is None
    assert indicators.multiplicative_epsilon(A, NONE) is None
    assert indicators.attainment([A, NONE]) is None
    assert indicators.attainment([A]) is None
    assert indicators.volume(NONE) == 0.0


def test_attainment_of_one_objective_is_absent() -> None:
    assert indicators.attainment([np.array([[0.5]]), np.array([[0.2]])]) is None
    assert indicators.volume(np.array([[0.5], [0.2]])) == pytest.approx(0.8)
