"""What to know before a search: shown by ``check``, ``run`` and the summary."""

from __future__ import annotations

from collections.abc import Sequence

from optimize.config.traits import advice
from problems.spec import Constraint, Objective


def study_notes(
    algorithm: str, objectives: Sequence[Objective], constraints: Sequence[Constraint]
) -> list[str]:
    """Return what a search by ``algorithm`` meets in these objectives and constraints.

    Examples
    --------
    >>> study_notes("nsga2", [], [Constraint("length", "length_m", "", lower=2.0, upper=2.0)])
    ["constraint 'length': lower and upper are both 2, a value that an output which varies \
continuously never takes exactly; give it a band"]
    """
    notes = advice(algorithm, len(objectives))
    notes += [
        f"objective '{o.output}' declares no ideal and reference: its scale, in which hypervolume "
        "is measured, will be that of the first feasible designs found"
        for o in objectives
        if not o.has_box
    ]
    notes += [
        f"constraint '{c.name}': lower and upper are both {c.upper:g}, a value that an output "
        "which varies continuously never takes exactly; give it a band"
        for c in constraints
        if c.is_equality
    ]
    return notes
