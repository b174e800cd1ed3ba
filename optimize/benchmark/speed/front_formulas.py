"""Fronts with a formula: points on them, and hypervolumes with a closed form."""

from __future__ import annotations

from collections.abc import Callable

import moocore
import numpy as np

from problems.units import FloatArray

_POINTS = 2000  # of a curve
_LATTICE = 45  # divisions of a surface: 1081 points


def _best(f: FloatArray) -> FloatArray:
    return f[np.asarray(moocore.is_nondominated(f), dtype=np.bool_)]


def _curve(low: float, high: float, of: Callable[[FloatArray], FloatArray]) -> FloatArray:
    x = np.linspace(low, high, _POINTS)
    return _best(np.column_stack((x, of(x))))


def _zdt6() -> FloatArray:
    # f1 = 1 - exp(-4 x) sin^6(6 pi x) over a fine grid; its least value bounds the front.
    x = np.linspace(0.0, 1.0, 1_000_001)
    least = float((1.0 - np.exp(-4.0 * x) * np.sin(6.0 * np.pi * x) ** 6).min())
    return _curve(least, 1.0, lambda f: 1.0 - f**2)


def _simplex() -> FloatArray:
    i, j = np.meshgrid(np.arange(_LATTICE + 1), np.arange(_LATTICE + 1), indexing="ij")
    rest = _LATTICE - i - j
    inside = rest >= 0
    return np.column_stack((i[inside], j[inside], rest[inside])) / _LATTICE


def _octant() -> FloatArray:
    points = _simplex()
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def _degenerate() -> FloatArray:
    angle = np.linspace(0.0, np.pi / 2.0, _POINTS)
    side = np.cos(angle) / np.sqrt(2.0)
    return np.column_stack((side, side, np.sin(angle)))


def _dtlz7() -> FloatArray:
    # f3 = 6 - s(f1) - s(f2) with s(f) = f (1 + sin 3 pi f): the front is made of the records of s.
    f = np.linspace(0.0, 1.0, 400)
    s = f * (1.0 + np.sin(3.0 * np.pi * f))
    record = s > np.maximum.accumulate(np.concatenate(([-1.0], s[:-1])))
    a, b = (grid.ravel() for grid in np.meshgrid(np.flatnonzero(record), np.flatnonzero(record)))
    return np.column_stack((f[a], f[b], 6.0 - s[a] - s[b]))


def _bnh() -> FloatArray:
    # x1 = x2 up to 3, then x2 stays at its bound.
    x1 = np.linspace(0.0, 5.0, _POINTS)
    x2 = np.minimum(x1, 3.0)
    return np.column_stack((4.0 * (x1**2 + x2**2), (x1 - 5.0) ** 2 + (x2 - 5.0) ** 2))


def _srn() -> FloatArray:
    # x1 = -2.5 and x2 from the line x1 - 3 x2 + 10 = 0 up to the circle x1^2 + x2^2 = 225.
    x2 = np.linspace(2.5, np.sqrt(225.0 - 6.25), _POINTS)
    return _best(np.column_stack((2.0 + 4.5**2 + (x2 - 1.0) ** 2, -22.5 - (x2 - 1.0) ** 2)))


def _tnk() -> FloatArray:
    # Objectives are the variables: the wavy circle, where the second constraint lets it through.
    angle = np.linspace(1e-9, np.pi / 2.0 - 1e-9, 20 * _POINTS)
    radius = np.sqrt(1.0 + 0.1 * np.cos(16.0 * (np.pi / 2.0 - angle)))
    f = radius[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))
    return _best(f[((f - 0.5) ** 2).sum(axis=1) <= 0.5])[::5]


def _mw1() -> FloatArray:
    f1 = np.linspace(0.0, 1.0, 4 * _POINTS)
    f2 = 1.0 - 0.85 * f1
    wave = 0.5 * np.sin(2.0 * np.pi * np.sqrt(2.0) * (f2 - f1)) ** 8
    feasible = f1 + f2 - 1.0 - wave <= 0.0
    return np.column_stack((f1[feasible], f2[feasible]))


def _mw7() -> FloatArray:
    # The unit circle, or the constraint in front of it.
    angle = np.linspace(0.0, np.pi / 2.0, 4 * _POINTS)
    radius = np.maximum(1.0, 1.15 - 0.2 * np.sin(4.0 * angle) ** 8)
    return _best(radius[:, None] * np.column_stack((np.cos(angle), np.sin(angle))))


FORMULAS: dict[str, Callable[[], FloatArray]] = {
    "zdt1": lambda: _curve(0.0, 1.0, lambda f: 1.0 - np.sqrt(f)),
    "zdt2": lambda: _curve(0.0, 1.0, lambda f: 1.0 - f**2),
    "zdt3": lambda: _curve(0.0, 1.0, lambda f: 1.0 - np.sqrt(f) - f * np.sin(10.0 * np.pi * f)),
    "zdt4": lambda: _curve(0.0, 1.0, lambda f: 1.0 - np.sqrt(f)),
    "zdt6": _zdt6,
    "dtlz1": lambda: 0.5 * _simplex(),
    "c1dtlz1": lambda: 0.5 * _simplex(),
    "dtlz2": _octant,
    "dtlz3": _octant,
    "dtlz4": _octant,
    "dtlz5": _degenerate,
    "dtlz6": _degenerate,
    "dtlz7": _dtlz7,
    "bnh": _bnh,
    "srn": _srn,
    "tnk": _tnk,
    "mw1": _mw1,
    "mw7": _mw7,
}
EXACT = {
    "zdt1": 1.21 - 1.0 / 3.0,
    "zdt4": 1.21 - 1.0 / 3.0,
    "zdt2": 1.21 - 2.0 / 3.0,
    "dtlz1": 1.331 - 1.0 / 6.0,
    "c1dtlz1": 1.331 - 1.0 / 6.0,
    **dict.fromkeys(("dtlz2", "dtlz3", "dtlz4"), 1.331 - np.pi / 6.0),
}
