"""Exact derivatives of the chain by real variables and by assumptions, for many designs at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from problems.compute_satellite.backends.dual import ENGINE, seeded, slopes_of
from problems.compute_satellite.backends.substitution import substituted
from problems.compute_satellite.in_force import NumbersInForce
from problems.compute_satellite.pairs import PairedNumbers
from problems.space import DesignSpace
from problems.units import BoolArray, FloatArray

#: Designs times directions at a time: few enough for what they need to stay in the cache.
ELEMENTS = 32768

#: Numbers in force of some rows.
NumbersOf = Callable[[slice], NumbersInForce]
#: Runs the chain on ``(n,)`` columns, for the named outputs.
Run = Callable[[NumbersInForce, Mapping[str, Any], Sequence[str]], Mapping[str, Any]]


def by_variables(
    run: Run,
    numbers: NumbersOf,
    space: DesignSpace,
    x: FloatArray,
    outputs: Sequence[str],
    *,
    moving: BoolArray,
) -> FloatArray:
    """Return ``(n, k, n_var)`` derivatives at canonical designs, at kinks and bounds of one side.

    The side is the upper one, at a bound the inner one. Zero of the variables that are not
    ``moving``.
    """
    real = space.real[moving[space.real]]
    names = [space.names[i] for i in real]
    x = space.inside(x, real)
    slopes = np.full((len(x), len(outputs), len(space)), np.nan)
    slopes[:, :, space.real] = 0.0
    for rows in _parts(len(x), len(names)):
        columns = space.columns(x[rows])
        duals = seeded([columns[name] for name in names])
        moved = dict(zip(names, duals, strict=True))
        with substituted(ENGINE), np.errstate(all="ignore"):
            out = run(numbers(rows), {**columns, **moved}, outputs)
        shape = len(names), (len(x[rows]),)
        for k, name in enumerate(outputs):
            slopes[rows, k, real] = slopes_of(out[name], *shape).T
    return slopes


def by_assumptions(
    run: Run,
    model: NumbersInForce,
    space: DesignSpace,
    x: FloatArray,
    outputs: Sequence[str],
    nominal: Mapping[str, float],
) -> FloatArray:
    """Return ``(n, k, m)`` derivatives by assumptions, which are at their nominal values."""
    slopes = np.empty((len(x), len(outputs), len(nominal)))
    for rows in _parts(len(x), len(nominal)):
        n = len(x[rows])
        moved = seeded([np.full(n, value) for value in nominal.values()])
        futures: dict[str, Any] = dict(zip(nominal, moved, strict=True))
        with substituted(ENGINE), np.errstate(all="ignore"):
            out = run(PairedNumbers(model, futures), space.columns(x[rows]), outputs)
        for k, name in enumerate(outputs):
            slopes[rows, k] = slopes_of(out[name], len(nominal), (n,)).T
    return slopes


def _parts(n: int, directions: int) -> Iterator[slice]:
    step = max(1, ELEMENTS // max(directions, 1))
    return (slice(start, start + step) for start in range(0, n, step))
