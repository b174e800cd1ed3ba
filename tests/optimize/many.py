"""Problems of one and of nine objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from problems.space import DesignSpace, Problem
from problems.spec import Objective, Output, Variable
from problems.units import FloatArray


class Nine(Problem):
    """Squared distances to as many points as there are objectives; every second one undeclared."""

    count: ClassVar[int] = 9
    name, version = "many", "1"

    def __init__(self, **settings: Any) -> None:
        self.outputs = {f"y{i}": Output(f"y{i}", "1", "y", "Y", "toy") for i in range(self.count)}
        self.objectives = tuple(
            Objective(name, "min", *((0.0, 2.0) if i % 2 else (math.nan, math.nan)))
            for i, name in enumerate(self.outputs)
        )
        self.space = DesignSpace(
            Variable(
                name=f"x{i}",
                unit="1",
                symbol="x",
                description="X",
                kind="real",
                default=0.5,
                lower=0.0,
                upper=1.0,
            )
            for i in range(3)
        )
        self.points = np.random.default_rng(1).random((self.count, 3))

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        x = self.space.matrix(designs)
        values = ((x[:, None] - self.points) ** 2).sum(axis=2).T
        found = dict(zip(self.outputs, values, strict=True))
        return {name: found[name] for name in names or self.outputs}


class One(Nine):
    """A single objective."""

    count = 1
