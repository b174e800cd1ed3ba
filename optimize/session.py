"""One run folder being worked on: the loop, checkpoints, interruption and what is written."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pyarrow as pa

from optimize.algorithm_traits import TRAITS
from optimize.checkpoint import Checkpoint
from optimize.config import RunConfig
from optimize.files import REFUSED, RunFolderError, storage_error
from optimize.final import Final, final_front
from optimize.robustness import robustness
from optimize.rows import design_ids
from optimize.search import ModelError, Search
from optimize.store import (
    SEARCH_PACKAGES,
    RunData,
    data_digests,
    package_versions,
    read_manifest,
    read_run,
    utc_now,
    write_front,
    write_manifest,
)
from optimize.tables import Layout, write_evaluations, write_parquet
from problems.space import violation
from problems.units import FloatArray

CHECKPOINT_SECONDS = 5.0
#: Evaluated designs after which they leave memory; they count once a checkpoint names them.
PART_DESIGNS = 50_000

Progress = Callable[[Search], None]


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    run: RunData
    status: str
    reason: str
    exit_code: int


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


class _Interrupt:
    """Remembers a signal until the generation is complete."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt  # asked twice: do not wait
        self.signal = signal.Signals(number)

    def is_asked(self) -> bool:
        """Return whether someone wants the run to end."""
        return self.signal is not None


@contextmanager
def _deferred_signals() -> Iterator[_Interrupt]:
    interrupt = _Interrupt()
    try:
        before = {s: signal.signal(s, interrupt) for s in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: signals go elsewhere
        yield interrupt
        return
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Session:
    """One run folder being worked on."""

    def __init__(
        self,
        folder: Path,
        config: RunConfig,
        layout: Layout,
        manifest: dict[str, Any],
        progress: Progress | None,
    ) -> None:
        self.folder = folder
        self.config = config
        self.layout = layout
        self.manifest = manifest
        self.progress = progress
        self.checkpoint = Checkpoint(folder / "checkpoint")
        self.search = Search(config, layout)

    @property
    def identity(self) -> dict[str, Any]:
        """What a continuation must agree with for the same numbers to come out."""
        versions, name = package_versions(), self.config.algorithm.name
        return {
            "search": self.config.search_digest,
            "model": self.layout.problem.version,
            "data": data_digests(self.layout.problem),
            **{package: versions[package] for package in SEARCH_PACKAGES},
            **{package: _version(package) for package in TRAITS[name].packages},
        }

    def restore(self) -> None:
        """Load the checkpoint, or refuse."""
        state, stored = self.checkpoint.load()
        now = self.identity
        changed = sorted(key for key in {*now, *stored} if now.get(key) != stored.get(key))
        if changed:
            what = {"search": "configuration", "data": "data tables", "model": "model version"}
            names = ", ".join(what.get(key, f"{key} version") for key in changed)
            message = f"cannot resume {self.folder}: changed since it was saved: {names}"
            raise RunFolderError(message, REFUSED)
        self.search.restore(state)

    def run(self) -> Outcome:
        """Search until the budget is spent or a signal arrives, then write everything."""
        try:
            write_manifest(self.folder, self.manifest)
            with _deferred_signals() as interrupt:
                self._loop(interrupt)
                return self._finish(interrupt)
        except OSError as error:
            raise storage_error(error, self.folder) from None

    def _loop(self, interrupt: _Interrupt) -> None:
        if self.search.generation == 0:
            self._save()  # from here on the run can be resumed, however it ends
        saved, stored = time.monotonic(), self.search.evaluations
        while self.search.generation < self.config.algorithm.generation_limit:
            if self.search.converged or not self.search.step():
                break
            if self.progress is not None:
                self.progress(self.search)
            if interrupt.signal is not None:
                break
            if self.search.evaluations - stored >= PART_DESIGNS:
                self.checkpoint.add_part(self.search.take_blocks())
                stored = self.search.evaluations
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self._save()
                saved = time.monotonic()
        self._save()

    def _save(self) -> None:
        self.checkpoint.add_part(self.search.take_blocks())
        self.checkpoint.save(self.search.state(), self.identity)

    def _finish(self, interrupt: _Interrupt) -> Outcome:
        """Write front, history, evaluations and manifest."""
        search, limit = self.search, self.config.algorithm.generation_limit
        received = interrupt.signal
        status, exit_code = "finished", 0
        if search.generation >= limit:
            reason = f"all {limit} generations done"
        elif search.exhausted:
            reason = "the space holds no further designs"
        elif received is not None:
            status, reason = "interrupted", f"interrupted by {received.name}"
            exit_code = 128 + received.value
        elif search.converged and search.stopping is not None:
            reason = search.stopping.reason
        else:
            reason = "stopped"
        final = final_front(search, self.config, whole=status == "finished")
        front, _ = write_front(self.folder, self.layout, final.x)
        history = search.history_frame
        write_parquet(
            self.folder / "history.parquet", pa.Table.from_pandas(history, preserve_index=False)
        )
        if self.config.output.evaluations:
            polished = final.x[search.unseen(final.x)]
            search.distinct += len(polished)
            last = [(polished, search.evaluate(polished))] if len(polished) else []
            blocks = itertools.chain(self.checkpoint.blocks(), last)
            write_evaluations(self.folder / "evaluations.parquet", self.layout, blocks)
        self._check_front(final.x, final.f)
        self.manifest = {**self.manifest, **self._findings(status, reason, final)}
        if self.config.uncertainty is not None:
            whole = status == "finished"
            self.manifest["robustness"] = robustness(
                self.folder, search, self.config, final, whole=whole, stopped=interrupt.is_asked
            )
        write_manifest(self.folder, self.manifest)
        run = read_run(self.folder, self.config, self.layout, read_manifest(self.folder))
        if exit_code == 0 and len(front) == 0:
            exit_code = 3
        return Outcome(run, status, reason, exit_code)

    def _check_front(self, x: FloatArray, f: FloatArray) -> None:
        """Objectives evaluated again must be those the search saw.

        Raises
        ------
        ModelError
            When they differ by more than rounding: the model depends on more than the design.
        """
        if len(x) == 0:
            return
        outputs = self.search.evaluate(x)
        again, _ = self.search.screen(outputs)
        scale = np.maximum(np.abs(f), np.finfo(np.float64).tiny)
        error = float((np.abs(again - f) / scale).max())
        if not error <= 1e-9:
            raise ModelError(f"a design evaluated twice differs by {error:.1e}")

    def _findings(self, status: str, reason: str, final: Final) -> dict[str, Any]:
        search, front_size = self.search, len(final.x)
        findings = {
            "status": status,
            "reason": reason,
            "finished": utc_now(),
            "seconds": round(search.seconds, 3),
            "evaluations": search.evaluations,
            "distinct_evaluations": search.distinct if search.keep_evaluations else None,
            "generations": search.generation,
            "hypervolume": final.quality["hypervolume"],
            "front_size": front_size,
            "archive_size": final.candidates,
            "archive_dropped": search.archive.truncated,
            "failed_evaluations": search.failed,
            "feasible_share": search.feasible / max(search.evaluations, 1),
            "quality": final.quality,
        }
        if front_size == 0 and len(search.archive.closest):
            findings["least_violating"] = self._least_violating()
        return findings

    def _least_violating(self) -> dict[str, Any]:
        """Return the design nearest to feasible and what stands in its way."""
        x = self.search.archive.closest
        space, problem = self.layout.space, self.layout.problem
        outputs = self.search.evaluate(x)
        amounts = {
            c.name: float(violation(c, outputs[c.output])[0]) for c in self.layout.constraints
        }
        blocking = {name: value for name, value in amounts.items() if value > 0.0}
        active = problem.active(x)[0]
        return {
            "design_id": design_ids(x, problem.version, problem.space.late)[0],
            "variables": {
                v.name: v.decode(x[0, i]) if active[i] else None
                for i, v in enumerate(space.variables)
            },
            "violations": dict(sorted(blocking.items(), key=lambda item: -item[1])),
        }
