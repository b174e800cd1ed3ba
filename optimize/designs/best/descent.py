"""Descent of many designs at once: back inside the limits first, then down the objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.designs.best.cases import Cases, violations
from optimize.designs.best.coordinates import difference_steps, moved_rows, moving
from optimize.designs.best.programme import best_steps
from problems.units import BoolArray, FloatArray, IntArray

_FIRST_TRUST = 0.05  # first limit of a step, of a variable's range
_LARGEST_TRUST = 0.2
_LAST_TRUST = 1e-4  # a design whose limit has shrunk below this stops
_GROW, _SHRINK = 2.0, 0.25
_FRACTIONS = (1.0, 0.5, 0.1)  # of a corrected step that are tried
_MARGIN = 0.2  # of the curvature seen, kept as distance from a limit by the corrected step
_NEGLIGIBLE = 1e-5  # a relative gain that is not worth another step
# Factors on the steps of a variable that turns back or goes on, and their lowest product
_DAMPED, _RELEASED, _MOST_DAMPED = 0.4, 1.5, 0.01
_RESTORED = 0.95  # of the violation must be left at most, while outside the limits


@dataclass
class Descent:
    """Designs on their way down, each under its own case."""

    cases: Cases
    x: FloatArray
    case: IntArray
    f: FloatArray
    g: FloatArray
    trust: FloatArray
    evaluations: int
    last: FloatArray  # steps of the round before
    agility: FloatArray  # share of the trusted step that each variable may take
    held: BoolArray  # variables that stay, since their steps cross a jump

    @classmethod
    def start(cls, cases: Cases, x: FloatArray, case: IntArray) -> Descent:
        """Return the descent at its first designs, evaluated."""
        x = cases.canonical(x, case)
        f, g = cases.at(x, case)
        trust = np.where(np.isfinite(f), _FIRST_TRUST, 0.0)
        still = np.zeros((len(x), 0))
        none = np.zeros((len(x), 0), dtype=np.bool_)
        return cls(cases, x, case, f, g, trust, len(x), still, still, none)

    @property
    def violation(self) -> FloatArray:
        """Summed violation of every design."""
        return violations(self.g)

    def run(self, rounds: int, *, whole_numbers: bool = False) -> None:
        """Take up to ``rounds`` steps; large whole numbers move too where asked.

        Notes
        -----
        Sequential linear programming with a second-order correction, as
        :func:`optimize.engine.polish.polish` does for fronts, but for one objective, one set of
        assumptions per design, and from outside the limits as well.
        """
        columns = moving(self.cases, whole_numbers=whole_numbers)
        if not columns:
            return
        self.trust = np.where(np.isfinite(self.f), np.maximum(self.trust, _FIRST_TRUST), 0.0)
        self.last = np.zeros((len(self.x), len(columns)))
        self.agility = np.ones_like(self.last)
        self.held = np.zeros(self.last.shape, dtype=np.bool_)
        for _ in range(rounds):
            busy = np.flatnonzero(self.trust > _LAST_TRUST)
            if len(busy) == 0:
                return
            self._round(busy, columns)

    def step_whole_numbers(self) -> None:
        """Move designs outside the limits by one in the whole number that helps most.

        Rounding undoes a step of less than a half, which may be all that a limit asks for.
        """
        space = self.cases.space
        columns = moving(self.cases, whole_numbers=True)
        ones = np.eye(len(space))[[i for i in columns if space.variables[i].kind == "integer"]]
        outside = np.flatnonzero(np.isfinite(self.f) & (self.violation > 0.0))
        if len(ones) == 0 or len(outside) == 0:
            return
        near = self.x[outside, None] + np.concatenate((-ones, ones))
        shape = near.shape[:2]
        case = np.repeat(self.case[outside], shape[1])
        x = self.cases.canonical(near.reshape(len(case), -1), case)
        f, g = self.cases.at(x, case)
        self.evaluations += len(x)
        v = violations(g).reshape(shape)
        least = np.lexsort((f.reshape(shape), v), axis=1)[:, :1]
        helps = np.take_along_axis(v, least, axis=1)[:, 0] < self.violation[outside]
        rows, at = outside[helps], (least[:, 0] + np.arange(len(v)) * shape[1])[helps]
        self.x[rows], self.f[rows], self.g[rows] = x[at], f[at], g[at]

    def _round(self, busy: IntArray, columns: tuple[int, ...]) -> None:
        x, case, f, g = self.x[busy], self.case[busy], self.f[busy], self.g[busy]
        trust = self.trust[busy]
        u = self.cases.space.units(x, columns)
        df, dg = self._slopes(x, u, case, f, g, columns)
        held = self.held[busy]
        df, dg = np.where(held, 0.0, df), np.where(held[:, None], 0.0, dg)
        size = trust[:, None] * self.agility[busy]
        low, high = np.maximum(-u, -size), np.minimum(1.0 - u, size)
        near = _near(g, dg, trust)
        normals = np.take_along_axis(dg, near[:, :, None], axis=1)
        room = -np.take_along_axis(g, near, axis=1)
        step = np.where(held, 0.0, best_steps(df, normals, room, low, high, trust))
        trial = moved_rows(self.cases, x, u, step, columns, case)
        f_try, g_try = self.cases.at(trial, case)
        sound = np.isfinite(f_try)[:, None]
        missed = np.where(sound, g_try - g - np.einsum("nck,nk->nc", dg, step), 0.0)
        missed += _MARGIN * np.abs(missed)
        room -= np.take_along_axis(missed, near, axis=1)
        corrected = np.where(held, 0.0, best_steps(df, normals, room, low, high, trust))
        points = np.concatenate(
            [moved_rows(self.cases, x, u, part * corrected, columns, case) for part in _FRACTIONS]
        )
        f_more, g_more = self.cases.at(points, np.tile(case, len(_FRACTIONS)))
        self.evaluations += len(busy) * (len(columns) + 1 + len(_FRACTIONS))
        before = self.x[busy]
        self._take(
            busy,
            np.concatenate((trial, points)),
            np.concatenate((f_try, f_more)),
            np.concatenate((g_try, g_more)),
        )
        moved = (self.x[busy] != before).any(axis=1)
        self._damp(busy, corrected, moved)
        stuck = np.flatnonzero(~moved & (self.violation[busy] <= 0.0))
        if len(stuck):
            self._hold(busy[stuck], u[stuck], corrected[stuck], df[stuck], dg[stuck], columns)

    def _hold(
        self,
        stuck: IntArray,
        u: FloatArray,
        step: FloatArray,
        df: FloatArray,
        dg: FloatArray,
        columns: tuple[int, ...],
    ) -> None:
        """Hold the variables whose own step crosses a jump, so that the others can go on."""
        n, k = u.shape
        f, g = self._one_by_one(self.x[stuck], u, step, columns, self.case[stuck])
        self.evaluations += len(f)
        scale = np.where(self.f[stuck] != 0.0, np.abs(self.f[stuck]), 1.0)[:, None]
        due = df * step
        miss = (f.reshape(n, k) - self.f[stuck][:, None]) / scale - due
        crosses = miss > np.maximum(np.abs(due), _NEGLIGIBLE)
        rise = (dg * step[:, None]).transpose(0, 2, 1)
        over = g.reshape(n, k, -1) - np.maximum(self.g[stuck][:, None] + rise, 0.0)
        crosses |= (over > np.maximum(np.abs(rise), _NEGLIGIBLE)).any(axis=2)
        again = stuck[(crosses & ~self.held[stuck]).any(axis=1)]
        self.held[stuck] |= crosses
        self.trust[again] = _FIRST_TRUST

    def _damp(self, busy: IntArray, step: FloatArray, moved: BoolArray) -> None:
        """Slow down variables that turn back, so that one narrow valley does not hold up others."""
        turned = np.sign(step) * np.sign(self.last[busy])
        factor = np.where(turned < 0.0, _DAMPED, np.where(turned > 0.0, _RELEASED, 1.0))
        agility = np.clip(self.agility[busy] * factor, _MOST_DAMPED, 1.0)
        self.agility[busy] = np.where(moved[:, None], agility, self.agility[busy])
        self.last[busy] = np.where(moved[:, None], step, self.last[busy])

    def _one_by_one(
        self,
        x: FloatArray,
        u: FloatArray,
        step: FloatArray,
        columns: tuple[int, ...],
        case: IntArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations of ``(n k,)`` designs, each moved in one variable."""
        k = len(columns)
        alone = (step[:, :, None] * np.eye(k)).reshape(-1, k)
        many = np.repeat(case, k)
        rows = np.repeat(x, k, axis=0), np.repeat(u, k, axis=0)
        return self.cases.at(moved_rows(self.cases, *rows, alone, columns, many), many)

    def _slopes(
        self,
        x: FloatArray,
        u: FloatArray,
        case: IntArray,
        f: FloatArray,
        g: FloatArray,
        columns: tuple[int, ...],
    ) -> tuple[FloatArray, FloatArray]:
        """Return differences of the objective, per its own size, and of the violations."""
        n, k = u.shape
        h = difference_steps(self.cases, x, columns)
        h = np.where(u + h > 1.0, -h, h)
        f_shifted, g_shifted = self._one_by_one(x, u, h, columns, case)
        sound = np.isfinite(f_shifted)
        change = np.where(sound, f_shifted, np.repeat(f, k)) - np.repeat(f, k)
        scale = np.where(f != 0.0, np.abs(f), 1.0)
        df = change.reshape(n, k) / h / scale[:, None]
        rise = np.where(sound[:, None], g_shifted - np.repeat(g, k, axis=0), 0.0)
        dg = rise.reshape(n, k, g.shape[1]).transpose(0, 2, 1) / h[:, None, :]
        return df, dg

    def _take(
        self, busy: IntArray, points: FloatArray, f_try: FloatArray, g_try: FloatArray
    ) -> None:
        """Move every design to its best trial; grow or shrink the limits of its next step."""
        f, v, trust = self.f[busy].copy(), self.violation[busy], self.trust[busy]
        before_f, before_v = f.copy(), v.copy()
        grown = np.full(len(busy), _SHRINK)
        count = len(busy)
        for at, factor in enumerate((_GROW, _GROW, 0.5, _SHRINK)):
            rows = slice(at * count, (at + 1) * count)
            f_new, g_new, x_new = f_try[rows], g_try[rows], points[rows]
            v_new = violations(g_new)
            better = _better(f_new, v_new, f, v, before_v)
            f, v = np.where(better, f_new, f), np.where(better, v_new, v)
            which = busy[better]
            self.x[which], self.f[which], self.g[which] = x_new[better], f[better], g_new[better]
            grown[better] = factor
        scale = np.where(before_f != 0.0, np.abs(before_f), 1.0)
        gained = (before_v > 0.0) & (v < before_v) | (before_f - f > _NEGLIGIBLE * scale)
        grown = np.where(gained, grown, np.minimum(grown, _SHRINK))
        self.trust[busy] = np.minimum(trust * grown, _LARGEST_TRUST)


def _near(g: FloatArray, dg: FloatArray, trust: FloatArray) -> IntArray:
    """Return ``(n, m)`` positions of the limits that some design can touch, nearest first."""
    reach = g + np.abs(dg).sum(axis=2) * trust[:, None]
    count = int((reach > 0.0).sum(axis=1).max(initial=0))
    return np.argsort(-reach, axis=1, kind="stable")[:, :count]


def _better(
    f_new: FloatArray, v_new: FloatArray, f: FloatArray, v: FloatArray, v_first: FloatArray
) -> BoolArray:
    """Inside the limits a lower objective wins, outside a clearly smaller violation."""
    entered = (v_new <= 0.0) & (v > 0.0)
    nearer = (v > 0.0) & (v_new < v) & (v_new < _RESTORED * v_first)
    lower = (v <= 0.0) & (v_new <= 0.0) & (f_new < f)
    return np.asarray(entered | nearer | lower)
