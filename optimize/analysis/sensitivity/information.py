"""The value of information: what a better choice is worth once a number is known.

The decision is which of several designs to build; knowing more never changes a design, only which
one is chosen. Losses are in the unit of the output that decides.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import legvander

from problems.units import FloatArray, IntArray

FOLDS = 4
DEGREE = 5


@dataclass(frozen=True, slots=True)
class Worth:
    """Value of knowing single numbers, ``(k,)``, and its standard error by sampling."""

    value: FloatArray
    error: FloatArray


def perfect_information(loss: FloatArray) -> float:
    r"""Return the expected value of perfect information about everything.

    Parameters
    ----------
    loss
        ``(m, n)`` losses by future and design, all finite.

    Returns
    -------
    float
        :math:`\min_d E[L_d] - E[\min_d L_d]`: what choosing after everything is known saves on
        average against the best choice now. Never negative.

    Examples
    --------
    Each of two designs is better by 2 in one of two futures: now it does not matter which.

    >>> perfect_information(np.array([[1.0, 3.0], [5.0, 3.0]]))
    1.0
    """
    now = loss[:, int(loss.mean(axis=0).argmin())]
    return float((now - loss.min(axis=1)).mean())


def partial_information(loss: FloatArray, numbers: FloatArray) -> Worth:
    r"""Return the expected value of knowing one number perfectly, for each of several numbers.

    Parameters
    ----------
    loss
        ``(m, n)`` losses by future and design, all finite.
    numbers
        ``(m, k)`` the numbers that might become known, in the same futures.

    Returns
    -------
    Worth
        :math:`\min_d E[L_d] - E_\theta[\min_d E[L_d | \theta]]` for each column.

    Notes
    -----
    The conditional means are regressions on the rank of the number (Legendre polynomials up to
    degree 5), so no futures within futures are drawn [1]_; they are made on differences to the
    design that would be built without information, which all share the same futures. Choosing and
    scoring on the same futures would find value in noise. Here three quarters of the futures decide
    which design to build at every value of the number, and which to build without knowing it; the
    other quarter gives the cost of both choices, in turn for all four quarters. The choice changes
    only where the difference is larger than its standard error, so a design of widely varying
    losses does not win by accident. A wrong choice can only cost, so the estimate is biased low,
    never high, and a slightly negative one (noise) is returned as zero. The quarters are
    consecutive: of a Sobol sequence each is evenly spread itself.

    References
    ----------
    .. [1] M. Strong, J. E. Oakley, A. Brennan, "Estimating multiparameter partial expected value of
       perfect information from a probabilistic sensitivity analysis sample: a nonparametric
       regression approach", Medical Decision Making 34 (2014) 311-326,
       DOI 10.1177/0272989X13505910.

    Examples
    --------
    Building costs an uncertain amount around nothing, not building costs nothing.

    >>> cost = np.linspace(-1.0, 1.0, 4001)[np.random.default_rng(1).permutation(4001)]
    >>> worth = partial_information(np.column_stack([cost, 0.0 * cost]), cost[:, None])
    >>> round(float(worth.value[0]), 2)
    0.25
    """
    futures, count = numbers.shape
    saved = np.zeros((futures, count))
    bounds = np.linspace(0, futures, FOLDS + 1).astype(int)
    bases = [_basis(numbers[:, column]) for column in range(count)]
    for start, stop in itertools.pairwise(bounds):
        held_out = np.arange(start, stop)
        training = np.r_[0:start, stop:futures]
        if len(training) < DEGREE + 1 or not len(held_out):
            continue
        uninformed = int(loss[training].mean(axis=0).argmin())
        excess = loss - loss[:, uninformed, None]
        for column, basis in enumerate(bases):
            chosen = _choices(basis, excess, training, held_out)
            saved[held_out, column] = -excess[held_out, chosen]
    error = saved.std(axis=0) / np.sqrt(futures)
    return Worth(value=np.maximum(saved.mean(axis=0), 0.0), error=error)


def _basis(number: FloatArray) -> FloatArray:
    """Return polynomials of the rank of a number, ranks spread over -1 to 1; equals share one."""
    _, place, times = np.unique(number, return_inverse=True, return_counts=True)
    rank = (np.cumsum(times) - 0.5 * (times + 1.0))[place]
    return np.asarray(legvander(2.0 * (rank + 0.5) / len(number) - 1.0, DEGREE))


def _choices(
    basis: FloatArray, excess: FloatArray, training: IntArray, held_out: IntArray
) -> IntArray:
    """Return the design to build in each held-out future, by a regression on the training ones.

    The design of no excess is kept unless another is better by more than the standard error.
    """
    q, r = np.linalg.qr(basis[training])
    known = q.T @ excess[training]
    freedom = max(len(training) - q.shape[1], 1)
    noise = np.sqrt(np.mean((excess[training] - q @ known) ** 2, axis=0) * len(training) / freedom)
    point = np.linalg.solve(r.T, basis[held_out].T).T
    leverage = np.sqrt((point**2).sum(axis=1, keepdims=True))
    return np.asarray((point @ known + leverage * noise).argmin(axis=1))
