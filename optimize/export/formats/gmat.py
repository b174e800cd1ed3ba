"""A script for NASA's General Mission Analysis Tool: a month of the design's orbit.

Written after the fields that the GMAT user guide documents for ``Spacecraft``, ``ForceModel``,
``Propagator``, ``EclipseLocator`` and ``ReportFile``, and the samples that come with the tool.
GMAT is not installable here, so the script has **not been run in GMAT**; it says so itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optimize.export.flight import ECCENTRICITY, Orbit, orbit_of
from optimize.export.formats.ccsds import sunlit_area_m2
from optimize.export.formats.dates import calendar_date
from optimize.export.reading import number

Document = Mapping[str, Any]
Block = dict[str, str]

DAYS = 30.0
GRAVITY_DEGREE = 10
DRAG_TOP_KM = 1_000.0  # the atmosphere models of the tool end about here
#: Moderate long-term solar activity: ECSS-E-ST-10-04C, annex on solar activity (ap 15 is Kp 3).
F107_SFU, KP = 140.0, 3.0
FRAME = "EarthTOD"
MARK = "NOT RUN IN GMAT: written after the user guide and the samples, checked for its form only."


def write_gmat(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write the script."""
    path = folder / f"{stem}.script"
    path.write_text("\n".join(_lines(document, stem)) + "\n", encoding="ascii")
    return [path]


def _lines(document: Document, stem: str) -> Iterator[str]:
    orbit = orbit_of(document)
    altitude_km = number(document, "outputs", "orbit_altitude_km", "km")
    yield from (f"% {text}" for text in _header(document))
    yield from _create("CoordinateSystem", FRAME, {"Origin": "Earth", "Axes": "TODEq"})
    yield from _create("Spacecraft", "Sat", _spacecraft(document, orbit))
    yield from _create("ForceModel", "Forces", _forces(drag=altitude_km < DRAG_TOP_KM))
    yield from _create("Propagator", "Prop", _propagator(orbit))
    yield from _create("EclipseLocator", "Eclipses", _eclipses(stem))
    yield from _create("ReportFile", "States", _report(stem))
    yield ""
    yield "BeginMissionSequence;"
    yield f"Propagate Prop(Sat) {{Sat.ElapsedDays = {DAYS!r}}};"


def _header(document: Document) -> tuple[str, ...]:
    outputs = document["outputs"]
    known = {
        name: outputs[name]["value"]
        for name in ("period_min", "longest_eclipse_min", "longest_umbra_min")
    }
    return (
        f"heliofront design {document['design_id']}, "
        f"model version {document['problem']['model_version']}",
        MARK,
        "A month from the worst day of the launch year for eclipses, free flight without thrust.",
        "The model says, for comparison: "
        + ", ".join(f"{name} = {value!r}" for name, value in known.items()),
        "longest_eclipse_min is of a cylindrical shadow, longest_umbra_min of the cone.",
        "The node counts from the true instead of the mean equinox: less than 0.005 deg apart.",
        f"Drag below {DRAG_TOP_KM:g} km at moderate solar activity "
        f"(F10.7 = {F107_SFU:g} sfu, Kp = {KP:g}).",
    )


def _spacecraft(document: Document, orbit: Orbit) -> Block:
    return {
        "DateFormat": "UTCGregorian",
        "Epoch": f"'{calendar_date(orbit.epoch)}'",
        "CoordinateSystem": FRAME,
        "DisplayStateType": "Keplerian",
        "SMA": repr(orbit.radius_km),
        "ECC": repr(ECCENTRICITY),
        "INC": repr(orbit.element_inclination_deg),
        "RAAN": repr(orbit.node_deg),
        "AOP": "0.0",
        "TA": repr(orbit.latitude_argument_deg),
        "DryMass": repr(number(document, "outputs", "on_orbit_mass_kg", "kg")),
        "Cd": repr(number(document, "assumptions", "orbit.drag_coefficient", "1")),
        "Cr": repr(number(document, "assumptions", "orbit.reflectivity", "1")),
        "DragArea": repr(number(document, "outputs", "drag_area_m2", "m2")),
        "SRPArea": repr(sunlit_area_m2(document)),
    }


def _forces(*, drag: bool) -> Block:
    block = {
        "CentralBody": "Earth",
        "PrimaryBodies": "{Earth}",
        "PointMasses": "{Sun, Luna}",
        "GravityField.Earth.Degree": str(GRAVITY_DEGREE),
        "GravityField.Earth.Order": str(GRAVITY_DEGREE),
        "GravityField.Earth.PotentialFile": "'JGM2.cof'",
        "SRP": "On",
        "ErrorControl": "RSSStep",
    }
    if drag:
        block |= {
            "Drag.AtmosphereModel": "JacchiaRoberts",
            "Drag.HistoricWeatherSource": "'ConstantFluxAndGeoMag'",
            "Drag.PredictedWeatherSource": "'ConstantFluxAndGeoMag'",
            "Drag.F107": repr(F107_SFU),
            "Drag.F107A": repr(F107_SFU),
            "Drag.MagneticIndex": repr(KP),
        }
    return block


def _propagator(orbit: Orbit) -> Block:
    return {
        "FM": "Forces",
        "Type": "PrinceDormand78",
        "InitialStepSize": "60.0",
        "Accuracy": "1e-11",
        "MinStep": "0.001",
        # A shadow must not fall between two steps.
        "MaxStep": repr(round(orbit.period_min * 60.0 / 90.0, 3)),
        "MaxStepAttempts": "50",
    }


def _eclipses(stem: str) -> Block:
    return {
        "Spacecraft": "Sat",
        "Filename": f"'{stem}.gmat-eclipses.txt'",
        "OccultingBodies": "{Earth}",
        "EclipseTypes": "{'Umbra', 'Penumbra', 'Antumbra'}",
        "WriteReport": "true",
        "RunMode": "Automatic",
        "UseEntireInterval": "true",
        "UseLightTimeDelay": "true",
        "UseStellarAberration": "true",
    }


def _report(stem: str) -> Block:
    columns = (
        "Sat.UTCGregorian",
        "Sat.ElapsedDays",
        "Sat.Earth.Altitude",
        "Sat.Earth.SMA",
        "Sat.Earth.ECC",
        f"Sat.{FRAME}.INC",
        f"Sat.{FRAME}.RAAN",
    )
    return {
        "Filename": f"'{stem}.gmat-altitude.txt'",
        "Precision": "16",
        "WriteHeaders": "true",
        "Add": "{" + ", ".join(columns) + "}",
    }


def _create(kind: str, name: str, fields: Block) -> Iterator[str]:
    yield ""
    yield f"Create {kind} {name};"
    yield from (f"GMAT {name}.{field} = {value};" for field, value in fields.items())
