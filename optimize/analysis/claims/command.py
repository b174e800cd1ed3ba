"""``heliofront claims``: answers printed, drawn and stored."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from optimize.analysis.claims.answers import RULE, claims_document
from optimize.analysis.claims.statements import read_book, shipped_book
from optimize.analysis.claims.text import WIDTH, claims_page, claims_rich
from optimize.run.progress import progress_bar
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, storage_error, to_json, write_text_atomic
from optimize.utils.terminal import terminal_columns


def answer_claims(
    only: Sequence[str],
    *,
    file: Path | None = None,
    futures: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Answer the shipped claims, or those of a file; print the table or the document."""
    book = shipped_book() if file is None else read_book(file)
    with _progress(len(only) or len(book.claims)) as progress:
        document = claims_document(
            book=book, only=only, futures=futures, seed=seed, progress=progress
        )
    if file is not None:
        for claim in document["claims"]:
            claim["command"] = f"heliofront claims --file {file} --only {claim['id']}"
    if out:
        document["files"] = _store(document, out)
    deliver(document, partial(_text, document), as_json=as_json)
    return 0


def _text(document: dict[str, Any]) -> str:
    from rich.console import Console

    columns = min(WIDTH, terminal_columns())
    console = Console(width=columns, file=sys.stdout, highlight=False)
    with console.capture() as printed:
        console.print(claims_rich(document, columns))
        for claim in document["claims"]:
            console.print(f"\n{claim['answer']}", markup=False)
        console.print(f"\n{_legend(document)}", markup=False)
    return printed.get()


def _legend(document: dict[str, Any]) -> str:
    rule = "; ".join(f"{name}: {text}" for name, text in RULE.items())
    futures = document["claims"][0]["futures"] if document["claims"] else 0
    files = f"\nfiles: {', '.join(document['files'])}" if "files" in document else ""
    return f"{rule}. Odds: share of {futures} futures in which the claim holds.{files}"


def _store(document: dict[str, Any], folder: Path) -> list[str]:
    """Write document, page and figure; return their paths."""
    from optimize.analysis.claims.plot import claims_figure
    from optimize.report.plots.files import write_figure_files

    try:
        make_folder(folder)
        pictures = write_figure_files(folder, {"claims": lambda: claims_figure(document)})
        write_text_atomic(folder / "claims.json", to_json(document))
        write_text_atomic(folder / "claims.md", claims_page(document))
    except OSError as error:
        raise storage_error(error, folder) from None
    return [str(folder / "claims.json"), str(folder / "claims.md"), *map(str, pictures)]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None] | None]:
    """Give a function that shows which claim is next, or None without a terminal."""
    counted = "claim {task.completed:.0f} of {task.total:.0f}"
    with progress_bar(counted, "{task.description}") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("", total=total)
        begun = 0

        def show(name: str) -> None:
            nonlocal begun
            bar.update(task, completed=begun, description=name)
            begun += 1

        yield show
