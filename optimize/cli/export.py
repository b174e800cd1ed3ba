"""Commands that hand designs over: export, import-design."""

from __future__ import annotations

from pathlib import Path

import click

from optimize.cli.base import DESIGN_HELP, JSON, PROBLEM, RunPath, command


@command(
    "heliofront export pareto_outputs/reference --design 1a2b3c4d5e --format json --format opm",
    "heliofront export latest --format xlsx",
    "heliofront export RUN --design cheapest --design knee --format xlsx --out hand_over",
    "heliofront export --format list",
)
@click.argument("run", metavar="RUN", type=RunPath(), required=False)
@click.option(
    "--design", "designs", metavar="ID", multiple=True, help=f"{DESIGN_HELP}; may be repeated."
)
@click.option(
    "--format",
    "formats",
    metavar="FORMAT",
    multiple=True,
    help="Target; may be repeated. 'list' explains each.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files, instead of RUN/export.",
)
@PROBLEM
@JSON
def export(
    run: Path | None,
    designs: tuple[str, ...],
    formats: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> int:
    """Write designs of RUN for other tools.

    Every format is made from the same master document (--format json), so they cannot disagree.
    Either all files are written or none. Without --design, --format xlsx writes the whole front as
    a workbook: designs with units, the chosen ones, a dictionary, assumptions and a chart.
    """
    if "list" in formats:
        from optimize.export.command import explain

        return explain(as_json=as_json)
    from optimize.commands import export as commands

    return commands.export(run, designs, formats, out=out, as_json=as_json)


@command(
    "heliofront import-design hand_over/design-1a2b3c4d5e.json",
    "heliofront import-design design.json --problem my_module:MyProblem --json",
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@PROBLEM
@JSON
def import_design(file: Path, as_json: bool) -> int:
    """Evaluate the design in FILE again and report every difference.

    FILE is a master document (heliofront export --format json), also of an older version. Exit
    code 1 when anything it holds differs (a number by more than 1e-9 of its value), is missing or
    is not known here.
    """
    from optimize.export import import_design as import_command

    return import_command.import_design(file, as_json=as_json)
