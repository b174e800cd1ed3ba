"""``heliofront select``: the designs of a front that fit what a person wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimize.designs.choice import NoDesignLeftError, ranking
from optimize.designs.table import front_column, value_at
from optimize.run.folder import load_run
from optimize.utils.answer import deliver
from optimize.utils.labels import number, sentence, shown, title, words, wrapped
from optimize.utils.terminal import fitted_table

if TYPE_CHECKING:
    from optimize.run.folder import RunData


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
    try:
        ranked = ranking(run, method, weights=weights, aspirations=aspirations, limits=limits)
    except NoDesignLeftError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    order = ranked.rows[:count].tolist()
    document = {
        "run": str(run.path),
        "method": method,
        "weights": ranked.weights,
        "aspirations": dict(aspirations) or None,
        "left_out": ranked.left_out,
        "limits": list(limits),
        "candidates": len(ranked.rows),
        "front_size": len(run.front),
        "designs": [_entry(run, row, float(ranked.merit[row])) for row in order],
    }
    deliver(document, partial(_text, run, document, order), as_json=as_json)
    return 0


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
    lines = fitted_table(header, rows, "l" + "r" * (1 + len(names)) + "l" * len(choices))
    scope = f"{document['candidates']} of {document['front_size']} designs considered"
    weights = document["weights"]
    if weights:
        scope += "; weights " + ", ".join(f"{k} {v:.3g}" for k, v in weights.items())
    if document["left_out"]:
        scope += f"; left out, equal on the whole front: {', '.join(document['left_out'])}"
    head = f"{document['method']}: {scope}; the smallest merit is best"
    return "\n".join([head, "", *lines]) + "\n"
