"""Tests of the statement that one way of searching is not worse than another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from problems.units import FloatArray


def shift_tests(ours: FloatArray, theirs: FloatArray, margin: float) -> tuple[float, float]:
    """Return p-values against *worse by the margin or more* and against *worse by less*.

    Parameters
    ----------
    ours, theirs
        Scores of independent runs; larger is better.
    margin
        Loss that is accepted.

    Notes
    -----
    One-sided Mann-Whitney tests of our scores raised by the margin against theirs. A small first
    value shows that we are not inferior, a small second one that we are.

    Examples
    --------
    >>> ours = np.linspace(0.98, 0.99, 20)
    >>> not_worse, worse = shift_tests(ours, ours, 0.02)
    >>> bool(not_worse < 0.01 and worse > 0.99)
    True
    """
    lifted = ours + margin
    return (
        float(stats.mannwhitneyu(lifted, theirs, alternative="greater").pvalue),
        float(stats.mannwhitneyu(lifted, theirs, alternative="less").pvalue),
    )


def rate_tests(ours: int, theirs: int, n: int, margin: float) -> tuple[float, float]:
    """Return the p-values of :func:`shift_tests` for success counts out of ``n`` runs each.

    Notes
    -----
    Normal test of the difference of two proportions with one success and one failure added to
    each (Agresti, Caffo, The American Statistician 54(4), 2000,
    doi:10.1080/00031305.2000.10474560).

    Examples
    --------
    >>> not_worse, worse = rate_tests(60, 60, 60, 0.1)
    >>> bool(not_worse < 0.01 and worse > 0.99)
    True
    """
    a, b = (ours + 1.0) / (n + 2.0), (theirs + 1.0) / (n + 2.0)
    error = np.sqrt((a * (1.0 - a) + b * (1.0 - b)) / (n + 2.0))
    z = (a - b + margin) / error
    return float(stats.norm.sf(z)), float(stats.norm.cdf(z))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number by Holm's step-down rule.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p)
    steps = np.asarray(p, dtype=np.float64)[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]
