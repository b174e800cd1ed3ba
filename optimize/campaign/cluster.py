"""Carrying out jobs on a cluster of the user's own, with Dask distributed.

A job is a whole run, so the scheduler has little to do and losing a worker costs little. Dask does
not outlive its scheduler; the run folders are what a restarted campaign goes on from.
"""

from __future__ import annotations

import logging
import queue
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import click
from distributed import Client, KilledWorker

from optimize.campaign.place import CampaignError
from optimize.campaign.task import (
    GRACE_S,
    RETRIES,
    Ending,
    Job,
    carry_out,
    describe,
    died,
    failed,
    stop,
)
from optimize.utils.signals import Interrupt
from optimize.utils.waiting import answer_within, told_when_slow
from problems.spec import SpecError

_ADDRESS = re.compile(r"(tcp|tls|ucx|wss?)://[^\s/]+:\d{1,5}")
_HEARTBEAT_S = 2.0
_CHECK_S = 120.0  # for every worker of a cluster to build the problem once


@dataclass(frozen=True)
class Cluster:
    """The user's own cluster.

    Attributes
    ----------
    address
        Of its scheduler.
    patience_s
        How long the scheduler may not answer, or have no workers.

    Raises
    ------
    SpecError
        For an address that is none.
    """

    address: str
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            message = f"expected an address such as tcp://head:8786, got '{self.address}'"
            raise SpecError("scheduler", message)

    def carry_out(
        self, jobs: Sequence[Job], report: Callable[[Ending], None], interrupt: Interrupt
    ) -> None:
        """Carry out jobs and hand over each ending as it comes; when asked, stop with all saved.

        Raises
        ------
        CampaignError
            When the cluster cannot be used, or is lost.
        """
        with connected(self) as client:
            require_same_model(client, jobs[0]["config"], jobs[0]["place"])
            _Jobs(client, self).carry_out(jobs, report, interrupt)


@contextmanager
def connected(cluster: Cluster) -> Iterator[Client]:
    """Give a client with at least one worker.

    Raises
    ------
    CampaignError
        When the scheduler cannot be reached or has no workers within the patience.
    """
    with _quiet():
        client = _reach(cluster)
        try:
            yield client
        finally:
            with suppress(Exception):  # the scheduler may be gone
                client.close(timeout=2)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the log of Dask: the campaign reports what matters."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _reach(cluster: Cluster) -> Client:
    address, at_most = cluster.address, f"{cluster.patience_s:g} s"
    try:
        with told_when_slow(f"waiting for the scheduler {address}, for at most {at_most}"):
            client = Client(address, timeout=cluster.patience_s, set_as_default=False)
    except (OSError, TimeoutError, ImportError, ValueError) as error:
        raise CampaignError(
            f"cannot reach the scheduler {address} within {at_most} ({_first_line(error)})"
        ) from None
    try:
        with told_when_slow(f"waiting for workers of {address}, for at most {at_most}"):
            client.wait_for_workers(1, timeout=cluster.patience_s)
    except TimeoutError:
        client.close(timeout=2)
        raise _without_workers(cluster) from None
    return client


def _without_workers(cluster: Cluster) -> CampaignError:
    return CampaignError(
        f"the scheduler {cluster.address} has no workers after {cluster.patience_s:g} s; "
        f"start some with: dask worker {cluster.address} --nthreads 1"
    )


def require_same_model(client: Client, config: dict[str, Any], place: str) -> None:
    """Raise unless every worker sees the folder and computes with the same versions as here.

    Raises
    ------
    CampaignError
        Naming the worker and what differs.
    """
    expected = describe(config, place)
    try:
        with told_when_slow(f"waiting for workers to begin, for at most {_CHECK_S:g} s"):
            replies = answer_within(
                _CHECK_S, lambda: client.run(describe, config, place, on_error="return")
            )
    except TimeoutError:
        raise CampaignError(f"workers do not answer within {_CHECK_S:g} s") from None
    for worker, reply in replies.items():
        if isinstance(reply, ModuleNotFoundError):
            raise CampaignError(
                f"worker {worker} cannot import {reply.name}: install heliofront "
                f"{expected.get('heliofront', '')} and your own modules there"
            )
        if isinstance(reply, BaseException):
            raise CampaignError(f"worker {worker}: {_first_line(reply)}")
        odd = [
            f"{name} {reply.get(name, 'none')[:12]} instead of {expected.get(name, 'none')[:12]}"
            for name in sorted({*expected, *reply})
            if expected.get(name) != reply.get(name)
        ]
        if odd:
            raise CampaignError(
                f"worker {worker} has {', '.join(odd)}: results would depend on who computes "
                "them; install the same versions on both sides"
            )


class _Jobs:
    """Jobs at a scheduler, until all have ended or someone asks to stop."""

    def __init__(self, client: Client, cluster: Cluster) -> None:
        self.client = client
        self.cluster = cluster
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pending: dict[str, str] = {}
        self._answered = self._looked = self._staffed = time.monotonic()
        self._alone = False

    def carry_out(
        self, jobs: Sequence[Job], report: Callable[[Ending], None], interrupt: Interrupt
    ) -> None:
        """Submit jobs and hand over each ending as it comes.

        Raises
        ------
        CampaignError
            When the scheduler is lost, or has had no workers for longer than the patience.
        """
        futures, session = [], jobs[0]["session"]
        for job in jobs:
            key = f"{job['name']}-{session}"
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
                    report(ending)
            if interrupt.signal is not None and end is None:
                end = time.monotonic() + GRACE_S
                self._looked = 0.0
            self._look_around(stop_session=session if end is not None else None)

    def _ending(self, future: Any) -> Ending | None:
        """Return how a job ended; None when its worker is lost."""
        if future.status == "cancelled":
            raise self._lost()
        try:
            ending: Ending = future.result(timeout=self.cluster.patience_s)
        except TimeoutError:
            self._done.put(future)
            return None
        except KilledWorker:
            return died(self._pending[future.key])
        except Exception as error:
            if future.status == "cancelled":
                raise self._lost() from None
            return failed(self._pending[future.key], error)
        return ending

    def _look_around(self, *, stop_session: str | None) -> None:
        """Ask runs to stop, and the scheduler whether it is still there."""
        if time.monotonic() - self._looked < _HEARTBEAT_S:
            return
        if stop_session is not None:  # again and again: a worker may have been replaced
            with suppress(OSError, TimeoutError, RuntimeError):
                answer_within(10.0, lambda: self.client.run(stop, stop_session, on_error="ignore"))
        try:
            threads = answer_within(min(5.0, self.cluster.patience_s), self.client.nthreads)
            self._answered = time.monotonic()
        except (OSError, TimeoutError, RuntimeError):
            if time.monotonic() - self._answered > self.cluster.patience_s:
                raise self._lost() from None
        else:
            self._look_for_workers(any(threads.values()))
        self._looked = time.monotonic()

    def _look_for_workers(self, present: bool) -> None:
        """Say at once when the last worker is gone; do not wait for another one for ever."""
        if present:
            self._staffed, self._alone = time.monotonic(), False
        elif not self._alone:
            self._alone = True
            click.echo(
                f"the scheduler {self.cluster.address} has no workers left; waiting for one, "
                f"for at most {self.cluster.patience_s:g} s",
                err=True,
            )
        elif time.monotonic() - self._staffed > self.cluster.patience_s:
            raise _without_workers(self.cluster)

    def _lost(self) -> CampaignError:
        return CampaignError(f"the scheduler {self.cluster.address} is gone")


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]
