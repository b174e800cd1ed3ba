"""The problem of a configuration: its arguments, and whose code may be loaded for it.

A configuration that somebody runs is a program, for it may name a problem of its own. A run folder
or a document is data: nothing in it may have code loaded unless the user names the problem.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

from optimize.config.run_config import RunConfig
from optimize.utils.files import REFUSED, RunFolderError

#: Problems of the user's own that this process may load.
_allowed: set[str] = set()


def settings(config: RunConfig) -> dict[str, Any]:
    """Return the arguments with which the problem of ``config`` is built."""
    return {
        "scenario": config.scenario,
        "assumptions": {key: entry.value for key, entry in config.assumptions.items()},
        "cost_boundary": config.cost_boundary,
        "allow_unverified": config.allow_unverified,
        "catalog": config.catalog,
    }


def allow(name: str) -> None:
    """Let this process load a problem that the user named, or runs a configuration of.

    ``module:Class`` is found wherever Python looks, and last where the user is: no file there may
    take the place of a module of Python or of a package.
    """
    if ":" not in name:
        return
    _allowed.add(name)
    if (folder := os.getcwd()) not in sys.path:  # noqa: PTH109 (as Python itself)
        sys.path.append(folder)


def is_allowed(name: str) -> bool:
    """Return whether a name stands for no code of the user's own, or for some to be loaded."""
    return ":" not in name or name in _allowed


def require_allowed(config: RunConfig, place: str | Path | None = None) -> None:
    """Refuse a configuration that the user does not run when it names code to be loaded.

    Parameters
    ----------
    config
        As read from a run folder or a study.
    place
        Where it stands, for the message.

    Raises
    ------
    RunFolderError
        With the option that allows it.
    """
    if not is_allowed(config.problem):
        text = f"was made with a problem that is not shipped, and {allow_hint(config.problem)}"
        raise RunFolderError(f"{place or config.name} {text}", REFUSED)


def allow_hint(name: str) -> str:
    """Return how a problem is allowed by a person who trusts it.

    Examples
    --------
    >>> allow_hint("tank:Tank")
    'reading it runs the code of tank:Tank; to allow that, add: --problem tank:Tank'
    """
    option = shlex.join(problem_arguments(name))
    return f"reading it runs the code of {name}; to allow that, add: {option}"


def problem_arguments(name: str) -> list[str]:
    """Return what a command that reads a run folder needs for its problem; nothing when shipped.

    Examples
    --------
    >>> problem_arguments("tank:Tank"), problem_arguments("compute_satellite")
    (['--problem', 'tank:Tank'], [])
    """
    return ["--problem", name] if ":" in name else []
