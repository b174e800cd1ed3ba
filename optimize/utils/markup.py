"""Text to HTML for the printable report: everything is escaped before it becomes markup."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_CODE = re.compile(r"`([^`]+)`")
_ACTIVE = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])\(")  # starts of HTML and of a link's target
_DEFUSED = re.compile(r"\\([<(])")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_IMAGE = re.compile(r"^!\[.*\]\(.*\)$")
_RULE = re.compile(r"^\|[\s:|-]+\|$")
_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def defused(line: str) -> str:
    r"""Return a line of Markdown in which nobody's text becomes HTML, a link or a picture.

    Examples
    --------
    >>> print(defused("a<b> [c](http://d) `<e>` 1 < 2"))
    a\<b> [c]\(http://d) `<e>` 1 < 2
    """
    parts = re.split(r"(`[^`]*`)", " ".join(line.splitlines()))
    parts[::2] = [_ACTIVE.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def inline(text: str) -> str:
    """Return a line as HTML; only code and strong text are markup.

    Examples
    --------
    >>> inline("**at most** `a<b`")
    '<strong>at most</strong> <code>a&lt;b</code>'
    """
    safe = html.escape(_DEFUSED.sub(r"\1", text))
    return _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", safe))


def markdown(lines: Iterable[str]) -> str:
    r"""Return the Markdown that our summaries consist of as HTML: lists, tables, paragraphs.

    Images and headings are left out; other marks stay as they were written.

    Examples
    --------
    >>> markdown(["- a", "- b", "", "text"])
    '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>text</p>'
    """
    blocks: list[list[str]] = [[]]
    for line in lines:
        kind = _kind(line)
        if kind == "" or not blocks[-1] or _kind(blocks[-1][-1]) != kind:
            blocks.append([])
        if kind:
            blocks[-1].append(line)
    return "\n".join(_block(block) for block in blocks if block)


def _kind(line: str) -> str:
    if not line.strip() or _IMAGE.match(line) or line.startswith("#"):
        return ""
    if line.lstrip().startswith("- "):
        return "list"
    return "table" if line.startswith("|") else "text"


def _block(lines: Sequence[str]) -> str:
    kind = _kind(lines[0])
    if kind == "list":
        return "\n".join(["<ul>", *(_item(line) for line in lines), "</ul>"])
    if kind == "table":
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in lines
            if not _RULE.match(line)
        ]
        return table(rows[0], rows[1:])
    return f"<p>{inline(' '.join(lines))}</p>"


def _item(line: str) -> str:
    text = line.lstrip()
    return f"<li{' class=sub' if text != line else ''}>{inline(text[2:])}</li>"


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
    kind: str = "",
) -> str:
    """Return an HTML table; all columns but those in ``left`` are right-aligned."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{'' if at in left else ' class=n'}>{inline(text)}</{tag}>"
            for at, text in enumerate(row)
        )

    body = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    name = f' class="{kind}"' if kind else ""
    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>"
    return f"<table{name}>\n{head}\n<tbody>\n{body}\n</tbody></table>"


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
