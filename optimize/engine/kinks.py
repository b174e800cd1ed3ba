"""Optimality at kinks, where every function has a gradient for each side."""

from __future__ import annotations

from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from optimize.engine.jumps import Walls, jumped, walls
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.stationarity import ACTIVE, bound_normals, unexplained
from problems.units import BoolArray, FloatArray, IntArray

BESIDE = 1e-7  # distance at which the other sides of a kink are looked for, of a range
_DEVIATES = 1e-5  # slope missing over that distance: a side that is worth its derivatives
_OTHER_SIDE = 1e-4  # change of a slope over that distance that only a kink explains
_CLOSE = 1e-3  # violation above which a limit is looked at
_MEETING = 4  # kinks that meet of which every combination of sides is looked at
_TRIALS = (1e-5, 1e-6)  # lengths of steps that would better a design if it were no optimum
_GAIN = 1e-9  # in every normalised objective: less than that is rounding


class Sides(NamedTuple):
    """Points beside some designs at which the model is not what their slopes say."""

    owner: IntArray  # (s,), row of the design
    points: Points  # with slopes
    beyond: BoolArray  # (s,), behind a jump


def sides_of(
    land: Landscape, points: Points, distance: float, *, deviates: float = _DEVIATES
) -> Sides:
    """Look up and down along each variable.

    Parameters
    ----------
    land, points
        The problem, and ``n`` designs with slopes.
    distance
        How far, of a range.
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
    return _deviating(land, points, np.repeat(np.arange(n), 2 * k), moved, deviates * distance)


def _deviating(
    land: Landscape, points: Points, owner: IntArray, u: FloatArray, most: float
) -> Sides:
    """Return those of some places beside designs at which the values are unexpected."""
    near = points.take(owner)
    there = Points.at(land, land.rows(near.x, u))
    step = (there.u - near.u)[:, None]
    missed = np.concatenate(
        (
            there.p - near.p - (near.slopes.f * step).sum(axis=2),
            np.where(near.g >= -_CLOSE, there.g - near.g - (near.slopes.g * step).sum(axis=2), 0),
        ),
        axis=1,
    )
    chosen = np.flatnonzero(there.finite & (np.abs(missed) > most).any(axis=1))
    sides = there.take(chosen).with_slopes(land)
    usable = np.flatnonzero(sides.finite)
    owner, sides = owner[chosen[usable]], sides.take(usable)
    return Sides(owner, sides, jumped(points.take(owner), sides))


def first_jumps(points: Points, sides: Sides) -> tuple[IntArray, Points, Points]:
    """Return which designs have a jump beside them, they themselves, and what lies behind it."""
    beyond = np.flatnonzero(sides.beyond)
    owner, at = np.unique(sides.owner[beyond], return_index=True)
    return owner, points.take(owner), sides.points.take(beyond[at])


def _walls_beside(land: Landscape, points: Points, sides: Sides) -> Walls:
    owner, near, far = first_jumps(points, sides)
    jumps = walls(land, near, far)
    return Walls(owner[jumps.rows], jumps.u, jumps.normals)


def remainders(land: Landscape, points: Points, limit: float) -> FloatArray:
    """Return what the gradients of all sides leave unexplained; infinite on a ridge.

    Parameters
    ----------
    land, points
        The problem, and ``n`` designs with slopes.
    limit
        Residual up to which a design counts as first-order optimal.

    Returns
    -------
    ndarray
        ``(n, k)``, infinite where there is neither a kink nor a jump.
    """
    n, k = points.u.shape
    sides = sides_of(land, points, BESIDE)
    jumps = _walls_beside(land, points, sides)
    pieces = _with_corners(land, points, sides)
    remainder = np.full((n, k), np.inf)
    starts, ways = [], []
    for row in np.unique(np.concatenate((pieces.owner, jumps.rows))):
        others = _different(points, pieces, int(row))
        normals = jumps.normals[jumps.rows == row]
        if len(others) == 0 and len(normals) == 0:
            continue
        reached = points.g[row] >= -ACTIVE
        slopes = pieces.points.slopes
        gradients = [points.slopes.f[row], *slopes.f[others]]
        limits = [points.slopes.g[row, reached], *slopes.g[others][:, reached]]
        bounds = np.concatenate((normals, bound_normals(points.u[row])))
        remainder[row] = unexplained(np.concatenate(gradients), [*limits, bounds])
        if np.abs(remainder[row]).max() <= limit:
            for own_f, own_g in zip(gradients, limits, strict=True):
                starts.append(row)
                ways.append(-unexplained(own_f, [own_g, bounds]))
    if starts:
        ridges = _bettered_along(land, points, np.array(starts), np.array(ways))
        remainder[ridges] = np.inf
    return remainder


def _with_corners(land: Landscape, points: Points, sides: Sides) -> Sides:
    """Return the sides before any jump, with what lies beyond several kinks at once."""
    plain = np.flatnonzero(~sides.beyond)
    owner, u = sides.owner[plain], sides.points.u[plain]
    owners, corners = [owner[:0]], [u[:0]]
    for row in np.unique(owner):
        step = (u - points.u[row])[owner == row][:_MEETING]
        for some in chain.from_iterable(
            combinations(step, count) for count in range(2, len(step) + 1)
        ):
            owners.append(np.array([row]))
            corners.append(np.clip(points.u[row] + np.sum(some, axis=0), 0.0, 1.0)[None])
    kept = Sides(owner, sides.points.take(plain), sides.beyond[plain])
    if len(owners) == 1:
        return kept
    near = _deviating(land, points, np.concatenate(owners), np.concatenate(corners), 0.0)
    before = np.flatnonzero(~near.beyond)
    return Sides(
        np.concatenate((kept.owner, near.owner[before])),
        kept.points.joined(near.points.take(before)),
        np.zeros(len(kept.owner) + len(before), dtype=np.bool_),
    )


def _different(points: Points, sides: Sides, row: int) -> IntArray:
    """Return the sides that lie beyond a kink of a design, each kind once."""
    reached = points.g[row] >= -ACTIVE
    slopes = sides.points.slopes
    seen = [np.concatenate((points.slopes.f[row], points.slopes.g[row, reached])).ravel()]
    kept = []
    for i in np.flatnonzero(sides.owner == row):
        other = np.concatenate((slopes.f[i], slopes.g[i, reached])).ravel()
        if all(np.abs(other - known).max() > _OTHER_SIDE for known in seen):
            kept.append(int(i))
            seen.append(other)
    return np.array(kept, dtype=np.intp)


def _bettered_along(
    land: Landscape, points: Points, starts: IntArray, ways: FloatArray
) -> IntArray:
    """Return the designs that a step along one of the ways betters in every objective."""
    size = np.linalg.norm(ways, axis=1)
    starts, ways = starts[size > 0.0], ways[size > 0.0] / size[size > 0.0, None]
    better = [np.empty(0, dtype=np.intp)]
    for length in _TRIALS if len(starts) else ():
        trial = points.take(starts).moved(land, length * ways)
        gains = (points.p[starts] - trial.p >= _GAIN).all(axis=1)
        better.append(starts[gains & (trial.g <= 0.0).all(axis=1)])
    return np.unique(np.concatenate(better))
