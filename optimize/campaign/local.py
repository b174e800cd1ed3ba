"""Carrying out jobs in processes of this machine, which talk through private pipes.

Every process has a pool of its own, so that one that dies takes no other with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass

from optimize.campaign.task import GRACE_S, RETRIES, Ending, Job, carry_out, died, failed, stop
from optimize.utils.signals import Interrupt, led_by_parent, signals_held

#: A run is the work of one thread; more of them would wait for each other's cores.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass
class _Worker:
    """A process, or a thread of this one, that carries out one job at a time."""

    pool: Executor
    job: Job
    tries: int = 0


class Workers:
    """Processes of this machine that carry out jobs.

    Parameters
    ----------
    count
        How many.
    processes
        False takes threads of this process, for tests.
    """

    def __init__(self, count: int, *, processes: bool = True) -> None:
        self._count = count
        self._processes = processes
        self._stopping = False
        self._waiting: deque[Job] = deque()
        self._working: dict[Future[Ending], _Worker] = {}

    def carry_out(
        self, jobs: Sequence[Job], report: Callable[[Ending], None], interrupt: Interrupt
    ) -> None:
        """Carry out jobs and hand over each ending as it comes; when asked, stop with all saved."""
        self._waiting = deque(jobs)
        end = None
        try:
            for _ in range(min(self._count, len(jobs))):
                self._submit(_Worker(self._pool(), self._waiting.popleft()))
            while self._working and (end is None or time.monotonic() < end):
                done, _ = wait(self._working, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    self._ended(future, report)
                if interrupt.signal is not None and end is None:
                    end = time.monotonic() + GRACE_S
                    self._stop(jobs[0]["session"])
        finally:
            self._close()

    def _pool(self) -> Executor:
        if not self._processes:
            return ThreadPoolExecutor(1)
        for name in _ONE_THREAD:
            os.environ.setdefault(name, "1")
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=led_by_parent)

    def _submit(self, worker: _Worker) -> None:
        with signals_held():
            self._working[worker.pool.submit(carry_out, worker.job)] = worker

    def _ended(self, future: Future[Ending], report: Callable[[Ending], None]) -> None:
        """Tell how a job ended and give its worker the next one, or try the job again."""
        worker = self._working.pop(future)
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            worker.pool.shutdown()
            worker.pool = self._pool()
        worker.tries += 1
        if isinstance(error, BrokenProcessPool | OSError) and worker.tries <= RETRIES:
            if not self._stopping:
                self._submit(worker)
            return
        if isinstance(error, BrokenProcessPool):
            report(died(worker.job["name"]))
        elif error is not None:
            report(failed(worker.job["name"], error))
        else:
            report(future.result())
        if self._waiting:
            self._submit(_Worker(worker.pool, self._waiting.popleft()))
        else:
            worker.pool.shutdown()

    def _stop(self, session: str) -> None:
        """Have every run save its state; those not begun stay so."""
        self._stopping = True
        self._waiting.clear()
        if not self._processes:
            stop(session)
            return
        for process in multiprocessing.active_children():
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, signal.SIGTERM)

    def _close(self) -> None:
        """End what is still at work: it was asked long ago, or a second time."""
        if self._working and self._processes:
            for process in multiprocessing.active_children():
                process.kill()
        for worker in self._working.values():
            worker.pool.shutdown(wait=self._processes, cancel_futures=True)
