"""The import-design command: whether this version of the model gives the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimize.config.problem import allow_hint, is_allowed
from optimize.config.run_config import EvaluationSetting
from optimize.evaluation.guard import guarded
from optimize.export.comparison import PARTS, TOLERANCE, Comparison, Difference, compare
from optimize.export.reading import load_document
from optimize.utils.answer import deliver
from optimize.utils.labels import number
from optimize.utils.terminal import fitted_table
from problems.registry import load_problem
from problems.space import Problem
from problems.spec import SpecError

MOST_ROWS = 25  # differences printed of each part; the JSON document has all of them


def import_design(path: Path, *, as_json: bool) -> int:
    """Evaluate a document again and print what differs; 1 when anything does."""
    comparison = compare_document(load_document(path))
    deliver(comparison.to_json(), lambda: to_text(comparison), as_json=as_json)
    return 0 if comparison.same else 1


def compare_document(document: Mapping[str, Any]) -> Comparison:
    """Evaluate the design of a document with this version of the model.

    Parameters
    ----------
    document
        Master document. It comes from someone else, and a problem of their own is code, which is
        loaded only when the user named it (:func:`optimize.config.problem.allow`).

    Raises
    ------
    SpecError
        For a problem that may not be loaded, or a design that this version does not know.
    """
    return compare(document, _problem(document))


def _problem(document: Mapping[str, Any]) -> Problem:
    settings = document["problem"]
    name = settings["name"]
    if not is_allowed(name):
        raise SpecError("problem.name", f"'{name}' is not a shipped problem; {allow_hint(name)}")
    problem = load_problem(
        name,
        scenario=settings["scenario"],
        assumptions=settings["overrides"],
        cost_boundary=settings["cost_boundary"],
        allow_unverified=settings["allow_unverified"],
        catalog=settings["catalog"],
    )
    return guarded(problem, EvaluationSetting()) if ":" in name else problem


def to_text(comparison: Comparison) -> str:
    """Return a comparison for a terminal."""
    document = comparison.document
    lines = [
        f"design {document['design_id']} of model version {document['problem']['model_version']}, "
        f"evaluated by version {comparison.model_version}: "
        f"{len(comparison.differences)} of {comparison.compared} entries differ "
        f"(numbers by more than {TOLERANCE:g})"
    ]
    if comparison.design_id != document["design_id"]:
        lines.append(f"its identity here is {comparison.design_id}")
    for title, names in (
        ("missing in the document", comparison.missing),
        ("not known to this version", comparison.extra),
        ("not compared, for their futures are not in the document", comparison.apart),
    ):
        lines += [f"{title}: {', '.join(names)}"] if names else []
    for part in PARTS:
        lines += _differences(part, comparison.of(part))
    return "\n".join(lines) + "\n"


def _differences(part: str, differences: tuple[Difference, ...]) -> list[str]:
    """Return the largest differences of one part as a table."""
    if not differences:
        return []
    worst = sorted(differences, key=lambda d: -d.relative)[:MOST_ROWS]
    rows = [
        (d.name, d.field, d.unit, _shown(d.document), _shown(d.model), f"{d.relative:.2g}")
        for d in worst
    ]
    hidden = len(differences) - MOST_ROWS
    more = [f"and {hidden} more: --json has all"] if hidden > 0 else []
    header = (part, "", "unit", "document", "here", "relative")
    return ["", *fitted_table(header, rows, "lllrrr"), *more]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
