"""The points of the validation: what is asked, what is expected, and what the model says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from problems.parameters.assumptions import read_table
from problems.spec import SpecError, nearest
from problems.validation import bus as validation_bus
from problems.validation import orbit as validation_orbit
from problems.validation import peers as validation_peers
from problems.validation import radiation as validation_radiation
from problems.validation import satellite as validation_satellite
from problems.validation import supply as validation_supply
from problems.validation import together as validation_together
from problems.validation.inputs import Quantity

QUANTITIES: Mapping[str, Quantity] = {
    **validation_orbit.QUANTITIES,
    **validation_bus.QUANTITIES,
    **validation_radiation.QUANTITIES,
    **validation_supply.QUANTITIES,
    **validation_satellite.QUANTITIES,
    **validation_peers.QUANTITIES,
    **validation_together.QUANTITIES,
}
TOLERANCE_TYPES = ("abs", "rel", "factor")
KINDS = ("published", "cross-tool", "hand")
STATUSES = ("must", "known_deviation")


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table: what is asked, what is expected, and who says so."""

    id: str
    discipline: str
    quantity: str
    inputs: str
    call: str
    expected: float
    unit: str
    tolerance_type: str
    tolerance: float
    kind: str
    status: str
    source: str
    locator: str
    reason: str

    def __post_init__(self) -> None:
        choices = (
            (self.call, QUANTITIES),
            (self.tolerance_type, TOLERANCE_TYPES),
            (self.kind, KINDS),
            (self.status, STATUSES),
        )
        for value, allowed in choices:
            if value not in allowed:
                raise SpecError(self.id, f"'{value}' is not known", nearest(value, allowed))
        if not self.source or (self.status == "known_deviation" and not self.reason):
            raise SpecError(self.id, "needs a source, and a known deviation a reason")
        if self.tolerance_type != "abs" and self.expected == 0.0:
            raise SpecError(self.id, "a relative tolerance needs an expected value other than 0")


@dataclass(frozen=True, slots=True)
class Point:
    """A case with what the model says.

    ``deviation`` is measured as the tolerance is: the difference, the relative difference, or the
    factor (at least 1) between both values.
    """

    case: Case
    value: float
    deviation: float
    ok: bool

    @property
    def verdict(self) -> str:
        """Return what a reader sees: ok, FAIL, or that the deviation is known."""
        if self.case.status == "known_deviation":
            return "known deviation"
        return "ok" if self.ok else "FAIL"


@cache
def load_cases() -> tuple[Case, ...]:
    """Read the table of points.

    Raises
    ------
    SpecError
        For a duplicate, an unknown quantity, kind, status or tolerance, a missing source, or a
        known deviation without reason.
    """
    cases: dict[str, Case] = {}
    for cells in read_table("validation_cases.csv"):
        text = {key: (value or "").strip() for key, value in cells.items()}
        numbers = {key: float(text.pop(key)) for key in ("expected", "tolerance")}
        fields: dict[str, Any] = {**text, **numbers}
        case = Case(**fields)
        if case.id in cases:
            raise SpecError(case.id, "appears twice in validation_cases.csv")
        cases[case.id] = case
    return tuple(cases.values())
