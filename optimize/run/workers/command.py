"""The command worker: from the address of a storage to a worker at work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimize.config.storage import FILE_NAME, SQLITE, address_fault, is_server, without_password
from optimize.config.study import study_of
from optimize.config.traits import missing_packages
from optimize.evaluation.build import build_problem
from optimize.evaluation.robust import robust_layout
from optimize.evaluation.tables import Layout
from optimize.run.folder import read_manifest
from optimize.run.progress import wanted
from optimize.run.workers.ledger import TrialLedger
from optimize.run.workers.shared_study import SharedStudy, check_identity, open_study
from optimize.run.workers.storage import storage_errors
from optimize.run.workers.worker import Worker
from optimize.utils.answer import deliver
from optimize.utils.files import REFUSED, RunFolderError
from optimize.utils.signals import Stopped, deferred_signals
from problems.space import DesignSpace
from problems.spec import SpecError


def join(storage: str, name: str | None, most: int | None, *, as_json: bool) -> int:
    """Work on a study until its budget is done, ``most`` designs are, or a signal arrives."""
    address, name = _place(storage, name)
    shared = open_study(address, name)
    try:
        layout = _layout(shared)
        with deferred_signals() as interrupt:
            worker = Worker(shared, layout, interrupt, progress=_line(shared))
            stopped = None
            try:
                with storage_errors(address):
                    worker.work(most)
            except Stopped as error:
                stopped = error
        with storage_errors(address):
            ledger = shared.ledger()
    finally:
        shared.close()
    _tell(_answer(shared, worker, ledger), as_json=as_json)
    if stopped is not None:
        text = "the design at work was given back; run this command again to go on"
        click.echo(f"stopped by {stopped.signal.name}: {text}", err=True)
        return stopped.exit_code
    return 0


def _answer(shared: SharedStudy, worker: Worker, ledger: TrialLedger) -> dict[str, Any]:
    return {
        "study": shared.name,
        "storage": without_password(shared.address),
        "evaluated": worker.tally.evaluated,
        "failed": worker.tally.failed,
        "done": len(ledger.settled),
        "budget": ledger.budget,
    }


def _tell(answer: dict[str, Any], *, as_json: bool) -> None:
    failed = f" ({answer['failed']} without a result)" if answer["failed"] else ""
    text = (
        f"{answer['evaluated']} designs evaluated here{failed}; "
        f"{answer['done']} of {answer['budget']} of study '{answer['study']}' are done"
    )
    deliver(answer, text, as_json=as_json)


def _line(shared: SharedStudy) -> Any:
    """Return the callback that prints a line after every design, for a terminal only."""
    if not wanted():
        return None

    def tell(ledger: TrialLedger) -> None:
        click.echo(f"{len(ledger.settled)} of {ledger.budget} designs done", err=True)

    return tell


def _place(storage: str, name: str | None) -> tuple[str, str | None]:
    """Return address and study of the argument: a folder, a file or an address."""
    if is_server(storage):
        fault = address_fault(storage)
        if fault is not None:
            raise SpecError("STORAGE", fault)
        return storage, name
    path = Path(storage.removeprefix("sqlite:///"))
    if path.is_dir():
        if not (path / FILE_NAME).exists():
            return _of_run(path, name)
        path = path / FILE_NAME
    if not path.is_file():
        shown = without_password(storage)
        text = f"'{shown}' is no run folder, file or address such as postgresql://user@host/designs"
        raise SpecError("STORAGE", text)
    return str(path), name


def _of_run(folder: Path, name: str | None) -> tuple[str, str | None]:
    """Return address and study of a run whose study is on a server."""
    import json

    from optimize.config.overrides import load_config

    read_manifest(folder)
    config, _ = load_config(folder / "config.yaml")
    address = config.algorithm.storage
    if address in (None, SQLITE):
        reason = "has no study.sqlite yet" if address else "does not keep its designs in a storage"
        raise RunFolderError(f"{folder} {reason}", REFUSED)
    try:
        stored = json.loads((folder / "checkpoint" / "study.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise RunFolderError(f"{folder} has no study yet", REFUSED) from None
    return str(address), name or str(stored["name"])


def _layout(shared: SharedStudy) -> Layout:
    """Build the problem of a study here and check that it is the same."""
    config = shared.config
    if (missing := missing_packages(config.algorithm.name)) is not None:
        raise SpecError("algorithm.name", missing)
    try:
        problem = build_problem(config)
        study = study_of(config, problem)
    except SpecError as error:
        hint = "a model of your own must be importable where the worker starts"
        raise SpecError(error.key, f"{error.message} ({hint})", error.suggestion) from None
    check_identity(shared, problem)
    space = DesignSpace(study.variables)
    layout = Layout(problem, space, study.objectives, study.constraints)
    return robust_layout(config.uncertainty, layout)
