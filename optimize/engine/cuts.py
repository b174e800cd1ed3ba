"""What a design has seen around it: other sides of kinks, and where the model jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimize.engine.points import Points
from problems.units import BoolArray, FloatArray, IntArray

_MOST = 8
_REACH = 10.0  # of the limit of a step: what lies farther away is forgotten
_UNEXPECTED = 0.3  # share of a change of slope that curvature does not explain: a kink


class _Cut(NamedTuple):
    u: FloatArray  # (k,)
    values: FloatArray  # (n_obj + n_con,)
    slopes: FloatArray  # (n_obj + n_con, k)


class Cuts:
    """Linearisations at points near a design, of which those beyond a kink count.

    Notes
    -----
    As in bundle methods (K. C. Kiwiel, *Methods of Descent for Nondifferentiable Optimization*,
    1985): of a convex kink both sides together are the model; a linearisation that lies above
    the function is lowered to it.
    """

    def __init__(self) -> None:
        self.seen: list[_Cut] = []
        self.surfaces: list[tuple[FloatArray, FloatArray]] = []

    def add_wall(self, u: FloatArray, normal: FloatArray) -> None:
        """Remember a surface on which the model jumps."""
        self.surfaces.append((u, normal))

    def is_beyond(self, u: FloatArray) -> bool:
        """Whether a point lies beyond a known wall."""
        return any(normal @ (u - at) > 0.0 for at, normal in self.surfaces)

    def add(self, points: Points, at: int) -> None:
        """Remember one of some points."""
        slopes = points.slopes
        self.seen.append(
            _Cut(
                points.u[at],
                np.concatenate((points.p[at], points.g[at])),
                np.concatenate((slopes.f[at], slopes.g[at])),
            )
        )

    def keep(self, u: FloatArray, trust: float) -> None:
        """Forget what lies too far away, and all but the latest."""
        near = [cut for cut in self.seen if np.abs(cut.u - u).max() <= _REACH * trust]
        self.seen = near[-_MOST:]


class Lines(NamedTuple):
    """Linearisations, one a row, as they are seen from where their designs are."""

    design: IntArray  # (r,)
    owner: IntArray  # (r,), objective or limit, -1 for none
    slopes: FloatArray  # (r, k)
    values: FloatArray  # (r,)


def beyond_kinks(
    cuts: Sequence[Cuts],
    u: FloatArray,
    values: FloatArray,
    slopes: FloatArray,
    curvature: FloatArray,
    near: BoolArray,
) -> Lines:
    """Return what designs have seen that lies beyond a kink.

    Parameters
    ----------
    cuts
        Of each design.
    u, values, slopes, curvature
        The designs, with their objectives and limits in one row.
    near
        ``(n, n_obj + n_con)``, objectives and limits that matter.
    """
    seen = [cut for some in cuts for cut in some.seen]
    if not seen:
        none = np.empty(0, dtype=np.intp)
        return Lines(none, none, np.empty((0, u.shape[1])), np.empty(0))
    places, heights, sides = (np.array(parts) for parts in zip(*seen, strict=True))
    designs = np.repeat(np.arange(len(cuts)), [len(some.seen) for some in cuts])
    at, owner = np.nonzero(near[designs])
    design = designs[at]
    away, side, height = places[at] - u[design], sides[at, owner], heights[at, owner]
    here, value = slopes[design, owner], values[design, owner]
    bent = np.einsum("rab,rb->ra", curvature[design, owner], away)
    beyond = side - bent  # what the slopes would be here on that side
    jump = np.abs(beyond - here).max(axis=1)
    kinked = jump > _UNEXPECTED * np.abs(side - here).max(axis=1) + 1e-9
    foreseen = value + ((here + 0.5 * bent) * away).sum(axis=1)
    kinked &= height > foreseen  # where it fares better than foreseen, nothing blocks
    level = np.minimum(height - ((side - 0.5 * bent) * away).sum(axis=1), value)
    return Lines(design[kinked], owner[kinked], beyond[kinked], level[kinked])


def surfaces_of(cuts: Sequence[Cuts], u: FloatArray) -> Lines:
    """Return the walls that designs know of; their values are negative before them."""
    surfaces = [surface for some in cuts for surface in some.surfaces]
    design = np.repeat(np.arange(len(cuts)), [len(some.surfaces) for some in cuts])
    places, normals = np.array(surfaces).reshape(-1, 2, u.shape[1]).swapaxes(0, 1)
    values = (normals * (u[design] - places)).sum(axis=1)
    return Lines(design, np.full(len(design), -1), normals, values)
