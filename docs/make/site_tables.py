"""Tables of the site, made from declarations and data while its pages are read.

A line that ends in ``<!-- table:NAME -->`` stands where the table of that name goes; the rest of it
tells readers of the bare page where to find the table.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from itertools import groupby

import click
import pandas as pd

from docs.make.configuration_keys import configuration_keys
from docs.make.readme import REFERENCE
from optimize.cli import main
from optimize.report.assumptions import references
from optimize.utils.labels import number, pretty_unit
from problems.parameters.assumptions import assumption_rows, read_table
from problems.parameters.catalog import FIELD_UNITS, TABLES, Range, catalog_table
from problems.registry import load_declarations
from problems.text_tables import markdown_table

_MARK = re.compile(r"^.*<!-- table:([a-z]+)(?: ([a-z_]+))? -->$", re.MULTILINE)
_HELP_WIDTH = 88  # columns, what a page of the site shows without scrolling


def fill_tables(page: str) -> str:
    """Return a page with every line that asks for a table replaced by that table.

    Raises
    ------
    KeyError
        For a table that nothing makes.

    Examples
    --------
    >>> fill_tables("no table here")
    'no table here'
    """
    return _MARK.sub(lambda mark: "\n".join(MAKERS[mark[1]](mark[2] or "")), page)


def _unit(unit: str) -> str:
    return "" if unit == "1" else pretty_unit(unit)


def _bare(value: float, unit: str) -> str:
    """Return a number without its unit; a calendar year has no thousands."""
    return number(value).replace(",", "") if unit == "yr" else number(value)


def _range(low: float, high: float, unit: str) -> str:
    """Return both ends of a range; one without width is empty."""
    return f"{_bare(low, unit)} to {_bare(high, unit)}" if low < high else ""


def _span(row: Range) -> str:
    """Return nominal value and range of a number; a missing one is a dash."""
    ends = _range(row.low, row.high, row.unit)
    return _bare(row.nominal, row.unit) + (f" ({ends})" if ends else "")


def _source(key: str, locator: str = "") -> str:
    name = f"[{key}](#source-{key})" if key in references() else key
    return f"{name}: {locator}" if locator else name


def _outputs(_: str) -> Iterator[str]:
    front = pd.read_csv(REFERENCE / "front.csv")
    declared = sorted(load_declarations().outputs.values(), key=lambda o: o.discipline)
    for name, outputs in groupby(declared, key=lambda output: output.discipline):
        rows = [
            (
                f"`{o.name}`",
                _unit(o.unit),
                _front_range(front.get(o.name), o.unit),
                o.description,
            )
            for o in outputs
        ]
        yield from (f"## {name.capitalize()}", "")
        header = ("output", "unit", "on the reference front", "meaning")
        yield from (*markdown_table(header, rows, "llll"), "")


def _front_range(column: pd.Series[float] | None, unit: str) -> str:
    if column is None or not pd.api.types.is_numeric_dtype(column) or column.isna().all():
        return ""
    return _range(column.min(), column.max(), unit) or _bare(column.min(), unit)


def _assumptions(_: str) -> Iterator[str]:
    header = ("assumption", "nominal", "range", "drawn from", "source")
    rows = sorted(assumption_rows().values(), key=lambda row: row.group)
    for group, members in groupby(rows, key=lambda row: row.group):
        cells = [
            (
                f"`{row.key}`",
                f"{_bare(row.nominal, row.unit)} {_unit(row.unit)}",
                _range(row.low, row.high, row.unit),
                f"{row.distribution}; confidence {row.confidence}",
                "; ".join(filter(None, (_source(row.source, row.locator), row.note))),
            )
            for row in members
        ]
        yield from (f"## {group.capitalize()}", "")
        yield from (*markdown_table(header, cells, "lllll"), "")


def _catalogue(name: str) -> Iterator[str]:
    table = catalog_table(name)
    fields = [f.name for f in dataclasses.fields(TABLES[name]) if f.name in FIELD_UNITS]
    header = ("name", "what it is", *(_field(field) for field in fields), "confidence", "source")
    rows = [
        (
            f"`{row.name}`",
            row.label,
            *(_span(table.ranges[f"catalog.{name}.{row.name}.{field}"]) for field in fields),
            f"{row.confidence}, unverified" if row.unverified else row.confidence,
            _source(row.source),
        )
        for row in table.rows.values()
    ]
    yield from markdown_table(header, rows, "l" * len(header))


def _field(name: str) -> str:
    unit = _unit(FIELD_UNITS[name])
    return f"`{name}` [{unit}]" if unit else f"`{name}`"


def _scenarios(_: str) -> Iterator[str]:
    for name, cells in groupby(read_table("scenarios.csv"), key=lambda row: row["scenario"]):
        rows = [(f"`{c['key']}`", c["value"], c["reason"], _source(c["source"])) for c in cells]
        yield from (f"## `{name}`", "")
        yield from (*markdown_table(("key", "value", "reason", "source"), rows, "lrll"), "")


def _sources(_: str) -> Iterator[str]:
    for key, text in sorted(references().items()):
        title, _, address = text.rpartition(", http")
        link = f"<http{address}>" if title else ""
        yield from (f"(source-{key})=", f"`{key}`: {title or text}. {link}".rstrip(), "")


def _commands(_: str) -> Iterator[str]:
    for name in main.list_commands(click.Context(main)):
        context = click.Context(main.commands[name], info_name=f"heliofront {name}")
        context.max_content_width = context.terminal_width = _HELP_WIDTH
        yield from (f"### {name}", "", "```text", main.commands[name].get_help(context), "```", "")


def _configuration(_: str) -> Iterator[str]:
    header = ("key", "values", "default", "meaning")
    yield from markdown_table(header, configuration_keys(), "llll")


#: What makes the table of each name, from the word that may follow it.
MAKERS: dict[str, Callable[[str], Iterator[str]]] = {
    "assumptions": _assumptions,
    "catalogue": _catalogue,
    "commands": _commands,
    "configuration": _configuration,
    "outputs": _outputs,
    "scenarios": _scenarios,
    "sources": _sources,
}
