"""The value of information against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from optimize.analysis.sensitivity.information import partial_information, perfect_information
from problems.units import FloatArray

FUTURES = 4096


def two_actions(a: float, b: float, noise: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return losses of doing nothing (0) and of acting (a + b z + noise e), and z."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(FUTURES)
    act = a + b * z + noise * rng.standard_normal(FUTURES)
    return np.column_stack([np.zeros(FUTURES), act]), z[:, None]


def unit_loss(a: float, s: float) -> float:
    """Return what a better choice saves when the loss of acting is normal: s phi - |a| Phi."""
    u = abs(a) / s
    return s * float(norm.pdf(u) - u * norm.cdf(-u))


def test_perfect_information_by_hand() -> None:
    loss = np.array([[1.0, 4.0], [3.0, 2.0], [5.0, 0.0]])
    assert perfect_information(loss) == pytest.approx(2.0 - (1.0 + 2.0 + 0.0) / 3.0)
    assert perfect_information(loss[:, :1]) == 0.0


def test_perfect_information_of_a_normal_decision() -> None:
    loss, _ = two_actions(0.5, 1.0, 2.0, 1)
    assert perfect_information(loss) == pytest.approx(unit_loss(0.5, np.sqrt(5.0)), rel=0.05)


@pytest.mark.parametrize(
    ("a", "b", "noise"), [(0.0, 1.0, 1.0), (0.5, 1.0, 2.0), (-0.5, 1.0, 2.0), (1.0, 1.0, 0.5)]
)
def test_partial_information_of_a_normal_decision_is_hardly_biased(
    a: float, b: float, noise: float
) -> None:
    runs = [partial_information(*two_actions(a, b, noise, seed)) for seed in range(12)]
    values = np.array([float(run.value[0]) for run in runs])
    stated = np.mean([float(run.error[0]) for run in runs])
    assert values.mean() == pytest.approx(unit_loss(a, b), abs=3.0 * values.std() / np.sqrt(12))
    assert values.std() == pytest.approx(stated, rel=0.6)


def test_knowing_what_does_not_matter_is_worth_nothing() -> None:
    loss, _ = two_actions(0.3, 1.0, 1.0, 5)
    stranger = np.random.default_rng(6).standard_normal((FUTURES, 5))
    found = partial_information(loss, stranger)
    assert float(found.value.max()) < 0.02 * perfect_information(loss)


def test_many_equal_designs_of_wild_losses_do_not_make_up_a_worth() -> None:
    rng = np.random.default_rng(7)
    loss = 1.0 + np.exp(2.5 * rng.standard_normal((1024, 50)))
    loss[:, 0] = 1.0
    found = partial_information(loss, rng.standard_normal((1024, 3)))
    assert found.value.tolist() == [0.0, 0.0, 0.0]


def test_partial_information_never_exceeds_perfect() -> None:
    rng = np.random.default_rng(8)
    loss = rng.standard_normal((2048, 6)).cumsum(axis=1)
    numbers = loss @ rng.standard_normal((6, 4))
    found = partial_information(loss, numbers)
    assert float(found.value.max()) <= perfect_information(loss)


def test_a_number_of_two_values_is_known_by_its_value() -> None:
    known = np.tile([0.0, 1.0], FUTURES // 2)[np.random.default_rng(3).permutation(FUTURES)]
    loss = np.column_stack([known, 1.0 - known])
    assert partial_information(loss, known[:, None]).value[0] == pytest.approx(0.5, abs=0.02)


def test_too_few_futures_are_worth_nothing() -> None:
    loss = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert partial_information(loss, np.array([[0.0], [1.0]])).value.tolist() == [0.0]
