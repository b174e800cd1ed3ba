"""Commands about fleets: fleet."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import DESIGN_HELP, JSON, PROBLEM, SET, command


@command(
    "heliofront fleet configs/baseline.yaml",
    "heliofront fleet configs/baseline.yaml --set gpu_count=90 --out fleet_of_90",
    "heliofront fleet pareto_outputs/reference --design 22059b75c6 --json",
)
@click.argument("subject", metavar="CONFIG|RUN")
@click.option("--design", metavar="ID", help=f"{DESIGN_HELP}; the knee when left out.")
@SET
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for fleet.json and the figure; RUN/fleet when left out.",
)
@PROBLEM
@JSON
def fleet(
    subject: str,
    design: str | None,
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> int:
    """Scale one design to 100 kW, 1 GW, 100 GW and 1 TW of IT power a year.

    Satellites, flights by launcher, mass, chips and solar cells against world supply, the fleet
    once building only replaces, crowding and collisions, heat against the ISS, a mass driver's
    power, and the cost of every year of the ramp with learning. The design is the one that
    `heliofront evaluate CONFIG` shows, or one of the front of RUN.
    """
    from optimize.analysis.fleet import command as fleet_command
    from optimize.run.named import run_or_configuration

    subject = run_or_configuration(subject, is_run=design is not None)
    return fleet_command.fleet(subject, overrides, design=design, out=out, as_json=as_json)
