"""The ``uncertainty:`` section meets the declarations of its problem (no numpy needed)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from optimize.config.faults import EnoughFaultsError, Fault, Faults
from optimize.config.problem import settings
from optimize.config.uncertainty import ALL, UncertaintySetting, correlation_fault
from problems.compute_satellite.declarations import overrides_in_force
from problems.parameters.own_hardware import own_rows
from problems.parameters.uncertain import Marginal, chosen_marginals, open_rows, uncertain_numbers
from problems.spec import Constraint, Objective, SpecError, nearest

if TYPE_CHECKING:
    from optimize.config.run_config import RunConfig
    from problems.compute_satellite.declarations import Declarations


def uncertainty_faults(
    config: RunConfig,
    declarations: Declarations,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    doubtful: Collection[str] = (),
) -> list[Fault]:
    """Return every name and value of the section that does not fit the problem.

    Parameters
    ----------
    config
        With an ``uncertainty`` section or without.
    declarations
        Of its problem, overrides applied.
    objectives, constraints
        Of the study.
    doubtful
        Sections with faults of their own: names that refer to them are not judged.
    """
    setting = config.uncertainty
    if setting is None:
        return []
    known = _marginals(config, declarations)
    if known is None:
        return [
            Fault(
                ("uncertainty",),
                f"problem '{config.problem}' has no futures: it needs 'marginals' and 'under'",
            )
        ]
    names = {}
    if "objectives" not in doubtful:
        names["risk"] = [o.output for o in objectives]
    if "constraints" not in doubtful:
        names["reliability"] = [c.name for c in constraints]
    faults = Faults()
    with suppress(EnoughFaultsError):
        _name_faults(setting, names, faults)
        drawn = _drawn(setting, known, declarations.assumption_units, faults)
        if not faults:
            _pair_faults(setting, drawn, faults)
    return faults


def _drawn(
    setting: UncertaintySetting, known: Sequence[Marginal], keys: Iterable[str], faults: Faults
) -> dict[str, Marginal]:
    """Return the numbers that vary, by key."""
    drawn: dict[str, Marginal] = {}
    for position, name in enumerate(setting.include or ("*",)):
        try:
            matches = chosen_marginals(known, [name], keys)
        except SpecError as error:
            location = ("uncertainty", "include", position)
            faults.append(Fault(location, f"'{name}' {error.message}", error.suggestion))
            continue
        drawn |= {marginal.key: marginal for marginal in matches}
    return drawn


def _name_faults(
    setting: UncertaintySetting, names: Mapping[str, Sequence[str]], faults: Faults
) -> None:
    """Note objectives and constraints that the study does not have."""
    for section, valid in names.items():
        for name in getattr(setting, section):
            if name not in (*valid, ALL):
                kind = "objective" if section == "risk" else "constraint"
                message = f"no such {kind} in this configuration"
                hint = nearest(name, [*valid, ALL])
                faults.append(Fault(("uncertainty", section, name), message, hint))


def _marginals(config: RunConfig, declarations: Declarations) -> tuple[Marginal, ...] | None:
    """Return what can be drawn; None for a problem of the user's own without futures."""
    if ":" in config.problem:
        from problems.parameters.futures import UncertainProblem
        from problems.registry import load_problem

        problem = load_problem(config.problem, **settings(config))
        return (problem.marginals or None) if isinstance(problem, UncertainProblem) else None
    known = {**declarations.derived_units, **declarations.assumption_units}
    values = {
        key: assumption.value for key, assumption in config.assumptions.items() if key in known
    }
    rows, own = open_rows(declarations.variables), own_rows(config.catalog)
    return uncertain_numbers(overrides_in_force(config.scenario, values, own), rows, own)


def _pair_faults(
    setting: UncertaintySetting, drawn: Mapping[str, Marginal], faults: Faults
) -> None:
    """Note correlations of numbers that do not vary, or that cannot hold together."""
    for position, entry in enumerate(setting.correlations):
        for side, key in enumerate(entry.between):
            if key not in drawn:
                location = ("uncertainty", "correlations", position, "between", side)
                message = f"'{key}' is not among the numbers that vary"
                faults.append(Fault(location, message, nearest(key, drawn)))
    if faults:
        return
    fault = correlation_fault([(*entry.between, entry.value) for entry in setting.correlations])
    if fault is not None:
        faults.append(Fault(("uncertainty", "correlations", fault[0]), fault[1]))
