"""What a design has seen around it: other sides of kinks, and where the model jumps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.points import Points
from optimize.engine.stationarity import bound_normals, unexplained
from problems.units import FloatArray, IntArray

_MOST = 24
_REACH = 3.0  # of the limit of a step: what lies farther away is forgotten
_AT_KINK = 1e-7  # distance from the other side within which a design is at the kink
_NEAR = 1e-5  # violation up to which a limit counts there
_UNEXPECTED = 0.3  # share of a change of slope that curvature does not explain: a kink


class _Cut(NamedTuple):
    u: FloatArray  # (k,)
    values: FloatArray  # (n_obj + n_con,)
    slopes: FloatArray  # (n_obj + n_con, k)
    m: int


class Cuts:
    """Linearisations at points near a design, of which those beyond a kink count.

    Notes
    -----
    As in bundle methods (K. C. Kiwiel, *Methods of Descent for Nondifferentiable Optimization*,
    1985): of a convex kink both sides together are the model; a linearisation that lies above
    the function is lowered to it.
    """

    def __init__(self) -> None:
        self._seen: list[_Cut] = []
        self._walls: list[tuple[FloatArray, FloatArray]] = []

    def add_wall(self, u: FloatArray, normal: FloatArray) -> None:
        """Remember a surface on which the model jumps."""
        self._walls.append((u, normal))

    def is_beyond(self, u: FloatArray) -> bool:
        """Whether a point lies beyond a known wall."""
        return any(normal @ (u - at) > 0.0 for at, normal in self._walls)

    def walls(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the normals of the walls, one a row, and how far away each is."""
        normals = np.array([normal for _, normal in self._walls]).reshape(-1, len(u))
        return normals, np.array([normal @ (at - u) for at, normal in self._walls])

    def add(self, point: Points) -> None:
        """Remember a point."""
        self._seen.append(
            _Cut(
                point.u[0],
                np.concatenate((point.p[0], point.g[0])),
                np.concatenate((point.slopes.f[0], point.slopes.g[0])),
                point.p.shape[1],
            )
        )

    def keep(self, u: FloatArray, trust: float) -> None:
        """Forget what lies too far away, and all but the latest."""
        near = [cut for cut in self._seen if np.abs(cut.u - u).max() <= _REACH * trust]
        self._seen = near[-_MOST:]

    def lines(
        self,
        u: FloatArray,
        values: FloatArray,
        slopes: FloatArray,
        curvature: FloatArray,
        near: IntArray,
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return slopes, values at ``u`` and owners of the linearisations beyond a kink.

        Parameters
        ----------
        u, values, slopes, curvature
            The design, with its objectives and limits in one row.
        near
            Objectives and limits that matter.
        """
        lines, heights, owners = [np.empty((0, len(u)))], [np.empty(0)], [near[:0]]
        for cut in self._seen:
            away = cut.u - u
            bent = curvature @ away
            beyond = cut.slopes - bent  # what the slopes would be here on that side
            jump = np.abs(beyond - slopes).max(axis=1)
            kinked = jump > _UNEXPECTED * np.abs(cut.slopes - slopes).max(axis=1) + 1e-9
            owner = near[kinked[near]]
            height = cut.values - cut.slopes @ away + 0.5 * (bent @ away)
            lines.append(beyond[owner])
            heights.append(np.minimum(height, values)[owner])
            owners.append(owner)
        return np.concatenate(lines), np.concatenate(heights), np.concatenate(owners)

    def unexplained(self, point: Points) -> FloatArray | None:
        """Return what all sides of a kink, and walls, leave unexplained; None without any."""
        u, g, m = point.u[0], point.g[0], point.p.shape[1]
        beside = [cut.slopes for cut in self._seen if np.abs(cut.u - u).max() <= _AT_KINK]
        normals, away = self.walls(u)
        walls = normals[away <= _AT_KINK]
        if not beside and len(walls) == 0:
            return None
        reached = np.flatnonzero(g >= -_NEAR)
        gradients = np.concatenate((point.slopes.f[0], *(slopes[:m] for slopes in beside)))
        limits = [point.slopes.g[0][reached], *(slopes[m + reached] for slopes in beside)]
        return unexplained(gradients, [*limits, walls, bound_normals(u)])
