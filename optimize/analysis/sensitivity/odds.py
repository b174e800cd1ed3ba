"""Odds: how designs compare across futures they all meet.

Every function takes ``(m, n)`` values: one row per future, one column per design, the same futures
for all of them, so differences are due to the designs alone. A value that is not a number loses
against any number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimize.evaluation.risk import tail_mean
from problems.spec import Sense
from problems.units import BoolArray, FloatArray

QUANTILES = (0.05, 0.50, 0.95)


@dataclass(frozen=True, slots=True)
class Spread:
    """Distribution of one output over the futures, ``(n,)`` by design, in the output's unit."""

    mean: FloatArray
    sd: FloatArray
    p5: FloatArray
    p50: FloatArray
    p95: FloatArray
    missing_frac: FloatArray


@dataclass(frozen=True, slots=True)
class Regret:
    """Expected loss against the best choice in hindsight, ``(n,)`` by design.

    Parameters
    ----------
    anyhow
        Mean over all futures against the best of all designs, limits aside.
    workable
        Mean over the futures in which the design holds every limit, against the best of those that
        do; NaN for a design that never does.
    """

    anyhow: FloatArray
    workable: FloatArray


def losses(values: FloatArray, sense: Sense) -> FloatArray:
    """Return values as something to be made small; not a number becomes infinite."""
    signed = np.asarray(values if sense == "min" else -values, dtype=np.float64)
    return np.where(np.isnan(signed), math.inf, signed)


def spread(values: FloatArray) -> Spread:
    """Return mean, standard deviation and quantiles of every column.

    Parameters
    ----------
    values
        ``(m, n)`` values by future and design.

    Returns
    -------
    Spread
        Over the finite values; ``missing_frac`` is the share of the others. The standard deviation
        is that of a sample (``m - 1``), 0 for a single future.

    Examples
    --------
    >>> column = spread(np.array([[1.0], [2.0], [3.0]]))
    >>> column.mean.tolist(), column.sd.tolist(), column.p50.tolist()
    ([2.0], [1.0], [2.0])
    """
    statistics = np.full((5, values.shape[1]), np.nan)
    finite = np.isfinite(values)
    for column in range(values.shape[1]):
        sample = values[finite[:, column], column]
        if len(sample):
            varies = sample.min() < sample.max()  # else rounding would pass for a deviation
            sd = float(sample.std(ddof=1)) if varies else 0.0
            statistics[:, column] = [float(sample.mean()), sd, *np.quantile(sample, QUANTILES)]
    means, deviations, low, median, high = statistics
    return Spread(means, deviations, low, median, high, 1.0 - finite.mean(axis=0))


def chance_of_beating(values: FloatArray, sense: Sense) -> FloatArray:
    """Return the share of futures in which one design is better than another.

    Parameters
    ----------
    values
        ``(m, n)`` values by future and design.
    sense
        Whether small or large is good.

    Returns
    -------
    ndarray
        ``(n, n)``: row beats column; a tie counts half, so the matrix and its transpose add up to
        one and the diagonal is a half.

    Examples
    --------
    >>> chance_of_beating(np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 2.0], [1.0, 4.0]]), "min")[0, 1]
    np.float64(0.625)
    """
    loss = losses(values, sense)
    better = np.empty((loss.shape[1], loss.shape[1]))
    for column in range(loss.shape[1]):
        own = loss[:, column, None]
        better[column] = ((own < loss) + 0.5 * (own == loss)).mean(axis=0)
    return better


def chance_of_best(values: FloatArray, sense: Sense) -> FloatArray:
    """Return the share of futures in which each design is the best of all, ties shared.

    Returns
    -------
    ndarray
        ``(n,)`` shares that add up to one.
    """
    loss = losses(values, sense)
    first = loss == loss.min(axis=1, keepdims=True)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def expected_regret(values: FloatArray, sense: Sense, feasible: BoolArray) -> Regret:
    """Return what each choice costs on average against the best choice in hindsight.

    Parameters
    ----------
    values
        ``(m, n)`` values by future and design.
    sense
        Whether small or large is good.
    feasible
        ``(m, n)`` mask: the design holds every limit in that future.

    Returns
    -------
    Regret
        In the unit of ``values``. The smallest ``anyhow`` is the expected value of perfect
        information about everything
        (:func:`optimize.analysis.sensitivity.information.perfect_information`).

    Examples
    --------
    Two designs, two futures; the second design fails in the second future.

    >>> mask = np.array([[True, True], [True, False]])
    >>> found = expected_regret(np.array([[1.0, 3.0], [5.0, 2.0]]), "min", mask)
    >>> found.anyhow.tolist(), found.workable.tolist()
    ([1.5, 1.0], [0.0, 2.0])
    """
    loss = losses(values, sense)
    held = np.isfinite(loss) & feasible
    best = np.where(held, loss, math.inf).min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # infinite minus infinite, where nothing works
        hindsight = loss - loss.min(axis=1, keepdims=True)
        gap = np.where(held, loss - best, 0.0)
    times = held.sum(axis=0)
    workable = np.where(times > 0, gap.sum(axis=0) / np.maximum(times, 1), np.nan)
    return Regret(anyhow=hindsight.mean(axis=0), workable=workable)


def worst_tail(values: FloatArray, sense: Sense, *, level_frac: float = 0.9) -> FloatArray:
    """Return the mean of the worst futures, signed as given.

    The mean is that of :func:`optimize.evaluation.risk.tail_mean`.

    Parameters
    ----------
    values
        ``(m, n)`` values by future and design.
    sense
        Whether small or large is good; the worst are the largest or the smallest.
    level_frac
        Share of futures that are better; 0.9 averages the worst tenth.

    Examples
    --------
    >>> worst_tail(np.arange(1.0, 5.0)[:, None], "max", level_frac=0.5).tolist()
    [1.5]
    """
    mean = tail_mean(np.ascontiguousarray(losses(values, sense).T), level_frac)
    return np.asarray(mean if sense == "min" else -mean)
