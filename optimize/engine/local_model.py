"""A problem around many designs at once: unit coordinates, slopes, and the step they suggest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimize.engine.indicators import normalised
from optimize.evaluation.slopes import normalised_slopes, violation_slopes
from problems.batch import BLOCK
from problems.space import DesignSpace, Problem, constraint_matrix, objective_matrix
from problems.spec import Constraint, Objective
from problems.units import FloatArray, IntArray

_DIFFERENCE = 1e-5  # step of the finite differences, of a variable's range
_PULL = 4.0  # of the unbounded step, as a multiple of its limit; larger is nearer to linear
_CLIMBS = 60  # of the dual of a step's programme; a step need not be exact


@dataclass(frozen=True)
class Landscape:
    """The problem as a polisher sees it: unit coordinates in, objectives and violations out."""

    problem: Problem
    space: DesignSpace
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    columns: tuple[int, ...]

    @classmethod
    def of(
        cls,
        problem: Problem,
        space: DesignSpace,
        objectives: Sequence[Objective],
        constraints: Sequence[Constraint],
    ) -> Landscape:
        """Return the model of the outputs around some designs."""
        real = tuple(i for i in space.free if space.variables[i].kind == "real")
        return cls(problem, space, tuple(objectives), tuple(constraints), real)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Outputs that objectives and constraints need, each once."""
        names = [o.output for o in self.objectives] + [c.output for c in self.constraints]
        return tuple(dict.fromkeys(names))

    @property
    def slope_evaluations(self) -> int:
        """Evaluations per design that :func:`slopes_at` takes; exact slopes come with one."""
        return 1 if self.problem.exact_derivatives else len(self.columns)

    def widths(self, x: FloatArray) -> FloatArray:
        """Return the change of the real variables per unit coordinate, ``(n, k)``."""
        variables = [self.space.variables[i] for i in self.columns]
        logs = np.array([np.log(v.upper / v.lower) if v.log else 0.0 for v in variables])
        ranges = np.array([v.upper - v.lower for v in variables])
        return np.where(logs > 0.0, x[:, list(self.columns)] * logs, ranges)

    def units(self, x: FloatArray) -> FloatArray:
        """Return the real variables as shares of their range, of its logarithm where declared."""
        return self.space.units(x, self.columns)

    def rows(self, x: FloatArray, u: FloatArray) -> FloatArray:
        """Return designs ``x`` with their real variables at ``u``."""
        return self.problem.canonical(self.space.at_units(x, u, self.columns), self.space)

    def at(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations; a design that is not finite is infeasible."""
        return self.judged(self.outputs(x))

    def outputs(self, x: FloatArray) -> FloatArray:
        """Return the wanted outputs, one a column."""
        table = np.empty((len(self.wanted), len(x)))
        for start in range(0, len(x), BLOCK):
            block = slice(start, start + BLOCK)
            columns = self.problem.evaluate(x[block], self.wanted)
            for row, name in zip(table, self.wanted, strict=True):
                row[block] = columns[name]
        return table.T

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Return ``(n, k, n_var)`` derivatives of the wanted outputs, at bounds from inside."""
        return self.problem.jacobian(self.space.inside(x, self.columns), self.wanted)

    def judged(self, outputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives and violations of the wanted outputs."""
        columns = dict(zip(self.wanted, outputs.T, strict=True))
        f = objective_matrix(columns, self.objectives)
        g = constraint_matrix(columns, self.constraints)
        bad = np.asarray(~(np.isfinite(f).all(axis=1) & np.isfinite(g).all(axis=1)))
        return np.where(bad[:, None], np.inf, f), np.where(bad[:, None], np.inf, g)


def finite_points(f: FloatArray, fallback: FloatArray, land: Landscape) -> FloatArray:
    """Return normalised objectives, those of ``fallback`` where ``f`` is not finite."""
    return normalised(np.where(np.isfinite(f), f, fallback), land.objectives)


@dataclass(frozen=True)
class Slopes:
    """Derivatives of normalised objectives and of violations by the unit coordinates."""

    f: FloatArray  # (n, n_obj, k)
    g: FloatArray  # (n, n_con, k)

    def take(self, rows: IntArray) -> Slopes:
        """Return the slopes of some designs."""
        return Slopes(self.f[rows], self.g[rows])

    @staticmethod
    def along(slopes: FloatArray, step: FloatArray) -> FloatArray:
        """Return the linear change along ``step``."""
        return np.asarray(np.einsum("nck,nk->nc", slopes, step))

    def step(
        self,
        g: FloatArray,
        missed: FloatArray,
        low: FloatArray,
        high: FloatArray,
        trust: FloatArray,
    ) -> FloatArray:
        """Return the step that betters the sum of objectives most, as far as the model sees."""
        downhill = self.f.sum(axis=1)
        size = np.linalg.norm(downhill, axis=1)
        weight = np.where(size > 0.0, _PULL * trust / np.where(size > 0.0, size, 1.0), 0.0)
        reach = g + np.abs(self.g).sum(axis=2) * trust[:, None]
        count = int((reach > 0.0).sum(axis=1).max(initial=0))
        near = np.argsort(-reach, axis=1, kind="stable")[:, :count]
        close = np.take_along_axis(self.g, near[:, :, None], axis=1)
        normals = np.concatenate((self.f, close), axis=1)
        room = np.concatenate((-missed, -np.take_along_axis(g, near, axis=1)), axis=1)
        return nearest_within(-weight[:, None] * downhill, normals, room, low, high)

    def single(self, g: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Return the step along one variable that promises most; zero where there is none.

        An objective that a variable does not touch stays the same to the last digit then, which no
        step over several variables can promise.
        """
        best = np.zeros(len(g))
        step = np.zeros_like(low)
        rows = np.arange(len(g))
        for sign, bound in ((1.0, high), (-1.0, -low)):
            df, dg = sign * self.f, sign * self.g
            helps = (df <= 0.0).all(axis=1)
            free = np.where(dg > 0.0, -g[:, :, None] / np.where(dg > 0.0, dg, 1.0), np.inf)
            reach = np.minimum(bound, free.min(axis=1, initial=np.inf))
            promise = np.where(helps, -df.sum(axis=1) * reach, 0.0)
            at = np.argmax(promise, axis=1)
            better = promise[rows, at] > best
            best = np.where(better, promise[rows, at], best)
            step[better] = 0.0
            step[rows[better], at[better]] = sign * reach[rows[better], at[better]]
        return step


def slopes_at(
    land: Landscape, x: FloatArray, u: FloatArray, f: FloatArray, g: FloatArray
) -> Slopes:
    """Return derivatives, exact where the problem knows them."""
    return _exact(land, x) if land.problem.exact_derivatives else _differences(land, x, u, f, g)


def scaled_slopes(
    land: Landscape, x: FloatArray, table: FloatArray, jacobian: FloatArray
) -> Slopes:
    """Return the derivatives of the wanted outputs on the scales of the landscape."""
    outputs = dict(zip(land.wanted, table.T, strict=True))
    real = jacobian[:, :, list(land.columns)]
    scaled = (real * land.widths(x)[:, None]).transpose(1, 0, 2)
    slopes = dict(zip(land.wanted, scaled, strict=True))
    df = [normalised_slopes(outputs, slopes, o) for o in land.objectives]
    dg = [violation_slopes(outputs, slopes, c) for c in land.constraints]
    k = len(land.columns)
    return Slopes(*(np.array(s).reshape(len(s), len(x), k).swapaxes(0, 1) for s in (df, dg)))


def _exact(land: Landscape, x: FloatArray) -> Slopes:
    """Return the derivatives that the problem knows, zero where there is none."""
    slopes = scaled_slopes(land, x, land.outputs(x), land.jacobian(x))
    return Slopes(*(np.where(np.isfinite(part), part, 0.0) for part in (slopes.f, slopes.g)))


def _differences(
    land: Landscape, x: FloatArray, u: FloatArray, f: FloatArray, g: FloatArray
) -> Slopes:
    """Return forward differences, backward ones at an upper bound, in one evaluation."""
    n, k = u.shape
    h = np.where(u + _DIFFERENCE > 1.0, -_DIFFERENCE, _DIFFERENCE)
    moved = np.repeat(u, k, axis=0)
    moved[np.arange(n * k), np.tile(np.arange(k), n)] += h.ravel()
    f_moved, g_moved = land.at(land.rows(np.repeat(x, k, axis=0), moved))
    base = np.repeat(f, k, axis=0)
    base_points = normalised(base, land.objectives)
    sound = np.asarray(np.isfinite(g_moved).all(axis=1))[:, None]
    df = (finite_points(f_moved, base, land) - base_points) / h.reshape(-1, 1)
    dg = np.where(sound, g_moved - np.repeat(g, k, axis=0), 0.0) / h.reshape(-1, 1)
    return Slopes(
        df.reshape(n, k, -1).transpose(0, 2, 1).copy(),
        dg.reshape(n, k, -1).transpose(0, 2, 1).copy(),
    )


def nearest_within(
    start: FloatArray, normals: FloatArray, room: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return the points nearest to ``start`` with ``normals . d <= room`` and ``low <= d <= high``.

    Notes
    -----
    Every row is a problem of its own. Its dual has one price per constraint and the bounds in
    closed form; it is climbed by accelerated projected gradients, which start again where
    momentum leads astray. The step length is one over a bound of the largest eigenvalue of the
    Gram matrix of the normals.
    """
    size = np.linalg.norm(normals, axis=2)
    scale = np.where(size > 0.0, 1.0 / np.where(size > 0.0, size, 1.0), 0.0)
    unit = normals * scale[:, :, None]
    bound = np.abs(unit @ unit.transpose(0, 2, 1)).sum(axis=2).max(axis=1, initial=1.0)
    rate = 1.0 / bound
    lines = np.ascontiguousarray(unit.transpose(1, 2, 0))
    limit = np.ascontiguousarray((room * scale).T)
    origin, floor, ceiling = (np.ascontiguousarray(a.T) for a in (start, low, high))
    price = np.zeros_like(limit)
    ahead, age = price, np.ones(len(start))
    d = np.clip(origin, floor, ceiling)
    for _ in range(_CLIMBS):
        climbed = ahead + rate * (np.einsum("mkn,kn->mn", lines, d) - limit)
        np.maximum(climbed, 0.0, out=climbed)
        moved = climbed - price
        astray = ((ahead - climbed) * moved).sum(axis=0) > 0.0
        age = np.where(astray, 1.0, age)
        older = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * age * age))
        momentum = np.where(astray, 0.0, (age - 1.0) / older)
        ahead, price, age = climbed + momentum * moved, climbed, older
        d = np.clip(origin - np.einsum("mkn,mn->kn", lines, ahead), floor, ceiling)
    d = np.clip(origin - np.einsum("mkn,mn->kn", lines, price), floor, ceiling)
    return np.ascontiguousarray(d.T)
