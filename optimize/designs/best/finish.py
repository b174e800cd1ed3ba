"""The last digits of best designs: Newton's method with exact derivatives, after the descent.

A descent ends where a step gains little, some 1e-5 short of the optimum. From there the exact
derivatives of a problem lead on, until nothing is left of the gradient of the Lagrangian.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from optimize.designs.best.cases import Cases, violations
from optimize.engine.local_model import Landscape
from optimize.engine.refine import refine
from problems.space import DesignSpace, Problem
from problems.units import FloatArray, IntArray

_RESIDUAL = 1e-7  # of the first-order conditions, at which a design rests
_ROUNDS = 12  # of Newton's method: more only where a design is stuck between kinks


def finished(cases: Cases, x: FloatArray, case: IntArray) -> FloatArray:
    """Return designs moved on to the optimum near them; the same where nothing better is near.

    Designs outside the limits stay, and so do all of a problem without exact derivatives.

    Parameters
    ----------
    cases
        What is optimised.
    x, case
        ``(n, n_var)`` canonical designs, each under its own case.
    """
    f, g = cases.at(x, case)
    rows = np.flatnonzero(np.isfinite(f) & (violations(g) <= 0.0))
    if not cases.problem.exact_derivatives or len(rows) == 0:
        return x
    land = _landscape(cases, float(np.median(np.abs(f[rows]))) or 1.0)
    numbered = np.column_stack((x[rows], case[rows].astype(np.float64)))
    moved = refine(land, numbered, limit=_RESIDUAL, stopped=_after(_ROUNDS)).x[:, :-1]
    f_moved, g_moved = cases.at(moved, case[rows])
    better = (f_moved < f[rows]) & (violations(g_moved) <= 0.0)
    out = x.copy()
    out[rows[better]] = moved[better]
    return out


def _landscape(cases: Cases, size: float) -> Landscape:
    """Return the cases as a landscape; its designs carry their case in a column of their own."""
    ends = (0.0, size) if cases.objective.sense == "min" else (size, 0.0)
    scaled = dataclasses.replace(cases.objective, ideal=ends[0], reference=ends[1], log=False)
    land = Landscape.of(_Numbered(cases), cases.space, (scaled,), cases.constraints)
    free = tuple(i for i in land.columns if cases.space.names[i] not in cases.held)
    return dataclasses.replace(land, columns=free)


class _Numbered(Problem):
    """Cases as one problem: the last column of a design is the number of its case."""

    exact_derivatives = True  # others are not finished

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self.name, self.version = cases.problem.name, cases.problem.version
        self.space, self.outputs = cases.space, cases.problem.outputs
        self.objectives = (cases.objective,)

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return outputs of designs, each under its case."""
        x, case = _split(designs)
        return dict(self._cases.outputs(x, case, names or ()))

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return canonical designs, each still with its case."""
        rows, case = _split(x)
        return np.column_stack((self._cases.canonical(rows, case), case))

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        """Return derivatives of outputs by the variables; by the case there is none."""
        return self._cases.jacobian(*_split(designs), outputs)


def _split(designs: Any) -> tuple[FloatArray, IntArray]:
    return designs[:, :-1], designs[:, -1].astype(np.intp)


def _after(rounds: int) -> Callable[[], bool]:
    """Return a question that is answered with yes after some rounds."""
    left = iter(range(rounds))
    return lambda: next(left, None) is None
