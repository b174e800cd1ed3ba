"""The frozen benchmark for Optuna: a define-by-run objective with conditional variables.

A variable that a choice makes inactive is not suggested. Samplers of Optuna 5 read the violations
as the trial's constraints; for those that want ``constraints_func`` there is
:func:`violations_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial, Trial

from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.spec import Value, Variable
from problems.units import FloatArray

_KEY = "violations"


class Objective:
    """Suggests the active variables of one design and returns its three objectives.

    Parameters
    ----------
    bench
        The frozen problem.
    """

    def __init__(self, bench: FrozenSatellite) -> None:
        self.bench = bench

    def __call__(self, trial: Trial) -> tuple[float, ...]:
        """Return the objectives of the design that a trial suggests."""
        f, g = self.bench.judge(self.design(trial))
        trial.set_user_attr(_KEY, g[0].tolist())
        for constraint, value in zip(self.bench.constraints, g[0].tolist(), strict=True):
            trial.set_constraint(constraint.name, value)
        return tuple(f[0].tolist())

    def design(self, trial: Any) -> FloatArray:
        """Return the canonical ``(1, n_var)`` design that a trial describes.

        Deciding variables come first in the declarations, so each is known when it is needed.
        """
        space = self.bench.space
        chosen: dict[str, Value] = {}
        row = space.defaults[None].copy()
        for i, variable in enumerate(space.variables):
            if all(chosen[c.variable] in c.choices for c in variable.active_when):
                chosen[variable.name] = _suggest(trial, variable)
                row[0, i] = variable.encode(chosen[variable.name])
        return self.bench.canonical(np.asarray(row))


def _suggest(trial: Any, variable: Variable) -> Value:
    if variable.kind == "choice":
        return str(trial.suggest_categorical(variable.name, variable.choices))
    low, high, log = variable.lower, variable.upper, variable.log
    if variable.kind == "integer":
        return float(trial.suggest_int(variable.name, int(low), int(high), log=log))
    return float(trial.suggest_float(variable.name, low, high, log=log))


def violations_of(trial: FrozenTrial) -> Sequence[float]:
    """Return the violations of a finished trial, at most 0 when feasible (``constraints_func``)."""
    violations: Sequence[float] = trial.user_attrs[_KEY]
    return violations
