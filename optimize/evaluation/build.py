"""Building the problem of a configuration."""

from __future__ import annotations

from optimize.config.problem import open_working_directory, settings
from optimize.config.run_config import RunConfig
from problems.registry import load_problem
from problems.space import Problem


def build_problem(config: RunConfig) -> Problem:
    """Return the problem of ``config`` (loads numpy); one of the user's own behind a guard."""
    open_working_directory(config.problem)
    problem = load_problem(config.problem, **settings(config))
    if ":" not in config.problem and config.evaluation.timeout_s is None:
        return problem
    from optimize.evaluation.guard import guarded

    return guarded(problem, config.evaluation)
