"""Crossover and mutation of whole matrices at once.

Only the genes that change are computed, and nothing loops over designs.

References
----------
Deb, Agrawal, "Simulated binary crossover for continuous search space", Complex Systems 9, 1995.
Deb, Goyal, "A combined genetic adaptive search (GeneAS) for engineering design", Computer Science
and Informatics 26(4), 1996 (polynomial mutation); both in the bounded form of Deb's NSGA-II code.
"""

from __future__ import annotations

import numpy as np

from problems.units import BoolArray, FloatArray, IntArray

#: A gene of a crossing pair is exchanged with this probability, as in Deb's code.
EXCHANGE_PROBABILITY = 0.5
_TOO_CLOSE = 1e-14  # genes nearer than this are the same number (Deb's code)
_NARROWEST = np.finfo(np.float64).tiny  # range of a gene, so that one without range can be mutated
_RARE = 0.5  # up to this probability, drawing the changes beats drawing one number per gene


def blend(pair: FloatArray, edge: FloatArray, lot: FloatArray, *, eta: float) -> FloatArray:
    """Return two children of pairs of numbers by bounded simulated binary crossover.

    Parameters
    ----------
    pair
        ``(2, k)``: the parents, the smaller one first.
    edge
        ``(2, k)``: distance of the smaller to the lower bound, and of the larger to the upper.
    lot
        A uniform draw from 0 to 1 for each pair.
    eta
        Distribution index: the larger, the nearer are children to their parents.

    Examples
    --------
    >>> blend(np.array([[1.0], [3.0]]), np.full((2, 1), np.inf), np.array([0.5]), eta=15.0).tolist()
    [[1.0], [3.0]]
    """
    gap = pair[1] - pair[0]
    share = lot * (2.0 - (1.0 + 2.0 * edge / gap) ** -(eta + 1.0))
    base = np.where(share <= 1.0, share, 1.0 / (2.0 - share))
    reach = (0.5 * gap) * base ** (1.0 / (eta + 1.0))
    np.negative(reach[0], out=reach[0])
    reach += 0.5 * (pair[0] + pair[1])
    return np.asarray(reach)


def cross(
    parents: FloatArray,
    *,
    bounds: FloatArray,
    choices: BoolArray,
    probability: float,
    eta: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Return the two children of each couple.

    Parameters
    ----------
    parents
        ``(2, pairs, n_genes)``.
    bounds
        ``(2, n_genes)``: the lowest and the highest value of each gene.
    choices
        Genes that name a choice: exchanged whole, never blended.
    probability
        Chance that a couple crosses at all; its children are copies otherwise.
    eta
        Distribution index of the numbers.
    rng
        Source of all draws.
    """
    _, pairs, n = parents.shape
    draw = rng.random((pairs, n + 1))
    change = (draw[:, 1:] < EXCHANGE_PROBABILITY) & (draw[:, :1] < probability)
    children = np.where(change & choices, parents[::-1], parents)
    change &= np.abs(parents[0] - parents[1]) > np.where(choices, np.inf, _TOO_CLOSE)
    cells = change.ravel().nonzero()[0]
    bounds = bounds.take(cells % n, axis=1)
    flat = children.reshape(2, -1)
    one, other = flat.take(cells, axis=1)  # take: five times as fast as indexing
    pair = np.array((np.minimum(one, other), np.maximum(one, other)))
    spread, lot = rng.random((2, len(cells)))
    blended = blend(pair, np.abs(pair - bounds), spread, eta=eta)
    blended = np.minimum(np.maximum(blended, bounds[0]), bounds[1])
    for child, genes in zip(flat, np.where(lot < 0.5, blended, blended[::-1]), strict=True):
        child[cells] = genes  # one row at a time: twice as fast as both
    return children


def chosen_cells(total: int, probability: float, rng: np.random.Generator) -> IntArray:
    """Return positions out of ``total``, each there with ``probability``, independent of others.

    Notes
    -----
    A Poisson number of uniform draws hits each position a Poisson number of times, independently;
    the rate is set so that the chance of at least one hit is ``probability``.
    """
    if probability > _RARE:
        return np.flatnonzero(rng.random(total) < probability)
    hits = rng.poisson(-np.log1p(-probability) * total)
    return np.asarray(rng.integers(total, size=hits), dtype=np.intp)


def mutate(
    u: FloatArray,
    *,
    bounds: FloatArray,
    choices: BoolArray,
    probability: float,
    eta: float,
    spared: BoolArray,
    rng: np.random.Generator,
) -> None:
    """Mutate numbers polynomially and redraw choices, in place.

    Parameters
    ----------
    u
        ``(n, n_genes)`` within the bounds; changed.
    bounds, choices
        As in :func:`cross`.
    probability
        Chance of each gene to change.
    eta
        Distribution index of the numbers.
    spared
        Rows that stay as they are.
    rng
        Source of all draws.
    """
    n = u.shape[1]
    cells = chosen_cells(u.size, probability, rng) if u.size else np.empty(0, dtype=np.intp)
    cells = cells.compress(~spared.take(cells // n))
    column = cells % n
    flat = u.reshape(-1)
    value, (floor, top) = flat.take(cells), bounds.take(column, axis=1)
    width = top - floor
    lot = rng.random(len(cells))
    down = lot <= 0.5
    room = (value - floor) / np.maximum(width, _NARROWEST)
    left = np.where(down, 1.0 - room, room)
    twice = 2.0 * np.minimum(lot, 1.0 - lot)
    step = 1.0 - (twice + (1.0 - twice) * left ** (eta + 1.0)) ** (1.0 / (eta + 1.0))
    moved = value + np.where(down, -step, step) * width
    moved = np.minimum(np.maximum(moved, floor), floor + width)
    flat[cells] = np.where(choices.take(column), floor + lot * width, moved)
