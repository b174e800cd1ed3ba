"""A run whose designs are trials of a shared study: it works as one of the workers, then reports.

The study holds everything, so there is no checkpoint: a run goes on from its trials, whoever
evaluated them, and its folder is written from them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from optimize.config.problem import problem_arguments
from optimize.config.run_config import RunConfig
from optimize.config.storage import FILE_NAME, is_server, without_password
from optimize.evaluation.calls import ModelError
from optimize.evaluation.guard import guarded
from optimize.evaluation.remembered import Remembered
from optimize.evaluation.tables import Layout
from optimize.run.final import Final
from optimize.run.session import Progress, Session
from optimize.run.workers import ledger as keys
from optimize.run.workers.first_designs import first_designs
from optimize.run.workers.ledger import TrialLedger
from optimize.run.workers.replay import replayed
from optimize.run.workers.shared_study import (
    SharedStudy,
    check_identity,
    is_made,
    make_study,
    open_study,
)
from optimize.run.workers.storage import storage_errors
from optimize.run.workers.worker import RUN, Worker
from optimize.utils.files import REFUSED, RunFolderError, write_text_atomic
from optimize.utils.signals import Interrupt, Stopped, way_on

_STUDY = "study.json"  # in checkpoint/: under which name the study is kept


def storage_address(folder: Path, storage: str) -> str:
    """Return where the study of a run is kept: in its folder, or on a server."""
    return storage if is_server(storage) else str(folder / FILE_NAME)


class StudySession(Session):
    """One run folder whose designs are kept in a shared study.

    Parameters are those of :class:`optimize.run.session.Session`, and:

    workers
        Processes of this machine that evaluate designs, this one included.
    """

    def __init__(
        self,
        folder: Path,
        config: RunConfig,
        layout: Layout,
        manifest: dict[str, Any],
        progress: Progress | None,
        *,
        workers: int = 1,
    ) -> None:
        model = Remembered(
            guarded(layout.problem, config.evaluation), layout.space.defaults[:0], []
        )
        super().__init__(folder, config, layout.seen_through(model), manifest, progress)
        self._begun = self.layout  # undeclared objectives get their box from the designs found
        self._address = storage_address(folder, config.algorithm.storage or "")
        self._workers = workers
        self._ledger = TrialLedger((), config.algorithm.budget)
        self._name = ""

    def restore(self) -> None:
        """Find the study again, or refuse."""
        try:
            text = (self.checkpoint.folder / _STUDY).read_text(encoding="utf-8")
            self._name = str(json.loads(text)["name"])
        except (OSError, ValueError, LookupError, TypeError):
            text = f"cannot resume {self.folder}: checkpoint/{_STUDY} is missing or damaged"
            raise RunFolderError(text, REFUSED) from None
        shared = self._open()
        shared.close()

    def _loop(self, interrupt: Interrupt) -> None:
        """Work on the study until all is done or a signal arrives, then read what it holds."""
        if not self._name:
            self._name = f"{self.config.name} {self.manifest['started']} {self.config.digest}"
            write_text_atomic(
                self.checkpoint.folder / _STUDY, json.dumps({"name": self._name}) + "\n"
            )
        shared = self._open()
        worker = Worker(shared, self.layout, interrupt, name=RUN, progress=self._show)
        try:
            with self._resumable_errors():
                with suppress(Stopped), self._helpers():
                    worker.work()
                self._ledger = shared.ledger()
        finally:
            shared.close()
        self._read(self._ledger)
        self.checkpoint.add_part(self.search.take_blocks())

    @contextmanager
    def _resumable_errors(self) -> Iterator[None]:
        """Turn an error of the database into one message, with the way to go on."""
        try:
            with storage_errors(self._address):
                yield
        except RunFolderError as error:
            raise RunFolderError(f"{error}. {way_on(self.folder)}", error.exit_code) from None

    def _open(self) -> SharedStudy:
        """Open the study of this run, or make it."""
        if not is_made(self._address, self._name):
            first = first_designs(self.config, self.layout)
            return make_study(self._address, self._name, self.config, self.layout, first)
        shared = open_study(self._address, self._name)
        check_identity(shared, self.layout.problem)
        if shared.config.search_digest != self.config.search_digest:
            text = f"cannot resume {self.folder}: changed since it was saved: configuration"
            raise RunFolderError(text, REFUSED)
        if shared.budget != self.config.algorithm.budget:
            with storage_errors(self._address):
                shared.lengthen(self.config.algorithm.budget)
        return shared

    @contextmanager
    def _helpers(self) -> Iterator[None]:
        """Let further processes of this machine join; they end with the work, or are ended."""
        command = [sys.executable, "-P", "-m", "optimize", "worker", str(self.folder)]
        command += problem_arguments(self.config.problem)
        path = os.pathsep.join(sys.path)  # with -P: the working directory does not come first
        environment = {**os.environ, "PYTHONPATH": path, **password_environment(self._address)}
        started = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
            for _ in range(self._workers - 1)
        ]
        try:
            yield
        except BaseException:
            for process in started:
                process.terminate()
            raise
        finally:
            for process in started:
                process.wait()

    def _show(self, ledger: TrialLedger) -> None:
        if self.progress is not None:
            self._read(ledger)
            self.progress(self.search)

    def _read(self, ledger: TrialLedger) -> None:
        """Make the trials of the study the search of this session."""
        self.search = replayed(self.config, self._begun, ledger)
        layout = self.search.layout
        self.layout = Layout(layout.problem, layout.space, layout.objectives, layout.constraints)
        if ledger.done and len(ledger.failed) == len(ledger.settled):
            raise ModelError(f"every design failed: {self.search.failures.text()}")

    def _reason(self) -> str:
        return f"all {self._ledger.budget} designs done"

    def _findings(self, status: str, reason: str, final: Final) -> dict[str, Any]:
        trials = self._ledger.trials
        by_worker = Counter(str(t.user_attrs.get(keys.WORKER)) for t in self._ledger.settled)
        return {
            **super()._findings(status, reason, final),
            "study": {
                "name": self._name,
                "storage": without_password(self.config.algorithm.storage or ""),
                "trials": len(trials),
                "designs_by_worker": dict(sorted(by_worker.items())),
                "dead_workers": sum(place.deaths for place in self._ledger.places.values()),
            },
            # What several workers find depends on which of them is quicker.
            "deterministic": set(by_worker) <= {RUN},
        }


def password_environment(address: str) -> dict[str, str]:
    """Return the password of an address as PostgreSQL's clients take it from the environment.

    Examples
    --------
    >>> password_environment("postgresql://ada:se%20cret@db/designs")
    {'PGPASSWORD': 'se cret'}
    """
    if not is_server(address):
        return {}
    from sqlalchemy import make_url

    url = make_url(address)
    password = url.password or url.query.get("password")
    return {"PGPASSWORD": str(password)} if password else {}
