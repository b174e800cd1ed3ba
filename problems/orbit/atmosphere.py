"""Air drag: the area a satellite shows to the wind, what it costs, and how soon it comes down."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np

from problems.orbit.tables import OrbitTables, altitude_nodes_km, decay_speed_m_s
from problems.units import SECONDS_PER_YEAR, FloatArray, Quantity

ACTIVITIES = ("low", "mean", "high", "cycle_23", "cycle_24")


@cache
def _log_density(activity: str) -> FloatArray:
    """Logarithm of the tabulated density at one level of solar activity."""
    path = resources.files("problems.data").joinpath("atmosphere.npz")
    with path.open("rb") as stream, np.load(stream) as data:
        return np.asarray(data[f"ln_density_{activity}"], dtype=np.float64)


def atmospheric_density_kg_m3(altitude_km: FloatArray, *, activity: str = "mean") -> FloatArray:
    """Return the mean density of the air at one level of solar activity.

    Parameters
    ----------
    altitude_km : array
        Altitude, 200 to 36,000; an extrapolation above 1,000, meaningless above 2,000 [km].
    activity : {"low", "mean", "high", "cycle_23", "cycle_24"}
        F10.7 of 65, 140 or 250 with ap 0, 15 or 45, or the mean over one solar cycle.

    Returns
    -------
    array
        Density, averaged over local time, season and latitude [kg/m3].

    Notes
    -----
    For looking things up. The chain uses ``OrbitState.density_kg_m3``, the mean over cycles 23 and
    24. Interpolated linearly in the logarithms.

    References
    ----------
    Emmert et al. 2022, NRLMSIS 2.1, J. Geophys. Res. Space Physics 127.

    Examples
    --------
    >>> f"{float(atmospheric_density_kg_m3(np.array(400.0))):.2e}"
    '3.39e-12'
    """
    if activity not in ACTIVITIES:
        raise ValueError(f"activity must be one of {', '.join(ACTIVITIES)}, not '{activity}'")
    nodes = np.log(altitude_nodes_km())
    return np.exp(np.interp(np.log(altitude_km), nodes, _log_density(activity)))


def ram_area_m2(
    array_area_m2: FloatArray,
    *,
    array_ram_frac: FloatArray,
    radiator_area_m2: FloatArray,
    radiator_ram_frac: FloatArray,
    bus_area_m2: Quantity,
) -> FloatArray:
    """Return the orbit-mean area a working satellite shows to the wind.

    Parameters
    ----------
    array_area_m2, radiator_area_m2 : array
        Planform of the Sun-tracking array and of the radiator [m2].
    array_ram_frac, radiator_ram_frac : array
        From :func:`problems.orbit.state.orbit_state` [-].
    bus_area_m2 : array
        Frontal area of the body [m2].

    Returns
    -------
    array
        Mean projected area [m2].

    Notes
    -----
    Shadowing of one surface by another is neglected, which is on the safe side.

    Examples
    --------
    >>> round(float(ram_area_m2(600.0, array_ram_frac=0.169, radiator_area_m2=110.0,
    ...                         radiator_ram_frac=0.97, bus_area_m2=4.0)), 1)
    212.1
    """
    return np.asarray(
        array_ram_frac * array_area_m2 + radiator_ram_frac * radiator_area_m2 + bus_area_m2
    )


def tumbling_area_m2(
    array_area_m2: FloatArray,
    *,
    radiator_area_m2: FloatArray,
    bus_area_m2: Quantity,
) -> FloatArray:
    """Return the mean area of a dead satellite that tumbles at random.

    Parameters
    ----------
    array_area_m2, radiator_area_m2 : array
        Planform of array and radiator [m2].
    bus_area_m2 : array
        Mean projected area of the body [m2].

    Returns
    -------
    array
        Mean projected area [m2].

    Notes
    -----
    A convex body shows a quarter of its surface on average (Cauchy), a flat plate half its
    planform.

    Examples
    --------
    >>> float(tumbling_area_m2(600.0, radiator_area_m2=110.0, bus_area_m2=4.0))
    359.0
    """
    return np.asarray(0.5 * (array_area_m2 + radiator_area_m2) + bus_area_m2)


def drag_delta_v_m_s_per_yr(
    density_kg_m3: FloatArray,
    *,
    speed_m_s: FloatArray,
    area_to_mass_m2_kg: FloatArray,
    drag_coefficient: Quantity,
    density_multiplier: Quantity,
) -> FloatArray:
    r"""Return the yearly velocity lost to drag, which propulsion has to give back.

    Parameters
    ----------
    density_kg_m3 : array
        Mean density along the orbit [kg/m3].
    speed_m_s : array
        Orbital speed [m/s].
    area_to_mass_m2_kg : array
        Mean ram area over mass [m2/kg].
    drag_coefficient : float or array
        Drag coefficient on the projected area [-].
    density_multiplier : float or array
        Solar activity and model error as one factor on the density [-].

    Returns
    -------
    array
        Velocity [m/s per year]; times the life for the whole mission.

    Notes
    -----
    :math:`\frac{1}{2} \rho v^2` times :math:`C_d A / m`. Co-rotation of the air (5 to 10 %) is
    neglected.

    Examples
    --------
    >>> round(float(drag_delta_v_m_s_per_yr(1.6e-13, speed_m_s=7558.0, area_to_mass_m2_kg=0.03,
    ...     drag_coefficient=2.2, density_multiplier=1.0)), 1)
    9.5
    """
    pressure = 0.5 * SECONDS_PER_YEAR * density_kg_m3 * speed_m_s * speed_m_s
    return np.asarray(pressure * area_to_mass_m2_kg * (drag_coefficient * density_multiplier))


def lowering_delta_v_m_s(
    speed_m_s: FloatArray,
    *,
    area_to_mass_m2_kg: FloatArray,
    drag_coefficient: Quantity,
    density_multiplier: Quantity,
    longest_decay_yr: Quantity,
    tables: OrbitTables,
) -> FloatArray:
    """Return the velocity that lowers an orbit until the air ends it within the time allowed.

    Parameters
    ----------
    speed_m_s : array
        Circular speed now [m/s].
    area_to_mass_m2_kg : array
        Mean area over mass after the end of operations [m2/kg].
    drag_coefficient, density_multiplier : float or array
        As in :func:`natural_decay_life_yr` [-].
    longest_decay_yr : float or array
        Natural life allowed [yr].
    tables : OrbitTables
        From :func:`problems.orbit.tables.load_orbit_tables`.

    Returns
    -------
    array
        Difference of circular speeds; 0 where the orbit already decays in time [m/s].

    Notes
    -----
    The orbit to reach has the decay integral (allowed life) C_d A/m. Continuous in altitude, area
    and mass, unlike the rule "nothing or all the way down".

    Examples
    --------
    >>> from problems.orbit.tables import load_orbit_tables
    >>> speed = np.array([7613.0, 7532.0])  # 500 and 650 km
    >>> lower = lowering_delta_v_m_s(speed, area_to_mass_m2_kg=np.full(2, 0.03),
    ...     drag_coefficient=2.2, density_multiplier=1.0, longest_decay_yr=5.0,
    ...     tables=load_orbit_tables())
    >>> lower.round(1).tolist()
    [0.0, 35.4]
    """
    ballistic = area_to_mass_m2_kg * (drag_coefficient * density_multiplier)
    reached = decay_speed_m_s(tables, decay_integral_yr_m2_kg=ballistic * longest_decay_yr)
    return np.asarray(np.maximum(reached - speed_m_s, 0.0))


def natural_decay_life_yr(
    decay_integral_yr_m2_kg: FloatArray,
    *,
    area_to_mass_m2_kg: FloatArray,
    drag_coefficient: Quantity,
    density_multiplier: Quantity,
) -> FloatArray:
    r"""Return how long a satellite left alone stays up.

    Parameters
    ----------
    decay_integral_yr_m2_kg : array
        From :func:`problems.orbit.state.orbit_state` [yr m2/kg].
    area_to_mass_m2_kg : array
        Mean area over mass after the end of operations [m2/kg].
    drag_coefficient : float or array
        Drag coefficient [-].
    density_multiplier : float or array
        Factor on the density [-].

    Returns
    -------
    array
        Years until re-entry [yr].

    Notes
    -----
    .. math:: t = \int \frac{\mathrm{d}a}{\rho\, (C_d A / m) \sqrt{\mu a}}

    circular all the way, density averaged over two solar cycles: a life shorter than a cycle
    depends on its phase by a factor of a few.

    References
    ----------
    King-Hele, Satellite Orbits in an Atmosphere, chapter 4 (circular orbits).

    Examples
    --------
    >>> float(natural_decay_life_yr(0.33, area_to_mass_m2_kg=0.03, drag_coefficient=2.2,
    ...                             density_multiplier=1.0))
    5.0
    """
    ballistic = area_to_mass_m2_kg * (drag_coefficient * density_multiplier)
    return np.asarray(decay_integral_yr_m2_kg / ballistic)
