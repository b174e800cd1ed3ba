"""Commands that choose from fronts: select."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from optimize.cli.base import JSON, PROBLEM, RUN, command

METHODS = ("knee", "knee-angle", "knee-trade-off", "pseudo-weights", "topsis", "asf")


def pairs(entries: Sequence[str], option: str) -> dict[str, float]:
    """Return ``NAME=NUMBER`` entries, several separated by commas, as a mapping.

    Raises
    ------
    SpecError
        For an entry of another form, or a name given twice.
    """
    from problems.spec import SpecError

    numbers: dict[str, float] = {}
    for entry in (part.strip() for text in entries for part in text.split(",")):
        name, equals, value = (part.strip() for part in entry.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not (name and equals) or number != number:
            raise SpecError(option, f"expected NAME=NUMBER, got '{entry}'")
        if name in numbers:
            raise SpecError(option, f"'{name}' appears twice")
        numbers[name] = number
    return numbers


@command(
    "heliofront select RUN --method knee",
    "heliofront select RUN --method topsis --weights cost_per_exaflop_usd=2,launch_mass_kg=1",
    "heliofront select RUN --method asf --aspire launch_mass_kg=6000 --limit 'altitude_km < 600'",
)
@RUN
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="knee",
    show_default=True,
    help="How designs are ranked.",
)
@click.option(
    "--weights",
    multiple=True,
    metavar="NAME=W,...",
    help="Weight of each objective, for pseudo-weights, topsis and asf: 0 for one that is not "
    "named, equal without the option.",
)
@click.option(
    "--aspire",
    multiple=True,
    metavar="NAME=VALUE,...",
    help="Level hoped for in an objective, for asf; left out: the best on the front.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="'EXPR'",
    help="Condition on variables and outputs, such as 'launch_mass_kg <= 5000 and "
    'gpu_model == "B200"\'; may be repeated.',
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Designs to show, best first.",
)
@PROBLEM
@JSON
def select(
    run: Path,
    method: str,
    weights: tuple[str, ...],
    aspire: tuple[str, ...],
    limits: tuple[str, ...],
    count: int,
    as_json: bool,
) -> int:
    """Choose designs from the front of RUN.

    \b
    knee            nearest to the ideal corner in the Manhattan norm
    knee-angle      where the front bends most between its ends
    knee-trade-off  leaving it costs most for what it gains
    pseudo-weights  balances the objectives as the weights do
    topsis          closest to the ideal and farthest from the worst
    asf             smallest worst shortfall from the aspirations
    """  # noqa: D301 (\b keeps click from wrapping)
    from optimize.commands import choose as selection

    return selection.select(
        run,
        method,
        weights=pairs(weights, "--weights"),
        aspirations=pairs(aspire, "--aspire"),
        limits=limits,
        count=count,
        as_json=as_json,
    )
