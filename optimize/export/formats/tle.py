"""Two-line elements of a design, from the same mean elements as the OMM.

References
----------
Hoots, Roehrich, Spacetrack Report No. 3 (1980): columns of the two lines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimize.export.flight import ECCENTRICITY, Orbit, orbit_of
from optimize.export.formats.ccsds import bstar_per_earth_radius, object_name, revolutions_per_day
from problems.spec import SpecError

FIRST_YEAR, LAST_YEAR = 1957, 2056  # what two digits of a year stand for


def write_tle(document: Mapping[str, Any], folder: Path, stem: str) -> list[Path]:
    """Write the name of the satellite and its two lines."""
    orbit = orbit_of(document)
    lines = (
        object_name(document)[:24],
        *two_lines(orbit, bstar_per_earth_radius=bstar_per_earth_radius(document)),
    )
    path = folder / f"{stem}.tle"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return [path]


def two_lines(orbit: Orbit, *, bstar_per_earth_radius: float) -> tuple[str, str]:
    """Return the two lines of an orbit as good as circular.

    Parameters
    ----------
    orbit
        The orbit at its epoch.
    bstar_per_earth_radius
        Drag term.

    Raises
    ------
    SpecError
        When the launch year has no two digits in this format.
    """
    year = orbit.epoch.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"two-line elements end with {LAST_YEAR}, the launch is in {year}; use omm"
        raise SpecError("variables.launch_year", message)
    midnight = orbit.epoch.replace(hour=0, minute=0, second=0, microsecond=0)
    day = orbit.epoch.timetuple().tm_yday + (orbit.epoch - midnight).total_seconds() / 86400.0
    first = (
        f"1 00000U {year % 100:02d}000A   {year % 100:02d}{day:012.8f}  .00000000  00000-0 "
        f"{exponent(bstar_per_earth_radius)} 0    1"
    )
    second = (
        f"2 00000 {orbit.element_inclination_deg:8.4f} {_turn(orbit.node_deg)} "
        f"{1e7 * ECCENTRICITY:07.0f} {_turn(0.0)} "
        f"{_turn(orbit.latitude_argument_deg)} {revolutions_per_day(orbit):11.8f}    0"
    )
    return f"{first}{checksum(first)}", f"{second}{checksum(second)}"


def _turn(angle_deg: float) -> str:
    """Return an angle in eight columns; one that rounds to a full turn is 0."""
    return f"{round(angle_deg, 4) % 360.0:8.4f}"


def exponent(value: float) -> str:
    """Return a number as five digits after an assumed point, and a power of ten.

    Examples
    --------
    >>> exponent(0.0012345), exponent(0.0), exponent(-0.5), exponent(0.99999999)
    (' 12345-2', ' 00000-0', '-50000+0', ' 10000+1')
    """
    if value == 0.0:
        return " 00000-0"
    power = math.floor(math.log10(abs(value))) + 1
    fraction = round(abs(value) / 10.0**power * 1e5)
    if fraction == 100_000:
        fraction, power = 10_000, power + 1
    return f"{'-' if value < 0.0 else ' '}{fraction:05d}{power:+d}"


def checksum(line: str) -> int:
    """Return the sum of the digits of a line, a minus counting 1, modulo 10.

    Examples
    --------
    >>> checksum("1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  292")
    7
    """
    return sum(int(c) if c.isdigit() else c == "-" for c in line) % 10
