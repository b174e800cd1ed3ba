"""Lagrange multipliers of one design: what explains the gradient of an objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog, nnls

from optimize.designs.beside import LARGE, Beside, Side, Surface
from optimize.designs.gradients import Gradients, coordinate
from problems.space import DesignSpace
from problems.units import BoolArray, FloatArray

TOUCHING = 1e-3  # share of a range, or of its logarithm, within which a design lies on a bound
ROUGH = 0.2  # unexplained share of a gradient above which prices are rough
_NOTICEABLE = 1e-3  # share of a gradient that counts


class Multipliers(NamedTuple):
    """What explains the gradient of one objective.

    Those of objectives and constraints have a row for each side of the kinks of the model, the
    design itself first.
    """

    objectives: FloatArray  # (sides, n_obj), own ones add up to 1
    constraints: FloatArray  # (sides, number of binding constraints)
    prices: FloatArray  # (number of binding constraints,), the smallest value each can take
    residual: float
    moves: tuple[str, ...]  # tried, each betters the objective
    held: tuple[str, ...]  # by what, other than limits and bounds


class _Solution(NamedTuple):
    weights: FloatArray  # of every column
    remainder: FloatArray  # (k,)


@dataclass(frozen=True, slots=True)
class Stationarity:
    """Gradients over the free variables, ready for the multipliers of any objective."""

    names: tuple[str, ...]
    objectives: FloatArray  # (sides, k, n_obj), the design itself first
    binding: FloatArray  # (sides, k, number of binding constraints)
    sides: tuple[Side, ...]  # of the other sides
    surfaces: tuple[Surface, ...]  # bounds first, without a text
    beside: Beside

    @classmethod
    def at(
        cls,
        local: Gradients,
        others: Sequence[Gradients],
        binds: Sequence[int],
        sides: Sequence[Side],
        jumps: Sequence[Surface],
        beside: Beside,
    ) -> Stationarity:
        """Keep the variables that are free and whose derivatives are finite on every side."""
        space = beside.land.space
        free = {space.names[i] for i in space.free}
        every = [local, *others]
        objectives = np.array([side.objectives for side in every])
        binding = np.array([side.constraints[:, list(binds)] for side in every])
        finite = np.isfinite(np.concatenate([objectives, binding], axis=2)).all(axis=(0, 2))
        use = [i for i, name in enumerate(local.names) if name in free and finite[i]]
        names = tuple(local.names[i] for i in use)
        surfaces = (*_bounds(space, names, beside.row), *jumps)
        return cls(names, objectives[:, use], binding[:, use], tuple(sides), surfaces, beside)

    def multipliers(self, k: int) -> Multipliers | None:
        """Return the multipliers for objective ``k``.

        None when nothing free moves it: then no limit has a price.

        Notes
        -----
        Where the gradient stays unexplained, every move that is left is tried. A whole number
        that a step of one does not better holds the design.
        """
        size = float(np.linalg.norm(self.objectives[0, :, k]))
        if size == 0.0:
            return None
        surfaces = list(self.surfaces)
        solution = self._solved(k, surfaces)
        moves: tuple[str, ...] = ()
        if np.linalg.norm(solution.remainder) > _NOTICEABLE * size:
            surfaces += self._whole_numbers(k, solution.remainder)
            solution = self._solved(k, surfaces)
        residual = float(np.linalg.norm(solution.remainder)) / size
        if residual > ROUGH:
            moves = self._moves(k, solution.remainder)
        return self._translated(k, surfaces, solution, residual, moves)

    def _columns(self, k: int, surfaces: Sequence[Surface]) -> FloatArray:
        """Return objectives side by side, then binding constraints, then normals of surfaces."""
        normals = [[s.normal.get(name, 0.0) for name in self.names] for s in surfaces]
        return np.column_stack(
            [
                *self.objectives,
                *self.binding,
                np.reshape(normals, (len(surfaces), len(self.names))).T,
            ]
        )

    def _own(self, k: int, columns: FloatArray) -> BoolArray:
        """Tell the columns of objective ``k``, the weights of which add up to 1."""
        count, _, n = self.objectives.shape
        own = np.zeros(columns.shape[1], dtype=np.bool_)
        own[k : count * n : n] = True
        return own

    def _solved(self, k: int, surfaces: Sequence[Surface]) -> _Solution:
        """Return non-negative weights of the columns that leave least unexplained."""
        columns = self._columns(k, surfaces)
        own = self._own(k, columns)
        # Asking in passing that own weights add up to 1 finds what is proportional to the answer.
        weights, _ = nnls(np.vstack([columns, own]), np.append(np.zeros(len(columns)), 1.0))
        weights = weights / weights[own].sum()
        return _Solution(weights, columns @ weights)

    def _whole_numbers(self, k: int, remainder: FloatArray) -> list[Surface]:
        """Return the whole numbers that would better the objective if they were continuous."""
        space = self.beside.land.space
        return [
            Surface({name: float(-np.sign(part))}, f"the whole number {name}")
            for name, part in zip(self.names, remainder, strict=True)
            if space[name].kind == "integer"
            and part != 0.0
            and not self.beside.betters(k, {name: -part})
        ]

    def _moves(self, k: int, remainder: FloatArray) -> tuple[str, ...]:
        """Return moves that better the objective: along one variable each, or one along several.

        The remainder makes no acute angle with any other gradient: to first order, going against
        it betters this objective and worsens nothing.
        """
        order = np.argsort(-np.abs(remainder), kind="stable")[:3]
        large = [i for i in order if abs(remainder[i]) > LARGE * np.abs(remainder).max()]
        text = {i: f"{'less' if remainder[i] > 0.0 else 'more'} {self.names[i]}" for i in large}
        ways = {i: {self.names[i]: -float(remainder[i])} for i in large}
        alone = tuple(text[i] for i in large if self.beside.betters(k, ways[i]))
        if alone or len(large) < 2:
            return alone
        whole = {name: part for way in ways.values() for name, part in way.items()}
        return (" and ".join(text.values()),) if self.beside.betters(k, whole) else ()

    def _translated(
        self,
        k: int,
        surfaces: Sequence[Surface],
        solution: _Solution,
        residual: float,
        moves: tuple[str, ...],
    ) -> Multipliers:
        count, _, n = self.objectives.shape
        limits = self.binding.shape[2]
        weights = solution.weights
        mine = weights[: count * n].reshape(count, n)
        theirs = weights[count * n :][: count * limits].reshape(count, limits)
        pushes = weights[count * (n + limits) :]
        columns = self._columns(k, surfaces)
        groups = [count * n + i + limits * np.arange(count) for i in range(limits)]
        prices = _smallest(np.vstack([columns, self._own(k, columns)]), weights, groups)
        least = _NOTICEABLE * float(np.linalg.norm(self.objectives[0, :, k]))
        held = [
            side.text
            for side, share in zip(self.sides, mine[1:, k], strict=True)
            if share > _NOTICEABLE
        ]
        held += [
            s.text
            for s, push in zip(surfaces, pushes, strict=True)
            if push * np.linalg.norm(list(s.normal.values())) > least and s.text
        ]
        return Multipliers(mine, theirs, prices, residual, moves, tuple(dict.fromkeys(held)))


def _bounds(space: DesignSpace, names: Sequence[str], x_row: FloatArray) -> list[Surface]:
    """Return the bounds on which the design lies."""
    surfaces = []
    for name in names:
        variable = space[name]
        value, low, high = coordinate(
            variable, np.array([x_row[space.index[name]], variable.lower, variable.upper])
        )
        near = TOUCHING * (high - low)
        for touching, sign in ((value - low <= near, -1.0), (high - value <= near, 1.0)):
            if touching:
                surfaces.append(Surface({name: sign}, ""))
    return surfaces


def _smallest(columns: FloatArray, weights: FloatArray, groups: Sequence[FloatArray]) -> FloatArray:
    """Return the smallest value of sums of multipliers that explain the gradient equally well.

    They differ only where gradients are linearly dependent, e.g. when a limit and a bound stop the
    same move: relaxing one of them alone then gains nothing.
    """
    sums = np.array([weights[group].sum() for group in groups])
    if np.linalg.matrix_rank(columns) == columns.shape[1]:
        return sums
    for i in np.flatnonzero(sums > 0.0).tolist():
        cost = np.zeros(len(weights))
        cost[groups[i]] = 1.0
        solved = linprog(cost, A_eq=columns, b_eq=columns @ weights, bounds=(0.0, None))
        if solved.status == 0 and solved.x is not None:
            sums[i] = max(float(cost @ solved.x), 0.0)
    return sums
