"""The terrestrial data centre, against sums worked year by year."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.economics import ground

HOURS_PER_YEAR = 8766.0
BASE = {
    "rate_pflops": np.array(0.3956),
    "gpu_power_w": np.array(1320.0),
    "chip_usd": np.array(45e3),
    "chip_life_yr": 4.0,
    "failures_usd_per_yr": 0.0,
    "warranty_yr": 0.0,
    "chip_price_decline_per_yr": 0.0,
    "capex_usd_per_w": 11.7,
    "facility_life_yr": 15.0,
    "ops_fraction_per_yr": 0.03,
    "electricity_usd_per_kwh": 0.08,
    "pue": 1.25,
    "scarcity_usd_per_kw_yr": 0.0,
    "availability": 0.95,
    "time_to_power_yr": 0.0,
    "wacc": 0.10,
    "value_decline_per_yr": 0.25,
    "efficiency_growth_per_yr": 0.0,
}


def costs(horizon=4.0, **changes):
    return ground.ground_cost(horizon, **(BASE | changes))


def test_chip_purchases_is_the_geometric_sum_over_whole_lives():
    # Purchases at 0, 5 and 10 years at a continuous 10 %: 1 + e^-0.5 + e^-1.
    found = ground.chip_purchases(15.0, chip_life_yr=5.0, discount_per_yr=0.1)
    assert found == pytest.approx(1.0 + np.exp(-0.5) + np.exp(-1.0), rel=1e-12)


def test_chip_purchases_is_one_over_one_life():
    assert ground.chip_purchases(4.0, chip_life_yr=4.0, discount_per_yr=0.2) == pytest.approx(1.0)


def test_ground_cost_matches_a_sum_over_small_steps():
    # The same cash flows summed over steps of a thousandth of a year.
    years = np.linspace(0.0, 4.0, 4001)
    middle = 0.5 * (years[1:] + years[:-1])
    step = np.diff(years)
    money = (1.10**-middle) * step
    worth = (1.25**-middle) * money
    crf = np.log(1.10) / (1.0 - 1.10**-15.0)
    yearly = 1320.0 * (11.7 * (crf + 0.03) + HOURS_PER_YEAR * 1e-3 * 0.08 * 1.25)
    work = 0.3956 * 0.95 * HOURS_PER_YEAR * 3.6  # EFLOP/yr
    expected = (45e3 + yearly * money.sum()) / (work * worth.sum())
    assert costs().full == pytest.approx(expected, rel=1e-6)


def test_ground_cost_fills_the_same_watts_with_better_chips():
    # Three generations at 0, 4 and 8 years, each summed over its own years: 1.26^t the work in the
    # same watts, at (1.26/1.25)^t the price of a full site.
    grown = 1.26 ** np.array([0.0, 4.0, 8.0])
    work_of_first = (1.0 - (1.10 * 1.25) ** -4.0) / np.log(1.10 * 1.25)
    starts = (1.10 * 1.25) ** -np.array([0.0, 4.0, 8.0])
    work = 0.3956 * 0.95 * HOURS_PER_YEAR * 3.6 * work_of_first * (grown * starts).sum()
    money = (1.0 - 1.10**-12.0) / np.log(1.10)
    crf = np.log(1.10) / (1.0 - 1.10**-15.0)
    site = 1320.0 * (11.7 * (crf + 0.03) + HOURS_PER_YEAR * 1e-3 * 0.08 * 1.25) * money
    chips = 45e3 * (grown * starts).sum()
    found = costs(12.0, efficiency_growth_per_yr=0.26)
    assert found.full == pytest.approx((chips + site) / work, rel=1e-12)
    assert found.no_chips == pytest.approx(site / work, rel=1e-12)


def test_ground_cost_better_chips_change_nothing_within_one_chip_life():
    np.testing.assert_allclose(costs(4.0, efficiency_growth_per_yr=0.4), costs(4.0), rtol=1e-12)


def test_ground_cost_pays_failed_accelerators_at_the_price_of_their_day():
    # 1,200 USD a year at 10 % interest and a price that falls by 1.15 a year, summed over steps.
    years = np.linspace(0.0, 4.0, 4001)
    middle = 0.5 * (years[1:] + years[:-1])
    paid = (1200.0 * (1.10 * 1.15) ** -middle * np.diff(years)).sum()
    failing = {"failures_usd_per_yr": 1200.0, "chip_price_decline_per_yr": 0.15}
    for horizon in (4.0, 12.0):
        found, without = costs(horizon, **failing), costs(horizon)
        chips, failed = without.full - without.no_chips, found.full - without.full
        assert failed == pytest.approx(chips * paid / 45e3, rel=1e-6)
        assert found.no_chips == without.no_chips


@pytest.mark.parametrize(("warranty_yr", "paid"), [(0.0, 4.0), (3.0, 1.0), (4.0, 0.0), (5.0, 0.0)])
def test_ground_cost_pays_no_failure_under_warranty(warranty_yr, paid):
    # Money keeps its value and price: of four years of failures, those after the warranty.
    flat = {"wacc": 1e-12, "failures_usd_per_yr": 1200.0}
    found = costs(4.0, warranty_yr=warranty_yr, **flat).full - costs(4.0, wacc=1e-12).full
    chips = costs(4.0, wacc=1e-12).full - costs(4.0, wacc=1e-12).no_chips
    assert found / chips * 45e3 == pytest.approx(1200.0 * paid, rel=1e-6, abs=1e-6)


def test_chip_purchases_without_discount_are_whole_lives():
    # Gains in work per watt that make up for interest and decline exactly: 15 years, 5 each.
    found = ground.chip_purchases(15.0, chip_life_yr=5.0, discount_per_yr=0.0)
    assert found == pytest.approx(3.0)


def test_ground_cost_electricity_matches_suncatcher_spend():
    # arXiv:2511.19468v2: 570 to 3,000 USD/kW/yr for 0.06-0.25 USD/kWh at PUE 1.09-1.4.
    for price, pue, published in ((0.06, 1.09, 570.0), (0.25, 1.4, 3000.0)):
        found = costs(
            rate_pflops=np.array(1.0),
            gpu_power_w=np.array(1000.0),
            availability=1.0,
            electricity_usd_per_kwh=price,
            pue=pue,
            value_decline_per_yr=1e-12,
        ).launch_only
        assert found * HOURS_PER_YEAR * 3.6 == pytest.approx(published, rel=0.025)


def test_ground_cost_boundaries_are_nested():
    found = costs()
    assert found.launch_only < found.no_chips < found.full


@settings(max_examples=20, deadline=None)
@given(
    name=st.sampled_from(
        ["capex_usd_per_w", "electricity_usd_per_kwh", "pue", "ops_fraction_per_yr"]
    ),
    factor=st.floats(1.01, 3.0),
)
def test_ground_cost_rises_with_every_price(name, factor):
    assert costs(**{name: BASE[name] * factor}).full > costs().full


def test_ground_cost_waiting_and_scarcity_cost_money():
    assert costs(time_to_power_yr=3.0).full > costs().full
    dearer = costs(scarcity_usd_per_kw_yr=1000.0)
    assert dearer.no_chips > costs().no_chips
    assert dearer.launch_only == pytest.approx(costs().launch_only)


def test_ground_cost_broadcasts_over_futures():
    wacc = np.array([[0.06], [0.12]])
    both = costs(gpu_power_w=np.array([700.0, 1320.0]), wacc=wacc).full
    for row, rate in enumerate(wacc[:, 0]):
        single = costs(gpu_power_w=np.array([700.0, 1320.0]), wacc=float(rate)).full
        np.testing.assert_allclose(both[row], single, rtol=1e-14)
