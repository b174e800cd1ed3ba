"""Differential evolution on many islands at once: one island per architecture and case.

References
----------
Storn, Price, "Differential evolution", J. Global Optimization 11, 1997,
doi:10.1023/A:1008202821328.
Deb, "An efficient constraint handling method for genetic algorithms", Computer Methods in Applied
Mechanics and Engineering 186, 2000, doi:10.1016/S0045-7825(99)00389-8.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.designs.best.cases import Cases, violations
from problems.units import FloatArray, IntArray

_BEST_SHARE = 0.15  # of an island: the members that the others step towards
# Chances that a choice comes from a best member, from another member, or at random
_COPY, _SHARE, _REDRAW = 0.35, 0.15, 0.06


class Islands(NamedTuple):
    """Populations after the search, best member first."""

    x: FloatArray  # (islands, members, n_var)
    f: FloatArray  # (islands, members), to be minimised
    violation: FloatArray  # (islands, members)
    evaluations: int


def evolve(
    cases: Cases,
    codes: FloatArray,
    columns: tuple[int, ...],
    case: IntArray,
    *,
    members: int,
    generations: int,
    starts: FloatArray | None,
    rng: np.random.Generator,
) -> Islands:
    """Search every island for its best design.

    Parameters
    ----------
    cases
        What is optimised.
    codes
        ``(islands, len(columns))`` codes of the choices that define each island.
    columns
        Positions of these choices among the variables.
    case
        ``(islands,)`` case under which an island is evaluated.
    members, generations
        Size of an island and number of steps.
    starts
        ``(n, n_var)`` designs that join every island, moved to its architecture.
    rng
        Random number generator.
    """
    space = cases.space
    low, high = space.search_bounds()
    choice = np.array([space.variables[i].kind == "choice" for i in space.free], dtype=np.bool_)
    u = rng.uniform(low, high, size=(len(codes), members, len(low)))
    if starts is not None and len(starts):
        joined = space.to_search(starts)[: members // 2]
        u[:, : len(joined)] = np.clip(joined, low, high)

    genes_held = [space.free.index(i) for i in columns]
    held = _positions(cases, codes, columns)

    def settle(genes: FloatArray) -> FloatArray:
        genes[:, :, genes_held] = held[:, None, :]
        return cases.canonical(space.decoded(genes.reshape(-1, len(low))), where)

    where = np.repeat(case, members)
    x = settle(u)
    f, g = cases.at(x, where)
    v = violations(g)
    shape = (len(codes), members)
    x, f, v = x.reshape(*shape, -1), f.reshape(shape), v.reshape(shape)
    for _ in range(generations):
        trial = _trials(u, f, v, low=low, high=high, choice=choice, rng=rng)
        x_new = settle(trial)
        f_new, g_new = cases.at(x_new, where)
        v_new = violations(g_new).reshape(shape)
        f_new = f_new.reshape(shape)
        won = (v_new < v) | ((v_new == v) & (f_new <= f))
        u = np.where(won[..., None], trial, u)
        x = np.where(won[..., None], x_new.reshape(*shape, -1), x)
        f, v = np.where(won, f_new, f), np.where(won, v_new, v)
    order = np.lexsort((f, v), axis=1)
    x = np.take_along_axis(x, order[..., None], axis=1)
    f, v = np.take_along_axis(f, order, axis=1), np.take_along_axis(v, order, axis=1)
    return Islands(x, f, v, (generations + 1) * f.size)


def _positions(cases: Cases, codes: FloatArray, columns: tuple[int, ...]) -> FloatArray:
    """Return codes as positions among the open choices, as genes hold them."""
    places = [
        np.searchsorted(cases.space.variables[i].codes, codes[:, at]).astype(np.float64)
        for at, i in enumerate(columns)
    ]
    return np.array(places).reshape(len(columns), len(codes)).T


def _trials(
    u: FloatArray,
    f: FloatArray,
    v: FloatArray,
    *,
    low: FloatArray,
    high: FloatArray,
    choice: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    rng: np.random.Generator,
) -> FloatArray:
    """Return one trial per member: a step to a good member plus a difference of two."""
    islands, members, genes = u.shape
    order = np.lexsort((f, v), axis=1)
    best_count = max(2, round(_BEST_SHARE * members))
    at = np.arange(islands)[:, None]
    best = u[at, order[at, rng.integers(best_count, size=(islands, members))]]
    first, second = (u[at, rng.integers(members, size=(islands, members))] for _ in range(2))
    factor = rng.uniform(0.3, 0.9, size=(islands, members, 1))
    trial = u + factor * (best - u) + factor * (first - second)
    below, above = trial < low, trial > high
    trial = np.where(below, 0.5 * (u + low), np.where(above, 0.5 * (u + high), trial))
    rate = rng.uniform(0.4, 1.0, size=(islands, members, 1))
    crossed = rng.random(u.shape) < rate
    crossed |= np.arange(genes) == rng.integers(genes, size=(islands, members, 1))
    trial = np.where(crossed, trial, u)
    if choice.any():
        draw = rng.random((islands, members, int(choice.sum())))
        fresh = rng.uniform(low[choice], high[choice], size=draw.shape)
        own, good, partner = u[..., choice], best[..., choice], first[..., choice]
        picked = np.where(draw < _COPY, good, np.where(draw < _COPY + _SHARE, partner, own))
        trial[..., choice] = np.where(draw > 1.0 - _REDRAW, fresh, picked)
    return trial
