"""How the designs of a front fare across futures, against each other and in hindsight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.analysis.sensitivity.information import perfect_information
from optimize.analysis.sensitivity.judged import Judged, Limits, limits_of, sense_of
from optimize.analysis.sensitivity.odds import (
    Regret,
    Spread,
    chance_of_beating,
    chance_of_best,
    expected_regret,
    losses,
    spread,
    worst_tail,
)
from optimize.evaluation.futures import sample_futures
from problems.parameters.uncertain import Marginal
from problems.spec import Sense
from problems.units import BoolArray, FloatArray

TAIL_LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Contest:
    """Designs against each other on one output that has a sense.

    ``beats`` ``(n, n)`` is the share of futures in which row beats column, ``best`` ``(n,)`` that
    of being the best of those shown; ``tail`` ``(n,)`` the mean of the worst tenth; ``regret`` of
    all members of the front. ``workable_frac`` is the share of futures in which any member holds
    every limit; ``worth_all`` the expected value of perfect information, in the output's unit.
    """

    sense: Sense
    beats: FloatArray
    best: FloatArray
    tail: FloatArray
    regret: Regret
    workable_frac: float
    worth_all: float


@dataclass(frozen=True, slots=True)
class Odds:
    """Outputs of the shown designs in the futures, and how they compare.

    ``rows`` are the positions of the shown designs among the members of ``front``; ``nominal`` and
    ``spreads`` hold ``(n,)`` by output for the shown, ``limits`` is about all members.
    """

    front: Judged
    rows: tuple[int, ...]
    futures: int
    seed: int
    assumptions: tuple[str, ...]
    nominal: Mapping[str, FloatArray]
    spreads: Mapping[str, Spread]
    contests: Mapping[str, Contest]
    limits: Limits

    @property
    def shown(self) -> Judged:
        """The designs shown."""
        return self.front.only(self.rows, self.front.title)


def study_odds(
    front: Judged,
    rows: Sequence[int],
    outputs: Sequence[str],
    marginals: Sequence[Marginal],
    *,
    count: int,
    seed: int,
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> Odds:
    """Return how designs of a front fare in sampled futures.

    Parameters
    ----------
    front
        All members that could be chosen.
    rows
        Members to show.
    outputs
        Names of outputs.
    marginals
        Uncertain assumptions.
    count, seed
        Number of futures and the seed of their draw.
    correlations
        Rank correlation by pair of keys.
    """
    futures = sample_futures(marginals, count, seed=seed, correlations=correlations or {})
    values, held = front.outcomes(futures, outputs)
    feasible = np.asarray(held.all(axis=0))
    picked = list(rows)
    nominal = front.problem.evaluate(front.x[picked], tuple(outputs))
    senses = {name: sense_of(front, name) for name in outputs}
    return Odds(
        front=front,
        rows=tuple(picked),
        futures=count,
        seed=seed,
        assumptions=tuple(marginal.key for marginal in marginals),
        nominal={name: np.asarray(nominal[name]) for name in outputs},
        spreads={name: spread(values[name][:, picked]) for name in outputs},
        contests={
            name: contest(values[name], sense, feasible, picked)
            for name, sense in senses.items()
            if sense is not None
        },
        limits=limits_of(front, held),
    )


def contest(values: FloatArray, sense: Sense, feasible: BoolArray, rows: Sequence[int]) -> Contest:
    """Return the contest of ``rows`` among all ``(m, members)`` values of one output."""
    shown = values[:, list(rows)]
    loss = losses(values, sense)
    usable = np.isfinite(loss).all(axis=1)
    return Contest(
        sense=sense,
        beats=chance_of_beating(shown, sense),
        best=chance_of_best(shown, sense),
        tail=worst_tail(shown, sense, level_frac=TAIL_LEVEL),
        regret=expected_regret(values, sense, feasible),
        workable_frac=float((feasible & np.isfinite(loss)).any(axis=1).mean()),
        worth_all=perfect_information(loss[usable]) if usable.any() else float("nan"),
    )
