"""Where a model jumps, such as by one more visit: the surface on which it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from problems.units import BoolArray, FloatArray, IntArray

_ROUNDING = 1e-9  # jump of a normalised objective or of a violation that may be rounding
_PARTS, _SECTIONS = 8, 12  # into which a stretch is divided, again and again
_ASIDE = 1e-5  # distance of the neighbours that show which way the surface lies, of a range
_WINDOW = 50.0  # times that: how far the surface may have gone there


class Walls(NamedTuple):
    """Surfaces of jumps beside some designs."""

    rows: IntArray  # of the designs asked about
    u: FloatArray  # (w, k), on the near side
    normals: FloatArray  # (w, k), outward, of length 1


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
    way = far.u - near.u
    length = np.linalg.norm(way, axis=1)
    way = way / length[:, None]
    at, _ = _divided(land, near, far, way, np.zeros((n, k)), (np.zeros(n), length))
    # One row for each design and variable.
    every = np.repeat(np.arange(n), k)
    away = np.where(near.u + _ASIDE > 1.0, -_ASIDE, _ASIDE)
    aside = (np.eye(k) * away[:, None]).reshape(-1, k)
    window = at[every] - _WINDOW * _ASIDE, at[every] + _WINDOW * _ASIDE
    there, bracketed = _divided(land, near.take(every), far.take(every), way[every], aside, window)
    slants = (at[:, None] - there.reshape(n, k)) / away
    size = np.linalg.norm(slants, axis=1)
    rows = np.flatnonzero(bracketed.reshape(n, k).all(axis=1) & (size > 0.0))
    u = near.u + at[:, None] * way
    return Walls(rows, u[rows], slants[rows] / size[rows, None])


def around(land: Landscape, points: Points, distance: float) -> tuple[Points, BoolArray, Walls]:
    """Look up and down along each variable.

    Parameters
    ----------
    land, points
        The problem, and ``n`` designs with slopes.
    distance
        How far, of a range.

    Returns
    -------
    tuple
        The points looked at with slopes, ``2 k`` rows a design; which of them lie beyond a jump;
        and the surface of the first jump that each design has.
    """
    n, k = points.u.shape
    steps = distance * np.concatenate((np.eye(k), -np.eye(k)))
    moved = np.clip(points.u[:, None] + steps, 0.0, 1.0).reshape(-1, k)
    near = points.take(np.repeat(np.arange(n), 2 * k))
    sides = Points.at(land, land.rows(near.x, moved)).with_slopes(land)
    beyond = jumped(near, sides)
    _, at = np.unique(np.flatnonzero(beyond) // (2 * k), return_index=True)
    first = np.flatnonzero(beyond)[at]
    if len(first) == 0:
        return sides, beyond, Walls(first, np.empty((0, k)), np.empty((0, k)))
    found = walls(land, near.take(first), sides.take(first))
    return sides, beyond, Walls(first[found.rows] // (2 * k), found.u, found.normals)


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
    rows = np.repeat(np.arange(n), _PARTS + 1)
    here, there, start = near.take(rows), far.take(rows), near.u[rows] + aside[rows]

    def beyond() -> BoolArray:
        lengths = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, _PARTS + 1)
        u = start + lengths.reshape(-1, 1) * way[rows]
        values = Points.at(land, land.rows(here.x, u))
        return (_misfit(here, values) > _misfit(there, values)).reshape(n, _PARTS + 1)

    bracketed = np.ones(n, dtype=np.bool_)
    for turn in range(_SECTIONS):
        over = beyond()
        if turn == 0:
            bracketed = ~over[:, 0] & over[:, -1]
        over[:, -1] = True
        part = (high - low) / _PARTS
        first = np.maximum(np.argmax(over, axis=1), 1)
        low, high = low + (first - 1) * part, low + first * part
    return low, bracketed


def _misfit(points: Points, others: Points) -> FloatArray:
    """Return by how much the linearisations at some points miss other ones."""
    step = (others.u - points.u)[:, None]
    f = others.p - points.p - (points.slopes.f * step).sum(axis=2)
    g = others.g - points.g - (points.slopes.g * step).sum(axis=2)
    return np.asarray(np.abs(f).sum(axis=1) + np.abs(g).sum(axis=1))
