"""Servicing visits that bring new modules, against sums worked set by set."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem
from problems.economics import refresh
from problems.parameters.assumptions import load_assumptions

NOMINAL = load_assumptions()
PROBLEM = load_problem()
#: Ten years at work: one visit after five.
TEN, FIVE = {"design_life_yr": [10.0]}, {"design_life_yr": [10.0], "refresh_yr": [5.0]}


def test_visits_are_whole_numbers_within_the_work():
    every, work = np.array([0.0, 0.9, 5.0, 5.0, 3.0, 20.0]), np.array([10, 10, 10, 12, 10, 10.0])
    at = refresh.visits(every, work_yr=work)
    # None without a period or within a year of launch; none on the day the life ends.
    assert at.number.tolist() == [0.0, 0.0, 1.0, 2.0, 3.0, 0.0]
    assert at.period_yr.tolist() == [10.0, 10.0, 5.0, 5.0, 3.0, 10.0]


def test_a_satellite_that_never_arrives_is_never_visited():
    at = refresh.visits(np.array([5.0]), work_yr=np.array([0.0]))
    assert at.number.tolist() == [0.0]
    assert np.isfinite(refresh.sum_over_visits(at, discount_per_yr=np.array([0.1]))).all()


def test_renewed_years_are_the_sum_over_sets_of_modules():
    # 12 years, visits at 5 and 10; modules lose 20 %/yr, everything falls by another 15 %/yr, and a
    # set does 1.25^t the work: integrated in steps of a thousandth of a year.
    years = np.linspace(0.0, 12.0, 12_001)
    middle, step = 0.5 * (years[1:] + years[:-1]), np.diff(years)
    sets = np.floor(middle / 5.0)
    rate = np.exp(-0.15 * middle - 0.20 * (middle - 5.0 * sets)) * 1.25 ** (5.0 * sets)
    whole = (1.0 - np.exp(-0.35 * 5.0)) / 0.35
    last = (1.0 - np.exp(-0.35 * 2.0)) / 0.35
    found = refresh.renewed_years(
        refresh.Visits(np.array(5.0), np.array(2.0)),
        whole_years=np.array(whole),
        last_years=np.array(last),
        falling_per_yr=np.array(0.15 - np.log(1.25)),
    )
    assert found == pytest.approx((rate * step).sum(), rel=1e-6)


def test_a_visit_costs_launch_modules_and_servicing_by_hand():
    found = {name: float(column[0]) for name, column in PROBLEM.evaluate(FIVE).items()}
    assumed = NOMINAL.refresh
    alive = np.exp(-5.0 * found["satellite_loss_rate_per_yr"])
    # 1.5 kg per kilogram of accelerators and half of their hosts.
    mass_kg = 1.5 * (found["mass_gpus_kg"] + 0.5 * found["mass_host_kg"])
    assert found["refresh_mass_kg"] == pytest.approx(mass_kg * alive)
    launch = mass_kg * found["launch_price_usd_per_kg"] * 1.15**-5.0
    modules = (found["cost_gpus_usd"] + 0.5 * found["cost_hosts_usd"]) * (1.26 / 1.25) ** 5.0
    # What is lost on the way up is paid for again, of a visit as of the satellite.
    at_risk = found["satellite_cost_usd"] - found["cost_development_usd"] + found["launch_cost_usd"]
    again = 1.0 + found["cost_launch_risk_usd"] / at_risk
    # The new modules' share of the ground network, at 15 million USD for 70 Gbit/s now.
    network = found["comms_rate_gbps"] * 15e6 / 70.0 * (1.26**5.0 - 1.0) * 1.10**-5.0
    expected = assumed.visit_usd + (launch + modules) * again + network
    assert found["cost_refresh_usd"] == pytest.approx(expected * alive)


def test_a_visit_after_five_of_ten_years_adds_a_third_of_the_work():
    # An independent estimate: 34 % more work (as worth today) for about 15 % more cost.
    without, renewed = (PROBLEM.evaluate(design) for design in (TEN, FIVE))
    work = renewed["delivered_exaflop_pv"][0] / without["delivered_exaflop_pv"][0]
    cost = renewed["total_cost_pv_usd"][0] / without["total_cost_pv_usd"][0]
    assert work == pytest.approx(1.34, abs=0.05)
    assert 1.08 < cost < 1.20
    assert renewed["gpu_alive_fraction"] > without["gpu_alive_fraction"]
    assert renewed["availability"] > without["availability"]


def test_designs_without_a_visit_are_what_they_are_alone():
    mixed = PROBLEM.evaluate({"design_life_yr": [10.0, 10.0], "refresh_yr": [0.0, 5.0]})
    alone = PROBLEM.evaluate(TEN)
    for name, column in alone.items():
        assert mixed[name][0] == column[0], name


def test_growth_at_visits_is_paid_when_it_comes():
    # 1.26 a year; visits after 4 and 8 years, at a continuous 10 %.
    at = refresh.Visits(np.array(4.0), np.array(2.0))
    added = (1.26**4 - 1.0) * np.exp(-0.4) + (1.26**8 - 1.26**4) * np.exp(-0.8)
    found = refresh.growth_at_visits(at, growth_per_yr=np.log(1.26), discount_per_yr=np.array(0.1))
    assert found == pytest.approx(added, rel=1e-12)


def test_renewed_modules_pay_the_ground_for_their_traffic():
    designs = {"design_life_yr": [11.0], "refresh_yr": [5.0]}
    free = load_problem(assumptions={"comms.site_cost_usd": 0.0}).evaluate(designs)
    paid = PROBLEM.evaluate(designs)
    network = paid["cost_ground_network_usd"][0] - free["cost_ground_network_usd"][0]
    assert network == pytest.approx(paid["comms_rate_gbps"][0] * 15e6 / 70.0)
    lost = np.exp(-5.0 * paid["satellite_loss_rate_per_yr"][0])
    cheaper = lost * 1.10**-5  # what works, and what a Gbit/s then costs
    added = (1.26**5 - 1.0) * cheaper + (1.26**10 - 1.26**5) * cheaper**2
    at_visits = paid["cost_refresh_usd"][0] - free["cost_refresh_usd"][0]
    assert at_visits == pytest.approx(network * added, rel=1e-9)


def test_terminals_are_launched_for_the_last_modules():
    high = {
        "orbit": ["geo"] * 2,
        "gpu_count": [200] * 2,
        "design_life_yr": [11.0] * 2,
        "refresh_yr": [0.0, 5.0],
    }
    found = PROBLEM.evaluate(high)
    used = found["comms_rate_utilisation"] * found["comms_available_gbps"]
    assert used == pytest.approx(found["comms_rate_gbps"] * [1.0, 1.26**10])
    assert found["comms_terminals"][1] > found["comms_terminals"][0]


def test_periods_that_bring_no_visit_are_one_design():
    x = PROBLEM.space.matrix({"design_life_yr": [5.0] * 4, "refresh_yr": [0.0, 0.7, 5.0, 9.0]})
    assert len(np.unique(PROBLEM.canonical(x), axis=0)) == 1


@pytest.mark.parametrize("name", ["compute_satellite", "heliofront_bench_v2"])
def test_a_satellite_without_visits_stays_one_where_periods_begin_later(name):
    """Read from a table and made canonical again, it is the one that was evaluated."""
    problem = load_problem(name)
    space = problem.space.replace(problem.space["refresh_yr"].narrow(lower=3.0, upper=9.0))
    designs = {"design_life_yr": [5.0, 5.0, 12.0], "refresh_yr": [7.0, 4.0, 7.0]}
    once = problem.canonical(space.matrix(designs), space)
    assert once[:, space.index["refresh_yr"]].tolist() == [0.0, 4.0, 7.0]
    assert np.array_equal(problem.canonical(once, space), once)


def test_a_period_below_all_that_are_allowed_is_the_first_where_each_brings_a_visit():
    space = PROBLEM.space.replace(PROBLEM.space["refresh_yr"].narrow(lower=3.0, upper=9.0))
    x = PROBLEM.space.matrix({"design_life_yr": [9.0, 9.1], "refresh_yr": [0.0, 0.0]})
    assert PROBLEM.canonical(x, space)[:, space.index["refresh_yr"]].tolist() == [0.0, 3.0]


def test_modules_are_no_cost_where_chips_are_left_out():
    free = load_problem(assumptions={"catalog.gpus.B200.price_usd": 0.0}).evaluate(FIVE)
    dear = load_problem(assumptions={"catalog.gpus.B200.price_usd": 1e5}).evaluate(FIVE)
    for name in ("cost_per_exaflop_no_chips_usd", "cost_per_exaflop_launch_only_usd"):
        assert dear[name][0] == pytest.approx(free[name][0]), name
    assert dear["cost_refresh_usd"] > free["cost_refresh_usd"]
