"""Orbit and eclipses by brahe: its constants, its Sun day by day, its shadow functions.

The plane keeps to the model's rule (dawn-dusk at 06:00 mean local time, others free to turn by J2
as brahe propagates them), and every day of the launch year is looked at. Brahe's Sun and orbit are
in the frame of J2000, whose axes are half a degree away from those of the date by 2036; both share
it, so only inclinations to the equator feel it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.export.reading import number
from optimize.verify.result import Pair, named
from problems.units import EARTH_FLATTENING, EARTH_RADIUS_KM, FloatArray

Document = Mapping[str, Any]

DAYS = 365
POINTS, FINE_POINTS = 360, 20_000
NODE_BEHIND_MEAN_SUN_DEG = 90.0  # ascending node at 06:00
#: Stretches the ellipsoid, and all around it, into the sphere of brahe's shadow functions.
_ROUND = np.array([1.0, 1.0, 1.0 / (1.0 - EARTH_FLATTENING)])


def check(document: Document) -> list[Pair]:
    """Return period, inclination of a sun-synchronous orbit, sunlit share and longest eclipses."""
    import brahe

    brahe.set_global_eop_provider(brahe.StaticEOPProvider.from_zero())
    tool = named("brahe")
    altitude = number(document, "outputs", "orbit_altitude_km", "km")
    inclination = number(document, "outputs", "inclination_deg", "deg")
    radius_m = 1e3 * (EARTH_RADIUS_KM + altitude)
    period = float(brahe.orbital_period(radius_m)) / 60.0
    pairs = [
        _pair(document, "period_min", "min", period, tool, "two-body, constants of brahe"),
    ]
    synchronous = document["variables"]["orbit"]["value"] == "dawn_dusk_sso"
    if synchronous:
        tilt_deg = brahe.sun_synchronous_inclination(
            radius_m, 0.0, angle_format=brahe.AngleFormat.DEGREES
        )
        pairs.append(
            _pair(document, "inclination_deg", "deg", float(tilt_deg), tool, "J2 of brahe")
        )
    sun, node = _year(document, radius_m, inclination, synchronous=synchronous)
    dark = _dark_counts(radius_m, inclination, sun, node)
    text = "mean over the launch year, cylinder behind the ellipsoid"
    pairs.append(
        _pair(document, "sunlit_fraction", "1", 1.0 - float(dark.mean()) / POINTS, tool, text)
    )
    # The lower the Sun stands over the plane of a circle, the longer its shadow.
    worst = int(np.argmin(np.abs(_sin_beta(sun, node, inclination))))
    shares = _shadow_shares(radius_m, inclination, sun[worst], float(node[worst]))
    names = ("longest_eclipse_min", "longest_umbra_min", "longest_shadow_min")
    texts = ("cylinder", "cone, no Sun at all", "cone, part of the Sun hidden")
    return pairs + [
        Pair(
            name,
            "min",
            number(document, "outputs", name, "min"),
            share * period,
            tool,
            f"day {worst + 1} of the launch year, {text}",
            scale=1.0,
        )
        for name, share, text in zip(names, shares, texts, strict=True)
    ]


def _pair(
    document: Document, name: str, unit: str, independent: float, tool: str, note: str
) -> Pair:
    return Pair(name, unit, number(document, "outputs", name, unit), independent, tool, note)


def _year(
    document: Document, radius_m: float, inclination_deg: float, *, synchronous: bool
) -> tuple[FloatArray, FloatArray]:
    """Return ``(days, 3)`` positions of the Sun [m] and ``(days,)`` nodes [deg], launch year."""
    import brahe

    year = int(number(document, "variables", "launch_year", "yr"))
    start = brahe.Epoch.from_date(year, 1, 1, brahe.TimeSystem.UTC)
    days = np.arange(float(DAYS))
    sun = np.array([brahe.sun_position(start + 86_400.0 * float(day)) for day in days])
    if not synchronous:
        rate = _node_rate_deg_d(start, radius_m, inclination_deg)
        return sun, rate * days
    ascension = np.unwrap(np.arctan2(sun[:, 1], sun[:, 0]))
    # The mean Sun is the straight line through a year of right ascensions.
    slope, at_start = np.polyfit(days, np.degrees(ascension), 1)
    return sun, at_start + slope * days - NODE_BEHIND_MEAN_SUN_DEG


def _node_rate_deg_d(start: Any, radius_m: float, inclination_deg: float) -> float:
    """Return how fast brahe's numerical propagation with zonal gravity turns the plane [deg/d]."""
    import brahe

    if inclination_deg < 1.0:
        return 0.0  # the plane is the equator: its node has no meaning
    elements = np.array([radius_m, 1e-4, inclination_deg, 0.0, 0.0, 0.0])
    state = brahe.state_koe_to_eci(elements, brahe.AngleFormat.DEGREES)
    forces = brahe.ForceModelConfig(gravity=brahe.GravityConfiguration(degree=4, order=0))
    flight = brahe.NumericalOrbitPropagator.from_eci(start, state, None, forces)
    flight.propagate_to(start + 86_400.0)
    end = np.asarray(flight.current_state())
    momentum = np.cross(end[:3], end[3:])
    turned = float(np.degrees(np.arctan2(momentum[0], -momentum[1])))
    return (turned + 180.0) % 360.0 - 180.0


def _sin_beta(sun: FloatArray, node: FloatArray, inclination_deg: float) -> FloatArray:
    """Return the sine of the Sun's elevation over the plane, ``(days,)``."""
    tilt, turn = np.radians(inclination_deg), np.radians(node)
    normal = np.stack(
        [
            np.sin(turn) * np.sin(tilt),
            -np.cos(turn) * np.sin(tilt),
            np.full_like(turn, np.cos(tilt)),
        ]
    )
    return np.asarray(np.einsum("ij,ji->i", sun, normal) / np.linalg.norm(sun, axis=1))


def _positions(
    radius_m: float, inclination_deg: float, node_deg: float, angle: FloatArray
) -> FloatArray:
    """Return ``(n, 3)`` positions on a circle [m] at arguments of latitude [rad]."""
    tilt, turn = np.radians(inclination_deg), np.radians(node_deg)
    along = np.array([np.cos(turn), np.sin(turn), 0.0])
    across = np.array([-np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)])
    return np.asarray(radius_m * (np.outer(np.cos(angle), along) + np.outer(np.sin(angle), across)))


def _dark_counts(
    radius_m: float, inclination_deg: float, sun: FloatArray, node: FloatArray
) -> FloatArray:
    """Return how many of ``POINTS`` positions are dark on each day, ``(days,)``."""
    import brahe

    angle = np.arange(float(POINTS)) * (2.0 * np.pi / POINTS)
    counts = np.zeros(len(sun))
    for day, (toward, turn) in enumerate(zip(sun * _ROUND, node.tolist(), strict=True)):
        places = _positions(radius_m, inclination_deg, turn, angle) * _ROUND
        counts[day] = sum(brahe.eclipse_cylindrical(place, toward) == 0.0 for place in places)
    return counts


def _shadow_shares(
    radius_m: float, inclination_deg: float, toward: FloatArray, node_deg: float
) -> tuple[float, float, float]:
    """Return the shares of one orbit in cylinder, umbra and umbra or penumbra."""
    import brahe

    angle = np.arange(float(FINE_POINTS)) * (2.0 * np.pi / FINE_POINTS)
    places = _positions(radius_m, inclination_deg, node_deg, angle) * _ROUND
    toward = toward * _ROUND
    cylinder = sum(brahe.eclipse_cylindrical(place, toward) == 0.0 for place in places)
    cone = np.array([brahe.eclipse_conical(place, toward) for place in places])
    return (
        cylinder / FINE_POINTS,
        float(np.mean(cone <= 0.0)),
        float(np.mean(cone < 1.0)),
    )
