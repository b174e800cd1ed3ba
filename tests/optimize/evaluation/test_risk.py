"""Tests of the risk measures against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from optimize.evaluation.risk import quantile, risk, risk_text, tail_mean

POINTS = (np.arange(200_000) + 0.5) / 200_000  # midpoints: as good as an infinite sample


@pytest.mark.parametrize("level", [50, 75, 90, 99])
def test_risk_of_a_normal_loss(level: int) -> None:
    loss = stats.norm.ppf(POINTS, loc=3.0, scale=2.0)
    share = level / 100.0
    z = stats.norm.ppf(share)
    assert risk(loss, f"p{level}") == pytest.approx(3.0 + 2.0 * z, abs=1e-3)
    expected = 3.0 + 2.0 * stats.norm.pdf(z) / (1.0 - share)  # mean of the normal's upper tail
    assert risk(loss, f"cvar{level}") == pytest.approx(expected, abs=2e-3)
    assert risk(loss, "mean") == pytest.approx(3.0, abs=1e-9)


@pytest.mark.parametrize("level", [50, 90, 95])
def test_risk_of_an_exponential_loss(level: int) -> None:
    loss = stats.expon.ppf(POINTS, scale=4.0)
    point = -4.0 * math.log(1.0 - level / 100.0)
    assert risk(loss, f"p{level}") == pytest.approx(point, rel=1e-3)
    assert risk(loss, f"cvar{level}") == pytest.approx(point + 4.0, rel=1e-3)  # no memory


def test_quantile_is_the_value_that_the_share_does_not_exceed() -> None:
    loss = np.array([[5.0, 1.0, 4.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0, 9.0]])
    assert quantile(loss, 0.6).tolist() == [3.0, 0.0]
    assert quantile(loss, 0.61).tolist() == [4.0, 0.0]
    assert quantile(loss, 1.0).tolist() == [5.0, 9.0]
    assert quantile(loss, 1e-9).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7, 0.9])
def test_quantile_ignores_how_fractions_are_written(share: float) -> None:
    assert quantile(np.arange(1.0, 11.0), share) == round(10 * share)


def test_tail_mean_counts_a_part_of_a_future() -> None:
    # The worst 1.5 of 4 futures: 4 whole, 3 by half.
    assert tail_mean(np.array([4.0, 1.0, 3.0, 2.0]), 0.625) == pytest.approx(5.5 / 1.5)
    # The worst 0.4 of 4 futures lie within the worst one.
    assert tail_mean(np.array([4.0, 1.0, 3.0, 2.0]), 0.9) == pytest.approx(4.0)
    assert tail_mean(np.array([4.0, 1.0, 3.0, 2.0]), 0.0) == 2.5


@pytest.mark.parametrize("share", [0.0, 0.005, 0.1, 0.5, 0.9, 0.95, 0.9975, 0.999])
def test_tail_mean_and_quantile_sort_the_futures(share: float) -> None:
    """Of many futures: what is selected is the same as after sorting all of them."""
    loss = np.random.default_rng(3).permuted(np.arange(400.0) * np.ones((2000, 1)), axis=1)
    ordered, weight = np.sort(loss)[0], (1.0 - share) * 400
    counts = np.clip(weight - np.arange(399.0, -1.0, -1.0), 0.0, 1.0)
    assert tail_mean(loss, share) == pytest.approx((counts * ordered).sum() / weight)
    assert (quantile(loss, share) == ordered[max(math.ceil(share * 400 - 1e-9), 1) - 1]).all()


def test_risk_of_one_future_is_its_loss() -> None:
    loss = np.array([[2.0], [7.0]])
    for measure in ("mean", "p10", "p90", "cvar50", "cvar95"):
        assert risk(loss, measure) == pytest.approx([2.0, 7.0])


def test_a_loss_that_is_no_number_is_the_worst() -> None:
    loss = np.array([1.0, np.nan, 2.0, 3.0])
    assert quantile(loss, 0.75) == 3.0
    assert math.isnan(float(quantile(loss, 0.9)))
    assert math.isnan(float(tail_mean(loss, 0.5)))


def test_risk_text_tells_the_bad_side() -> None:
    assert risk_text("p90", best="highest") == "value reached or exceeded in 90 % of the futures"
    assert risk_text("mean") == "mean over the futures"
