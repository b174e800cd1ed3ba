"""The vocabulary of a design problem: variables, outputs, objectives, constraints.

Everything a reader sees (config schema, table headings, axis labels, Parquet metadata) is derived
from these declarations. The module does not need numpy, so a configuration can be checked without
loading it; :mod:`problems.space` turns declarations into matrices.
"""

from problems.spec.vocabulary import (
    OBJECTIVE_LIMIT,
    Breakdown,
    Condition,
    Constraint,
    Kind,
    Objective,
    Output,
    Sense,
    SpecError,
    Value,
    Variable,
    has_true_zero,
    listed,
    nearest,
    unknown,
)

__all__ = [
    "OBJECTIVE_LIMIT",
    "Breakdown",
    "Condition",
    "Constraint",
    "Kind",
    "Objective",
    "Output",
    "Sense",
    "SpecError",
    "Value",
    "Variable",
    "has_true_zero",
    "listed",
    "nearest",
    "unknown",
]
