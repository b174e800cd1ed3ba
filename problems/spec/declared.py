"""Declarations side by side: names that meet, and references that lead nowhere.

Needs no numpy, so that ``heliofront check`` finds what a search would stumble over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from problems.spec.faults import doubled, name_fault
from problems.spec.vocabulary import (
    Breakdown,
    Condition,
    Constraint,
    Objective,
    Output,
    SpecError,
    Variable,
    nearest,
    unknown,
)


def check_variables(variables: Sequence[Variable]) -> None:
    """Refuse variables that cannot stand side by side.

    Raises
    ------
    SpecError
        For two of one name, a choice of which nothing is open, or one that is active under a
        condition that cannot be.
    """
    known = {variable.name: variable for variable in variables}
    for name in doubled(variable.name for variable in variables):
        raise SpecError(name, "two variables have this name")
    for variable in variables:
        if variable.kind == "choice" and not variable.codes:
            raise SpecError(variable.name, "no choice is open")
        for condition in variable.active_when:
            _check_condition(variable, condition, known)


def _check_condition(
    variable: Variable, condition: Condition, known: Mapping[str, Variable]
) -> None:
    decider = known.get(condition.variable)
    if decider is None or decider.kind != "choice" or decider is variable:
        message = f"is active by '{condition.variable}', which is no other choice"
        raise SpecError(variable.name, message, nearest(condition.variable, known))
    if not condition.choices:
        raise SpecError(variable.name, f"is active for no choice of '{decider.name}'")
    for name in condition.choices:
        if name not in decider.choices:
            message = f"is active for '{name}', which is no choice of '{decider.name}'"
            raise SpecError(variable.name, message, nearest(name, decider.choices))


def check_outputs(
    outputs: Mapping[str, Output],
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    breakdowns: Sequence[Breakdown],
) -> None:
    """Refuse outputs that tables cannot hold, and whatever names none of them.

    Raises
    ------
    SpecError
        For a name that tables use themselves, an output under another key than its name, two
        objectives on one output, two constraints of one name, or an unknown output.
    """
    for key, output in outputs.items():
        fault = name_fault(output.name)
        if fault is not None or key != output.name:
            raise SpecError(str(key), fault or f"is the key of an output named '{output.name}'")
    for name in doubled(objective.output for objective in objectives):
        raise SpecError(name, "two objectives are on this output")
    for name in doubled(constraint.name for constraint in constraints):
        raise SpecError(name, "two constraints have this name")
    used = [("objective", objective.output) for objective in objectives]
    used += [(f"constraint '{constraint.name}'", constraint.output) for constraint in constraints]
    for breakdown in breakdowns:
        names = (breakdown.total, *breakdown.items)
        used += [(f"breakdown '{breakdown.name}'", name) for name in names]
    for what, name in used:
        if name not in outputs:
            raise SpecError(what, *unknown(f"unknown output '{name}'", str(name), outputs))
