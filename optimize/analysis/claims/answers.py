"""Claims put to the model: verdict, figures, odds, and the assumption each hinges on.

The verdict follows from three computed numbers by :func:`verdict`: the figure with every
assumption in force, the share of futures in which the claim holds, and the best figure that any
single assumption can reach within its own range. Designs are re-optimised in every case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from optimize.analysis.claims.conjunction import find_conjunction
from optimize.analysis.claims.hinge import Hinge, find_hinge
from optimize.analysis.claims.sentence import sentence_of
from optimize.analysis.claims.solver import Solver
from optimize.analysis.claims.statements import Book, Claim, shipped_book
from optimize.analysis.claims.view import View
from optimize.evaluation.futures import sample_futures
from problems.spec import SpecError, unknown
from problems.units import BoolArray, FloatArray

HOLDS, HOLDS_IF, FAILS = "holds", "holds if", "does not hold"
#: Share of futures from which on a claim that holds nominally is said to hold.
MOST = 0.5
#: A single assumption that brings a claim as near as this gets a search of its own, since other
#: hardware may then be better.
NEAR = 0.3
FUTURES = 128
#: How the verdicts follow.
RULE: Mapping[str, str] = {
    HOLDS: "with every assumption in force and in at least half of the futures",
    FAILS: "neither, and no single assumption within its range changes that",
    HOLDS_IF: "everything between",
}


def margin(values: FloatArray, *, sense: str, limit: float, tolerance: float = 0.1) -> FloatArray:
    """Return by how much values meet a claim, relative to its limit; at least 0 where it holds.

    Parameters
    ----------
    values
        Figures, in the unit of the claim.
    sense
        ``at_most``, ``at_least`` or ``about`` the limit.
    limit
        What is claimed.
    tolerance
        How far "about" reaches either way, relative.

    Examples
    --------
    >>> margin(np.array([1.0, 3.0, np.nan]), sense="at_most", limit=2.0).tolist()
    [0.5, -0.5, -inf]
    """
    relative = np.asarray(values, dtype=np.float64) / limit - 1.0
    if sense == "about":
        margins = tolerance - np.abs(relative)
    else:
        margins = -relative if sense == "at_most" else relative
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
    book: Book | None = None,
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
    book
        The claims; the shipped ones when None.
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
    book = book or shipped_book()
    for name in only:
        if name not in book.claims:
            raise SpecError("--only", *unknown(f"unknown claim '{name}'", name, book.claims))
    solver = Solver(evaluations=evaluations, seed=seed, include=include)
    answers = []
    for name, claim in book.claims.items():
        if not only or name in only:
            if progress:
                progress(name)
            answers.append(answer(claim, View(solver, book, claim), futures=futures, seed=seed))
    return {"claims": answers}


def answer(claim: Claim, view: View, *, futures: int, seed: int) -> dict[str, Any]:
    """Return verdict, figures, odds, hinge and conjunction of one claim."""
    value, limit, facts = view.nominal()

    def margins(values: FloatArray) -> FloatArray:
        row = claim.row
        return margin(values, sense=row.sense, limit=limit, tolerance=row.tolerance)

    def holds(values: FloatArray, feasible: BoolArray) -> BoolArray:
        return np.asarray(feasible & (margins(values) >= 0.0))

    nominal = float(margins(np.array([value]))[0])
    marginals = view.marginals()
    values, feasible = view.under(drawn_futures(view, futures, seed))
    hinge = find_hinge(view, marginals, margins, nominal)
    reachable = hinge.reachable if hinge else nominal
    if hinge and nominal < 0.0 and -NEAR <= reachable < 0.0:
        searched = view.searched({hinge.key: hinge.helpful})
        reachable = max(reachable, float(margins(np.array([searched]))[0]))
    share = float(holds(values, feasible).mean())
    finite = values[feasible & np.isfinite(values)]
    row = claim.row
    found = verdict(nominal, share=share, reachable=reachable)
    entry = {
        **row.model_dump(include={*_STATED}),
        "futures": futures,
        "seed": seed,
        "claimed": limit,
        "value": value,
        "p10": _quantile(finite, 0.1),
        "p50": _quantile(finite, 0.5),
        "p90": _quantile(finite, 0.9),
        "margin": nominal,
        "share_of_futures": share,
        "feasible_share": float(feasible.mean()),
        "reachable_margin": reachable,
        "verdict": found,
        "hinge": _hinge_entry(hinge),
        "conjunction": None,
        "facts": facts,
        "design": view.design() if view.solves else {},
        "command": f"heliofront claims --only {row.id}",
    }
    if found == FAILS and hinge:
        units = {marginal.key: marginal.unit for marginal in marginals}
        together = find_conjunction(view, hinge, marginals, holds, futures=2 * futures, seed=seed)
        entry["conjunction"] = together.entry(units)
    return {**entry, "answer": sentence_of(entry)}


_STATED = (
    "id",
    "who",
    "when",
    "statement",
    "reading",
    "source",
    "locator",
    "quantity",
    "expression",
    "unit",
    "sense",
    "tolerance",
    "note",
)


def drawn_futures(view: View, count: int, seed: int) -> dict[str, FloatArray]:
    """Return futures of the model's numbers, and apart from them of the file's own.

    Numbers of a file do not touch the draw of all others.
    """
    own = view.own_numbers()
    known = {marginal.key for marginal in own}
    model = [marginal for marginal in view.marginals() if marginal.key not in known]
    drawn = sample_futures(model, count, seed=seed) if model else {}
    return drawn | (sample_futures(own, count, seed=seed + 1) if own else {})


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
