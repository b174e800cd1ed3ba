"""The payload rule beside the published payloads, as `heliofront catalog launchers` shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from optimize.utils.terminal import fitted_table

_HEADS = ("launcher, orbit", "km", "deg", "published t", "rule t", "off", "fit")
_BOUNDS = {"equal": "", "at_least": ">=", "at_most": "<="}


def point_rows() -> list[dict[str, Any]]:
    """Return every published payload with the rule's, as plain data."""
    from problems.validation.launchers import residuals

    return [residual.to_json() for residual in residuals()]


def _orbit_cells(point: Mapping[str, Any]) -> tuple[str, str]:
    low, high, tilt = (point[name] for name in ("perigee_km", "apogee_km", "inclination_deg"))
    size = "-" if low is None else f"{low:g}" if low == high else f"{low:g}x{high:g}"
    return size, "-" if tilt is None else f"{tilt:g}"


def _cells(point: Mapping[str, Any]) -> tuple[str, ...]:
    rule = point["rule_kg"]
    return (
        f"  {point['orbit']}",
        *_orbit_cells(point),
        f"{_BOUNDS[point['bound']]}{point['payload_kg'] / 1000.0:.2f}",
        "-" if rule is None else f"{rule / 1000.0:.2f}",
        "-" if rule is None else f"{100.0 * point['deviation']:+.0f} %",
        "yes" if point["fit"] else "",
    )


def points_text(points: Iterable[Mapping[str, Any]]) -> str:
    """Return published payloads and the rule's as a table of at most 80 columns."""
    rows = list(points)
    errors = [point["deviation"] for point in rows if point["fit"]]
    rms = math.sqrt(sum(error**2 for error in errors) / max(len(errors), 1))
    cells: list[tuple[str, ...]] = []
    for launcher, group in groupby(rows, key=itemgetter("launcher")):
        cells += [(launcher, *[""] * (len(_HEADS) - 1)), *map(_cells, group)]
    table = fitted_table(_HEADS, cells, "lrrrrrl")
    heading = "PUBLISHED PAYLOADS and the rule that is fitted to those marked yes"
    notes = (
        f"root mean square over the {len(errors)} fitted: {100.0 * rms:.1f} %; sources: --json",
        "no rule: orbit not stated, or not one around the Earth, or the row has gaps",
    )
    return "\n".join([heading, "", *table, "", *notes])
