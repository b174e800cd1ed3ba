"""CCSDS messages, read by ccsds-ndm and by oem and compared as numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimize.export import flight
from optimize.export.formats import ccsds
from tests.optimize.export.handed_over import KINDS, shared

RELATIVE = 1e-9


@pytest.fixture(params=KINDS)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return shared()[1][request.param]


@pytest.fixture
def messages() -> Any:
    reason = "ccsds-ndm is not installed: make peers installs it"
    return pytest.importorskip("ccsds_ndm.ndm_io", reason=reason).NdmIo()


@pytest.fixture
def ephemerides() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        module = pytest.importorskip("oem", reason="oem is not installed: make peers installs it")
    return module.OrbitEphemerisMessage


def output(document: dict[str, Any], name: str) -> float:
    return float(document["outputs"][name]["value"])


def opm_faults(message: Any, document: dict[str, Any]) -> list[str]:
    data = message.body.segment.data
    elements, craft = data.keplerian_elements, data.spacecraft_parameters
    axis_km = 6378.137 + output(document, "orbit_altitude_km")
    pairs = {
        "axis": (elements.semi_major_axis, axis_km, "km"),
        "tilt": (elements.inclination, max(output(document, "inclination_deg"), 1e-4), "deg"),
        "mass": (craft.mass, output(document, "on_orbit_mass_kg"), "kg"),
        "drag": (craft.drag_area, output(document, "drag_area_m2"), "m**2"),
        "sunlight": (craft.solar_rad_area, ccsds.sunlit_area_m2(document), "m**2"),
    }
    return [
        name
        for name, (found, value, unit) in pairs.items()
        if abs(found.value - value) > RELATIVE * abs(value) or found.units.value != unit
    ]


def test_opm_by_ccsds_ndm(messages: Any, document: dict[str, Any], tmp_path: Path) -> None:
    for path in ccsds.write_opm(document, tmp_path, "d"):
        assert opm_faults(messages.from_path(path), document) == []


def test_mass_in_tonnes_is_caught(messages: Any, tmp_path: Path) -> None:
    document = shared()[1]["lunar_geo"]
    path, _ = ccsds.write_opm(document, tmp_path, "d")
    kilograms = ccsds.digits(output(document, "on_orbit_mass_kg"))
    tonnes = ccsds.digits(output(document, "on_orbit_mass_kg") / 1e3)
    path.write_text(path.read_text().replace(f"MASS = {kilograms}", f"MASS = {tonnes}"))
    assert opm_faults(messages.from_path(path), document) == ["mass"]


def test_omm_by_ccsds_ndm(messages: Any, document: dict[str, Any], tmp_path: Path) -> None:
    for path in ccsds.write_omm(document, tmp_path, "d"):
        data = messages.from_path(path).body.segment.data
        motion = data.mean_elements.mean_motion.value
        assert motion == pytest.approx(1440.0 / output(document, "period_min"), rel=RELATIVE)
        assert data.mean_elements.eccentricity == pytest.approx(1e-7)
        drag = data.tle_parameters.bstar.value
        assert drag == pytest.approx(ccsds.bstar_per_earth_radius(document), rel=RELATIVE)


def test_oem_by_ccsds_ndm(messages: Any, document: dict[str, Any], tmp_path: Path) -> None:
    position, velocity = flight.orbit_of(document).states(np.arange(1441) * 60.0)
    expected = np.hstack([position, velocity])
    for path in ccsds.write_oem(document, tmp_path, "d")[:2]:
        vectors = messages.from_path(path).body.segment[0].data.state_vector
        names = ("x", "y", "z", "x_dot", "y_dot", "z_dot")
        found = np.array([[getattr(v, name).value for name in names] for v in vectors])
        assert found == pytest.approx(expected, rel=RELATIVE, abs=1e-9)


def test_oem_by_oem(ephemerides: Any, document: dict[str, Any], tmp_path: Path) -> None:
    orbit = flight.orbit_of(document)
    position, velocity = orbit.states(np.arange(1441) * 60.0)
    for path in ccsds.write_oem(document, tmp_path, "d")[:2]:
        with warnings.catch_warnings():
            # Leap seconds of years to come are not known; erfa says so.
            warnings.filterwarnings("ignore", message=".*dubious year")
            states = ephemerides.open(path).states
        assert np.array([s.position for s in states]) == pytest.approx(position, rel=RELATIVE)
        assert np.array([s.velocity for s in states]) == pytest.approx(
            velocity, rel=RELATIVE, abs=1e-12
        )
        days = np.array([[s.epoch.jd1, s.epoch.jd2] for s in states])
        passed = (days - days[0]).sum(axis=1) * 86400.0
        assert passed == pytest.approx(np.arange(1441) * 60.0, abs=1e-3)
