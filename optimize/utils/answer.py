"""How a command answers on standard output, whatever else is printed there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from optimize.utils.files import to_json
from optimize.utils.terminal import fitted, terminal_columns, wrapped_lines

_STDOUT, _STDERR = 1, 2
_places: list[Any] = []  # where documents go, as a stream or a descriptor, while it is reserved


def deliver(document: Any, text: str | Callable[[], str], *, as_json: bool) -> None:
    """Print the answer of a command: one JSON document, or text that ends with its line.

    Parameters
    ----------
    document
        Plain data.
    text
        The answer as a person reads it, or what makes it: called only when it is printed, and its
        tables fit the terminal then.
    as_json
        Whether the document is asked for.
    """
    if as_json:
        _print(to_json(document))
        return
    columns = terminal_columns()
    with fitted(columns):
        answer = wrapped_lines(text() if callable(text) else text, columns)
    click.echo(answer, nl=not answer.endswith("\n"))


@contextmanager
def reserved_stdout(*, for_good: bool = False) -> Iterator[None]:
    """Keep standard output for :func:`deliver`; all other text goes to standard error.

    That holds for models in compiled languages and for programs that they start as well.

    Parameters
    ----------
    for_good
        Until the process ends, which is when the libraries of C and Fortran write what they kept
        back.
    """
    before = sys.stdout
    descriptor = _diverted() if _is_real(before) else None
    _places.append(before if descriptor is None else descriptor)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = before
        _places.pop()
        if descriptor is not None and not for_good:
            os.dup2(descriptor, _STDOUT)
            os.close(descriptor)


def _print(text: str) -> None:
    """Print a document where documents go, as UTF-8."""
    place = _places[-1] if _places else sys.stdout
    if not isinstance(place, int):
        click.echo(text, file=place, nl=False)
        return
    left = memoryview(text.encode())
    while left:  # without a buffer, so that a full disk or a closed pipe is met here
        left = left[os.write(place, left) :]


def _is_real(stream: Any) -> bool:
    """Return whether a stream is the standard output of the process."""
    try:
        return bool(stream.fileno() == _STDOUT)
    except (AttributeError, OSError, ValueError):  # closed, or no file behind it
        return False


def _diverted() -> int:
    """Let standard output be standard error; return a descriptor of what it was."""
    sys.stdout.flush()
    descriptor = os.dup(_STDOUT)
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:  # standard error is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
    return descriptor
