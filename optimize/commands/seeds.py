"""Complete runs with consecutive seeds, one after another or in processes side by side."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from optimize.config.problem import problem_arguments
from optimize.config.run_config import RunConfig
from optimize.run.start import start_run
from optimize.utils.phases import phase
from optimize.utils.signals import (
    as_stopped,
    asked_by_parent,
    led_by_parent,
    resumable,
    signals_held,
    way_on,
)


class WorkerLostError(Exception):
    """A process that carried out a run was killed; its folder can be resumed."""

    exit_code = 1


@dataclass(frozen=True)
class Seeded:
    """What became of the run of one seed."""

    seed: int
    path: Path
    hypervolume: float
    front_size: int
    exit_code: int


@dataclass(frozen=True)
class Job:
    """A run still to be carried out, in plain data that another process understands."""

    settings: dict[str, Any]
    out: Path | None
    command: str

    @classmethod
    def of(cls, config: RunConfig, seed: int, out: Path | None, command: str) -> Job:
        """Return the run of a configuration with another seed."""
        settings = config.resolved()
        settings["algorithm"]["seed"] = seed
        return cls(settings, out, command)


def carry_out(jobs: Sequence[Job], workers: int) -> list[Seeded]:
    """Carry out runs, in processes when asked for; an interruption ends those not begun.

    Parameters
    ----------
    jobs
        The runs.
    workers
        Processes; with one, the runs are carried out in this one.

    Returns
    -------
    list of Seeded
        What was begun, in the order of the jobs; an exit code above 128 tells of an interruption.

    Raises
    ------
    WorkerLostError
        When a process was killed, with the way to go on.
    Stopped
        When interrupted at once, or before anything was begun.
    """
    if workers > 1:
        return _side_by_side(jobs, min(workers, len(jobs)))
    done: list[Seeded] = []
    for at, job in enumerate(jobs):
        phase("seed", at + 1, len(jobs))
        done += filter(None, [_one_seed(job)])
        if done[-1].exit_code > 128:
            break
    return done


def _one_seed(job: Job) -> Seeded | None:
    """Carry out one complete run; None when asked not to begin."""
    from optimize.commands.present import present
    from optimize.config.faults import Source
    from optimize.config.run_config import build_config
    from optimize.config.study import check

    if asked_by_parent() is not None:
        return None
    source = Source("config.yaml", job.settings)
    config = build_config(source)
    outcome = start_run(config, check(config, source), out=job.out, command=job.command)
    run, exit_code, asked = outcome.run, outcome.exit_code, asked_by_parent()
    if outcome.status == "finished" and asked is not None:
        exit_code = 128 + asked  # figures and summary are missing
    elif outcome.status == "finished":
        with resumable(run.path, *problem_arguments(config.problem)):
            present(run, alone=False)
    seed, size = config.algorithm.seed, len(run.front)
    return Seeded(seed, run.path, run.manifest["hypervolume"], size, exit_code)


def _side_by_side(jobs: Sequence[Job], workers: int) -> list[Seeded]:
    before = set(_folders(jobs))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=led_by_parent) as pool:
        futures: list[Future[Seeded | None]] = []
        try:
            with signals_held():
                futures += [pool.submit(_one_seed, job) for job in jobs]
            for at, _ in enumerate(as_completed(futures)):
                phase("seeds done:", at + 1, len(jobs))
            return [done for future in futures if (done := future.result()) is not None]
        except BrokenProcessPool:
            needed = problem_arguments(str(jobs[0].settings["problem"]))
            ways_on = [way_on(path, *needed) for path in _folders(jobs) if _is_left(path, before)]
            raise WorkerLostError("\n".join(["error: a process was killed", *ways_on])) from None
        except KeyboardInterrupt as error:
            stopped = as_stopped(error)
            _end_workers(pool, stopped.signal)
            ended = _results(futures)
            if not ended:
                raise
            if all(seeded.exit_code < 128 for seeded in ended):  # asked when nothing was under way
                ended[-1] = replace(ended[-1], exit_code=stopped.exit_code)
            return ended


def _end_workers(pool: ProcessPoolExecutor, number: int) -> None:
    """Have every worker save its state; kill them on a second interrupt."""
    workers = multiprocessing.active_children()
    try:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid or 0, number)
        pool.shutdown(wait=True, cancel_futures=True)
    except KeyboardInterrupt:
        for worker in workers:
            worker.kill()
        raise


def _results(futures: Sequence[Future[Seeded | None]]) -> list[Seeded]:
    ended = [f for f in futures if not f.cancelled() and f.exception() is None]
    return [done for future in ended if (done := future.result()) is not None]


def _folders(jobs: Sequence[Job]) -> list[Path]:
    """Return the run folders of these jobs, of earlier times as well."""
    folders = []
    for job in jobs:
        config = RunConfig.model_validate(job.settings)
        base = job.out if job.out is not None else Path("pareto_outputs") / config.name
        folders += sorted(base.glob(f"*-{config.digest}*"))
    return folders


def _is_left(path: Path, before: set[Path]) -> bool:
    """Return whether a folder is new and its run has not ended."""
    if path in before:
        return False
    with suppress(OSError, ValueError):
        return bool(json.loads((path / "manifest.json").read_bytes())["status"] != "finished")
    return True
