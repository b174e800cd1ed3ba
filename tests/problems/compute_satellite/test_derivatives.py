"""Exact derivatives of the satellite, against high-order differences in extended precision."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem
from problems.compute_satellite.backends.substitution import Engine, substituted

WIDE = np.longdouble
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


class Wide(np.ndarray):
    """Columns in extended precision."""


def wide_ndtr(x):
    """The normal distribution by a continued fraction and a series, good to 19 digits."""
    z = np.abs(np.asarray(x, dtype=WIDE))
    density = np.exp(-z * z / 2) / np.sqrt(2 * WIDE(np.pi) + WIDE(2.4492935982947064e-16))
    fraction = z
    for k in range(250, 0, -1):
        fraction = z + k / np.where(fraction == 0, 1, fraction)
    term = series = z
    for k in range(1, 60):
        term = term * z * z / (2 * k + 1)
        series = series + term
    tail = np.where(z > 3, density / np.where(fraction == 0, 1, fraction), 0.5 - density * series)
    return np.where(x < 0, tail, 1 - tail).view(Wide)


def _blend(table, index, weights):
    corners = range(index.shape[-1])
    return sum(table[index[..., k]] * np.asarray(weights)[..., k, None] for k in corners).view(Wide)


WIDE_ENGINE = Engine(
    Wide,
    {
        "asarray": lambda x, dtype=None: x,
        "ascontiguousarray": lambda x: x,
        "blend_rows": _blend,
        "ndtr": wide_ndtr,
        "somewhere": lambda value: True,
    },
)


@pytest.fixture(scope="module")
def problem():
    return load_problem()


@pytest.fixture(scope="module")
def designs(problem):
    """Random designs away from the bounds, levers moved."""
    rng, space = np.random.default_rng(7), problem.space
    x = space.sample(60, rng)
    for i in space.real:
        x[:, i] += (0.5 - rng.random(len(x))) * 0.02 * (space.upper - space.lower)[i]
        edge = 0.02 * (space.upper - space.lower)[i]
        x[:, i] = np.clip(x[:, i], space.lower[i] + edge, space.upper[i] - edge)
        if space.variables[i].held:
            x[:, i] = rng.uniform(space.lower[i] + edge, space.upper[i] - edge, len(x))
    return problem.canonical(x)


def evaluated(problem, x):
    real = {problem.space.names[i]: x[:, i].view(Wide) for i in problem.space.real}
    columns = problem.space.columns(x.astype(np.float64)) | real
    with substituted(WIDE_ENGINE), np.errstate(all="ignore"):
        out = problem._here(problem._model, columns, OUTPUTS)
    return np.array([np.broadcast_to(out[name], (len(x),)) for name in OUTPUTS])


def differences(problem, designs, share):
    """Fourth-order differences with a step of a share of the range, and the sizes of steps."""
    space, n = problem.space, len(designs)
    step = WIDE(share) * (space.upper - space.lower)
    points = np.tile(designs.astype(WIDE), (len(space.real), 4, 1, 1))
    for at, i in enumerate(space.real):
        points[at, :, :, i] += np.array([-2, -1, 1, 2])[:, None] * step[i]
    values = evaluated(problem, points.reshape(-1, len(space))).reshape(
        len(OUTPUTS), len(space.real), 4, n
    )
    weights = np.array([1, -8, 8, -1])[:, None]
    return (values * weights).sum(axis=2) / (12 * step[space.real])[:, None]


def test_derivatives_by_every_real_variable_are_exact_where_the_model_is_smooth(problem, designs):
    space = problem.space
    exact = problem.jacobian(designs, OUTPUTS)[:, :, space.real].transpose(1, 2, 0)
    coarse, fine = (differences(problem, designs, share) for share in (1e-5, 7e-6))
    outputs = np.array(list(problem.evaluate(designs, OUTPUTS).values()))
    # Rounding of the differences hides slopes that move an output by less over the whole range.
    least = 1e-4 * np.abs(outputs)[:, None] / (space.upper - space.lower)[space.real][:, None]
    size = np.maximum(np.abs(coarse), least)
    smooth = np.abs(coarse - fine) <= 1e-10 * size
    assert smooth.mean() > 0.8
    assert (np.abs(exact - coarse) <= 1e-8 * size)[smooth].all()
    assert np.isfinite(exact).all()


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
