"""A master document against this version of the model: every number that it holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.evaluation.robust import PREFIX
from optimize.evaluation.rows import design_ids
from optimize.export.document import assumption_entries, document_row, variable_entries
from optimize.utils.files import plain
from problems.parameters.own_hardware import own_rows
from problems.space import Problem, violation
from problems.spec import Constraint, SpecError
from problems.units import FloatArray

TOLERANCE = 1e-9
#: Parts of a document whose entries the model knows all of: one that is missing was left out.
_WHOLE = ("variables", "outputs", "breakdowns", "assumptions")
#: Fields of an entry that are compared, where the model has them.
_FIELDS = (
    *("value", "unit", "active", "kind", "margin", "feasible", "output"),
    *("low", "high", "total", "items"),
)

Part = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as the document says; None stands for no finite value.

    ``relative`` is the difference over the larger of two numbers, infinite for anything else.
    """

    part: str
    name: str
    field: str
    unit: str
    document: Any
    model: Any
    relative: float

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain data."""
        return {
            "name": self.name,
            "field": self.field,
            "unit": self.unit,
            "document": self.document,
            "here": self.model,
            "relative": self.relative,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A document against this version of the model.

    ``missing`` is what the model has and the document lacks, ``extra`` the reverse, both as
    ``part.name``; ``apart`` are risk measures, whose futures a document does not hold.
    """

    document: Mapping[str, Any]
    model_version: str
    design_id: str
    compared: int
    differences: tuple[Difference, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def same(self) -> bool:
        """True when everything that can be compared is there and the same."""
        return not (self.differences or self.missing or self.extra)

    def of(self, part: str) -> tuple[Difference, ...]:
        """Return the differences in one part of the document."""
        return tuple(d for d in self.differences if d.part == part)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return {
            "design_id": self.document["design_id"],
            "design_id_here": self.design_id,
            "model_version": self.document["problem"]["model_version"],
            "model_version_here": self.model_version,
            "same": self.same,
            "tolerance": TOLERANCE,
            "compared": self.compared,
            **{part: [d.to_json() for d in self.of(part)] for part in PARTS},
            "missing": list(self.missing),
            "extra": list(self.extra),
            "not_compared": list(self.apart),
        }


#: Parts of a document that hold numbers, and ``design`` for those beside them.
PARTS = ("design", "variables", "objectives", "constraints", "outputs", "breakdowns", "assumptions")


def compare(document: Mapping[str, Any], problem: Problem) -> Comparison:
    """Evaluate the design of a document with a problem and compare all that the document holds.

    Raises
    ------
    SpecError
        For a variable or choice that the problem does not have, a value outside its bounds, or a
        number in another unit: nothing is converted.
    """
    row = document_row(document, problem)
    identity = design_ids(row, problem)[0]
    modelled = plain(_as_modelled(document, problem, row))
    stated = {part: _without_risks(document[part]) for part in modelled}
    _check_units(stated["outputs"], modelled["outputs"])
    differences, compared = list(_feasibility(document)), 1
    for part, entries in modelled.items():
        for name in stated[part].keys() & entries.keys():
            changed, count = _entry_differences(part, name, stated[part][name], entries[name])
            differences += changed
            compared += count
    return Comparison(
        document=document,
        model_version=problem.version,
        design_id=identity,
        compared=compared,
        differences=tuple(sorted(differences, key=lambda d: (d.part, d.name, d.field))),
        missing=tuple(_left_out(_WHOLE, modelled, stated)),
        extra=tuple(_left_out(PARTS, stated, modelled)),
        apart=tuple(f"{p}.{name}" for p in modelled for name in document[p] if _is_risk(name)),
    )


def _is_risk(name: str) -> bool:
    return name.startswith(PREFIX)


def _without_risks(part: Part) -> Part:
    return {
        name: entry
        for name, entry in part.items()
        if not _is_risk(name) and not _is_risk(str(entry.get("output", "")))
    }


def _left_out(parts: tuple[str, ...], first: Mapping[str, Part], second: Mapping[str, Part]) -> Any:
    """Yield ``part.name`` of the entries that the first side has and the second lacks."""
    for part in parts:
        for name in first.get(part, {}):
            if name not in second[part]:
                yield f"{part}.{name}"


def _check_units(stated: Part, modelled: Part) -> None:
    for name in stated.keys() & modelled.keys():
        if stated[name]["unit"] != modelled[name]["unit"]:
            message = f"is in '{stated[name]['unit']}', the model has '{modelled[name]['unit']}'"
            raise SpecError(f"outputs.{name}", message)


def _as_modelled(
    document: Mapping[str, Any], problem: Problem, row: FloatArray
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return every part of a document as the model has it."""
    outputs = {name: float(column[0]) for name, column in problem.evaluate(row).items()}
    numbers = {
        name: {"value": value, "unit": problem.outputs[name].unit}
        for name, value in outputs.items()
    }
    settings = document["problem"]
    return {
        "variables": variable_entries(problem, row),
        "objectives": {name: numbers[name] for name in document["objectives"] if name in numbers},
        "constraints": {
            name: _constraint(name, entry, problem, outputs)
            for name, entry in document["constraints"].items()
            if entry["output"] in outputs
        },
        "outputs": numbers,
        "breakdowns": {
            b.name: {"unit": b.unit, "total": b.total, "items": list(b.items)}
            for b in problem.breakdowns
        },
        "assumptions": assumption_entries(
            problem,
            row,
            settings["scenario"],
            dict.fromkeys(settings["overrides"], ""),
            own_rows(settings["catalog"]),
        ),
    }


def _constraint(
    name: str, entry: Mapping[str, Any], problem: Problem, outputs: Mapping[str, float]
) -> dict[str, Any]:
    """Return a constraint at the limits of the document, on the scale of the model."""
    own = next((c for c in problem.constraints if c.name == name), None)
    output = own.output if own is not None else entry["output"]
    scale = own.scale if own is not None else None
    limits = {side: entry[side] for side in ("lower", "upper")}
    limit = Constraint(name, output, entry["description"], **limits, scale=scale)
    violated = float(violation(limit, np.array(outputs[output])))
    return {
        "value": outputs[output],
        "unit": problem.outputs[output].unit,
        "output": output,
        "margin": 0.0 - violated,
        "feasible": violated <= 0.0,
    }


def _feasibility(document: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield a difference where a document contradicts its constraints on whether they hold."""
    held = all(entry["feasible"] for entry in document["constraints"].values())
    yield from _difference("design", "feasible", "", "", document["feasible"], held)


def _entry_differences(
    part: str, name: str, stated: Mapping[str, Any], modelled: Mapping[str, Any]
) -> tuple[list[Difference], int]:
    """Return the differing fields of one entry, and how many were compared."""
    differences: list[Difference] = []
    unit = str(modelled.get("unit", ""))
    fields = [field for field in _FIELDS if field in stated and field in modelled]
    for field in fields:
        differences += _difference(part, name, field, unit, stated[field], modelled[field])
    return differences, len(fields)


def _difference(
    part: str, name: str, field: str, unit: str, stated: Any, modelled: Any
) -> Iterator[Difference]:
    relative = _relative(stated, modelled)
    if relative > TOLERANCE:
        yield Difference(part, name, field, unit, stated, modelled, relative)


def _relative(stated: Any, modelled: Any) -> float:
    """Return the difference over the larger of two numbers; infinite for others that differ.

    Examples
    --------
    >>> _relative(100.0, 99.0), _relative(None, None), _relative(0.0, 0.0), _relative("m", "kg")
    (0.01, 0.0, 0.0, inf)
    """
    flags = isinstance(stated, bool) or isinstance(modelled, bool)
    if flags or not (isinstance(stated, int | float) and isinstance(modelled, int | float)):
        return 0.0 if stated == modelled and type(stated) is type(modelled) else math.inf
    size = max(abs(stated), abs(modelled))
    return abs(stated - modelled) / size if size else 0.0
