"""One call of a model: checked columns, an end to what takes too long, and what went wrong."""

from __future__ import annotations

import contextlib
import numbers
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from optimize.utils.system import has_alarm
from optimize.utils.waiting import LateError, answer_within
from problems.units import FloatArray

T = TypeVar("T")

_LONGEST_MESSAGE = 200

Columns = dict[str, FloatArray]


class ModelError(Exception):
    """The problem broke its contract: a missing column, a wrong shape, or nothing that works."""

    exit_code = 1


class TooLongError(BaseException):
    """A call was interrupted; no ``except Exception`` of a model may swallow it."""


class SlowModelError(Exception):
    """A call outside a search was interrupted: an ordinary error, with one message."""

    exit_code = 1

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the model took longer than {seconds:g} s (evaluation.timeout_s)")


class NotNumbersError(Exception):
    """A column holds text, complex numbers or other things that are no real numbers."""


#: What a model may do to a call: also leave the program, which a library should not.
FAULTS = (Exception, TooLongError, SystemExit)


def reason_of(error: BaseException, module: str) -> str:
    """Return type, message and place of what a model raised, in one short line.

    Parameters
    ----------
    error
        As caught.
    module
        Name of the model's module: the innermost line there is the place, if there is one.
    """
    if isinstance(error, NotNumbersError):
        return str(error)
    text = " ".join(str(error).split())
    if len(text) > _LONGEST_MESSAGE:
        text = text[: _LONGEST_MESSAGE - 3] + "..."
    frames = traceback.extract_tb(error.__traceback__)
    file = getattr(sys.modules.get(module), "__file__", None)
    inner = [frame for frame in frames if frame.filename == file] or frames
    place = f" ({Path(inner[-1].filename).name}:{inner[-1].lineno})" if inner else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def checked(answer: Any, names: Sequence[str], count: int, *, copy: bool) -> Columns:
    """Return the columns of a model's answer as ``(count,)`` real numbers.

    Raises
    ------
    ModelError
        For a missing output or one of the wrong shape.
    NotNumbersError
        When a column holds something that is no real number.
    """
    if not isinstance(answer, Mapping):
        kind = type(answer).__name__
        raise ModelError(f"the problem returned {kind}, not columns by the name of their output")
    columns = {}
    for name in names:
        if name not in answer:
            raise ModelError(f"the problem returned no output '{name}'")
        try:
            column = np.asarray(answer[name])
        except ValueError as error:  # lists of unequal length
            raise ModelError(f"output '{name}' is no column: {error}") from None
        if column.shape != (count,):
            raise ModelError(f"output '{name}' has shape {column.shape}, not ({count},)")
        if isinstance(answer[name], np.ma.MaskedArray):
            column = np.ma.filled(answer[name].astype(np.float64), np.nan)
        if column.dtype != np.float64:
            column = _real_numbers(name, column)
        columns[name] = column.copy() if copy else column  # it may be filled again by the next call
    return columns


def _real_numbers(name: str, column: NDArray[Any]) -> FloatArray:
    if column.dtype.kind == "c" and not column.imag.any():
        column = column.real
    if column.dtype.kind == "O" and all(isinstance(v, numbers.Real) for v in column):
        column = column.astype(np.float64)
    if column.dtype.kind not in "fiub":
        shown = repr(column[0].item() if column.dtype.kind != "O" else column[0])
        raise NotNumbersError(f"{name} is no real number, such as {shown[:40]}")
    with np.errstate(over="ignore"):
        return column.astype(np.float64)


def within(seconds: float | None, call: Callable[[], T]) -> T:
    """Return what a call gives, or end it after a time; None sets no limit.

    The main thread is interrupted by a signal, so the call ends where it is; compiled code ends
    when it returns. Elsewhere, and on Windows, no such signal comes: there the call has a thread
    of its own, which is left behind and ends when it executes Python again.

    Raises
    ------
    TooLongError
        When it takes longer.
    """
    if seconds is None:
        return call()
    if has_alarm() and threading.current_thread() is threading.main_thread():
        with time_limit(seconds):
            return call()
    try:
        return answer_within(seconds, call, ended_by=TooLongError)
    except LateError:
        raise TooLongError from None


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, in the main thread.

    Raises
    ------
    TooLongError
        Again every second, should the model catch even that.
    """
    running = True

    def ring(_: int, __: FrameType | None) -> None:
        if running:
            raise TooLongError

    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, min(seconds, 1.0))
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        if left:  # of a limit around this one
            rest = max(left - (time.monotonic() - started), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, rest, interval)
