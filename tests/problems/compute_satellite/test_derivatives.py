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
from problems.compute_satellite.backends.dual import ENGINE, seeded
from problems.spec import SpecError

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


@pytest.mark.parametrize("end", ["lower", "upper"])
def test_at_a_bound_derivatives_are_those_of_the_inner_side(problem, end):
    """Shields of 50 mm and inclinations of 100 degrees are where cells of tables end."""
    space, inward = problem.space, 1.0 if end == "lower" else -1.0
    bound = getattr(space, end)
    misses = total = 0
    for i in space.real:
        x = random_designs(problem, 20)
        x[:, i] = bound[i]
        step = 1e-6 * inward * (space.upper[i] - space.lower[i])
        rows = np.stack((x, x, x))
        rows[1:, :, i] += [[step], [2.0 * step]]
        rows = rows.reshape(-1, len(space))
        used = (problem.canonical(rows) == rows).reshape(3, 20, -1).all(axis=(0, 2))
        columns = problem.evaluate(rows, OUTPUTS)
        here, near, far = (
            np.array([columns[name] for name in OUTPUTS])
            .reshape(-1, 3, 20)[:, :, used]
            .swapaxes(0, 1)
        )
        inner = (4.0 * near - 3.0 * here - far) / (2.0 * step)
        exact = problem.jacobian(x[used], OUTPUTS)[:, :, i].T
        size = np.maximum(np.abs(inner), 1e-6 * np.abs(here) / abs(step))
        misses += (np.abs(exact - inner) > 1e-3 * size).sum()
        total += exact.size
    assert total > 1000
    assert misses <= 0.01 * total  # a kink lies within the step


def test_the_orbit_of_a_payload_moves_with_what_the_launcher_says_of_it(problem):
    """Three numbers of a launcher give the speed change to which its payload belongs."""
    x = problem.canonical(problem.space.matrix({"launcher": ["starship"], "altitude_km": [640.0]}))
    names = ["launch_cost_usd", "payload_to_orbit_kg"]
    for field in ("reference_altitude_km", "reference_inclination_deg", "site_latitude_deg"):
        key = f"catalog.launchers.starship.{field}"
        nominal = problem.assumptions[key]
        step = 1e-4 * nominal
        here, up, down = (
            np.array([*load_problem(assumptions={key: value}).evaluate(x, names).values()])[:, 0]
            for value in (nominal, nominal + step, nominal - step)
        )
        exact = problem.assumption_jacobian(x, names, [key])[0, :, 0]
        sides = (up - here) / step, (here - down) / step
        assert any(np.allclose(exact, side, rtol=1e-3) for side in sides), key
        pairs = problem.evaluate_pairs(x, {key: np.array([nominal + step])}, names)
        assert [column[0] for column in pairs.values()] == pytest.approx(up, rel=1e-12)


def test_the_glass_of_an_array_is_that_of_the_assumptions_and_varies_with_no_future(problem):
    key, name = "catalog.arrays.silicon.coverglass_um", "cell_damage_fraction"
    x = problem.space.matrix({"array_type": ["silicon"]})
    thick = load_problem(assumptions={key: 500.0}).evaluate(x, [name])[name]
    assert thick < 0.7 * problem.evaluate(x, [name])[name]
    with pytest.raises(SpecError, match="cannot vary"):
        problem.evaluate_futures(x, {key: np.array([500.0])}, [name])


def test_a_length_of_nothing_grows_along_every_direction():
    a, b = seeded([np.array([0.0, 3.0]), np.array([0.0, 4.0])])
    length = ENGINE.functions["hypot"](a - b, 2.0 * b)
    assert length.value == pytest.approx([0.0, np.sqrt(65.0)])
    assert length.slopes[:, 0] == pytest.approx([1.0, np.sqrt(5.0)])
    assert length.slopes[:, 1] == pytest.approx(np.array([-1.0, 17.0]) / np.sqrt(65.0))
