"""What lies beside one design: steps that better it, kinks and jumps of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimize.designs.gradients import per_coordinate
from optimize.engine.calls import called
from optimize.engine.certificate import EXACT_LIMIT
from optimize.engine.kinks import prove
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.surfaces import Walls
from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective
from problems.units import FloatArray

LARGE = 0.3  # share of the largest component from which a direction counts as along a variable
_TRIALS = (1e-3, 1e-4, 1e-5, 1e-6)  # lengths of steps, of a range or of a logarithm
_GAIN = 1e-9  # of an objective: less than that is rounding
_ROUNDING = 1e-12  # by which other objectives and limits may seem worse


class Surface(NamedTuple):
    """What holds a design: the outward normal by variable, and what it is."""

    normal: Mapping[str, float]
    text: str


class Side(NamedTuple):
    """A design just beyond a kink, and the variables along which it lies."""

    row: FloatArray
    text: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The neighbours of one design."""

    problem: Problem
    land: Landscape
    row: FloatArray  # (n_var,)

    @classmethod
    def of(
        cls,
        problem: Problem,
        space: DesignSpace,
        objectives: Sequence[Objective],
        constraints: Sequence[Constraint],
        row: FloatArray,
    ) -> Beside:
        """Return the neighbours of a canonical design."""
        return cls(problem, Landscape.of(problem, space, objectives, constraints), row)

    def kinks_and_jumps(self) -> tuple[list[Side], list[Surface]]:
        """Return the other sides of kinks on which the design lies, and the jumps it lies at.

        None of a model that does not know its derivatives: its differences see no kink.
        """
        land, x = self.land, self.row[None]
        u = land.units(x)
        if not (land.columns and self.problem.exact_derivatives and np.all((u >= 0) & (u <= 1))):
            return [], []
        points = called(land, Points.located(land, x))
        if not points.finite.all():
            return [], []
        none = Walls.none(len(land.columns))
        sides, walls = called(land, prove(land, points, EXACT_LIMIT, none)).around
        names = [land.space.names[i] for i in land.columns]
        ranges = [
            per_coordinate(self.problem.space.variables[i], self.row[i]) for i in land.columns
        ]
        surfaces = [
            Surface(
                dict(zip(names, normal * ranges / land.widths(x)[0], strict=True)),
                f"a jump of the model along {_along(names, normal)}",
            )
            for normal in walls.normals
        ]
        others = [
            Side(there.copy(), f"a kink of the model along {_along(names, step)}")
            for there, step in zip(sides.points.x, sides.points.u - u, strict=True)
        ]
        return others, surfaces

    def betters(self, k: int, move: Mapping[str, float]) -> bool:
        """Tell whether a small step betters objective ``k`` and worsens nothing.

        Parameters
        ----------
        k
            Of the objectives.
        move
            Direction by variable, on the scales of the gradients; one of a whole number is a step
            of one.
        """
        rows = np.tile(self.row, (1 + len(_TRIALS), 1))
        for name, part in move.items():
            i, v = self.land.space.index[name], self.land.space[name]
            old = self.row[i]
            per = per_coordinate(self.problem.space[name], old)
            steps = part * np.array(_TRIALS)
            if v.kind == "integer":
                new = np.full(len(_TRIALS), old + np.sign(part))
            else:
                new = old * np.exp(steps) if v.log else old + per * steps
            rows[1:, i] = np.clip(new, min(v.lower, old), max(v.upper, old))
        f, g = self.land.at(self.problem.canonical(rows, self.problem.space))
        gains = (f[0] - f[1:]) / np.where(f[0] != 0.0, np.abs(f[0]), 1.0)
        kept = (gains >= -_ROUNDING).all(axis=1)
        feasible = (g[1:] <= np.maximum(g[0], 0.0) + _ROUNDING).all(axis=1)
        return bool((kept & feasible & (gains[:, k] > _GAIN)).any())


def _along(names: Sequence[str], normal: FloatArray) -> str:
    size = np.abs(normal)
    return ", ".join(
        name for name, part in zip(names, size, strict=True) if part > LARGE * size.max()
    )
