"""CCSDS messages and two lines, read by Orekit and compared as numbers."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimize.export import flight
from optimize.export.formats import ccsds, tle
from tests.optimize.export.handed_over import KINDS, shared

pytest.importorskip("orekit_jpype", reason="Orekit is not installed: make peers installs it")
pytest.importorskip("astropy_iers_data", reason="needs leap seconds: make peers installs them")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Orekit needs a Java runtime, and there is none", allow_module_level=True)

RELATIVE = 1e-9
EARTH_KM = 6378.137
Read = Callable[[str, Path], Any]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    from tests.peers import orekit_context

    context = orekit_context.start(tmp_path_factory.mktemp("orekit"))
    from java.io import File
    from org.orekit.data import DataSource
    from org.orekit.files.ccsds.ndm import ParserBuilder

    def parse(kind: str, path: Path) -> Any:
        builder = ParserBuilder(context)
        parser = getattr(builder, f"build{kind.capitalize()}Parser")()
        return parser.parseMessage(DataSource(File(str(path))))

    return parse


@pytest.fixture(params=KINDS)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return shared()[1][request.param]


def output(document: dict[str, Any], name: str) -> float:
    return float(document["outputs"][name]["value"])


def opm_faults(message: Any, document: dict[str, Any]) -> list[str]:
    """Return what Orekit got that is not the design's; it works in metres and radians."""
    data = message.getData()
    craft = data.getSpacecraftParametersBlock()
    orbit = message.generateKeplerianOrbit()
    axis_km = EARTH_KM + output(document, "orbit_altitude_km")
    state = message.getPVCoordinates()
    speed = math.sqrt(398600.4418 / axis_km)
    pairs = {
        "axis": (data.getKeplerianElementsBlock().getA() / 1e3, axis_km),
        "orbit": (orbit.getA() / 1e3, axis_km),
        "radius": (state.getPosition().getNorm() / 1e3, axis_km),
        "speed": (state.getVelocity().getNorm() / 1e3, speed),
        "tilt": (math.degrees(orbit.getI()), output(document, "inclination_deg")),
        "mass": (craft.getMass(), output(document, "on_orbit_mass_kg")),
        "drag": (craft.getDragArea(), output(document, "drag_area_m2")),
        "sunlight": (craft.getSolarRadArea(), ccsds.sunlit_area_m2(document)),
    }
    return [k for k, (found, value) in pairs.items() if abs(found - value) > RELATIVE * abs(value)]


def test_opm(read: Read, document: dict[str, Any], tmp_path: Path) -> None:
    for path in ccsds.write_opm(document, tmp_path, "d"):
        assert opm_faults(read("opm", path), document) == []


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [("[km/s]", "[m/s]", "speed"), ("[kg]", "[g]", "mass"), ("[km]", "[m]", "radius")],
)
def test_opm_in_a_wrong_unit_is_caught(
    read: Read, tmp_path: Path, good: str, bad: str, fault: str
) -> None:
    document = shared()[1]["dawn_dusk"]
    path, _ = ccsds.write_opm(document, tmp_path, "d")
    path.write_text(path.read_text().replace(good, bad))
    try:
        found = opm_faults(read("opm", path), document)
    except Exception as error:
        found = [fault] if "unit" in str(error) else [str(error)]
    assert fault in found


def test_oem(read: Read, document: dict[str, Any], tmp_path: Path) -> None:
    orbit = flight.orbit_of(document)
    for path in ccsds.write_oem(document, tmp_path, "d")[:2]:
        segment = read("oem", path).getSegments().get(0)
        assert segment.getData().getCoordinates().size() == 1441
        propagator = segment.getPropagator()
        for second in (0.0, 1234.5, 43_217.3, 86_400.0):
            date = segment.getStart().shiftedBy(second)
            state = propagator.getPVCoordinates(date, propagator.getFrame())
            position, velocity = orbit.states(np.array([second]))
            found = np.array(state.getPosition().toArray()) / 1e3
            # Interpolation included: to a centimetre.
            assert found == pytest.approx(position[0], abs=1e-5)
            found = np.array(state.getVelocity().toArray()) / 1e3
            assert found == pytest.approx(velocity[0], abs=1e-7)


def test_omm(read: Read, document: dict[str, Any], tmp_path: Path) -> None:
    (lines,) = tle.write_tle(document, tmp_path, "d")
    _, first, second = lines.read_text().splitlines()
    for path in ccsds.write_omm(document, tmp_path, "d"):
        message = read("omm", path)
        mean = message.getData().getKeplerianElementsBlock()
        per_day = mean.getMeanMotion() * 86400.0 / (2.0 * math.pi)
        assert per_day == pytest.approx(1440.0 / output(document, "period_min"), rel=RELATIVE)
        tilt_deg = max(output(document, "inclination_deg"), 1e-4)
        assert math.degrees(mean.getI()) == pytest.approx(tilt_deg)
        drag = message.getData().getTLEBlock().getBStar()
        assert drag == pytest.approx(ccsds.bstar_per_earth_radius(document), rel=RELATIVE)
        made = message.generateTLE()
        # The number of the element set is all that may differ.
        assert str(made.getLine1())[:64] == first[:64]
        assert str(made.getLine2())[:63] == second[:63]


def test_tle(read: Read, document: dict[str, Any], tmp_path: Path) -> None:
    from org.orekit.propagation.analytical.tle import TLE

    (lines,) = tle.write_tle(document, tmp_path, "d")
    _, first, second = lines.read_text().splitlines()
    assert TLE.isFormatOK(first, second)
    made = TLE(first, second)
    per_day = made.getMeanMotion() * 86400.0 / (2.0 * math.pi)
    assert per_day == pytest.approx(1440.0 / output(document, "period_min"), abs=5.1e-9)
