"""Orbital transfers between circular orbits, and the propellant that they take."""

from __future__ import annotations

import numpy as np

from problems.batch import somewhere
from problems.units import (
    EARTH_RADIUS_KM,
    MOON_DISTANCE_KM,
    MOON_RADIUS_KM,
    MU_EARTH_KM3_S2,
    MU_MOON_KM3_S2,
    SECONDS_PER_YEAR,
    STANDARD_GRAVITY_M_S2,
    FloatArray,
    Quantity,
)

RADIANS_PER_DEGREE = np.pi / 180.0
MOON_ESCAPE_SPEED_KM_S = float(np.sqrt(2.0 * MU_MOON_KM3_S2 / MOON_RADIUS_KM))  # from the surface

# Beyond this share of a stage's own mass ratio the stage cannot lift itself; the floor keeps
# such a design finite (fifty times its payload), so that a search can still rank it.
_SMALLEST_STAGE_MARGIN = 0.02
# A pure plane change is cheaper over a raised apogee once sin(angle / 2) exceeds one third.
_BIELLIPTIC_THRESHOLD = 1.0 / 3.0


def circular_speed_km_s(altitude_km: Quantity) -> FloatArray:
    """Speed on a circular orbit.

    Parameters
    ----------
    altitude_km : array_like
        Altitude above the equatorial radius [km].

    Returns
    -------
    numpy.ndarray
        Speed [km/s].

    Examples
    --------
    >>> round(float(circular_speed_km_s(600.0)), 3)
    7.558
    """
    speed: FloatArray = np.sqrt(MU_EARTH_KM3_S2 / (EARTH_RADIUS_KM + np.asarray(altitude_km)))
    return speed


def apsis_speeds_km_s(radius_km: Quantity, *, far_radius_km: Quantity) -> tuple[FloatArray, ...]:
    r"""Speeds at both ends of the ellipse that joins two radii.

    Parameters
    ----------
    radius_km, far_radius_km : array_like
        Distance of either apsis from the centre of the Earth [km]; any order.

    Returns
    -------
    tuple of numpy.ndarray
        Speed at `radius_km` and at `far_radius_km` [km/s].

    Notes
    -----
    Vis-viva, and angular momentum is conserved:

    .. math:: v_1 = \sqrt{\frac{2 \mu r_2}{r_1 (r_1 + r_2)}}, \quad v_2 = v_1 \frac{r_1}{r_2}

    References
    ----------
    D. A. Vallado, *Fundamentals of Astrodynamics and Applications*, section 6.3.

    Examples
    --------
    >>> near, far = apsis_speeds_km_s(6578.137, far_radius_km=42164.137)
    >>> round(float(near), 3), round(float(far), 3)
    (10.239, 1.597)
    """
    near = np.sqrt(
        2.0 * MU_EARTH_KM3_S2 * far_radius_km / (radius_km * (radius_km + far_radius_km))
    )
    return near, near * radius_km / far_radius_km


def transfer_delta_v_m_s(
    altitude_km: Quantity, *, start_altitude_km: Quantity, plane_change_deg: Quantity = 0.0
) -> FloatArray:
    """Impulsive transfer between circular orbits with a plane change where it is cheapest.

    Parameters
    ----------
    altitude_km : array_like
        Altitude of the target orbit [km].
    start_altitude_km : array_like
        Altitude of the orbit one starts from, not above the target [km].
    plane_change_deg : array_like
        Angle between the two orbital planes, 0 to 180 [deg].

    Returns
    -------
    numpy.ndarray
        Sum of all burns [m/s].

    Notes
    -----
    Without a plane change this is the Hohmann transfer. With one, the plane is turned in the
    burn that circularises at the target. Where ``s = sin(angle / 2)`` exceeds 1/3 the apogee
    may first be raised to ``s / (1 - 2 s)`` times the target radius (the optimum of the pure
    plane change, cut off at the Moon's distance), the plane turned there, and the apogee
    brought down again; the cheaper way is taken. No part of the turn is moved to the
    first burn, which would save about 25 m/s on the way to the geostationary orbit.

    References
    ----------
    D. A. Vallado, *Fundamentals of Astrodynamics and Applications*, sections 6.3 to 6.5.

    Examples
    --------
    Geostationary orbit from a 200 km orbit at 28.5 degrees: 2,455 m/s, then 1,837 m/s.

    >>> round(float(transfer_delta_v_m_s(35786.0, start_altitude_km=200.0, plane_change_deg=28.5)))
    4291
    """
    start_km = EARTH_RADIUS_KM + np.asarray(start_altitude_km)
    target_km = EARTH_RADIUS_KM + np.asarray(altitude_km)
    half_sine = np.sin(plane_change_deg * (0.5 * RADIANS_PER_DEGREE))
    leave = np.sqrt(MU_EARTH_KM3_S2 / start_km)
    stay = np.sqrt(MU_EARTH_KM3_S2 / target_km)

    perigee, apogee = apsis_speeds_km_s(start_km, far_radius_km=target_km)
    burns = np.abs(perigee - leave) + turn_km_s(apogee, stay, half_sine)
    wide = half_sine > _BIELLIPTIC_THRESHOLD
    if somewhere(wide):
        ratio = half_sine / np.maximum(1.0 - 2.0 * half_sine, 1e-6)
        far_km = np.clip(target_km * ratio, target_km, np.maximum(target_km, MOON_DISTANCE_KM))
        up, up_far = apsis_speeds_km_s(start_km, far_radius_km=far_km)
        down, down_far = apsis_speeds_km_s(target_km, far_radius_km=far_km)
        raised = (up - leave) + turn_km_s(up_far, down_far, half_sine) + (down - stay)
        burns = np.where(wide, np.minimum(burns, raised), burns)
    result: FloatArray = 1000.0 * burns
    return result


def turn_km_s(before: Quantity, after: Quantity, half_sine: Quantity) -> FloatArray:
    """Length of the vector between two velocities, written so that it never cancels.

    Parameters
    ----------
    before, after : array_like
        Speeds [km/s].
    half_sine : array_like
        Sine of half the angle between them [1].

    Returns
    -------
    numpy.ndarray
        Velocity change [km/s].

    Examples
    --------
    >>> round(float(turn_km_s(3.0, 4.0, 0.5**0.5)), 9)
    5.0
    """
    # A length, not a root of squares: only so it has a slope where both speeds are the same.
    turn: FloatArray = np.hypot(after - before, 2.0 * np.sqrt(before * after) * half_sine)
    return turn


def low_thrust_delta_v_m_s(
    start_speed_km_s: Quantity, *, target_speed_km_s: Quantity, plane_change_deg: Quantity = 0.0
) -> FloatArray:
    r"""Velocity change of a slow spiral between circular orbits (Edelbaum).

    Parameters
    ----------
    start_speed_km_s, target_speed_km_s : array_like
        Circular speeds at either end [km/s].
    plane_change_deg : array_like
        Angle between the two orbital planes, below 114.6 [deg].

    Returns
    -------
    numpy.ndarray
        Velocity change [m/s].

    Notes
    -----
    .. math:: \Delta v^2 = V_0^2 + V_1^2 - 2 V_0 V_1 \cos(\pi \theta / 2)

    with constant thrust, many revolutions, and the out-of-plane angle held constant over each half
    revolution.

    References
    ----------
    T. N. Edelbaum, "Propulsion requirements for controllable satellites", *ARS Journal* 31
    (1961) 1079-1089, equation 45.

    Examples
    --------
    >>> start, geo = circular_speed_km_s(200.0), circular_speed_km_s(35786.0)
    >>> round(float(low_thrust_delta_v_m_s(start, target_speed_km_s=geo, plane_change_deg=28.5)))
    6005
    """
    half_sine = np.sin(plane_change_deg * (0.25 * np.pi * RADIANS_PER_DEGREE))
    return 1000.0 * turn_km_s(start_speed_km_s, target_speed_km_s, half_sine)


def propellant_kg(
    final_mass_kg: Quantity, *, delta_v_m_s: Quantity, isp_s: Quantity, inert_frac: Quantity
) -> FloatArray:
    r"""Propellant that gives a mass its velocity change, the stage or tank included.

    Parameters
    ----------
    final_mass_kg : array_like
        Mass that is to arrive, without propellant, tank or stage [kg].
    delta_v_m_s : array_like
        Velocity change [m/s].
    isp_s : array_like
        Specific impulse [s].
    inert_frac : array_like
        Tank or stage mass per kilogram of propellant [1].

    Returns
    -------
    numpy.ndarray
        Propellant [kg]; the inert mass is `inert_frac` times as much.

    Notes
    -----
    With :math:`R = \exp(\Delta v / (g_0 I_{sp}))` and inert mass :math:`k m_p`, the rocket
    equation gives

    .. math:: m_p = \frac{m (R - 1)}{1 - k (R - 1)}

    The denominator is kept above 0.02.

    References
    ----------
    G. P. Sutton, O. Biblarz, *Rocket Propulsion Elements*, section 4.1 (rocket equation).

    Examples
    --------
    >>> round(float(propellant_kg(1000.0, delta_v_m_s=3035.0, isp_s=450.0, inert_frac=0.0)))
    989
    """
    growth = np.expm1(delta_v_m_s / (STANDARD_GRAVITY_M_S2 * isp_s))
    margin = np.maximum(1.0 - inert_frac * growth, _SMALLEST_STAGE_MARGIN)
    result: FloatArray = final_mass_kg * growth / margin
    return result


def electric_transfer_time_yr(
    propellant_mass_kg: Quantity,
    *,
    thrust_power_w: Quantity,
    isp_s: Quantity,
    efficiency_frac: Quantity,
    duty_frac: Quantity,
) -> FloatArray:
    r"""Time that an electric thruster needs to expel its propellant.

    Parameters
    ----------
    propellant_mass_kg : array_like
        Propellant of the transfer [kg].
    thrust_power_w : array_like
        Electric power of the thrusters [W]; zero only where there is no propellant.
    isp_s, efficiency_frac : array_like
        Specific impulse [s] and thrust power per electric power [1].
    duty_frac : array_like
        Share of the time spent thrusting (eclipses, coasting) [1].

    Returns
    -------
    numpy.ndarray
        Duration of the transfer [yr]; 0 where there is no propellant.

    Notes
    -----
    With exhaust speed :math:`v_e = g_0 I_{sp}` the jet takes the power :math:`\eta P` at mass flow
    :math:`2 \eta P / v_e^2`, so at the duty cycle D

    .. math:: t = \frac{m_p v_e^2}{2 \eta P D}

    References
    ----------
    G. P. Sutton, O. Biblarz, *Rocket Propulsion Elements*, section 17.1.

    Examples
    --------
    >>> round(float(electric_transfer_time_yr(100.0, thrust_power_w=4200.0, isp_s=2000.0,
    ...                                       efficiency_frac=0.5, duty_frac=0.75)), 3)
    0.387
    """
    exhaust_m_s = STANDARD_GRAVITY_M_S2 * isp_s
    jet_w = np.maximum(2.0 * efficiency_frac * duty_frac * thrust_power_w, 1e-9)
    result: FloatArray = propellant_mass_kg * exhaust_m_s**2 / (jet_w * SECONDS_PER_YEAR)
    return result
