"""Where a model jumps, such as by one more visit: the surface on which it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from problems.units import BoolArray, FloatArray, IntArray

_ROUNDING = 1e-9  # jump of a normalised objective or of a violation that may be rounding
_SHARPNESS = 7e10  # length of a stretch over that to which it is divided, again and again
_PARTS, _ROWS = (8, 64), 2048  # into which it is divided, and how many parts there are in all
_ASIDE = 1e-5  # distance of the neighbours that show which way the surface lies, of a range
_STRAIGHT = 2e-12  # by which a surface may have gone where it does not depend on a variable
_WINDOW = 50.0  # times that: how far the surface may have gone there


class Walls(NamedTuple):
    """Surfaces of jumps beside some designs."""

    rows: IntArray  # of the designs asked about
    u: FloatArray  # (w, k), on the near side
    normals: FloatArray  # (w, k), outward, of length 1

    @classmethod
    def none(cls, k: int) -> Walls:
        """Return no surface."""
        return cls(np.empty(0, dtype=np.intp), np.empty((0, k)), np.empty((0, k)))


def jumped(near: Points, far: Points) -> BoolArray:
    """Tell of pairs of points whether the model jumps between them.

    The slopes of both ends leave a gap that no kink between them can explain.
    """
    step = (far.u - near.u)[:, None]
    found = np.zeros(len(step), dtype=np.bool_)
    for low, high, below, above in (
        (near.p, far.p, near.slopes.f, far.slopes.f),
        (near.g, far.g, near.slopes.g, far.slopes.g),
    ):
        gap = np.abs(high - low - 0.5 * ((below + above) * step).sum(axis=2))
        bent = (np.abs(above - below) * np.abs(step)).sum(axis=2)
        found |= (gap > bent + _ROUNDING).any(axis=1)
    return found & near.finite & far.finite


def walls(land: Landscape, near: Points, far: Points) -> Walls:
    """Return the surfaces between pairs of points between which the model jumps.

    Parameters
    ----------
    land
        The problem around the points.
    near, far
        ``n`` points with slopes, and as many beyond the jump.

    Notes
    -----
    Division into ever smaller parts finds the surface on the way from one point to the other, and
    again on parallels a little aside along each variable: what it has moved by is its
    inclination.
    """
    n, k = near.u.shape
    if n == 0:
        return Walls.none(k)
    way = far.u - near.u
    length = np.linalg.norm(way, axis=1)
    way = way / length[:, None]
    at, _ = _divided(land, near, far, way, np.zeros((n, k)), (np.zeros(n), length))
    # One row for each design and variable, from here on.
    every = np.repeat(np.arange(n), k)
    near_every, far_every, way_every = near.take(every), far.take(every), way[every]
    away = np.where(near.u + _ASIDE > 1.0, -_ASIDE, _ASIDE)
    aside = (np.eye(k) * away[:, None]).reshape(-1, k)
    there, bracketed = at[every], np.ones(n * k, dtype=np.bool_)
    ends = there[:, None] + np.array([-_STRAIGHT, _STRAIGHT])
    over = _beyond(land, near_every, far_every, near_every.u + aside, way_every, ends)
    moved = np.flatnonzero(over[:, 0] | ~over[:, 1])  # the surface does depend on the variable
    if len(moved):
        window = there[moved] - _WINDOW * _ASIDE, there[moved] + _WINDOW * _ASIDE
        there[moved], bracketed[moved] = _divided(
            land,
            near_every.take(moved),
            far_every.take(moved),
            way_every[moved],
            aside[moved],
            window,
        )
    slants = (at[:, None] - there.reshape(n, k)) / away
    size = np.linalg.norm(slants, axis=1)
    rows = np.flatnonzero(bracketed.reshape(n, k).all(axis=1) & (size > 0.0))
    u = near.u + at[:, None] * way
    return Walls(rows, u[rows], slants[rows] / size[rows, None])


def _divided(
    land: Landscape,
    near: Points,
    far: Points,
    way: FloatArray,
    aside: FloatArray,
    ends: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, BoolArray]:
    """Return how far along a parallel of the way the near side reaches, and whether it ends."""
    low, high = ends
    n = len(low)
    # A call of the model has a fixed price: few stretches are divided into more parts at a time.
    parts = int(np.clip(_ROWS // n, *_PARTS))
    bracketed = np.ones(n, dtype=np.bool_)
    for turn in range(int(np.ceil(np.log(_SHARPNESS) / np.log(parts)))):
        lengths = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, parts + 1)
        over = _beyond(land, near, far, near.u + aside, way, lengths)
        if turn == 0:
            bracketed = ~over[:, 0] & over[:, -1]
        over[:, -1] = True
        part = (high - low) / parts
        first = np.maximum(np.argmax(over, axis=1), 1)
        low, high = low + (first - 1) * part, low + first * part
    return low, bracketed


def _beyond(
    land: Landscape,
    near: Points,
    far: Points,
    start: FloatArray,
    way: FloatArray,
    lengths: FloatArray,
) -> BoolArray:
    """Tell which points on the way, ``(n, count)``, are better told from the far side."""
    n, count = lengths.shape
    u = start[:, None] + lengths[:, :, None] * way[:, None]
    x = np.repeat(near.x, count, axis=0)
    values = Points.at(land, land.rows(x, u.reshape(n * count, -1)))
    return np.asarray(_misfit(near, values, count) > _misfit(far, values, count))


def _misfit(points: Points, others: Points, count: int) -> FloatArray:
    """Return by how much the linearisation at each point misses its ``count`` other ones."""
    n, k = points.u.shape
    step = (others.u.reshape(n, count, k) - points.u[:, None]).swapaxes(1, 2)
    missed = 0.0
    for here, there, slopes in (
        (points.p, others.p, points.slopes.f),
        (points.g, others.g, points.slopes.g),
    ):
        change = there.reshape(n, count, -1) - here[:, None] - (slopes @ step).swapaxes(1, 2)
        missed = missed + np.abs(change).sum(axis=2)
    return np.asarray(missed)
