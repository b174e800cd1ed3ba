"""Descent of many designs at once: back inside the limits first, then down the objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.designs.best.cases import Cases, violations
from optimize.designs.best.programme import best_steps
from problems.units import BoolArray, FloatArray, IntArray

_DIFFERENCE = 1e-5  # step of the finite differences, of a variable's range
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

    @classmethod
    def start(cls, cases: Cases, x: FloatArray, case: IntArray) -> Descent:
        """Return the descent at its first designs, evaluated."""
        x = cases.canonical(x, case)
        f, g = cases.at(x, case)
        trust = np.where(np.isfinite(f), _FIRST_TRUST, 0.0)
        still = np.zeros((len(x), 0))
        return cls(cases, x, case, f, g, trust, len(x), still, still)

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
        columns = _columns(self.cases, whole_numbers=whole_numbers)
        if not columns:
            return
        self.trust = np.where(np.isfinite(self.f), np.maximum(self.trust, _FIRST_TRUST), 0.0)
        self.last = np.zeros((len(self.x), len(columns)))
        self.agility = np.ones_like(self.last)
        for _ in range(rounds):
            busy = np.flatnonzero(self.trust > _LAST_TRUST)
            if len(busy) == 0:
                return
            self._round(busy, columns)

    def _round(self, busy: IntArray, columns: tuple[int, ...]) -> None:
        x, case, f, g = self.x[busy], self.case[busy], self.f[busy], self.g[busy]
        trust = self.trust[busy]
        u = _units(self.cases, x, columns)
        df, dg = self._slopes(x, u, case, f, g, columns)
        size = trust[:, None] * self.agility[busy]
        low, high = np.maximum(-u, -size), np.minimum(1.0 - u, size)
        near = _near(g, dg, trust)
        normals = np.take_along_axis(dg, near[:, :, None], axis=1)
        room = -np.take_along_axis(g, near, axis=1)
        step = best_steps(df, normals, room, low, high, trust)
        trial = _rows(self.cases, x, u + step, columns, case)
        f_try, g_try = self.cases.at(trial, case)
        sound = np.isfinite(f_try)[:, None]
        missed = np.where(sound, g_try - g - np.einsum("nck,nk->nc", dg, step), 0.0)
        missed += _MARGIN * np.abs(missed)
        room -= np.take_along_axis(missed, near, axis=1)
        corrected = best_steps(df, normals, room, low, high, trust)
        points = np.concatenate(
            [_rows(self.cases, x, u + part * corrected, columns, case) for part in _FRACTIONS]
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
        self._damp(busy, corrected, (self.x[busy] != before).any(axis=1))

    def _damp(self, busy: IntArray, step: FloatArray, moved: BoolArray) -> None:
        """Slow down variables that turn back, so that one narrow valley does not hold up others."""
        turned = np.sign(step) * np.sign(self.last[busy])
        factor = np.where(turned < 0.0, _DAMPED, np.where(turned > 0.0, _RELEASED, 1.0))
        agility = np.clip(self.agility[busy] * factor, _MOST_DAMPED, 1.0)
        self.agility[busy] = np.where(moved[:, None], agility, self.agility[busy])
        self.last[busy] = np.where(moved[:, None], step, self.last[busy])

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
        h = _steps(self.cases, x, columns)
        h = np.where(u + h > 1.0, -h, h)
        moved = np.repeat(u, k, axis=0)
        moved[np.arange(n * k), np.tile(np.arange(k), n)] += h.ravel()
        cases_of_rows = np.repeat(case, k)
        shifted = _rows(self.cases, np.repeat(x, k, axis=0), moved, columns, cases_of_rows)
        f_shifted, g_shifted = self.cases.at(shifted, cases_of_rows)
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


def _columns(cases: Cases, *, whole_numbers: bool) -> tuple[int, ...]:
    """Free variables that a step moves: reals, and whole numbers where asked."""
    kinds = ("real", "integer") if whole_numbers else ("real",)
    space = cases.space
    return tuple(
        i
        for i in space.free
        if space.variables[i].kind in kinds and space.names[i] not in cases.held
    )


def _steps(cases: Cases, x: FloatArray, columns: tuple[int, ...]) -> FloatArray:
    """Return ``(n, k)`` difference steps in unit coordinates; whole numbers move by one or 1 %."""
    h = np.full((len(x), len(columns)), _DIFFERENCE)
    for at, i in enumerate(columns):
        v = cases.space.variables[i]
        if v.kind == "integer":
            moved = x[:, i] + np.maximum(1.0, np.rint(0.01 * x[:, i]))
            if v.log:
                h[:, at] = np.log(moved / x[:, i]) / np.log(v.upper / v.lower)
            else:
                h[:, at] = (moved - x[:, i]) / (v.upper - v.lower)
    return h


def _units(cases: Cases, x: FloatArray, columns: tuple[int, ...]) -> FloatArray:
    """Return moving variables as shares of their range, of its logarithm where declared."""
    u = np.empty((len(x), len(columns)))
    for at, i in enumerate(columns):
        v = cases.space.variables[i]
        if v.log:
            u[:, at] = np.log(x[:, i] / v.lower) / np.log(v.upper / v.lower)
        else:
            u[:, at] = (x[:, i] - v.lower) / (v.upper - v.lower)
    return u


def _rows(
    cases: Cases, x: FloatArray, u: FloatArray, columns: tuple[int, ...], case: IntArray
) -> FloatArray:
    """Return designs ``x`` with their moving variables at ``u``."""
    out = x.copy()
    for at, i in enumerate(columns):
        v = cases.space.variables[i]
        if v.log:
            out[:, i] = v.lower * (v.upper / v.lower) ** u[:, at]
        else:
            out[:, i] = v.lower + u[:, at] * (v.upper - v.lower)
    return cases.canonical(out, case)
