"""Futures of the test problems: their closed forms under columns of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from problems.parameters.futures import Crossing
from problems.space import Problem
from problems.units import FloatArray

Numbers = Mapping[str, Any]


def crossed(
    problem: Problem,
    futures: Mapping[str, ArrayLike],
    run: Callable[[Numbers, FloatArray], Mapping[str, FloatArray]],
) -> Crossing[Numbers]:
    """Return a problem under futures; ``run`` takes its numbers and ``(n, n_var)`` designs."""
    return Crossing(
        {key: np.asarray(values, dtype=float).reshape(-1, 1) for key, values in futures.items()},
        build=lambda part: {**problem.assumptions, **part},
        run=lambda numbers, x, wanted: run(numbers, x),
        prepare=problem.space.matrix,
        wanted=lambda names: tuple(names or problem.outputs),
    )
