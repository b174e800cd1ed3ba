"""Waiting that ends: for an answer, and for what does not come at once."""

from __future__ import annotations

import contextvars
import ctypes
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import click

T = TypeVar("T")

_ENDINGS = 3  # times that a late call is asked to end
_HEARD_S = 0.02
#: What takes longer is told.
SLOW_S = 2.0


class LateError(TimeoutError):
    """A call did not end in time."""


def answer_within(
    seconds: float, call: Callable[[], T], *, ended_by: type[BaseException] = SystemExit
) -> T:
    """Return what a call gives, in a thread of its own that is left behind when it is late.

    Parameters
    ----------
    seconds
        How long to wait.
    call
        Sees the context of the caller, such as NumPy's handling of floating-point errors.
    ended_by
        Raised in a late call, which meets it once it executes Python again.

    Raises
    ------
    LateError
        When it is late. What the call itself raises is raised here.
    """
    box: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
    context = contextvars.copy_context()

    def work() -> None:
        with suppress(ended_by):
            try:
                box.put((context.run(call), None))
            except BaseException as error:
                box.put((None, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        value, error = box.get(timeout=seconds)
    except queue.Empty:
        _end(thread, ended_by)
        raise LateError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # without an error there is one


def _end(thread: threading.Thread, error: type[BaseException]) -> None:
    """Raise an error in a thread; one that catches it is asked again."""
    for _ in range(_ENDINGS):
        if not thread.is_alive():
            return
        number = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(error))
        thread.join(_HEARD_S)


@contextmanager
def told_when_slow(text: str, after_s: float = SLOW_S) -> Iterator[None]:
    """Print one line on standard error when the work within is not done soon."""
    with after(after_s, lambda: click.echo(text, err=True)):
        yield


@contextmanager
def after(seconds: float, action: Callable[[], None]) -> Iterator[None]:
    """Do something, in another thread, when the work within is not done after a time."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
