"""Numbers whose zero is a convention are told per unit, wherever a share would mean nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.designs.one_design import DesignReport, inspect_design
from problems.parameters.futures import UncertainProblem
from problems.space import DesignSpace
from problems.spec import Constraint, Objective, Output, Variable, has_true_zero
from tests.optimize.crossed import crossed

#: Per cent of the cost for one unit more of each, by the formula of :class:`Kettle`.
PER_UNIT = {"start_year": 3.0, "outside_c": -2.0, "tilt_deg": 0.5, "offset_m": 0.7}


class Kettle(UncertainProblem):
    """ln cost = 0.03 year - 0.02 outside + 0.005 tilt + 0.007 offset + 2 ln mass + 0.01 hot.

    The water is as hot as the outside and twice the tilt.
    """

    name, version = "kettle", "1"
    outputs: Mapping[str, Output] = {
        o.name: o
        for o in (
            Output("cost_usd", "USD", "c", "Cost", "cost"),
            Output("water_temperature_c", "degC", "T", "Temperature of the water", "heat"),
        )
    }
    objectives = (
        Objective("cost_usd", "min", 1.0, 1e60, log=True),
        Objective("water_temperature_c", "max", 200.0, 0.0),
    )
    constraints = (Constraint("boiling", "water_temperature_c", "does not boil", upper=80.0),)
    breakdowns = ()
    assumption_units: Mapping[str, str] = {"kettle.hot_c": "degC", "kettle.price_usd": "USD"}

    def __init__(self) -> None:
        def real(name: str, unit: str, default: float, lower: float, upper: float) -> Variable:
            return Variable(
                name=name,
                unit=unit,
                symbol="x",
                description=name,
                kind="real",
                default=default,
                lower=lower,
                upper=upper,
            )

        self.space = DesignSpace(
            [
                real("start_year", "yr", 2030.0, 2026.0, 2045.0),
                real("outside_c", "degC", 20.0, 0.0, 50.0),
                real("tilt_deg", "deg", 30.0, 0.0, 90.0),
                real("offset_m", "m", 1.0, -5.0, 5.0),
                real("mass_kg", "kg", 4.0, 1.0, 9.0),
            ]
        )
        self.assumptions = {"kettle.hot_c": 0.0, "kettle.price_usd": 3.0}

    def evaluate(self, designs: Any, names: Any = None) -> Any:
        return self._chain(self.space.matrix(designs), self.assumptions, names)

    def under(self, futures: Any) -> Any:
        return crossed(self, futures, lambda numbers, x: self._chain(x, numbers, None))

    def _chain(self, x: Any, known: Mapping[str, Any], names: Any) -> Any:
        year, outside, tilt, offset, mass = x.T
        grows = 0.03 * year - 0.02 * outside + 0.005 * tilt + 0.007 * offset
        out = {
            "cost_usd": known["kettle.price_usd"]
            * np.exp(grows + 0.01 * known["kettle.hot_c"])
            * mass**2,
            "water_temperature_c": outside + 2.0 * tilt + 0.0 * known["kettle.hot_c"],
        }
        return {name: out[name] for name in (names or out)}


def report(**changes: float) -> DesignReport:
    kettle = Kettle()
    x = kettle.space.matrix({name: [value] for name, value in changes.items()})[0]
    return inspect_design(kettle, kettle.space, kettle.objectives, kettle.constraints, x)


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("launch_year", "yr", False),
        ("year", "yr", False),
        ("radiation.solar_minimum_year", "yr", False),
        ("design_life_yr", "yr", True),
        ("price_usd_per_year", "USD/yr", True),
        ("inclination_deg", "deg", False),
        ("junction_c", "degC", False),
        ("radiator_temperature_k", "K", True),
        ("gain_db", "dB", False),
        ("gpu_count", "1", True),
    ],
)
def test_name_and_unit_tell_whether_zero_is_a_convention(
    name: str, unit: str, expected: bool
) -> None:
    assert has_true_zero(name, unit) is expected
    assert Output(name, unit, "x", "", "").has_true_zero is expected


def test_bounds_or_the_declaration_tell_it_of_a_variable() -> None:
    space = Kettle().space
    assert {v.name for v in space.variables if not v.has_true_zero} == set(PER_UNIT)
    dated = dataclasses.replace(
        space["mass_kg"], unit="yr", lower=2020.0, upper=2030.0, default=2025
    )
    assert not dated.has_true_zero
    assert not dataclasses.replace(space["mass_kg"], true_zero=False).has_true_zero
    assert dataclasses.replace(space["tilt_deg"], true_zero=True).has_true_zero


def test_change_per_unit_follows_the_formula() -> None:
    prices = report().to_json()["shadow_prices"]
    per_unit = prices["variable_change_per_unit"]
    assert {k: 100.0 * v["cost_usd"] for k, v in per_unit.items()} == pytest.approx(PER_UNIT)
    # One degree more of 80 is an eightieth; the gradient is told of the temperature's own size.
    assert per_unit["outside_c"]["water_temperature_c"] == pytest.approx(1.0 / 80.0, rel=1e-6)
    assert set(prices["variable_elasticities"]) == {"mass_kg"}
    assert prices["variable_elasticities"]["mass_kg"]["cost_usd"] == pytest.approx(2.0, rel=1e-5)


def test_zero_is_a_value_like_any_other_of_such_a_number() -> None:
    found = report(outside_c=0.0, offset_m=0.0, tilt_deg=40.0)
    per_unit = found.prices.variables
    assert per_unit["offset_m"]["cost_usd"] == pytest.approx(0.007)
    assert per_unit["outside_c"]["cost_usd"] == pytest.approx(-0.02)
    document = found.to_json()["shadow_prices"]
    for key in ("assumption_change_per_unit", "assumption_change_per_unit_adapted"):
        assert document[key]["kettle.hot_c"]["cost_usd"] == pytest.approx(0.01)
        assert set(document[key]) == {"kettle.hot_c"}
    assert set(document["assumption_elasticities"]) == {"kettle.price_usd"}


def rows(text: str) -> dict[str, list[str]]:
    lines = text.split("Shadow prices")[1].splitlines()
    return {cells[0]: cells[1:] for line in lines if (cells := line.split())}


def test_text_tells_such_numbers_in_a_table_of_their_own() -> None:
    text = report().to_text()
    per_cent, per_unit = text.split("for one unit more of:")
    assert "Per cent of objective, or the unit in brackets, for one per cent of:" in per_cent
    assert "water temperature [degC]" in per_unit
    assert rows(text)["start_year"] == ["[yr]", "+3", "+0"]
    assert rows(text)["outside_c"] == ["[degC]", "-2", "+1"]  # a degree is a degree
    assert rows(text)["tilt_deg"] == ["[deg]", "+0.5", "+2"]
    assert rows(text)["mass_kg"] == ["+2.000", "+0"]
    assert rows(text)["kettle.hot_c"] == ["[degC]", "+1", "+0"]
    for name in PER_UNIT:
        assert f"\n{name} " not in per_cent.split("Shadow prices")[1]


def test_limit_and_trade_of_such_a_number_are_told_per_unit() -> None:
    text = report().to_text()  # 20 + 60 degrees: the limit binds
    start = "  1 degC more in boiling (water temperature at most 80 degC)"
    prices = [line for line in text.splitlines() if "in boiling" in line]
    assert prices[-1] == f"{start} adds 1 degC of water temperature"
    assert all(line.startswith(start) for line in prices)
    kettle = Kettle()
    found = inspect_design(kettle, kettle.space, kettle.objectives, (), kettle.space.defaults)
    sold = found.prices.tradeoffs["water_temperature_c"]["cost_usd"]
    bought = [line for line in found.to_text().splitlines() if " buys " in line]
    assert sold > 0.0
    expected = f"Water temperature buys {0.8 * sold:.2g} degC for 1 % of cost"
    assert any(line.startswith(expected) for line in bought), bought
    back = found.prices.tradeoffs["cost_usd"]["water_temperature_c"] * 100.0 / 80.0
    assert f"Cost buys {back:.2g} % for 1 degC of water temperature" in bought


def test_launch_year_of_the_satellite_is_told_per_year() -> None:
    done = CliRunner().invoke(main, ["evaluate", "configs/baseline.yaml", "--json"])
    prices = json.loads(done.stdout)["shadow_prices"]
    effect = prices["variable_change_per_unit"]["launch_year"]["cost_per_exaflop_usd"]
    assert 0.05 < effect < 0.25  # a year later costs some per cent more, not times as much
    for key in ("variable_elasticities", "assumption_elasticities"):
        assert not [k for k in prices[key] if k.endswith(("_year", "_junction_c", "_deg"))]
