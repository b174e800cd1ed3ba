"""One run of a campaign on a worker: begun, continued or kept, in a folder with a fixed name.

Whatever happens to a worker, carrying out the same job again ends in the same files: a finished run
is kept, an interrupted one goes on from its checkpoint, a damaged one is moved aside.
"""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from optimize.campaign.place import Remote, clear, is_url, move_aside, require_visible
from optimize.campaign.plan import config_of
from optimize.commands.present import present
from optimize.config.run_config import RunConfig
from optimize.config.study import Study
from optimize.designs.table import violations_text
from optimize.engine.search import Search
from optimize.evaluation.build import build_problem
from optimize.run.folder import load_run, read_manifest
from optimize.run.provenance import data_digests, package_versions
from optimize.run.start import resume_run, start_run
from optimize.utils.files import IN_USE, REFUSED, RunFolderError
from optimize.utils.signals import Stopped, asked_by_parent, interrupt_runs

#: A run, its configuration and where it belongs, in plain data.
Job = dict[str, Any]
#: How a run ended, in plain data.
Ending = dict[str, Any]
#: How often a run is tried again whose worker died.
RETRIES = 2
#: How long runs may take to save their state after a signal.
GRACE_S = 60.0
FINISHED, INFEASIBLE, FAILED = "finished", "infeasible", "failed"
INTERRUPTED, WAITING = "interrupted", "waiting"
#: How long to wait for another process to leave a run folder, as a worker just lost may do.
IN_USE_PATIENCE_S = 30.0

_stopped: set[str] = set()
_drawing = threading.Lock()  # figures share settings within a process


def stop(session: str) -> None:
    """Ask every run of a session in this process to end with its state saved."""
    _stopped.add(session)
    interrupt_runs(signal.SIGTERM)


def _is_stopped(session: str) -> bool:
    return session in _stopped or asked_by_parent() is not None


def died(name: str) -> Ending:
    """Return the ending of a run whose worker died each time."""
    return _failed(name, "its worker died each time it was tried (out of memory, or killed)")


def failed(name: str, error: BaseException) -> Ending:
    """Return the ending of a run that a worker could not carry out."""
    first_line = (str(error) or type(error).__name__).partition("\n")[0]
    return _failed(name, f"{type(error).__name__}: {first_line}")


def _failed(name: str, reason: str) -> Ending:
    return {"name": name, "status": FAILED, "how": "new", "reason": reason, "notes": []}


def describe(config: dict[str, Any], place: str) -> dict[str, str]:
    """Return what this process would compute with; it must see the campaign's folder.

    Returns
    -------
    dict
        Versions of Python and packages, of the model and digests of its data.
    """
    require_visible(place)
    problem = build_problem(config_of(config)[0])
    return {**package_versions(), "model": problem.version, **data_digests(problem)}


def carry_out(job: Job) -> Ending:
    """Carry out one job; a mistake that another try would repeat is reported, not raised.

    Parameters
    ----------
    job
        ``name``, resolved ``config``, ``place`` of the campaign, ``command`` and ``session``.

    Returns
    -------
    dict
        ``name``, ``status``, ``how`` (new, resumed, kept or again), ``reason``, ``notes`` and, of a
        run that got so far, ``hypervolume``, ``front_size``, ``evaluations`` and ``seconds``.

    Raises
    ------
    OSError
        When storage fails for a moment: the scheduler tries again.
    """
    ending: Ending = {
        "name": job["name"],
        "status": WAITING,
        "how": "new",
        "reason": "not begun",
        "notes": [],
    }
    if _is_stopped(job["session"]):
        return ending
    try:
        require_visible(job["place"])
        work = _at_url if is_url(job["place"]) else _in_folder
        ending |= work(job, ending["notes"])
    except OSError:
        raise
    except Exception as error:  # a user's own model may raise anything
        text = str(error) if hasattr(error, "exit_code") else f"{type(error).__name__}: {error}"
        ending |= {"status": FAILED, "reason": text}
    return ending


def _in_folder(job: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    folder = Path(job["place"], "runs", job["name"])
    config, study = config_of(job["config"])
    waited_until = time.monotonic() + IN_USE_PATIENCE_S
    while True:
        try:
            return _brought_to_end(folder, config, study, job, notes)
        except RunFolderError as error:
            if error.exit_code != IN_USE or time.monotonic() > waited_until:
                raise
            time.sleep(0.5)


def _at_url(job: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """Work in a temporary folder; what is finished is uploaded, the rest is done again."""
    remote, name = Remote(job["place"]), job["name"]
    config, study = config_of(job["config"])
    with tempfile.TemporaryDirectory(prefix="heliofront-") as temporary:
        folder = Path(temporary, name)
        damaged = False
        if remote.fetch_run(name, folder):
            state, why = examine(folder, config)
            if state == FINISHED:
                return {**_findings(folder), "how": "kept"}
            damaged = True
            notes.append(f"{why}; moved to {remote.move_aside(name)} and done again")
            clear(folder)
        ending = _brought_to_end(folder, config, study, job, notes)
        if ending["status"] in (FINISHED, INFEASIBLE):
            remote.put_run(name, folder)
        elif ending["status"] == INTERRUPTED:
            ending["reason"] += "; at a URL an unfinished run begins again"
        return {**ending, "how": "again" if damaged else "new"}


def examine(folder: Path, config: RunConfig) -> tuple[str, str]:
    """Return what a run folder holds for ``config``, and why it cannot be used.

    Returns
    -------
    tuple of str
        ``waiting`` (nothing yet), ``interrupted`` (to be continued), ``finished``, or ``failed``
        with the reason.
    """
    saved = (folder / "checkpoint" / "state.json").exists()
    if not (folder / "manifest.json").exists():
        return (FAILED, "the manifest is missing") if saved else (WAITING, "")
    try:
        manifest = read_manifest(folder)
        if manifest.get("config_hash") != config.digest:
            return FAILED, "it holds another configuration"
        if manifest.get("status") != FINISHED:
            return (INTERRUPTED, "") if saved else (WAITING, "")
        run = load_run(folder)
    except RunFolderError as error:
        return FAILED, str(error)
    if run.config.digest != config.digest:
        return FAILED, "its config.yaml was altered"
    if len(run.front) != manifest.get("front_size"):
        return FAILED, "its front is not the one of its manifest"
    made = (manifest.get("problem_version"), manifest.get("data_digests"))
    if made != (run.problem.version, data_digests(run.problem)):
        return FAILED, "it was made by another version of the model"
    return FINISHED, ""


def _brought_to_end(
    folder: Path, config: RunConfig, study: Study, job: dict[str, Any], notes: list[str]
) -> dict[str, Any]:
    """Keep, continue or begin the run; return what it found."""
    state, why = examine(folder, config)
    if state == FINISHED:
        if not (folder / "summary.md").exists():
            _finish(load_run(folder))
        return {**_findings(folder), "how": "kept"}
    how, watch = "new", _watch(job["session"])
    if state == INTERRUPTED:
        try:
            _until_stopped(lambda: resume_run(folder, progress=watch))
            how = "resumed"
        except RunFolderError as error:
            if error.exit_code != REFUSED:
                raise
            state, why = FAILED, str(error)
    if state == FAILED:
        notes.append(f"{why}; moved to {move_aside(folder).name} and done again")
        how = "again"
    if how != "resumed":
        command = job["command"]
        _until_stopped(
            lambda: start_run(config, study, folder=folder, command=command, progress=watch)
        )
    while read_manifest(folder)["status"] == INTERRUPTED and not _is_stopped(job["session"]):
        _until_stopped(lambda: resume_run(folder, progress=watch))  # someone else's were to stop
    if read_manifest(folder)["status"] == FINISHED:
        _finish(load_run(folder))
    return {**_findings(folder), "how": how}


def _until_stopped(work: Callable[[], Any]) -> None:
    """Work on a run; an order to stop that came too late for it stays here."""
    with suppress(Stopped):
        work()


def _watch(session: str) -> Callable[[Search], None]:
    def look(_: Search) -> None:
        if _is_stopped(session):
            interrupt_runs(signal.SIGTERM)

    return look


def _finish(run: Any) -> None:
    with _drawing:
        present(run, alone=False)


def _findings(folder: Path) -> dict[str, Any]:
    """Return what the manifest says."""
    manifest = read_manifest(folder)
    status, reason = manifest["status"], manifest["reason"]
    if status not in (FINISHED, INTERRUPTED):
        status = FAILED
    elif status == FINISHED and manifest["front_size"] == 0:
        status, reason = INFEASIBLE, _blocking(manifest)
    keys = ("hypervolume", "front_size", "evaluations", "seconds")
    return {"status": status, "reason": reason, **{key: manifest[key] for key in keys}}


def _blocking(manifest: dict[str, Any]) -> str:
    nearest = manifest.get("least_violating") or {}
    broken = violations_text(nearest.get("violations") or {})
    text = "no feasible design"
    return f"{text}; the nearest one breaks {broken} (dimensionless)" if broken else text
