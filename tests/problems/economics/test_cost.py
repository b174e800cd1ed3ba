"""Cost: annuities, learning, risk and levelised cost, against published tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.economics import cost


@pytest.mark.parametrize(
    ("rate", "years", "factor"),
    # Standard interest tables.
    [(0.10, 5, 0.2638), (0.08, 15, 0.1168), (0.10, 1, 1.10)],
)
def test_capital_recovery_factor_matches_interest_tables(rate, years, factor):
    found = cost.capital_recovery_factor(rate, years=years)
    assert found == pytest.approx(factor, abs=5e-5)


def test_capital_without_interest_is_repaid_in_equal_parts():
    assert cost.capital_recovery_factor(0.0, years=8.0) == pytest.approx(0.125, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(rate=st.floats(0.001, 0.5), years=st.integers(1, 30))
def test_capital_recovery_factor_repays_one(rate, years):
    payments = float(cost.capital_recovery_factor(rate, years=years))
    present = sum(payments / (1.0 + rate) ** year for year in range(1, years + 1))
    assert present == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(
    ("units", "rate", "factor"),
    # 1,000 units at 0.85; ten times cheaper at 0.80 takes 1,277 times the volume.
    [(1000, 0.85, 0.198), (1277, 0.80, 0.1), (1, 0.8, 1.0), (2, 0.8, 0.8)],
)
def test_learning_factor_matches_hand_values(units, rate, factor):
    assert cost.learning_factor(units, learning_rate=rate) == pytest.approx(factor, abs=5e-4)


def test_expected_loss_usd_is_a_premium_or_a_risk_never_both():
    shared = {"launch_failure_prob": np.array(0.2), "premium": 0.1}
    carried = cost.expected_loss_usd(np.array(100.0), commercial=0.0, **shared)
    insured = cost.expected_loss_usd(np.array(100.0), commercial=1.0, **shared)
    # 1/(1 - 0.2) = 1.25 satellites are bought for one that arrives.
    assert (carried, insured) == (pytest.approx(25.0), pytest.approx(10.0))


def test_expected_loss_usd_switches_by_future():
    switch = np.array([[0.0], [1.0]])
    found = cost.expected_loss_usd(
        np.array([100.0, 200.0]),
        launch_failure_prob=np.array([0.2, 0.2]),
        commercial=switch,
        premium=0.1,
    )
    np.testing.assert_allclose(found, [[25.0, 50.0], [10.0, 20.0]])


def test_levelised_cost_converts_to_pflop_days():
    # 1 PFLOP/s for 86,400 s is 86.4 EFLOP.
    found = cost.levelised_cost(np.array(3.0), exaflop_pv=np.array(2.0))
    assert found.usd_per_exaflop == pytest.approx(1.5)
    assert found.usd_per_pflop_day == pytest.approx(1.5 * 86.4)


@pytest.mark.parametrize(
    ("mass_kg", "power_kw", "life_yr", "dear", "cheap"),
    # arXiv:2511.19468v2, table 1, at 3,600 and 200 USD/kg.
    [
        (575.0, 28.0, 5.0, 14_700.0, 810.0),
        (260.0, 7.0, 5.0, 26_600.0, 1_470.0),
        (150.0, 0.8, 5.0, 135_800.0, 7_500.0),
        (860.0, 2.0, 12.5, 124_600.0, 6_900.0),
    ],
)
def test_launched_power_usd_per_kw_yr_matches_suncatcher(mass_kg, power_kw, life_yr, dear, cheap):
    for price, published in ((3600.0, dear), (200.0, cheap)):
        found = cost.launched_power_usd_per_kw_yr(
            price, mass_kg=mass_kg, power_kw=power_kw, life_yr=life_yr
        )
        assert found == pytest.approx(published, rel=0.015)
