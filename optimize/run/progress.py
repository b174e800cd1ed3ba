"""One line of progress on standard error, for a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from optimize.engine.search import Search


def wanted() -> bool:
    """Return whether standard error is a terminal outside continuous integration."""
    quiet = os.environ.get("TERM") == "dumb" or bool(os.environ.get("CI"))
    return sys.stderr.isatty() and not quiet


@contextmanager
def progress_bar(before: str, after: str) -> Iterator[Progress | None]:
    """Give a bar between two texts, which may name fields of its task, or None unwatched."""
    if not wanted():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(before),
        BarColumn(bar_width=20),
        TextColumn(after),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar


@contextmanager
def progress_line(total: int | None) -> Iterator[Callable[[Search], None] | None]:
    """Give a function to call after every generation, or None without a terminal."""
    with progress_bar("generation {task.completed:.0f}", "{task.fields[note]}") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("", total=total, note="")

        def show(search: Search) -> None:
            _, evaluations, volume, share, front, *_ = search.history[-1]
            note = (
                f"{evaluations:,.0f} evaluations  hypervolume {volume:.4f}  "
                f"feasible {share:.0%}  front {front:,.0f}"
            )
            goal = search.setting.generation_limit
            bar.update(task, completed=search.generation, total=goal, note=note)

        yield show
