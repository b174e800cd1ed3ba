"""The import-design command: whether this version of the model gives the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimize.export.document import document_id, document_row
from optimize.export.reading import load_document
from optimize.utils.answer import deliver
from optimize.utils.labels import number
from problems.registry import PROBLEMS, load_problem
from problems.space import Problem
from problems.spec import SpecError
from problems.text_tables import plain_table

TOLERANCE = 1e-9
MOST_ROWS = 25  # differences printed; the JSON document has all of them


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is not what the document says; None stands for no finite value."""

    name: str
    unit: str
    document: float | None
    here: float | None
    relative: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            "unit": self.unit,
            "document": self.document,
            "here": self.here,
            "relative": self.relative,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A document against this version of the model."""

    document: Mapping[str, Any]
    problem: Problem
    design_id: str
    compared: int
    outputs: tuple[Difference, ...]
    assumptions: tuple[Difference, ...]
    unknown: tuple[str, ...]

    @property
    def same(self) -> bool:
        """True when every output that both know is the same."""
        return not self.outputs

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return {
            "design_id": self.document["design_id"],
            "design_id_here": self.design_id,
            "model_version": self.document["problem"]["model_version"],
            "model_version_here": self.problem.version,
            "same": self.same,
            "tolerance": TOLERANCE,
            "outputs_compared": self.compared,
            "outputs": [d.to_json() for d in self.outputs],
            "assumptions": [d.to_json() for d in self.assumptions],
            "outputs_unknown_here": list(self.unknown),
        }

    def to_text(self) -> str:
        """Return the comparison for a terminal."""
        theirs = self.document["problem"]["model_version"]
        lines = [
            f"design {self.document['design_id']} of model version {theirs}, "
            f"evaluated by version {self.problem.version}: "
            f"{len(self.outputs)} of {self.compared} outputs differ by more than {TOLERANCE:g}"
        ]
        if self.design_id != self.document["design_id"]:
            lines.append(f"its identity here is {self.design_id}")
        if self.unknown:
            lines.append(f"outputs that this version does not have: {', '.join(self.unknown)}")
        for title, found in (("output", self.outputs), ("assumption", self.assumptions)):
            lines += _differences(title, found)
        return "\n".join(lines) + "\n"


def _differences(title: str, found: tuple[Difference, ...]) -> list[str]:
    """Return the largest differences as a table."""
    if not found:
        return []
    worst = sorted(found, key=lambda d: -d.relative)[:MOST_ROWS]
    rows = [
        (d.name, d.unit, _shown(d.document), _shown(d.here), f"{d.relative:.2g}") for d in worst
    ]
    more = [f"and {len(found) - MOST_ROWS} more: --json has all"] if len(found) > MOST_ROWS else []
    header = (title, "unit", "document", "here", "relative")
    return ["", *plain_table(header, rows, "llrrr"), *more]


def _shown(value: float | None) -> str:
    return "-" if value is None else number(value)


def import_design(path: Path, *, allowed: str | None, as_json: bool) -> int:
    """Evaluate a document again and print what differs; 1 when an output does."""
    document = load_document(path)
    comparison = compare_document(document, allowed=allowed)
    deliver(comparison.to_json(), comparison.to_text, as_json=as_json)
    return 0 if comparison.same else 1


def compare_document(document: Mapping[str, Any], *, allowed: str | None = None) -> Comparison:
    """Evaluate the design of a document with this version of the model.

    Parameters
    ----------
    document
        Master document.
    allowed
        Name of a problem that may be imported although it is not shipped: a document comes from
        someone else, and a problem of their own is code.

    Raises
    ------
    SpecError
        For a problem that may not be loaded, or a design that this version does not know.
    """
    problem = _problem(document, allowed)
    row = document_row(document, problem)
    here = {name: float(column[0]) for name, column in problem.evaluate(row).items()}
    stated = document["outputs"]
    pairs = {
        name: (stated[name]["value"], value, problem.outputs[name].unit)
        for name, value in here.items()
        if name in stated
    }
    for name, (_, _, unit) in pairs.items():
        if stated[name]["unit"] != unit:
            message = f"is in '{stated[name]['unit']}', the model has '{unit}'"
            raise SpecError(f"outputs.{name}", message)
    values = problem.assumptions
    assumed = {
        key: (entry["value"], values[key], entry["unit"])
        for key, entry in document["assumptions"].items()
        if key in values
    }
    return Comparison(
        document=document,
        problem=problem,
        design_id=document_id(document, problem),
        compared=len(pairs),
        outputs=_differing(pairs),
        assumptions=_differing(assumed),
        unknown=tuple(name for name in stated if name not in here),
    )


def _problem(document: Mapping[str, Any], allowed: str | None) -> Problem:
    settings = document["problem"]
    name = settings["name"]
    if name not in PROBLEMS and name != allowed:
        message = f"'{name}' is not a shipped problem; --problem {name} allows loading its code"
        raise SpecError("problem.name", message)
    return load_problem(
        name,
        scenario=settings["scenario"],
        assumptions=settings["overrides"],
        cost_boundary=settings["cost_boundary"],
        allow_unverified=settings["allow_unverified"],
    )


def _differing(pairs: Mapping[str, tuple[float | None, float, str]]) -> tuple[Difference, ...]:
    """Return the pairs (document, here, unit) that differ beyond the tolerance."""
    found = []
    for name, (stated, value, unit) in pairs.items():
        here = value if math.isfinite(value) else None
        relative = _relative(stated, here)
        if relative > TOLERANCE:
            found.append(Difference(name, unit, stated, here, relative))
    return tuple(found)


def _relative(stated: float | None, here: float | None) -> float:
    """Return the difference over the larger of two numbers; infinite when only one is a number.

    Examples
    --------
    >>> _relative(100.0, 99.0), _relative(None, None), _relative(0.0, 0.0)
    (0.01, 0.0, 0.0)
    """
    if stated is None or here is None:
        return 0.0 if stated is here else math.inf
    size = max(abs(stated), abs(here))
    return float(np.abs(stated - here) / size) if size else 0.0
