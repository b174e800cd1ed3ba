"""A configuration meets the declarations of its problem: what exactly is searched.

Needs no numpy, so ``heliofront check`` stays quick. Every fault is collected before any is
reported.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimize.config.backend import missing_package
from optimize.config.check_uncertainty import uncertainty_faults
from optimize.config.faults import ConfigError, EnoughFaultsError, Fault, Faults, Location, Source
from optimize.config.problem import allow, settings
from optimize.config.run_config import (
    ConstraintSetting,
    ObjectiveSetting,
    RunConfig,
    VariableSetting,
    build_config,
)
from optimize.config.traits import search_faults
from problems.parameters.own_hardware import hardware_faults
from problems.registry import load_declarations
from problems.spec import (
    OBJECTIVE_LIMIT,
    Constraint,
    Objective,
    Output,
    SpecError,
    Variable,
    nearest,
    unknown,
)

#: Sections whose entries stand on their own.
_BY_NAME = ("variables", "constraints", "assumptions")

if TYPE_CHECKING:
    from problems.compute_satellite.declarations import Declarations
    from problems.space import Problem


@dataclass(frozen=True, slots=True)
class Study:
    """What is searched: narrowed variables, objectives and constraints of a problem."""

    variables: tuple[Variable, ...]
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the variables that a search can move, and that can matter in what it meets."""
        open_choices = {v.name: {v.choices[code] for code in v.codes} for v in self.variables}
        fixed = {v.name: {str(v.default)} for v in self.variables if v.is_fixed}
        met = open_choices | fixed
        return tuple(
            v.name
            for v in self.variables
            if not v.is_fixed and all(met[c.variable] & {*c.choices} for c in v.active_when)
        )


def check(config: RunConfig, source: Source) -> Study:
    """Check every name and value of ``config`` against its problem.

    Raises
    ------
    ConfigError
        With every fault found, each at its line and column.
    """
    faults = Faults()
    with suppress(EnoughFaultsError):
        declarations = _declarations(config, source, faults)
        variables = _variables(config, declarations.variables, faults)
        if not faults:
            clashes = declarations.clashes(variables)
            faults += [Fault(("variables", clash.key), clash.message) for clash in clashes]
        objectives = _objectives(config, declarations, faults)
        constraints = _constraints(config, declarations, faults)
        doubtful = {str(fault.location[0]) for fault in faults}
        faults += uncertainty_faults(config, declarations, objectives, constraints, doubtful)
        search = config.algorithm
        designs = search.population, search.budget
        for key, message in search_faults(search.name, *designs, len(objectives)):
            unset = key == "evaluations" and search.evaluations is None
            faults.append(Fault(("algorithm", "generations" if unset else key), message))
        if (missing := missing_package(config)) is not None:
            faults.append(Fault(("backend",), missing))
        if not faults:
            return Study(variables, objectives, constraints)
    raise source.error(faults)


def study_of(config: RunConfig, problem: Problem) -> Study:
    """Return the study of a configuration already known to be valid."""
    source = Source("config.yaml", {})
    faults: list[Fault] = []
    study = Study(
        _variables(config, problem.space.variables, faults),
        _objectives(config, problem, faults),
        _constraints(config, problem, faults),
    )
    if faults:
        raise source.error(faults)
    return study


def _declarations(config: RunConfig, source: Source, faults: list[Fault]) -> Declarations:
    """Load the declarations; a fault of scenario, problem or assumptions stops here."""
    allow(config.problem)
    arguments = settings(config)
    if hardware := hardware_faults(config.catalog):
        raise source.error([Fault(("catalog", *at), text, hint) for at, text, hint in hardware])
    try:
        bare = load_declarations(config.problem, **{**arguments, "assumptions": {}})
    except SpecError as error:
        if error.key in ("problem", "scenario", "cost_boundary", "catalog"):
            raise source.error([Fault((error.key,), error.message, error.suggestion)]) from None
        message = f"{error.key}: {error.message}"  # a declaration of the problem itself
        raise source.error([Fault(("problem",), message, error.suggestion)]) from None
    known = {**bare.derived_units, **bare.assumption_units}
    for key in config.assumptions:
        if key not in known:
            faults.append(Fault(("assumptions", key), *unknown("unknown assumption", key, known)))
    if faults or not config.assumptions:
        return bare
    try:
        return load_declarations(config.problem, **arguments)
    except SpecError as error:
        location: Location = ("assumptions",)
        if error.key in config.assumptions:
            location = ("assumptions", error.key)
        message = error.message if error.key in config.assumptions else str(error)
        raise source.error([Fault(location, message, error.suggestion)]) from None


def _variables(
    config: RunConfig, variables: Iterable[Variable], faults: list[Fault]
) -> tuple[Variable, ...]:
    declared = {variable.name: variable for variable in variables}
    for name in config.variables:
        if name not in declared:
            faults.append(Fault(("variables", name), *unknown("unknown variable", name, declared)))
    narrowed = []
    for name, variable in declared.items():
        entry = config.variables.get(name)
        if variable.dated_by in config.variables:
            variable = variable.opened(_latest(config, declared[variable.dated_by]))
        if variable.kind == "choice" and not variable.codes:
            faults.append(Fault(("variables", name), "no choice is open in this scenario"))
        narrowed.append(variable if entry is None else _narrow(variable, entry, faults))
    return tuple(narrowed)


def _latest(config: RunConfig, year: Variable) -> float:
    """Return the last year that the configuration searches; its faults are noted elsewhere."""
    return _narrow(year, config.variables[year.name], []).upper


def _narrow(variable: Variable, entry: VariableSetting, faults: list[Fault]) -> Variable:
    """Return ``variable`` as set by ``entry``; unchanged, with faults noted, when that is wrong."""
    location: Location = ("variables", variable.name)
    before = len(faults)
    for key in ("fix", "lower", "upper"):
        value = getattr(entry, key)
        if value is not None and not (variable.kind == "choice" and key != "fix"):
            _try_value(variable, value, (*location, key), faults)
    for position, choice in enumerate(entry.choices or ()):
        if variable.kind == "choice":
            _try_value(variable, choice, (*location, "choices", position), faults)
    if len(faults) > before:
        return variable
    try:
        if entry.fix is not None:
            return variable.fix(entry.fix)
        return variable.narrow(lower=entry.lower, upper=entry.upper, choices=entry.choices)
    except SpecError as error:
        faults.append(Fault(location, error.message, error.suggestion))
    return variable


def _try_value(
    variable: Variable, value: float | str, location: Location, faults: list[Fault]
) -> None:
    """Note a fault when ``value`` is unknown, out of bounds or closed."""
    try:
        code = variable.encode(value)
    except SpecError as error:
        faults.append(Fault(location, error.message, error.suggestion))
        return
    if variable.kind == "choice" and int(code) not in variable.codes:
        opened = ", ".join(variable.choices[c] for c in variable.codes)
        faults.append(
            Fault(
                location,
                f"'{value}' is closed in this scenario ({_closed_text(variable, int(code))}); "
                f"open: {opened}",
            )
        )


def _closed_text(variable: Variable, code: int) -> str:
    """Return why a choice is closed, as far as the problem tells."""
    first = variable.open_from[code] if variable.open_from else math.inf
    if math.isfinite(first):
        return f"from {first:.0f}"
    remark = variable.remark(variable.choices[code])
    return remark.replace("unverified", "unverified: see allow_unverified") or "not yet available"


def _objectives(
    config: RunConfig, problem: Declarations | Problem, faults: list[Fault]
) -> tuple[Objective, ...]:
    """Return the objectives; one the problem does not declare gets its reference at run start."""
    if config.objectives is None:
        if not 1 <= len(problem.objectives) <= OBJECTIVE_LIMIT:
            count = len(problem.objectives)
            message = f"the problem has {count}: name 1 to {OBJECTIVE_LIMIT} of its outputs"
            faults.append(Fault(("objectives",), message))
        return tuple(problem.objectives)
    declared = {objective.output: objective for objective in problem.objectives}
    chosen: list[Objective] = []
    for position, entry in enumerate(config.objectives):
        location: Location = ("objectives", position)
        if entry.output not in problem.outputs:
            text = f"unknown output '{entry.output}'"
            faults.append(Fault(location, *unknown(text, entry.output, problem.outputs)))
            continue
        if any(entry.output == objective.output for objective in chosen):
            faults.append(Fault(location, f"'{entry.output}' appears twice"))
            continue
        known = declared.get(entry.output)
        if known is not None and entry.sense in (None, known.sense):
            chosen.append(known)
        else:
            chosen.append(Objective(entry.output, entry.sense or "min", math.nan, math.nan))
    return tuple(chosen)


def _constraints(
    config: RunConfig, problem: Declarations | Problem, faults: list[Fault]
) -> tuple[Constraint, ...]:
    """Return the problem's own constraints, changed, switched off or added to."""
    constraints = {constraint.name: constraint for constraint in problem.constraints}
    for name, entry in config.constraints.items():
        location: Location = ("constraints", name)
        own = constraints.get(name)
        if own is None and name not in problem.outputs:
            known = [*constraints, *problem.outputs]
            faults.append(Fault(location, *unknown("unknown constraint or output", name, known)))
        elif own is None and entry.off:
            message = "only a constraint of the problem can be switched off"
            faults.append(Fault(location, message, nearest(name, constraints)))
        elif own is not None and entry.off:
            del constraints[name]
        else:
            try:
                constraints[name] = _limited(name, own, entry, problem.outputs)
            except SpecError as error:
                faults.append(Fault(location, error.message))
    return tuple(constraints.values())


def _limited(
    name: str,
    own: Constraint | None,
    entry: ConstraintSetting,
    outputs: Mapping[str, Output],
) -> Constraint:
    if own is None:
        return Constraint(name, name, outputs[name].description, entry.lower, entry.upper)
    lower = own.lower if entry.lower is None else entry.lower
    upper = own.upper if entry.upper is None else entry.upper
    return dataclasses.replace(own, lower=lower, upper=upper)


def _further_faults(source: Source, faults: Sequence[Fault]) -> list[Fault]:
    """Return what is wrong with the names in the rest of a configuration with faults of shape.

    Nothing where the problem itself is in doubt, or no configuration is left without the faults.
    """
    wrong = {fault.location[0] for fault in faults if fault.location}
    if wrong & {"problem", "scenario", "schema_version"}:
        return []
    data = {key: value for key, value in source.data.items() if key in RunConfig.model_fields}
    rest = dataclasses.replace(source, data=_without(data, faults) | {"name": "rest"})
    try:
        check(build_config(rest), rest)
    except ConfigError as error:
        return [fault for fault in error.faults if fault.location[:1] != ("name",)]
    return []


def _without(data: dict[str, Any], faults: Sequence[Fault]) -> dict[str, Any]:
    """Return data without what holds faults: a section, or the entry of one with named entries."""
    wrong = {fault.location[:2] for fault in faults}
    sections = {where[0] for where in wrong if where}
    rest: dict[str, Any] = {}
    for key, value in data.items():
        if key in _BY_NAME and isinstance(value, dict):
            rest[key] = {name: v for name, v in value.items() if (key, name) not in wrong}
        elif key not in sections:
            rest[key] = value
    return rest


def read_study(source: Source) -> tuple[RunConfig, Study]:
    """Validate ``source`` completely: its layout, then every name and value.

    Raises
    ------
    ConfigError
        With every fault found.
    """
    try:
        config = build_config(source)
    except ConfigError as error:
        raise source.error([*error.faults, *_further_faults(source, error.faults)]) from None
    study = check(config, source)
    if config.objectives is None:
        named = tuple(ObjectiveSetting(output=o.output, sense=o.sense) for o in study.objectives)
        config = config.model_copy(update={"objectives": named})
    return config, study
