"""The formats a design can be handed over in; each is one module, imported when it is asked for.

A format is one line of :data:`_ALL`. Its function gets master documents
(:mod:`optimize.export.layout`), a folder that exists and is empty, and a file stem; it writes its
files there under that stem and returns their paths. The caller moves them into place when every
format is done, so a function that fails half way leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from problems.spec import SpecError, nearest

#: ``(document or documents, folder, stem) -> files``.
Writer = Callable[..., list[Path]]


@dataclass(frozen=True, slots=True)
class Format:
    """A target of the export.

    ``writer`` is ``module:function`` of ``optimize.export.formats``. ``needs`` are import names
    that the extra ``extra`` of the distribution brings. With ``many`` the function is called once
    with a list of documents, else once for every document.
    """

    name: str
    suffix: str
    title: str
    purpose: str
    writer: str
    extra: str = ""
    needs: tuple[str, ...] = ()
    many: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages of the extra that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)

    def function(self) -> Writer:
        """Import and return the function that writes the format.

        Raises
        ------
        SpecError
            When a package of its extra is not installed, with how to get it.
        """
        if self.missing:
            packages = " and ".join(self.missing)
            raise SpecError(
                "--format",
                f"{self.name} needs {packages}: pip install 'heliofront[{self.extra}]'",
            )
        module, _, name = self.writer.partition(":")
        writer: Writer = getattr(import_module(f"optimize.export.formats.{module}"), name)
        return writer


_ALL = (
    Format(
        "json",
        ".json",
        "Master document",
        "every number with unit, description and source; heliofront import-design checks it",
        "tables:write_json",
    ),
    Format(
        "csv",
        ".csv",
        "Comma-separated table",
        "one row per number and design: part, name, value, unit, description",
        "tables:write_csv",
        many=True,
    ),
    Format(
        "parquet",
        ".parquet",
        "Parquet table",
        "one row per design, one column per number; units in the field metadata",
        "tables:write_parquet",
        many=True,
    ),
    Format(
        "xlsx",
        ".xlsx",
        "Workbook",
        "sheets summary, mass tree, cost waterfall and assumptions; sums are live formulas",
        "tables_xlsx:write_xlsx",
        extra="export",
        needs=("xlsxwriter",),
        many=True,
    ),
    Format(
        "opm",
        ".opm",
        "CCSDS orbit parameter message (KVN and XML)",
        "state, elements, mass, drag and solar-pressure areas at the epoch",
        "ccsds:write_opm",
    ),
    Format(
        "oem",
        ".oem",
        "CCSDS orbit ephemeris message (KVN and XML)",
        "a day of states; eclipses as comments and in a CSV beside it",
        "ccsds:write_oem",
    ),
    Format(
        "omm",
        ".omm",
        "CCSDS orbit mean-elements message (KVN and XML)",
        "mean elements for SGP4, with the drag term of the design",
        "ccsds:write_omm",
    ),
    Format(
        "tle",
        ".tle",
        "Two-line elements",
        "the mean elements of omm for older tools; years end in 2056",
        "tle:write_tle",
    ),
    Format(
        "thermal",
        ".thermal.json",
        "Thermal network (JSON and CSV)",
        "nodes, conductors, optical properties, dissipation and environment heat; a units row",
        "thermal:write_thermal",
    ),
    Format(
        "sysml",
        ".sysml",
        "SysML v2 textual notation",
        "parts, attributes with values and units, requirements with margins",
        "sysml:write_sysml",
    ),
    Format(
        "gmat",
        ".script",
        "GMAT script",
        "a month of the orbit with eclipses and altitude; not run in GMAT",
        "gmat:write_gmat",
    ),
    Format(
        "stk",
        ".e",
        "STK ephemeris",
        "a day of states, kilometres, true equator and mean equinox of date; not read by STK",
        "stk:write_stk",
    ),
    Format(
        "spenvis",
        ".spenvis.csv",
        "SPENVIS parameter sheet and trajectory",
        "what to enter for orbit, belts and shield, and a day to upload; not read by SPENVIS",
        "spenvis:write_spenvis",
    ),
    Format(
        "step",
        ".step",
        "Solids to scale",
        "bay, walls, shield, array wings and radiators with names and colours; masses as CSV",
        "step:write_step",
        extra="cad",
        needs=("build123d",),
    ),
    Format(
        "openmdao",
        "_openmdao.py",
        "OpenMDAO component",
        "the whole satellite as a Python file with units and partials; a case database beside it",
        "openmdao_files:write_openmdao",
        extra="openmdao",
        needs=("openmdao",),
        many=True,
    ),
)

#: Every format by its name, in the order of ``--format list``.
FORMATS: Mapping[str, Format] = {entry.name: entry for entry in _ALL}


def format_named(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    SpecError
        For an unknown one, with the nearest.

    Examples
    --------
    >>> format_named("opm").suffix
    '.opm'
    """
    if name not in FORMATS:
        known = ", ".join([*FORMATS, "list"])
        message = f"unknown format '{name}' (known: {known})"
        raise SpecError("--format", message, nearest(name, FORMATS))
    return FORMATS[name]


def write_all(
    chosen: Sequence[Format], documents: Sequence[dict[str, Any]], folder: Path
) -> list[Path]:
    """Write every chosen format of every design below a folder that exists.

    Returns
    -------
    list of Path
        Files in the order of formats, then designs.

    Raises
    ------
    SpecError
        When an extra is missing, found out before anything is written, or a design lacks a number
        that a format needs.
    """
    writers = [(entry, entry.function()) for entry in chosen]
    files: list[Path] = []
    for entry, writer in writers:
        if entry.many:
            files += writer(list(documents), folder, table_stem(documents))
        else:
            for document in documents:
                files += writer(document, folder, design_stem(document))
    return files


def design_stem(document: Mapping[str, Any]) -> str:
    """Return the file stem of one design."""
    return f"design-{document['design_id']}"


def table_stem(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return the file stem of a table of designs: that of the design when there is only one."""
    return design_stem(documents[0]) if len(documents) == 1 else "designs"
