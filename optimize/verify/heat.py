"""Radiator temperature by other balances: the exported network, and orbital-thermal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from optimize.export.flight import NODE_LOCAL_TIME_H, days_since_j2000
from optimize.export.formats.thermal import faces_earth, thermal_network
from optimize.export.reading import number
from optimize.verify.result import Pair, named
from problems.orbit.eclipse import sin_beta, sun_position
from problems.units import (
    COSMIC_BACKGROUND_K,
    SECONDS_PER_DAY,
    ZERO_CELSIUS_K,
    FloatArray,
)

Document = Mapping[str, Any]

NODES = {
    "radiator": ("radiator_temperature_k", "K", 0.0),
    "chips": ("junction_temperature_c", "degC", ZERO_CELSIUS_K),
    "array": ("array_temperature_c", "degC", ZERO_CELSIUS_K),
}
ORBIT_POINTS = 360
DAYS = 365


def check_network(document: Document) -> list[Pair]:
    """Return the temperatures that a root finder finds in the exported network."""
    temperature_k = steady_state_k(thermal_network(document))
    tool = f"{named('scipy')} (own network)"
    pairs = []
    for node, (name, unit, zero) in NODES.items():
        ours = number(document, "outputs", name, unit)
        pairs.append(
            Pair(
                name,
                unit,
                ours,
                temperature_k[node] - zero,
                tool,
                "steady state of --format thermal, solved for all nodes",
                scale=temperature_k[node],
            )
        )
    return pairs


def steady_state_k(network: Mapping[str, Any]) -> dict[str, float]:
    """Return the temperature of every node of a network in steady state.

    Parameters
    ----------
    network
        As :func:`optimize.export.formats.thermal.thermal_network` lays it out; its temperatures are
        used for boundary nodes alone.

    Returns
    -------
    dict
        Temperature by node [K].

    Raises
    ------
    RuntimeError
        When the root finder does not converge.
    """
    from scipy.optimize import root

    rows = {node["name"]: node for node in network["nodes"]}
    fixed = {n: row["temperature_k"] for n, row in rows.items() if row["kind"] == "boundary"}
    free = [name for name in rows if name not in fixed]
    source = {name: row["dissipation_w"] for name, row in rows.items()}
    for load in network["loads"]:
        source[load["node"]] += load["absorbed_w"]
    scale_w = max(map(abs, source.values()))
    sigma = network["stefan_boltzmann_w_m2_k4"]

    def residual(guess: FloatArray) -> list[float]:
        kelvin = {**fixed, **dict(zip(free, guess.tolist(), strict=True))}
        net = dict(source)
        for c in network["conductors"]:
            first, second = kelvin[c["from"]], kelvin[c["to"]]
            if c["kind"] == "linear":
                flow = c["conductance_w_k"] * (first - second)
            else:
                flow = sigma * c["radiative_area_m2"] * (first**4 - second**4)
            net[c["from"]] -= flow
            net[c["to"]] += flow
        return [net[name] / scale_w for name in free]

    solved = root(residual, np.full(len(free), 300.0), tol=1e-12)
    if max(map(abs, solved.fun)) > 1e-6:
        raise RuntimeError(f"no steady state found: {solved.message}")
    return {**fixed, **dict(zip(free, solved.x.tolist(), strict=True))}


def check_peer(document: Document) -> list[Pair]:
    """Return the radiator temperature by orbital-thermal's sink, averaged over orbit and year.

    Its view factor is integrated over the disc of the Earth, its albedo follows the Sun over the
    point below; emission by fins, heat and surface properties are the design's. It leaves direct
    sunlight out, which is added to the heat here.
    """
    from orbital_thermal import equilibrium_temperature

    loads = {
        load["source"]: load
        for load in thermal_network(document)["loads"]
        if load["node"] == "radiator"
    }
    emissivity = loads["earth_infrared"]["share"]
    quartic = _sink_k4(document, emissivity, loads["albedo"]["share"])
    kind = document["variables"]["radiator_type"]["value"]
    fin = number(document, "assumptions", f"catalog.radiators.{kind}.fin_efficiency", "1")
    area = 2.0 * number(document, "variables", "radiator_area_m2", "m2")
    heat = number(document, "outputs", "heat_rejected_w", "W") + loads["sun"]["absorbed_w"]
    # Fins emit less than the panel absorbs: the sink goes with the emissivity, not with the fins.
    sink_k = (quartic / fin) ** 0.25
    radiator_k = equilibrium_temperature(heat, area, emissivity * fin, T_sink=sink_k)
    ours = number(document, "outputs", "radiator_temperature_k", "K")
    note = "disc view factor, albedo below the satellite averaged over orbit and year"
    return [Pair("radiator_temperature_k", "K", ours, radiator_k, named("orbital-thermal"), note)]


def _sink_k4(document: Document, emissivity: float, absorptance: float) -> float:
    """Return the fourth power of the sink temperature, averaged over orbit and year [K4]."""
    from orbital_thermal.environment import sphere_view_factor
    from orbital_thermal.sink import sink_temperature_series

    altitude = number(document, "outputs", "orbit_altitude_km", "km")
    view = sphere_view_factor(altitude, 90.0)
    if faces_earth(document):  # mean of a face that looks down and one that looks up
        view = 0.5 * sphere_view_factor(altitude, 0.0)
    series = partial(
        sink_temperature_series,
        view,
        assume_sun_shielded=True,
        emissivity=emissivity,
        solar_absorptivity=absorptance,
        earth_ir=number(document, "assumptions", "thermal.earth_ir_w_m2", "W/m2"),
        albedo=number(document, "assumptions", "thermal.albedo", "1"),
        solar_constant=number(document, "assumptions", "orbit.solar_constant_w_m2", "W/m2"),
        t_space=COSMIC_BACKGROUND_K,
    )
    angle = np.arange(ORBIT_POINTS) * (360.0 / ORBIT_POINTS)
    return float(np.mean([np.mean(series(float(beta), angle) ** 4) for beta in beta_deg(document)]))


def beta_deg(document: Document) -> FloatArray:
    """Return the Sun's elevation over the plane on each day of the launch year, from 0 to 90.

    A plane that turns freely meets every node, so the days stand for nodes as well.
    """
    year = int(number(document, "variables", "launch_year", "yr"))
    seconds = np.arange(float(DAYS)) * SECONDS_PER_DAY
    sun = sun_position(days_since_j2000(datetime(year, 1, 1, tzinfo=UTC), seconds))
    if document["variables"]["orbit"]["value"] == "dawn_dusk_sso":
        node = sun.mean_longitude_rad + np.radians(15.0 * (NODE_LOCAL_TIME_H - 12.0))
    else:
        node = np.arange(DAYS) * np.radians(137.50776)  # golden angle: even over the circle
    sine = sin_beta(
        node - sun.right_ascension_rad,
        inclination_rad=np.radians(number(document, "outputs", "inclination_deg", "deg")),
        declination_rad=sun.declination_rad,
    )
    return np.degrees(np.arcsin(np.abs(sine)))
