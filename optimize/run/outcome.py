"""How a run ended."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from optimize.config.problem import problem_arguments
from optimize.run.folder import RunData
from optimize.utils.signals import way_on


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    run: RunData
    status: str
    reason: str
    exit_code: int

    @property
    def message(self) -> str:
        """How a run that was cut short goes on; empty for one that finished."""
        path, needed = self.run.path, problem_arguments(self.run.config.problem)
        if self.status == "interrupted":
            return f"{self.reason}; state saved. {way_on(path, *needed)}"
        if self.status != "stopped":
            return ""
        place = shlex.quote(str(path / "config.yaml"))
        return (
            f"{self.reason}. State saved, failures.parquet lists the designs; to go on, raise "
            f"evaluation.most_failed in {place}. {way_on(path, *needed)}"
        )
