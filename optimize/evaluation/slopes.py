"""From the derivatives of outputs to those of objectives and violations, by the chain rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.space import TURN
from problems.spec import Constraint, Objective
from problems.units import FloatArray

#: Outputs by name, and their derivatives: ``(n,)`` and ``(n, d)``.
Columns = Mapping[str, FloatArray]


def relative_slopes(outputs: Columns, slopes: Columns, objective: Objective) -> FloatArray:
    """Return ``(n, d)`` derivatives of an objective, to be minimised, over its own size."""
    size = np.abs(outputs[objective.output])
    sign = 1.0 if objective.sense == "min" else -1.0
    return sign * slopes[objective.output] / np.where(size > 0.0, size, np.nan)[:, None]


def normalised_slopes(outputs: Columns, slopes: Columns, objective: Objective) -> FloatArray:
    """Return ``(n, d)`` derivatives on the scale of :func:`problems.space.normalise`.

    Examples
    --------
    >>> mass = Objective("mass_kg", "min", 0.0, 50.0)
    >>> columns = {"mass_kg": np.array([10.0])}, {"mass_kg": np.array([[2.0, -1.0]])}
    >>> normalised_slopes(*columns, mass).tolist()
    [[0.04, -0.02]]
    """
    ideal, reference = objective.ideal, objective.reference
    if not objective.has_box:
        width = np.array(1.0 if objective.sense == "min" else -1.0)
    elif objective.log:
        turn = TURN * min(ideal, reference)
        values = outputs[objective.output]
        width = np.maximum(values, 2.0 * turn - values) * np.log(reference / ideal)
    else:
        width = np.array(reference - ideal)
    return np.asarray(slopes[objective.output] / width.reshape(-1, 1))


def violation_slopes(outputs: Columns, slopes: Columns, constraint: Constraint) -> FloatArray:
    """Return ``(n, d)`` derivatives of a violation; of two limits, of the one that counts.

    Examples
    --------
    >>> power = Constraint("power", "power_w", "", lower=10.0, upper=20.0)
    >>> columns = {"power_w": np.array([9.0, 19.0])}, {"power_w": np.ones((2, 1))}
    >>> violation_slopes(*columns, power).ravel().tolist()
    [-0.1, 0.05]
    """
    values = outputs[constraint.output]
    rates = [
        (sign * (values - limit), sign / constraint.measure(limit))
        for limit, sign in ((constraint.lower, -1.0), (constraint.upper, 1.0))
        if limit is not None
    ]
    rate = np.full(len(values), rates[0][1])
    if len(rates) > 1:
        below, above = (excess * abs(per_unit) for excess, per_unit in rates)
        rate = np.where(below >= above, rates[0][1], rates[1][1])
    return np.asarray(slopes[constraint.output] * rate[:, None])
