"""The orbit of a design on one worst day: epoch, states, eclipses.

A design fixes altitude and inclination of a circular orbit, not when it flies nor where its node
is. What the formats of this package assume, so that they agree with each other and with the model:

- **Node.** Dawn-dusk: ascending node at 06:00 mean local time, as in the model. Others: right
  ascension 0.
- **Epoch.** 00:00 UTC on the day of the launch year on which the Sun stands lowest above the orbit
  plane: the day with the longest eclipse. The satellite is where its orbit comes closest to the
  Sun, so the day begins in sunlight.
- **Frame.** True equator and mean equinox of date (TEME), in which the model's Sun is given too.
- **Motion.** Two-body, as the model's period is; over the one day exported, J2 would turn the plane
  by a degree or less.
- **Elements.** States are those of the circle. Where elements are written, the eccentricity is
  1e-7 and the inclination at least 0.0001 deg from the equator: readers that divide by the
  eccentricity or the sine of the inclination cannot compute a circle or an equatorial orbit, and
  the two move the satellite by less than 80 m. Both are the least that a two-line set can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from scipy.optimize import brentq

from optimize.export.reading import number
from problems.orbit.eclipse import cone_tangents, sin_beta, sun_position
from problems.units import (
    EARTH_FLATTENING,
    EARTH_RADIUS_KM,
    MU_EARTH_KM3_S2,
    SECONDS_PER_DAY,
    FloatArray,
)

FRAME = "TEME"
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
STEP_S = 60.0  # of the states and of the search for shadow edges
NODE_LOCAL_TIME_H = 6.0
ECCENTRICITY = 1e-7
LEAST_TILT_DEG = 1e-4
SHADOWS = ("cylinder", "umbra", "penumbra")
#: Stretches the ellipsoid into a sphere.
_ROUND = np.array([1.0, 1.0, 1.0 / (1.0 - EARTH_FLATTENING)])


@dataclass(frozen=True, slots=True)
class Orbit:
    """A circular orbit at its epoch; angles in degrees, TEME."""

    epoch: datetime
    radius_km: float
    inclination_deg: float
    node_deg: float
    latitude_argument_deg: float

    @property
    def element_inclination_deg(self) -> float:
        """Inclination to write among elements, never exactly in the plane of the equator."""
        return min(max(self.inclination_deg, LEAST_TILT_DEG), 180.0 - LEAST_TILT_DEG)

    @property
    def mean_motion_rad_s(self) -> float:
        """Two-body mean motion."""
        return float(np.sqrt(MU_EARTH_KM3_S2 / self.radius_km**3))

    @property
    def period_min(self) -> float:
        """Two-body period [min]."""
        return 2.0 * np.pi / self.mean_motion_rad_s / 60.0

    def epoch_plus(self, seconds: float) -> datetime:
        """Return the moment some seconds after the epoch."""
        return self.epoch + timedelta(seconds=seconds)

    def states(self, seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return ``(n, 3)`` positions [km] and velocities [km/s] at seconds after the epoch."""
        along, across = plane(self.node_deg, self.inclination_deg)
        angle = self.mean_motion_rad_s * np.asarray(seconds, dtype=np.float64)
        angle = (angle + np.radians(self.latitude_argument_deg))[:, np.newaxis]
        speed = self.mean_motion_rad_s * self.radius_km
        return (
            self.radius_km * (np.cos(angle) * along + np.sin(angle) * across),
            speed * (np.cos(angle) * across - np.sin(angle) * along),
        )


@dataclass(frozen=True, slots=True)
class Eclipse:
    """A passage through one kind of shadow."""

    shadow: str
    entry: datetime
    exit: datetime

    @property
    def minutes(self) -> float:
        """Length [min]."""
        return (self.exit - self.entry).total_seconds() / 60.0


def orbit_of(document: Mapping[str, Any]) -> Orbit:
    """Return the orbit of a design on its worst day of the launch year.

    Parameters
    ----------
    document
        Master document.

    Raises
    ------
    SpecError
        When the document lacks a number, or has it in another unit.
    """
    altitude_km = number(document, "outputs", "orbit_altitude_km", "km")
    inclination_deg = number(document, "outputs", "inclination_deg", "deg")
    sun_synchronous = document["variables"]["orbit"]["value"] == "dawn_dusk_sso"
    year = int(number(document, "variables", "launch_year", "yr"))
    start = datetime(year, 1, 1, tzinfo=UTC)
    days = np.arange(365.0)
    sun = sun_position(days_since_j2000(start, days * SECONDS_PER_DAY))
    node = np.zeros_like(days)
    if sun_synchronous:
        node = sun.mean_longitude_rad + np.radians(15.0 * (NODE_LOCAL_TIME_H - 12.0))
    sine = sin_beta(
        node - sun.right_ascension_rad,
        inclination_rad=np.radians(inclination_deg),
        declination_rad=sun.declination_rad,
    )
    worst = int(np.argmin(np.abs(sine)))
    epoch = start + timedelta(days=worst)
    node_deg = float(np.degrees(node[worst]) % 360.0)
    along, across = plane(node_deg, inclination_deg)
    toward = sun_direction(epoch, np.zeros(1))[0][0]
    noon = float(np.degrees(np.arctan2(toward @ across, toward @ along)) % 360.0)
    return Orbit(epoch, EARTH_RADIUS_KM + altitude_km, inclination_deg, node_deg, noon)


def plane(node_deg: float, inclination_deg: float) -> tuple[FloatArray, FloatArray]:
    """Return the unit vectors to the ascending node and a quarter of an orbit further on.

    Examples
    --------
    >>> [v.round(6).tolist() for v in plane(0.0, 0.0)]
    [[1.0, 0.0, 0.0], [-0.0, 1.0, 0.0]]
    """
    node, tilt = np.radians([node_deg, inclination_deg])
    along = np.array([np.cos(node), np.sin(node), 0.0])
    across = np.array([-np.sin(node) * np.cos(tilt), np.cos(node) * np.cos(tilt), np.sin(tilt)])
    return along, across


def days_since_j2000(epoch: datetime, seconds: FloatArray) -> FloatArray:
    """Return days since J2000 of moments after an epoch.

    UTC stands for TT: the minute between them moves the Sun by less than 0.001 deg.
    """
    return np.asarray((epoch - J2000).total_seconds() + seconds) / SECONDS_PER_DAY


def one_day(step_s: float) -> FloatArray:
    """Return the seconds of a day, both midnights included; the step divides the day.

    Examples
    --------
    >>> one_day(43200.0).tolist()
    [0.0, 43200.0, 86400.0]
    """
    return np.arange(0.0, SECONDS_PER_DAY + step_s, step_s)


def sun_direction(epoch: datetime, seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ``(n, 3)`` unit vectors to the Sun and its ``(n,)`` distance [au], TEME."""
    sun = sun_position(days_since_j2000(epoch, seconds))
    level = np.cos(sun.declination_rad)
    unit = np.stack(
        [
            level * np.cos(sun.right_ascension_rad),
            level * np.sin(sun.right_ascension_rad),
            np.sin(sun.declination_rad),
        ],
        axis=-1,
    )
    return unit, sun.distance_au


def shadow_depth_km(orbit: Orbit, seconds: FloatArray, *, shadow: str) -> FloatArray:
    """Return how deep the satellite is inside a shadow, negative outside.

    Parameters
    ----------
    orbit
        The orbit.
    seconds
        ``(n,)`` seconds after the epoch.
    shadow
        ``cylinder`` (which the model's ``longest_eclipse_min`` uses), ``umbra`` or ``penumbra``.

    Returns
    -------
    array
        ``(n,)`` distance to the edge [km]: the shadow's radius where the satellite is, minus its
        distance from the axis; on the day side minus the orbit radius.

    Notes
    -----
    The Earth and all with it is stretched along its axis, which makes a sphere of the WGS 84
    ellipsoid, as in :func:`problems.orbit.eclipse.plane_in_shadow`.
    """
    position, _ = orbit.states(seconds)
    toward, distance_au = sun_direction(orbit.epoch, seconds)
    position, toward = position * _ROUND, toward * _ROUND
    toward = toward / np.linalg.norm(toward, axis=1, keepdims=True)
    behind = -np.einsum("ij,ij->i", position, toward)
    aside = np.linalg.norm(position + behind[:, np.newaxis] * toward, axis=1)
    tangents = dict(zip(SHADOWS, (0.0, *cone_tangents(distance_au)), strict=True))
    depth = EARTH_RADIUS_KM - behind * tangents[shadow] - aside
    return np.asarray(np.where(behind > 0.0, depth, -orbit.radius_km))


def eclipses(orbit: Orbit, *, shadow: str = "cylinder") -> list[Eclipse]:
    """Return the passages through a shadow that begin within the day after the epoch.

    Edges are exact to a millisecond; a shadow shorter than :data:`STEP_S` can be missed.
    """
    passages: list[Eclipse] = []
    end = SECONDS_PER_DAY + 60.0 * orbit.period_min  # long enough to leave the last one again
    grid = np.arange(0.0, end + STEP_S, STEP_S)
    inside = shadow_depth_km(orbit, grid, shadow=shadow) > 0.0
    entry: float | None = None
    for i in np.flatnonzero(inside[1:] != inside[:-1]):
        edge = brentq(
            lambda t: float(shadow_depth_km(orbit, np.array([t]), shadow=shadow)[0]),
            grid[i],
            grid[i + 1],
            xtol=1e-6,
        )
        if not inside[i]:
            entry = edge if edge < SECONDS_PER_DAY else None
        elif entry is not None:
            passages.append(Eclipse(shadow, orbit.epoch_plus(entry), orbit.epoch_plus(edge)))
    return passages


def stamp(moment: datetime) -> str:
    """Return a moment as the CCSDS formats write it, UTC to the microsecond.

    Examples
    --------
    >>> stamp(datetime(2030, 6, 21, 1, 2, 3, 4500, tzinfo=UTC))
    '2030-06-21T01:02:03.004500'
    """
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
