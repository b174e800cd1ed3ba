"""Commands to look at runs in a browser: explore."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli_base import JSON, command


@command(
    "heliofront explore pareto_outputs/quick/20260101T120000Z-1a2b3c4d",
    "heliofront explore RUN OTHER_RUN --out both.html --no-open",
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True,
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="File to write, instead of explorer.html in the run folder (for several runs: "
              "in the current folder).")  # fmt: skip
@click.option("--no-open", is_flag=True, help="Only write the file.")
@JSON
def explore(runs: tuple[Path, ...], out: Path | None, no_open: bool, as_json: bool) -> int:
    """Write and open the explorer of RUN: one HTML file that works offline.

    Several runs are laid over each other. The page filters, compares and ranks designs; nothing
    in it is ever sent anywhere.
    """
    from optimize.explorer import command as explorer

    return explorer.explore(runs, out=out, opened=not no_open, as_json=as_json)
