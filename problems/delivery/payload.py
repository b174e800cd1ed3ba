"""What a launcher carries to an orbit: a rule with two numbers, fitted to published payloads."""

from __future__ import annotations

import numpy as np

from problems.delivery.transfer import (
    RADIANS_PER_DEGREE,
    apsis_speeds_km_s,
    circular_speed_km_s,
    transfer_delta_v_m_s,
    turn_km_s,
)
from problems.units import (
    EARTH_RADIUS_KM,
    EARTH_ROTATION_SPEED_M_S,
    STANDARD_GRAVITY_M_S2,
    FloatArray,
    Quantity,
)

# Velocity changes of launchers count from a due-east orbit at this altitude.
REFERENCE_ALTITUDE_KM = 200.0
# A launcher that cannot reach the orbit gets this payload, so that its price stays finite.
SMALLEST_PAYLOAD_KG = 1.0


def payload_kg(
    delta_v_m_s: FloatArray,
    *,
    reference_delta_v_m_s: Quantity,
    leo_payload_kg: Quantity,
    upper_inert_kg: Quantity,
    upper_isp_s: Quantity,
) -> FloatArray:
    """Payload that the upper stage carries to an orbit, from its payload to another one.

    Parameters
    ----------
    delta_v_m_s : array_like
        Velocity change above the 200 km due-east orbit [m/s].
    reference_delta_v_m_s : array_like
        The same for the orbit to which the low-orbit payload belongs [m/s].
    leo_payload_kg : array_like
        Payload to that orbit [kg].
    upper_inert_kg : array_like
        Effective inert mass of the upper stage: what it weighs without usable propellant, reserves
        for its return in [kg].
    upper_isp_s : array_like
        Specific impulse of the upper stage [s].

    Returns
    -------
    numpy.ndarray
        Payload, never below 0 [kg].

    Notes
    -----
    ``m(dv) = (m_ref + m_inert) exp((dv_ref - dv) / (g0 Isp)) - m_inert``. The rule knows neither
    losses nor the staging that a launcher was optimised for; payload and inert mass of the
    catalogue are fitted to published payloads (``heliofront catalog launchers`` shows how well).

    References
    ----------
    G. P. Sutton, O. Biblarz, *Rocket Propulsion Elements*, section 4.1.

    Examples
    --------
    Starship from 500 km, 98.9 deg (662 m/s) to a transfer orbit (2,464 m/s):

    >>> round(float(payload_kg(np.array(2464.0), reference_delta_v_m_s=662.0, leo_payload_kg=1e5,
    ...                        upper_inert_kg=103_870.0, upper_isp_s=375.0)), -2)
    21000.0
    """
    ratio = np.exp((reference_delta_v_m_s - delta_v_m_s) / (STANDARD_GRAVITY_M_S2 * upper_isp_s))
    result: FloatArray = np.maximum((leo_payload_kg + upper_inert_kg) * ratio - upper_inert_kg, 0.0)
    return result


def insertion_delta_v_m_s(
    perigee_km: Quantity,
    *,
    apogee_km: Quantity,
    inclination_deg: Quantity,
    site_latitude_deg: Quantity,
    reference_latitude_deg: Quantity,
    delta_v_to_go_m_s: Quantity = np.nan,
) -> FloatArray:
    """Velocity change to an orbit of any shape, as launchers' payloads are published.

    Parameters
    ----------
    perigee_km, apogee_km, inclination_deg : array_like
        Orbit in which the payload is left [km, deg].
    site_latitude_deg : array_like
        Latitude of the pad, which decides what inclinations it reaches [deg].
    reference_latitude_deg : array_like
        Latitude whose due-east orbit at 200 km velocities count from [deg].
    delta_v_to_go_m_s : array_like
        What is left to the payload up to the geostationary orbit, where that is less than from
        the orbit given; NaN where it is not stated [m/s].

    Returns
    -------
    numpy.ndarray
        Velocity change above that orbit [m/s].

    Notes
    -----
    One burn at 200 km up to the apogee, one there that raises the perigee and turns the plane; to
    circular orbits as :func:`problems.delivery.transfer.transfer_delta_v_m_s`. What a transfer
    orbit leaves to the payload is taken off the launcher's part, or added to it, all at the apogee.

    Examples
    --------
    The standard transfer orbit, and one that leaves 1,500 m/s from 30.4 degrees:

    >>> site = {"apogee_km": 35_786.0, "inclination_deg": 30.4, "site_latitude_deg": 30.4,
    ...         "reference_latitude_deg": 30.4}
    >>> insertion_delta_v_m_s(200.0, delta_v_to_go_m_s=np.array([np.nan, 1500.0]), **site).round()
    array([2455., 2834.])
    """
    reached_deg = np.clip(inclination_deg, site_latitude_deg, 180.0 - np.asarray(site_latitude_deg))
    turn_deg = np.abs(inclination_deg - reached_deg)
    rotation_m_s = EARTH_ROTATION_SPEED_M_S * (
        np.cos(reference_latitude_deg * RADIANS_PER_DEGREE)
        - np.cos(reached_deg * RADIANS_PER_DEGREE)
    )
    circular_m_s = transfer_delta_v_m_s(
        apogee_km, start_altitude_km=REFERENCE_ALTITUDE_KM, plane_change_deg=turn_deg
    )
    half_sine = np.sin(turn_deg * (0.5 * RADIANS_PER_DEGREE))
    shaped_m_s, at_apogee_km_s = _shape(perigee_km, apogee_km, half_sine)
    left_m_s = 1000.0 * turn_km_s(
        at_apogee_km_s,
        circular_speed_km_s(apogee_km),
        np.sin(inclination_deg * (0.5 * RADIANS_PER_DEGREE)),
    )
    allowed_m_s = np.where(np.isnan(delta_v_to_go_m_s), np.inf, delta_v_to_go_m_s)
    shaped_m_s = shaped_m_s + np.maximum(left_m_s - allowed_m_s, 0.0)
    result: FloatArray = rotation_m_s + np.where(perigee_km == apogee_km, circular_m_s, shaped_m_s)
    return result


def _shape(
    perigee_km: Quantity, apogee_km: Quantity, half_sine: Quantity
) -> tuple[FloatArray, FloatArray]:
    """Both burns from due east to an ellipse [m/s], and the speed at its apogee [km/s]."""
    start_km, far_km = EARTH_RADIUS_KM + REFERENCE_ALTITUDE_KM, EARTH_RADIUS_KM + apogee_km
    leave, arrive = apsis_speeds_km_s(start_km, far_radius_km=far_km)
    _, stay = apsis_speeds_km_s(EARTH_RADIUS_KM + perigee_km, far_radius_km=far_km)
    burns_km_s = leave - circular_speed_km_s(REFERENCE_ALTITUDE_KM)
    return 1000.0 * (burns_km_s + turn_km_s(arrive, stay, half_sine)), stay
