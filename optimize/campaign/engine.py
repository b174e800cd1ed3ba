"""Carrying out jobs with Dask distributed: workers of this machine, or a cluster of the user's own.

A job is a whole run, so the scheduler has little to do and losing a worker costs little. Dask does
not outlive its scheduler; the run folders are what a restarted campaign goes on from.
"""

from __future__ import annotations

import logging
import queue
import re
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from distributed import Client, KilledWorker, LocalCluster, WorkerPlugin
from distributed.worker import Worker

from optimize.campaign.task import FAILED, carry_out, describe, stop
from optimize.utils.signals import Interrupt
from problems.spec import SpecError

RETRIES = 2
#: How long runs may take to save their state after a signal.
GRACE_S = 60.0
_ADDRESS = re.compile(r"(tcp|tls|ucx|wss?)://[^\s/]+:\d{1,5}")
_HEARTBEAT_S = 2.0
_CHECK_S = 120.0  # for every worker of a cluster to build the problem once


class CampaignError(Exception):
    """A campaign that cannot begin or go on; what is done stays done."""

    exit_code = 1


@dataclass(frozen=True)
class Workers:
    """Where jobs are carried out.

    Attributes
    ----------
    scheduler
        Address of the user's own cluster; None for workers on this machine.
    count
        Workers on this machine, one thread each.
    processes
        False keeps them in this process, for tests.
    patience_s
        How long the scheduler may not answer.

    Raises
    ------
    SpecError
        For an address that is none.
    """

    scheduler: str | None = None
    count: int = 1
    processes: bool = True
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        if self.scheduler is not None and not _ADDRESS.fullmatch(self.scheduler):
            message = f"expected an address such as tcp://head:8786, got '{self.scheduler}'"
            raise SpecError("scheduler", message)


class _LeaveInterrupts(WorkerPlugin):
    """Workers of this machine leave Ctrl-C, which reaches the whole group, to the campaign."""

    name = "heliofront-signals"

    def setup(self, worker: Worker) -> None:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def connected(workers: Workers) -> Iterator[Client]:
    """Give a client with at least one worker.

    Raises
    ------
    CampaignError
        When the scheduler cannot be reached or has no workers within the patience.
    """
    with _quiet():
        if workers.scheduler is None:
            with _local(workers) as client:
                yield client
            return
        client = _reach(workers.scheduler, workers.patience_s)
        try:
            yield client
        finally:
            with suppress(Exception):  # a scheduler that is gone cannot be told goodbye
                client.close(timeout=2)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log out of the way: what matters is told by the campaign."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _local(workers: Workers) -> Iterator[Client]:
    with tempfile.TemporaryDirectory(prefix="heliofront-workers-") as scratch:
        try:
            with warnings.catch_warnings():  # a machine without a network has no address to find
                warnings.filterwarnings("ignore", "Couldn't detect a suitable IP", RuntimeWarning)
                cluster = LocalCluster(
                    n_workers=workers.count,
                    threads_per_worker=1,
                    processes=workers.processes,
                    host="127.0.0.1" if workers.processes else None,
                    dashboard_address="127.0.0.1:0",
                    memory_limit=None,
                    silence_logs=logging.CRITICAL + 1,
                    local_directory=scratch,
                )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise CampaignError(f"cannot start workers on this machine: {error}") from None
        with cluster, Client(cluster, set_as_default=False) as client:
            if workers.processes:
                client.register_plugin(_LeaveInterrupts())
            yield client


def _reach(address: str, patience_s: float) -> Client:
    try:
        client = Client(address, timeout=patience_s, set_as_default=False)
    except (OSError, TimeoutError, ImportError, ValueError) as error:
        raise CampaignError(
            f"cannot reach the scheduler {address} within {patience_s:g} s ({_first_line(error)})"
        ) from None
    try:
        client.wait_for_workers(1, timeout=patience_s)
    except TimeoutError:
        client.close(timeout=2)
        raise CampaignError(
            f"the scheduler {address} has no workers after {patience_s:g} s; "
            f"start some with: dask worker {address} --nthreads 1"
        ) from None
    return client


def require_same_model(client: Client, config: dict[str, Any], place: str) -> None:
    """Raise unless every worker sees the folder and computes with the same versions as here.

    Raises
    ------
    CampaignError
        Naming the worker and what differs.
    """
    here = describe(config, place)
    try:
        answers = _within(_CHECK_S, lambda: client.run(describe, config, place, on_error="return"))
    except TimeoutError:
        raise CampaignError(f"workers do not answer within {_CHECK_S:g} s") from None
    for worker, answer in answers.items():
        if isinstance(answer, ModuleNotFoundError):
            raise CampaignError(
                f"worker {worker} cannot import {answer.name}: install heliofront "
                f"{here.get('heliofront', '')} and your own modules there"
            )
        if isinstance(answer, BaseException):
            raise CampaignError(f"worker {worker}: {_first_line(answer)}")
        odd = [
            f"{name} {answer.get(name, 'none')[:12]} instead of {here.get(name, 'none')[:12]}"
            for name in sorted({*here, *answer})
            if here.get(name) != answer.get(name)
        ]
        if odd:
            raise CampaignError(
                f"worker {worker} has {', '.join(odd)}: results would depend on who computes "
                "them; install the same versions on both sides"
            )


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """Return what a call returns, or raise TimeoutError; a late answer is dropped."""
    box: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            box.put((call(), None))
        except BaseException as error:
            box.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        value, error = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value


class Jobs:
    """Jobs at a scheduler, until all have ended or someone asks to stop."""

    def __init__(self, client: Client, workers: Workers, session: str) -> None:
        self.client = client
        self.workers = workers
        self.session = session
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pending: dict[str, str] = {}
        self._answered = self._looked = time.monotonic()

    def carry_out(
        self,
        jobs: Sequence[dict[str, Any]],
        told: Callable[[dict[str, Any]], None],
        asked: Interrupt,
    ) -> None:
        """Submit jobs and hand over each ending as it comes.

        Raises
        ------
        CampaignError
            When the scheduler is lost.
        """
        futures = []
        for job in jobs:
            key = f"{job['name']}-{self.session}"
            future = self.client.submit(carry_out, job, key=key, retries=RETRIES, pure=False)
            self._pending[key] = job["name"]
            futures.append(future)  # kept: a future let go of is cancelled
            future.add_done_callback(self._done.put)
        end = None
        while self._pending and (end is None or time.monotonic() < end):
            with suppress(queue.Empty):
                future = self._done.get(timeout=0.2)
                ending = self._ending(future)
                if ending is not None and future.key in self._pending:
                    del self._pending[future.key]
                    told(ending)
            if asked.signal is not None and end is None:
                end = time.monotonic() + GRACE_S
                self._looked = 0.0
            self._look_around(stopping=end is not None)

    def _ending(self, future: Any) -> dict[str, Any] | None:
        """Return how a job ended; None when its worker vanished with the answer."""
        if future.status == "cancelled":
            raise self._lost()
        try:
            ending: dict[str, Any] = future.result(timeout=self.workers.patience_s)
        except TimeoutError:
            self._done.put(future)
            return None
        except KilledWorker:
            reason = "its worker died each time it was tried (out of memory, or killed)"
        except Exception as error:
            if future.status == "cancelled":
                raise self._lost() from None
            reason = f"{type(error).__name__}: {_first_line(error)}"
        else:
            return ending
        name = self._pending[future.key]
        return {"name": name, "status": FAILED, "how": "new", "reason": reason, "notes": []}

    def _look_around(self, *, stopping: bool) -> None:
        """Ask runs to stop, and the scheduler whether it is still there."""
        if time.monotonic() - self._looked < _HEARTBEAT_S:
            return
        if stopping:  # again and again: a worker may have been replaced
            with suppress(OSError, TimeoutError, RuntimeError):
                _within(10.0, lambda: self.client.run(stop, self.session, on_error="ignore"))
        if self.workers.scheduler is not None:
            try:
                _within(min(5.0, self.workers.patience_s), self.client.nthreads)
                self._answered = time.monotonic()
            except (OSError, TimeoutError, RuntimeError):
                if time.monotonic() - self._answered > self.workers.patience_s:
                    raise self._lost() from None
        self._looked = time.monotonic()

    def _lost(self) -> CampaignError:
        return CampaignError(f"the scheduler {self.workers.scheduler or 'of this machine'} is gone")


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]
