"""The archive: every feasible non-dominated design seen, in the population or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import moocore
import numpy as np

from optimize.engine.indicators import normalised, representative
from optimize.engine.subset import COARSE, MOST_OBJECTIVES, grid_subset
from optimize.evaluation.rows import rows_of
from problems.spec import Objective
from problems.units import BoolArray, FloatArray, IntArray

_PER_MEMBER = 8  # limit as a multiple of the population, up to three objectives
_SMALLEST_LIMIT, _LARGEST_LIMIT = 2000, 16_000  # the latter unless twice the population is more
_MANY = 250  # members for each of which newcomers wait another generation
_LONGEST_WAIT = 8  # generations


def archive_limit(population: int, n_obj: int) -> int:
    """Return how many designs an archive may hold.

    Thinning is what an archive costs most by; one that is twice as large is thinned a quarter as
    often, and waiting keeps the rest of its cost the same.
    """
    if n_obj > MOST_OBJECTIVES:
        return population
    roomy = max(min(population * _PER_MEMBER, _LARGEST_LIMIT), 2 * population)
    return max(roomy, _SMALLEST_LIMIT)


class Archive:
    """Every feasible design seen that no other seen design dominates, up to a limit.

    Beyond the limit the subset with the largest hypervolume stays, or a well spread one where
    hypervolume is costly; with ``epsilon`` one design per box of a grid. The least violating design
    is kept beside it for the case that nothing is feasible.

    Comparing newcomers with thousands of members costs as much as a generation of the search, so
    they wait until there are enough of them: another generation for every 250 members, eight at
    most. :attr:`x` and :attr:`f` include the newcomers.
    """

    def __init__(
        self,
        n_var: int,
        objectives: Sequence[Objective],
        limit: int,
        *,
        epsilon: float | None = None,
    ) -> None:
        self.objectives = tuple(objectives)
        self.limit = limit
        self.epsilon = epsilon
        self.closest = np.empty((0, n_var))
        self.closest_violation = np.inf
        self.truncated = 0
        self._x = np.empty((0, n_var), order="F")
        self._f = np.empty((0, len(self.objectives)))
        self._waiting: list[tuple[FloatArray, FloatArray]] = []
        self._waited = 0
        self._seen: tuple[FloatArray, FloatArray] | None = None

    @property
    def x(self) -> FloatArray:
        """The members, ``(n, n_var)``."""
        return self._members()[0]

    @property
    def f(self) -> FloatArray:
        """Their objectives, ``(n, n_obj)``, minimised."""
        return self._members()[1]

    @property
    def settled(self) -> FloatArray:
        """Objectives of the members as of the last comparison, without newcomers."""
        return self._f

    def _members(self) -> tuple[FloatArray, FloatArray]:
        # Reading the archive must not change what it keeps: an interrupted run reads it.
        if self._seen is None:
            self._seen = self._compared()[:2] if self._waiting else (self._x, self._f)
        return self._seen

    def add(
        self, x: FloatArray, f: FloatArray, g: FloatArray, feasible: BoolArray | None = None
    ) -> bool:
        """Take the designs of a generation; return whether the settled members changed.

        ``feasible`` spares finding out which designs are, where that is known.
        """
        if len(g) and len(self._f) == 0 and not self._waiting:
            total = np.maximum(g, 0.0).sum(axis=1)
            best = int(np.argmin(total))
            if total[best] < self.closest_violation:
                self.closest, self.closest_violation = x[best : best + 1], float(total[best])
        new = np.flatnonzero((g <= 0.0).all(axis=1) if feasible is None else feasible)
        if len(new):
            good = f.take(new, axis=0)
            keep = np.flatnonzero(moocore.is_nondominated(good))
            self._waiting.append((rows_of(x, new[keep]), good.take(keep, axis=0)))
            self._seen = None
        self._waited += 1
        if self._waited < min(1 + len(self._f) // _MANY, _LONGEST_WAIT):
            return False
        self._waited = 0
        return self._settle()

    def _settle(self) -> bool:
        """Compare newcomers with the members; return whether anything changed."""
        if not self._waiting:
            return False
        self._x, self._f, dropped, changed = self._compared()
        self.truncated += dropped
        self._waiting, self._seen = [], None
        return changed

    def _compared(self) -> tuple[FloatArray, FloatArray, int, bool]:
        """Return the non-dominated, how many a limit removed, and whether a newcomer stays."""
        f = np.concatenate((self._f, *(f for _, f in self._waiting)))
        keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
        if not keep[len(self._f) :].any():
            return self._x, self._f, 0, False
        # Sorted by the last objective: hypervolume then takes half the time.
        order = np.flatnonzero(keep)
        order = order[np.argsort(f[order, -1], kind="stable")]
        count = len(order)
        if self.epsilon is not None and all(o.has_box for o in self.objectives):
            order = order[grid_subset(self._points(f, order), self.epsilon)]
        if len(order) > self.limit:
            points = self._points(f, order)
            order = order[representative(points, self.limit * 3 // 4, share=COARSE)]
        x = np.concatenate((self._x, *(x for x, _ in self._waiting)))
        return rows_of(x, order), f.take(order, axis=0), count - len(order), True

    def _points(self, f: FloatArray, chosen: IntArray) -> FloatArray:
        return normalised(f.take(chosen, axis=0), self.objectives)

    def subset(self, size: int) -> IntArray:
        """Return the positions of the ``size`` members that stand for the archive best."""
        return representative(normalised(self.f, self.objectives), size)

    def state(self) -> dict[str, Any]:
        """Return everything the archive holds, as arrays and numbers."""
        return {
            "x": self._x,
            "f": self._f,
            "waiting_x": np.concatenate([self._x[:0], *(x for x, _ in self._waiting)]),
            "waiting_f": np.concatenate([self._f[:0], *(f for _, f in self._waiting)]),
            "waited": self._waited,
            "closest": self.closest,
            "closest_violation": self.closest_violation,
            "truncated": self.truncated,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self._x, self._f, self.closest = state["x"], state["f"], state["closest"]
        waiting = (state["waiting_x"], state["waiting_f"])
        self._waiting = [waiting] if len(waiting[1]) else []
        self._waited = int(state["waited"])
        self._seen = None
        self.closest_violation = float(state["closest_violation"])
        self.truncated = int(state["truncated"])
