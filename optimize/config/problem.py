"""The arguments with which the problem of a configuration is built, and where it is found."""

from __future__ import annotations

import os
import sys
from typing import Any

from optimize.config.run_config import RunConfig


def settings(config: RunConfig) -> dict[str, Any]:
    """Return the arguments with which the problem of ``config`` is built."""
    return {
        "scenario": config.scenario,
        "assumptions": {key: entry.value for key, entry in config.assumptions.items()},
        "cost_boundary": config.cost_boundary,
        "allow_unverified": config.allow_unverified,
    }


def open_working_directory(name: str) -> None:
    """Let ``module:Class`` be found beside the person who typed it."""
    if ":" in name and (here := os.getcwd()) not in sys.path:  # noqa: PTH109 (as Python itself)
        sys.path.insert(0, here)
