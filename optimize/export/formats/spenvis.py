"""What SPENVIS needs to know of a design: a parameter sheet, and a trajectory to upload.

The sheet lists what to enter in the orbit generator, the belt models, SHIELDOSE-2 and the solar
proton model, and the model's results to compare with. The trajectory follows the help page of the
tool on trajectory uploads: comments, five header records, and one line per moment, with time as
days since 1950 and geodetic coordinates. SPENVIS is a web site: neither file was read by it, and
the names of the last two header records are to be checked against that page.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from optimize.export.flight import Orbit, days_since_j2000, one_day, orbit_of
from optimize.export.formats.dates import calendar_date
from optimize.export.formats.tables import harmless
from optimize.export.reading import maybe_number, number
from problems.units import EARTH_RADIUS_KM, SECONDS_PER_DAY, FloatArray

Document = Mapping[str, Any]

MJD_ZERO = datetime(1950, 1, 1, tzinfo=UTC)
STEP_S = 60.0
FLATTENING = 1.0 / 298.257223563  # WGS 84 (NIMA TR8350.2, table 3.1)
# Mean sidereal time at 12:00 UT1 of J2000 and its rate per day. Aoki et al. 1982, A&A 105, 359,
# without the terms that stay below 0.0001 deg until 2060.
SIDEREAL_DEG, SIDEREAL_DEG_PER_DAY = 280.46061837, 360.98564736629
RESULTS = (
    "trapped_dose_krad",
    "transit_dose_krad",
    "solar_dose_krad",
    "gcr_dose_krad",
    "dose_krad",
    "trapped_flux_cm2_s",
    "cell_fluence_cm2",
)


def write_spenvis(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write the parameter sheet and the trajectory."""
    orbit = orbit_of(document)
    sheet = folder / f"{stem}.spenvis.csv"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("page", "parameter", "value", "unit"))
        writer.writerows([harmless(c) for c in row] for row in _sheet(document, orbit))
    trajectory = folder / f"{stem}.spenvis.txt"
    trajectory.write_text("\n".join(_trajectory(document, orbit)) + "\n", encoding="ascii")
    return [sheet, trajectory]


def _sheet(document: Document, orbit: Orbit) -> list[tuple[str, str, Any, str]]:
    """Return rows of page, parameter, value, unit."""
    altitude = number(document, "outputs", "orbit_altitude_km", "km")
    life = number(document, "variables", "design_life_yr", "yr")
    belts = "trapped particles"
    shield = number(document, "variables", "shield_mm", "mm")
    geo = document["variables"]["orbit"]["value"] == "geo"
    rows: list[tuple[str, str, Any, str]] = [
        ("orbit", "mission start", calendar_date(orbit.epoch), "UTC"),
        ("orbit", "mission duration", life, "yr"),
        ("orbit", "perigee altitude", altitude, "km"),
        ("orbit", "apogee altitude", altitude, "km"),
        ("orbit", "inclination", orbit.inclination_deg, "deg"),
        ("orbit", "right ascension of the ascending node", orbit.node_deg, "deg"),
        ("orbit", "argument of perigee", 0.0, "deg"),
        ("orbit", "true anomaly", orbit.latitude_argument_deg, "deg"),
        (belts, "proton model", "AP-8; MIN for 4/11 and MAX for 7/11 of the time", ""),
        (
            belts,
            "electron model",
            "IGE-2006 mean" if geo else "AE-8; MIN for 4/11 and MAX for 7/11 of the time",
            "",
        ),
        ("solar protons", "model", "ESP-PSYCHIC total fluence", ""),
        ("solar protons", "confidence", 95.0, "%"),
        ("solar protons", "geomagnetic shielding", "vertical cutoff 14.5/L^2", "GV"),
        ("dose", "model", "SHIELDOSE-2", ""),
        ("dose", "geometry", "centre of an aluminium sphere", ""),
        ("dose", "target", "silicon", ""),
        ("dose", "shield", shield, "mm"),
        ("dose", "shield", shield * 0.27, "g/cm2"),
    ]
    for name in RESULTS:
        unit = document["outputs"][name]["unit"]
        value = maybe_number(document, "outputs", name, unit)
        rows.append(("result of the model", name, value, unit))
    return rows


def _trajectory(document: Document, orbit: Orbit) -> list[str]:
    seconds = one_day(STEP_S)
    altitude, latitude, longitude = geodetic(orbit, seconds)
    start = (orbit.epoch - MJD_ZERO).total_seconds()
    days = (start + seconds) / SECONDS_PER_DAY
    lines = [
        "# not read by SPENVIS so far: names of the records Columns and Format are unchecked",
        f"Title: heliofront design {document['design_id']}",
        "Planet: Earth",
        "Coordinates: Geographic",
        "Columns: MJD(d since 1950-01-01), Altitude(km), Latitude(deg), Longitude(deg)",
        "Format: free",
    ]
    table = np.column_stack([days, altitude, latitude, longitude]).tolist()
    return lines + [f"{d:.10f} {h:.9f} {b:.12f} {e:.12f}" for d, h, b, e in table]


def geodetic(orbit: Orbit, seconds: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return where the satellite is over the ellipsoid.

    Parameters
    ----------
    orbit
        The orbit.
    seconds
        ``(n,)`` seconds after the epoch.

    Returns
    -------
    tuple of array
        ``(n,)`` altitude [km], latitude and east longitude from -180 [deg], WGS 84.

    Notes
    -----
    The true equator turns by mean sidereal time from the mean equinox, UTC standing for UT1 and
    the pole for the axis: 0.01 deg. Latitude by fixed-point iteration.

    References
    ----------
    Vallado, Fundamentals of Astrodynamics, sections 3.4.4 (geodetic coordinates) and 3.7 (TEME).
    """
    position, _ = orbit.states(seconds)
    days = days_since_j2000(orbit.epoch, np.asarray(seconds))
    turn = SIDEREAL_DEG + SIDEREAL_DEG_PER_DAY * days
    east = np.degrees(np.arctan2(position[:, 1], position[:, 0])) - turn
    longitude = (east + 180.0) % 360.0 - 180.0
    squared = FLATTENING * (2.0 - FLATTENING)
    level, height = np.hypot(position[:, 0], position[:, 1]), position[:, 2]
    latitude = np.arctan2(height, level)
    for _ in range(8):
        curve = EARTH_RADIUS_KM / np.sqrt(1.0 - squared * np.sin(latitude) ** 2)
        latitude = np.arctan2(height + curve * squared * np.sin(latitude), level)
    curve = EARTH_RADIUS_KM / np.sqrt(1.0 - squared * np.sin(latitude) ** 2)
    # Along the normal, without the pole's division by the cosine.
    altitude = level * np.cos(latitude) + height * np.sin(latitude)
    altitude -= curve * (1.0 - squared * np.sin(latitude) ** 2)
    return altitude, np.degrees(latitude), longitude
