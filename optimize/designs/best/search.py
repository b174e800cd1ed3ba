"""The search behind the best design: populations per architecture, descents, and swaps.

Population searches per architecture find the catalogue rows, a descent the exact sizes. Then one
choice or number is changed at a time, or a design is moved to another architecture, each followed
by a descent, and the best design takes its last digits before it is changed again: descents end
short of jumps, and around a design that lies beside one, changes look worse or better than they
are. A feasible design is given up for a better feasible one only, at every stage.

Nothing proves that no better design is left: over seeds 1 to 6, the costs that a FLOP has at best
differ by 1e-6 or less for baseline, moon and geo, baseline's mass at launch by 1e-9, its failure
rate by radiation, which many designs share nearly, by 0.13 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from optimize.designs.best.architectures import architecture_codes, architecture_columns
from optimize.designs.best.cases import Cases, violations
from optimize.designs.best.coordinates import moving
from optimize.designs.best.descent import Descent
from optimize.designs.best.finish import finished
from optimize.designs.best.islands import evolve
from problems.space import DesignSpace
from problems.units import FloatArray, IntArray

EVALUATIONS = 120_000  # of the population search for one case
_MEMBERS = 32
_FEWEST, _MOST = 10, 80  # generations of an island
_ENTRANTS = 4  # of an island, each with its own catalogue rows, that descend
FIRST_ROUNDS = 5  # of descent, for every entrant
FINALISTS = 12  # entrants of an island that descend further
LAST_ROUNDS = 10
_NEARLY = 0.02  # violation that the rest of a descent removes
# Of the objective, and of the ranges: the same valley, where choices are the same too
_ALIKE, _NEAR_BY = 2.0**-12, 0.01
_AT_REST = 1e-3  # limit of a step below which a descent has come to its end
_SWAPS = 12  # times that swaps are tried at most
_ENOUGH = 1e-4  # relative gain of the best design for which swaps are tried again
_MORE_AT_FIRST = 3  # contenders in addition in the first round of swaps
CONTENDERS = 2  # architectures whose designs are worth swaps when only the best one counts
_JUMPS = (-0.1, -0.02, 0.02, 0.1)  # of a real variable, of its range
_STRETCHES = (0.8, 0.95, 1.05, 1.25)  # of a whole number, tried beside one more and one less


class Optima(NamedTuple):
    """One design per row: the best known, its objective (minimised) and violation."""

    x: FloatArray
    f: FloatArray
    violation: FloatArray
    evaluations: int


def search(
    cases: Cases,
    *,
    starts: FloatArray | None,
    evaluations: int,
    seed: int,
    contenders: int | None,
) -> Optima:
    """Return the best design of every architecture under a single case."""
    codes = architecture_codes(cases.problem, cases.space)
    case = np.zeros(len(codes), dtype=np.intp)
    return search_islands(
        cases, codes, case, starts=starts, evaluations=evaluations, seed=seed, contenders=contenders
    )


def search_islands(
    cases: Cases,
    codes: FloatArray,
    case: IntArray,
    *,
    starts: FloatArray | None,
    evaluations: int,
    seed: int,
    contenders: int | None,
) -> Optima:
    """Return the best design of every island; an island is an architecture under a case.

    Parameters
    ----------
    cases
        What is optimised.
    codes, case
        ``(islands, choices)`` codes of the architecture and ``(islands,)`` case of each.
    starts
        Designs that join every island.
    evaluations
        What the population search may spend.
    seed
        Of the population search.
    contenders
        How many of the best islands go through swaps, the best one with its last digits; all
        when None, without.
    """
    columns = architecture_columns(cases.space)
    generations = min(max(evaluations // (_MEMBERS * len(codes)), _FEWEST), _MOST)
    runs = max(1, evaluations // (_MEMBERS * len(codes) * generations))
    own = np.tile(np.arange(len(codes)), runs)  # an island for each population
    islands = evolve(
        cases,
        codes[own],
        columns,
        case[own],
        members=_MEMBERS,
        generations=generations,
        starts=starts,
        rng=np.random.default_rng(seed),
    )
    picks = [_distinct(cases, island) for island in islands.x]
    owner = np.repeat(own, [len(pick) for pick in picks])
    x = np.concatenate([island[p] for island, p in zip(islands.x, picks, strict=True)])
    if starts is not None and len(starts):
        joined, island = _best_starts(cases, starts, codes, case)
        x, owner = np.concatenate((x, joined)), np.concatenate((owner, island))
    optima = descend(cases, x, case[owner], owner, len(codes))
    spent = islands.evaluations + optima.evaluations
    for swap in range(_SWAPS):
        order = np.lexsort((optima.f, optima.violation))
        most = contenders and (contenders + _MORE_AT_FIRST if swap == 0 else contenders)
        near = [_offers(cases, optima.x, codes, i) for i in order[:most]]
        near += [_moved(cases, optima.x, codes, i) for i in order[most:]] if most else []
        better = _offered(cases, optima, case, order, near)
        if contenders is not None:
            better = with_last_digits(cases, better, case, _leaders(better, case))
        spent += better.evaluations
        gained = optima.f - better.f > _ENOUGH * np.abs(optima.f)
        gained |= better.violation < optima.violation
        optima = better
        if not gained[np.lexsort((optima.f, optima.violation))[:most]].any():
            break
    return optima._replace(evaluations=spent)


def with_last_digits(cases: Cases, optima: Optima, case: IntArray, rows: IntArray) -> Optima:
    """Return optima, some of them moved on to the optimum near them."""
    x, f = optima.x.copy(), optima.f.copy()
    x[rows] = finished(cases, x[rows], case[rows])
    f[rows] = cases.at(x[rows], case[rows])[0]
    return optima._replace(x=x, f=f)


def _leaders(optima: Optima, case: IntArray) -> IntArray:
    """Return the best island of every case."""
    return np.flatnonzero(_rank_within(case, optima.f, optima.violation) == 0)


def descend(cases: Cases, x: FloatArray, case: IntArray, owner: IntArray, owners: int) -> Optima:
    """Let designs descend; return the best of every owner (each must have one).

    After a few steps only the most promising designs of each owner go on. The best one by then is
    always among them, as others may not find back inside the limits: whole numbers move no more.
    So the answer is never worse than any of the owner's designs.
    """
    down = Descent.start(cases, x, case)
    down.run(FIRST_ROUNDS, whole_numbers=True)
    down.step_whole_numbers()
    promising = _promising(down, owner)
    spent = down.evaluations
    down = Descent.start(cases, down.x[promising], case[promising])
    down.run(LAST_ROUNDS)
    order = np.lexsort((down.f, down.violation, owner[promising]))
    first = order[np.searchsorted(owner[promising][order], np.arange(owners))]
    return Optima(down.x[first], down.f[first], down.violation[first], spent + down.evaluations)


def _promising(down: Descent, owner: IntArray) -> IntArray:
    """Return the designs that go on: the best of each owner, and the best still on their way.

    Of those in the same valley, with the same choices, sizes and objective, only one goes on.
    """
    cases = down.cases
    v = np.where(down.violation < _NEARLY, 0.0, down.violation)
    leads = _rank_within(owner, down.f, down.violation) == 0
    v[leads] = -1.0
    on_way = np.flatnonzero(leads | (down.trust >= _AT_REST))
    choices = [i for i in cases.space.free if cases.space.variables[i].kind == "choice"]
    x, f, own = down.x[on_way], down.f[on_way], owner[on_way]
    places = np.rint(cases.space.units(x, moving(cases, whole_numbers=True)) / _NEAR_BY)
    digits, exponent = np.frexp(f)
    valley = np.column_stack((own, x[:, choices], np.rint(digits / _ALIKE), exponent, places))
    _, alike = np.unique(valley, axis=0, return_inverse=True)
    first = on_way[_rank_within(alike.ravel(), f, v[on_way]) == 0]
    return np.asarray(first[_rank_within(owner[first], down.f[first], v[first]) < FINALISTS])


def _rank_within(owner: IntArray, f: FloatArray, v: FloatArray) -> IntArray:
    """Return the place of each row among those of its owner."""
    order = np.lexsort((f, v, owner))
    ordered = owner[order]
    rank = np.empty(len(owner), dtype=np.intp)
    rank[order] = np.arange(len(owner)) - np.searchsorted(ordered, ordered)
    return rank


def _best_starts(
    cases: Cases, starts: FloatArray, codes: FloatArray, case: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return the best start of every island whose architecture one has, and these islands."""
    space = cases.space
    low, high = space.search_bounds()
    x = space.decoded(np.clip(space.to_search(starts), low, high))
    x[:, space.real] = starts[:, space.real]  # not rounded by their logarithms
    x = cases.problem.canonical(x, space)
    same = (x[None][..., architecture_columns(space)] == codes[:, None]).all(axis=2)
    island, row = np.nonzero(same)
    f, g = cases.at(x[row], case[island])
    first = _rank_within(island, f, violations(g)) == 0
    return x[row[first]], island[first]


def _distinct(cases: Cases, members: FloatArray) -> IntArray:
    """Return the best members of an island that differ in a choice."""
    choices = [i for i, v in enumerate(cases.space.variables) if v.kind == "choice"]
    _, first = np.unique(members[:, choices], axis=0, return_index=True)
    return np.sort(first)[:_ENTRANTS]


def _offered(
    cases: Cases, optima: Optima, case: IntArray, islands: IntArray, offers: Sequence[FloatArray]
) -> Optima:
    """Let designs offered to islands descend beside what these have."""
    rows = np.concatenate([optima.x, *offers])
    counts = [len(offer) for offer in offers]
    owner = np.concatenate((np.arange(len(optima.x)), np.repeat(islands, counts)))
    return descend(cases, rows, case[owner], owner, len(optima.x))


def _offers(cases: Cases, x: FloatArray, codes: FloatArray, island: int) -> FloatArray:
    """Return the neighbours of an island's design, and other islands' moved to it."""
    return np.concatenate((neighbours(cases, x[island]), _moved(cases, x, codes, island)))


def _moved(cases: Cases, x: FloatArray, codes: FloatArray, island: int) -> FloatArray:
    """Return designs of islands that differ in one choice, moved to this one."""
    differ = (codes != codes[island]).sum(axis=1) == 1
    rows = x[differ].copy()
    rows[:, architecture_columns(cases.space)] = codes[island]
    return cases.problem.canonical(rows, cases.space)


def neighbours(cases: Cases, x: FloatArray) -> FloatArray:
    """Return designs that differ from ``x`` in one choice outside the architecture or number."""
    out = []
    for i, value in _swaps(cases.space, x):
        row = x.copy()
        row[i] = value
        out.append(row)
    if not out:
        return np.empty((0, len(x)))
    rows = cases.problem.canonical(np.array(out), cases.space)
    return np.asarray(rows[(rows != x).any(axis=1)])


def _swaps(space: DesignSpace, x: FloatArray) -> Iterator[tuple[int, float]]:
    held = architecture_columns(space)
    for i in space.free:
        v = space.variables[i]
        if v.kind == "choice" and i not in held:
            yield from ((i, float(code)) for code in v.codes if code != x[i])
        elif v.kind == "integer":
            for value in (x[i] - 1.0, x[i] + 1.0, *(np.rint(x[i] * s) for s in _STRETCHES)):
                yield i, float(np.clip(value, v.lower, v.upper))
        elif v.kind == "real":
            for jump in _JUMPS:
                value = (
                    x[i] * (v.upper / v.lower) ** jump
                    if v.log
                    else (x[i] + jump * (v.upper - v.lower))
                )
                yield i, float(np.clip(value, v.lower, v.upper))
