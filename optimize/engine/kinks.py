"""Optimality at kinks, where every function has a gradient for each side."""

from __future__ import annotations

from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from optimize.engine.calls import Task
from optimize.engine.jumps import jumped, walls
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.stationarity import ACTIVE, bound_normals, unexplained
from optimize.engine.surfaces import Walls
from problems.units import BoolArray, FloatArray, IntArray

BESIDE = 1e-7  # distance at which the other sides of a kink are looked for, of a range
_DEVIATES = 1e-5  # slope missing over that distance: a side that is worth its derivatives
_OTHER_SIDE = 1e-4  # change of slope over that distance, or share of it, that only a kink explains
_INWARD = 1e-3  # share of that distance by which a way along a jump keeps off its surface
_CLOSE = 1e-3  # violation above which a limit is looked at
_MEETING = 4  # kinks that meet of which every combination of sides is looked at
_TRIALS = (1e-5, 1e-6)  # lengths of steps that would better a design if it were no optimum
_GAIN = 1e-9  # in every normalised objective: less than that is rounding


class Sides(NamedTuple):
    """Points beside some designs at which the model is not what their slopes say."""

    owner: IntArray  # (s,), row of the design
    points: Points  # with slopes
    beyond: BoolArray  # (s,), behind a jump

    def take(self, rows: IntArray) -> Sides:
        """Return some of them."""
        return Sides(self.owner[rows], self.points.take(rows), self.beyond[rows])

    def joined(self, others: Sides) -> Sides:
        """Return these and others after them."""
        return Sides(
            np.concatenate((self.owner, others.owner)),
            self.points.joined(others.points),
            np.concatenate((self.beyond, others.beyond)),
        )


class Around(NamedTuple):
    """What some designs have around them."""

    sides: Sides  # none beyond a jump
    walls: Walls


def around(
    land: Landscape,
    points: Points,
    distance: float,
    *,
    known: Walls,
    deviates: float = _DEVIATES,
) -> Task[Around]:
    """Look up and down along each variable, and where a jump bars the way, along its surface.

    Parameters
    ----------
    land, points
        The problem, and ``n`` designs with slopes.
    distance
        How far, of a range.
    known
        Surfaces of jumps seen elsewhere.
    deviates
        Slope that must be missing.

    Notes
    -----
    Values tell where the slopes fail, for a twentieth of the price of slopes. The gradient changes
    across the surface of a kink, along the normal of it: so the values show it along one of the
    variables at least.
    """
    n, k = points.u.shape
    steps = distance * np.concatenate((np.eye(k), -np.eye(k)))
    moved = np.clip(points.u[:, None] + steps, 0.0, 1.0).reshape(-1, k)
    every = np.repeat(np.arange(n), 2 * k)
    sides = yield from _deviating(land, points, every, moved, deviates * distance)
    barred = np.flatnonzero(sides.beyond)
    owner, at = np.unique(sides.owner[barred], return_index=True)
    jumps = yield from walls(land, points.take(owner), sides.points.take(barred[at]), known)
    jumps = Walls(owner[jumps.rows], jumps.u, jumps.normals)
    # What lies behind a jump tells nothing of a kink that goes on before it.
    rows, to = np.nonzero(jumps.rows[:, None] == sides.owner[barred])
    if len(rows):
        owner, normals = jumps.rows[rows], jumps.normals[rows]
        step = sides.points.u[barred[to]] - points.u[owner]
        across = (step * normals).sum(axis=1) + _INWARD * distance
        moved = np.clip(points.u[owner] + step - across[:, None] * normals, 0.0, 1.0)
        along = yield from _deviating(land, points, owner, moved, deviates * distance)
        sides = sides.joined(along)
    return Around(sides.take(np.flatnonzero(~sides.beyond)), jumps)


def _deviating(
    land: Landscape, points: Points, owner: IntArray, u: FloatArray, most: float
) -> Task[Sides]:
    """Return those of some places beside designs at which the values are unexpected."""
    near = points.take(owner)
    there = yield from Points.at(land, land.rows(near.x, u))
    step = (there.u - near.u)[:, None]
    missed = np.concatenate(
        (
            there.p - near.p - (near.slopes.f * step).sum(axis=2),
            np.where(near.g >= -_CLOSE, there.g - near.g - (near.slopes.g * step).sum(axis=2), 0),
        ),
        axis=1,
    )
    chosen = np.flatnonzero(there.finite & (np.abs(missed) > most).any(axis=1))
    sides = yield from there.take(chosen).with_slopes(land)
    usable = np.flatnonzero(sides.finite)
    owner, sides = owner[chosen[usable]], sides.take(usable)
    return Sides(owner, sides, jumped(points.take(owner), sides))


class Proof(NamedTuple):
    """What the gradients of all sides leave unexplained, and what lies around the designs."""

    remainder: FloatArray  # (n, k), infinite on a ridge, and where is neither a kink nor a jump
    around: Around  # with what lies beyond several kinks at once


def prove(land: Landscape, points: Points, limit: float, known: Walls) -> Task[Proof]:
    """Try to prove designs optimal with the gradients of all sides.

    Parameters
    ----------
    land, points
        The problem, and ``n`` designs with slopes.
    limit
        Residual up to which a design counts as first-order optimal.
    known
        Surfaces of jumps seen elsewhere.
    """
    n, k = points.u.shape
    sides, jumps = yield from around(land, points, BESIDE, known=known)
    sides = yield from _with_corners(land, points, sides.take(_different(points, sides)))
    sides = sides.take(_different(points, sides))
    remainder = np.full((n, k), np.inf)
    starts, ways = [], []
    for row in np.unique(np.concatenate((sides.owner, jumps.rows))):
        others = sides.owner == row
        reached = points.g[row] >= -ACTIVE
        slopes = sides.points.slopes
        gradients = [points.slopes.f[row], *slopes.f[others]]
        limits = [points.slopes.g[row, reached], *slopes.g[others][:, reached]]
        bounds = np.concatenate((jumps.normals[jumps.rows == row], bound_normals(points.u[row])))
        remainder[row] = unexplained(np.concatenate(gradients), [*limits, bounds])
        if np.abs(remainder[row]).max() <= limit:
            for own_f, own_g in zip(gradients, limits, strict=True):
                starts.append(row)
                ways.append(-unexplained(own_f, [own_g, bounds]))
    if starts:
        ridges = yield from _bettered_along(land, points, np.array(starts), np.array(ways))
        remainder[ridges] = np.inf
    return Proof(remainder, Around(sides, jumps))


def _with_corners(land: Landscape, points: Points, sides: Sides) -> Task[Sides]:
    """Return sides, with what lies beyond several kinks at once."""
    owners, corners = [sides.owner[:0]], [sides.points.u[:0]]
    for row in np.unique(sides.owner):
        step = (sides.points.u - points.u[row])[sides.owner == row][:_MEETING]
        for some in chain.from_iterable(
            combinations(step, count) for count in range(2, len(step) + 1)
        ):
            owners.append(np.array([row]))
            corners.append(np.clip(points.u[row] + np.sum(some, axis=0), 0.0, 1.0)[None])
    if len(owners) == 1:
        return sides
    owner, u = np.concatenate(owners), np.concatenate(corners)
    near = yield from _deviating(land, points, owner, u, 0.0)
    return sides.joined(near.take(np.flatnonzero(~near.beyond)))


def _different(points: Points, sides: Sides) -> IntArray:
    """Return the sides that lie beyond a kink of a design, each kind once."""
    kept = []
    slopes = sides.points.slopes
    for row in np.unique(sides.owner):
        reached = points.g[row] >= -ACTIVE
        own = np.concatenate((points.slopes.f[row], points.slopes.g[row, reached]))
        least = _OTHER_SIDE * np.maximum(np.abs(own).max(axis=1, keepdims=True), 1.0)
        seen = [own]
        for i in np.flatnonzero(sides.owner == row):
            other = np.concatenate((slopes.f[i], slopes.g[i, reached]))
            if all((np.abs(other - known) > least).any() for known in seen):
                kept.append(i)
                seen.append(other)
    return np.array(kept, dtype=np.intp)


def _bettered_along(
    land: Landscape, points: Points, starts: IntArray, ways: FloatArray
) -> Task[IntArray]:
    """Return the designs that a step along one of the ways betters in every objective."""
    size = np.linalg.norm(ways, axis=1)
    starts, ways = starts[size > 0.0], ways[size > 0.0] / size[size > 0.0, None]
    if len(starts) == 0:
        return starts
    starts = np.tile(starts, len(_TRIALS))
    steps = np.concatenate([length * ways for length in _TRIALS])
    trial = yield from points.take(starts).moved(land, steps)
    gains = (points.p[starts] - trial.p >= _GAIN).all(axis=1)
    return np.unique(starts[gains & (trial.g <= 0.0).all(axis=1)])
