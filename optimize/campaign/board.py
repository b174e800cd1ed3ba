"""The state of a campaign on disk: which runs ended how, and what they found together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimize.campaign.place import PLAN, RESULT
from optimize.campaign.plan import Plan
from optimize.campaign.task import FAILED, FINISHED, INFEASIBLE, WAITING
from optimize.run.folder import utc_now
from optimize.utils.files import storage_error, to_json, write_text_atomic
from optimize.utils.yaml_text import write_yaml

SCHEMA_VERSION = 1
_EVERY_S = 2.0  # between two updates while tasks end
_MEASURED = (
    "hypervolume",
    "share_of_union_hypervolume",
    "share_of_union",
    "additive_epsilon",
)


class Board:
    """Endings of the tasks by name, kept in ``campaign.json`` as they come.

    Parameters
    ----------
    plan
        The campaign.
    folder
        An existing folder; it gets ``campaign.yaml`` at once.
    where
        Facts about where it is carried out.
    """

    def __init__(self, plan: Plan, folder: Path, where: Mapping[str, Any]) -> None:
        self.plan = plan
        self.folder = folder
        self.document: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "name": plan.name,
            "config_hash": plan.digest,
            "status": "running",
            "started": utc_now(),
            **where,
        }
        self.endings: dict[str, dict[str, Any]] = {
            task.name: {"status": WAITING, "how": "new", "reason": "", "notes": []}
            for task in plan.tasks
        }
        self._clock = self._saved = time.monotonic()
        heading = f"Everything that defines this campaign: heliofront campaign {PLAN} repeats it."
        try:
            write_yaml(folder / PLAN, plan.resolved, heading)
        except OSError as error:
            raise storage_error(error, folder) from None

    def record(self, ending: Mapping[str, Any]) -> None:
        """Take how a task ended."""
        self.endings[ending["name"]] = {k: v for k, v in ending.items() if k != "name"}
        if time.monotonic() - self._saved > _EVERY_S:
            self.save()

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """One entry per task, in order."""
        return [
            {
                "name": task.name,
                "scenario": task.scenario,
                "algorithm": task.algorithm,
                "seed": task.seed,
                "block": task.block,
                "run": f"runs/{task.name}",
                **self.endings[task.name],
            }
            for task in self.plan.tasks
        ]

    def of(self, *statuses: str) -> list[str]:
        """Return the names of the tasks that ended so."""
        return [name for name, ending in self.endings.items() if ending["status"] in statuses]

    @property
    def done(self) -> int:
        """How many tasks need not be done again."""
        return len(self.of(FINISHED, INFEASIBLE))

    @property
    def exit_code(self) -> int:
        """1 when a task failed, 3 when none found a feasible design, else 0."""
        if self.of(FAILED):
            return 1
        return 0 if self.of(FINISHED) else 3

    def save(self, **facts: Any) -> dict[str, Any]:
        """Write ``campaign.json`` and return what it holds."""
        self._saved = time.monotonic()
        self.document |= {"seconds": round(self._saved - self._clock, 3), **facts}
        document = {**self.document, "tasks": self.tasks}
        try:
            write_text_atomic(self.folder / RESULT, to_json(document))
        except OSError as error:
            raise storage_error(error, self.folder) from None
        return document

    def write_tables(self, qualities: Sequence[Mapping[str, Any]]) -> None:
        """Write ``tasks.parquet`` and ``tasks.csv``: how each run ended and how good it is."""
        import pandas as pd
        import pyarrow as pa

        from optimize.evaluation.tables import write_csv, write_parquet

        judged = {run["task"]: run for quality in qualities for run in quality["runs"]}
        rows = []
        for task in self.tasks:
            row = {k: task[k] for k in ("name", "scenario", "algorithm", "seed", "block")}
            row |= {k: task.get(k) for k in ("status", "evaluations", "front_size")}
            judgement = judged.get(task["name"], {})
            row |= {key: judgement.get(key) for key in _MEASURED}
            rows.append({**row, "reason": task["reason"]})
        frame = pd.DataFrame(rows).astype(
            {"evaluations": "Int64", "front_size": "Int64", **dict.fromkeys(_MEASURED, "float64")}
        )
        table = pa.Table.from_pandas(frame, preserve_index=False)
        write_parquet(self.folder / "tasks.parquet", table)
        write_csv(self.folder / "tasks.csv", table)

    def write_summary(self, text: str) -> None:
        """Write ``summary.md``."""
        write_text_atomic(self.folder / "summary.md", text)
