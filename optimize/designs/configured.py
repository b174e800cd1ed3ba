"""The evaluate command: one design with outputs, margins, breakdowns and shadow prices."""

from __future__ import annotations

from collections.abc import Sequence

from optimize.config.faults import ConfigError, Fault
from optimize.config.overrides import load_source, parse_value
from optimize.config.run_config import RunConfig
from optimize.config.study import Study, read_study
from optimize.designs.binding import Binding, find_binding
from optimize.designs.one_design import inspect_design
from optimize.evaluation.build import build_problem
from optimize.utils.answer import deliver
from problems.registry import load_declarations
from problems.space import DesignSpace, Problem
from problems.spec import SpecError, Value, nearest
from problems.units import FloatArray


def evaluate(path: str, overrides: Sequence[str], *, as_json: bool) -> int:
    """Evaluate one design and print it with outputs, margins, breakdowns and shadow prices."""
    config, study, problem, row = configured_design(path, overrides)
    space = DesignSpace(study.variables)
    report = inspect_design(problem, space, study.objectives, study.constraints, row)
    binding = _binding(config, study, problem, row) if report.feasible else None
    document = report.to_json() | {"binding": None if binding is None else binding.entry()}

    def text() -> str:
        if binding is None:
            return report.to_text()
        return f"{report.to_text()}\nRe-optimised from here: {binding.sentence}\n"

    deliver(document, text, as_json=as_json)
    return 0


def _binding(config: RunConfig, study: Study, problem: Problem, row: FloatArray) -> Binding | None:
    """Return which limit decides near a feasible design; a model of one's own is not asked."""
    if ":" in config.problem or not study.constraints or not study.free:
        return None
    space = DesignSpace(study.variables)
    return find_binding(problem, space, study.objectives[0], study.constraints, row[None])


def configured_design(
    path: str, overrides: Sequence[str]
) -> tuple[RunConfig, Study, Problem, FloatArray]:
    """Return the design that a configuration describes: its defaults with overrides applied.

    Parameters
    ----------
    path
        Configuration file.
    overrides
        ``KEY=VALUE`` of the configuration, or ``VARIABLE=VALUE`` of the design.

    Returns
    -------
    tuple
        Configuration, study, problem, and the ``(n_var,)`` design row.

    Raises
    ------
    ConfigError
        For a fault of the configuration or of an override.
    """
    settings, assignments = _sort_overrides(path, overrides)
    config, study = read_study(load_source(path, settings))
    problem = build_problem(config)
    row = _design_row(problem.space, DesignSpace(study.variables), assignments)
    return config, study, problem, row


def _sort_overrides(
    path: str, overrides: Sequence[str]
) -> tuple[list[str], dict[str, tuple[str, Value]]]:
    """Split overrides into keys of the configuration and values of the design's variables."""
    plain = [
        text
        for text in overrides
        if text.partition("=")[0].strip() in RunConfig.model_fields or "." in text.partition("=")[0]
    ]
    bare = [text for text in overrides if text not in plain]
    source = load_source(path, plain)
    problem = source.data.get("problem", "compute_satellite")
    config, _ = read_study(source)
    names = [
        variable.name
        for variable in load_declarations(
            str(problem), scenario=config.scenario, allow_unverified=config.allow_unverified
        ).variables
    ]
    assignments: dict[str, tuple[str, Value]] = {}
    for text in bare:
        origin = f"--set {text}"
        name, separator, value = text.partition("=")
        name = name.strip()
        if not separator:
            raise ConfigError([Fault((), "expected VARIABLE=VALUE", origin=origin)], origin)
        if name not in names:
            hint = nearest(name, [*names, *RunConfig.model_fields])
            fault = Fault((name,), "unknown variable or key", hint, origin=origin)
            raise ConfigError([fault], origin)
        assignments[name] = (origin, parse_value(value, origin))
    return plain, assignments


def _design_row(
    full: DesignSpace, narrowed: DesignSpace, assignments: dict[str, tuple[str, Value]]
) -> FloatArray:
    """Return the design row: defaults of the configuration with the assigned values."""
    row = narrowed.defaults.copy()
    for name, (origin, value) in assignments.items():
        if full[name].kind == "choice" and isinstance(value, (int, float)):
            value = origin.partition("=")[2]  # a choice may look like a number
        try:
            row[full.index[name]] = full[name].encode(value)
        except SpecError as error:
            fault = Fault((name,), error.message, error.suggestion, origin=origin)
            raise ConfigError([fault], origin) from None
    return row
