"""Which satellite answers a claim: its problem, its limits, the best design, and its futures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.best.design import Best, best_design, cases_of
from optimize.analysis.best.search import descend
from optimize.config.study import Study
from optimize.evaluation.futures import marginals
from problems.compute_satellite.declarations import scenarios
from problems.registry import load_problem
from problems.space import DesignSpace
from problems.spec import Constraint, Value
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from problems.parameters.uncertain import Marginal

FULL_COST = "cost_per_exaflop_full_usd"
#: Factors on array, radiator and shield of designs that a harder case may start from.
_GENEROUS = (1.25, 1.8)
#: The size of satellite that the claims are about: what one rack row needs on the ground.
POWER_BAND = Constraint("it_power_w", "it_power_w", "size of the satellite", 1e5, 1.5e5)


@dataclass(frozen=True)
class Setting:
    """A problem and what is optimised in it.

    ``overrides`` are assumptions, ``fixed`` variables, ``least`` raised lower bounds.
    """

    objective: str = FULL_COST
    scenario: str = "2030"
    overrides: tuple[tuple[str, float], ...] = ()
    fixed: tuple[tuple[str, Value], ...] = (("launch_site", "earth"),)
    least: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """``(m,)`` outputs of the design re-optimised in each of ``m`` cases."""

    outputs: Mapping[str, FloatArray]
    feasible: BoolArray


def between(first: str, second: str, year: float) -> tuple[tuple[str, float], ...]:
    """Return overrides of a year between two scenarios, geometric in every number.

    Examples
    --------
    >>> dict(between("today", "2030", 2028.0))["cost.production_satellites"].__round__()
    316
    """
    early, late = scenarios()[first], scenarios()[second]
    share = (year - early.year) / (late.year - early.year)
    nominal = _nominal()
    keys = dict.fromkeys((*early.overrides, *late.overrides))
    overrides = []
    for key in keys:
        a = early.overrides.get(key, nominal[key])
        b = late.overrides.get(key, nominal[key])
        overrides.append((key, float(a ** (1.0 - share) * b**share)))
    return tuple(overrides)


def _nominal() -> dict[str, float]:
    from problems.parameters.assumptions import assumption_rows
    from problems.parameters.catalog import catalog_ranges

    nominal = {key: row.nominal for key, row in assumption_rows().items()}
    return nominal | {item.key: item.nominal for item in catalog_ranges()}


@dataclass
class Solver:
    """Best designs of settings, each searched once."""

    evaluations: int = 20_000
    seed: int = 1
    include: Sequence[str] | None = None
    problems: dict[Setting, Any] = field(default_factory=dict)
    designs: dict[Setting, Best] = field(default_factory=dict)
    outcomes: dict[Any, Outcome] = field(default_factory=dict)

    def problem(self, setting: Setting) -> Any:
        """Return the problem of a setting."""
        key = dataclasses.replace(setting, objective="", fixed=(), least=())
        if key not in self.problems:
            self.problems[key] = load_problem(
                scenario=setting.scenario, assumptions=dict(setting.overrides)
            )
        return self.problems[key]

    def study(self, setting: Setting) -> Study:
        """Return what is searched in a setting."""
        problem = self.problem(setting)
        least = dict(setting.least)
        variables = tuple(
            v.narrow(lower=least[v.name]) if v.name in least else v for v in problem.space.variables
        )
        return Study(variables, problem.objectives, (*problem.constraints, POWER_BAND))

    def best(self, setting: Setting) -> Best:
        """Return the best design of a setting."""
        if setting not in self.designs:
            self.designs[setting] = best_design(
                self.problem(setting),
                self.study(setting),
                setting.objective,
                fixed=dict(setting.fixed),
                evaluations=self.evaluations,
                seed=self.seed,
            )
        return self.designs[setting]

    def nominal(self, setting: Setting) -> Outcome:
        """Return the outcome with every assumption in force, as one case."""
        best = self.best(setting)
        outputs = {name: np.array([value]) for name, value in best.outputs.items()}
        return Outcome(self._variables(setting, best.x[None]) | outputs, np.array([best.feasible]))

    def under(self, setting: Setting, futures: Mapping[str, FloatArray]) -> Outcome:
        """Return the outcome in cases, sizes re-optimised in each from the best design.

        Catalogue rows and architecture stay those of the design a case starts from.
        """
        key = (setting, tuple((name, values.tobytes()) for name, values in futures.items()))
        if key not in self.outcomes:
            self.outcomes[key] = self._outcome(setting, futures)
        return self.outcomes[key]

    def _outcome(self, setting: Setting, futures: Mapping[str, FloatArray]) -> Outcome:
        x = self._starts(setting)
        cases = cases_of(
            self.problem(setting),
            self.study(setting),
            setting.objective,
            fixed=dict(setting.fixed),
            futures=futures,
        )
        case_of_row = np.repeat(np.arange(cases.count), len(x))
        rows = np.tile(x, (cases.count, 1))
        optima = descend(cases, rows, case_of_row, case_of_row, cases.count)
        case = np.arange(cases.count)
        names = tuple(self.problem(setting).outputs)
        outputs = dict(cases.outputs(optima.x, case, names))
        feasible = (optima.violation <= 0.0) & np.isfinite(optima.f)
        return Outcome(self._variables(setting, optima.x) | outputs, feasible)

    def _starts(self, setting: Setting) -> FloatArray:
        """Return the best design, and it with more array, radiator and shield."""
        problem, x = self.problem(setting), self.best(setting).x
        rows = np.tile(x, (len(_GENEROUS) + 1, 1))
        for at, factor in enumerate(_GENEROUS, start=1):
            for name in ("array_area_m2", "radiator_area_m2", "shield_mm"):
                rows[at, problem.space.index[name]] *= factor
        space = DesignSpace(self.study(setting).variables)
        for name, value in setting.fixed:
            space = space.replace(space[name].fix(value))
        return np.asarray(problem.canonical(rows, space))

    def ground(self, setting: Setting, futures: Mapping[str, FloatArray]) -> FloatArray:
        """Return the cheapest cost of a FLOP on the ground over the open accelerators, by case."""
        problem, best = self.problem(setting), self.best(setting)
        at = problem.space.index["gpu_model"]
        codes = problem.space["gpu_model"].codes
        cases = cases_of(problem, self.study(setting), setting.objective, futures=futures)
        rows = np.tile(best.x, (len(codes), 1))
        rows[:, at] = codes
        case = np.repeat(np.arange(cases.count), len(codes))
        name = "ground_" + FULL_COST
        costs = cases.outputs(np.tile(rows, (cases.count, 1)), case, (name,))[name]
        return np.asarray(costs.reshape(cases.count, len(codes)).min(axis=1))

    def marginals(self, setting: Setting) -> tuple[Marginal, ...]:
        """Return every uncertain number of a setting's problem."""
        return marginals(self.problem(setting), self.include)

    def _variables(self, setting: Setting, x: FloatArray) -> dict[str, FloatArray]:
        return {name: x[:, i] for name, i in self.problem(setting).space.index.items()}
