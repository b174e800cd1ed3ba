"""Commands that ask the model: check, evaluate, validate, catalog, columns, schema."""

from __future__ import annotations

import click

from optimize.cli.base import CONFIG, JSON, SET, command
from optimize.utils.answer import deliver


@command("heliofront check configs/baseline.yaml")
@CONFIG
@SET
@JSON
def check(config: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Validate CONFIG without running it: every fault with its line and column."""
    from optimize.commands import inquiries

    return inquiries.check(config, overrides, as_json=as_json)


@command(
    "heliofront evaluate configs/baseline.yaml --set altitude_km=700 --set gpu_model=B200",
    "heliofront evaluate configs/baseline.yaml --set scenario=today --json",
)
@CONFIG
@click.option(
    "--set",
    "overrides",
    metavar="VARIABLE=VALUE",
    multiple=True,
    help="Set a variable of the design, or override a key of the configuration.",
)
@JSON
def evaluate(config: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Evaluate one design: outputs, margins, waterfalls and shadow prices.

    Variables that are not set take their default.
    """
    from optimize.designs import configured as evaluation

    return evaluation.evaluate(config, overrides, as_json=as_json)


@command("heliofront validate", "heliofront validate --json")
@JSON
def validate(as_json: bool) -> int:
    """Compare the model with every published point."""
    from optimize.utils.terminal import terminal_columns
    from problems.validation.points import run_validation

    outcome = run_validation()
    deliver(outcome.to_json(), lambda: outcome.table(terminal_columns()), as_json=as_json)
    return int(outcome.exit_code)


@command(
    "heliofront catalog",
    "heliofront catalog gpus --scenario today",
    "heliofront catalog lunar --json",
)
@click.argument("name", required=False)
@click.option("--scenario", default="2030", help="Scenario whose numbers are in force.")
@JSON
def catalog(name: str | None, scenario: str, as_json: bool) -> int:
    """List assumptions and hardware with low, value in force, high, unit and source.

    NAME is a catalogue table, a group of assumptions, or the beginning of a key. A star marks what
    the scenario sets; what the table has stands below.
    """
    from optimize.commands import catalog as commands

    return commands.catalog(name, scenario=scenario, as_json=as_json)


@command("heliofront columns", "heliofront columns mass", "heliofront columns price --json")
@click.argument("word", required=False)
@click.option("--problem", default="compute_satellite", help="Problem, or module:Class.")
@JSON
def columns(word: str | None, problem: str, as_json: bool) -> int:
    """List variables, outputs and constraints with unit and description.

    WORD leaves those whose name or description contains it.
    """
    from optimize.commands import inquiries

    return inquiries.columns(word, problem=problem, as_json=as_json)


@command(
    "heliofront schema > heliofront.schema.json",
    "heliofront schema --design > design.schema.json",
)
@click.option("--problem", default="compute_satellite", help="Problem, or module:Class.")
@click.option("--scenario", default="2030", help="Scenario that decides which rows are open.")
@click.option("--json", is_flag=True, expose_value=False, help="As everywhere; it is JSON anyway.")
@click.option(
    "--design", is_flag=True, help="The schema of an exported design.json, not of a configuration."
)
def schema(problem: str, scenario: str, design: bool) -> int:
    """Print the JSON Schema of a configuration, for completion and checks in an editor."""
    from optimize.commands import inquiries

    return inquiries.design_schema() if design else inquiries.schema(problem, scenario)
