"""Exact derivatives of the satellite, against high-order differences in extended precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.benchmark.speed.derivatives import (
    BEYOND,
    DERIVATIVES,
    UNEXPLAINED,
    compare,
    is_extended,
    random_designs,
)
from problems import load_problem

OUTPUTS = (
    "cost_per_exaflop_usd",
    "launch_mass_kg",
    "radiation_failure_rate_per_pflops_yr",
    "power_utilisation",
    "battery_cycles_utilisation",
    "junction_margin_k",
    "solder_fatigue_utilisation",
    "launch_volume_utilisation",
    "transfer_utilisation",
    "dose_utilisation",
    "drag_thrust_utilisation",
    "disposal_utilisation",
    "cost_ratio_to_ground",
    "delivered_exaflop",
)


@pytest.fixture(scope="module")
def problem():
    return load_problem()


@pytest.fixture(scope="module")
def designs(problem):
    return random_designs(problem, 8)


@pytest.fixture(scope="module")
def compared(problem, designs):
    if not is_extended():
        pytest.skip("longdouble is no wider than double here")
    return compare(problem, designs, OUTPUTS)


def test_derivatives_by_every_real_variable_are_exact_or_told_why_not(compared):
    tally = compared.tally()
    assert tally[DERIVATIVES] > 1000
    assert tally[BEYOND] < 0.005 * tally[DERIVATIVES]
    assert tally[UNEXPLAINED] == 0
    assert np.isfinite(compared.exact).all()


def test_a_wrong_derivative_is_unexplained(compared):
    exact, extended = compared.exact * (1 + 1e-6), compared.extended * (1 + 1e-6)
    wrong = replace(compared, exact=exact, extended=extended).tally()
    assert wrong[UNEXPLAINED] > 0.3 * wrong[DERIVATIVES]


def test_whole_numbers_and_choices_have_no_derivative_and_what_is_idle_has_zero(problem):
    space = problem.space
    x = space.matrix({"orbit": ["geo"], "altitude_km": [800.0]})
    slopes = problem.jacobian(x, ["launch_mass_kg"])[0, 0]
    assert problem.exact_derivatives
    assert slopes[space.index["altitude_km"]] == 0.0
    whole = [i for i in range(len(space)) if i not in space.real]
    assert np.isnan(slopes[whole]).all()
    assert np.isfinite(slopes[space.real]).all()


def test_derivatives_by_assumptions_agree_with_differences(problem, designs):
    names = [
        "power.pmad_efficiency",
        "launch.learning_rate",
        "cost.wacc",
        "radiation.solar_minimum_year",
    ]
    x = designs[:5]
    exact = problem.assumption_jacobian(x, OUTPUTS, names)
    rough = super(type(problem), problem).assumption_jacobian(x, OUTPUTS, names)
    nominal = np.array([problem.assumptions[name] for name in names])
    outputs = np.array(list(problem.evaluate(x, OUTPUTS).values())).T[:, :, None]
    size = np.maximum(np.abs(outputs), 1e-9) / nominal
    np.testing.assert_allclose(exact / size, rough / size, rtol=1e-5, atol=1e-7)


@pytest.mark.skipif(not is_extended(), reason="longdouble is no wider than double here")
def test_a_kink_near_by_and_coarse_rounding_hide_no_derivative(problem):
    x = random_designs(problem, 1000)[[581, 765]]  # refreshed for 50 ug of modules; below a kink
    names = ("refresh_mass_kg", "debris_loss_probability", "loop_loss_rate_per_yr")
    assert compare(problem, x, names).tally()[UNEXPLAINED] == 0
