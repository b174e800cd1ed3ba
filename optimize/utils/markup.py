"""Text to HTML for the printable report: everything is escaped before it becomes markup."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from problems.text_tables import markdown_table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ACTIVE = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])\(")  # starts of HTML and of a link's target
_RIGHT = "text-align:right"  # what a right-aligned cell carries
_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def defused(line: str) -> str:
    r"""Return a line of Markdown in which no text becomes HTML, a link or a picture.

    Examples
    --------
    >>> print(defused("a<b> [c](http://d) `<e>` 1 < 2"))
    a\<b> [c]\(http://d) `<e>` 1 < 2
    """
    parts = re.split(r"(`[^`]*`)", " ".join(line.splitlines()))
    parts[::2] = [_ACTIVE.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


@cache
def _reader() -> MarkdownIt:
    """Return a reader of lists, tables, code and strong text, to which all else is plain text."""
    from markdown_it import MarkdownIt  # here: a run without a printable page does not need it

    reader = MarkdownIt("zero")
    reader.enable(["list", "table", "backticks", "emphasis", "escape"])
    for name in ("em_open", "em_close"):
        reader.add_render_rule(name, _as_written)
    for name in ("th_open", "td_open"):
        reader.add_render_rule(name, _cell_start)
    return reader


def _as_written(_: object, tokens: Sequence[Token], at: int, *__: object) -> str:
    return tokens[at].markup


def _cell_start(_: object, tokens: Sequence[Token], at: int, *__: object) -> str:
    token = tokens[at]
    return f"<{token.tag}{' class=n' if token.attrs.get('style') == _RIGHT else ''}>"


def inline(text: str) -> str:
    """Return a line as HTML; only code and strong text are markup.

    Examples
    --------
    >>> inline("**at most** `a<b`")
    '<strong>at most</strong> <code>a&lt;b</code>'
    """
    return str(_reader().renderInline(text))


def markdown(lines: Iterable[str]) -> str:
    r"""Return the Markdown that our summaries consist of as HTML: lists, tables, paragraphs.

    Examples
    --------
    >>> markdown(["- a", "- b", "", "text"])
    '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>text</p>\n'
    """
    return str(_reader().render("\n".join(lines)))


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "", *, kind: str = ""
) -> str:
    """Return an HTML table, aligned as :func:`problems.text_tables.markdown_table` is."""
    text = markdown(markdown_table(header, rows, align))
    return text.replace("<table>", f'<table class="{kind}">', 1) if kind else text


def picture(path: Path, caption: str, *, shown: bool = True) -> str:
    """Return a figure with the picture itself in it.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    return embedded(path.read_bytes(), _TYPES[path.suffix], caption, shown=shown)


def embedded(data: bytes, media_type: str, caption: str, *, shown: bool = True) -> str:
    """Return a figure with the bytes of a picture in it, its caption shown or only told."""
    text = html.escape(caption)
    source = f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
    below = f"<figcaption>{text}</figcaption>" if shown else ""
    return f'<figure><img alt="{text}" src="{source}">{below}</figure>'


def section(title: str, body: str, *, kind: str = "") -> str:
    """Return a section with its heading; nothing without a body."""
    name = f' class="{kind}"' if kind else ""
    return f"<section{name}>\n<h2>{html.escape(title)}</h2>\n{body}\n</section>" if body else ""
