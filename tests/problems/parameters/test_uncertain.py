"""Tests of the distributions of uncertain numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from problems.compute_satellite.problem import ComputeSatellite
from problems.parameters.assumptions import assumption_rows
from problems.parameters.uncertain import Marginal, open_rows, uncertain_numbers

U = np.linspace(0.001, 0.999, 999)


def by_key(overrides: dict[str, float] | None = None) -> dict[str, Marginal]:
    return {one.key: one for one in uncertain_numbers(overrides or {})}


@pytest.mark.parametrize(("low", "nominal", "high"), [(1, 2, 5), (1, 1, 5), (1, 5, 5), (-3, -1, 0)])
def test_triangular_quantiles(low: float, nominal: float, high: float) -> None:
    one = Marginal("k", "1", low, nominal, high, "triangular")
    c = (nominal - low) / (high - low)
    expected = stats.triang.ppf(U, c, loc=low, scale=high - low)
    np.testing.assert_allclose(one.quantile(U), expected, atol=1e-12)


def test_lognormal_has_its_points_and_widths() -> None:
    even = Marginal("k", "USD", 10.0, 20.0, 40.0, "lognormal")
    sigma = np.log(2.0) / stats.norm.ppf(0.95)
    np.testing.assert_allclose(even.quantile(U), stats.lognorm.ppf(U, sigma, scale=20.0))
    skewed = Marginal("k", "USD", 10.0, 20.0, 200.0, "lognormal")
    np.testing.assert_allclose(
        skewed.quantile(np.array([0.05, 0.5, 0.95])), [10.0, 20.0, 200.0], rtol=1e-12
    )


def test_logitnormal_has_its_points_and_never_reaches_one() -> None:
    one = by_key()["catalog.launchers.starship.failure_prob"]
    assert (one.distribution, one.points) == ("logitnormal", (0.00021, 0.05, 0.1874))
    np.testing.assert_allclose(one.quantile(np.array([0.05, 0.5, 0.95])), one.points, rtol=1e-12)
    assert 0.9 < one.quantile(np.array([1.0 - 1e-12]))[0] < 1.0
    moved = by_key({one.key: 0.2})[one.key]
    odds = np.array(moved.points) / (1.0 - np.array(moved.points))
    before = np.array(one.points) / (1.0 - np.array(one.points))
    np.testing.assert_allclose(odds / before, 0.25 / (0.05 / 0.95), rtol=1e-12)


def test_lognormal_keeps_below_its_ceiling() -> None:
    one = Marginal("k", "1", 0.1, 0.5, 0.9, "lognormal", ceiling=1.0)
    assert one.quantile(np.array([0.999])).tolist() == [1.0]


def test_every_number_with_a_range_is_uncertain_and_no_switch() -> None:
    found = by_key()
    rows = assumption_rows()
    expected = {key for key, row in rows.items() if row.distribution != "fixed"}
    assert {key for key in found if key in rows} == expected
    assert "cost.commercial_insurance" not in found
    prices = [one for key, one in found.items() if key.endswith("price_usd")]
    assert prices
    assert {one.distribution for one in prices} == {"lognormal"}
    assert found["catalog.gpus.B200.module_mass_kg"].distribution == "triangular"
    assert "catalog.gpus.B200.tdp_w" not in found  # a rating without a range


def test_draws_stay_physical() -> None:
    for one in by_key().values():
        drawn = one.quantile(U)
        assert np.isfinite(drawn).all(), one.key
        assert (np.diff(drawn) >= 0.0).all(), one.key
        if one.low >= 0.0:
            assert (drawn >= 0.0).all(), one.key
        if one.ceiling is not None:
            assert (drawn <= one.ceiling).all(), one.key


def test_override_moves_the_range_by_its_ratio() -> None:
    row = assumption_rows()["cost.bus_usd_per_kg"]
    one = by_key({row.key: 2.0 * row.nominal})[row.key]
    assert (one.low, one.pin, one.high) == (2.0 * row.low, 2.0 * row.nominal, 2.0 * row.high)
    price = by_key({"catalog.gpus.B200.price_usd": 19_000.0})["catalog.gpus.B200.price_usd"]
    assert price.high / price.nominal == pytest.approx(48_000.0 / 38_000.0)


def test_override_of_zero_moves_the_range_by_its_distance() -> None:
    one = by_key({"ground.time_to_power_yr": 2.0})["ground.time_to_power_yr"]
    assert (one.low, one.pin, one.high) == (2.0, 2.0, 7.0)


def test_override_respects_what_the_unit_allows() -> None:
    one = by_key({"lunar.utilisation_frac": 0.95})["lunar.utilisation_frac"]
    assert one.high == 1.0  # 0.95 / 0.8 of the table's high would be 1.13
    assert one.low == pytest.approx(0.95 * 0.5 / 0.8)


def test_override_to_zero_leaves_nothing_to_draw() -> None:
    assert "orbit.debris_flux_multiplier" not in by_key({"orbit.debris_flux_multiplier": 0.0})
    assert "cost.shield_usd_per_kg" not in by_key({"cost.shield_usd_per_kg": 0.0})


def test_closed_rows_of_the_catalogue_are_left_out() -> None:
    found = uncertain_numbers({}, {"gpus": ["B200"]})
    catalogue = {one.key.split(".")[2] for one in found if one.key.startswith("catalog.")}
    assert catalogue == {"B200"}


def test_open_rows_are_those_of_any_launch_year() -> None:
    """A row that only a later year opens is drawn too, else it would look free of risk."""
    gpus = ComputeSatellite().space["gpu_model"]
    years = {"B200": 2025.0, "VR200": 2040.0}
    dated = tuple(years.get(name, np.inf) for name in gpus.choices)
    variable = dataclasses.replace(gpus, open_from=dated).opened(2030.0)
    assert open_rows([variable]) == {"gpus": ["B200", "VR200"]}


def test_satellite_draws_only_what_it_may_choose() -> None:
    satellite = ComputeSatellite()
    rows = open_rows(satellite.space.variables)
    for one in satellite.marginals:
        if one.key.startswith("catalog."):
            _, table, name, _ = one.key.split(".")
            assert name in rows[table]
    assert "B200" in rows["gpus"]
