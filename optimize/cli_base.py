"""What all commands share: the group they register with, options, and how mistakes are told."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

CONFIG = click.argument("config", metavar="CONFIG")
RUN = click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document only.")
SET = click.option(
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


def command(*example: str) -> Callable[[F], click.Command]:
    def register(function: F) -> click.Command:
        name = function.__name__.removesuffix("_").replace("_", "-")
        return main.command(name, cls=_Examples, epilog="\n".join(example))(_guarded(function))

    return register
