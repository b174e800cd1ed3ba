"""A run and its progress as HTML, in a notebook."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from optimize.run.progress import progress_line
from optimize.utils.phases import watched

if TYPE_CHECKING:
    import pandas as pd

    from optimize.engine.search import Search

_ROWS = 8
_PAUSE_S = 0.1  # between two pictures of the same phase


def run_html(name: str, facts: str, front: pd.DataFrame) -> str:
    """Return what a notebook shows of a run: what was searched, and the first of its designs."""
    units = front.attrs.get("units", {})
    titles = {column: f"{column} [{units[column]}]" for column in front if column in units}
    rows = front.head(_ROWS).rename(columns=titles).to_html(index=False, border=0)
    return f"<p><strong>{html.escape(name)}</strong>: {html.escape(facts)}</p>\n{rows}"


def in_notebook() -> bool:
    """Return whether this is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


@contextmanager
def shown_progress() -> Iterator[Callable[[Search], None] | None]:
    """Show phases as a bar in a notebook, as a line on a terminal, and not at all elsewhere."""
    if not in_notebook():
        with progress_line() as show:
            yield show
        return
    from IPython.display import HTML, display

    handle = display(HTML(""), display_id=True)
    current, last = "", 0.0

    def show_phase(name: str, done: int, total: int, note: str = "") -> None:
        nonlocal current, last
        if name == current and time.monotonic() - last < _PAUSE_S:
            return
        current, last = name, time.monotonic()
        value = f' value="{done}" max="{total}"' if total else ""
        count = f" {done:,} of {total:,}" if total else ""
        text = html.escape(f"{name}{count}{note}")
        handle.update(HTML(f"<progress{value}></progress> {text}"))

    def show_search(search: Search) -> None:
        _, evaluations, _, _, front, *_ = search.history[-1]
        note = f", {evaluations:,.0f} evaluations, front {front:,.0f}"
        show_phase("generation", search.generation, search.setting.generation_limit, note)

    with watched(show_phase):
        yield show_search
    handle.update(HTML(""))
