"""CCSDS orbit messages of a design: parameters (OPM), ephemeris (OEM), mean elements (OMM).

Node, epoch, frame and motion are those of :mod:`optimize.export.flight`; every message says so in
its comments. The mass is that at the start of operations. The satellite has no catalogue number:
``OBJECT_ID`` names launch 000 of its year, which is never given to a real one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from optimize.export.flight import (
    ECCENTRICITY,
    FRAME,
    LEAST_TILT_DEG,
    SHADOWS,
    STEP_S,
    Eclipse,
    Orbit,
    eclipses,
    one_day,
    orbit_of,
    stamp,
)
from optimize.export.formats.ccsds_text import Entry, Message, Section, digits, to_kvn, to_xml
from optimize.export.reading import number
from problems.units import MU_EARTH_KM3_S2, SECONDS_PER_DAY

Document = Mapping[str, Any]

INTERPOLATION_DEGREE = 7
FACES_OF_BAY = 6.0
#: B* per area-to-mass ratio and drag coefficient [kg/m2 per Earth radius]: half the reference
#: density of SGP4. Vallado, Fundamentals of Astrodynamics, section 9.2.2: B = 1 / (12.741621 B*).
BSTAR_FACTOR = 1.0 / 12.741621


def write_opm(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write state, elements, mass and areas at the epoch."""
    orbit = orbit_of(document)
    position, velocity = (vector[0] for vector in orbit.states(np.zeros(1)))
    axes = zip(("X", "Y", "Z"), position, velocity, strict=True)
    axis = list(axes)
    state = [Entry("EPOCH", stamp(orbit.epoch))]
    state += [Entry(name, digits(value), "km") for name, value, _ in axis]
    state += [Entry(f"{name}_DOT", digits(value), "km/s") for name, _, value in axis]
    elements = [
        Entry("SEMI_MAJOR_AXIS", digits(orbit.radius_km), "km"),
        *_angles(orbit),
        Entry("TRUE_ANOMALY", digits(orbit.latitude_argument_deg), "deg"),
        Entry("GM", digits(MU_EARTH_KM3_S2), "km**3/s**2"),
    ]
    message = Message(
        "opm",
        "3.0",
        _header(document),
        _created(document, orbit),
        _object(document, orbit),
        (
            Section("stateVector", tuple(state)),
            Section("keplerianElements", tuple(elements)),
            _spacecraft(document),
        ),
    )
    return _write(message, folder, stem)


def write_oem(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write a day of states, with eclipses as comments and in a CSV beside it."""
    orbit = orbit_of(document)
    seconds = one_day(STEP_S)
    position, velocity = orbit.states(seconds)
    moments = [stamp(orbit.epoch_plus(t)) for t in seconds.tolist()]
    rows = np.hstack([position, velocity]).tolist()
    states = tuple((moment, *map(digits, row)) for moment, row in zip(moments, rows, strict=True))
    passages = [e for shadow in SHADOWS for e in eclipses(orbit, shadow=shadow)]
    message = Message(
        "oem",
        "2.0",
        _header(document),
        _created(document, orbit),
        (
            *_object(document, orbit),
            Entry("START_TIME", moments[0]),
            Entry("STOP_TIME", moments[-1]),
            Entry("INTERPOLATION", "HERMITE"),
            Entry("INTERPOLATION_DEGREE", str(INTERPOLATION_DEGREE)),
        ),
        data_comments=tuple(_eclipse_comments(passages)),
        states=states,
    )
    table = folder / f"{stem}.eclipses.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("shadow", "entry_utc", "exit_utc", "duration_min"))
        for e in passages:
            writer.writerow((e.shadow, stamp(e.entry), stamp(e.exit), repr(e.minutes)))
    return [*_write(message, folder, stem), table]


def write_omm(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write mean elements for SGP4."""
    orbit = orbit_of(document)
    mean = [
        Entry("EPOCH", stamp(orbit.epoch)),
        Entry("MEAN_MOTION", digits(revolutions_per_day(orbit)), "rev/day"),
        *_angles(orbit),
        Entry("MEAN_ANOMALY", digits(orbit.latitude_argument_deg), "deg"),
        Entry("GM", digits(MU_EARTH_KM3_S2), "km**3/s**2"),
    ]
    lines = [
        Entry("EPHEMERIS_TYPE", "0"),
        Entry("CLASSIFICATION_TYPE", "U"),
        Entry("NORAD_CAT_ID", "0"),
        Entry("ELEMENT_SET_NO", "1"),
        Entry("REV_AT_EPOCH", "0"),
        Entry("BSTAR", digits(bstar_per_earth_radius(document)), "1/ER"),
        Entry("MEAN_MOTION_DOT", "0.0", "rev/day**2"),
        Entry("MEAN_MOTION_DDOT", "0.0", "rev/day**3"),
    ]
    message = Message(
        "omm",
        "3.0",
        (
            *_header(document),
            "the mean motion is that of the two-body period; SGP4 adds J2, so its radius differs "
            "from the design's by up to 0.2 %",
        ),
        _created(document, orbit),
        (*_object(document, orbit), Entry("MEAN_ELEMENT_THEORY", "SGP4")),
        (
            Section("meanElements", tuple(mean)),
            _spacecraft(document),
            Section("tleParameters", tuple(lines)),
        ),
    )
    return _write(message, folder, stem)


def revolutions_per_day(orbit: Orbit) -> float:
    """Return the mean motion in revolutions per day."""
    return float(orbit.mean_motion_rad_s * SECONDS_PER_DAY / (2.0 * np.pi))


def bstar_per_earth_radius(document: Document) -> float:
    """Return the drag term of SGP4: the reference density times C_d A / (2 m).

    Notes
    -----
    B* = C_d A / m / 12.741621, with A/m in m2/kg and B* per Earth radius.

    References
    ----------
    Vallado, Fundamentals of Astrodynamics, section 9.2.2.
    """
    area = number(document, "outputs", "drag_area_m2", "m2")
    mass = number(document, "outputs", "on_orbit_mass_kg", "kg")
    drag = number(document, "assumptions", "orbit.drag_coefficient", "1")
    return BSTAR_FACTOR * drag * area / mass


def sunlit_area_m2(document: Document) -> float:
    """Return the area that sunlight pushes on: array and one face of the bay.

    The radiator stands edge-on to the Sun.
    """
    array = number(document, "variables", "array_area_m2", "m2")
    return array + number(document, "outputs", "bay_surface_m2", "m2") / FACES_OF_BAY


def _angles(orbit: Orbit) -> tuple[Entry, ...]:
    """Return what elements and mean elements have in common."""
    return (
        Entry("ECCENTRICITY", digits(ECCENTRICITY)),
        Entry("INCLINATION", digits(orbit.element_inclination_deg), "deg"),
        Entry("RA_OF_ASC_NODE", digits(orbit.node_deg), "deg"),
        Entry("ARG_OF_PERICENTER", "0.0", "deg"),
    )


def _spacecraft(document: Document) -> Section:
    return Section(
        "spacecraftParameters",
        (
            Entry("MASS", digits(number(document, "outputs", "on_orbit_mass_kg", "kg")), "kg"),
            Entry("SOLAR_RAD_AREA", digits(sunlit_area_m2(document)), "m**2"),
            Entry(
                "SOLAR_RAD_COEFF",
                digits(number(document, "assumptions", "orbit.reflectivity", "1")),
            ),
            Entry("DRAG_AREA", digits(number(document, "outputs", "drag_area_m2", "m2")), "m**2"),
            Entry(
                "DRAG_COEFF",
                digits(number(document, "assumptions", "orbit.drag_coefficient", "1")),
            ),
        ),
        (
            "mass at the start of operations; solar area: array and one face of the bay, radiator "
            "edge-on; drag area: mean over the orbit",
        ),
    )


def _header(document: Document) -> tuple[str, ...]:
    run = document["provenance"]["run"]
    return (
        f"heliofront design {document['design_id']} of run {run}, "
        f"model version {document['problem']['model_version']}",
        "a design, not a satellite: launch year and orbit are chosen, node and day are conventions",
        "node: dawn-dusk has its ascending node at 06:00 mean local time, others right ascension 0",
        "epoch: 00:00 UTC of the day in the launch year with the Sun lowest over the orbit plane",
        "the satellite is where its orbit comes closest to the Sun",
        "frame: true equator and mean equinox of date; motion: two-body, circular",
        f"elements: eccentricity {ECCENTRICITY:g} and inclination at least {LEAST_TILT_DEG:g} deg, "
        "for readers that cannot compute zeros; states are those of the circle",
    )


def _created(document: Document, orbit: Orbit) -> str:
    """Return when the run finished: the same design gives the same bytes."""
    finished = document["provenance"]["finished"]
    return str(finished).removesuffix("Z") if finished else stamp(orbit.epoch)


def object_name(document: Document) -> str:
    """Return the name of the satellite."""
    return f"HELIOFRONT-{document['design_id'].upper()}"


def _object(document: Document, orbit: Orbit) -> tuple[Entry, ...]:
    return (
        Entry("OBJECT_NAME", object_name(document)),
        Entry("OBJECT_ID", f"{orbit.epoch.year}-000A"),
        Entry("CENTER_NAME", "EARTH"),
        Entry("REF_FRAME", FRAME),
        Entry("TIME_SYSTEM", "UTC"),
    )


def _eclipse_comments(passages: Iterable[Eclipse]) -> list[str]:
    """Return the eclipses of the cylindrical shadow, which is the model's longest_eclipse_min."""
    own = [e for e in passages if e.shadow == SHADOWS[0]]
    if not own:
        return ["no eclipse on this day"]
    return [
        f"eclipse entry {stamp(e.entry)} exit {stamp(e.exit)} ({e.minutes:.3f} min)" for e in own
    ]


def _write(message: Message, folder: Path, stem: str) -> list[Path]:
    files = [folder / f"{stem}.{message.kind}", folder / f"{stem}.{message.kind}.xml"]
    for file, text in zip(files, (to_kvn(message), to_xml(message)), strict=True):
        file.write_text(text, encoding="utf-8")
    return files
