"""Texts that fit the terminal they are printed on: tables turned or folded, prose wrapped."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import zip_longest

from optimize.utils.labels import wrapped
from problems.text_tables import plain_table

_UNLIMITED = 100_000
_WITH_PERCENT = "\N{NO-BREAK SPACE}%"
_MOST_TURNED = 8  # rows that are worth a column each
_LEAST_TEXT = 30  # letters in which prose can be read
_LABEL, _CELL = 24, 21  # letters of a line of headings that stand at the left, and of a cell
_room: ContextVar[int] = ContextVar("room", default=_UNLIMITED)


def terminal_columns() -> int:
    """Return how many letters a line of standard output has: no limit where nobody looks at it."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return _UNLIMITED
    return shutil.get_terminal_size().columns


@contextmanager
def fitted(columns: int) -> Iterator[None]:
    """Let tables made meanwhile be at most so many letters wide; elsewhere they are whole."""
    token = _room.set(columns)
    try:
        yield
    finally:
        _room.reset(token)


def wrapped_lines(text: str, columns: int) -> str:
    """Return text whose long lines are broken between words; commands to copy stay whole.

    Examples
    --------
    >>> print(wrapped_lines("  one two three four", 12))
      one two
        three
        four
    """
    return "\n".join(part for line in text.split("\n") for part in _wrapped_line(line, columns))


def _wrapped_line(line: str, columns: int) -> list[str]:
    if len(line) <= columns or "heliofront " in line:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    lines = textwrap.wrap(
        line.lstrip().replace(" %", _WITH_PERCENT),
        columns,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace(_WITH_PERCENT, " %") for part in lines]


def fitted_table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    align: str = "",
    *,
    ruled: bool = True,
) -> list[str]:
    r"""Return the lines of a table no wider than the terminal.

    Parameters
    ----------
    header, rows, align, ruled
        As of :func:`problems.text_tables.plain_table`.

    Returns
    -------
    list of str
        The table as it is where it fits, else with headings broken into lines; else few rows
        become a column each, prose at the right moves below its row, and what is left comes in
        several tables that share the first column.

    Examples
    --------
    >>> with fitted(16):
    ...     print(*fitted_table(("", "mass", "orbit"), [("a", "1", "equatorial")]), sep="\n")
           a
    -----  ----------
    mass   1
    orbit  equatorial
    """
    room, cells = _room.get(), [list(row) for row in rows]
    sides = align or "l".ljust(len(header), "r")
    heads = [text if "\n" in text else wrapped(text, 10) for text in header]
    for headings in (header, heads):
        lines = plain_table(headings, cells, sides, ruled=ruled)
        if not cells or max(map(len, lines)) <= room:
            return lines
    if len(cells) <= _MOST_TURNED and len(header) > len(cells):
        return _turned(header, cells, room)
    kept = _fitting(heads, cells, room)
    if set(sides[kept:]) == {"l"}:
        return _stacked(heads, cells, sides, kept, room, ruled=ruled)
    return _in_parts(heads, cells, sides, kept, room, ruled=ruled)


def _widths(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column is, with the gap before the next one."""
    lines = [[max(map(len, text.split("\n"))) for text in header]]
    lines += [[len(cell) for cell in row] for row in rows]
    return [max(column) + 2 for column in zip(*lines, strict=True)]


def _fitting(header: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> int:
    """Return how many columns fit, counted from the left; at least one."""
    used, kept = 0, 0
    for width in _widths(header, rows):
        used += width
        kept += used - 2 <= room
    return max(kept, 1)


def _turned(header: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[str]:
    """Return one row a column, and as many columns side by side as fit."""
    plain = [" ".join(text.replace("/\n", "/").split()) for text in header]
    labels = [textwrap.wrap(text, _LABEL) or [""] for text in plain]
    left = max(len(line) for label in labels for line in label)
    columns = [[textwrap.wrap(cell, _CELL) or [""] for cell in row] for row in rows]
    widths = [max(len(line) for cell in row for line in cell) + 2 for row in columns]
    lines: list[str] = []
    while columns:
        count = max(sum(left + sum(widths[: k + 1]) <= room for k in range(len(columns))), 1)
        block: list[tuple[str, ...]] = []
        for parts in zip(labels, *columns[:count], strict=True):
            block += zip_longest(*parts, fillvalue="")
        lines += [""] * bool(lines)
        lines += plain_table(block[0], block[1:], "l" * (count + 1))
        columns, widths = columns[count:], widths[count:]
    return lines


def _stacked(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    sides: str,
    kept: int,
    room: int,
    *,
    ruled: bool,
) -> list[str]:
    """Return the columns that fit; the prose at their right is wrapped there, or below its row."""
    beside = room - sum(_widths(header, rows)[:-1])
    if kept == len(header) - 1 and beside >= _LEAST_TEXT:
        cells: list[Sequence[str]] = []
        for row in rows:
            for k, line in enumerate(textwrap.wrap(row[-1], beside) or [""]):
                cells.append((*row[:-1], line) if k == 0 else [""] * (len(row) - 1) + [line])
        return plain_table(header, cells, sides, ruled=ruled)
    lines = plain_table(header[:kept], [row[:kept] for row in rows], sides[:kept], ruled=ruled)
    above = len(lines) - len(rows) - 1  # the last line of headings, or the rule
    titles = [" ".join(text.split()) for text in header]
    below = [_indented("  ".join(filter(None, row[kept:])), room) for row in (titles, *rows)]
    return lines[:above] + [
        line for first, more in zip(lines[above:], below, strict=True) for line in (first, *more)
    ]


def _indented(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, initial_indent="    ", subsequent_indent="    ")


def _in_parts(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    sides: str,
    kept: int,
    room: int,
    *,
    ruled: bool,
) -> list[str]:
    """Return several tables that repeat the first column, each with another one at least."""
    kept = max(kept, 2)
    first = plain_table(header[:kept], [row[:kept] for row in rows], sides[:kept], ruled=ruled)
    if kept >= len(header):
        return first
    rest_rows = [[row[0], *row[kept:]] for row in rows]
    with fitted(room):
        rest = fitted_table(
            [header[0], *header[kept:]], rest_rows, sides[0] + sides[kept:], ruled=ruled
        )
    return [*first, "", *rest]
