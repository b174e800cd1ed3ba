"""Commands that hold things side by side: compare."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import JSON, PROBLEM, command

BOUNDARIES = ("full", "no_chips", "launch_only")


@command(
    "heliofront compare pareto_outputs/quick/RUN1 pareto_outputs/quick/RUN2",
    "heliofront compare --scenarios",
    "heliofront compare --scenarios today 2030 2035 optimistic conservative",
    "heliofront compare --grounds",
    "heliofront compare --scenarios mccalip suncatcher --waterfall --out figures/",
)
@click.argument(
    "names", nargs=-1, metavar="RUN RUN... | --scenarios [NAME]... | --grounds [NAME]..."
)
@click.option("--scenarios", is_flag=True, help="NAMEs are scenarios; without any, all of them.")
@click.option(
    "--grounds",
    is_flag=True,
    help="NAMEs are grounds (hyperscale, gas, ...) that one satellite is held against; without "
    "any, all.",
)
@click.option(
    "--boundary",
    type=click.Choice(BOUNDARIES),
    default="full",
    show_default=True,
    help="Scenarios: common cost boundary.",
)
@click.option(
    "--waterfall",
    "falls",
    is_flag=True,
    help="Scenarios: break down the way from each to the next.",
)
@click.option(
    "--output",
    default="cost_per_kw_yr_usd",
    show_default=True,
    help="Scenarios: output that the waterfall explains.",
)
@click.option("--no-best", is_flag=True, help="Scenarios: leave out the best design of each.")
@click.option(
    "--evaluations",
    type=click.IntRange(min=100),
    default=20_000,
    show_default=True,
    help="Scenarios, grounds: designs that the search of each best one may try.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Scenarios, grounds: seed of that search.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write tables, JSON and figures there.",
)
@PROBLEM
@JSON
def compare(
    names: tuple[str, ...],
    scenarios: bool,
    grounds: bool,
    boundary: str,
    falls: bool,
    output: str,
    no_best: bool,
    evaluations: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Hold runs, scenarios or grounds side by side.

    Runs: hypervolume, coverage, additive and multiplicative epsilon, IGD+, what all of them attain,
    whose designs are on the union of the fronts, and what differs in configuration and model.

    Scenarios, the peers' own assumption sets among them, in one model. For each: its own design
    counted as its author counts, the same design at the common boundary, the best design of 100 to
    150 kW, and what its author published. A waterfall says which assumption and which boundary make
    two numbers differ.

    Grounds: the cheapest satellite of 2030 against data centres of different kind.
    """
    if grounds:
        from optimize.analysis.scenarios.grounds import compare_grounds

        if scenarios:
            raise click.UsageError("--scenarios and --grounds exclude each other.")
        return compare_grounds(names, evaluations=evaluations, seed=seed, out=out, as_json=as_json)
    if not scenarios:
        from optimize.commands.compare import compare_paths
        from optimize.run.named import run_folder

        return compare_paths([run_folder(name) for name in names], out=out, as_json=as_json)
    from optimize.analysis.scenarios import command as scenario_command

    return scenario_command.compare(
        names,
        boundary=boundary,
        output=output,
        falls=falls,
        best=not no_best,
        evaluations=evaluations,
        seed=seed,
        out=out,
        as_json=as_json,
    )
