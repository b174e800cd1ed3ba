"""The grounds that a satellite may compete with: named sets of assumptions of the ground alone.

Needs no numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from problems.compute_satellite.declarations import assumption_units
from problems.parameters.assumptions import read_table
from problems.spec import SpecError, nearest

_GROUP = "ground."


@dataclass(frozen=True, slots=True)
class Reason:
    """Where a number of a ground comes from."""

    source: str
    locator: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground: overrides by key, each with its source; what it leaves alone is as tabulated."""

    name: str
    overrides: Mapping[str, float]
    reasons: Mapping[str, Reason]


@cache
def grounds() -> Mapping[str, Ground]:
    """Return the grounds by name, in the order of ``grounds.csv``.

    Raises
    ------
    SpecError
        For a key that is no assumption of the ground.

    Examples
    --------
    >>> grounds()["hyperscale"].overrides["ground.pue"]
    1.09
    """
    known = [key for key in assumption_units() if key.startswith(_GROUP)]
    named: dict[str, tuple[dict[str, float], dict[str, Reason]]] = {}
    for row in read_table("grounds.csv"):
        key = row["key"]
        if key not in known:
            message = f"grounds.csv: no assumption of the ground, for {row['ground']}"
            raise SpecError(key, message, nearest(key, known))
        overrides, reasons = named.setdefault(row["ground"], ({}, {}))
        overrides[key] = float(row["value"])
        reasons[key] = Reason(row["source"], row["locator"], row["reason"])
    return {name: Ground(name, *parts) for name, parts in named.items()}
