"""One design through the model: all outputs, or the reason why there are none."""

from __future__ import annotations

import math

import numpy as np

from optimize.evaluation.calls import ModelError
from optimize.evaluation.failures import not_finite
from optimize.evaluation.remembered import Remembered
from optimize.evaluation.tables import Layout
from problems.space import constraint_matrix, objective_matrix
from problems.units import FloatArray


class DesignError(Exception):
    """The model has no answer for a design; the message says why."""


def outputs_of(model: Remembered, layout: Layout, x: FloatArray) -> dict[str, float]:
    """Evaluate one ``(1, n_var)`` design with every output.

    Raises
    ------
    DesignError
        When the model raises, takes too long, or an output that the search needs is not finite.
    ModelError
        When an output that the search needs is missing or of a wrong shape.
    """
    answer = model.answer(x)
    if isinstance(answer, str):
        raise DesignError(answer)
    for name in layout.searched:
        if name not in answer:
            raise ModelError(f"the problem returned no output '{name}'")
    if not all(math.isfinite(answer[name]) for name in layout.searched):
        searched = {name: np.array([answer[name]]) for name in layout.searched}
        raise DesignError(not_finite(searched, 0))
    return dict(answer)


def judged(layout: Layout, answer: dict[str, float]) -> tuple[list[float], list[float]]:
    """Return objectives, each in its own sense, and dimensionless violations of one design."""
    columns = {name: np.array([answer[name]]) for name in layout.searched}
    signs = np.array([1.0 if o.sense == "min" else -1.0 for o in layout.objectives])
    f = objective_matrix(columns, layout.objectives)[0] * signs
    return f.tolist(), constraint_matrix(columns, layout.constraints)[0].tolist()
