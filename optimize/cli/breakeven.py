"""Commands that ask what must be true: breakeven."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import CONFIG, JSON, command


@command(
    "heliofront breakeven configs/baseline.yaml",
    "heliofront breakeven configs/moon.yaml --map launch_price_usd_per_kg imported_share",
    "heliofront breakeven configs/baseline.yaml --solve cost_ratio_to_ground=1 "
    "--for launch_price_usd_per_kg=10:2000",
)
@CONFIG
@click.option(
    "--map",
    "pair",
    nargs=2,
    metavar="A B",
    help="Architecture map over two assumptions, NAME or NAME=LOW:HIGH.",
)
@click.option(
    "--grid",
    type=click.IntRange(2, 60),
    default=15,
    show_default=True,
    help="Points along each side of the map.",
)
@click.option("--solve", "goal", metavar="OUTPUT=VALUE", help="What must hold.")
@click.option("--for", "assumption", metavar="NAME[=LOW:HIGH]", help="What may change for it.")
@click.option(
    "--design-fixed", is_flag=True, help="With --solve: keep the design that `evaluate` shows."
)
@click.option(
    "--axis",
    "axes",
    multiple=True,
    metavar="NAME[=LOW:HIGH]",
    help="Ask against the ground for this assumption only; may be repeated.",
)
@click.option(
    "--boundary",
    type=click.Choice(["full", "no_chips", "launch_only"]),
    help="Cost boundary, on both sides; the configuration's when left out.",
)
@click.option(
    "--points",
    type=click.IntRange(3, 200),
    default=13,
    show_default=True,
    help="Points of each curve.",
)
@click.option(
    "--futures",
    type=click.IntRange(0, 4096),
    default=32,
    show_default=True,
    help="Draws of every other uncertain number; 0 for none.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Seed of searches and futures.",
)
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Hold a variable, or override a key of the configuration.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for breakeven.json and the figure.",
)
@JSON
def breakeven(
    config: str,
    pair: tuple[str, str] | None,
    grid: int,
    goal: str | None,
    assumption: str | None,
    design_fixed: bool,
    axes: tuple[str, ...],
    boundary: str | None,
    points: int,
    futures: int,
    seed: int,
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> int:
    """Find what must be true, with the best design re-optimised at every point.

    Alone: at which launch price, array price, radiator mass, failure rate, electricity price and
    year a FLOP from orbit costs what it costs on the ground, and where the mass driver beats the
    rocket. With --map: which orbit, launch site and transfer wins over two assumptions, and how
    surely. With --solve: what an assumption must be for an output to reach a value.

    An assumption is a key of `heliofront catalog`, or launch_price_usd_per_kg,
    array_price_usd_per_w, radiator_mass_kg_per_m2 (every row by one factor; the value is that of
    the row in use), gpu_failure_rate_per_yr, electricity_price_usd_per_kwh, throughput_t_per_yr,
    imported_share (of every subsystem of a lunar satellite) and year.
    """
    from optimize.analysis.breakeven import command as breakeven_command

    request = breakeven_command.Request(
        config=config,
        overrides=overrides,
        boundary=boundary,
        points=points,
        futures=futures,
        seed=seed,
        out=out,
        as_json=as_json,
    )
    if goal is not None or assumption is not None or design_fixed:
        return breakeven_command.solve(request, goal, assumption, pair, axes, fixed=design_fixed)
    if pair is not None:
        return breakeven_command.draw_map(request, pair, grid, axes)
    return breakeven_command.curves(request, axes)
