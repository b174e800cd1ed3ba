"""Timing: prices, chips and the worth of a FLOP by launch year, by hand and through the chain."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem
from problems.compute_satellite.items import costs_of
from problems.economics import timing
from problems.parameters.assumptions import load_assumptions
from problems.parameters.catalog import RATES, Gpu, catalog_table
from problems.spec import SpecError

PROBLEM = load_problem()
OPEN = load_problem(allow_unverified=True)
NOMINAL = load_assumptions()


def at(year, problem=PROBLEM, **design):
    columns = {"launch_year": year, **design}
    size = max(np.size(column) for column in columns.values())
    return problem.evaluate({name: np.resize(column, size) for name, column in columns.items()})


def chip(year, *, trend=0.0, dated=2024.0):
    return timing.generation(
        np.array(year),
        dated=np.array(dated),
        follows_trend=np.array(trend),
        price_decline_per_yr=0.25,
        efficiency_growth_per_yr=0.5,
        memory_growth_per_yr=0.1,
        value_decline_per_yr=0.5,
    )


# --- the discipline -------------------------------------------------------------------------------


def test_decline_factor_by_hand():
    # 1.25^-2 = 0.64; two years earlier the price is 1.25^2 = 1.5625 times as high.
    found = timing.decline_factor(np.array([2.0, 0.0, -2.0]), decline_per_yr=0.25)
    np.testing.assert_allclose(found, [0.64, 1.0, 1.5625], rtol=1e-14)


def test_hardware_wait_is_that_of_the_youngest():
    dates = [np.array([2020.0, 2035.0]), np.array([2028.0, 2010.0])]
    wait = timing.hardware_wait_yr(np.array([2030.0, 2031.0]), available_from=dates)
    assert wait.tolist() == [-2.0, 4.0]


def test_generation_of_a_product_ages_in_price_alone():
    # The price of its date up to then; two years later 1.25^-2.
    assert [float(x) for x in chip(2023.0)] == [1.0, 1.0, 1.0]
    assert [round(float(x), 12) for x in chip(2026.0)] == [1.0, 1.0, 0.64]


def test_generation_of_the_leader_keeps_the_price_of_a_flop_on_the_trend():
    # Two years after its base: rate 1.5^2 = 2.25, memory 1.21, price 2.25/1.5^2 = 1: what a FLOP
    # costs falls with its value (0.5 here), not with the price of a product (0.25).
    leader = chip(2026.0, trend=1.0)
    assert [round(float(x), 12) for x in leader] == [2.25, 1.21, 1.0]
    assert float(leader.price_factor / leader.rate_factor) == pytest.approx(1.5**-2)


# --- the chain in the scenario's year -------------------------------------------------------------


def test_price_of_a_chip_is_that_of_its_age():
    # B200: USD 38,000 in 2025, so five years of 15 % later 38,000 x 1.15^-5 = 18,892.7; hosts at
    # 9,000 do not age. 84 of them.
    found = PROBLEM.evaluate({})
    assert found["cost_gpus_usd"][0] == pytest.approx(84 * 18_892.7, rel=1e-5)
    assert found["cost_hosts_usd"][0] == pytest.approx(84 * 9000.0)


def test_price_of_a_rack_holds_hosts_and_network():
    # GB200: USD 47,200 a share in 2025, of which 9,000 are the host: 38,200 x 1.15^-5 = 18,992.2.
    rack = PROBLEM.evaluate({"gpu_model": ["GB200"], "gpu_count": [72]})
    assert rack["cost_gpus_usd"][0] == pytest.approx(72 * 18_992.2, rel=1e-5)
    fresh = load_problem(assumptions={"timing.chip_price_decline_per_yr": 0.0})
    new = fresh.evaluate({"gpu_model": ["GB200"], "gpu_count": [72]})
    assert new["cost_gpus_usd"] + new["cost_hosts_usd"] == pytest.approx(72 * 47_200.0)
    # The sum holds whatever a host is thought to cost, down to a share that hosts fill alone.
    for host_usd in (4000.0, 25_000.0):
        own = {"timing.chip_price_decline_per_yr": 0.0, "compute.host_usd_per_gpu": host_usd}
        new = load_problem(assumptions=own).evaluate({"gpu_model": ["GB200"], "gpu_count": [72]})
        assert new["cost_gpus_usd"] + new["cost_hosts_usd"] == pytest.approx(72 * 47_200.0)


def test_price_without_a_date_is_of_the_scenarios_year():
    own = {"catalog.gpus.Trainium3.price_usd": 20_000.0}
    found = load_problem(assumptions=own).evaluate(
        {"gpu_model": ["Trainium3"] * 2, "launch_year": [2030.0, 2032.0], "gpu_count": [100, 100]}
    )
    np.testing.assert_allclose(found["cost_gpus_usd"], [2e6, 2e6 * 1.15**-2], rtol=1e-12)


def test_chips_at_another_precision_on_both_sides():
    design = {"gpu_model": ["GB300"]}
    bf16 = PROBLEM.evaluate(design)
    fp4 = load_problem(assumptions={"compute.precision": 2}).evaluate(design)
    # 2,500 and 15,000 TFLOP/s: six times the rate at the same cost, on the ground as well.
    for name in ("installed_pflops", "delivered_exaflop_pv"):
        np.testing.assert_allclose(fp4[name], 6.0 * bf16[name], rtol=1e-12)
    ground = "ground_cost_per_exaflop_full_usd"
    np.testing.assert_allclose(fp4[ground], bf16[ground] / 6.0, rtol=1e-12)
    # More FLOP need more traffic, so terminals change; chips and their power do not.
    for name in ("cost_gpus_usd", "it_power_w"):
        assert fp4[name] == bf16[name], name


@pytest.mark.parametrize(
    "key",
    [
        "compute.precision",
        "compute.host_usd_per_gpu",
        "timing.chip_price_decline_per_yr",
        "timing.chip_efficiency_growth_per_yr",
        "catalog.gpus.GB300.price_usd",
        "catalog.gpus.GB300.fp8_dense_tflops",
    ],
)
def test_pairs_and_futures_see_the_same_chips(key):
    value = 1.0 if key == "compute.precision" else 0.9 * PROBLEM.assumptions[key]
    design = {"gpu_model": ["GB300", "Leader"], "launch_year": [2030.0, 2034.0]}
    x = PROBLEM.space.matrix(design)
    names = ["cost_ratio_to_ground", "installed_pflops", "cost_gpus_usd"]
    alone = load_problem(assumptions={key: value}).evaluate(x, names)
    pairs = PROBLEM.evaluate_pairs(x, {key: np.full(2, value)}, names)
    futures = PROBLEM.evaluate_futures(x, {key: [value, PROBLEM.assumptions[key]]}, names)
    for name in names:
        np.testing.assert_allclose(pairs[name], alone[name], rtol=1e-12)
        np.testing.assert_allclose(futures[name][0], alone[name], rtol=1e-12)


@pytest.mark.parametrize("scenario", ["today", "2030", "2035"])
def test_launch_year_defaults_to_the_scenarios(scenario):
    problem = load_problem(scenario=scenario)
    year = problem.space["launch_year"].default
    assert year == {"today": 2026.0, "2030": 2030.0, "2035": 2035.0}[scenario]
    assert problem.space["launch_year"].held


def test_what_2035_does_not_state_costs_what_a_launch_in_that_year_pays():
    series = {"cost.series_satellites": 1000.0, "cost.production_satellites": 1000.0}
    there = load_problem(scenario="2035", assumptions=series)
    for key, rate in (("comms.site_cost_usd", 0.10), ("cost.bus_usd_per_kg", 0.08)):
        price = PROBLEM.assumptions[key] * (1.0 + rate) ** -5.0
        assert there.assumptions[key] == pytest.approx(price, rel=1e-6)
    arrays, radiators = (there.space[name].choices for name in ("array_type", "radiator_type"))
    for array, radiator in zip(arrays, radiators, strict=False):
        design = {"array_type": [array], "radiator_type": [radiator], "transfer": ["electric"]}
        design |= {"launcher": ["falcon_9"], "refresh_yr": [4.0], "design_life_yr": [10.0]}
        late = design | {"launch_year": [2035.0]}
        now, then = there.evaluate(design), PROBLEM.evaluate(late)
        for name in (*costs_of("platform"), *costs_of("ground"), "launch_cost_usd"):
            assert now[name][0] == pytest.approx(then[name][0], rel=1e-6), name


def test_scenario_year_in_a_mixed_batch_is_bit_identical():
    mixed, alone = at([2030.0, 2037.0]), PROBLEM.evaluate({})
    for name, column in alone.items():
        assert mixed[name][0] == column[0], name


# --- the chain in other years ---------------------------------------------------------------------


def test_prices_move_by_hand():
    # Five years on: 1.15^-5 for the launch, 1.08^-5 for the array, 1.15^-5 for the chip.
    now, later = at([2030.0]), at([2035.0])
    t = NOMINAL.timing
    ratio = {name: later[name][0] / now[name][0] for name in now if np.all(now[name] != 0.0)}
    assert t.launch_price_decline_per_yr == 0.15
    assert ratio["launch_cost_usd"] == pytest.approx(0.497177, rel=1e-5)
    assert ratio["cost_array_usd"] == pytest.approx(0.680583, rel=1e-5)
    assert ratio["cost_bus_usd"] == pytest.approx(0.680583, rel=1e-5)
    assert ratio["cost_gpus_usd"] == pytest.approx(0.497177, rel=1e-5)
    for name in ("installed_pflops", "launch_mass_kg", "trapped_dose_krad", "cost_hosts_usd"):
        assert ratio[name] == 1.0, name


def test_cost_in_scenario_value_is_cost_of_the_year_times_value_growth():
    # c(T) (1+d)^(T-T0): the money of both years is discounted alike, the FLOP is not.
    found = at([2034.0])
    own = found["total_cost_pv_usd"] / (found["delivered_exaflop_pv"] * 1.25**4)
    np.testing.assert_allclose(found["flop_value_factor"], 1.25**-4, rtol=1e-14)
    np.testing.assert_allclose(found["cost_per_exaflop_usd"], own * 1.25**4, rtol=1e-12)


def test_ground_is_built_in_the_same_year():
    """Both sides per FLOP of the scenario's year, so the ratio is that of the launch year."""
    key, year = "catalog.gpus.B200.price_usd", 2034.0
    found = at([year])
    # The same ground in the scenario's year with the chip at its later price ...
    cheap = load_problem(assumptions={key: PROBLEM.assumptions[key] * 1.15**-4}).evaluate({})
    name = "ground_cost_per_exaflop_full_usd"
    np.testing.assert_allclose(found[name], cheap[name] * 1.25**4, rtol=1e-12)
    np.testing.assert_allclose(
        found["cost_ratio_to_ground"], found["cost_per_exaflop_usd"] / found[name], rtol=1e-12
    )


def test_leader_follows_the_trend_and_products_do_not():
    years = np.array([2026.0, 2030.0, 2038.0])
    leader, b200 = at(years, OPEN, gpu_model="Leader"), at(years, OPEN, gpu_model="B200")
    np.testing.assert_allclose(
        leader["installed_pflops"] / b200["installed_pflops"], 1.26 ** (years - 2024.0), rtol=1e-12
    )
    np.testing.assert_allclose(leader["it_power_w"], b200["it_power_w"])
    assert np.all(np.diff(leader["cost_ratio_to_ground"]) < 0.0)
    # Per FLOP, an old chip wins nothing by waiting; the leader's ground keeps its place.
    assert np.all(np.diff(b200["ground_cost_per_exaflop_full_usd"]) > 0.0)
    ground = leader["ground_cost_per_exaflop_full_usd"]
    np.testing.assert_allclose(ground, ground[0], rtol=0.05)


def test_leader_in_its_first_year_is_the_b200():
    numbers = [
        [getattr(catalog_table("gpus").rows[name], field) for field in ("tdp_w", "hbm_gb")]
        + [getattr(catalog_table("gpus").rows[name], field) for field in RATES]
        for name in ("Leader", "B200")
    ]
    assert numbers[0] == numbers[1]
    leader, b200 = (catalog_table("gpus").rows[name] for name in ("Leader", "B200"))
    assert isinstance(leader, Gpu)
    assert leader.price_year == b200.available_from


def test_leader_is_told_to_be_a_projection():
    design = PROBLEM.space.matrix({"gpu_model": ["Leader", "B200"]})
    assert any("projection" in text for text in PROBLEM.warnings(design[0]))
    assert not any("projection" in text for text in PROBLEM.warnings(design[1]))


@pytest.mark.parametrize("boundary", ["full", "no_chips", "launch_only"])
def test_later_launch_is_cheaper_to_build_at_every_boundary(boundary):
    found = at(np.arange(2027.0, 2046.0))
    flat = found["cost_per_exaflop_flat_usd"]
    assert np.all(np.diff(flat) < 0.0)
    own = found[f"cost_per_exaflop_{boundary}_usd"] * found["flop_value_factor"]
    assert np.all(np.diff(own) < 0.0)


def test_hardware_must_exist_in_the_launch_year():
    years = [2026.0, 2027.0, 2034.0, 2035.0]
    found = at(years, array_type="perovskite_tandem")
    assert found["hardware_wait_yr"].tolist() == [9.0, 8.0, 1.0, 0.0]
    # Starship is from 2027; the Moon's driver does not wait for it.
    assert at(2026.0)["hardware_wait_yr"] == 1.0
    assert at(2026.0, launch_site="moon")["hardware_wait_yr"] <= 0.0


def test_catalogue_opens_with_the_searched_years():
    array = OPEN.space["array_type"]
    assert "perovskite_tandem" not in [array.choices[c] for c in array.codes]
    opened = array.opened(2036.0)
    assert "perovskite_tandem" in [opened.choices[c] for c in opened.codes]
    with pytest.raises(SpecError, match="not open"):
        array.opened(2034.0).fix("perovskite_tandem")
    # A gap or a guess is opened by no year.
    gpu = PROBLEM.space["gpu_model"].opened(2045.0)
    names = [gpu.choices[c] for c in gpu.codes]
    assert not {"Trainium3", "VR200", "XQRVC1902"} & set(names)
    assert "Leader" in names


def test_debris_grows_with_the_year():
    found = at([2030.0, 2040.0])
    assert np.diff(found["debris_loss_rate_per_yr"])[0] > 0.0


def test_commissioning_bears_interest_on_capital_alone():
    waited, now = (
        load_problem(
            assumptions={"cost.commissioning_yr": years, "cost.undetected_sdc_usd": 0.0}
        ).evaluate({})
        for years in (2.0, 0.0)
    )
    # Capital grows by 1.11^2 - 1; operations are paid as they come.
    operations = now["cost_operations_usd"] / 5.0 * (1.0 - 1.11**-5) / np.log(1.11)
    capital = now["total_cost_pv_usd"] - operations
    np.testing.assert_allclose(
        waited["total_cost_pv_usd"] - now["total_cost_pv_usd"],
        capital * (1.11**2 - 1.0),
        rtol=1e-9,
    )
    lift = "cost_per_exaflop_launch_only_usd"
    np.testing.assert_allclose(waited[lift] / now[lift], 1.11**2, rtol=1e-12)
    assert waited["total_cost_usd"] == now["total_cost_usd"]


def test_futures_of_the_trends_broadcast_over_years():
    futures = {"timing.launch_price_decline_per_yr": [0.0, 0.15, 0.29]}
    found = PROBLEM.evaluate_futures({"launch_year": [2030.0, 2036.0]}, futures)["launch_cost_usd"]
    assert found.shape == (3, 2)
    assert np.ptp(found[:, 0]) == 0.0
    np.testing.assert_allclose(found[:, 1] / found[:, 0], [1.0, 1.15**-6, 1.29**-6], rtol=1e-12)
