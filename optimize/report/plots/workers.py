"""Figures drawn by two processes: this one from the first on, a helper from the last on.

Drawing takes longer than a short search and is one thread's work. The helper needs a second to
start, so it is worth its while for a whole set of figures only, and where there is a second core.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimize.report.plots.run import figure_count, write_figures
from optimize.utils.signals import end_with_parent

if TYPE_CHECKING:
    from optimize.run.folder import RunData

_FEWEST = 4  # figures from which a helper pays
_PATIENCE_S = 5.0  # for a helper told to leave, which removes what it has half written


class _Claims:
    """Which figures are left: two numbers that both processes share."""

    def __init__(self, context: Any, count: int) -> None:
        self._ends = context.Array("i", [0, count])

    def forwards(self) -> Iterator[int]:
        """Claim figures from the first on."""
        return self._claim(0)

    def backwards(self) -> Iterator[int]:
        """Claim figures from the last on."""
        return self._claim(1)

    def _claim(self, end: int) -> Iterator[int]:
        while True:
            with self._ends.get_lock():
                first, last = self._ends[:]
                if first >= last:
                    return
                self._ends[end] += -1 if end else 1
            yield last - 1 if end else first

    @property
    def given(self) -> int:
        """The first figure of those claimed from the last on."""
        return int(self._ends[1])


def draw(run: RunData, *, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Draw every figure of a stored run, with a helper where that pays.

    Parameters
    ----------
    run
        A finished run, its tables in its folder.
    formats
        As of :func:`optimize.report.plots.run.write_figures`.

    Returns
    -------
    list of Path
        The files written, by name; the same bytes as one process writes.
    """
    count = figure_count(run)
    if count < _FEWEST or (os.cpu_count() or 1) < 2:
        return write_figures(run, formats=formats)
    context = multiprocessing.get_context("spawn")
    claims = _Claims(context, count)
    receiver, sender = context.Pipe(duplex=False)
    helper = context.Process(
        target=_help,
        args=(str(run.path), run.config.problem, tuple(formats), claims, sender),
        daemon=True,
    )
    helper.start()
    sender.close()
    try:
        written = write_figures(run, formats=formats, positions=claims.forwards())
        written += _received(receiver) or write_figures(
            run, formats=formats, positions=range(claims.given, count)
        )
    finally:
        helper.terminate()
        helper.join(_PATIENCE_S)
        helper.kill()
        helper.join()
    return sorted(written)


def _received(answer: Connection) -> list[Path]:
    """Return what the helper has written: nothing when it failed."""
    try:
        return [Path(name) for name in answer.recv()]
    except EOFError:
        return []


def _help(
    path: str, problem: str, formats: Sequence[str], claims: _Claims, answer: Connection
) -> None:
    """Draw figures of a stored run from the last on, and say which files they are."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this one decides
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    from optimize.config.problem import allow
    from optimize.run.folder import load_run

    allow(problem)  # as the process that started this one did
    try:
        files = write_figures(load_run(path), formats=formats, positions=claims.backwards())
    except Exception:  # the other process draws these as well, and meets what is wrong itself
        return
    answer.send([str(file) for file in files])
