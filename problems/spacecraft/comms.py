"""Communications: traffic, optical terminals of the mesh, ground stations, light time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import EARTH_RADIUS_KM, SPEED_OF_LIGHT_KM_S, FloatArray, Quantity

_BITS_PER_GIGABIT = 1e9


class Terminals(NamedTuple):
    """Optical terminals that carry the satellite's traffic."""

    comms_terminals: FloatArray  #: terminals fitted, spares included [1]
    comms_available_gbps: FloatArray  #: rate of the working terminals [Gbit/s]
    comms_rate_utilisation: FloatArray  #: rate needed over rate available; fits if <= 1 [1]
    comms_power_w: FloatArray  #: working terminals and radio [W]
    comms_mass_kg: FloatArray  #: all terminals and radio [kg]
    comms_cost_usd: FloatArray  #: all terminals and radio [USD]


def traffic_gbps(flop_per_s: FloatArray, *, bit_per_flop: Quantity) -> FloatArray:
    """Return the data rate of the workload at full speed.

    Parameters
    ----------
    flop_per_s : array_like
        Useful operations per second with all accelerators alive and in sunlight [FLOP/s].
    bit_per_flop : array_like
        Traffic per operation [bit/FLOP].

    Returns
    -------
    numpy.ndarray
        Rate [Gbit/s].

    Examples
    --------
    >>> round(float(traffic_gbps(np.array(1e17), bit_per_flop=1e-8)), 9)
    1.0
    """
    result: FloatArray = flop_per_s * (bit_per_flop / _BITS_PER_GIGABIT)
    return result


def link_distance_km(altitude_km: FloatArray, *, mesh_spacing_km: Quantity) -> FloatArray:
    """Length of the links that carry the traffic away.

    Parameters
    ----------
    altitude_km : array_like
        Altitude of the satellite [km].
    mesh_spacing_km : array_like
        Distance to the neighbours in a low-orbit mesh [km].

    Returns
    -------
    numpy.ndarray
        Distance [km].

    Notes
    -----
    At least the spacing of the mesh, and at least the altitude: from a high orbit the next
    station of the way, a relay in low orbit or the ground, lies that far below.

    Examples
    --------
    >>> link_distance_km(np.array([600.0, 35786.0]), mesh_spacing_km=1500.0)
    array([ 1500., 35786.])
    """
    result: FloatArray = np.maximum(altitude_km, mesh_spacing_km)
    return result


def mesh_rate_gbps(
    distance_km: FloatArray, *, reference_rate_gbps: Quantity, reference_distance_km: Quantity
) -> FloatArray:
    """Rate of one long-range terminal over the distances of a mesh.

    Parameters
    ----------
    distance_km : array_like
        Link distance [km].
    reference_rate_gbps, reference_distance_km : array_like
        Rate of the terminal [Gbit/s], held up to this distance [km].

    Returns
    -------
    numpy.ndarray
        Rate [Gbit/s].

    Notes
    -----
    Electronics limit the rate up to the reference distance; beyond it photons do, and the rate
    falls as ``1 / d^2`` at fixed apertures and laser power. Larger apertures for high orbits are
    not modelled: such orbits carry more terminals instead.

    References
    ----------
    H. Kaushal, G. Kaddoum, "Optical communication in space: challenges and mitigation
    techniques", *IEEE Communications Surveys & Tutorials* 19 (2017) 57-96, section II.

    Examples
    --------
    A terminal made for 200 Gbit/s over 5,000 km, at the 45,000 km of a geostationary relay:

    >>> round(float(mesh_rate_gbps(np.array(45000.0), reference_rate_gbps=200.0,
    ...                                reference_distance_km=5000.0)), 2)
    2.47
    """
    ratio = np.minimum(reference_distance_km / distance_km, 1.0)
    result: FloatArray = reference_rate_gbps * ratio**2
    return result


def terminals(
    required_gbps: FloatArray,
    *,
    rate_per_terminal_gbps: FloatArray,
    min_terminals: Quantity,
    max_terminals: Quantity,
    spare_terminals: Quantity,
    terminal_mass_kg: Quantity,
    terminal_power_w: Quantity,
    terminal_cost_usd: Quantity,
    radio_mass_kg: Quantity,
    radio_power_w: Quantity,
    radio_cost_usd: Quantity,
) -> Terminals:
    """Return number, mass, power and price of the terminals for a data rate.

    Parameters
    ----------
    required_gbps : array_like
        Rate that the workload needs [Gbit/s].
    rate_per_terminal_gbps : array_like
        Rate of one terminal over the link [Gbit/s].
    min_terminals, max_terminals : array_like
        Fewest working terminals for a mesh, most that find a clear view [1].
    spare_terminals : array_like
        Terminals carried cold [1].
    terminal_mass_kg, terminal_power_w, terminal_cost_usd : array_like
        Of one terminal [kg, W, USD].
    radio_mass_kg, radio_power_w, radio_cost_usd : array_like
        Radio for command, telemetry and cloudy days [kg, W, USD].

    Returns
    -------
    Terminals
        Count, available rate [Gbit/s], utilisation, power [W], mass [kg], cost [USD].

    Notes
    -----
    ``n = clip(ceil(required / rate), min, max)``; where the limit is hit, the utilisation passes 1.
    Sampled limits are rounded to whole terminals.

    Examples
    --------
    >>> fit = terminals(np.array([1.0, 900.0]), rate_per_terminal_gbps=np.array(200.0),
    ...     min_terminals=2.0, max_terminals=8.0, spare_terminals=1.0, terminal_mass_kg=15.0,
    ...     terminal_power_w=70.0, terminal_cost_usd=2e5, radio_mass_kg=25.0, radio_power_w=150.0,
    ...     radio_cost_usd=5e5)
    >>> fit.comms_terminals, fit.comms_mass_kg
    (array([3., 6.]), array([ 70., 115.]))
    """
    fewest, spare = np.rint(min_terminals), np.rint(spare_terminals)
    most = np.maximum(np.rint(max_terminals), fewest)
    working = np.minimum(np.maximum(np.ceil(required_gbps / rate_per_terminal_gbps), fewest), most)
    fitted = working + spare
    available = working * rate_per_terminal_gbps
    return Terminals(
        comms_terminals=fitted,
        comms_available_gbps=available,
        comms_rate_utilisation=required_gbps / available,
        comms_power_w=working * terminal_power_w + radio_power_w,
        comms_mass_kg=fitted * terminal_mass_kg + radio_mass_kg,
        comms_cost_usd=fitted * terminal_cost_usd + radio_cost_usd,
    )


def ground_availability(site_availability: Quantity, *, ground_sites: Quantity) -> FloatArray:
    """Chance that at least one optical ground station has a clear sky.

    Parameters
    ----------
    site_availability : array_like
        Clear-sky probability of a station [1].
    ground_sites : array_like
        Stations with independent weather within reach of the network [1].

    Returns
    -------
    numpy.ndarray
        ``1 - (1 - a)^n`` [1].

    Notes
    -----
    Equal, independent sites, as for a network spread over continents; correlated clouds lower it.

    Examples
    --------
    >>> round(float(ground_availability(0.75, ground_sites=3.0)), 4)
    0.9844
    """
    result: FloatArray = 1.0 - np.power(1.0 - np.asarray(site_availability), ground_sites)
    return result


def ground_cost_usd(
    required_gbps: FloatArray,
    *,
    site_rate_gbps: Quantity,
    site_availability: Quantity,
    site_load_frac: Quantity,
    site_cost_usd: Quantity,
) -> FloatArray:
    """Share of the ground network that one satellite's traffic occupies.

    Parameters
    ----------
    required_gbps : array_like
        Traffic of the satellite with the ground [Gbit/s].
    site_rate_gbps, site_availability : array_like
        Rate of a station [Gbit/s] and its clear-sky probability [1].
    site_load_frac : array_like
        Mean over peak load of the network [1].
    site_cost_usd : array_like
        Capital of one station [USD].

    Returns
    -------
    numpy.ndarray
        Capital [USD].

    Notes
    -----
    The network serves a fleet, so it is charged by rate.

    Examples
    --------
    >>> float(ground_cost_usd(np.array(1.0), site_rate_gbps=100.0, site_availability=0.75,
    ...                       site_load_frac=0.5, site_cost_usd=15e6))
    400000.0
    """
    per_gbps = site_cost_usd / (site_rate_gbps * site_availability * site_load_frac)
    result: FloatArray = required_gbps * per_gbps
    return result


def one_way_light_time_ms(
    altitude_km: FloatArray, *, elevation_deg: Quantity, relay_path_km: Quantity
) -> FloatArray:
    """Time of light from the satellite to the ground, relays included.

    Parameters
    ----------
    altitude_km : array_like
        Altitude [km].
    elevation_deg : array_like
        Elevation of the satellite at the station [deg].
    relay_path_km : array_like
        Way over other satellites before the descent [km].

    Returns
    -------
    numpy.ndarray
        One-way time [ms]; processing and fibre on the ground come on top.

    Notes
    -----
    Slant range ``sqrt((R + h)^2 - R^2 cos^2 El) - R sin El``.

    References
    ----------
    J. R. Wertz et al., *Space Mission Engineering: The New SMAD* (2011), section 8.3.

    Examples
    --------
    >>> one_way_light_time_ms(np.array([600.0, 35786.0]), elevation_deg=10.0,
    ...                       relay_path_km=0.0).round(1)
    array([  6.4, 135.4])
    """
    elevation = np.radians(elevation_deg)
    across_km = EARTH_RADIUS_KM * np.cos(elevation)
    up_km = EARTH_RADIUS_KM * np.sin(elevation)
    slant_km = np.sqrt((EARTH_RADIUS_KM + altitude_km) ** 2 - across_km**2) - up_km
    result: FloatArray = (slant_km + relay_path_km) * (1000.0 / SPEED_OF_LIGHT_KM_S)
    return result
