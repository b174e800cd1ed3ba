"""The frozen benchmark for jMetalPy, over real genes; needs ``pip install 'heliofront[peers]'``.

``jmetal_problem(bench)`` is a ``FloatProblem``: logarithms where declared, choices by
rounded position, inactive variables ignored. jMetalPy counts negative constraints as violated, so
ours change sign. ``jmetal_evaluator()`` judges a whole population at once, which is a hundred times
faster than one solution after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.benchmark.frozen.installed import demand
from problems.compute_satellite.variants.frozen import FrozenSatellite


def jmetal_problem(bench: FrozenSatellite) -> Any:
    """Return the benchmark as a ``jmetal.core.problem.FloatProblem``.

    Raises
    ------
    SpecError
        When jMetalPy is not installed.
    """
    _demand()
    from jmetal.core.problem import FloatProblem

    class Bench(FloatProblem):  # type: ignore[misc]  # jMetalPy is untyped
        def __init__(self) -> None:
            super().__init__()
            low, high = bench.space.search_bounds()
            self.lower_bound, self.upper_bound = low.tolist(), high.tolist()
            self.directions = [self.MINIMIZE] * len(bench.objectives)
            self.labels = [o.output for o in bench.objectives]

        def number_of_objectives(self) -> int:
            return len(bench.objectives)

        def number_of_constraints(self) -> int:
            return len(bench.constraints)

        def name(self) -> str:
            return bench.name

        def evaluate(self, solution: Any) -> Any:
            self.evaluate_all([solution])
            return solution

        def evaluate_all(self, solutions: list[Any]) -> list[Any]:
            genes = np.array([solution.variables for solution in solutions])
            f, g = bench.judge(bench.space.from_search(genes))
            for solution, values, limits in zip(solutions, f.tolist(), g.tolist(), strict=True):
                solution.objectives = values
                solution.constraints = [-limit for limit in limits]
            return solutions

    return Bench()


def jmetal_evaluator() -> Any:
    """Return an evaluator that judges a population of :func:`jmetal_problem` in one batch."""
    _demand()
    from jmetal.util.evaluator import Evaluator

    class Batch(Evaluator):  # type: ignore[misc]  # jMetalPy is untyped
        def evaluate(self, solution_list: list[Any], problem: Any) -> list[Any]:
            solutions: list[Any] = problem.evaluate_all(solution_list)
            return solutions

    return Batch()


def _demand() -> None:
    demand("jmetal", "jMetalPy", "peers")
