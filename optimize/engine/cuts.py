"""What a design has seen around it: other sides of kinks, and where the model jumps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.engine.points import Points
from problems.units import FloatArray, IntArray

_MOST = 24
_REACH = 3.0  # of the limit of a step: what lies farther away is forgotten
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
        self._seen: list[_Cut] = []
        self.surfaces: list[tuple[FloatArray, FloatArray]] = []

    def add_wall(self, u: FloatArray, normal: FloatArray) -> None:
        """Remember a surface on which the model jumps."""
        self.surfaces.append((u, normal))

    def is_beyond(self, u: FloatArray) -> bool:
        """Whether a point lies beyond a known wall."""
        return any(normal @ (u - at) > 0.0 for at, normal in self.surfaces)

    def walls(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the normals of the walls, one a row, and how far away each is."""
        normals = np.array([normal for _, normal in self.surfaces]).reshape(-1, len(u))
        return normals, np.array([normal @ (at - u) for at, normal in self.surfaces])

    def add(self, points: Points, at: int) -> None:
        """Remember one of some points."""
        slopes = points.slopes
        self._seen.append(
            _Cut(
                points.u[at],
                np.concatenate((points.p[at], points.g[at])),
                np.concatenate((slopes.f[at], slopes.g[at])),
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
        if not self._seen:
            return np.empty((0, len(u))), np.empty(0), near[:0]
        places, heights, sides = (np.array(parts) for parts in zip(*self._seen, strict=True))
        away, sides = places - u, sides[:, near]
        bent = np.einsum("rab,cb->cra", curvature[near], away)
        beyond = sides - bent  # what the slopes would be here on that side
        jump = np.abs(beyond - slopes[near]).max(axis=2)
        kinked = jump > _UNEXPECTED * np.abs(sides - slopes[near]).max(axis=2) + 1e-9
        foreseen = values[near] + ((slopes[near] + 0.5 * bent) * away[:, None]).sum(axis=2)
        kinked &= heights[:, near] > foreseen  # where it fares better than foreseen, nothing blocks
        height = heights[:, near] - ((sides - 0.5 * bent) * away[:, None]).sum(axis=2)
        owners = np.broadcast_to(near, kinked.shape)
        return beyond[kinked], np.minimum(height, values[near])[kinked], owners[kinked]
