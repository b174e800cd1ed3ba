"""Every published or independently computed point against the model.

The points are rows of ``problems/data/validation_cases.csv``. A row names a quantity of one of the
``validation_*`` modules, which calls the model with the inputs of the row. A point whose status is
``must`` has to lie within its tolerance; a ``known_deviation`` is reported with its reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from problems.spec import SpecError, nearest
from problems.validation import text as validation_text
from problems.validation.cases import QUANTITIES, Case, Point, load_cases
from problems.validation.inputs import Inputs

#: Rounding of a sum in double precision must not decide a verdict.
_SLACK = 1e-9


def _deviation(case: Case, value: float) -> float:
    """Distance between model and expectation in the measure of the tolerance."""
    if case.tolerance_type == "abs":
        return value - case.expected
    if case.tolerance_type == "rel":
        return value / case.expected - 1.0
    ratio = value / case.expected
    return max(ratio, 1.0 / ratio) if ratio > 0.0 else math.inf


def check(case: Case) -> Point:
    """Ask the model for one point.

    Raises
    ------
    SpecError
        For an input that the quantity does not know or does not get.
    """
    inputs = Inputs.parse(case.inputs)
    value = QUANTITIES[case.call](inputs)
    if inputs.unread():
        raise SpecError(case.id, f"inputs nobody reads: {', '.join(inputs.unread())}")
    deviation = _deviation(case, value)
    return Point(case, value, deviation, abs(deviation) <= case.tolerance * (1.0 + _SLACK))


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """All points that were asked for."""

    points: tuple[Point, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 when a point that must hold does not, else 0."""
        return int(any(p.case.status == "must" and not p.ok for p in self.points))

    def counts(self) -> dict[str, int]:
        """Return how many points hold, fail and are known to deviate."""
        return validation_text.count_verdicts(self.points)

    def to_json(self) -> dict[str, Any]:
        """Return the document that ``heliofront validate --json`` prints."""
        return {
            "points": [
                {
                    "id": p.case.id,
                    "expected": p.case.expected,
                    "value": p.value,
                    "deviation": p.deviation,
                    "tolerance": p.case.tolerance,
                    "ok": p.ok,
                    "status": p.case.status,
                    "source": p.case.source,
                    "tolerance_type": p.case.tolerance_type,
                    "discipline": p.case.discipline,
                    "quantity": p.case.quantity,
                    "inputs": p.case.inputs,
                    "unit": p.case.unit,
                    "kind": p.case.kind,
                    "locator": p.case.locator,
                    "reason": p.case.reason,
                }
                for p in self.points
            ]
        }

    def table(self, columns: int) -> str:
        """Return a table for a terminal of some columns, by discipline, reasons below it."""
        return validation_text.terminal(self.points, columns)

    def markdown(self) -> str:
        """Return the tables of the page: counts, every point by discipline, known deviations."""
        return validation_text.markdown(self.points)


def run_validation(only: str | None = None) -> ValidationReport:
    """Ask the model for every point of the table.

    Parameters
    ----------
    only
        Beginning of an id, or a discipline; all points when None.

    Returns
    -------
    ValidationReport
        Points in the order of the table.

    Raises
    ------
    SpecError
        For a malformed table, or when nothing matches ``only``.

    Examples
    --------
    >>> report = run_validation("O01")
    >>> report.points[0].verdict, report.exit_code
    ('ok', 0)
    """
    cases = load_cases()
    if only is not None:
        cases = tuple(c for c in cases if c.id.startswith(only) or c.discipline == only)
        if not cases:
            names = [c.id for c in load_cases()] + [c.discipline for c in load_cases()]
            raise SpecError("only", f"no point called '{only}'", nearest(only, names))
    return ValidationReport(tuple(check(case) for case in cases))
