"""One run folder being worked on: the loop, checkpoints, interruption and what is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from optimize.config.backend import COMPILERS
from optimize.config.run_config import RunConfig
from optimize.config.traits import TRAITS
from optimize.engine.search import Search
from optimize.evaluation.calls import ModelError
from optimize.evaluation.rows import design_ids
from optimize.evaluation.tables import Layout, write_evaluations, write_parquet
from optimize.run.box import reference_point
from optimize.run.checkpoint import Block, Checkpoint
from optimize.run.columns import history_table, write_columns
from optimize.run.distinct import first_of_all, pieces
from optimize.run.final import Final, final_front
from optimize.run.folder import (
    read_manifest,
    read_run,
    utc_now,
    write_front,
    write_manifest,
)
from optimize.run.integrity import (
    CONFIG,
    EVALUATIONS,
    FILES,
    HISTORY,
    SETTINGS,
    digest_of,
    digests_of,
)
from optimize.run.outcome import Outcome
from optimize.run.provenance import SEARCH_PACKAGES, data_digests, package_versions
from optimize.run.robustness import robustness
from optimize.utils.files import REFUSED, RunFolderError, storage_error
from optimize.utils.phases import phase
from optimize.utils.signals import Interrupt, Stopped, deferred_signals
from problems.space import violation
from problems.units import FloatArray

CHECKPOINT_SECONDS = 5.0
#: A checkpoint takes at most this share of a run, unless that costs more than a minute of work.
CHECKPOINT_SHARE = 0.01
_LONGEST_PAUSE = 12  # times the usual one
#: Evaluated designs after which they leave memory; they count once a checkpoint names them.
PART_DESIGNS = 50_000

_IDENTITY = {
    "search": "configuration",
    "data": "data tables",
    "model": "model version",
    "box": "reference point",
}

Progress = Callable[[Search], None]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def pause_s(took_s: float) -> float:
    """Return for how many seconds not to save after a checkpoint that took ``took_s``.

    Examples
    --------
    >>> pause_s(0.01), pause_s(0.25), pause_s(3.0)
    (5.0, 25.0, 60.0)
    """
    longest_s = _LONGEST_PAUSE * CHECKPOINT_SECONDS
    return max(CHECKPOINT_SECONDS, min(took_s / CHECKPOINT_SHARE, longest_s))


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
        self.folder = folder.absolute()  # a model may change the working directory
        self.shown = folder
        self.config = config
        self.layout = layout
        self.manifest = dict(manifest)
        self.progress = progress
        self.checkpoint = Checkpoint(self.folder / "checkpoint")
        self.search = Search(config, layout)
        self.distinct: int | None = None  # designs stored, when they are kept

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What a continuation must agree with for the same numbers to come out."""
        versions, name = package_versions(), self.config.algorithm.name
        compiler = COMPILERS.get(self.manifest.get("backend", ""), ())[:1]
        return {
            "search": self.config.search_digest,
            "model": self.layout.problem.version,
            "data": data_digests(self.layout.problem),
            "box": reference_point(self.layout.objectives),
            **{package: versions[package] for package in SEARCH_PACKAGES},
            **{package: _version(package) for package in (*compiler, *TRAITS[name].packages)},
        }

    def restore(self) -> None:
        """Load the checkpoint, or refuse."""
        state, stored = self.checkpoint.load()
        identity = self.identity
        changed = sorted(
            key for key in {*identity, *stored} if identity.get(key) != stored.get(key)
        )
        if changed:
            names = ", ".join(_IDENTITY.get(key, f"{key} version") for key in changed)
            message = f"cannot resume {self.shown}: changed since it was saved: {names}"
            raise RunFolderError(message, REFUSED)
        try:
            self.search.restore(state)
        except (LookupError, TypeError, ValueError, AttributeError):
            message = f"cannot resume {self.shown}: the checkpoint is not of this search"
            raise RunFolderError(message, REFUSED) from None

    def run(self) -> Outcome:
        """Search until the budget is spent or a signal arrives, then write everything."""
        try:
            search = self.search
            self.manifest |= self._settled({CONFIG: digest_of(self.folder / CONFIG)})
            write_manifest(self.folder, self.manifest)
            with deferred_signals() as interrupt:
                try:
                    self._loop(interrupt)
                except ModelError as error:
                    search.failures.write(self.folder, self.layout)
                    ending = {"status": "failed", "reason": str(error), **search.failures.findings}
                    ending |= self._settled(digests_of(self.folder))
                    write_manifest(self.folder, {**self.manifest, **ending})
                    raise
                outcome = self._finish(interrupt)
        except OSError as error:
            raise storage_error(error, self.folder) from None
        finally:
            self.checkpoint.abandon()
        late = interrupt.signal
        if late is not None and outcome.status == "finished" and not interrupt.patient:
            raise Stopped(late)
        return outcome

    def _loop(self, interrupt: Interrupt) -> None:
        pause_s = CHECKPOINT_SECONDS
        if self.search.generation == 0:
            pause_s = self._save()  # from here on the run can be resumed, however it ends
            self.search.model.probe()
        saved, stored = time.monotonic(), self.search.evaluations
        while self.search.generation < self.config.algorithm.generation_limit:
            if self.search.converged or self.search.trouble or not self.search.step():
                break
            if self.progress is not None:
                self.progress(self.search)
            if interrupt.signal is not None:
                break
            if self.search.evaluations - stored >= PART_DESIGNS:
                self.checkpoint.add_part(self.search.take_blocks())
                stored = self.search.evaluations
            if time.monotonic() - saved > pause_s:
                pause_s = self._save()
                saved = time.monotonic()
        self._save()

    def _save(self) -> float:
        """Store the state; return for how many seconds not to do so again."""
        start = time.monotonic()
        self.checkpoint.add_part(self.search.take_blocks())
        self.checkpoint.save(self.search.state(), self.identity)
        return pause_s(time.monotonic() - start)

    def _finish(self, interrupt: Interrupt) -> Outcome:
        """Write front, history, evaluations and manifest."""
        search, asked = self.search, interrupt.is_asked
        sound = search.trouble is None
        final = final_front(search, self.config, whole=sound and not asked(), stopped=asked)
        self.layout = self.layout.measured_by(search.layout.objectives)
        phase("writing tables")
        search.failures.write(self.folder, self.layout)
        members = final.certified.members if final.certified else None
        front = write_front(self.folder, self.layout, final.x, members)
        write_parquet(self.folder / HISTORY, history_table(search.history_frame, self.layout))
        digests = {}
        if self.config.output.evaluations:
            digests[EVALUATIONS] = self._write_evaluations(final.x)
        self._check_front(final.x, final.f)
        robust: dict[str, Any] = {}
        if self.config.uncertainty is not None:
            phase("comparing with the search at nominal numbers")
            robust["robustness"] = robustness(
                self.folder,
                search,
                self.config,
                final,
                whole=sound and not asked(),
                stopped=asked,
            )
        received = interrupt.signal
        if received is not None:
            status, reason = "interrupted", f"interrupted by {received.name}"
            exit_code = 128 + received.value
        elif search.trouble is not None:
            status, reason, exit_code = "stopped", search.trouble, ModelError.exit_code
        else:
            status, reason, exit_code = "finished", self._reason(), 0 if len(front) else 3
        write_columns(self.folder)
        self.manifest |= {**self._findings(status, reason, final), **robust}
        self.manifest |= self._settled(digests_of(self.folder, digests))
        write_manifest(self.folder, self.manifest)
        run = read_run(self.shown, self.config, self.layout, read_manifest(self.folder))
        return Outcome(run, status, reason, exit_code)

    def _settled(self, digests: dict[str, str]) -> dict[str, Any]:
        """Return the manifest keys by which files and settings are recognised."""
        return {
            "config_hash": self.config.digest,
            SETTINGS: self.config.settings_digest,
            FILES: digests,
        }

    def _reason(self) -> str:
        """Return why the search ended by itself."""
        search, limit = self.search, self.config.algorithm.generation_limit
        if search.generation >= limit:
            return f"all {limit} generations done"
        if search.exhausted:
            return "the space holds no further designs"
        return search.stopping.reason if search.stopping is not None else "stopped"

    def _write_evaluations(self, polished: FloatArray) -> str:
        """Write every design evaluated, those of the polished front included, each once.

        Returns
        -------
        str
            The digest of the table.
        """
        last = (polished, self.search.evaluate(polished))

        def blocks() -> Iterator[Block]:
            yield from self.checkpoint.blocks()
            yield last

        keeps = first_of_all((x for x, _ in blocks()), self.checkpoint.folder)
        self.distinct = sum(int(keep.sum()) for keep in keeps)
        firsts = (
            piece
            for block, keep in zip(blocks(), keeps, strict=True)
            for piece in pieces(block, keep)
        )
        return write_evaluations(self.folder / EVALUATIONS, self.layout, firsts)

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
            "distinct_evaluations": self.distinct,
            "generations": search.generation,
            "reference_point": reference_point(search.scale.objectives, search.scale.designs),
            "hypervolume": final.quality["hypervolume"],
            "front_size": front_size,
            "archive_size": final.candidates,
            "archive_dropped": search.archive.truncated,
            **search.failures.findings,
            "feasible_share": search.feasible / max(search.evaluations, 1),
            "quality": final.quality,
        }
        if final.certified is not None:
            findings["certificate"] = final.certified.evidence
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
            "design_id": design_ids(x, problem)[0],
            "variables": {
                v.name: v.decode(x[0, i]) if active[i] else None
                for i, v in enumerate(space.variables)
            },
            "violations": dict(sorted(blocking.items(), key=lambda item: -item[1])),
        }
