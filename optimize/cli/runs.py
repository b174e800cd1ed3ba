"""Commands around runs: init, run, resume, report, tune."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import CONFIG, JSON, PROBLEM, RUN, SET, command


@command("heliofront init my_design.yaml", "heliofront init moon_first.yaml --from moon")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "origin",
    metavar="NAME",
    default="baseline",
    show_default=True,
    help="Shipped configuration, or file, to begin with.",
)
@JSON
def init(file: Path, origin: str, as_json: bool) -> int:
    """Write a configuration of your own to FILE, every key explained.

    A file that exists is left as it is.
    """
    from optimize.commands import init as commands

    return commands.init(file, origin, as_json=as_json)


@command(
    "heliofront run quick",
    "heliofront run my_design.yaml --seed 7 --set variables.shield_mm.fix=10",
    "heliofront run configs/quick.yaml --seeds 5 --workers 2",
)
@CONFIG
@click.option("--seed", type=click.IntRange(min=0), help="Seed, instead of the configured one.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    help="Complete runs with consecutive seeds, one folder each; how far they agree is added to "
    "the manifest and summary of every one.",
)
@SET
@click.option("--generations", type=click.IntRange(min=1), help="Generations to run.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    help="Processes for --seeds, or for a search with algorithm.storage.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Instead of pareto_outputs/<name>.")
@JSON
def run(
    config: str,
    seed: int | None,
    seeds: int,
    overrides: tuple[str, ...],
    generations: int | None,
    workers: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Search the design space of CONFIG and store the front.

    With --seeds K (5 or more tell something) every seed gets an ordinary run folder, and the
    fronts are compared: hypervolume by seed with median and spread, the share of the union of all
    fronts that each one covers and found, and its additive epsilon to that union.
    """
    from optimize.commands import run as commands

    extra = list(overrides)
    if seed is not None:
        extra.append(f"algorithm.seed={seed}")
    if generations is not None:
        extra += [f"algorithm.generations={generations}", "algorithm.evaluations=null"]
    return commands.run(config, extra, seeds=seeds, workers=workers, out=out, as_json=as_json)


@command(
    "heliofront resume latest",
    "heliofront resume pareto_outputs/quick/20260101T120000Z-1a2b3c4d --generations 500",
)
@RUN
@click.option("--generations", type=click.IntRange(min=1), help="New total of generations.")
@PROBLEM
@JSON
def resume(run: Path, generations: int | None, as_json: bool) -> int:
    """Continue RUN exactly where it stopped."""
    from optimize.commands import run as commands

    return commands.resume(run, generations=generations, as_json=as_json)


@command("heliofront report latest", "heliofront report pareto_outputs/reference")
@RUN
@PROBLEM
@JSON
def report(run: Path, as_json: bool) -> int:
    """Draw the figures and write summary.md and report.html of RUN again from its stored data.

    report.html is one page to print or send: question, front, chosen designs with drawings and
    margins, assumptions that matter with sources, limits. It holds its figures, has no script and
    asks for nothing; figures/design_<id> show the chosen designs one by one.
    """
    from optimize.commands import run as commands

    return commands.report(run, as_json=as_json)


@command(
    "heliofront tune configs/quick.yaml",
    "heliofront tune configs/baseline.yaml --trials 60 --generations 80 --json",
)
@CONFIG
@SET
@click.option(
    "--trials", type=click.IntRange(min=1), default=30, show_default=True, help="Settings to try."
)
@click.option(
    "--generations",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Budget of one search, in generations of the configured population.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Instead of pareto_outputs/<name>.")
@JSON
def tune(
    config: str,
    overrides: tuple[str, ...],
    trials: int,
    generations: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Look for a better setting of the search of CONFIG, on short equal budgets.

    Prints the best setting as YAML, and its gain over the configured one on fresh seeds.
    """
    from optimize.commands.tune import tune as tune_config

    return tune_config(
        config, overrides, trials=trials, generations=generations, out=out, as_json=as_json
    )
