"""Where a model jumps, such as by one more visit: the surface on which it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.calls import Task
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.surfaces import THERE, Walls, off_plane
from problems.units import BoolArray, FloatArray, IntArray

_ROUNDING = 1e-9  # jump of a normalised objective or of a violation that may be rounding
_WIDTH = 2e-13  # of the stretch on which a jump is found at last, of a range
_CLOSE = 1e-10  # the same for the jump of a known surface
_PARTS, _ROWS = (8, 64), 512  # into which a stretch is divided, and how many parts there are
_NEAREST = 8  # known surfaces that are tried on a way
_STEEP = 100.0  # slope up to which no change over a distance is taken for a jump
_FIRST = 0.5  # share of the largest jump on a stretch from which an earlier one counts
_SHARE = 0.1  # of a gap that slopes leave, which one jump explains at least
_ASIDE = 1e-5  # distance of the neighbours that show which way the surface lies, of a range
_STRAIGHT = 2e-12  # by which a surface may have gone where it does not depend on a variable
_WINDOW = 50.0  # times that: how far the surface may have gone there


def jumped(near: Points, far: Points) -> BoolArray:
    """Tell of pairs of points whether the model jumps between them."""
    return np.asarray(_unexplained(near, far) > _ROUNDING)


def _unexplained(near: Points, far: Points) -> FloatArray:
    """Return the gaps that the slopes of both ends leave and that no kink between can explain."""
    step = (far.u - near.u)[:, None]
    largest = np.zeros(len(step))
    for low, high, below, above in (
        (near.p, far.p, near.slopes.f, far.slopes.f),
        (near.g, far.g, near.slopes.g, far.slopes.g),
    ):
        gap = np.abs(high - low - 0.5 * ((below + above) * step).sum(axis=2))
        bent = (np.abs(above - below) * np.abs(step)).sum(axis=2)
        largest = np.maximum(largest, (gap - bent).max(axis=1, initial=0.0))
    return np.where(near.finite & far.finite, largest, 0.0)


def walls(land: Landscape, near: Points, far: Points, known: Walls) -> Task[Walls]:
    """Return the surfaces between pairs of points between which the model jumps.

    Parameters
    ----------
    land
        The problem around the points.
    near, far
        ``n`` points with slopes, and as many beyond the jump.
    known
        Surfaces seen elsewhere. Where one of them would cross the way and the model jumps, it is
        the one: if the surface were so bent that its normal is another, it would cross elsewhere.

    Notes
    -----
    Division into ever smaller parts finds the first jump on the way from one point to the other.
    On parallels a little aside along each variable the sides of the jump are told by what the
    slopes at the jump foretell: what the surface has moved by there is its inclination.
    """
    n, k = near.u.shape
    if n == 0:
        return Walls.none(k)
    way = far.u - near.u
    length = np.linalg.norm(way, axis=1)
    way = way / length[:, None]
    again = yield from _crossed(land, near, way, length, known)
    rest = np.setdiff1d(np.arange(n), again.rows)
    if len(rest) == 0:
        return again
    new = yield from _new_walls(land, near.take(rest), far.take(rest), way[rest], length[rest])
    return again.joined(Walls(rest[new.rows], new.u, new.normals))


def _crossed(
    land: Landscape, near: Points, way: FloatArray, length: FloatArray, known: Walls
) -> Task[Walls]:
    """Return the first known surface that is on each way, where one is."""
    slant = way @ known.normals.T
    ahead = (known.u * known.normals).sum(axis=1) - near.u @ known.normals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = ahead / slant
    crosses = (slant > 0.0) & (lengths > -THERE) & (lengths < length[:, None])
    # Squares of distances, but for a constant of each design.
    away = np.where(crosses, (known.u**2).sum(axis=1) - 2.0 * near.u @ known.u.T, np.inf)
    nearest = np.argsort(away, axis=1, kind="stable")[:, :_NEAREST]
    rows, at = np.nonzero(np.take_along_axis(crosses, nearest, axis=1))
    which = nearest[rows, at]
    if len(rows) == 0:
        return Walls.none(way.shape[1])
    lengths, slant = lengths[rows, which], slant[rows, which]
    low, there = yield from _jumps_about(
        land,
        near.take(rows),
        way[rows],
        lengths,
        off_plane(near.u[rows] + lengths[:, None] * way[rows] - known.u[which]) / slant,
    )
    found = np.flatnonzero(there)
    order = found[np.lexsort((at[found], np.rint(lengths[found] / THERE), rows[found]))]
    first, at = np.unique(rows[order], return_index=True)
    chosen = order[at]
    u = near.u[first] + low[chosen, None] * way[first]
    return Walls(first, u, known.normals[which[chosen]])


def _jumps_about(
    land: Landscape, near: Points, way: FloatArray, lengths: FloatArray, off: FloatArray
) -> Task[tuple[FloatArray, BoolArray]]:
    """Tell where ways meet a jump about some lengths, and whether they do."""
    close = lengths[:, None] + [-THERE, THERE]
    beside = np.column_stack((lengths - off, close, lengths + off)).clip(0.0)
    _, values = yield from _along(land, near.x, near.u, way, beside)
    there = np.asarray((np.abs(values[:, 2] - values[:, 1]) > _ROUNDING).any(axis=1))
    low = beside[:, 1].copy()
    change = np.abs(values[:, 3] - values[:, 0]).max(axis=1)
    wide = np.flatnonzero(~there & (change > _ROUNDING + _STEEP * off))
    if len(wide):
        least = np.full(len(wide), _ROUNDING + _STEEP * _CLOSE)
        ends = beside[wide, 0], beside[wide, 3]
        low[wide], values = yield from _jump_on(
            land, near.take(wide), way[wide], *ends, least, _CLOSE
        )
        there[wide] = np.abs(values[:, 1] - values[:, 0]).max(axis=1) > least
    return low, there


def _new_walls(
    land: Landscape, near: Points, far: Points, way: FloatArray, length: FloatArray
) -> Task[Walls]:
    """Return the surfaces between pairs of points where none was known."""
    k = way.shape[1]
    least = np.maximum(_SHARE * _unexplained(near, far), _ROUNDING)
    low, ends = yield from _jump_on(land, near, way, np.zeros(len(length)), length, least)
    rows = np.flatnonzero(np.abs(ends[:, 1] - ends[:, 0]).max(axis=1) > least)
    if len(rows) == 0:
        return Walls.none(k)
    at = near.u[rows] + low[rows, None] * way[rows]
    before, behind = (
        _Side(at, ends[rows, end], np.concatenate((side.slopes.f, side.slopes.g), axis=1)[rows])
        for end, side in enumerate((near, far))
    )
    normals = yield from _normals(land, near.x[rows], before, behind, way[rows])
    sound = np.isfinite(normals).all(axis=1)
    return Walls(rows[sound], at[sound], normals[sound])


class _Side(NamedTuple):
    """What is known of one side of a jump, just before or behind it."""

    u: FloatArray  # (n, k)
    values: FloatArray  # (n, n_obj + n_con)
    slopes: FloatArray  # (n, n_obj + n_con, k)

    def take(self, rows: IntArray) -> _Side:
        return _Side(self.u[rows], self.values[rows], self.slopes[rows])

    def misfit(self, u: FloatArray, values: FloatArray) -> FloatArray:
        """Return by how much the linearisation misses values at places ``(n, count, k)``."""
        foreseen = self.values[:, None] + (u - self.u[:, None]) @ self.slopes.swapaxes(1, 2)
        return np.asarray(np.abs(values - foreseen).sum(axis=2))


def _jump_on(
    land: Landscape,
    near: Points,
    way: FloatArray,
    low: FloatArray,
    high: FloatArray,
    least: FloatArray,
    width: float = _WIDTH,
) -> Task[tuple[FloatArray, FloatArray]]:
    """Return where the short stretch with the first jump begins, and values at its ends.

    Of ever shorter parts of a way, smooth changes and kinks vanish; a jump stays. Where none is
    left that is as large as ``least`` on any of the ways, the division ends.
    """
    n = len(low)
    parts, every = _parts(n), np.arange(n)
    for _ in range(_turns((high - low).max(), parts, width)):
        lengths = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, parts + 1)
        _, values = yield from _along(land, near.x, near.u, way, lengths)
        change = np.diff(values, axis=1)
        # Unlike both parts beside it, or two parts away at an end.
        beside = np.concatenate((change[:, 2:3], change, change[:, -3:-2]), axis=1)
        unlike = np.abs(np.diff(beside, axis=1)).sum(axis=2)
        sharp = np.minimum(unlike[:, :-1], unlike[:, 1:])
        first = np.argmax(sharp >= _FIRST * sharp.max(axis=1)[:, None], axis=1)
        low, high = lengths[every, first], lengths[every, first + 1]
        if (np.abs(change[every, first]).max(axis=1) < least).all():
            break
    return low, np.stack((values[every, first], values[every, first + 1]), axis=1)


def _parts(n: int) -> int:
    # A call of the model has a fixed price: few stretches are divided into more parts at a time.
    return int(np.clip(_ROWS // n, *_PARTS))


def _turns(length: float, parts: int, width: float = _WIDTH) -> int:
    return max(1, int(np.ceil(np.log(length / width) / np.log(parts))))


def _along(
    land: Landscape, x: FloatArray, start: FloatArray, way: FloatArray, lengths: FloatArray
) -> Task[tuple[FloatArray, FloatArray]]:
    """Return places on ways, ``(n, count, k)``, and objectives and violations, zero for none."""
    n, count = lengths.shape
    u = start[:, None] + lengths[:, :, None] * way[:, None]
    rows = land.rows(np.repeat(x, count, axis=0), u.reshape(n * count, -1))
    there = yield from Points.at(land, rows)
    values = np.concatenate((there.p, there.g), axis=1).reshape(n, count, -1)
    return u, np.where(np.isfinite(values), values, 0.0)


def _normals(
    land: Landscape, x: FloatArray, before: _Side, behind: _Side, way: FloatArray
) -> Task[FloatArray]:
    """Return the outward normals of surfaces, not a number where there is none."""
    n, k = before.u.shape
    # One row for each design and variable, from here on.
    every = np.repeat(np.arange(n), k)
    away = np.where(before.u + _ASIDE > 1.0, -_ASIDE, _ASIDE)
    start = before.u[every] + (np.eye(k) * away[:, None]).reshape(-1, k)
    ends = np.full((n * k, 2), _STRAIGHT) * [-1.0, 1.0]
    parallels = _Parallels(
        land, x[every], before.take(every), behind.take(every), start, way[every]
    )
    there = np.zeros(n * k)
    over = yield from parallels.beyond(ends)
    moved = np.flatnonzero(over[:, 0] | ~over[:, 1])  # the surface does depend on the variable
    if len(moved):
        there[moved] = yield from parallels.take(moved).divided()
    slants = -there.reshape(n, k) / away
    size = np.linalg.norm(slants, axis=1)
    return np.asarray(slants / np.where(size > 0.0, size, np.nan)[:, None])


class _Parallels(NamedTuple):
    """Ways across jumps, one a row, a little aside of where the jumps were found."""

    land: Landscape
    x: FloatArray
    before: _Side
    behind: _Side
    start: FloatArray
    way: FloatArray

    def take(self, rows: IntArray) -> _Parallels:
        return _Parallels(
            self.land,
            self.x[rows],
            self.before.take(rows),
            self.behind.take(rows),
            self.start[rows],
            self.way[rows],
        )

    def beyond(self, lengths: FloatArray) -> Task[BoolArray]:
        """Tell which places on the ways, ``(n, count)``, are better told from behind the jump."""
        u, values = yield from _along(self.land, self.x, self.start, self.way, lengths)
        return np.asarray(self.before.misfit(u, values) > self.behind.misfit(u, values))

    def divided(self) -> Task[FloatArray]:
        """Return how far the near side reaches, not a number where it does not end near by."""
        n = len(self.x)
        low, high = np.full(n, -_WINDOW * _ASIDE), np.full(n, _WINDOW * _ASIDE)
        parts, bracketed = _parts(n), np.ones(n, dtype=np.bool_)
        for turn in range(_turns(2.0 * _WINDOW * _ASIDE, parts)):
            lengths = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, parts + 1)
            over = yield from self.beyond(lengths)
            if turn == 0:
                bracketed = ~over[:, 0] & over[:, -1]
            over[:, -1] = True
            first = np.maximum(np.argmax(over, axis=1), 1)
            low, high = lengths[np.arange(n), first - 1], lengths[np.arange(n), first]
        return np.where(bracketed, low, np.nan)
