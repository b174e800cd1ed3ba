"""Surfaces on which a model jumps, as planes: where each was seen, and its normal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import FloatArray, IntArray

THERE = 1e-12  # distance from where a known surface would be within which a jump is that one
_INCLINED = 1e-7  # the same, of the distance from where it was seen: its normal is rounded


class Walls(NamedTuple):
    """Surfaces of jumps beside some designs."""

    rows: IntArray  # of the designs asked about
    u: FloatArray  # (w, k), on the near side
    normals: FloatArray  # (w, k), outward, of length 1

    @classmethod
    def none(cls, k: int) -> Walls:
        """Return no surface."""
        return cls(np.empty(0, dtype=np.intp), np.empty((0, k)), np.empty((0, k)))

    def joined(self, others: Walls) -> Walls:
        """Return these and others after them."""
        return Walls(*(np.concatenate(pair) for pair in zip(self, others, strict=True)))

    def with_new(self, others: Walls) -> Walls:
        """Return these and, of others, each surface that is not among them yet."""
        known = self
        for at in range(len(others.rows)):
            one = slice(at, at + 1)
            other = Walls(others.rows[one], others.u[one], others.normals[one])
            step = other.u - known.u
            same = np.abs((step * known.normals).sum(axis=1)) <= off_plane(step)
            same &= (np.abs(other.normals - known.normals) <= _INCLINED).all(axis=1)
            known = known if same.any() else known.joined(other)
        return known


def off_plane(step: FloatArray) -> FloatArray:
    """Return how far from its plane a surface may be, steps away from where it was seen."""
    return np.asarray(np.maximum(THERE, _INCLINED * np.linalg.norm(step, axis=1)))
