"""Which catalogue rows a search may choose, and why not the others."""

from __future__ import annotations

import math
from collections.abc import Mapping

from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import RATES, Gpu, OwnRows, Table, catalog_table, number_fields


def missing_fields(
    table: str, name: str, overrides: Mapping[str, float], own: OwnRows = ()
) -> tuple[str, ...]:
    """Return what a row lacks, after overrides; of the rates of a chip one is enough.

    Examples
    --------
    >>> missing_fields("gpus", "A100", {}), missing_fields("gpus", "A100", {"compute.precision": 2})
    ((), ('fp4_dense_tflops',))
    """
    precision = overrides.get("compute.precision", assumption_rows()["compute.precision"].nominal)
    needless = {*Table.OPTIONAL, *RATES} - {RATES[int(precision)]}
    row = catalog_table(table, own).rows[name]
    return tuple(
        field
        for field in number_fields(type(row))
        if field not in needless
        and math.isnan(getattr(row, field))
        and f"catalog.{table}.{name}.{field}" not in overrides
    )


def why_closed(
    table: str,
    name: str,
    *,
    year: float,
    allow_unverified: bool,
    overrides: Mapping[str, float],
    own: OwnRows = (),
) -> str:
    """Return why a search may not choose a row; nothing where it may.

    A row is open when it has no gap (after overrides), is available by ``year`` and its
    performance is not an unverified guess.

    Examples
    --------
    >>> why_closed("launchers", "starship", year=2026, allow_unverified=False, overrides={})
    'from 2027'
    """
    row, reasons = catalog_table(table, own).rows[name], []
    if missing := missing_fields(table, name, overrides, own):
        reasons.append(f"no {', '.join(missing)}")
    if row.available_from > year:
        reasons.append(f"from {row.available_from:.0f}")
    if row.unverified and not allow_unverified:
        reasons.append("unverified")
    return "; ".join(reasons)


def selectable_codes(
    table: str,
    *,
    year: float,
    allow_unverified: bool,
    overrides: Mapping[str, float],
    own: OwnRows = (),
) -> tuple[int, ...]:
    """Return the codes of the rows a search may choose."""
    return tuple(
        code
        for code, name in enumerate(catalog_table(table, own).names)
        if not why_closed(
            table,
            name,
            year=year,
            allow_unverified=allow_unverified,
            overrides=overrides,
            own=own,
        )
    )


def remark(
    table: str,
    name: str,
    *,
    year: float,
    allow_unverified: bool,
    overrides: Mapping[str, float],
    own: OwnRows = (),
) -> str:
    """Return what to know of a row beside its name: why it is closed, or that it is no product.

    Examples
    --------
    >>> remark("gpus", "Leader", year=2030, allow_unverified=False, overrides={})
    'projection'
    """
    row = catalog_table(table, own).rows[name]
    closed = why_closed(
        table,
        name,
        year=year,
        allow_unverified=allow_unverified,
        overrides=overrides,
        own=own,
    )
    guessed = "unverified" if row.unverified and allow_unverified else ""
    projected = "projection" if isinstance(row, Gpu) and row.follows_trend else ""
    return "; ".join(text for text in (closed, guessed, projected) if text)
