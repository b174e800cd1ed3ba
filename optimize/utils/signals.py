"""Signals that ask the program to end: remembered while results are saved, told with the way on.

``SIGINT`` (Ctrl-C) and ``SIGTERM`` are treated alike. While a run is worked on they are remembered
until the state is saved; anywhere else they raise :class:`Stopped`, which ends a command with
128 plus the number of the signal.
"""

from __future__ import annotations

import os
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from optimize.utils.system import hold_signals, release_signals

_ENDING = (signal.SIGINT, signal.SIGTERM)
_working: set[Interrupt] = set()  # of the runs worked on in this process, in whatever thread
_led: list[Interrupt] = []  # of this process, where another one leads it


class Stopped(KeyboardInterrupt):
    """A signal ended the work at once.

    Attributes
    ----------
    signal
        The signal that did.
    exit_code
        128 plus its number, as a shell counts.
    message
        What is kept and how to go on; empty where nothing is kept.
    """

    def __init__(self, number: int = signal.SIGINT, message: str = "") -> None:
        super().__init__(message)
        self.signal = signal.Signals(number)
        self.exit_code = 128 + number
        self.message = message


def as_stopped(error: KeyboardInterrupt) -> Stopped:
    """Return an interruption with its signal: Python's own comes from ``SIGINT``.

    Examples
    --------
    >>> as_stopped(KeyboardInterrupt()).exit_code, as_stopped(Stopped(15)).exit_code
    (130, 143)
    """
    return error if isinstance(error, Stopped) else Stopped()


def way_on(folder: Path, *arguments: str) -> str:
    """Return the command that continues a run, with the further arguments that it needs.

    Examples
    --------
    >>> way_on(Path("my runs/a"))
    "Continue with: heliofront resume 'my runs/a'"
    """
    return f"Continue with: {shlex.join(['heliofront', 'resume', str(folder), *arguments])}"


@contextmanager
def resumable(folder: Path, *arguments: str) -> Iterator[None]:
    """Say how a run goes on, as by :func:`way_on`, when a signal ends the work there at once."""
    try:
        yield
    except KeyboardInterrupt as error:
        stopped = as_stopped(error)
        if not stopped.message:
            text = f"stopped by {stopped.signal.name}; all up to the last checkpoint is saved"
            stopped = Stopped(stopped.signal, f"{text}. {way_on(folder, *arguments)}")
        raise stopped from None


class Interrupt:
    """Remembers a signal until the work at hand is saved; asked twice, it does not wait.

    Parameters
    ----------
    patient
        Whether it waits however often it is asked: for a process that another one leads.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.signal: signal.Signals | None = None
        self.patient = patient

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Note the signal; a second one ends the process at once, unless it is patient."""
        if self.signal is not None and not self.patient:
            raise Stopped(number)
        self.signal = self.signal or signal.Signals(number)

    def is_asked(self) -> bool:
        """Return whether a signal asked the work to end."""
        return self.signal is not None


def interrupt_runs(number: int) -> None:
    """Ask every run worked on in this process to save its state and end, as a signal would."""
    for interrupt in tuple(_working):
        interrupt.signal = interrupt.signal or signal.Signals(number)


def asked_to_end() -> signal.Signals | None:
    """Return the signal that asked the runs worked on in this process to end, if one did."""
    return next(
        (interrupt.signal for interrupt in tuple(_working) if interrupt.signal is not None), None
    )


@contextmanager
def deferred_signals() -> Iterator[Interrupt]:
    """Remember signals instead of being ended by them; where a parent leads, its orders count."""
    outer = signal.getsignal(signal.SIGINT)
    interrupt = outer if isinstance(outer, Interrupt) and outer.patient else Interrupt()
    _working.add(interrupt)
    try:
        with _handling(interrupt):
            yield interrupt
    finally:
        _working.discard(interrupt)


@contextmanager
def _handling(interrupt: Interrupt) -> Iterator[None]:
    """Let signals come to ``interrupt``, unless this is not the main thread."""
    try:
        before = {number: signal.signal(number, interrupt) for number in _ENDING}
    except ValueError:  # not the main thread: signals go elsewhere
        interrupt.patient = True
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let ``SIGTERM`` clean up as ``SIGINT`` does, by raising :class:`Stopped`.

    A command that ends with what it has, as after ``SIGINT``, ends with the exit code of the
    signal that came.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise Stopped(number)

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except SystemExit as end:
        if came and end.code == 128 + signal.SIGINT:
            end.code = 128 + came[-1]
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold signals back while processes are started: they inherit that, and none meets one early.

    A process so started calls :func:`led_by_parent` when it is ready for them.
    """
    hold_signals(_ENDING)
    try:
        yield
    finally:
        release_signals(_ENDING)


def led_by_parent() -> None:
    """Make this process save and end when asked, and end at once when its parent is gone."""
    interrupt = Interrupt(patient=True)
    _led.append(interrupt)
    for number in _ENDING:
        signal.signal(number, interrupt)
    end_with_parent()
    release_signals(_ENDING)


def asked_by_parent() -> signal.Signals | None:
    """Return the signal that asked this process to end, if another one leads it."""
    return next((interrupt.signal for interrupt in _led if interrupt.signal is not None), None)


def end_with_parent() -> None:
    """End this process at once when its parent is gone, so that it holds nothing for long."""
    from multiprocessing import parent_process

    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
