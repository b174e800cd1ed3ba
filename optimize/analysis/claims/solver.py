"""The best designs that answer claims, and what becomes of them in futures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.claims.designs import FULL_COST, Design
from optimize.designs.best.design import Best, best_design, cases_of
from optimize.designs.best.search import descend
from optimize.evaluation.futures import marginals
from problems.registry import load_problem
from problems.space import DesignSpace
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from problems.parameters.uncertain import Marginal

#: Factors on array, radiator and shield of designs that a harder case may start from.
_GENEROUS = (1.25, 1.8)


@dataclass(frozen=True)
class Outcome:
    """``(m,)`` outputs of the design re-optimised in each of ``m`` cases."""

    outputs: Mapping[str, FloatArray]
    feasible: BoolArray


@dataclass
class Solver:
    """Best designs, each searched once."""

    evaluations: int = 20_000
    seed: int = 1
    include: Sequence[str] | None = None
    problems: dict[Any, Any] = field(default_factory=dict)
    designs: dict[str, Best] = field(default_factory=dict)
    outcomes: dict[Any, Outcome] = field(default_factory=dict)

    def problem(self, design: Design) -> Any:
        """Return the problem of a design."""
        key = (design.scenario, design.overrides)
        if key not in self.problems:
            self.problems[key] = load_problem(
                scenario=design.scenario, assumptions=dict(design.overrides)
            )
        return self.problems[key]

    def best(self, design: Design) -> Best:
        """Return the best design of its kind."""
        if design.name not in self.designs:
            self.designs[design.name] = best_design(
                self.problem(design),
                design.study,
                design.objective,
                evaluations=self.evaluations,
                seed=self.seed,
            )
        return self.designs[design.name]

    def nominal(self, design: Design) -> Outcome:
        """Return the outcome with every assumption in force, as one case."""
        best = self.best(design)
        outputs = {name: np.array([value]) for name, value in best.outputs.items()}
        return Outcome(self._variables(design, best.x[None]) | outputs, np.array([best.feasible]))

    def under(self, design: Design, futures: Mapping[str, FloatArray]) -> Outcome:
        """Return the outcome in cases, sizes re-optimised in each from the best design.

        Catalogue rows and architecture stay those of the design a case starts from.
        """
        key = (design.name, tuple((name, values.tobytes()) for name, values in futures.items()))
        if key not in self.outcomes:
            self.outcomes[key] = self._outcome(design, futures)
        return self.outcomes[key]

    def _outcome(self, design: Design, futures: Mapping[str, FloatArray]) -> Outcome:
        x = self._starts(design)
        cases = cases_of(
            self.problem(design),
            design.study,
            design.objective,
            futures=futures,
        )
        case_of_row = np.repeat(np.arange(cases.count), len(x))
        rows = np.tile(x, (cases.count, 1))
        optima = descend(cases, rows, case_of_row, case_of_row, cases.count)
        case = np.arange(cases.count)
        names = tuple(self.problem(design).outputs)
        outputs = dict(cases.outputs(optima.x, case, names))
        feasible = (optima.violation <= 0.0) & np.isfinite(optima.f)
        return Outcome(self._variables(design, optima.x) | outputs, feasible)

    def _starts(self, design: Design) -> FloatArray:
        """Return the best design, and it with more array, radiator and shield."""
        problem, x = self.problem(design), self.best(design).x
        rows = np.tile(x, (len(_GENEROUS) + 1, 1))
        for at, factor in enumerate(_GENEROUS, start=1):
            for name in ("array_area_m2", "radiator_area_m2", "shield_mm"):
                rows[at, problem.space.index[name]] *= factor
        return np.asarray(problem.canonical(rows, DesignSpace(design.study.variables)))

    def ground(self, design: Design, futures: Mapping[str, FloatArray]) -> FloatArray:
        """Return the cheapest cost of a FLOP on the ground over the open accelerators, by case."""
        problem, best = self.problem(design), self.best(design)
        at = problem.space.index["gpu_model"]
        codes = problem.space["gpu_model"].codes
        cases = cases_of(problem, design.study, design.objective, futures=futures)
        rows = np.tile(best.x, (len(codes), 1))
        rows[:, at] = codes
        case = np.repeat(np.arange(cases.count), len(codes))
        name = "ground_" + FULL_COST
        costs = cases.outputs(np.tile(rows, (cases.count, 1)), case, (name,))[name]
        return np.asarray(costs.reshape(cases.count, len(codes)).min(axis=1))

    def marginals(self, design: Design) -> tuple[Marginal, ...]:
        """Return every uncertain number of a design's problem."""
        return marginals(self.problem(design), self.include)

    def _variables(self, design: Design, x: FloatArray) -> dict[str, FloatArray]:
        return {name: x[:, i] for name, i in self.problem(design).space.index.items()}
