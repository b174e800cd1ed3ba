"""Risk measures over futures: mean, quantiles and the mean of the worst.

Everything here is about a *loss*: large is bad. Futures are the last axis, so the sums of one
design do not depend on which designs it is evaluated with.
"""

from __future__ import annotations

import math

import numpy as np

from problems.units import FloatArray

_ROUNDING = 1e-9  # 0.9 times 10 futures are 9, whatever binary fractions say


def quantile(loss: FloatArray, share: float) -> FloatArray:
    """Return the smallest loss that at least ``share`` of the futures do not exceed.

    Parameters
    ----------
    loss
        ``(..., m)`` losses; one that is not a number counts as the worst.
    share
        Above 0, at most 1.

    Returns
    -------
    ndarray
        ``(...)``: the order statistic of rank ``ceil(share m)``, so a quantile of violations at
        or below 0 means that the share of futures that hold is at least ``share``.

    Examples
    --------
    >>> float(quantile(np.array([4.0, 1.0, 3.0, 2.0]), 0.75))
    3.0
    """
    m = loss.shape[-1]
    rank = max(math.ceil(share * m - _ROUNDING), 1) - 1
    return np.asarray(np.partition(loss, rank, axis=-1)[..., rank])


def tail_mean(loss: FloatArray, share: float) -> FloatArray:
    """Return the conditional value at risk: the mean of the worst ``1 - share`` of the futures.

    Parameters
    ----------
    loss
        ``(..., m)`` losses.
    share
        At least 0, below 1.

    Notes
    -----
    Where the tail is not a whole number of futures, its first one counts by the fraction that
    belongs to it (R. T. Rockafellar, S. Uryasev, "Conditional value-at-risk for general loss
    distributions", J. Banking & Finance 26 (2002), proposition 8,
    doi:10.1016/S0378-4266(02)00271-6).

    Examples
    --------
    >>> float(tail_mean(np.array([4.0, 1.0, 3.0, 2.0]), 0.5))
    3.5
    """
    m = loss.shape[-1]
    weight = (1.0 - share) * m
    whole = math.floor(weight + _ROUNDING)
    part = max(weight - whole, 0.0)
    if whole == m:
        return np.asarray(loss.mean(axis=-1))
    ordered = np.partition(loss, m - whole - 1, axis=-1)
    tail = ordered[..., m - whole :].sum(axis=-1)
    if part > _ROUNDING:
        tail = tail + part * ordered[..., m - whole - 1]
    return np.asarray(tail / weight)


def risk(loss: FloatArray, measure: str) -> FloatArray:
    """Return a risk measure by its name: ``mean``, ``p90``, ``cvar90`` and the like.

    Examples
    --------
    >>> [float(risk(np.arange(1.0, 11.0), name)) for name in ("mean", "p90", "cvar50")]
    [5.5, 9.0, 8.0]
    """
    if measure == "mean":
        return np.asarray(loss.mean(axis=-1))
    if measure.startswith("cvar"):
        return tail_mean(loss, int(measure[4:]) / 100.0)
    return quantile(loss, int(measure[1:]) / 100.0)


def risk_text(measure: str, *, best: str = "lowest") -> str:
    """Return what a measure says, for a reader.

    Examples
    --------
    >>> risk_text("p90"), risk_text("cvar90")
    ('value not exceeded in 90 % of the futures', 'mean of the worst 10 % of the futures')
    """
    if measure == "mean":
        return "mean over the futures"
    if measure.startswith("cvar"):
        return f"mean of the worst {100 - int(measure[4:])} % of the futures"
    word = "not exceeded" if best == "lowest" else "reached or exceeded"
    return f"value {word} in {measure[1:]} % of the futures"
