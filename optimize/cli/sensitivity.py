"""Commands that judge designs under uncertainty: sensitivity, odds."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import DESIGN_HELP, JSON, PROBLEM, RUN, command

OUTPUT = click.option(
    "--output",
    "outputs",
    metavar="NAME",
    multiple=True,
    help="Output to look at, instead of the objectives; may be repeated.",
)
INCLUDE = click.option(
    "--include",
    metavar="KEY",
    multiple=True,
    help="Assumption or group that varies (launch, catalog.gpus, catalog.*.price_usd), instead of "
    "all; may be repeated.",
)


@command(
    "heliofront sensitivity configs/baseline.yaml --set altitude_km=700",
    "heliofront sensitivity RUN",
    "heliofront sensitivity RUN --design 1a2b3c4d5e --output cost_ratio_to_ground",
    "heliofront sensitivity RUN --include launch --include catalog.launchers --json",
)
@click.argument("subject", metavar="CONFIG|RUN")
@click.option("--design", metavar="ID", help=DESIGN_HELP)
@click.option(
    "--set",
    "overrides",
    metavar="VARIABLE=VALUE",
    multiple=True,
    help="Change the design of CONFIG, or a key of it; may be repeated.",
)
@OUTPUT
@INCLUDE
@click.option(
    "--samples",
    type=click.IntRange(min=16, max=16384),
    default=1024,
    show_default=True,
    help="Base samples of the Sobol indices, rounded up to a power of two.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1, max=200),
    default=15,
    show_default=True,
    help="Assumptions looked at after screening.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**32 - 1),
    default=1,
    show_default=True,
    help="Seed of all samples.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for data and figures, instead of RUN/sensitivity or "
    "pareto_outputs/<name>/sensitivity.",
)
@PROBLEM
@JSON
def sensitivity(
    subject: str,
    design: str | None,
    overrides: tuple[str, ...],
    outputs: tuple[str, ...],
    include: tuple[str, ...],
    samples: int,
    top: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Find the assumptions that decide the outputs of a design or a front.

    CONFIG: the design that `heliofront evaluate CONFIG` shows. RUN: the design --design, or the
    knee and then the whole front.

    Morris screening goes over all uncertain numbers; the most important ones get first-order (S1)
    and total (ST) Sobol indices, the change of the output with one of them at a time at its low and
    at its high, and the per cents by which the output changes for one per cent of the assumption,
    from exact derivatives. For the front, these are means over designs spread along it, changes in
    per cent, and the last column says what it is worth to know an assumption before choosing a
    design. Needs the extra `sensitivity`.
    """
    from optimize.analysis.sensitivity import command as judgement
    from optimize.analysis.sensitivity.sensitivity_finding import Effort
    from optimize.run.named import run_or_configuration

    return judgement.sensitivity(
        run_or_configuration(subject, is_run=design is not None),
        design=design,
        overrides=overrides,
        outputs=outputs,
        include=include,
        effort=Effort(samples=samples, most=top, seed=seed),
        out=out,
        as_json=as_json,
    )


@command(
    "heliofront odds RUN",
    "heliofront odds RUN --design 1a2b3c4d5e --design 6f7a8b9c0d --futures 4096",
    "heliofront odds RUN --discover",
    "heliofront odds RUN --discover --where 'cost_ratio_to_ground <= 2'",
)
@RUN
@click.option(
    "--design",
    "designs",
    metavar="ID",
    multiple=True,
    help=f"{DESIGN_HELP}; instead of the best in each objective and the knee; may be repeated.",
)
@OUTPUT
@INCLUDE
@click.option(
    "--futures",
    type=click.IntRange(min=2, max=16384),
    default=1024,
    show_default=True,
    help="Futures to draw.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of the futures, instead of the run's own (or 1).",
)
@click.option(
    "--discover",
    is_flag=True,
    help="Find the conditions on assumptions under which each design is in its best tenth.",
)
@click.option(
    "--where",
    metavar="EXPR",
    help="Find them for this condition on outputs instead; implies --discover.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for data and figures, instead of RUN/odds.",
)
@PROBLEM
@JSON
def odds(
    run: Path,
    designs: tuple[str, ...],
    outputs: tuple[str, ...],
    include: tuple[str, ...],
    futures: int,
    seed: int | None,
    discover: bool,
    where: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Compare designs of RUN across futures that all of them meet.

    For each design: how its outputs are distributed, how often it holds every limit, how often it
    beats the others, and its regret: what it costs on average against the best choice in hindsight.
    --discover adds scenario discovery: a box of assumptions (PRIM) within which most futures are
    of interest, tried on futures that it was not fitted to.
    """
    from optimize.analysis.sensitivity import command as judgement

    return judgement.odds(
        str(run),
        designs=designs,
        outputs=outputs,
        include=include,
        count=futures,
        seed=seed,
        discover=discover,
        where=where,
        out=out,
        as_json=as_json,
    )
