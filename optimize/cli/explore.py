"""Commands to look at runs in a browser: explore."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import JSON, PROBLEM, RunPath, command


@command(
    "heliofront explore latest",
    "heliofront explore baseline pareto_outputs/reference --out both.html --no-open",
    "heliofront explore RUN --serve",
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=RunPath())
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, instead of explorer.html in the run folder (for several runs: "
    "in the current folder).",
)
@click.option(
    "--serve",
    is_flag=True,
    help="Serve the page live on 127.0.0.1 instead of writing a file: it follows a run "
    "that is going, and evaluates designs changed by sliders.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=None,
    help="Port for --serve; a free one when left out.",
)
@click.option("--no-open", is_flag=True, help="Open no browser.")
@PROBLEM
@JSON
def explore(
    runs: tuple[Path, ...],
    out: Path | None,
    serve: bool,
    port: int | None,
    no_open: bool,
    as_json: bool,
) -> int:
    """Write and open the explorer of RUN: one HTML file that works offline.

    Several runs are laid over each other. The page filters, compares and ranks designs; nothing
    in it is ever sent anywhere. With --serve the page comes from a server on this machine, at an
    address that holds a secret and ends with Ctrl-C; there a region of the front can be searched
    further. The run folder is only read; what is found gets a folder of its own beside it.
    """
    from optimize.explorer import command as explorer

    if port is not None and not serve:
        raise click.UsageError("--port needs --serve")
    if serve and (len(runs) > 1 or out is not None):
        raise click.UsageError(
            "--serve takes one RUN and writes no file: leave out "
            + ("--out" if out is not None else "the other runs")
        )
    if serve:
        return explorer.serve(runs[0], port=port or 0, opened=not no_open, as_json=as_json)
    return explorer.explore(runs, out=out, opened=not no_open, as_json=as_json)
