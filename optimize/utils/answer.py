"""How a command answers on standard output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from optimize.utils.files import to_json


def deliver(document: Any, text: str | Callable[[], str], *, as_json: bool) -> None:
    """Print the answer of a command: one JSON document, or text that ends with its line.

    Parameters
    ----------
    document
        Plain data.
    text
        The answer as a person reads it, or what makes it: called only when it is printed.
    as_json
        Whether the document is asked for.
    """
    if as_json:
        click.echo(to_json(document), nl=False)
        return
    answer = text() if callable(text) else text
    click.echo(answer, nl=not answer.endswith("\n"))
