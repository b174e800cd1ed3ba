"""The command line. Anything heavy is imported inside the commands, so ``--help`` is instant."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_CONFIG = click.argument("config", metavar="CONFIG")
_RUN = click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document only.")
_SET = click.option(
    "--set", "overrides", metavar="KEY=VALUE", multiple=True,
    help="Override a key of the configuration; may be repeated.",
)  # fmt: skip


class _Examples(click.Command):
    """Shows the example at the end of ``--help`` as it was written."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.epilog:
            formatter.write("\nExamples:\n" + "".join(f"  {e}\n" for e in self.epilog.split("\n")))


def _guarded(command: F) -> F:
    """Turn every foreseeable mistake into one message and an exit code."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        from problems.spec import SpecError

        try:
            code = command(*args, **kwargs)
        except SpecError as error:
            _fail(str(error), 2)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except KeyboardInterrupt:
            _fail("stopped at once; nothing after the last checkpoint is saved", 130)
        except Exception as error:
            exit_code = getattr(error, "exit_code", None)
            if exit_code is None or isinstance(error, click.ClickException):
                raise
            _fail(str(error), exit_code)
        else:
            sys.exit(code or 0)

    return wrapper  # type: ignore[return-value]  # same signature, by functools.wraps


def _fail(message: str, code: int) -> None:
    click.echo(f"error: {message}" if "\n" not in message else message, err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="heliofront", message="%(prog)s %(version)s")
def main() -> None:
    """Find Pareto-optimal designs of AI-compute satellites.

    Exit codes: 0 done; 1 a check failed; 2 wrong usage or configuration; 3 no feasible design;
    4 run folder refused; 5 run folder in use; 6 disk full or no permission; 130 and 143
    interrupted, state saved.
    """


def _command(*example: str) -> Callable[[F], click.Command]:
    def register(function: F) -> click.Command:
        name = function.__name__.removesuffix("_")
        return main.command(name, cls=_Examples, epilog="\n".join(example))(_guarded(function))

    return register


@_command(
    "heliofront run configs/quick.yaml",
    "heliofront run configs/baseline.yaml --seed 7 --set variables.shield_mm.fix=10",
    "heliofront run configs/quick.yaml --seeds 5 --workers 2",
)
@_CONFIG
@click.option("--seed", type=click.IntRange(min=0), help="Seed, instead of the configured one.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1,
    help="Complete runs with consecutive seeds, one folder each; how far they agree is added to "
    "the manifest and summary of every one.",
)  # fmt: skip
@_SET
@click.option("--generations", type=click.IntRange(min=1), help="Generations to run.")
@click.option("--workers", type=click.IntRange(min=1), default=1, help="Processes for --seeds.")
@click.option("--out", type=click.Path(path_type=Path), help="Instead of pareto_outputs/<name>.")
@_JSON
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
    from optimize import commands

    extra = list(overrides)
    if seed is not None:
        extra.append(f"algorithm.seed={seed}")
    if generations is not None:
        extra += [f"algorithm.generations={generations}", "algorithm.evaluations=null"]
    return commands.run(config, extra, seeds=seeds, workers=workers, out=out, as_json=as_json)


@_command(
    "heliofront resume pareto_outputs/quick/20260101T120000Z-1a2b3c4d",
    "heliofront resume pareto_outputs/quick/20260101T120000Z-1a2b3c4d --generations 500",
)
@_RUN
@click.option("--generations", type=click.IntRange(min=1), help="New total of generations.")
@_JSON
def resume(run: Path, generations: int | None, as_json: bool) -> int:
    """Continue RUN exactly where it stopped."""
    from optimize import commands

    return commands.resume(run, generations=generations, as_json=as_json)


@_command("heliofront check configs/baseline.yaml")
@_CONFIG
@_SET
@_JSON
def check(config: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Validate CONFIG without running it: every fault with its line and column."""
    from optimize import inquiries

    return inquiries.check(config, overrides, as_json=as_json)


@_command(
    "heliofront evaluate configs/baseline.yaml --set altitude_km=700 --set gpu_model=B200",
    "heliofront evaluate configs/baseline.yaml --set scenario=today --json",
)
@_CONFIG
@click.option(
    "--set", "overrides", metavar="VARIABLE=VALUE", multiple=True,
    help="Set a variable of the design, or override a key of the configuration.",
)  # fmt: skip
@_JSON
def evaluate(config: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Evaluate one design: outputs, margins, waterfalls and shadow prices.

    Variables that are not set take their default.
    """
    from optimize import evaluation

    return evaluation.evaluate(config, overrides, as_json=as_json)


@_command("heliofront report pareto_outputs/quick/20260101T120000Z-1a2b3c4d")
@_RUN
@_JSON
def report(run: Path, as_json: bool) -> int:
    """Draw the figures and write the summary of RUN again from its stored data."""
    from optimize import commands

    return commands.report(run, as_json=as_json)


@_command(
    "heliofront tune configs/quick.yaml",
    "heliofront tune configs/baseline.yaml --trials 60 --generations 80 --json",
)
@_CONFIG
@_SET
@click.option("--trials", type=click.IntRange(min=1), default=30, show_default=True,
              help="Settings to try.")  # fmt: skip
@click.option(
    "--generations", type=click.IntRange(min=1), default=40, show_default=True,
    help="Budget of one search, in generations of the configured population.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Instead of pareto_outputs/<name>.")
@_JSON
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
    from optimize.tune import tune as tune_config

    return tune_config(
        config, overrides, trials=trials, generations=generations, out=out, as_json=as_json
    )


@_command("heliofront validate", "heliofront validate --json")
@_JSON
def validate(as_json: bool) -> int:
    """Compare the model with every published point."""
    from optimize.validation import run_validation

    outcome = run_validation()
    if as_json:
        from optimize.files import to_json

        click.echo(to_json(outcome.to_json()), nl=False)
    else:
        click.echo(outcome.table())
    return int(outcome.exit_code)


@_command("heliofront catalog", "heliofront catalog gpus", "heliofront catalog lunar --json")
@click.argument("name", required=False)
@_JSON
def catalog(name: str | None, as_json: bool) -> int:
    """List assumptions and hardware with low, nominal, high, unit and source.

    NAME is a catalogue table, a group of assumptions, or the beginning of a key.
    """
    from optimize import inquiries

    return inquiries.catalog(name, as_json=as_json)


@_command("heliofront schema > heliofront.schema.json")
@click.option("--problem", default="compute_satellite", help="Problem, or module:Class.")
@click.option("--scenario", default="2030", help="Scenario that decides which rows are open.")
def schema(problem: str, scenario: str) -> int:
    """Print the JSON Schema of a configuration, for completion and checks in an editor."""
    from optimize import inquiries

    return inquiries.schema(problem, scenario)
