"""A problem seen through its risk: objectives and limits over many futures.

A search sees a problem like any other. Its objectives are risk measures (``robust.<output>``), its
constraints hold in a stated share of the futures (``robust.limit.<constraint>``: the value that
this share stays on the right side of, which moves smoothly where a mere count would jump). The
futures are drawn once and are the same for every design.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from optimize.config.uncertainty import UncertaintySetting
from optimize.evaluation.futures import marginals, sample_futures
from optimize.evaluation.guard import guarded_like, timed_like, unguarded, with_futures
from optimize.evaluation.risk import quantile, risk, risk_text
from optimize.evaluation.tables import Layout
from problems.parameters.futures import UnderFutures
from problems.parameters.uncertain import Marginal
from problems.space import DesignSpace, Problem, violation
from problems.spec import Constraint, Objective, Output, SpecError
from problems.units import BoolArray, FloatArray

PREFIX = "robust."
LIMIT = f"{PREFIX}limit."
PROBABILITY = f"{PREFIX}probability."
FEASIBLE = f"{PREFIX}probability_feasible"

#: Futures last: ``(n, m)`` values of an output, of designs by rows.
Values = Mapping[str, FloatArray]
Measure = Callable[[Values], FloatArray]


def robust_name(output: str) -> str:
    """Return the name of an objective's risk measure."""
    return PREFIX + output


def robust_problem(problem: Problem) -> RobustProblem | None:
    """Return the problem that is searched on risk, its guard removed; None where none is."""
    inner = unguarded(problem)
    return inner if isinstance(inner, RobustProblem) else None


def nominal_problem(problem: Problem) -> Problem:
    """Return the problem at its nominal numbers: the one inside a robust one, else itself."""
    robust = robust_problem(problem)
    return problem if robust is None else robust.nominal


def robust_layout(setting: UncertaintySetting | None, layout: Layout) -> Layout:
    """Return the layout that searches on risk measures; the same one without ``setting``.

    Raises
    ------
    SpecError
        When the problem cannot be evaluated under futures, or names a number it does not have.
    """
    if setting is None:
        return layout
    problem = RobustProblem(layout.problem, layout.objectives, layout.constraints, setting)
    return Layout(
        guarded_like(layout.problem, problem), layout.space, problem.objectives, problem.constraints
    )


def under(problem: Problem, futures: Mapping[str, ArrayLike]) -> UnderFutures:
    """Return a problem under given futures.

    Raises
    ------
    SpecError
        When it cannot be evaluated so.
    """
    uncertain = with_futures(problem)
    if uncertain is None:
        message = f"'{problem.name}' cannot be evaluated under futures: it has no 'under'"
        raise SpecError("problem", message)
    return timed_like(problem, uncertain.under(futures))


class RobustProblem(Problem):
    """The risk measures of a problem's objectives and constraints.

    Parameters
    ----------
    nominal
        The problem at its nominal numbers; it must have ``marginals`` and ``under``.
    objectives, constraints
        Of the study, in terms of the nominal problem's outputs.
    setting
        Futures, risk measures and reliabilities.

    Raises
    ------
    SpecError
        When the problem has no futures, or ``setting`` names a number it does not have.
    """

    def __init__(
        self,
        nominal: Problem,
        objectives: Sequence[Objective],
        constraints: Sequence[Constraint],
        setting: UncertaintySetting,
    ) -> None:
        self.nominal = nominal
        self.name, self.version, self.space = nominal.name, nominal.version, nominal.space
        self.breakdowns = nominal.breakdowns
        self.assumptions, self.assumption_units = nominal.assumptions, nominal.assumption_units
        self.scenario, self.scenarios = nominal.scenario, nominal.scenarios
        self.cost_boundary = nominal.cost_boundary
        self.setting = setting
        self.nominal_objectives = tuple(objectives)
        self.nominal_constraints = tuple(constraints)
        self.drawn: tuple[Marginal, ...] = marginals(nominal, setting.include)
        self.values = sample_futures(
            self.drawn, setting.futures, seed=setting.seed, correlations=setting.pairs
        )
        self.futures = under(nominal, self.values)
        self.objectives = tuple(
            dataclasses.replace(o, output=robust_name(o.output)) for o in objectives
        )
        self.constraints = tuple(_reliable(c) for c in constraints)
        self._added = self._declared()
        self.outputs: Mapping[str, Output] = {**nominal.outputs, **self._added}
        self._measures = self._measured()
        self.used = Layout(nominal, nominal.space, objectives, constraints).searched

    # --- what the nominal problem says --------------------------------------------------------

    @property
    def model_module(self) -> str:
        """Module of the nominal model."""
        return self.nominal.model_module

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        return self.nominal.canonical(x, space)

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        return self.nominal.active(x)

    def use_backend(
        self, backend: str, *, space: DesignSpace, outputs: Sequence[str], batch: int
    ) -> None:
        """Let the nominal problem use an engine for whatever the risks are made of."""
        self.nominal.use_backend(backend, space=space, outputs=self.used, batch=batch)

    def warnings(self, x: FloatArray) -> list[str]:
        """Return the warnings of one design row."""
        return self.nominal.warnings(x)

    # --- risk ---------------------------------------------------------------------------------

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return nominal outputs and risk measures (all, or those named) as ``(n,)`` columns."""
        wanted = tuple(self.outputs) if names is None else tuple(names)
        x = self.space.matrix(designs)
        plain = [name for name in wanted if name not in self._added]
        outputs = self.nominal.evaluate(x, plain) if plain else {}
        risks = [name for name in wanted if name in self._added]
        return {**outputs, **self._risks(x, risks)} if risks else outputs

    def _risks(self, x: FloatArray, names: Sequence[str]) -> dict[str, FloatArray]:
        risks = {name: np.empty(len(x)) for name in names}
        for rows, block in self.futures.blocks(x, self.used):
            values = {name: futures_last(value) for name, value in block.items()}
            for name in names:
                risks[name][rows] = self._measures[name](values)
        return risks

    def _measured(self) -> dict[str, Measure]:
        """Return how each added output follows from the values over the futures."""
        measures: dict[str, Measure] = {}
        for o in self.nominal_objectives:
            sign = 1.0 if o.sense == "min" else -1.0
            measures[robust_name(o.output)] = _objective(
                o.output, sign, self.setting.risk_of(o.output)
            )
        for c in self.nominal_constraints:
            measures[LIMIT + c.name] = _limit(c, self.setting.reliability_of(c.name))
            measures[PROBABILITY + c.name] = _probability((c,))
        measures[FEASIBLE] = _probability(self.nominal_constraints)
        return measures

    def _declared(self) -> dict[str, Output]:
        """Return the declarations of the added outputs."""
        nominal, m = self.nominal.outputs, self.setting.futures
        added: list[Output] = []
        for o in self.nominal_objectives:
            output, measure = nominal[o.output], self.setting.risk_of(o.output)
            best = "lowest" if o.sense == "min" else "highest"
            text = f"{risk_text(measure, best=best)} ({m} of them): {output.description}"
            symbol = rf"\mathrm{{{measure}}}\,{output.symbol}"
            added.append(Output(robust_name(o.output), output.unit, symbol, text, "robust"))
        for c in self.nominal_constraints:
            output, share = nominal[c.output], self.setting.reliability_of(c.name)
            unit = "1" if _two_sided(c) else output.unit
            kind = "violation" if _two_sided(c) else "value"
            text = f"{kind} of {c.output} that {share:.4g} of the futures do not go beyond"
            added.append(Output(LIMIT + c.name, unit, output.symbol, text, "robust"))
            text = f"share of the futures in which '{c.name}' holds"
            added.append(Output(PROBABILITY + c.name, "1", "P", text, "robust"))
        text = "share of the futures in which every constraint holds"
        added.append(Output(FEASIBLE, "1", "P", text, "robust"))
        return {output.name: output for output in added}


def _two_sided(c: Constraint) -> bool:
    return c.lower is not None and c.upper is not None


def _reliable(c: Constraint) -> Constraint:
    """Return the constraint on the value at its reliability level."""
    if _two_sided(c):  # no single value stands for both limits, their violation does
        return Constraint(c.name, LIMIT + c.name, c.description, upper=0.0, scale=1.0)
    return dataclasses.replace(c, output=LIMIT + c.name)


def futures_last(value: FloatArray) -> FloatArray:
    """Return ``(n, m)`` values, or ``(n, 1)`` where no future moves them."""
    if value.strides[0] == 0:
        return value[:1].T
    return np.ascontiguousarray(value.T)


def _objective(output: str, sign: float, measure: str) -> Measure:
    return lambda values: sign * risk(_sound(sign * values[output]), measure)


def _sound(loss: FloatArray) -> FloatArray:
    """Return losses of which none is minus infinity: nothing is that good, so it is no number."""
    if loss.min(initial=0.0) > -np.inf:
        return loss
    return np.where(np.isneginf(loss), np.nan, loss)


def _limit(c: Constraint, share: float) -> Measure:
    if _two_sided(c):
        return lambda values: quantile(violation(c, values[c.output]), share)
    sign = 1.0 if c.lower is None else -1.0
    return lambda values: sign * quantile(_sound(sign * values[c.output]), share)


def held_in(constraints: Sequence[Constraint], values: Values) -> BoolArray:
    """Return in which futures every constraint holds: ``(n, m)``, or ``(n, 1)`` when in all alike.

    A value that is not a number does not hold.
    """
    any_column = next(iter(values.values()))
    holds: BoolArray = np.ones((len(any_column), 1), dtype=np.bool_)
    for c in constraints:
        holds = np.logical_and(holds, violation(c, values[c.output]) <= 0.0)
    return holds


def _probability(constraints: Sequence[Constraint]) -> Measure:
    def share(values: Values) -> FloatArray:
        return np.asarray(held_in(constraints, values).mean(axis=-1))

    return share
