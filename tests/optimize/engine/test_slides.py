"""What multipliers alone would certify: flat objectives, kinks on bounds, no derivatives."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import ArrayLike

from optimize.engine.certificate import certify
from optimize.engine.local_model import Landscape
from optimize.engine.refine import refine
from optimize.engine.slides import after_slides
from problems.space import DesignSpace
from problems.units import FloatArray
from tests.optimize.engine.bowls import Bowls


class Flat(Bowls):
    """No variable moves how far it is."""

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        columns = super().evaluate(designs, names)
        return {k: np.full(len(v), 0.5) if k == "far" else v for k, v in columns.items()}

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        slopes = super().jacobian(designs, outputs)
        for k, name in enumerate(outputs):
            if name == "far":
                slopes[:, k, :2] = 0.0
        return slopes


class Unknown(Bowls):
    """Claims derivatives and has none."""

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        return np.full((len(designs), len(outputs), 4), np.nan)


def land(problem: Bowls) -> Landscape:
    return Landscape.of(problem, problem.space, problem.objectives, problem.constraints)


def narrowed(shape: str, **a: float) -> Bowls:
    """Return bowls of which one number has other bounds."""
    problem = Bowls(shape)
    first, *others = problem.space.variables
    problem.space = DesignSpace((dataclasses.replace(first, default=0.5, **a), *others))
    return problem


def test_all_weight_on_a_flat_objective_certifies_nothing() -> None:
    around = land(Flat())
    x = np.array([[0.9, 0.5, 1.0, 0.0], [0.2, 0.5, 1.0, 0.0], [0.7, 0.1, 1.0, 0.0]])
    found = certify(around, x)
    assert found.residual.max() <= 1e-12
    assert found.certified.tolist() == [False, True, False]
    assert found.evidence(around, 0.0)["small_steps_that_dominate"] == 2
    assert [around.space.names[i] for i in found.slides.columns] == ["a", "b"]
    moved = after_slides(around, x)
    assert moved[:, :2] == pytest.approx(np.tile([0.2, 0.5], (3, 1)), abs=1e-3)
    assert certify(around, moved[1:2]).certified.all()


def test_a_kink_on_a_bound_counts_from_inside() -> None:
    corner = np.array([[0.5, 0.5, 1.0, 0.0]])
    # From a ridge on its upper bound both bowls fall inwards, from a crease neither does.
    assert not certify(land(narrowed("ridge", upper=0.5)), corner).certified.any()
    assert certify(land(narrowed("kink", upper=0.5)), corner).certified.all()
    assert not certify(land(narrowed("ridge", lower=0.5)), corner).certified.any()
    assert certify(land(narrowed("kink", lower=0.5)), corner).certified.all()


def test_without_a_real_variable_swaps_and_steps_alone_decide() -> None:
    problem = Bowls()
    a, b, *others = problem.space.variables
    problem.space = DesignSpace((a.fix(0.5), b.fix(0.5), *others))
    around = land(problem)
    x = np.array([[0.5, 0.5, 1.0, 0.0], [0.5, 0.5, 3.0, 0.0]])
    assert np.array_equal(refine(around, x, limit=1e-6, swaps=True).x, x)
    assert certify(around, x).certified.tolist() == [True, False]


def test_derivatives_that_are_no_numbers_prove_nothing_and_move_nothing() -> None:
    around = land(Unknown())
    x = np.array([[0.4, 0.5, 1.0, 0.0], [0.9, 0.5, 1.0, 0.0]])
    assert np.array_equal(refine(around, x, limit=1e-6).x, x)
    assert not certify(around, x).certified.any()
