"""Arguments of the benchmarks' command lines: what makes no sense ends with a message and 2."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from optimize.config.faults import ConfigError
from optimize.utils.files import RunFolderError
from problems.spec import SpecError


def whole_number(text: str) -> int:
    """Return a whole number that is at least one.

    Examples
    --------
    >>> whole_number("3")
    3
    """
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is wanted, not '{text}'")
    return int(text)


def counts(text: str) -> list[int]:
    """Return whole numbers that commas separate.

    Examples
    --------
    >>> counts("500,5000")
    [500, 5000]
    """
    return [whole_number(part.strip()) for part in text.split(",")]


@contextmanager
def refusing(parser: argparse.ArgumentParser) -> Iterator[None]:
    """End the program where a name or a folder is none that can be used."""
    try:
        yield
    except (ConfigError, RunFolderError, SpecError, FileNotFoundError) as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
