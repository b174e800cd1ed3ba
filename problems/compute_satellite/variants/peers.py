"""The peers: whose numbers the scenarios carry, what they would fly, and what they count.

A peer's *assumptions* are a scenario of the same name. Its *design* and its *boundary* (what its
published cost includes, and the conventions by which it adds up) are rows of ``peers.csv``. Needs
no numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from problems.compute_satellite.declarations import COST_BOUNDARIES, assumption_units, scenarios
from problems.compute_satellite.variables import all_variables
from problems.parameters.assumptions import read_table
from problems.spec import SpecError, Value, nearest

KINDS = ("design", "boundary")
#: Row that names one of the model's cost boundaries; the other boundary rows are assumptions.
BOUNDARY_KEY = "cost_boundary"


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One sourced statement about a peer: a variable of its design, or a rule of its count."""

    peer: str
    kind: str
    key: str
    value: str
    source: str
    locator: str
    reason: str

    @property
    def stated(self) -> bool:
        """False where the peer is silent and the value is ours."""
        return self.source not in ("model_choice", "estimate")


@dataclass(frozen=True, slots=True)
class Peer:
    """What stands for a scenario: a design and a way of counting.

    A scenario that belongs to no peer has an empty design (every variable at its default) and
    counts everything.
    """

    name: str
    design: Mapping[str, Value]
    cost_boundary: str
    conventions: Mapping[str, float]
    rows: tuple[PeerRow, ...]

    @property
    def published(self) -> bool:
        """True for a peer's own assumption set."""
        return bool(self.rows)

    @property
    def unstated(self) -> tuple[str, ...]:
        """Variables of the design that the peer does not state."""
        said = {row.key for row in self.rows if row.kind == "design" and row.stated}
        return tuple(v.name for v in all_variables() if v.name not in said)


def _design_value(row: PeerRow) -> Value:
    """Return the value of a design row as its variable takes it."""
    declared = {variable.name: variable for variable in all_variables()}
    if row.key not in declared:
        hint = nearest(row.key, declared)
        raise SpecError(row.key, f"peers.csv: unknown variable of {row.peer}", hint)
    variable = declared[row.key]
    value: Value = row.value if variable.kind == "choice" else float(row.value)
    return variable.decode(variable.encode(value))


def _peer(name: str, rows: tuple[PeerRow, ...]) -> Peer:
    boundary = next((r.value for r in rows if r.key == BOUNDARY_KEY), "full")
    if boundary not in COST_BOUNDARIES:
        hint = nearest(boundary, COST_BOUNDARIES)
        raise SpecError(name, f"peers.csv: unknown boundary '{boundary}'", hint)
    rules = [r for r in rows if r.kind == "boundary" and r.key != BOUNDARY_KEY]
    for row in rules:
        if row.key not in assumption_units():
            hint = nearest(row.key, assumption_units())
            raise SpecError(row.key, f"peers.csv: unknown assumption of {name}", hint)
    return Peer(
        name,
        {row.key: _design_value(row) for row in rows if row.kind == "design"},
        boundary,
        {row.key: float(row.value) for row in rules},
        rows,
    )


@cache
def peers() -> Mapping[str, Peer]:
    """Return every scenario with its design and boundary, in the order of ``scenarios.csv``.

    Raises
    ------
    SpecError
        When a row of ``peers.csv`` names an unknown scenario, kind, variable, boundary or
        assumption.

    Examples
    --------
    >>> peers()["suncatcher"].cost_boundary, peers()["suncatcher"].design["array_area_m2"]
    ('launch_only', 105.0)
    >>> peers()["2030"].published
    False
    """
    known = scenarios()
    rows: dict[str, list[PeerRow]] = {name: [] for name in known}
    for cells in read_table("peers.csv"):
        row = PeerRow(**{key: (value or "").strip() for key, value in cells.items()})
        if row.peer not in known:
            raise SpecError("peers.csv", f"unknown scenario '{row.peer}'", nearest(row.peer, known))
        if row.kind not in KINDS:
            raise SpecError("peers.csv", f"unknown kind '{row.kind}'", nearest(row.kind, KINDS))
        rows[row.peer].append(row)
    return {name: _peer(name, tuple(own)) for name, own in rows.items()}


def peer(name: str) -> Peer:
    """Return one scenario with its design and boundary.

    Raises
    ------
    SpecError
        For an unknown name, with the nearest one.
    """
    known = peers()
    if name not in known:
        raise SpecError("scenario", f"unknown scenario '{name}'", nearest(name, known))
    return known[name]
