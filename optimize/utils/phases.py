"""What a command is doing, for whoever watches it: phases and how far each has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Takes the name of a phase, how many of its steps are done, and their number, 0 where unknown.
Watcher = Callable[[str, int, int], None]
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


def phase(name: str, done: int = 0, total: int = 0) -> None:
    """Tell whoever watches that a phase or one of its steps begins."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(name, done, total)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Have phases told to ``watcher`` meanwhile.

    Examples
    --------
    >>> with watched(print):
    ...     phase("drawing", 1, 7)
    drawing 1 7
    """
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
