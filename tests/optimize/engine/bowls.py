"""Two bowls over two numbers, a step and a choice, whose optima are known on paper.

Both bowls are lowest at ``b = 0.5``, one at ``a = 0.2``, the other at ``a = 0.8``; the front is
what lies between. A shape adds the same to both: a kink (lowest at ``a = 0.5``), a ridge there,
two kinks that meet at (0.9, 0.9) and hold both objectives there, a slope in ``b`` with a jump
at 0.3, that kink with a slope in ``b`` and a jump where ``b`` is less than ``a`` (lowest at
``a = b = 0.5``, and the jump bars the way across the kink), or a valley that is far steeper away
from ``b = 0.5``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, Output, Variable
from problems.units import FloatArray

SHARP = 0.9
CORNER, STEEP = 0.9, 2.0
SIDES = {"kink": SHARP, "barred": SHARP, "ridge": -SHARP}
BARRED, VALLEY = 0.1, 5.0


def _variable(name: str, kind: str, **more: object) -> Variable:
    return Variable(name=name, unit="1", symbol=name, description=name, kind=kind, **more)  # type: ignore[arg-type]


class Bowls(Problem):
    """See above; ``least_b`` is a limit."""

    name, version = "bowls", "1"
    outputs: Mapping[str, Output] = {
        name: Output(name, "1", name, name, "test") for name in ("near", "far", "b_out")
    }
    objectives = (Objective("near", "min", 0.0, 1.0), Objective("far", "min", 0.0, 1.0))

    def __init__(self, shape: str = "smooth", *, least_b: float = 0.0, exact: bool = True) -> None:
        self.shape, self._exact = shape, exact
        self.constraints = (Constraint("room", "b_out", "Room", lower=least_b, scale=1.0),)
        self.space = DesignSpace(
            (
                _variable("a", "real", default=0.5, lower=0.0, upper=1.0),
                _variable("b", "real", default=0.5, lower=0.0, upper=1.0),
                _variable("steps", "integer", default=1, lower=0, upper=3),
                _variable("kind", "choice", default="plain", choices=("plain", "heavy")),
            )
        )

    @property
    def exact_derivatives(self) -> bool:
        return self._exact

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        a, b, steps, kind = self.space.matrix(designs).T
        sides = SIDES.get(self.shape, 0.0)
        more = 0.1 * np.abs(steps - 1.0) + 0.05 * kind + sides * np.abs(a - 0.5)
        if self.shape == "corner":
            more = more + STEEP * (np.abs(a - CORNER) + np.abs(b - CORNER))
        away = b - 0.5
        more = more + {
            "jump": (b < 0.3) + b,
            "barred": (b < a) + BARRED * b,
            "valley": np.exp(VALLEY * away) - VALLEY * away,
        }.get(self.shape, away**2)
        values = {"near": (a - 0.2) ** 2 + more, "far": (a - 0.8) ** 2 + more, "b_out": b}
        return {name: values[name] for name in names or values}

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        if not self._exact:
            return super().jacobian(designs, outputs)
        x = self.space.matrix(designs)
        sides = SIDES.get(self.shape, 0.0)
        slopes = np.full((len(x), len(outputs), 4), np.nan)
        slopes[:, :, :2] = 0.0
        for k, name in enumerate(outputs):
            if name == "b_out":
                slopes[:, k, 1] = 1.0
                continue
            lowest = 0.2 if name == "near" else 0.8
            slopes[:, k, 0] = 2.0 * (x[:, 0] - lowest) + np.where(x[:, 0] < 0.5, -sides, sides)
            away = x[:, 1] - 0.5
            slopes[:, k, 1] = {
                "jump": np.ones(len(x)),
                "barred": np.full(len(x), BARRED),
                "valley": VALLEY * (np.exp(VALLEY * away) - 1.0),
            }.get(self.shape, 2.0 * away)
            if self.shape == "corner":
                slopes[:, k, :2] += np.where(x[:, :2] < CORNER, -STEEP, STEEP)
        return slopes
