"""Smooth problems whose front is known, with exact derivatives, as problems of this package."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, Output, Variable
from problems.units import FloatArray

_REFERENCE = 1.1  # on objectives that span 0 to 1 on the front


class KnownFront(Problem):
    """Objectives ``f1, f2, ...`` of ``size`` numbers from 0 to 1, without limits."""

    name, version = "known_front", "1"
    constraints: tuple[Constraint, ...] = ()
    exact_derivatives = True
    size: int
    count: int

    def __init__(self, **_settings: object) -> None:  # of a configuration; it has none
        self.space = DesignSpace(
            tuple(
                Variable(
                    name=f"x{i}",
                    unit="1",
                    symbol=f"x_{{{i}}}",
                    description=f"number {i}",
                    kind="real",
                    default=0.5,
                    lower=0.0,
                    upper=1.0,
                )
                for i in range(1, self.size + 1)
            )
        )
        names = [f"f{i}" for i in range(1, self.count + 1)]
        self.outputs: Mapping[str, Output] = {
            name: Output(name, "1", f"f_{{{name[1:]}}}", f"objective {name[1:]}", "objectives")
            for name in names
        }
        self.objectives = tuple(Objective(name, "min", 0.0, _REFERENCE) for name in names)

    @abstractmethod
    def solved(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return ``(n, m)`` objectives and ``(n, m, size)`` derivatives."""

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return objectives as columns."""
        columns = dict(zip(self.outputs, self.solved(self.space.matrix(designs))[0].T, strict=True))
        return {name: columns[name] for name in names or columns}

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        """Return exact derivatives."""
        at = [list(self.outputs).index(name) for name in outputs]
        return self.solved(self.space.matrix(designs))[1][:, at]


class Zdt1(KnownFront):
    """Two objectives; the front is ``1 - sqrt(f1)``.

    References
    ----------
    E. Zitzler, K. Deb, L. Thiele, Evolutionary Computation 8(2), 2000,
    doi:10.1162/106365600568202.
    """

    name, size, count = "zdt1", 30, 2

    def solved(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives and derivatives; at 0 the slope of the root counts as 0."""
        first, g = x[:, 0], 1.0 + 9.0 * x[:, 1:].mean(axis=1)
        root = np.sqrt(first * g)
        slopes = np.zeros((len(x), 2, x.shape[1]))
        slopes[:, 0, 0] = 1.0
        slopes[:, 1, 0] = -0.5 * g / np.where(root > 0.0, root, np.inf)
        slopes[:, 1, 1:] = ((1.0 - 0.5 * root / g) * 9.0 / (x.shape[1] - 1))[:, None]
        return np.column_stack((first, g - root)), slopes


class Dtlz2(KnownFront):
    """Three objectives; the front is an eighth of the unit sphere.

    References
    ----------
    K. Deb, L. Thiele, M. Laumanns, E. Zitzler, in Evolutionary Multiobjective Optimization, 2005,
    doi:10.1007/1-84628-137-7_6.
    """

    name, size, count = "dtlz2", 12, 3

    def solved(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives and derivatives."""
        angle = 0.5 * np.pi * x[:, :2]
        (c0, c1), (s0, s1) = np.cos(angle).T, np.sin(angle).T
        away = x[:, 2:] - 0.5
        radius = 1.0 + (away**2).sum(axis=1)
        shape = np.column_stack((c0 * c1, c0 * s1, s0))
        slopes = np.empty((len(x), 3, x.shape[1]))
        turn = 0.5 * np.pi * radius[:, None]
        slopes[:, :, 0] = turn * np.column_stack((-s0 * c1, -s0 * s1, c0))
        slopes[:, :, 1] = turn * np.column_stack((-c0 * s1, c0 * c1, np.zeros(len(x))))
        slopes[:, :, 2:] = shape[:, :, None] * (2.0 * away)[:, None]
        return radius[:, None] * shape, slopes
