"""Tables of text: plain for a terminal, and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_RULES = {"l": "---", "r": "---:"}


def plain_table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    align: str = "",
    *,
    ruled: bool = True,
) -> list[str]:
    """Return the lines of a plain-text table.

    Parameters
    ----------
    header
        One heading per column; a heading may have several lines.
    rows
        The cells, each row as long as the header.
    align
        One letter per column, ``l`` or ``r``; without it the first column is left-aligned and the
        others right.
    ruled
        Whether dashes stand below the header.

    Examples
    --------
    >>> plain_table(("item", "kg"), [("a", "1"), ("b", "20")])
    ['item  kg', '----  --', 'a      1', 'b     20']
    """
    tall = [text.split("\n") for text in header]
    height = max(len(lines) for lines in tall)
    heads = [[""] * (height - len(lines)) + lines for lines in tall]
    cells = [*(list(row) for row in zip(*heads, strict=True)), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if ruled:
        cells.insert(height, ["-" * width for width in widths])
    sides = align or "l".ljust(len(header), "r")
    return [
        "  ".join(
            text.ljust(width) if side == "l" else text.rjust(width)
            for text, width, side in zip(row, widths, sides, strict=True)
        ).rstrip()
        for row in cells
    ]


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], align: str = ""
) -> list[str]:
    r"""Return the lines of a Markdown table.

    Parameters
    ----------
    header, rows, align
        As for :func:`plain_table`. A line break in a cell becomes a space, and a vertical bar is
        escaped.

    Examples
    --------
    >>> markdown_table(("item", "mass\nkg"), [("a|b", "1")])
    ['| item | mass kg |', '| --- | ---: |', '| a\\|b | 1 |']
    """
    sides = align or "l".ljust(len(header), "r")
    texts = (header, [_RULES[side] for side in sides], *rows)
    return [f"| {' | '.join(_one_line(cell) for cell in row)} |" for row in texts]


def _one_line(cell: str) -> str:
    return " ".join(cell.splitlines()).replace("|", r"\|")
