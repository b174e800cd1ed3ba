"""What all commands share: the group they register with, options, and how mistakes are reported."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from optimize.utils.answer import reserved_stdout
from optimize.utils.signals import as_stopped, stopped_by_signals

F = TypeVar("F", bound=Callable[..., Any])

_NO_STORAGE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


class RunPath(click.ParamType[Path]):
    """A run folder: its path, the name of its configuration for the newest run, or ``latest``."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the folder; the command reports what is wrong with it."""
        from optimize.run.named import run_folder
        from optimize.utils.files import RunFolderError

        try:
            return run_folder(value)
        except RunFolderError as error:
            _fail(str(error), error.exit_code)


CONFIG = click.argument("config", metavar="CONFIG")
RUN = click.argument("run", metavar="RUN", type=RunPath())
DESIGN_HELP = "Member of the front: its ID, or knee, cheapest, lightest, most-reliable, ..."
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document only.")
SET = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override a key of the configuration; may be repeated.",
)


def _allow(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> None:
    """Let the process load the problems that the user named."""
    for name in names:
        from optimize.config.problem import allow
        from problems.own_model import is_own_name
        from problems.registry import problem_names

        if name not in problem_names() and not is_own_name(name):
            raise click.BadParameter(f"expected MODULE:CLASS, got '{name}'")
        allow(name)


PROBLEM = click.option(
    "--problem",
    metavar="MODULE:CLASS",
    multiple=True,
    expose_value=False,
    callback=_allow,
    help="Load this problem, which is not shipped and whose code then runs; may be repeated.",
)


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
            own = bool(click.get_current_context().find_root().obj)
            with reserved_stdout(for_good=own) if kwargs.get("as_json") else nullcontext():
                code = command(*args, **kwargs)
            sys.stdout.flush()  # a full disk is reported here, not at interpreter exit
        except SpecError as error:
            _fail(str(error), 2)
        except MemoryError as error:
            _fail(_out_of_memory(error), 6)
        except BrokenPipeError:
            _discard_output()
            sys.exit(0)
        except Exception as error:
            exit_code = getattr(error, "exit_code", None)
            if exit_code is None or isinstance(error, click.ClickException):
                raise
            # Editors and CI find the place of a configuration's fault at the start of its line.
            _fail(str(error), exit_code, heading="" if hasattr(error, "faults") else "error: ")
        else:
            sys.exit(code or 0)

    return wrapper  # type: ignore[return-value]  # same signature, by functools.wraps


def _out_of_memory(error: MemoryError) -> str:
    """Return what to do when memory is short; the library that asked may have named the amount."""
    amount = f" ({' '.join(str(error).split())})" if str(error) else ""
    ways = "a smaller population, fewer futures or samples"
    return f"out of memory{amount}: ask for less ({ways}) or use a machine with more"


def _discard_output() -> None:
    """Discard what standard output still holds, or Python reports an error at its exit."""
    with suppress(OSError, ValueError):  # no file behind it, as in tests
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int, heading: str = "error: ") -> NoReturn:
    """End with one message; control and unprintable characters are written out."""
    message = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in message)
    with suppress(OSError):  # without an output, the exit code still tells
        click.echo(f"{heading}{message}" if "\n" not in message else message, err=True)
    sys.exit(code)


_START = """
Start here:
  heliofront run quick       search a small case, in seconds
  heliofront explore latest  look at its designs, in a browser
  heliofront init my.yaml    write a configuration of your own, commented
"""


class _Group(click.Group):
    """Ends as the exit codes say: on signals, and where there is no room to write or print."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """End with what to type first."""
        formatter.write(_START)

    def main(self, args: Sequence[str] | None = None, *more: Any, **kwargs: Any) -> Any:
        """Carry out a command; without ``args`` it is the one that the process was started for."""
        try:
            return super().main(args, *more, **{"obj": args is None, **kwargs})
        except OSError as error:
            if error.errno not in _NO_STORAGE:
                raise
            _discard_output()
            reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
            _fail(f"cannot write{f' {error.filename}' if error.filename else ''}: {reason}", 6)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with stopped_by_signals():
                return super().invoke(ctx)
        except KeyboardInterrupt as error:
            stopped = as_stopped(error)
            _fail(stopped.message or f"stopped by {stopped.signal.name}", stopped.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="heliofront", message="%(prog)s %(version)s")
def main() -> None:
    """Find Pareto-optimal designs of AI-compute satellites.

    CONFIG is a YAML file or the name of a shipped one (quick, baseline, ...). RUN is a run folder,
    the name of a configuration for its newest run below pareto_outputs, or 'latest'.

    Exit codes: 0 done; 1 a check failed; 2 wrong usage or configuration; 3 no feasible design;
    4 run folder refused; 5 run folder in use; 6 disk full, no permission or out of memory; 130 and
    143 interrupted, state saved.
    """


def command(*example: str) -> Callable[[F], click.Command]:
    """Register a function as a command, its examples shown at the end of ``--help``."""

    def register(function: F) -> click.Command:
        name = function.__name__.removesuffix("_").replace("_", "-")
        return main.command(name, cls=_Examples, epilog="\n".join(example))(_guarded(function))

    return register
