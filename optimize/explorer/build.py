"""Writing the explorer: page, style, script and data joined into one file that asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from optimize.explorer.pack import pack_runs
from optimize.run.folder import RunData
from optimize.utils.files import storage_error, write_text_atomic

FILE_NAME = "explorer.html"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:const|function|class) (\w+)", re.MULTILINE)


def write_explorer(runs: Sequence[RunData], path: Path, *, most: int | None = None) -> Path:
    """Write the explorer of one run, or of several laid over each other.

    Parameters
    ----------
    runs
        At least one run.
    path
        The file to write, whole or not at all.
    most
        Designs in the page at most, as many as fit when left out; fronts are always whole.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    RunFolderError
        When a run's table is damaged, or the file cannot be written.
    """
    text = explorer_page(pack_runs(runs, most=most))
    try:
        write_text_atomic(path, text)
    except OSError as error:
        raise storage_error(error, path) from None
    return path


def explorer_page(payload: object, *, served: bool = False) -> str:
    """Return the page with ``payload`` in it; no character of it can end its script element.

    Only a ``served`` page has the live parts, and may ask the server it came from.
    """
    data = json.dumps(payload, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    script, style = _script(served), _read("style.css")
    title = payload.get("title", "") if isinstance(payload, dict) else ""
    parts = {
        "{{policy}}": _policy(script, style, served),
        "{{title}}": html.escape(str(title)),
        "{{style}}": style,
        "{{data}}": data.replace("<", "\\u003c"),
        "{{script}}": script,
    }
    pattern = re.compile("|".join(map(re.escape, parts)))
    return pattern.sub(lambda match: parts[match.group()], _read("page.html"))


def _policy(script: str, style: str, served: bool) -> str:
    """Return a content policy under which only this script and style run, and nothing loads."""
    asking = "connect-src 'self'; " if served else ""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        f"img-src data: blob:; {asking}base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


@cache
def _read(name: str) -> str:
    return resources.files("optimize.explorer").joinpath(name).read_text(encoding="utf-8")


@cache
def _script(served: bool) -> str:
    return bundle("served.js" if served else "main.js")


def bundle(entry: str) -> str:
    """Return a module and all it imports as one script, each in a scope of its own.

    Understood is what the explorer's modules use: ``import {a, b} from "./x.js";`` at the
    beginning of a line, and ``export`` before a declaration whose value never changes.
    """
    order: list[str] = []
    sources: dict[str, str] = {}

    def visit(name: str) -> None:
        if name in sources:
            return
        sources[name] = _read(f"js/{name}")
        for _, needed in _IMPORT.findall(sources[name]):
            visit(needed)
        order.append(name)

    visit(entry)
    parts = [_scoped(name, sources[name]) for name in order]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "\n})();\n"


def _scoped(name: str, source: str) -> str:
    """Return a module as a function call that gives back what it exports."""
    names = ", ".join(_EXPORT.findall(source))
    body = _IMPORT.sub(lambda m: f"const {{{m[1]}}} = {_identifier(m[2])};\n", source)
    body = _EXPORT.sub(lambda m: m[0].removeprefix("export "), body)
    return f"const {_identifier(name)} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();"


def _identifier(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name.removesuffix(".js"))
