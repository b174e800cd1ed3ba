"""Public claims put to the model: verdict, figures, odds, and the assumption each hinges on.

The verdict follows from three computed numbers by :func:`verdict`: the figure with every
assumption in force, the share of futures in which the claim holds, and the best figure that any
single assumption can reach within its own range. Designs are re-optimised in every case.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from optimize.analysis.claims.hinge import Hinge, find_hinge
from optimize.analysis.claims.rules import Question, questions
from optimize.analysis.claims.settings import Solver
from optimize.analysis.claims.view import View
from optimize.evaluation.futures import sample_futures
from problems.spec import SpecError, nearest
from problems.units import BoolArray, FloatArray

HOLDS, HOLDS_IF, FAILS = "holds", "holds if", "does not hold"
#: Share of futures from which on a claim that holds nominally is said to hold.
MOST = 0.5
#: How far "about" reaches either way.
TOLERANCE = 0.1
#: A single assumption that brings a claim as near as this gets a search of its own, since other
#: hardware may then be better.
NEAR = 0.3
FUTURES = 128
_SENSES = ("at_most", "at_least", "about")


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of ``data/claims.csv``."""

    id: str
    who: str
    when: str
    statement: str
    source: str
    locator: str
    quantity: str
    sense: str
    value: float
    unit: str
    reading: str


@cache
def claims() -> tuple[Claim, ...]:
    """Return every claim of the table.

    Raises
    ------
    SpecError
        For a claim that no question answers, a question without a claim, or an unknown sense.
    """
    text = resources.files("problems.data").joinpath("claims.csv").read_text(encoding="utf-8")
    rows = tuple(_claim(cells) for cells in csv.DictReader(text.splitlines()))
    unmatched = {row.id for row in rows} ^ set(questions())
    if unmatched:
        raise SpecError("claims.csv", f"table and rules disagree on {sorted(unmatched)}")
    for row in rows:
        if row.sense not in _SENSES:
            raise SpecError(row.id, f"unknown sense '{row.sense}'", nearest(row.sense, _SENSES))
    return rows


def _claim(cells: Mapping[str, Any]) -> Claim:
    return Claim(**{**cells, "value": float(cells["value"])})


def margin(values: FloatArray, claim: Claim) -> FloatArray:
    """Return by how much values meet a claim, relative to it; at least 0 where it holds.

    Examples
    --------
    >>> row = Claim("a", "", "", "", "", "", "", "at_most", 2.0, "1", "")
    >>> margin(np.array([1.0, 3.0, np.nan]), row).tolist()
    [0.5, -0.5, -inf]
    """
    relative = np.asarray(values, dtype=np.float64) / claim.value - 1.0
    if claim.sense == "about":
        margins = TOLERANCE - np.abs(relative)
    else:
        margins = -relative if claim.sense == "at_most" else relative
    return np.where(np.isfinite(margins), margins, -np.inf)


def verdict(nominal: float, *, share: float, reachable: float) -> str:
    """Return the verdict on a claim.

    Parameters
    ----------
    nominal
        Margin with every assumption in force.
    share
        Share of the futures in which the claim holds.
    reachable
        Best margin that one assumption alone reaches within its low and high.

    Returns
    -------
    str
        ``holds``: it does so nominally and in at least half of the futures. ``does not hold``:
        it fails nominally and in more than half of the futures, and no single assumption within
        its range makes it hold. ``holds if``: everything between.

    Examples
    --------
    >>> verdict(0.1, share=0.8, reachable=0.3), verdict(-0.1, share=0.2, reachable=0.1)
    ('holds', 'holds if')
    """
    if nominal >= 0.0 and share >= MOST:
        return HOLDS
    if nominal < 0.0 and share < MOST and reachable < 0.0:
        return FAILS
    return HOLDS_IF


def claims_document(
    *,
    only: Sequence[str] = (),
    futures: int = FUTURES,
    evaluations: int = 20_000,
    seed: int = 1,
    include: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Return the answer to every claim, or to those named.

    Parameters
    ----------
    only
        Claims to answer; all when empty.
    futures
        Futures in which each claim is tried.
    evaluations
        What the search for one best design may spend.
    seed
        Of searches and futures.
    include
        Assumptions or groups that may be otherwise; all when None.
    progress
        Called with the id of each claim before it is answered.

    Raises
    ------
    SpecError
        For an unknown claim, with the nearest one.
    """
    known = {claim.id: claim for claim in claims()}
    for name in only:
        if name not in known:
            raise SpecError("--only", f"unknown claim '{name}'", nearest(name, known))
    solver = Solver(evaluations=evaluations, seed=seed, include=include)
    answers = []
    for claim in known.values():
        if not only or claim.id in only:
            if progress:
                progress(claim.id)
            answers.append(answer(claim, questions()[claim.id], solver, futures=futures, seed=seed))
    return {
        "futures": futures,
        "seed": seed,
        "rule": {
            "holds": "with every assumption in force and in at least half of the futures",
            "does not hold": "neither, and no single assumption within its range changes that",
            "holds if": "everything between",
        },
        "claims": answers,
    }


def answer(
    claim: Claim, question: Question, solver: Solver, *, futures: int, seed: int
) -> dict[str, Any]:
    """Return verdict, figures, odds and hinge of one claim."""
    view = View(solver, question)
    value, facts = view.nominal()
    nominal = float(margin(np.array([value]), claim)[0])
    marginals = view.marginals()
    drawn = sample_futures(marginals, futures, seed=seed)
    values, feasible = view.under(drawn)
    held = _held(values, feasible, claim)
    hinge = find_hinge(view, marginals, lambda v: margin(v, claim), nominal)
    reachable = hinge.reachable if hinge else nominal
    if hinge and nominal < 0.0 and -NEAR <= reachable < 0.0:
        searched = view.searched({hinge.key: hinge.helpful})
        reachable = max(reachable, float(margin(np.array([searched]), claim)[0]))
    share = float(held.mean())
    finite = values[feasible & np.isfinite(values)]
    return {
        "id": claim.id,
        "who": claim.who,
        "when": claim.when,
        "statement": claim.statement,
        "reading": claim.reading,
        "source": claim.source,
        "locator": claim.locator,
        "quantity": claim.quantity,
        "unit": claim.unit,
        "sense": claim.sense,
        "claimed": claim.value,
        "value": value,
        "p10": _quantile(finite, 0.1),
        "p50": _quantile(finite, 0.5),
        "p90": _quantile(finite, 0.9),
        "margin": nominal,
        "share_of_futures": share,
        "feasible_share": float(feasible.mean()),
        "reachable_margin": reachable,
        "verdict": verdict(nominal, share=share, reachable=reachable),
        "hinge": _hinge_entry(hinge),
        "facts": facts,
        "design": view.design(),
    }


def _held(values: FloatArray, feasible: BoolArray, claim: Claim) -> BoolArray:
    return np.asarray(feasible & (margin(values, claim) >= 0.0))


def _quantile(values: FloatArray, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else math.nan


def _hinge_entry(hinge: Hinge | None) -> Mapping[str, Any] | None:
    if hinge is None:
        return None
    return {
        "key": hinge.key,
        "unit": hinge.unit,
        "low": hinge.low,
        "nominal": hinge.nominal,
        "high": hinge.high,
        "value_at_low": hinge.value_at_low,
        "value_at_high": hinge.value_at_high,
        "required": hinge.required,
        "required_direction": hinge.direction,
        "within_range": hinge.within_range,
        "enough_alone": list(hinge.enough_alone),
        "value_all_helpful": hinge.value_all_helpful,
    }
