"""The outcome of a check: pairs of numbers, or why it could not be made."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

#: A relative difference above this is marked.
LARGE = 0.1


@dataclass(frozen=True, slots=True)
class Pair:
    """One quantity, ours and independent; ``scale`` is what a difference is measured against.

    Without ``scale`` that is the independent value. A scale keeps a tiny number, such as the dose
    under the belts, from making a large relative difference of nothing.
    """

    quantity: str
    unit: str
    ours: float
    independent: float
    tool: str
    note: str = ""
    scale: float | None = None

    @property
    def difference(self) -> float:
        """Return (ours - independent) over the scale.

        Examples
        --------
        >>> Pair("period_min", "min", 99.0, 100.0, "a tool").difference
        -0.01
        """
        scale = max(abs(self.independent), self.scale or 0.0)
        if scale == 0.0:
            return 0.0 if self.ours == 0.0 else math.inf
        return (self.ours - self.independent) / scale

    @property
    def large(self) -> bool:
        """True when the difference is worth a look."""
        return not abs(self.difference) <= LARGE

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "quantity": self.quantity,
            "unit": self.unit,
            "ours": self.ours,
            "independent": self.independent,
            "difference": self.difference,
            "large": self.large,
            "tool": self.tool,
            "note": self.note,
        }


class InapplicableError(Exception):
    """A check that does not apply to this design."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check."""

    check: str
    status: str  # done, skipped or failed
    pairs: tuple[Pair, ...] = ()
    reason: str = ""
    tools: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "check": self.check,
            "status": self.status,
            "reason": self.reason,
            "tools": list(self.tools),
            "pairs": [pair.to_json() for pair in self.pairs],
        }


def missing(modules: Iterable[str]) -> tuple[str, ...]:
    """Return which of some modules cannot be imported, without importing them.

    Examples
    --------
    >>> missing(["json", "no_such_module", "problems.no_such_part"])
    ('no_such_module', 'problems.no_such_part')
    """
    return tuple(name for name in modules if not _present(name))


def _present(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is missing
        return False


def named(distribution: str) -> str:
    """Return a distribution with its version.

    Examples
    --------
    >>> named("no-such-distribution")
    'no-such-distribution'
    """
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return distribution
