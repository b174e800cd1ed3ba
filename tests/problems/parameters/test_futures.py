"""Tests of designs crossed with futures."""

from __future__ import annotations

import numpy as np
import pytest

import problems.parameters.futures
from problems.compute_satellite.problem import ComputeSatellite
from problems.spec import SpecError
from problems.units import FloatArray

NAMES = (
    "cost_per_exaflop_usd",
    "launch_mass_kg",
    "dose_utilisation",
    "launch_cost_usd",
    "junction_margin_k",
    "power_utilisation",
)
SOME = {
    "cost.wacc": [0.09, 0.11, 0.13],
    "thermal.albedo": [0.25, 0.3, 0.35],
    "catalog.gpus.B200.price_usd": [3e4, 3.8e4, 5e4],
    "catalog.launchers.starship.price_usd": [5e7, 9e7, 2e8],
}


@pytest.fixture(scope="module")
def satellite() -> ComputeSatellite:
    return ComputeSatellite()


@pytest.fixture(scope="module")
def designs(satellite: ComputeSatellite) -> FloatArray:
    return satellite.space.sample(60, np.random.default_rng(5))


@pytest.mark.parametrize("count", [1, 3])
def test_nominal_futures_are_the_plain_model(
    satellite: ComputeSatellite, designs: FloatArray, count: int
) -> None:
    nominal = {k: np.full(count, v) for k, v in satellite.assumptions.items() if np.isfinite(v)}
    assert any(key.startswith("catalog.gpus.") for key in nominal)
    plain = satellite.evaluate(designs)
    crossed = satellite.under(nominal).evaluate(designs)
    assert crossed.keys() == plain.keys()
    for name, value in plain.items():
        assert crossed[name].shape == (count, len(designs))
        for row in crossed[name]:
            assert row.tobytes() == value.tobytes(), name


def test_each_future_is_a_model_with_its_numbers(
    satellite: ComputeSatellite, designs: FloatArray
) -> None:
    crossed = satellite.under(SOME).evaluate(designs, NAMES)
    for future in range(3):
        own = ComputeSatellite(assumptions={key: v[future] for key, v in SOME.items()})
        plain = own.evaluate(designs, NAMES)
        for name in NAMES:
            np.testing.assert_allclose(crossed[name][future], plain[name], rtol=1e-13)


def test_evaluate_futures_and_under_agree(satellite: ComputeSatellite, designs: FloatArray) -> None:
    one, two = satellite.evaluate_futures(designs, SOME), satellite.under(SOME).evaluate(designs)
    assert all(np.array_equal(one[name], two[name], equal_nan=True) for name in two)


@pytest.mark.parametrize("elements", [2, 30, 1000])
def test_blocks_do_not_change_the_numbers(
    satellite: ComputeSatellite,
    designs: FloatArray,
    elements: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = satellite.under(SOME).evaluate(designs, NAMES)
    monkeypatch.setattr(problems.parameters.futures, "ELEMENTS", elements)
    parts = satellite.under(SOME)  # with 2 elements even the futures are split
    for name, value in parts.evaluate(designs, NAMES).items():
        assert np.array_equal(value, whole[name]), name
    for rows, block in parts.blocks(designs, NAMES):
        assert np.array_equal(block["dose_utilisation"], whole["dose_utilisation"][:, rows])


def test_what_no_future_moves_costs_no_memory(
    satellite: ComputeSatellite, designs: FloatArray
) -> None:
    futures = satellite.under({"cost.wacc": np.linspace(0.05, 0.2, 16)})
    _, block = next(futures.blocks(designs, ("launch_mass_kg", "cost_per_exaflop_usd")))
    assert block["launch_mass_kg"].strides[0] == 0
    assert block["cost_per_exaflop_usd"].strides[0] > 0


def test_no_futures_are_the_nominal_one(satellite: ComputeSatellite, designs: FloatArray) -> None:
    crossed = satellite.under({}).evaluate(designs, NAMES)
    plain = satellite.evaluate(designs, NAMES)
    assert all(np.array_equal(crossed[name][0], plain[name]) for name in NAMES)


def test_price_of_freight_moves_with_its_launcher(satellite: ComputeSatellite) -> None:
    """Freight to the Moon flies on the launcher of the catalogue: one price, drawn once."""
    x = satellite.space.matrix({"launch_site": ["moon", "earth"], "launcher": ["ariane_64"] * 2})
    key = "catalog.launchers.starship.price_usd"
    cost = satellite.under({key: [5e7, 2e8]}).evaluate(x, ["launch_cost_usd"])["launch_cost_usd"]
    assert cost[1, 0] > cost[0, 0]
    assert cost[1, 1] == cost[0, 1]


def test_under_refuses_what_it_does_not_know(satellite: ComputeSatellite) -> None:
    with pytest.raises(SpecError, match=r"unknown assumption; did you mean 'cost.wacc'"):
        satellite.under({"cost.wac": [0.1]})
    with pytest.raises(SpecError, match=r"thermal.albedo: expected \(2,\) values, got \(3,\)"):
        satellite.under({"cost.wacc": [0.1, 0.2], "thermal.albedo": [0.1, 0.2, 0.3]})
    with pytest.raises(SpecError, match="unknown output"):
        satellite.under({"cost.wacc": [0.1]}).evaluate({"altitude_km": [650.0]}, ["cost_per"])
