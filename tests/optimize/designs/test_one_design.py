from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from optimize.designs.gradients import assumption_gradients, variable_gradients
from optimize.designs.one_design import inspect_design
from optimize.designs.price_text import price_lines, prices_json
from optimize.designs.shadow_prices import shadow_prices
from problems.parameters.futures import UncertainProblem
from problems.space import DesignSpace
from problems.spec import Constraint, Objective, Output, Variable
from tests.optimize.crossed import crossed
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.toy import ToyProblem


class Beam(UncertainProblem):
    """Minimise k a b^2 (and 1/a), keeping a b at least as large as the limit m.

    With b at its lower bound the optimum is a = m / b, so f = k m b: every multiplier, price and
    elasticity follows by hand.
    """

    name, version = "beam", "1"
    outputs: Mapping[str, Output] = {
        o.name: o
        for o in (
            Output("mass_kg", "kg", "f", "Mass", "mass"),
            Output("slender", "1", "h", "One over a", "shape"),
            Output("strength_n", "N", "s", "Strength a b over m, in newtons", "strength"),
        )
    }
    objectives = (Objective("mass_kg", "min", 0.1, 10.0),)
    constraints = (Constraint("strength", "strength_n", "carries the load", lower=1.0),)
    breakdowns = ()

    def __init__(self) -> None:
        a = Variable(
            name="a_m",
            unit="m",
            symbol="a",
            description="Width",
            kind="real",
            default=1.0,
            lower=0.01,
            upper=100.0,
            log=True,
        )
        b = Variable(
            name="b_m",
            unit="m",
            symbol="b",
            description="Height",
            kind="real",
            default=0.5,
            lower=0.5,
            upper=10.0,
            log=True,
        )
        self.space = DesignSpace((a, b))
        self.assumptions = {"beam.k": 3.0, "beam.m": 2.0, "beam.zero": 0.0, "beam.unused": 5.0}

    def evaluate(self, designs: Any, names: Any = None) -> Any:
        return self._chain(self.space.matrix(designs), self.assumptions, names)

    def under(self, futures: Any) -> Any:
        return crossed(self, futures, lambda numbers, x: self._chain(x, numbers, None))

    def _chain(self, x: Any, numbers: Mapping[str, Any], names: Any) -> Any:
        a, b = x.T
        out = {
            "mass_kg": numbers["beam.k"] * a * b**2,
            "slender": 1.0 / a,
            "strength_n": a * b / numbers["beam.m"],
        }
        return {name: out[name] for name in (names or out)}

    def warnings(self, x: Any) -> list[str]:
        return ["beam is thin"]


OPTIMUM = np.array([4.0, 0.5])  # a = m / b
MASS = 3.0  # k m b
TWO = (*Beam.objectives, Objective("slender", "min", 0.01, 100.0))


def prices(x=OPTIMUM, objectives=Beam.objectives, constraints=Beam.constraints):
    beam = Beam()
    return shadow_prices(beam, beam.space, objectives, constraints, x)


def test_variable_elasticities_of_a_power_law_are_its_exponents():
    found = prices().variables
    assert found["a_m"]["mass_kg"] == pytest.approx(1.0, abs=1e-9)
    # b lies on its bound, so the difference is one-sided and still exact for a power law.
    assert found["b_m"]["mass_kg"] == pytest.approx(2.0, abs=1e-9)


def test_elasticity_of_a_linear_variable_is_relative_to_its_value():
    little = LittleSatellite()
    x = little.space.defaults.copy()
    x[0] = 1.0  # inclined, so that there is an eclipse to carry power through
    found = shadow_prices(little, little.space, little.objectives, little.constraints, x)
    # cost ~ 1 / (0.65 + 0.35 e), hence d ln cost / d ln e = -0.35 e / (0.65 + 0.35 e) at e = 0.2
    value = found.variables["eclipse_power_fraction"]["cost_per_exaflop_usd"]
    assert value == pytest.approx(-0.35 * 0.2 / (0.65 + 0.35 * 0.2), rel=1e-5)


def test_elasticity_of_a_whole_number_uses_whole_steps():
    little = LittleSatellite()
    gradients = variable_gradients(
        little, little.objectives, little.constraints, little.space.defaults
    )
    at = gradients.names.index("gpu_count")
    # power_utilisation is proportional to the count: d u / d ln N = u. Between 79 and 81 the
    # difference quotient over the logarithm is u within (1/80)^2.
    u = little.evaluate(little.space.defaults[None])["power_utilisation"][0]
    assert gradients.constraints[at, 0] == pytest.approx(u, rel=1e-3)


def test_inactive_variables_and_choices_have_no_elasticity():
    little = LittleSatellite()
    found = shadow_prices(
        little, little.space, little.objectives, little.constraints, little.space.defaults
    )
    assert {"orbit", "gpu_model", "eclipse_power_fraction"}.isdisjoint(found.variables)
    assert found.variables["spare_m2"]["launch_mass_kg"] == 0.0


def test_maximised_objectives_keep_their_natural_sign():
    found = prices(objectives=(Objective("slender", "max", 1.0, 0.1),))
    assert found.variables["a_m"]["slender"] == pytest.approx(-1.0, abs=1e-9)


def test_multiplier_of_a_binding_limit_is_exact():
    found = prices()
    (price,) = found.limits
    assert found.binding == ("strength",)
    assert found.residual["mass_kg"] == pytest.approx(0.0, abs=1e-9)
    # ln f = ln L + const along the optimum: the multiplier is 1 (finite step 1e-3 of the linear g).
    assert price.multiplier == pytest.approx(1.0, rel=1e-6)
    # f = k m b L: one newton less saves k m b.
    assert price.change_per_unit == pytest.approx(-MASS, rel=1e-6)
    assert price.side == "lower"
    expected = "0.01 N less in strength (strength at least 1 N) saves 0.03 kg of mass (1 %)"
    assert price.text == expected


def test_price_predicts_the_re_optimised_objective():
    (price,) = prices().limits
    relaxed = 0.99  # limit moved by -0.01; the optimum moves to a = m L / b
    new_mass = 3.0 * (2.0 * relaxed / 0.5) * 0.5**2
    assert new_mass - MASS == pytest.approx(price.change_per_unit * 0.01, rel=1e-6)


def test_price_for_a_maximised_objective():
    # With b fixed, 1/a is largest at a = m L / b, so 1/a = b / (m L) and d(1/a)/dL = -b / m.
    beam = Beam()
    space = beam.space.replace(beam.space["b_m"].fix(0.5))
    objectives = (Objective("slender", "max", 1.0, 0.1),)
    found = shadow_prices(beam, space, objectives, beam.constraints, OPTIMUM)
    assert found.limits[0].change_per_unit == pytest.approx(0.25, rel=1e-6)
    assert "adds" in found.limits[0].text


def test_a_limit_far_away_has_no_price():
    found = prices(x=np.array([8.0, 0.5]))
    assert found.binding == ()
    assert found.limits == ()
    assert found.residual["mass_kg"] == pytest.approx(1.0 / np.sqrt(5.0), rel=1e-6)
    assert found.improve["mass_kg"] == ("less a_m",)


def test_a_design_within_a_step_of_a_bound_lies_on_it():
    found = prices(x=np.array([2.0 / 0.501, 0.501]))
    assert found.residual["mass_kg"] == pytest.approx(0.0, abs=1e-6)
    assert found.improve["mass_kg"] == ()
    farther = prices(x=np.array([2.0 / 0.51, 0.51]))
    assert farther.improve["mass_kg"] == ("more a_m and less b_m",)  # one alone breaks the limit


def test_an_objective_that_nothing_free_moves_has_no_price():
    beam = Beam()
    space = beam.space.replace(beam.space["a_m"].fix(4.0))
    found = shadow_prices(beam, space, TWO, beam.constraints, OPTIMUM)
    assert found.residual.keys() == {"mass_kg"}


def test_trade_off_between_objectives_is_their_exchange_rate():
    found = prices(x=np.array([8.0, 0.5]), objectives=TWO)
    # With b at its bound f ~ a and h ~ 1/a: one per cent of the one costs one of the other.
    assert found.tradeoffs["mass_kg"]["slender"] == pytest.approx(1.0, rel=1e-6)
    assert found.tradeoffs["slender"]["mass_kg"] == pytest.approx(1.0, rel=1e-6)
    assert found.residual["slender"] == pytest.approx(0.0, abs=1e-9)


def test_assumption_elasticities_before_and_after_adapting():
    found = prices()
    assert found.assumptions["beam.k"]["mass_kg"] == pytest.approx(1.0, abs=1e-9)
    assert found.assumptions["beam.m"]["mass_kg"] == pytest.approx(0.0, abs=1e-9)
    # f = k m b once a has followed the limit.
    assert found.adapted["beam.k"]["mass_kg"] == pytest.approx(1.0, abs=1e-6)
    assert found.adapted["beam.m"]["mass_kg"] == pytest.approx(1.0, abs=1e-6)


def test_assumptions_without_logarithm_or_effect_are_left_out():
    beam = Beam()
    found = assumption_gradients(beam, beam.objectives, beam.constraints, OPTIMUM)
    assert found.names == ("beam.k", "beam.m")


def test_a_limit_backed_by_a_bound_is_worth_nothing():
    # With a fixed only b could follow a relaxed limit, and b lies on its bound: no gain at all.
    beam = Beam()
    space = beam.space.replace(beam.space["a_m"].fix(4.0))
    found = shadow_prices(beam, space, beam.objectives, beam.constraints, OPTIMUM)
    assert found.binding == ("strength",)
    assert found.limits == ()


def test_shadow_prices_work_without_futures_or_constraints():
    toy = ToyProblem()
    x = toy.space.defaults
    found = shadow_prices(toy, toy.space, toy.objectives, (), x)
    assert found.binding == ()
    assert found.variables["radius_m"]["mass_kg"] > 0.0


def report(x=OPTIMUM, space=None):
    beam = Beam()
    return inspect_design(beam, space or beam.space, beam.objectives, beam.constraints, x)


def test_report_json_has_the_promised_keys_and_no_nan():
    data = report().to_json()
    assert list(data)[:6] == [
        "variables",
        "outputs",
        "objectives",
        "constraints",
        "feasible",
        "warnings",
    ]
    assert data["variables"] == {"a_m": 4.0, "b_m": 0.5}
    assert data["outputs"]["mass_kg"] == {"value": MASS, "unit": "kg"}
    assert data["objectives"] == {"mass_kg": {"value": MASS, "unit": "kg"}}
    assert data["constraints"] == {"strength": {"value": 0.0, "feasible": True}}
    assert data["feasible"] is True
    assert data["warnings"] == ["beam is thin"]
    json.dumps(data, allow_nan=False)


def test_report_json_shows_inactive_variables_as_null():
    little = LittleSatellite()
    x = little.space.defaults
    data = inspect_design(little, little.space, little.objectives, little.constraints, x).to_json()
    assert data["variables"]["eclipse_power_fraction"] is None
    assert data["variables"]["gpu_count"] == 80
    assert data["variables"]["orbit"] == "dawn_dusk_sso"
    items = data["breakdowns"]["mass"]["items"]
    assert sum(items.values()) == pytest.approx(data["breakdowns"]["mass"]["total"])


def test_report_of_an_infeasible_design_says_so():
    found = report(np.array([2.0, 0.5]))  # a b / m = 0.5 N
    assert found.feasible is False
    assert found.to_json()["constraints"]["strength"] == {"value": 0.5, "feasible": False}
    assert "NOT FEASIBLE" in found.to_text()
    assert "VIOLATED" in found.to_text()


def test_report_warns_outside_the_searched_space():
    beam = Beam()
    found = report(space=beam.space.replace(beam.space["a_m"].narrow(upper=3.0)))
    assert "a_m: 4 is outside the searched 0.01 to 3 m" in found.warnings


def test_report_warns_about_a_closed_choice():
    little = LittleSatellite()
    space = little.space.replace(little.space["orbit"].narrow(choices=["inclined", "geo"]))
    found = inspect_design(
        little, space, little.objectives, little.constraints, little.space.defaults
    )
    assert "orbit: 'dawn_dusk_sso' is outside the searched inclined, geo" in found.warnings


def test_report_text_names_every_output_and_the_totals():
    little = LittleSatellite()
    text = inspect_design(
        little, little.space, little.objectives, little.constraints, little.space.defaults
    ).to_text()
    for name in little.outputs:
        assert name in text
    assert "Cost over the life" in text
    assert "█" in text
    assert "! " not in text  # no warning for the default design
    assert "thermal.limit_c" not in text.split("design unchanged")[1].split("adapted")[0]


def test_report_leaves_the_design_row_alone():
    x = OPTIMUM.copy()
    report(x)
    assert np.array_equal(x, OPTIMUM)


def test_finite_differences_are_told_and_exact_derivatives_need_no_word():
    rough = prices()
    exact = dataclasses.replace(rough, exact=True)
    texts = [
        "\n".join(price_lines(p, Beam().objectives, Beam().outputs, {"mass_kg": MASS}))
        for p in (rough, exact)
    ]
    assert ["finite differences" in text for text in texts] == [True, False]
    assert prices_json(rough)["exact_derivatives"] is False
