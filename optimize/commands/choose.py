"""``heliofront select``: the designs of a front that fit what a person wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from optimize.designs import methods as decide
from optimize.designs.limits import holds
from optimize.designs.scores import scores, telling
from optimize.designs.table import front_column, value_at
from optimize.run.folder import load_run
from optimize.utils.answer import deliver
from optimize.utils.labels import number, sentence, shown, title, words, wrapped
from problems.spec import SpecError, nearest
from problems.text_tables import plain_table
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from optimize.run.folder import RunData

WEIGHTED = ("pseudo-weights", "topsis", "asf")
_NOTHING_LEFT = 3


def select(
    path: Path,
    method: str,
    *,
    weights: Mapping[str, float],
    aspirations: Mapping[str, float],
    limits: Sequence[str],
    count: int,
    as_json: bool,
) -> int:
    """Rank the designs of a run that meet the limits, print the first ``count``."""
    run = load_run(path)
    names = [o.output for o in run.objectives]
    _check_options(method, weights, aspirations)
    shares = decide.shares(weights, names)
    kept = _within(run, limits)
    if not kept.any():
        click.echo(_tightest(run, limits), err=True)
        return _NOTHING_LEFT
    values = np.column_stack([front_column(run, name) for name in names])
    score = scores(values, run.objectives)
    merit = _merit(run, method, values, score, shares, aspirations)
    order = [int(i) for i in np.argsort(merit, kind="stable") if kept[i]][:count]
    document = {
        "run": str(run.path),
        "method": method,
        "weights": dict(zip(names, shares.tolist(), strict=True)) if method in WEIGHTED else None,
        "aspirations": dict(aspirations) or None,
        "left_out": [n for n, told in zip(names, telling(score), strict=True) if not told],
        "limits": list(limits),
        "candidates": int(kept.sum()),
        "front_size": len(kept),
        "designs": [_entry(run, row, float(merit[row])) for row in order],
    }
    deliver(document, partial(_text, run, document, order), as_json=as_json)
    return 0


def _check_options(
    method: str, weights: Mapping[str, float], aspirations: Mapping[str, float]
) -> None:
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
        return decide.weight_distance(score, weights)
    if method == "topsis":
        return decide.topsis(score, weights)
    if method == "asf":
        hoped = _hoped(run, values, score, aspirations)
        return decide.achievement(score, weights, hoped)
    by_name = {
        "knee": decide.knee_distance,
        "knee-angle": decide.bend_angle,
        "knee-trade-off": decide.trade_off,
    }
    return by_name[method](score)


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
    found = np.zeros(len(level))
    for k, objective in enumerate(run.objectives):
        column, point = values[:, k], level[k]
        if objective.log and (column > 0.0).all():
            column, point = np.log(column), np.log(point)
        best, worst = column[np.argmin(score[:, k])], column[np.argmax(score[:, k])]
        found[k] = (point - best) / (worst - best) if worst != best else 0.0
    return found


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
    kept = np.ones(len(run.front), dtype=np.bool_)
    for limit in limits:
        kept &= holds(limit, lambda name: _column(run, name), _names(run))
    return kept


def _tightest(run: RunData, limits: Sequence[str]) -> str:
    """Return why nothing is left: how many designs each limit admits on its own."""
    if len(run.front) == 0:
        return f"{run.path}: the front is empty"
    alone = [int(_within(run, [limit]).sum()) for limit in limits]
    parts = [f"'{limit}' admits {n}" for limit, n in zip(limits, alone, strict=True)]
    return f"no design of the front ({len(run.front)}) meets the limits: {'; '.join(parts)}"


def _entry(run: RunData, row: int, merit: float) -> dict[str, Any]:
    outputs = run.problem.outputs
    return {
        "design_id": str(run.front["design_id"].iloc[row]),
        "merit": merit,
        "objectives": {
            o.output: {
                "value": float(front_column(run, o.output)[row]),
                "unit": outputs[o.output].unit,
            }
            for o in run.objectives
        },
        "variables": {name: value_at(run, name, row) for name in run.space.names},
    }


def _text(run: RunData, document: Mapping[str, Any], order: Sequence[int]) -> str:
    names = [o.output for o in run.objectives]
    choices = [
        run.space.names[i] for i in run.space.free if run.space.variables[i].kind == "choice"
    ]
    header = [
        "design",
        "merit",
        *(wrapped(title(run.problem.outputs[name])) for name in names),
        *(wrapped(sentence(words(name))) for name in choices),
    ]
    rows = [
        [
            entry["design_id"],
            number(entry["merit"]),
            *(number(entry["objectives"][name]["value"]) for name in names),
            *(shown(value_at(run, name, row)) for name in choices),
        ]
        for entry, row in zip(document["designs"], order, strict=True)
    ]
    lines = plain_table(header, rows, "l" + "r" * (1 + len(names)) + "l" * len(choices))
    left = f"{document['candidates']} of {document['front_size']} designs considered"
    weights = document["weights"]
    if weights:
        left += "; weights " + ", ".join(f"{k} {v:.3g}" for k, v in weights.items())
    if document["left_out"]:
        left += f"; left out, equal on the whole front: {', '.join(document['left_out'])}"
    head = f"{document['method']}: {left}; the smallest merit is best"
    return "\n".join([head, "", *lines]) + "\n"
