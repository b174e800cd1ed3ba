"""Building the problem of a configuration."""

from __future__ import annotations

from optimize.config.problem import require_allowed, settings
from optimize.config.run_config import RunConfig
from problems.registry import load_problem
from problems.space import Problem


def build_problem(config: RunConfig) -> Problem:
    """Return the problem of ``config`` (loads numpy); one of the user's own behind a guard.

    Raises
    ------
    RunFolderError
        When it is code that the user did not name (:mod:`optimize.config.problem`).
    SpecError
        When it cannot be loaded.
    """
    require_allowed(config)
    problem = load_problem(config.problem, **settings(config))
    if ":" not in config.problem and config.evaluation.timeout_s is None:
        return problem
    from optimize.evaluation.guard import guarded

    return guarded(problem, config.evaluation)
