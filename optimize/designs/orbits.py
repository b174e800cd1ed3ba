"""The orbit of a design as it is drawn: family, size, and the Sun over the year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.designs.geometry import short
from problems.orbit.eclipse import sin_beta, sun_position
from problems.units import DAWN_DUSK_SSO, EARTH_RADIUS_KM, OBLIQUITY_DEG, ORBIT_FAMILIES

ORBIT = (
    "orbit_altitude_km",
    "inclination_deg",
    "period_min",
    "sunlit_fraction",
    "longest_eclipse_min",
    "eclipse_days_per_yr",
)
#: Days of a year, from the J2000 epoch, for the range of the beta angle.
_YEAR_D = np.arange(0.0, 365.25, 1.0)


def orbit_sketch(variables: Mapping[str, float], out: Mapping[str, float]) -> dict[str, Any] | None:
    """Return what a drawing of the orbit needs, or None for a problem without one."""
    if not all(name in out for name in ORBIT) or "orbit" not in variables:
        return None
    family = int(variables["orbit"])
    low, high = beta_range_deg(family, out["inclination_deg"])
    return {
        "family": ORBIT_FAMILIES[family],
        **{name: short(out[name]) for name in ORBIT},
        "beta_deg": [round(low, 1), round(high, 1)],
        "earth_radius_km": EARTH_RADIUS_KM,
    }


def beta_range_deg(family: int, inclination_deg: float) -> tuple[float, float]:
    """Return the lowest and highest beta angle of the year [deg].

    Parameters
    ----------
    family
        Position in ``problems.units.ORBIT_FAMILIES``.
    inclination_deg
        Inclination [deg].

    Notes
    -----
    Dawn-dusk orbits keep their ascending node at 06:00 mean local time. The node of any other
    orbit passes through all directions, so beta reaches obliquity plus inclination on both sides.

    Examples
    --------
    >>> beta_range_deg(2, 0.0)
    (-23.4393, 23.4393)
    >>> low, high = beta_range_deg(0, 98.0)
    >>> 55.0 < low < 62.0 and 85.0 < high <= 90.0
    True
    """
    if family != DAWN_DUSK_SSO:
        tilt_deg = min(inclination_deg, 180.0 - inclination_deg)
        reach_deg = min(tilt_deg + OBLIQUITY_DEG, 90.0)
        return -reach_deg, reach_deg
    sun = sun_position(_YEAR_D)
    node = sun.mean_longitude_rad - 0.5 * np.pi - sun.right_ascension_rad
    sine = np.abs(
        sin_beta(
            node, inclination_rad=np.radians(inclination_deg), declination_rad=sun.declination_rad
        )
    )
    return float(np.degrees(np.arcsin(sine.min()))), float(np.degrees(np.arcsin(sine.max())))
