"""The command that joins a search of costly designs: worker."""

from __future__ import annotations

import click

from optimize.cli.base import JSON, PROBLEM, command


@command(
    "heliofront worker pareto_outputs/expensive/20260101T120000Z-1a2b3c4d",
    "heliofront worker postgresql://ada@db.example/designs --trials 20",
)
@click.argument("storage", metavar="STORAGE")
@click.option("--study", help="Name of the study; needed where the storage holds several.")
@click.option("--trials", type=click.IntRange(min=1), help="Leave after so many designs.")
@PROBLEM
@JSON
def worker(storage: str, study: str | None, trials: int | None, as_json: bool) -> int:
    """Join a running search and evaluate designs until its budget is done.

    STORAGE is the run folder (or its study.sqlite) on the same machine, or the address of the
    PostgreSQL database on any. The configuration comes from the study; the problem, a
    module:Class of your own included, must be importable here and equal to that of the run, and so
    must the versions of the packages that decide its numbers.

    Ctrl-C or SIGTERM gives the design at work back for another worker. A worker that is lost is
    noticed by its missing heartbeats, and its design is done by another. A database that goes away
    is tried again for five minutes, while the design at work is kept. PGPASSWORD or ~/.pgpass give
    the password, which is written nowhere.
    """
    from optimize.run.named import run_or_configuration
    from optimize.run.workers.command import join

    return join(run_or_configuration(storage, is_run=True), study, trials, as_json=as_json)
