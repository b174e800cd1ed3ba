"""Derivatives of a model that knows none: finite differences inside the bounds."""

from __future__ import annotations

import numpy as np

from problems import load_problem
from problems.one_by_one import OneByOne
from problems.spec import Objective, Output, Variable


class Drum(OneByOne):
    """A drum: a real radius, a fixed depth, a whole number of ribs."""

    name, version = "drum", "1"
    variables = (
        Variable(
            name="radius_m",
            unit="m",
            symbol="r",
            description="Radius",
            kind="real",
            default=1.0,
            lower=0.0,
            upper=2.0,
        ),
        Variable(
            name="ribs",
            unit="1",
            symbol="n",
            description="Ribs",
            kind="integer",
            default=3,
            lower=1,
            upper=9,
        ),
        Variable(
            name="depth_m",
            unit="m",
            symbol="h",
            description="Depth",
            kind="real",
            default=0.5,
            lower=0.5,
            upper=0.5,
        ),
    )
    declared_outputs = (
        Output("volume_m3", "m3", "V", "Volume", "drum"),
        Output("mass_kg", "kg", "m", "Mass", "drum"),
    )
    objectives = (Objective("mass_kg", "min", 0.0, 10.0),)

    def evaluate_design(self, design):
        assert 0.0 <= design["radius_m"] <= 2.0
        square = design["radius_m"] ** 2
        return {
            "volume_m3": np.pi * square * design["depth_m"],
            "mass_kg": design["ribs"] + square * design["radius_m"],
        }


def test_real_variables_are_differentiated_inside_their_bounds_and_others_are_not_a_number():
    radius = np.array([0.0, 1.0, 2.0])
    x = np.column_stack([radius, np.full(3, 3.0), np.full(3, 0.5)])
    slopes = Drum().jacobian(x, ["mass_kg", "volume_m3"])
    assert slopes.shape == (3, 2, 3)
    assert np.isnan(slopes[:, :, 1:]).all()
    np.testing.assert_allclose(slopes[:, 0, 0], 3.0 * radius**2, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(slopes[:, 1, 0], np.pi * radius, rtol=1e-8, atol=1e-8)
    assert not Drum().exact_derivatives


def test_an_assumption_that_scales_an_output_has_that_output_over_itself_as_its_derivative():
    problem = load_problem()
    x = problem.space.sample(2, np.random.default_rng(1))
    names = ["cost.nre_usd", "cost.production_satellites"]
    slopes = problem.assumption_jacobian(x, ["cost_development_usd"], names)
    usd = problem.evaluate(x, ["cost_development_usd"])["cost_development_usd"]
    nominal = np.array([problem.assumptions[name] for name in names])
    np.testing.assert_allclose(slopes[:, 0], np.outer(usd, [1.0, -1.0] / nominal), rtol=1e-8)
