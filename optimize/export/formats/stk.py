"""An ephemeris in the external format of STK (``.e``): a day of the design's orbit.

Keywords, their order and the least number of points per revolution (90) are those of the help
pages of the tool on external ephemeris files. STK is not installable here: the file is checked for
its form and its numbers, not read by STK.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from optimize.export.flight import one_day, orbit_of
from optimize.export.formats.dates import calendar_date

STEP_S = 30.0  # 180 points per revolution of the lowest orbit
INTERPOLATION_ORDER = 7


def write_stk(document: Mapping[str, Any], folder: Path, stem: str) -> list[Path]:
    """Write the ephemeris."""
    orbit = orbit_of(document)
    seconds = one_day(STEP_S)
    position, velocity = orbit.states(seconds)
    # A blank line separates keywords from points, as in the examples of the tool.
    lines = [
        "stk.v.11.0",
        f"# heliofront design {document['design_id']}: two-body, circular, on the day of the",
        "# launch year with the Sun lowest over the orbit plane. Not read by STK so far.",
        "BEGIN Ephemeris",
        f"NumberOfEphemerisPoints {seconds.size}",
        f"ScenarioEpoch {calendar_date(orbit.epoch)}",
        "InterpolationMethod Lagrange",
        f"InterpolationOrder {INTERPOLATION_ORDER}",
        "DistanceUnit Kilometers",
        "CentralBody Earth",
        "CoordinateSystem TEMEOfDate",
        "EphemerisTimePosVel",
        "",
    ]
    table = np.column_stack([seconds, position, velocity]).tolist()
    lines += [" ".join(f"{value:.16e}" for value in row) for row in table]
    path = folder / f"{stem}.e"
    path.write_text("\n".join([*lines, "", "END Ephemeris"]) + "\n", encoding="ascii")
    return [path]
