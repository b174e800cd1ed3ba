"""Ranking the designs of a front by what a person wants: knees, pseudo-weights, TOPSIS, ASF.

Every method works on the scores of :func:`optimize.designs.scores.scores`, where 0 is the best and
1 the worst value on the front, so units and logarithmic axes are dealt with once. Each returns one
merit per design; the design with the smallest merit is the answer. An objective that is constant
on the front is left out of all of them (:func:`optimize.designs.scores.telling`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from optimize.designs.scores import knee, telling
from problems.spec import SpecError, nearest
from problems.units import BoolArray, FloatArray

#: Share of the largest term that the sum of all terms adds, so that ties are broken.
_AUGMENTATION = 1e-4
_TINY = 1e-12


def knee_distance(score: FloatArray) -> FloatArray:
    """Return the distance to the ideal in the Manhattan norm; least at the knee of :func:`knee`.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores.

    Returns
    -------
    ndarray
        ``(n,)`` merits, the smaller the better.

    References
    ----------
    Das, Structural Optimization 18 (1999) 107, doi:10.1007/BF01195985; Chiu, Yen, Juan, IEEE
    Trans. Evolutionary Computation 20 (2016) 972, doi:10.1109/TEVC.2016.2564158.
    """
    merit: FloatArray = score[:, telling(score)].sum(axis=1)
    if len(score):
        merit[knee(score)] -= _TINY  # of several equal designs the most balanced one
    return merit


def bend_angle(score: FloatArray) -> FloatArray:
    """Return minus the bend angle of every design [rad]: least where the front bends most.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores.

    Returns
    -------
    ndarray
        ``(n,)`` merits: pi less the angle under which a design sees the best designs of two
        objectives, with the sign of the side of the ideal; mean over pairs of objectives. The best
        designs themselves have no angle and get 0. Where a single objective tells designs apart
        there is no angle, and its score is the merit.

    Notes
    -----
    With two objectives this is the bend angle of Deb and Gupta taken at the two ends of the front;
    the mean over pairs is the extension used here for more.

    References
    ----------
    Deb, Gupta, Engineering Optimization 43 (2011) 1175, doi:10.1080/0305215X.2010.548863, sec. 3.

    Examples
    --------
    >>> merit = bend_angle(np.array([[0.0, 1.0], [0.1, 0.1], [1.0, 0.0]]))
    >>> np.degrees(-merit).round(1).tolist()
    [0.0, 77.3, 0.0]
    """
    score = score[:, telling(score)]
    if score.shape[1] == 1:
        return score[:, 0]
    ends = [score[np.lexsort((score.sum(axis=1), score[:, k]))[0]] for k in range(score.shape[1])]
    total = np.zeros(len(score))
    pairs = list(itertools.combinations(range(len(ends)), 2))
    for j, k in pairs:
        to_j, to_k = ends[j] - score, ends[k] - score
        length = np.linalg.norm(to_j, axis=1) * np.linalg.norm(to_k, axis=1)
        defined = length > _TINY
        cosine = (to_j * to_k).sum(axis=1) / np.where(defined, length, 1.0)
        bend = np.pi - np.arccos(np.clip(cosine, -1.0, 1.0))
        # On the far side of the line between the two ends the front bulges: no knee.
        middle = 0.5 * (ends[j] + ends[k])
        sign = np.where(score.sum(axis=1) <= middle.sum(), 1.0, -1.0)
        total += np.where(defined, sign * bend, 0.0)
    return -total / len(pairs)


def trade_off(score: FloatArray) -> FloatArray:
    """Return minus the least trade-off of leaving a design for any other.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores of non-dominated designs.

    Returns
    -------
    ndarray
        ``(n,)`` merits. The trade-off of a move is the sum of what gets worse over the sum of what
        gets better; a design with a large least trade-off is not worth leaving.

    References
    ----------
    Rachmawati, Srinivasan, IEEE Trans. Evolutionary Computation 13 (2009) 810,
    doi:10.1109/TEVC.2009.2017515, eq. 3.

    Examples
    --------
    >>> trade_off(np.array([[0.0, 1.0], [0.2, 0.2], [1.0, 0.0]])).round(2).tolist()
    [-0.25, -4.0, -0.25]
    """
    score = score[:, telling(score)]
    least = np.full(len(score), np.inf)
    for i, row in enumerate(score):
        change = score - row
        loss, gain = np.maximum(change, 0.0).sum(axis=1), np.maximum(-change, 0.0).sum(axis=1)
        moves = gain > _TINY
        if moves.any():
            least[i] = (loss[moves] / gain[moves]).min()
    return -least


def pseudo_weights(score: FloatArray) -> FloatArray:
    """Return the weight each design gives to each objective: shares that add up to one.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores.

    Returns
    -------
    ndarray
        ``(n, n_obj)`` pseudo-weights; 0 for an objective that is constant on the front.

    References
    ----------
    Deb, Multi-Objective Optimization Using Evolutionary Algorithms, Wiley 2001, eq. 2.6.

    Examples
    --------
    >>> pseudo_weights(np.array([[0.0, 1.0], [0.5, 0.5], [0.2, 0.6]])).round(3).tolist()
    [[1.0, 0.0], [0.5, 0.5], [0.667, 0.333]]
    """
    varying = telling(score)
    good = np.where(varying, 1.0 - score, 0.0)
    total = good.sum(axis=1, keepdims=True)
    equal = varying / varying.sum()
    return np.asarray(np.where(total > 0.0, good / np.where(total > 0.0, total, 1.0), equal))


def weight_distance(score: FloatArray, weights: FloatArray) -> FloatArray:
    """Return how far the pseudo-weights of each design are from ``weights`` (Manhattan norm).

    Where a single objective tells designs apart there is nothing to balance: its score counts.
    """
    varying = telling(score)
    if varying.sum() == 1:
        return score[:, varying][:, 0]
    target = _of_telling(weights, varying)
    return np.asarray(np.abs(pseudo_weights(score) - target).sum(axis=1))


def _of_telling(weights: FloatArray, varying: BoolArray) -> FloatArray:
    """Return weights of the same sum, 0 where an objective is left out; equal if none is left."""
    rest = (
        np.where(varying, weights, 0.0) if (weights * varying).any() else varying.astype(np.float64)
    )
    return np.asarray(rest * (weights.sum() / rest.sum()))


def topsis(score: FloatArray, weights: FloatArray) -> FloatArray:
    """Return one less the closeness to the ideal by TOPSIS, on min-max scaled objectives.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores.
    weights
        ``(n_obj,)`` weights that add up to one.

    Returns
    -------
    ndarray
        ``(n,)`` distance to the best point over the sum of the distances to best and worst.

    References
    ----------
    Hwang, Yoon, Multiple Attribute Decision Making, Springer 1981, ch. 3.

    Examples
    --------
    >>> score = np.array([[0.0, 1.0], [0.25, 0.25], [1.0, 0.0]])
    >>> topsis(score, np.array([0.5, 0.5])).round(9).tolist()
    [0.5, 0.25, 0.5]
    """
    weighted = score * _of_telling(weights, telling(score))
    best, worst = weighted.min(axis=0), weighted.max(axis=0)
    to_best = np.linalg.norm(weighted - best, axis=1)
    to_worst = np.linalg.norm(weighted - worst, axis=1)
    both = to_best + to_worst
    return np.asarray(np.where(both > 0.0, to_best / np.where(both > 0.0, both, 1.0), 0.0))


def achievement(score: FloatArray, weights: FloatArray, aspiration: FloatArray) -> FloatArray:
    """Return the augmented achievement scalarising function: the worst weighted shortfall.

    Parameters
    ----------
    score
        ``(n, n_obj)`` scores.
    weights
        ``(n_obj,)`` weights.
    aspiration
        ``(n_obj,)`` scores that are hoped for; 0 is the best on the front.

    Returns
    -------
    ndarray
        ``(n,)`` values; negative where every aspiration is surpassed.

    References
    ----------
    Wierzbicki, in Multiple Criteria Decision Making, Theory and Application, Springer 1980,
    doi:10.1007/978-3-642-48782-8_32; augmented as in Miettinen, Nonlinear Multiobjective
    Optimization, Kluwer 1999, eq. 3.5.1.

    Examples
    --------
    >>> score = np.array([[0.0, 1.0], [0.4, 0.3], [1.0, 0.0]])
    >>> np.argmin(achievement(score, np.array([1.0, 1.0]), np.array([0.3, 0.3]))).item()
    1
    """
    varying = telling(score)
    shortfall = (_of_telling(weights, varying) * (score - aspiration))[:, varying]
    return np.asarray(shortfall.max(axis=1) + _AUGMENTATION * shortfall.sum(axis=1))


def shares(weights: Mapping[str, float], names: list[str]) -> FloatArray:
    """Return weights by objective that add up to one; equal when none are given.

    Raises
    ------
    SpecError
        For an unknown objective, a negative weight, or weights that are all zero.
    """
    for name, value in weights.items():
        if name not in names:
            raise SpecError(name, "is not an objective of this run", nearest(name, names))
        if not 0.0 <= value < np.inf:
            raise SpecError(name, f"a weight is a number of at least 0, not {value:g}")
    raw = np.array([weights.get(name, 0.0) for name in names]) if weights else np.ones(len(names))
    if raw.sum() == 0.0:
        raise SpecError("weights", "at least one must be above 0")
    return np.asarray(raw / raw.sum())
