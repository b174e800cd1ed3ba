"""GMAT script, STK ephemeris, SPENVIS files: their form, and our numbers read back."""

from __future__ import annotations

import copy
import csv
import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skyfield.api import load

from optimize.export.flight import Orbit, orbit_of
from optimize.export.formats.gmat import write_gmat
from optimize.export.formats.spenvis import geodetic, write_spenvis
from optimize.export.formats.stk import write_stk
from tests.optimize.export.handed_over import KINDS, shared

pytestmark = pytest.mark.promise("R19")

MU = 398_600.4418
EARTH_KM = 6378.137

#: Fields by kind of object, from the reference pages of the GMAT user guide.
GMAT_FIELDS = {
    "CoordinateSystem": {"Origin", "Axes"},
    "Spacecraft": {
        "DateFormat",
        "Epoch",
        "CoordinateSystem",
        "DisplayStateType",
        "SMA",
        "ECC",
        "INC",
        "RAAN",
        "AOP",
        "TA",
        "DryMass",
        "Cd",
        "Cr",
        "DragArea",
        "SRPArea",
    },
    "ForceModel": {
        "CentralBody",
        "PrimaryBodies",
        "PointMasses",
        "GravityField.Earth.Degree",
        "GravityField.Earth.Order",
        "GravityField.Earth.PotentialFile",
        "SRP",
        "ErrorControl",
        "Drag.AtmosphereModel",
        "Drag.HistoricWeatherSource",
        "Drag.PredictedWeatherSource",
        "Drag.F107",
        "Drag.F107A",
        "Drag.MagneticIndex",
    },
    "Propagator": {
        "FM",
        "Type",
        "InitialStepSize",
        "Accuracy",
        "MinStep",
        "MaxStep",
        "MaxStepAttempts",
    },
    "EclipseLocator": {
        "Spacecraft",
        "Filename",
        "OccultingBodies",
        "EclipseTypes",
        "WriteReport",
        "RunMode",
        "UseEntireInterval",
        "UseLightTimeDelay",
        "UseStellarAberration",
    },
    "ReportFile": {"Filename", "Precision", "WriteHeaders", "Add"},
}


def gmat_fields(text: str) -> dict[str, dict[str, str]]:
    """Parse a script as far as ours go; refuse every line that is none of ours."""
    kinds: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    head, _, mission = text.partition("BeginMissionSequence;\n")
    for line in filter(None, head.splitlines()):
        if line.startswith("%"):
            continue
        if made := re.fullmatch(r"Create (\w+) (\w+);", line):
            kind, name = made.groups()
            assert kind in GMAT_FIELDS
            kinds[name], found[name] = kind, {}
            continue
        given = re.fullmatch(r"GMAT (\w+)\.([\w.]+) = (.+);", line)
        assert given, line
        name, field, value = given.groups()
        assert field in GMAT_FIELDS[kinds[name]], line
        found[name][field] = value
    assert re.fullmatch(r"Propagate Prop\(Sat\) \{Sat\.ElapsedDays = 30\.0\};\n", mission)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_gmat_script_holds_orbit_mass_and_areas(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    outputs = document["outputs"]
    text = write_gmat(document, tmp_path, "x")[0].read_text(encoding="ascii")
    assert "NOT RUN IN GMAT" in text
    found = gmat_fields(text)
    sat = found["Sat"]
    period_min = 2.0 * np.pi * np.sqrt(float(sat["SMA"]) ** 3 / MU) / 60.0
    assert period_min == pytest.approx(outputs["period_min"]["value"], rel=1e-12)
    assert gmat_faults(sat, document) == []
    epoch = datetime.strptime(sat["Epoch"].strip("'"), "%d %b %Y %H:%M:%S.%f")
    assert epoch.replace(tzinfo=UTC) == orbit_of(document).epoch
    # A shadow must not fall between two steps: 90 of them in each orbit.
    step_s = 60.0 * outputs["period_min"]["value"] / 90.0
    assert float(found["Prop"]["MaxStep"]) == pytest.approx(step_s, abs=1e-3)
    forces = found["Forces"]
    assert forces["SRP"] == "On"
    assert ("Drag.F107" in forces) == (kind != "lunar_geo")
    if kind != "lunar_geo":
        assert (forces["Drag.F107"], forces["Drag.F107A"]) == ("140.0", "140.0")
        assert forces["Drag.MagneticIndex"] == "3.0"


def gmat_faults(sat: dict[str, str], document: dict[str, Any]) -> list[str]:
    """Return the fields of a spacecraft that are not the design's."""
    outputs, assumptions = document["outputs"], document["assumptions"]
    face = outputs["bay_surface_m2"]["value"] / 6.0
    orbit = orbit_of(document)
    expected = {
        "SMA": EARTH_KM + outputs["orbit_altitude_km"]["value"],
        "ECC": 1e-7,
        "INC": max(outputs["inclination_deg"]["value"], 1e-4),
        "RAAN": orbit.node_deg,
        "AOP": 0.0,
        "TA": orbit.latitude_argument_deg,
        "DryMass": outputs["on_orbit_mass_kg"]["value"],
        "Cd": assumptions["orbit.drag_coefficient"]["value"],
        "Cr": assumptions["orbit.reflectivity"]["value"],
        "DragArea": outputs["drag_area_m2"]["value"],
        "SRPArea": document["variables"]["array_area_m2"]["value"] + face,
    }
    return [k for k, value in expected.items() if float(sat[k]) != pytest.approx(value, rel=1e-12)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_swapped_number_of_the_gmat_script_is_noticed(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    sat = gmat_fields(write_gmat(document, tmp_path, "x")[0].read_text(encoding="ascii"))["Sat"]
    numbers = ("DragArea", "SRPArea", "Cd", "Cr", "DryMass")
    for field, other in itertools.permutations(numbers, 2):
        assert gmat_faults(sat | {field: sat[other]}, document) == [field]


def test_gmat_script_in_metres_is_noticed(tmp_path: Path) -> None:
    document = shared()[1]["dawn_dusk"]
    text = write_gmat(document, tmp_path, "x")[0].read_text(encoding="ascii")
    sma = gmat_fields(text)["Sat"]["SMA"]
    broken = gmat_fields(text.replace(f"SMA = {sma}", f"SMA = {float(sma) * 1e3!r}"))
    period_min = 2.0 * np.pi * np.sqrt(float(broken["Sat"]["SMA"]) ** 3 / MU) / 60.0
    assert period_min != pytest.approx(document["outputs"]["period_min"]["value"], rel=0.1)


def stk_table(text: str) -> tuple[dict[str, str], np.ndarray]:
    """Read an ephemeris: keywords, and rows of time [s], position [km], velocity [km/s]."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert re.fullmatch(r"stk\.v\.\d+\.\d+", lines[0])
    assert (lines[1], lines[-1]) == ("BEGIN Ephemeris", "END Ephemeris")
    start = lines.index("EphemerisTimePosVel")
    keywords = dict(line.split(" ", 1) for line in lines[2:start])
    rows = np.array([[float(value) for value in line.split()] for line in lines[start + 1 : -1]])
    return keywords, rows


def stk_faults(text: str, altitude_km: float) -> list[str]:
    """Return what is wrong with an ephemeris of a circular orbit."""
    keywords, rows = stk_table(text)
    faults = []
    if len(rows) != int(keywords["NumberOfEphemerisPoints"]):
        faults.append("number of points")
    if not (np.diff(rows[:, 0]) > 0.0).all():
        faults.append("order of time")
    if keywords["DistanceUnit"] != "Kilometers":
        faults.append("unit")
    radius = np.linalg.norm(rows[:, 1:4], axis=1)
    speed = np.linalg.norm(rows[:, 4:7], axis=1)
    if not np.allclose(radius, EARTH_KM + altitude_km, rtol=1e-12):
        faults.append("radius")
    if not np.allclose(speed, np.sqrt(MU / radius), rtol=1e-12):
        faults.append("speed")
    step_s = float(np.median(np.diff(rows[:, 0])))
    moved = (rows[2:, 1:4] - rows[:-2, 1:4]) / (2.0 * step_s)
    if not np.allclose(moved, rows[1:-1, 4:7], atol=1e-3 * speed[0]):
        faults.append("velocity against positions")
    return faults


@pytest.mark.parametrize("kind", KINDS)
def test_stk_ephemeris_is_the_circle(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    text = write_stk(document, tmp_path, "x")[0].read_text(encoding="ascii")
    assert stk_faults(text, document["outputs"]["orbit_altitude_km"]["value"]) == []
    keywords, rows = stk_table(text)
    assert keywords["CoordinateSystem"] == "TEMEOfDate"
    normal = np.cross(rows[0, 1:4], rows[0, 4:7])
    tilt = np.degrees(np.arccos(normal[2] / np.linalg.norm(normal)))
    assert tilt == pytest.approx(document["outputs"]["inclination_deg"]["value"], abs=1e-9)
    assert (rows[0, 0], rows[-1, 0]) == (0.0, 86_400.0)
    points = 60.0 * document["outputs"]["period_min"]["value"] / rows[1, 0]
    assert points >= 90.0  # what the tool asks for


def test_broken_ephemerides_are_noticed(tmp_path: Path) -> None:
    document = shared()[1]["equatorial"]
    altitude = document["outputs"]["orbit_altitude_km"]["value"]
    text = write_stk(document, tmp_path, "x")[0].read_text(encoding="ascii")
    assert stk_faults(text.replace("DistanceUnit Kilometers", "DistanceUnit Meters"), altitude)
    lines = text.splitlines()
    first = lines.index("EphemerisTimePosVel") + 2
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    assert "order of time" in stk_faults("\n".join(lines), altitude)
    metres = text.replace("e+03 ", "e+06 ")
    assert stk_faults(metres, altitude)


def spenvis_rows(path: Path) -> dict[tuple[str, str, str], str]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return {(r["page"], r["parameter"], r["unit"]): r["value"] for r in rows}


@pytest.mark.parametrize("kind", KINDS)
def test_spenvis_sheet_and_trajectory_agree_with_the_design(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    outputs = document["outputs"]
    sheet, trajectory = write_spenvis(document, tmp_path, "x")
    rows = spenvis_rows(sheet)
    altitude = outputs["orbit_altitude_km"]["value"]
    assert float(rows["orbit", "perigee altitude", "km"]) == altitude
    thick = float(rows["dose", "shield", "g/cm2"])
    assert thick == pytest.approx(document["variables"]["shield_mm"]["value"] * 0.27)
    belt = rows["trapped particles", "electron model", ""]
    assert belt.startswith("IGE-2006" if kind == "lunar_geo" else "AE-8")
    dose = float(rows["result of the model", "dose_krad", "krad"])
    assert dose == outputs["dose_krad"]["value"]
    lines = [x for x in trajectory.read_text(encoding="ascii").splitlines() if x[0] != "#"]
    assert [x.split(":")[0] for x in lines[:3]] == ["Title", "Planet", "Coordinates"]
    table = np.array([[float(v) for v in line.split()] for line in lines[5:]])
    days, height, latitude, longitude = table.T
    epoch = orbit_of(document).epoch
    for day, moment in ((days[0], epoch), (days[-1], epoch + timedelta(days=1))):
        assert datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=day) == moment
    assert np.diff(days) == pytest.approx(1.0 / 1440.0, abs=1e-9)
    assert (np.diff(days) > 0.0).all()
    assert (np.abs(longitude) <= 180.0).all()
    # Geodetic altitude of a circle grows with latitude by at most the flattening, 21.4 km.
    assert (height >= altitude - 1e-6).all()
    assert (height <= altitude + 21.5).all()
    tilt = outputs["inclination_deg"]["value"]
    assert np.abs(latitude).max() == pytest.approx(min(tilt, 180.0 - tilt), abs=0.3)


@pytest.mark.parametrize("kind", KINDS)
def test_spenvis_sheet_states_every_number_of_the_design(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    outputs, variables = document["outputs"], document["variables"]
    rows = spenvis_rows(write_spenvis(document, tmp_path, "x")[0])
    state = orbit_of(document)
    results = [row for row in rows if row[0] == "result of the model"]
    expected = {
        ("orbit", "mission duration", "yr"): variables["design_life_yr"]["value"],
        ("orbit", "perigee altitude", "km"): outputs["orbit_altitude_km"]["value"],
        ("orbit", "apogee altitude", "km"): outputs["orbit_altitude_km"]["value"],
        ("orbit", "inclination", "deg"): outputs["inclination_deg"]["value"],
        ("orbit", "right ascension of the ascending node", "deg"): state.node_deg,
        ("orbit", "argument of perigee", "deg"): 0.0,
        ("orbit", "true anomaly", "deg"): state.latitude_argument_deg,
        ("solar protons", "confidence", "%"): 95.0,
        ("dose", "shield", "mm"): variables["shield_mm"]["value"],
        # Aluminium of 2.7 g/cm3.
        ("dose", "shield", "g/cm2"): 2.7 * variables["shield_mm"]["value"] / 10.0,
        **{row: outputs[row[1]]["value"] for row in results},
    }
    assert len(results) == 7
    assert all(unit == outputs[name]["unit"] for _, name, unit in results)
    for row, value in expected.items():
        assert float(rows[row]) == pytest.approx(value, rel=1e-12), row
    start = datetime.strptime(rows["orbit", "mission start", "UTC"], "%d %b %Y %H:%M:%S.%f")
    assert start.replace(tzinfo=UTC) == state.epoch
    assert all(rows.values())


@pytest.mark.parametrize(("altitude_km", "drag"), [(999.0, True), (1001.0, False)])
def test_gmat_script_has_drag_where_its_atmospheres_reach(
    altitude_km: float, drag: bool, tmp_path: Path
) -> None:
    document = copy.deepcopy(shared()[1]["equatorial"])
    document["outputs"]["orbit_altitude_km"]["value"] = altitude_km
    text = write_gmat(document, tmp_path, "x")[0].read_text(encoding="ascii")
    assert ("Drag.AtmosphereModel" in gmat_fields(text)["Forces"]) is drag


@pytest.mark.parametrize("tilt", [0.0, 53.0, 90.0, 98.0])
def test_geodetic_coordinates_give_back_the_place(tilt: float) -> None:
    """By the formula the other way, and the sidereal time of another library."""
    orbit = Orbit(datetime(2030, 3, 20, tzinfo=UTC), 6878.0, tilt, 40.0, 10.0)
    seconds = np.linspace(0.0, 86_400.0, 50)
    height, latitude, longitude = geodetic(orbit, seconds)
    sine, cosine = np.sin(np.radians(latitude)), np.cos(np.radians(latitude))
    squared = 0.00669437999014  # first eccentricity of WGS 84
    normal = EARTH_KM / np.sqrt(1.0 - squared * sine**2)
    scale = load.timescale(builtin=True)
    turn = np.radians(15.0 * scale.utc(2030, 3, 20, 0, 0, seconds).gmst + longitude)
    level = (normal + height) * cosine
    place = [level * np.cos(turn), level * np.sin(turn), (normal * (1 - squared) + height) * sine]
    position, _ = orbit.states(seconds)
    assert np.linalg.norm(place, axis=0) == pytest.approx(6878.0, rel=1e-9)
    assert np.array(place)[2] == pytest.approx(position[:, 2], abs=1e-5)
    assert pytest.approx(position, abs=1.0) == np.array(place).T  # UTC for UT1: a second at most


def test_geostationary_satellite_stands_still(tmp_path: Path) -> None:
    """Only a right sidereal time keeps the longitude of a geostationary orbit."""
    trajectory = write_spenvis(shared()[1]["lunar_geo"], tmp_path, "x")[1]
    lines = trajectory.read_text(encoding="ascii").splitlines()[6:]
    longitude = np.array([float(line.split()[3]) for line in lines])
    assert np.ptp(longitude) < 0.02  # 35,786 km is a day of 1436.0665 instead of 1436.0682 min
