"""Commands about public claims: claims."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import JSON, command


@command(
    "heliofront claims",
    "heliofront claims --only solar_yield --only iss_15000 --json",
    "heliofront claims --file mine.yaml",
    "heliofront claims --futures 512 --out claims",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answer the claims of this YAML file, laid out like problems/data/claims.yaml.",
)
@click.option("--only", multiple=True, metavar="ID", help="Answer this claim; may be repeated.")
@click.option(
    "--futures",
    type=click.IntRange(min=1),
    default=128,
    show_default=True,
    help="Futures in which each claim is tried.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Seed of searches and futures.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for claims.json, claims.md and the figure.",
)
@JSON
def claims(
    file: Path | None,
    only: tuple[str, ...],
    futures: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Answer what has been claimed in public about compute in orbit, or what FILE claims.

    Each claim holds, holds if, or does not hold: computed from the best satellite, re-optimised
    in every future and at both ends of every assumption, with the assumption on which the answer
    hinges and the value it would have to have; where it does not hold also the fewest assumptions
    that together would change that. Takes minutes for all of them, seconds for one.
    """
    from optimize.analysis.claims import command as claims_command

    return claims_command.answer_claims(
        only, file=file, futures=futures, seed=seed, out=out, as_json=as_json
    )
