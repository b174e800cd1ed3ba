"""The command that asks other tools about a design: verify."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import DESIGN_HELP, JSON, PROBLEM, RUN, command


@command(
    "heliofront verify pareto_outputs/reference --design 1a2b3c4d5e",
    "heliofront verify RUN --design ID --only orbit --only decay --json",
)
@RUN
@click.option("--design", "design_id", metavar="ID", required=True, help=DESIGN_HELP)
@click.option(
    "--only",
    metavar="CHECK",
    multiple=True,
    help="orbit, radiation, network, radiator, decay or satellite; may be repeated. "
    "Without it, all.",
)
@PROBLEM
@JSON
def verify(run: Path, design_id: str, only: tuple[str, ...], as_json: bool) -> int:
    """Compute key numbers of a design again by independent tools.

    A tool that is not installed is skipped by name. A difference is information: the exit code is
    1 only when a tool that is there does not run.
    """
    from optimize.verify import command as implementation

    return implementation.verify(run, design_id, only=only, as_json=as_json)
