"""What the live explorer shows: a run as it is now.

Only a search in a region writes, and beside the run. A run that is still going is read from its
newest checkpoint, any other from its tables.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimize.evaluation.tables import to_frame
from optimize.explorer.build import explorer_page
from optimize.explorer.pack import pack_runs
from optimize.explorer.search_here import refusal
from optimize.explorer.searches import Searches
from optimize.explorer.whatif import WhatIf
from optimize.run.checkpoint import Checkpoint
from optimize.run.folder import RunData, open_run, read_manifest, read_run
from optimize.utils.files import REFUSED, RunFolderError, plain

_FILES = ("manifest.json", "checkpoint/state.json", "front.parquet")
_KEYS = ("variables", "assumptions")
#: Points of the curve of hypervolume over generations.
CURVE = 120


class LiveRun:
    """A run folder that may still be changing, read again whenever it has.

    Parameters
    ----------
    folder
        A run folder, of a run that is going or has ended.

    Raises
    ------
    RunFolderError
        When the folder is no run, or there is nothing to show yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config, _, self.layout, _ = open_run(folder)
        self._reading = threading.Lock()
        self._page: tuple[str, bytes] = ("", b"")
        self._seen = self._stamp()
        self.run, self._facts = self._read()
        self.what_if = WhatIf(self.config, self.layout)
        self._searches = Searches()

    def status(self) -> dict[str, Any]:
        """Return how far the run is: version of what is shown, generation, quality and more."""
        with self._reading:
            self._refresh()
            return {**self._facts, "version": self._seen, "age_s": self._age_s()}

    def page(self) -> bytes:
        """Return the explorer of the run as it is now, with what the live parts need."""
        status = self.status()
        with self._reading:
            version = str(status["version"])
            if self._page[0] != version:
                live = {**self.what_if.controls(), "status": status, "refusal": refusal(self.run)}
                payload = pack_runs([self.run]) | {"live": plain(live)}
                self._page = (version, explorer_page(payload, served=True).encode())
            return self._page[1]

    def search(self, request: object) -> dict[str, Any]:
        """Search in a region of the front, as :meth:`Searches.answer` says."""
        return self._searches.answer(self.run, request)

    def _refresh(self) -> None:
        """Read the run again where it has changed; what is half replaced waits for next time."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        try:
            self.run, self._facts = self._read()
        except RunFolderError:
            return
        self._seen = stamp

    def _stamp(self) -> str:
        """Return a text that changes whenever a file that is shown does."""
        parts = []
        for name in _FILES:
            try:
                entry = (self.folder / name).stat()
                parts.append(f"{entry.st_mtime_ns:x}.{entry.st_size:x}.{entry.st_ino:x}")
            except OSError:
                parts.append("-")
        return "_".join(parts)

    def _age_s(self) -> float | None:
        """Return the seconds since the run last said something; None without a checkpoint."""
        try:
            changed = (self.folder / "checkpoint" / "state.json").stat().st_mtime
        except OSError:
            return None
        return round(max(time.time() - changed, 0.0), 1)

    def _read(self) -> tuple[RunData, dict[str, Any]]:
        manifest = read_manifest(self.folder)
        if manifest.get("status") != "running":
            run = read_run(self.folder, self.config, self.layout, manifest)
            return run, self._known(manifest, run.history, len(run.front))
        try:
            state, _ = Checkpoint(self.folder / "checkpoint").load()
            return self._at_checkpoint(manifest, state)
        except (KeyError, TypeError, ValueError) as error:
            message = f"{self.folder} cannot be followed: {error}"
            raise RunFolderError(message, REFUSED) from None

    def _at_checkpoint(
        self, manifest: dict[str, Any], state: dict[str, Any]
    ) -> tuple[RunData, dict[str, Any]]:
        """Return the run with the archive of a checkpoint as its front."""
        layout = self.layout
        x = np.asarray(state["archive"]["x"], dtype=np.float64)
        x = x[np.argsort(np.asarray(state["archive"]["f"])[:, 0], kind="stable")]
        front = to_frame(layout.table(x, layout.problem.evaluate(x)))
        past = np.asarray(state["history"], dtype=np.float64)
        columns = ["generation", "evaluations", "hypervolume"]
        history = pd.DataFrame(past[:, :3], columns=columns)
        now = manifest | {
            "generations": int(state["generation"]),
            "evaluations": int(state["evaluations"]),
            "hypervolume": float(state["hypervolume"]),
        }
        run = RunData(
            self.folder,
            self.config,
            layout.problem,
            layout.space,
            layout.objectives,
            layout.constraints,
            now,
            front,
            x,
            None,
            history,
        )
        return run, self._known(now, history, len(x))

    def _known(
        self, manifest: dict[str, Any], history: pd.DataFrame, front_size: int
    ) -> dict[str, Any]:
        """Return the facts of the bar on top of the page."""
        step = max(len(history) // CURVE, 1)
        sampled = history.iloc[::-1].iloc[::step].iloc[::-1]
        curve = sampled[["generation", "hypervolume"]].to_numpy(dtype=np.float64)
        return {
            "status": manifest.get("status"),
            "reason": manifest.get("reason", ""),
            "generation": manifest.get("generations"),
            "generations": self.config.algorithm.generation_limit,
            "evaluations": manifest.get("evaluations"),
            "hypervolume": manifest.get("hypervolume"),
            "front_size": front_size,
            "curve": curve.tolist(),
        }
