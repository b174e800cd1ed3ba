"""One output under many sets of assumptions: designs in, objective and violations out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimize.evaluation.calls import FAULTS, within
from optimize.evaluation.guard import guard_before, halved, with_futures
from problems.batch import BLOCK
from problems.space import DesignSpace, Problem, constraint_matrix, objective_matrix
from problems.spec import Constraint, Objective, SpecError
from problems.units import FloatArray, IntArray


@dataclass(frozen=True)
class Cases:
    """What is optimised, within which limits, and under which values of the assumptions.

    ``futures`` maps an assumption's key, and ``held`` a variable's name, to ``(m,)`` values, one
    per case; without any there is one case, the problem as it stands.
    """

    problem: Problem
    space: DesignSpace
    objective: Objective
    constraints: tuple[Constraint, ...]
    futures: Mapping[str, FloatArray] = field(default_factory=dict)
    held: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.futures and with_futures(self.problem) is None:
            raise SpecError("problem", f"'{self.problem.name}' has no assumptions to vary")

    @property
    def count(self) -> int:
        """Number of cases."""
        columns = [*self.futures.values(), *self.held.values()]
        return len(columns[0]) if columns else 1

    def only(self, cases: IntArray | Sequence[int]) -> Cases:
        """Return some of the cases, in the order given."""
        chosen = {key: values[np.asarray(cases)] for key, values in self.futures.items()}
        held = {name: values[np.asarray(cases)] for name, values in self.held.items()}
        return Cases(self.problem, self.space, self.objective, self.constraints, chosen, held)

    def canonical(self, x: FloatArray, case: IntArray) -> FloatArray:
        """Return canonical rows with the variables that a case holds at its values."""
        if self.held:
            x = x.copy()
            for name, values in self.held.items():
                x[:, self.space.index[name]] = values[case]
        return self.problem.canonical(x, self.space)

    def at(self, x: FloatArray, case: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return ``(n,)`` objectives to be minimised and ``(n, n_con)`` violations.

        A design that is not finite is infinitely bad in everything.
        """
        names = [self.objective.output, *(c.output for c in self.constraints)]
        wanted = tuple(dict.fromkeys(names))
        f, g = np.empty(len(x)), np.empty((len(x), len(self.constraints)))
        for start in range(0, len(x), BLOCK):
            rows = slice(start, start + BLOCK)
            outputs = self._sound_outputs(x[rows], case[rows], wanted)
            f[rows] = objective_matrix(outputs, (self.objective,))[:, 0]
            g[rows] = constraint_matrix(outputs, self.constraints)
        bad = ~(np.isfinite(f) & np.isfinite(g).all(axis=1))
        f[bad], g[bad] = np.inf, np.inf
        return f, g

    def _sound_outputs(
        self, x: FloatArray, case: IntArray, names: Sequence[str]
    ) -> Mapping[str, FloatArray]:
        """Return the outputs, not a number where a problem of the user's own raises."""
        guard = guard_before(self.problem)
        if guard is None:
            return self.outputs(x, case, names)
        limit_s = guard.guard_setting.timeout_s

        def call(rows: slice) -> dict[str, FloatArray]:
            return within(limit_s, lambda: dict(self.outputs(x[rows], case[rows], names)))

        try:
            return call(slice(None))
        except FAULTS as error:
            return halved(call, len(x), names, str(error), str).outputs

    def outputs(
        self, x: FloatArray, case: IntArray, names: Sequence[str]
    ) -> Mapping[str, FloatArray]:
        """Return ``(n,)`` outputs of design ``i`` under case ``case[i]``."""
        uncertain = with_futures(self.problem) if self.futures else None
        if uncertain is None:
            return self.problem.evaluate(x, names)
        own = {key: values[case] for key, values in self.futures.items()}
        return uncertain.evaluate_pairs(x, own, names)

    def jacobian(self, x: FloatArray, case: IntArray, names: Sequence[str]) -> FloatArray:
        """Return ``(n, k, n_var)`` derivatives of outputs, design ``i`` under case ``case[i]``."""
        uncertain = with_futures(self.problem) if self.futures else None
        if uncertain is None:
            return self.problem.jacobian(x, names)
        own = {key: values[case] for key, values in self.futures.items()}
        return uncertain.pair_jacobian(x, own, names)


def violations(g: FloatArray) -> FloatArray:
    """Return the summed violation of each row; 0 where every limit holds."""
    return np.asarray(np.maximum(g, 0.0).sum(axis=1))
