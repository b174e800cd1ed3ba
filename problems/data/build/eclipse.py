"""Build ``data/eclipse.npz``: a year of sunlight and shadow on every circular orbit.

Run ``python -m problems.data.build.eclipse``; offline, one core, about half a minute.

The shadow is the cylinder behind the WGS 84 ellipsoid; umbra and penumbra are that cylinder with
the cones of a sphere on top.

Dawn-dusk sun-synchronous orbits (ascending node at 06:00 mean local time, J2 inclination) are one
row over altitude. All others have a node at random: their worst eclipse is at beta = 0, which some
node meets at some season whatever the inclination, and their averages form a table over altitude
and inclination (0 to 90 deg; 180 - i has the same beta angles). An equatorial orbit is i = 0. The
worst eclipse is taken behind the equatorial radius: exact for i = 0, 0.3 % too long for i = 90.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import ellipk

from problems.orbit.eclipse import (
    cone_tangents,
    plane_in_shadow,
    shadow_edge_cosine,
    shadow_edge_ratio,
    signed_half_angle_squared,
    sin_beta,
    sun_position,
)
from problems.orbit.geometry import period_min, sso_inclination_deg
from problems.orbit.tables import COARSE_STEP, INCLINATION_NODES, altitude_nodes_km
from problems.units import DAYS_PER_YEAR, FloatArray

OUTPUT = Path(__file__).resolve().parents[1] / "eclipse.npz"

NODE_LOCAL_TIME_H = 6.0  # ascending node of the dawn-dusk family
START_DAYS_SINCE_J2000 = 9496.5  # 2026-01-01 00:00
DAWN_DUSK_STEPS = 8760  # over a year: hourly
SEASON_STEPS, NODE_STEPS = 366, 360  # midpoints over a year and over half a turn of the node
HIGHEST_SSO_KM = 5_960.0  # just below the highest sun-synchronous altitude, 5,973 km
CONTINUATION_NODES = 2  # nodes used to continue a quantity below zero past the last eclipse


def array_ram_fraction(sine_beta: FloatArray) -> FloatArray:
    """Orbit mean of the ram area of a Sun-facing plate over its area, (2/pi) cos(beta)."""
    return np.asarray((2.0 / np.pi) * np.sqrt(1.0 - sine_beta**2))


def radiator_ram_fraction(sine_beta: FloatArray) -> FloatArray:
    """Orbit mean of the ram area of a plate edge-on to Sun and Earth, over its area.

    Its normal is the cross product of Sun and nadir; the mean over the orbit of its component
    along the velocity is (2/pi) sin(beta) K(cos^2 beta), K the complete elliptic integral.
    """
    sine = np.maximum(np.abs(sine_beta), 1e-12)
    return np.asarray((2.0 / np.pi) * sine * ellipk(1.0 - sine**2))


def continued(values: FloatArray) -> FloatArray:
    """Let a quantity that ends at zero run on in a straight line to negative values.

    A look-up that interpolates and then cuts at zero thus finds the end between two nodes.
    """
    values = values.copy()
    dark = values > 0.0
    for i in range(1, len(values)):
        if dark[i - 1] and not dark[i]:
            values[i] = min(2.0 * values[i - 1] - values[i - CONTINUATION_NODES], 0.0)
        if not dark[i - 1] and dark[i]:
            values[i - 1] = min(2.0 * values[i] - values[i + 1], values[i - 1], 0.0)
    return values


def squared_duration_min2(altitude_km: FloatArray, ratio: FloatArray) -> FloatArray:
    """Square of the eclipse length [min^2], negative where there is none."""
    return (period_min(altitude_km) / np.pi) ** 2 * signed_half_angle_squared(ratio)


def dawn_dusk() -> FloatArray:
    """Columns of the dawn-dusk row: three squared lengths, dark share, squared days, ram areas."""
    days = START_DAYS_SINCE_J2000 + (np.arange(DAWN_DUSK_STEPS, dtype=np.float64) + 0.5) * (
        DAYS_PER_YEAR / DAWN_DUSK_STEPS
    )
    sun = sun_position(days)
    node = sun.mean_longitude_rad + np.radians(15.0 * (NODE_LOCAL_TIME_H - 12.0))
    umbra, penumbra = cone_tangents(sun.distance_au)
    rows = []
    for altitude in altitude_nodes_km():
        height = np.minimum(altitude, HIGHEST_SSO_KM)
        sine = sin_beta(
            node - sun.right_ascension_rad,
            inclination_rad=np.radians(sso_inclination_deg(height)),
            declination_rad=sun.declination_rad,
        )
        plane = plane_in_shadow(
            node - sun.right_ascension_rad,
            inclination_rad=np.radians(sso_inclination_deg(height)),
            declination_rad=sun.declination_rad,
        )
        ratio = shadow_edge_ratio(height, plane)
        cylinder = shadow_edge_cosine(height)
        squares = [
            squared_duration_min2(
                height,
                (ratio * (shadow_edge_cosine(height, cone_tangent=t) / cylinder)).min(
                    keepdims=True
                ),
            )
            for t in (0.0, umbra, penumbra)
        ]
        dark_share = np.arccos(np.minimum(ratio, 1.0)).mean() / np.pi
        dark_days = (ratio < 1.0).mean() * DAYS_PER_YEAR
        areas = [array_ram_fraction(sine).mean(), radiator_ram_fraction(sine).mean()]
        rows.append([*(s.item() for s in squares), dark_share, dark_days**2, *areas])
    table = np.array(rows)
    table[:, 3] = continued(table[:, 3])
    table[:, 4] = continued(table[:, 4])
    return table


def any_node() -> FloatArray:
    """Squared lengths of the longest eclipse at beta = 0 in any season, over altitude."""
    altitude = altitude_nodes_km()[:, np.newaxis]
    umbra, penumbra = cone_tangents(
        sun_position(START_DAYS_SINCE_J2000 + np.arange(366.0)).distance_au
    )
    return np.stack(
        [
            squared_duration_min2(
                altitude[:, 0], shadow_edge_cosine(altitude, cone_tangent=t).min(1)
            )
            for t in (np.zeros(1), umbra, penumbra)
        ],
        axis=1,
    )


def random_node() -> tuple[FloatArray, FloatArray]:
    """Dark share and squared days over (altitude, inclination); ram areas by inclination."""
    season = START_DAYS_SINCE_J2000 + (np.arange(SEASON_STEPS, dtype=np.float64) + 0.5) * (
        DAYS_PER_YEAR / SEASON_STEPS
    )
    declination = sun_position(season).declination_rad[:, np.newaxis]
    node = (np.arange(NODE_STEPS, dtype=np.float64) + 0.5) * (np.pi / NODE_STEPS) - 0.5 * np.pi
    altitude = altitude_nodes_km()[::COARSE_STEP]
    shares = np.empty((len(altitude), INCLINATION_NODES, 2))
    areas = np.empty((INCLINATION_NODES, 2))
    for i in range(INCLINATION_NODES):
        sine = np.abs(
            sin_beta(node, inclination_rad=np.radians(float(i)), declination_rad=declination)
        )
        areas[i] = array_ram_fraction(sine).mean(), radiator_ram_fraction(sine).mean()
        plane = plane_in_shadow(
            node, inclination_rad=np.radians(float(i)), declination_rad=declination
        )
        for j in range(len(altitude)):
            ratio = shadow_edge_ratio(altitude[j], plane)
            dark = ratio[ratio < 1.0]
            shares[j, i, 0] = np.arccos(dark).sum() / (np.pi * ratio.size)
            shares[j, i, 1] = (DAYS_PER_YEAR * dark.size / ratio.size) ** 2
    return shares, areas


def build() -> None:
    """Compute all tables and write them."""
    shares, areas = random_node()
    np.savez_compressed(
        OUTPUT,
        dawn_dusk=dawn_dusk().astype(np.float32),
        any_node=any_node().astype(np.float32),
        random_node=shares.astype(np.float32),
        random_node_ram=areas.astype(np.float32),
    )


if __name__ == "__main__":
    build()
