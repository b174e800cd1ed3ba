"""The search behind the best design: populations per architecture, descents, and swaps.

Population searches per architecture find the catalogue rows, a descent the exact sizes. Then one
choice or number is changed at a time, or a design is moved to another architecture, each followed
by a descent. A feasible design is given up for a better feasible one only, at every stage.

Nothing proves that no better design is left: over seeds 1 to 6, the costs that a FLOP has at best
differ by 0.12 % for baseline and by less than 1e-5 for moon, geo and cluster_81, baseline's failure
rate by radiation by 0.08 %, its mass at launch by 0.06 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from optimize.designs.best.architectures import architecture_codes, architecture_columns
from optimize.designs.best.cases import Cases, violations
from optimize.designs.best.descent import Descent
from optimize.designs.best.islands import evolve
from problems.space import DesignSpace
from problems.units import FloatArray, IntArray

EVALUATIONS = 120_000  # of the population search for one case
_MEMBERS = 32
_FEWEST, _MOST = 10, 80  # generations of an island
_ENTRANTS = 4  # of an island, each with its own catalogue rows, that descend
FIRST_ROUNDS = 5  # of descent, for every entrant
FINALISTS = 6  # entrants of an island that descend further
LAST_ROUNDS = 10
_NEARLY = 0.02  # violation that the rest of a descent removes
_ALIKE = 2.0**-12  # of the objective: the same valley, where choices are the same too
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
        How many of the best islands go through swaps; all when None.
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
        spent += better.evaluations
        gained = optima.f - better.f > _ENOUGH * np.abs(optima.f)
        gained |= better.violation < optima.violation
        optima = better
        if not gained[np.lexsort((optima.f, optima.violation))[:most]].any():
            break
    return optima._replace(evaluations=spent)


def descend(cases: Cases, x: FloatArray, case: IntArray, owner: IntArray, owners: int) -> Optima:
    """Let designs descend; return the best of every owner (each must have one).

    After a few steps only the most promising designs of each owner go on. The best one by then is
    always among them, as others may not find back inside the limits: whole numbers move no more.
    So the answer is never worse than any of the owner's designs.
    """
    down = Descent.start(cases, x, case)
    down.run(FIRST_ROUNDS, whole_numbers=True)
    down.step_whole_numbers()
    promising = _promising(cases.space, down, owner)
    spent = down.evaluations
    down = Descent.start(cases, down.x[promising], case[promising])
    down.run(LAST_ROUNDS)
    order = np.lexsort((down.f, down.violation, owner[promising]))
    first = order[np.searchsorted(owner[promising][order], np.arange(owners))]
    return Optima(down.x[first], down.f[first], down.violation[first], spent + down.evaluations)


def _promising(space: DesignSpace, down: Descent, owner: IntArray) -> IntArray:
    """Return the designs that go on: the best of each owner, and the best that differ from it.

    Of those in the same valley, with the same choices and objective, only one goes on.
    """
    v = np.where(down.violation < _NEARLY, 0.0, down.violation)
    v[_rank_within(owner, down.f, down.violation) == 0] = -1.0
    choices = [i for i in space.free if space.variables[i].kind == "choice"]
    digits, exponent = np.frexp(down.f)
    own = np.column_stack((owner, down.x[:, choices], np.rint(digits / _ALIKE), exponent))
    _, alike = np.unique(own, axis=0, return_inverse=True)
    first = np.flatnonzero(_rank_within(alike.ravel(), down.f, v) == 0)
    return first[_rank_within(owner[first], down.f[first], v[first]) < FINALISTS]


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
    x = space.from_search(np.clip(space.to_search(starts), low, high))
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
