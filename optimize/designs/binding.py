"""The limit that decides: each one is dropped in turn, and the design adapts.

A limit binds where the best design touches it. It decides where doing without it changes the
answer: how much better the best design would be, and which hardware would take the place of which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimize.designs.best.cases import Cases
from optimize.designs.best.search import FINALISTS, FIRST_ROUNDS, LAST_ROUNDS, descend
from optimize.designs.gradients import sign_of
from optimize.designs.swaps import swapped
from optimize.utils.labels import words
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective
from problems.units import FloatArray, IntArray

NOTICEABLE = 0.01  # relative gain below which a limit is not said to decide anything
_NO_LIMIT = -1.0
_TRIALS = 5  # evaluations of a step beside its differences


@dataclass(frozen=True)
class _Without(Cases):
    """One case for every limit that is dropped, and before them one in which all of them hold."""

    @property
    def count(self) -> int:
        """All limits held, then each of them dropped."""
        return len(self.constraints) + 1

    def at(self, x: FloatArray, case: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations, none of the dropped limit."""
        f, g = super().at(x, case)
        rows = np.flatnonzero((case > 0) & np.isfinite(f))
        g[rows, case[rows] - 1] = _NO_LIMIT
        return f, g


@dataclass(frozen=True, slots=True)
class Relief:
    """What a limit costs: the best design without it beside the best with all of them.

    ``replaced`` are choices that change: variable, choice with the limit, choice without.
    """

    constraint: str
    with_all: float
    without: float
    replaced: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """The limits that cost something in one objective, the dearest first."""

    objective: Objective
    unit: str
    reliefs: tuple[Relief, ...]
    constraints: int
    evaluations: int
    opening: tuple[str, ...] = ()  #: where no design keeps every limit: without which one does
    feasible: bool = True

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        name = words(self.objective.output, self.unit)
        if not self.feasible:
            return self._none_feasible()
        if not self.reliefs:
            return (
                f"No single limit decides: without any one of the {self.constraints}, {name} "
                f"would change by less than {100.0 * NOTICEABLE:.0f} %."
            )
        first = self.reliefs[0]
        swaps = [f"{new} would replace {old}" for _, old, new in first.replaced]
        also = f" and {_listed(swaps)}" if swaps else ""
        direction = "fall" if self.objective.sense == "min" else "rise"
        change = _change(first.with_all, first.without)
        return f"`{first.constraint}` decides: without it {name} would {direction} {change}{also}."

    def _none_feasible(self) -> str:
        if not self.opening:
            return "No design found keeps every limit, nor does one without any single limit."
        names = _listed([f"`{name}`" for name in self.opening], "or")
        return (
            f"{names} decides: no design found keeps every limit, but without it one keeps the "
            "others."
        )

    def entry(self) -> dict[str, object]:
        """Return the finding as plain data."""
        return {
            "sentence": self.sentence,
            "objective": self.objective.output,
            "constraints": [
                {
                    "constraint": relief.constraint,
                    "with_all": relief.with_all,
                    "without": relief.without,
                    "replaced": [
                        {"variable": name, "with": old, "without": new}
                        for name, old, new in relief.replaced
                    ],
                }
                for relief in self.reliefs
            ],
        }


def affordable_starts(space: DesignSpace, constraints: int, evaluations: int) -> int:
    """Return from how many designs every case can start with so many evaluations."""
    moving = sum(space.variables[i].kind in ("real", "integer") for i in space.free)
    step = (constraints + 1) * (moving + _TRIALS)
    return max(evaluations - FINALISTS * LAST_ROUNDS * step, 0) // (FIRST_ROUNDS * step)


def find_binding(
    problem: Problem,
    space: DesignSpace,
    objective: Objective,
    constraints: Sequence[Constraint],
    starts: FloatArray,
) -> Binding:
    """Return what each limit costs in one objective.

    Parameters
    ----------
    problem, space, constraints
        As searched.
    objective
        What is to get better when a limit goes; other objectives may get worse.
    starts
        ``(n, n_var)`` designs that each case starts from.

    Notes
    -----
    All limits are dropped at once, each in a case of its own; in every case all starts descend
    (:func:`optimize.designs.best.search.descend`) and the best feasible one counts. The case in
    which nothing is dropped descends as well, so that an unfinished search is not taken for the
    cost of a limit.
    """
    rows = problem.canonical(starts, space)
    cases = _Without(problem, space, objective, tuple(constraints))
    case = np.repeat(np.arange(cases.count), len(rows))
    optima = descend(cases, np.tile(rows, (cases.count, 1)), case, case, cases.count)
    fits = (optima.violation <= 0.0) & np.isfinite(optima.f)
    unit = problem.outputs[objective.output].unit
    reliefs: list[Relief] = []
    if fits[0]:
        sign = sign_of(objective)
        base = float(optima.f[0])
        gains = (base - optima.f[1:]) / (abs(base) or 1.0)
        for at in np.argsort(-gains, kind="stable"):
            if fits[at + 1] and gains[at] > NOTICEABLE:
                replaced = _replaced(problem, space, optima.x[0], optima.x[at + 1])
                reliefs.append(
                    Relief(
                        constraints[at].name, sign * base, sign * float(optima.f[at + 1]), replaced
                    )
                )
    opening = tuple(c.name for c, fit in zip(constraints, fits[1:], strict=True) if fit)
    return Binding(
        objective,
        unit,
        tuple(reliefs),
        len(constraints),
        optima.evaluations,
        () if fits[0] else opening,
        bool(fits[0]),
    )


def other_choices(problem: Problem, space: DesignSpace, x: FloatArray) -> FloatArray:
    """Return a ``(1, n_var)`` design with each other choice in turn, at the same IT power."""
    rows = [x]
    for i in space.free:
        variable = space.variables[i]
        if variable.kind == "choice":
            codes = [code for code in variable.codes if code != int(x[0, i])]
            rows += [swapped(problem, space, x, i, code) for code in codes]
    return np.concatenate(rows)[1:]


def _replaced(
    problem: Problem, space: DesignSpace, before: FloatArray, after: FloatArray
) -> tuple[tuple[str, str, str], ...]:
    active = problem.active(np.array([before, after]))
    return tuple(
        (v.name, v.choices[int(before[i])], v.choices[int(after[i])])
        for i, v in enumerate(space.variables)
        if v.kind == "choice" and active[:, i].all() and before[i] != after[i]
    )


def _change(with_all: float, without: float) -> str:
    """Return how much smaller or larger, in words."""
    small, large = sorted((abs(with_all), abs(without)))
    if small > 0.0 and large / small >= 2.0 and with_all * without > 0.0:
        return f"{large / small:.1f} times"
    return f"by {100.0 * abs(without - with_all) / (abs(with_all) or 1.0):.0f} %"


def _listed(parts: Sequence[str], last: str = "and") -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
