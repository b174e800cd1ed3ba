"""Which designs of a front fit what a person wants: limits first, then a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.designs import methods
from optimize.designs.limits import holds
from optimize.designs.scores import scores, telling
from optimize.designs.table import front_column
from problems.spec import SpecError, nearest
from problems.units import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from optimize.run.folder import RunData

_UNWEIGHTED = {
    "knee": methods.knee_distance,
    "knee-angle": methods.bend_angle,
    "knee-trade-off": methods.trade_off,
}
WEIGHTED = ("pseudo-weights", "topsis", "asf")
METHODS = (*_UNWEIGHTED, *WEIGHTED)


class NoDesignLeftError(ValueError):
    """No design of the front meets the limits."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Ranking:
    """The designs of a front that meet the limits, best first.

    ``rows`` are positions on the front, ``merit`` has one number per design of the whole front, the
    smaller the better. ``weights`` add up to one and are None where the method has none;
    ``left_out`` are objectives that tell no design of the front from another.
    """

    rows: IntArray
    merit: FloatArray
    weights: dict[str, float] | None
    left_out: list[str]


def ranking(
    run: RunData,
    method: str,
    *,
    weights: Mapping[str, float],
    aspirations: Mapping[str, float],
    limits: Sequence[str],
) -> Ranking:
    """Rank the designs of a front that meet the limits.

    Parameters
    ----------
    run
        A run whose front is asked.
    method
        One of :data:`METHODS`.
    weights
        Weight by objective, for the methods of :data:`WEIGHTED`; equal ones when empty.
    aspirations
        Level hoped for by objective, for ``asf``; the best on the front where none is given.
    limits
        Conditions on variables and outputs as :mod:`optimize.designs.limits` reads them.

    Raises
    ------
    SpecError
        For an unknown method, name or condition, or an option that the method does not have.
    NoDesignLeftError
        When no design meets the limits, with how many meet each.
    """
    names = [o.output for o in run.objectives]
    _check_options(method, weights, aspirations)
    shares = methods.shares(weights, names)
    admissible = _within(run, limits)
    if not admissible.any():
        raise NoDesignLeftError(_tightest(run, limits))
    values = np.column_stack([front_column(run, name) for name in names])
    score = scores(values, run.objectives)
    merit = _merit(run, method, values, score, shares, aspirations)
    order = np.argsort(merit, kind="stable")
    return Ranking(
        order[admissible[order]],
        merit,
        dict(zip(names, shares.tolist(), strict=True)) if method in WEIGHTED else None,
        [name for name, tells in zip(names, telling(score), strict=True) if not tells],
    )


def _check_options(
    method: str, weights: Mapping[str, float], aspirations: Mapping[str, float]
) -> None:
    if method not in METHODS:
        known = ", ".join(METHODS)
        message = f"unknown method '{method}' (known: {known})"
        raise SpecError("--method", message, nearest(method, METHODS))
    if weights and method not in WEIGHTED:
        raise SpecError("--weights", f"has no part in {method}", None)
    if aspirations and method != "asf":
        raise SpecError("--aspire", "belongs to --method asf")


def _merit(
    run: RunData,
    method: str,
    values: FloatArray,
    score: FloatArray,
    weights: FloatArray,
    aspirations: Mapping[str, float],
) -> FloatArray:
    if method == "pseudo-weights":
        return methods.weight_distance(score, weights)
    if method == "topsis":
        return methods.topsis(score, weights)
    if method == "asf":
        hoped = _hoped(run, values, score, aspirations)
        return methods.achievement(score, weights, hoped)
    return _UNWEIGHTED[method](score)


def _hoped(
    run: RunData, values: FloatArray, score: FloatArray, aspirations: Mapping[str, float]
) -> FloatArray:
    """Return aspiration levels as scores; the best of the front where none is given."""
    names = [o.output for o in run.objectives]
    for name in aspirations:
        if name not in names:
            raise SpecError(name, "is not an objective of this run", nearest(name, names))
    best = [
        v.min() if o.sense == "min" else v.max()
        for v, o in zip(values.T, run.objectives, strict=True)
    ]
    level = np.array([aspirations.get(n, b) for n, b in zip(names, best, strict=True)])
    for k, objective in enumerate(run.objectives):
        if objective.log and level[k] <= 0.0 < values[:, k].min():
            raise SpecError(names[k], f"an aspiration must be above 0, not {level[k]:g}")
    return _score_of(level, values, run, score)


def _score_of(level: FloatArray, values: FloatArray, run: RunData, score: FloatArray) -> FloatArray:
    """Return the scores of a point on the scale that the front fixes; it may lie outside."""
    scaled = np.zeros(len(level))
    for k, objective in enumerate(run.objectives):
        column, point = values[:, k], level[k]
        if objective.log and (column > 0.0).all():
            column, point = np.log(column), np.log(point)
        best, worst = column[np.argmin(score[:, k])], column[np.argmax(score[:, k])]
        scaled[k] = (point - best) / (worst - best) if worst != best else 0.0
    return scaled


def _names(run: RunData) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*run.space.names, *run.problem.outputs)))


def _column(run: RunData, name: str) -> Any:
    if name in run.space.index:
        variable = run.space.variables[run.space.index[name]]
        active = run.problem.active(run.front_x)[:, run.space.index[name]]
        x = run.front_x[:, run.space.index[name]]
        if variable.kind == "choice":
            texts = [variable.decode(v) if a else "" for v, a in zip(x, active, strict=True)]
            return np.array(texts, dtype=object)
        return np.where(active, x, np.nan)
    return front_column(run, name)


def _within(run: RunData, limits: Sequence[str]) -> BoolArray:
    admissible = np.ones(len(run.front), dtype=np.bool_)
    for limit in limits:
        admissible &= holds(limit, lambda name: _column(run, name), _names(run))
    return admissible


def _tightest(run: RunData, limits: Sequence[str]) -> str:
    """Return why nothing is left: how many designs each limit admits on its own."""
    if len(run.front) == 0:
        return f"{run.path}: the front is empty"
    alone = [int(_within(run, [limit]).sum()) for limit in limits]
    parts = [f"'{limit}' admits {n}" for limit, n in zip(limits, alone, strict=True)]
    return f"no design of the front ({len(run.front)}) meets the limits: {'; '.join(parts)}"
