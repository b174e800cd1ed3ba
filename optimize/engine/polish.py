"""Local refinement of a front: every design moves until no step betters it in everything.

An evolutionary search leaves designs slightly inside the feasible region: a little less array area
would keep every limit and better every objective. Here each design of a front takes steps of its
own over the continuous variables, all designs at once, until none of them can improve without
paying for it. What the front gains is a check of how far the search had converged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimize.engine.indicators import normalised
from optimize.engine.local_model import Landscape, finite_points, slopes_at
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective
from problems.units import BoolArray, FloatArray, IntArray

_FIRST_TRUST = 0.05  # first limit of a step, of a variable's range
_LAST_TRUST = 1e-5  # a design whose limit has shrunk below this moves no more
_LARGEST_TRUST = 0.2
_GROW, _SHRINK = 2.0, 0.25
_LITTLE = 1e-6  # a gain in normalised objectives that is not worth another step
_FRACTIONS = (1.0, 0.5, 0.1)  # of a corrected step that are tried
_MARGIN = 0.2  # of the curvature seen, kept as distance from a limit by the corrected step
_TRIALS = 2 + 2 * len(_FRACTIONS)  # evaluations of a round beside the slopes
_MOST_ROUNDS = 40
_ENOUGH_ROUNDS = 5  # that every design should get: they bring most of the gain


class Polished(NamedTuple):
    """Designs after polishing, in the order they came, and what it took."""

    x: FloatArray
    f: FloatArray
    f_before: FloatArray
    moved: BoolArray
    evaluations: int


def polish(
    problem: Problem,
    space: DesignSpace,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x: FloatArray,
    *,
    evaluations: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Polished:
    """Refine feasible designs over their continuous variables.

    Parameters
    ----------
    problem, space, objectives, constraints
        As searched; ``space`` holds the narrowed bounds.
    x
        ``(n, n_var)`` feasible canonical designs.
    evaluations
        Ceiling on evaluations; polishing ends before the round that would exceed it.
    stopped
        Asked before every round; when true, polishing ends.

    Returns
    -------
    Polished
        Each design, or one that is feasible and better in at least one objective and worse in
        none.

    Notes
    -----
    Sequential linear programming, one small programme per design and round: minimise the sum of
    the normalised objectives within a trust region, subject to the linearised constraints and to
    no objective getting worse. A quadratic term makes each programme strictly convex, so that
    the duals of all designs can be climbed together by accelerated projected gradients [1]_ with
    restarts [2]_. The curvature seen at the trial point is added to the linearisation once, as a
    second-order correction [3]_; of some fractions of the step, and of the best step along one
    variable, the best valid one is taken. Integers and choices stay.

    References
    ----------
    .. [1] A. Beck, M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear
       inverse problems", SIAM J. Imaging Sciences 2 (2009), doi:10.1137/080716542.
    .. [2] B. O'Donoghue, E. Candes, "Adaptive restart for accelerated gradient schemes",
       Foundations of Computational Mathematics 15 (2015), doi:10.1007/s10208-013-9150-3.
    .. [3] J. Nocedal, S. J. Wright, "Numerical Optimization", 2nd edition, Springer 2006, on
       sequential quadratic programming.
    """
    land = Landscape.of(problem, space, objectives, constraints)
    state = _State.start(land, x)
    before = state.f.copy()
    for _ in range(_MOST_ROUNDS if land.columns else 0):
        busy = state.busy()
        cost = len(busy) * (land.slope_evaluations + _TRIALS)
        if len(busy) == 0 or state.evaluations + cost > evaluations or stopped():
            break
        state.advance(land, busy)
    return Polished(state.x, state.f, before, state.moved, state.evaluations)


def affordable(problem: Problem, space: DesignSpace, evaluations: int) -> int:
    """Return how many designs a number of evaluations can polish with effect."""
    slopes = Landscape.of(problem, space, (), ()).slope_evaluations
    return evaluations // (_ENOUGH_ROUNDS * (slopes + _TRIALS) + 1)


@dataclass
class _State:
    """Where every design is, and how far it may step."""

    x: FloatArray
    u: FloatArray
    f: FloatArray
    g: FloatArray
    trust: FloatArray
    moved: BoolArray
    evaluations: int

    @classmethod
    def start(cls, land: Landscape, x: FloatArray) -> _State:
        f, g = land.at(x)
        trust = np.where((g <= 0.0).all(axis=1), _FIRST_TRUST, 0.0)  # infeasible ones stay
        moved = np.zeros(len(x), dtype=np.bool_)
        return cls(x.copy(), land.units(x), f, g, trust, moved, len(x))

    def busy(self) -> IntArray:
        """Return the designs whose step limit is still above the least."""
        return np.flatnonzero(self.trust > _LAST_TRUST)

    def advance(self, land: Landscape, busy: IntArray) -> None:
        """Let every busy design try a step over all variables, else over a single one."""
        x, u, f, g = self.x[busy], self.u[busy], self.f[busy], self.g[busy]
        trust = self.trust[busy]
        slope = slopes_at(land, x, u, f, g)
        points = normalised(f, land.objectives)
        low = np.maximum(-u, -trust[:, None])
        high = np.minimum(1.0 - u, trust[:, None])
        step = slope.step(g, np.zeros_like(f), low, high, trust)
        f_try, g_try = land.at(land.rows(x, u + step))
        # What the linear model missed, once: constraints and objectives curve.
        sound = np.asarray(np.isfinite(g_try).all(axis=1))[:, None]
        missed_g = np.where(sound, g_try - g - slope.along(slope.g, step), 0.0)
        missed_f = normalised(np.where(sound, f_try, f), land.objectives) - points
        missed_f = np.where(sound, missed_f - slope.along(slope.f, step), 0.0)
        missed_g += _MARGIN * np.abs(missed_g)
        missed_f += _MARGIN * np.abs(missed_f)
        again = slope.step(g + missed_g, missed_f, low, high, trust)
        alone = slope.single(g, low, high)
        trials = [(1.0, step), *((part, part * d) for d in (again, alone) for part in _FRACTIONS)]
        gain = self._take_best(land, busy, trials)
        self.moved[busy] |= gain > 0.0
        self.trust[busy[gain <= _LITTLE]] = trust[gain <= _LITTLE] * _SHRINK
        self.trust = np.minimum(self.trust, _LARGEST_TRUST)
        self.evaluations += len(busy) * (land.slope_evaluations + _TRIALS)

    def _take_best(
        self, land: Landscape, busy: IntArray, trials: Sequence[tuple[float, FloatArray]]
    ) -> FloatArray:
        """Move every design by the best of its valid trial steps; return what each gained."""
        x, u, f, trust = self.x[busy], self.u[busy], self.f[busy], self.trust[busy]
        points = normalised(f, land.objectives)
        gain = np.zeros(len(busy))
        for part, trial in trials:
            x_try = land.rows(x, u + trial)
            f_try, g_try = land.at(x_try)
            won = (g_try <= 0.0).all(axis=1) & (f_try <= f).all(axis=1)
            amount = (points - finite_points(f_try, f, land)).sum(axis=1)
            better = won & (amount > gain)
            gain[better] = amount[better]
            rows = busy[better]
            self.x[rows], self.f[rows], self.g[rows] = x_try[better], f_try[better], g_try[better]
            self.trust[rows] = trust[better] * (_GROW if part == 1.0 else max(part, _SHRINK))
        self.u[busy] = land.units(self.x[busy])
        return gain
