"""Re-optimised curves over one assumption, with bands, and where they cross a value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from optimize.analysis.breakeven.axis import Axis
from optimize.config.study import Study
from optimize.designs.best.architectures import architectures
from optimize.designs.best.cases import Cases
from optimize.designs.best.design import cases_of
from optimize.designs.best.grid import (
    Progress,
    Solved,
    anchor_designs,
    solve,
    spread,
    with_last_digits,
)
from optimize.evaluation.guard import with_futures
from problems.space import Problem
from problems.spec import Objective
from problems.units import FloatArray, IntArray

_NEAR = 1.5  # an architecture within this factor of the best anywhere may win in some future
_ACCURACY = 1e-6  # of a crossing, in the coordinate of the axis over its range


@dataclass(frozen=True)
class Question:
    """A problem, its study, and what is optimised at every point."""

    problem: Problem
    study: Study
    objective: Objective
    seed: int

    def cases(
        self,
        futures: Mapping[str, FloatArray] | None = None,
        held: Mapping[str, FloatArray] | None = None,
    ) -> Cases:
        """Return the question under many sets of assumptions."""
        return cases_of(self.problem, self.study, self.objective, futures=futures, held=held)


@dataclass(frozen=True)
class Sweep:
    """The best design of every architecture at every point of an axis."""

    question: Question
    axis: Axis
    points: FloatArray
    cases: Cases
    solved: Solved

    @property
    def labels(self) -> list[str]:
        """Name of the winning architecture at each point; empty without one."""
        kinds = architectures(self.cases.problem, self.cases.space)
        return [kinds[i].label if i >= 0 else "" for i in self.solved.winner]

    def output(self, name: str) -> FloatArray:
        """Return an output of the winning design at each point, NaN without one."""
        return output_of(self.cases, self.solved, name)

    def refined(self, name: str, extra: Mapping[str, float] | None = None) -> Measure:
        """Return a function of the axis: an output of the design re-optimised there."""

        def at(value: float) -> float:
            near = np.argsort(np.abs(self.points - value), kind="stable")[:2]
            point = np.array([value])
            futures = self.axis.columns(point)
            futures |= {key: np.array([number]) for key, number in (extra or {}).items()}
            cases = self.question.cases(futures, self.axis.held_columns(point))
            pool = self.solved.x[near]
            known = np.flatnonzero(~np.isnan(pool).any(axis=(0, 2)))
            if len(known) == 0:
                return math.nan
            solved = with_last_digits(cases, solve(cases, pool, sought=known))
            return float(output_of(cases, solved, name)[0])

        return at


Measure = Callable[[float], float]


def output_of(cases: Cases, solved: Solved, name: str) -> FloatArray:
    """Return an output of the winning design of every case, NaN without one."""
    x, f = solved.best()
    values = np.full(len(f), np.nan)
    rows = np.flatnonzero(np.isfinite(f))
    if len(rows):
        values[rows] = cases.outputs(x[rows], rows, (name,))[name]
    return values


def sweep(question: Question, axis: Axis, count: int, progress: Progress | None = None) -> Sweep:
    """Solve ``count`` points of an axis, with full searches at its ends and in its middle."""
    points = axis.points(count)
    cases = question.cases(axis.columns(points), axis.held_columns(points))
    anchors = sorted({0, count // 2, count - 1})
    pool, spent = anchor_designs(cases, anchors, seed=question.seed)
    solved = solve(cases, pool, progress=progress)
    order = np.arange(count)
    around = [np.maximum(order - 1, 0), np.minimum(order + 1, count - 1)]
    better = with_last_digits(cases, spread(cases, solved, around, None))
    total = Solved(better.f, better.x, count, spent + better.evaluations)
    return Sweep(question, axis, points, cases, total)


def under_futures(
    curve: Sweep,
    futures: Mapping[str, FloatArray],
    progress: Progress | None = None,
    *,
    sought: IntArray | None = None,
) -> tuple[Cases, Solved]:
    """Solve every point under every future, from the point's nominal designs.

    Parameters
    ----------
    curve
        The nominal curve.
    futures
        ``(count,)`` values by key; the axis sets its own.
    progress
        Called with finished and total cases.
    sought
        Architectures to solve; those that come near the best one when None.

    Returns
    -------
    Cases, Solved
        Case ``p * count + s`` is point ``p`` in future ``s``.
    """
    count = len(next(iter(futures.values())))
    points = np.repeat(curve.points, count)
    columns = {key: np.tile(values, len(curve.points)) for key, values in futures.items()}
    columns |= curve.axis.columns(points)
    cases = curve.question.cases(columns, curve.axis.held_columns(points))
    solved = from_nominal(cases, curve.solved, count, progress, sought=sought)
    order = np.arange(cases.count)
    back = np.where(order >= count, order - count, order)
    ahead = np.where(order + count < cases.count, order + count, order)
    return cases, _again(cases, solved, [back, ahead])


def from_nominal(
    cases: Cases,
    nominal: Solved,
    count: int,
    progress: Progress | None,
    *,
    sought: IntArray | None = None,
) -> Solved:
    """Solve ``count`` futures of every nominal case, from its designs."""
    chosen = contenders(nominal.f) if sought is None else sought
    pool = np.repeat(nominal.x[:, None], count, axis=0)
    pool = np.where(np.isnan(pool), _filler(nominal), pool)
    return solve(cases, pool, sought=chosen, starts=1, progress=progress)


def _again(cases: Cases, solved: Solved, around: Sequence[IntArray]) -> Solved:
    """Solve once more from the same future's designs at neighbouring points, if all is done."""
    return spread(cases, solved, around, None) if solved.done == cases.count else solved


def _filler(nominal: Solved) -> FloatArray:
    """Return a design for architectures without one at a point: the same from another point."""
    known = ~np.isnan(nominal.x).any(axis=2)
    first = np.argmax(known, axis=0)
    return np.asarray(nominal.x[first, np.arange(nominal.x.shape[1])][None, None])


def contenders(f: FloatArray) -> IntArray:
    """Return the architectures that come near the best one in some case."""
    best = np.nanmin(np.where(np.isnan(f), np.inf, f), axis=1, keepdims=True)
    room = np.where(best > 0.0, best * _NEAR, best / _NEAR)
    near = (f <= room).any(axis=0)
    return np.asarray(np.flatnonzero(near if near.any() else ~np.isnan(f).all(axis=0)))


def draw_futures(
    problem: Problem, axes: Sequence[Axis], count: int, *, seed: int
) -> dict[str, FloatArray]:
    """Draw futures of every uncertain number that no axis sets; none where none is declared."""
    uncertain = with_futures(problem)
    if count < 1 or uncertain is None or not uncertain.marginals:
        return {}
    from optimize.evaluation.futures import marginals, sample_futures

    pinned = frozenset[str]().union(*(axis.pins for axis in axes))
    drawn = [marginal for marginal in marginals(problem) if marginal.key not in pinned]
    return sample_futures(drawn, count, seed=seed) if drawn else {}


def crossings(points: FloatArray, values: FloatArray, target: float) -> list[float]:
    """Return where a curve crosses ``target``, by interpolation between its points.

    Positive quantities are interpolated by their logarithms, so a power law is met exactly.

    Examples
    --------
    >>> import numpy as np
    >>> places = crossings(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 0.0]), 1.0)
    >>> [round(value, 3) for value in places]
    [1.414, 2.449]
    """
    positive = target > 0.0 and bool((values[np.isfinite(values)] > 0.0).all())
    y = np.log(values / target) if positive else values - target
    spread = bool((points > 0.0).all())
    t = np.log(points) if spread else points
    places = []
    for i in range(len(t) - 1):
        if y[i] == 0.0:
            places.append(float(points[i]))
        elif y[i] * y[i + 1] < 0.0:
            at = float(t[i] - y[i] * (t[i + 1] - t[i]) / (y[i + 1] - y[i]))
            places.append(math.exp(at) if spread else at)
    if len(t) and y[-1] == 0.0:
        places.append(float(points[-1]))
    return places


def refine(
    axis: Axis, points: FloatArray, values: FloatArray, target: float, at: Measure
) -> list[float]:
    """Return crossings to six digits: Brent's method between the points that bracket them."""
    places = []
    t = axis.coordinate(points)
    for i in range(len(t) - 1):
        low, high = values[i] - target, values[i + 1] - target
        if low == 0.0:
            places.append(float(points[i]))
        elif low * high < 0.0:
            ends = {float(t[i]): float(low), float(t[i + 1]): float(high)}

            def miss(where: float, ends: Mapping[float, float] = ends) -> float:
                return ends[where] if where in ends else at(axis.value(where)) - target

            tolerance = _ACCURACY * float(t[-1] - t[0])
            try:
                places.append(axis.value(float(brentq(miss, t[i], t[i + 1], xtol=tolerance))))
            except ValueError:  # no feasible design somewhere between the two points
                places += crossings(points[i : i + 2], values[i : i + 2], target)
    if len(values) and values[-1] == target:
        places.append(float(points[-1]))
    return places


def choices_of(problem: Problem, x: FloatArray) -> dict[str, str]:
    """Return the active choices of a design row by variable."""
    active: Any = problem.active(x[None])[0]
    return {
        v.name: v.choices[int(x[i])]
        for i, v in enumerate(problem.space.variables)
        if v.kind == "choice" and active[i]
    }
