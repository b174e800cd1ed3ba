"""The architecture map: which architecture wins over any two assumptions, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.analysis.breakeven.axis import Axis
from optimize.analysis.breakeven.curve import Question, draw_futures, from_nominal, output_of
from optimize.designs.best.architectures import architectures
from optimize.designs.best.cases import Cases
from optimize.designs.best.grid import Progress, Solved, anchor_designs, solve, spread
from problems.spec import SpecError
from problems.units import FloatArray, IntArray


@dataclass(frozen=True)
class ArchitectureMap:
    """Winner, margin, ratio and probability on a grid; first index along ``across``."""

    across: Axis
    up: Axis
    x: FloatArray
    y: FloatArray
    labels: list[str]
    winner: IntArray  # (nx, ny), -1 where nothing is feasible
    value: FloatArray  # objective of the winner
    margin: FloatArray  # of the runner-up over the winner, minus 1; NaN without a runner-up
    probability: FloatArray  # share of futures the winner wins; NaN where not drawn
    outputs: Mapping[str, FloatArray]
    objective: str
    partial: bool

    def to_json(self) -> dict[str, Any]:
        """Return the map as plain data, cell by cell."""
        axes = [
            {
                "name": a.name,
                "unit": a.unit,
                "low": a.low,
                "high": a.high,
                "log": a.log,
                "in_force": a.in_force,
                "moves": sorted(a.pins),
                "values": values.tolist(),
            }
            for a, values in ((self.across, self.x), (self.up, self.y))
        ]
        names = np.array([*self.labels, ""])[self.winner]
        return {
            "axes": axes,
            "architectures": self.labels,
            "objective": self.objective,
            "winner": names.tolist(),
            "value": self.value.tolist(),
            "margin": self.margin.tolist(),
            "probability": self.probability.tolist(),
            **{name: values.tolist() for name, values in self.outputs.items()},
            "partial": self.partial,
        }

    def shares(self) -> list[tuple[str, float, float]]:
        """Return (architecture, share of the map, mean probability there), largest share first."""
        rows = []
        for at, label in enumerate(self.labels):
            where = self.winner == at
            if where.any():
                odds = self.probability[where]
                known = odds[np.isfinite(odds)]
                mean = float(known.mean()) if len(known) else float("nan")
                rows.append((label, float(where.mean()), mean))
        return sorted(rows, key=lambda row: -row[1])


def architecture_map(
    question: Question,
    across: Axis,
    up: Axis,
    *,
    grid: int,
    futures: int,
    outputs: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> ArchitectureMap:
    """Return the winning architecture of every cell, re-optimised there.

    Parameters
    ----------
    question
        What is optimised.
    across, up
        The two axes.
    grid
        Points along each.
    futures
        Draws of every other uncertain number, re-optimised as well; 0 for none.
    outputs
        Outputs of the winning design to map too.
    progress
        Called with finished and total futures.

    Raises
    ------
    SpecError
        When an axis changes nothing, or no cell has a feasible design.
    """
    x, y = across.points(grid), up.points(grid)
    a, b = (values.ravel() for values in np.meshgrid(x, y, indexing="ij"))
    cases = _cases(question, across, up, a, b, {})
    nominal = _nominal(cases, grid, question.seed)
    values = {name: output_of(cases, nominal, name) for name in outputs}
    _must_move(nominal, values, across, up, grid)
    probability, partial = np.full(len(a), np.nan), False
    drawn = draw_futures(question.problem, [across, up], futures, seed=question.seed)
    if drawn:
        columns = {key: np.tile(numbers, len(a)) for key, numbers in drawn.items()}
        wide = _cases(question, across, up, np.repeat(a, futures), np.repeat(b, futures), columns)
        solved = from_nominal(wide, nominal, futures, progress)
        if solved.done == wide.count:  # once more, from the same future's neighbouring designs
            rows, draws = np.repeat(np.arange(len(a)), futures), np.tile(np.arange(futures), len(a))
            near = [neighbour[rows] * futures + draws for neighbour in _around(grid)]
            solved = spread(wide, solved, near, None)
        done = solved.done // futures
        won = solved.winner.reshape(-1, futures) == nominal.winner[:, None]
        probability[:done] = won.mean(axis=1)[:done]
        partial = done < len(a)
    order = np.sort(np.where(np.isnan(nominal.f), np.inf, nominal.f), axis=1)
    both = np.isfinite(order[:, :2]).all(axis=1) & (order.shape[1] > 1)
    second = order[:, min(1, order.shape[1] - 1)]
    margin = np.where(both, second / np.where(both, order[:, 0], 1.0) - 1.0, np.nan)
    shape = (grid, grid)
    kinds = architectures(cases.problem, cases.space)
    return ArchitectureMap(
        across,
        up,
        x,
        y,
        [kind.label for kind in kinds],
        nominal.winner.reshape(shape),
        nominal.best()[1].reshape(shape),
        margin.reshape(shape),
        probability.reshape(shape),
        {name: column.reshape(shape) for name, column in values.items()},
        question.objective.output,
        partial,
    )


def _cases(
    question: Question,
    across: Axis,
    up: Axis,
    a: FloatArray,
    b: FloatArray,
    columns: Mapping[str, FloatArray],
) -> Cases:
    futures = {**columns, **across.columns(a), **up.columns(b)}
    return question.cases(futures, {**across.held_columns(a), **up.held_columns(b)})


def _nominal(cases: Cases, grid: int, seed: int) -> Solved:
    """Solve the grid: full searches at the corners and in the middle, then twice over it all."""
    last, half = grid - 1, grid // 2
    corners = {i * grid + j for i, j in ((0, 0), (0, last), (last, 0), (last, last), (half, half))}
    pool, _ = anchor_designs(cases, sorted(corners), seed=seed)
    solved = solve(cases, pool)
    return spread(cases, solved, _around(grid), None)


def _around(grid: int) -> list[IntArray]:
    """Return the neighbour of every cell in each of the four directions; itself at an edge."""
    index = np.arange(grid * grid).reshape(grid, grid)
    steps = np.arange(grid)
    back, ahead = np.maximum(steps - 1, 0), np.minimum(steps + 1, grid - 1)
    neighbours = (index[back], index[ahead], index[:, back], index[:, ahead])
    return [neighbour.ravel() for neighbour in neighbours]


def _must_move(
    nominal: Solved, values: Mapping[str, FloatArray], across: Axis, up: Axis, grid: int
) -> None:
    """Refuse an axis along which neither an architecture's objective nor an output changes."""
    if not np.isfinite(nominal.f).any():
        raise SpecError(across.name, "no feasible design anywhere on the map")
    everything = np.column_stack([nominal.f, *values.values()]).reshape(grid, grid, -1)
    for at, axis in enumerate((across, up)):
        cube = np.moveaxis(everything, at, 0)
        change = np.abs(np.diff(cube, axis=0)) > 1e-6 * np.abs(cube[1:])
        if not change.any():
            raise SpecError(axis.name, "has no effect on any architecture")
