"""One line of progress on standard error, for a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from optimize.utils.phases import watched

if TYPE_CHECKING:
    from rich.progress import Progress

    from optimize.engine.search import Search

_BAR = 20  # letters
_WIDE = 100  # letters of a terminal from which there is room for a bar
_CLOCKS = 18  # letters of spinner, elapsed time and time left


def wanted() -> bool:
    """Return whether standard error is a terminal outside continuous integration."""
    quiet = os.environ.get("TERM") == "dumb" or bool(os.environ.get("CI"))
    return sys.stderr.isatty() and not quiet


def fitting(pieces: Sequence[str], room: int) -> str:
    """Return the first pieces that fit into so many letters: a number is whole or left out.

    Examples
    --------
    >>> fitting(["12,000 evaluations", "front 150", "feasible 54%"], 30)
    '12,000 evaluations  front 150'
    """
    text = ""
    for piece in pieces:
        longer = f"{text}  {piece}".strip()
        if len(longer) > room:
            break
        text = longer
    return text


@contextmanager
def progress_bar(before: str, after: str) -> Iterator[Progress | None]:
    """Give a bar between two texts, which may name fields of its task, or None unwatched.

    The clock runs whatever the task does, so a terminal is never silent.
    """
    if not wanted():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn(before)]
    columns += [BarColumn(bar_width=_BAR)] if console.width >= _WIDE else []
    columns += [TextColumn(after), TimeElapsedColumn()]
    columns += [TimeRemainingColumn(compact=True)] if console.width >= _WIDE else []
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar


@contextmanager
def progress_line() -> Iterator[Callable[[Search], None] | None]:
    """Show phases on one line; give a function to call after every generation of a search.

    None is given without a terminal.
    """
    with progress_bar("{task.description}", "{task.fields[note]}") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("preparing", total=None, note="")
        room = bar.console.width - _CLOCKS - (_BAR + 8 if bar.console.width >= _WIDE else 0)
        current = ""

        def show_phase(name: str, done: int, total: int) -> None:
            nonlocal current, task
            text = f"{name} {done} of {total}" if total and len(name) + 12 < room else name[:room]
            if name != current:  # a new task, because the clock of another one goes on
                bar.remove_task(task)
                task = bar.add_task(text, total=total or None, note="")
            current = name
            bar.update(task, description=text, completed=done)

        def show(search: Search) -> None:
            _, evaluations, volume, share, front, *_ = search.history[-1]
            goal = search.setting.generation_limit
            show_phase("searching", search.generation, goal)
            place = f"generation {search.generation} of {goal}"
            pieces = (
                f"{evaluations:,.0f} evaluations",
                f"front {front:,.0f}",
                f"feasible {share:.0%}",
                f"hypervolume {volume:.4f}",
            )
            note = fitting(pieces, room - len(place))
            bar.update(task, description=place, note=note)

        with watched(show_phase):
            yield show
