"""Prices of the platform: learned over the number built, and right for whole satellites."""

from __future__ import annotations

import pytest

from problems import load_problem
from problems.compute_satellite.items import costs_of
from problems.economics.cost import series_factor
from problems.parameters.assumptions import load_assumptions
from problems.parameters.catalog import Array, catalog_table

LEARNING_RATE = load_assumptions().cost.learning_rate
#: Of the platform, what is bought by the kilogram on any market does not learn.
MARKET = {"cost_shield_usd"}


def built(satellites: float, **overrides: float) -> dict[str, float]:
    problem = load_problem(assumptions={"cost.series_satellites": satellites, **overrides})
    return {name: float(column[0]) for name, column in problem.evaluate({}).items()}


@pytest.mark.parametrize(
    ("row", "satellites", "low", "high"),
    [  # USD/W: small lots as quoted today, and the series of an integrated maker
        ("silicon", 2.0, 20.0, 60.0),
        ("silicon", 100.0, 20.0, 50.0),
        ("silicon", 10_000.0, 5.0, 10.0),
        ("iii_v", 20.0, 200.0, 300.0),
    ],
)
def test_one_curve_meets_array_prices_of_small_lots_and_of_series(row, satellites, low, high):
    array = catalog_table("arrays").rows[row]
    assert isinstance(array, Array)
    price = array.usd_per_w * series_factor(satellites, learning_rate=LEARNING_RATE)
    assert low < price < high


def test_every_part_of_the_platform_learns_and_nothing_else():
    # 10^log2(0.85) = 10^-0.23447 = 0.58282 for ten times as many.
    argon_free = {"cost.propellant_usd_per_kg": 0.0}
    few, many = built(1000.0, **argon_free), built(10_000.0, **argon_free)
    ratio = {name: many[name] / few[name] for name in few if few[name]}
    for name in set(costs_of("platform")) - MARKET:
        assert ratio[name] == pytest.approx(0.58282, rel=1e-4), name
    # Stations on the ground are shared with other users.
    bought = (*costs_of("chips"), *costs_of("ground"), *MARKET)
    for name in (*bought, "cost_development_usd", "launch_cost_usd"):
        assert ratio[name] == 1.0, name


def test_nothing_is_dearer_than_the_first_satellite():
    assert built(0.01)["cost_bus_usd"] == built(1.0)["cost_bus_usd"]
