"""Many runs at once: campaign."""

from __future__ import annotations

from typing import Any

import click

from optimize.cli.base import CONFIG, JSON, SET, command
from problems.spec import SpecError


@command(
    "heliofront campaign configs/quick.yaml",
    "heliofront campaign configs/campaign.yaml --workers 2",
    "heliofront campaign configs/quick.yaml --seeds 5 --scenarios 2030,2035 "
    "--algorithms nsga2,random",
    "heliofront campaign configs/robust.yaml --seeds 2 --blocks 4 "
    "--scheduler tcp://head:8786 --out /shared/robust",
)
@CONFIG
@SET
@click.option(
    "--seeds",
    metavar="K|S,S,...",
    help="How many consecutive seeds, or a list of them; 5 when left out.",
)
@click.option("--scenarios", metavar="NAME,NAME,...", help="Instead of the configured one.")
@click.option("--algorithms", metavar="NAME,NAME,...", help="Instead of the configured one.")
@click.option(
    "--blocks",
    type=click.IntRange(min=1),
    help="Sets of futures, each with its own runs (needs 'uncertainty').",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes on this machine; one per core unless given.",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Your own Dask cluster, such as tcp://head:8786."
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="Seconds the scheduler may not answer, or have no workers.",
)
@click.option(
    "--out", metavar="DIR|URL", help="Folder, or any fsspec URL, instead of pareto_outputs/<name>."
)
@JSON
def campaign(
    config: str,
    overrides: tuple[str, ...],
    seeds: str | None,
    scenarios: str | None,
    algorithms: str | None,
    blocks: int | None,
    workers: int | None,
    scheduler: str | None,
    patience: float,
    out: str | None,
    as_json: bool,
) -> int:
    """Search CONFIG many times: seeds x scenarios x algorithms x blocks of futures.

    Every run is an ordinary run folder in campaign-<hash>/runs. The same command continues a
    campaign: finished runs are kept, interrupted ones go on, damaged ones are done again. The
    merged front of each scenario, the spread over seeds and a comparison of the algorithms are
    written beside them, with summary.md to begin with.

    The section 'campaign' of CONFIG holds the same settings; options replace them. The runs
    are carried out by processes of this machine, or with --scheduler by a Dask cluster of your own
    whose workers see the same folder or URL (pip install 'heliofront[campaign]').
    See docs/campaigns.md.
    """
    flags: dict[str, tuple[str, Any]] = {}
    if seeds is not None:
        flags["seeds"] = (f"--seeds {seeds}", _seeds(seeds))
    for key, text in (("scenarios", scenarios), ("algorithms", algorithms)):
        if text is not None:
            flags[key] = (f"--{key} {text}", [part.strip() for part in text.split(",")])
    if blocks is not None:
        flags["future_blocks"] = (f"--blocks {blocks}", blocks)
    from optimize.campaign.command import campaign as carry_out

    return carry_out(
        config,
        overrides,
        flags,
        out=out,
        scheduler=scheduler,
        workers=workers,
        patience_s=patience,
        as_json=as_json,
    )


def _seeds(text: str) -> int | list[int]:
    """Return a count of seeds, or the seeds themselves."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        message = f"expected a count such as 5, or seeds such as 1,2,7; got '{text}'"
        raise SpecError("seeds", message) from None
    return numbers if "," in text else numbers[0]
