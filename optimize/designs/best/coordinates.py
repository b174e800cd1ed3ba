"""Designs as shares of each variable's range, as a descent moves them."""

from __future__ import annotations

import numpy as np

from optimize.designs.best.cases import Cases
from problems.units import FloatArray, IntArray

_DIFFERENCE = 1e-5  # step of the finite differences, of a variable's range


def moving(cases: Cases, *, whole_numbers: bool) -> tuple[int, ...]:
    """Free variables that a step moves: reals, and whole numbers where asked."""
    kinds = ("real", "integer") if whole_numbers else ("real",)
    space = cases.space
    return tuple(
        i
        for i in space.free
        if space.variables[i].kind in kinds and space.names[i] not in cases.held
    )


def difference_steps(cases: Cases, x: FloatArray, columns: tuple[int, ...]) -> FloatArray:
    """Return ``(n, k)`` difference steps in unit coordinates; whole numbers move by one or 1 %."""
    h = np.full((len(x), len(columns)), _DIFFERENCE)
    for at, i in enumerate(columns):
        v = cases.space.variables[i]
        if v.kind == "integer":
            moved = x[:, i] + np.maximum(1.0, np.rint(0.01 * x[:, i]))
            if v.log:
                h[:, at] = np.log(moved / x[:, i]) / np.log(v.upper / v.lower)
            else:
                h[:, at] = (moved - x[:, i]) / (v.upper - v.lower)
    return h


def moved_rows(
    cases: Cases,
    x: FloatArray,
    u: FloatArray,
    step: FloatArray,
    columns: tuple[int, ...],
    case: IntArray,
) -> FloatArray:
    """Return designs ``x``, moved by a step from ``u``; what has no step stays to the last bit."""
    out, at = x.copy(), list(columns)
    there = cases.space.at_units(x, u + step, columns)
    out[:, at] = np.where(step != 0.0, there[:, at], x[:, at])
    return cases.canonical(out, case)
