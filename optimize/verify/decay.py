"""Drag and decay by numerical propagation through NRLMSIS 2.1 along the design's own orbit.

The model looks up a density averaged over the globe and two solar cycles. Here it is evaluated
along the orbit itself (inclination, local times of a dawn-dusk plane), year by year through cycles
23 and 24, with an atmosphere that turns with the Earth; and a dead satellite is followed down,
starting in every year of the cycles in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.export.flight import NODE_LOCAL_TIME_H, plane
from optimize.export.reading import number
from optimize.verify.result import InapplicableError, Pair, named
from problems.orbit.eclipse import sun_position
from problems.units import (
    EARTH_RADIUS_KM,
    EARTH_ROTATION_SPEED_M_S,
    MU_EARTH_KM3_S2,
    SECONDS_PER_YEAR,
    FloatArray,
)

Document = Mapping[str, Any]

HIGHEST_KM = 1_500.0  # the atmosphere model is an extrapolation far below this
LONGEST_DECAY_YR = 300.0  # what a propagation follows
NODES_ON_EQUATOR, POINTS = 6, 12
LEVELS = 24
FACES_OF_BAY = 6.0
DATES = ("2026-03-21T12", "2026-06-21T12", "2026-09-21T12", "2026-12-21T12")


def check(document: Document) -> list[Pair]:
    """Return velocity lost to drag over the life, and years until a dead satellite comes down."""
    altitude = number(document, "outputs", "orbit_altitude_km", "km")
    if altitude > HIGHEST_KM:
        raise InapplicableError(f"no air worth the name at {altitude:g} km")
    tool = named("pymsis")
    levels = np.linspace(120.0, altitude, LEVELS)
    density = _densities(document, levels)
    factor = number(document, "assumptions", "orbit.density_multiplier", "1")
    factor *= number(document, "assumptions", "orbit.drag_coefficient", "1")
    life = number(document, "variables", "design_life_yr", "yr")
    area = number(document, "outputs", "drag_area_m2", "m2")
    dry = number(document, "outputs", "dry_mass_kg", "kg")
    speed = _speed_through_air_m_s(document, altitude)
    lost = 0.5 * density[:, -1].mean() * speed**2 * factor * area / dry * life * SECONDS_PER_YEAR
    ours = number(document, "outputs", "drag_delta_v_m_s", "m/s")
    note = "density along this orbit, cycles 23 and 24, air turning with the Earth"
    pairs = [Pair("drag_delta_v_m_s", "m/s", ours, float(lost), tool, note, scale=1.0)]
    expected = number(document, "outputs", "natural_decay_life_yr", "yr")
    if expected > LONGEST_DECAY_YR:
        return pairs
    ballistic = factor * _dead_area_to_mass_m2_kg(document)
    mean = decay_lives_yr(levels, density.mean(axis=0, keepdims=True), ballistic_m2_kg=ballistic)
    lives = decay_lives_yr(levels, density, ballistic_m2_kg=ballistic)
    span = f"{lives.min():.2g} to {lives.max():.2g} yr"
    tool = f"{tool}, {named('scipy')}"
    model = "propagated in the mean air of both cycles, as the model assumes"
    real = f"propagated from every year of cycles 23 and 24 in turn, mean of {span}"
    return pairs + [
        Pair("natural_decay_life_yr", "yr", expected, float(life_yr), f"{tool} ({air})", text)
        for life_yr, air, text in ((mean[0], "mean air", model), (lives.mean(), "real years", real))
    ]


def _dead_area_to_mass_m2_kg(document: Document) -> float:
    """Return mean area over dry mass of a tumbling satellite with empty tanks left out."""
    panels = sum(
        number(document, "variables", name, "m2") for name in ("array_area_m2", "radiator_area_m2")
    )
    bay = number(document, "outputs", "bay_surface_m2", "m2") / FACES_OF_BAY
    bay *= number(document, "assumptions", "mass.drag_area_bus_factor", "1")
    dry = number(document, "outputs", "dry_mass_kg", "kg")
    return (0.5 * panels + bay) / (dry - number(document, "outputs", "mass_tanks_kg", "kg"))


def _speed_through_air_m_s(document: Document, altitude_km: float) -> float:
    """Return the speed against an atmosphere that turns with the Earth [m/s]."""
    radius = EARTH_RADIUS_KM + altitude_km
    orbital = 1e3 * np.sqrt(MU_EARTH_KM3_S2 / radius)
    tilt = np.radians(number(document, "outputs", "inclination_deg", "deg"))
    wind = EARTH_ROTATION_SPEED_M_S * radius / EARTH_RADIUS_KM
    return float(orbital - wind * np.cos(tilt))


def _places(document: Document) -> tuple[Any, FloatArray, FloatArray]:
    """Return date, longitude and latitude [deg] of points along the orbit, local noon at 0 deg."""
    inclination = number(document, "outputs", "inclination_deg", "deg")
    synchronous = document["variables"]["orbit"]["value"] == "dawn_dusk_sso"
    dates, longitudes, latitudes = [], [], []
    for text in DATES:
        date = np.datetime64(text, "ns")
        days = (date - np.datetime64("2000-01-01T12", "ns")) / np.timedelta64(1, "D")
        sun = sun_position(np.array(days, dtype=np.float64))
        at_six = float(np.degrees(sun.mean_longitude_rad)) + 15.0 * (NODE_LOCAL_TIME_H - 12.0)
        spread = np.arange(NODES_ON_EQUATOR) * (360.0 / NODES_ON_EQUATOR)
        for node in [at_six] if synchronous else spread.tolist():
            along, across = plane(node, inclination)
            angle = np.arange(POINTS) * (2.0 * np.pi / POINTS)
            place = np.outer(np.cos(angle), along) + np.outer(np.sin(angle), across)
            east = np.arctan2(place[:, 1], place[:, 0]) - sun.right_ascension_rad
            longitudes.append(np.degrees(east) % 360.0)
            latitudes.append(np.degrees(np.arcsin(np.clip(place[:, 2], -1.0, 1.0))))
            dates.append(np.full(POINTS, date))
    return np.concatenate(dates), np.concatenate(longitudes), np.concatenate(latitudes)


def _densities(document: Document, altitude_km: FloatArray) -> FloatArray:
    """Return ``(years, levels)`` mean densities along the orbit [kg/m3]."""
    import pymsis

    from problems.data.build import atmosphere

    dates, longitude, latitude = _places(document)
    points, levels = len(dates), len(altitude_km)
    years = zip(
        atmosphere.CYCLE_23_F107 + atmosphere.CYCLE_24_F107,
        atmosphere.CYCLE_23_AP + atmosphere.CYCLE_24_AP,
        strict=True,
    )
    densities = []
    for flux, index in years:
        total = points * levels
        answer = pymsis.calculate(
            np.tile(dates, levels),
            np.tile(longitude, levels),
            np.tile(latitude, levels),
            np.repeat(altitude_km, points),
            f107s=np.full(total, flux),
            f107as=np.full(total, flux),
            aps=np.full((total, 7), index),
            version=2.1,
        )
        density = np.asarray(answer[..., pymsis.Variable.MASS_DENSITY], dtype=np.float64)
        densities.append(density.reshape(levels, points).mean(axis=1))
    return np.array(densities)


def decay_lives_yr(
    altitude_km: FloatArray, density_kg_m3: FloatArray, *, ballistic_m2_kg: float
) -> FloatArray:
    """Return how long a circular orbit lasts from the highest level, by the year it starts in.

    Parameters
    ----------
    altitude_km
        ``(levels,)`` rising altitudes; the orbit is over at the lowest [km].
    density_kg_m3
        ``(years, levels)`` densities; the years repeat.
    ballistic_m2_kg
        C_d A/m [m2/kg].

    Returns
    -------
    array
        ``(years,)`` lives [yr].

    Notes
    -----
    da/dt = -rho C_d A/m sqrt(mu a), integrated by LSODA; ln rho is linear between levels and
    between years.

    References
    ----------
    King-Hele, Satellite Orbits in an Atmosphere, chapter 4 (circular orbits).

    Examples
    --------
    >>> import numpy as np
    >>> level = np.array([400.0, 410.0])
    >>> air = np.full((2, 2), 1e-12)  # 10 km at rho C_d A/m sqrt(mu a) = 5.2e-4 m/s: 0.61 yr
    >>> decay_lives_yr(level, air, ballistic_m2_kg=0.01).round(2).tolist()
    [0.61, 0.61]
    """
    log = np.log(density_kg_m3)
    return np.array(
        [
            _life_yr(altitude_km, np.roll(log, -start, axis=0), ballistic_m2_kg)
            for start in range(len(log))
        ]
    )


def _life_yr(altitude_km: FloatArray, log_density: FloatArray, ballistic_m2_kg: float) -> float:
    """Return the life of an orbit that starts in the first of the years, which repeat."""
    from scipy.integrate import solve_ivp

    count = len(log_density)

    def fall(t: float, height: FloatArray) -> list[float]:
        low = int(t) % count
        share = t - int(t)
        row = (1.0 - share) * log_density[low] + share * log_density[(low + 1) % count]
        rho = np.exp(np.interp(float(height[0]), altitude_km, row))
        radius_m = 1e3 * (EARTH_RADIUS_KM + float(height[0]))
        rate = rho * ballistic_m2_kg * np.sqrt(1e9 * MU_EARTH_KM3_S2 * radius_m)
        return [float(-1e-3 * rate * SECONDS_PER_YEAR)]

    def down(_t: float, height: FloatArray) -> float:
        return float(height[0] - altitude_km[0])

    down.terminal = True  # type: ignore[attr-defined]  # read by solve_ivp
    flown = solve_ivp(
        fall,
        (0.0, 10.0 * LONGEST_DECAY_YR),
        [float(altitude_km[-1])],
        method="LSODA",
        events=down,
        rtol=1e-6,
        max_step=1.0,
    )
    return float(flown.t[-1])
