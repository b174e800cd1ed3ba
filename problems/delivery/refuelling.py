"""Refuelling in low orbit: the tankers of a flight beyond it, around the Earth or to the Moon."""

from __future__ import annotations

import numpy as np

from problems.delivery.transfer import apsis_speeds_km_s, circular_speed_km_s
from problems.units import EARTH_RADIUS_KM, STANDARD_GRAVITY_M_S2, FloatArray, Quantity


def tankers_per_flight(
    payload_kg: FloatArray,
    *,
    full_payload_kg: Quantity,
    tanker_propellant_kg: Quantity,
    upper_inert_kg: Quantity,
    upper_isp_s: Quantity,
    outbound_m_s: Quantity,
    return_m_s: Quantity = 0.0,
) -> FloatArray:
    """Tankers that refill an upper stage in low orbit for its way on, and back.

    Parameters
    ----------
    payload_kg : array_like
        What the stage carries on [kg].
    full_payload_kg : array_like
        What it carries to the low orbit; the difference arrives there as propellant [kg].
    tanker_propellant_kg : array_like
        Propellant that a tanker hands over [kg].
    upper_inert_kg, upper_isp_s : array_like
        Inert mass of the stage, landing reserve in [kg], and its specific impulse [s].
    outbound_m_s, return_m_s : array_like
        Velocity changes from the low orbit with the payload, and back without it; 0 where the stage
        stays [m/s].

    Returns
    -------
    numpy.ndarray
        Tankers, a real number: shared flights share the last one [1].

    Notes
    -----
    With mass ratios ``R = exp(dv / v_e)`` and inert mass ``D`` the stage needs
    ``(D R_back + P) R_out - D - P`` of propellant, of which ``P_max - P`` is on board. Without
    tankers and return this is the payload rule. Refilling takes up to some 1,000 t of propellant;
    the size of the tanks is not checked.

    References
    ----------
    G. P. Sutton, O. Biblarz, *Rocket Propulsion Elements*, section 4.1 (rocket equation).

    Examples
    --------
    100 t to the Moon's surface, one way, by hand: 220 t x (exp(6100 / 3677.5) - 1) = 936 t.

    >>> round(float(tankers_per_flight(np.array(1e5), full_payload_kg=1e5,
    ...     tanker_propellant_kg=1e5, upper_inert_kg=1.2e5, upper_isp_s=375.0,
    ...     outbound_m_s=6100.0)), 2)
    9.36
    """
    exhaust_m_s = STANDARD_GRAVITY_M_S2 * upper_isp_s
    back = upper_inert_kg * np.exp(return_m_s / exhaust_m_s)
    loaded_kg = (back + payload_kg) * np.exp(outbound_m_s / exhaust_m_s)
    missing_kg = loaded_kg - upper_inert_kg - full_payload_kg
    result: FloatArray = np.maximum(missing_kg / tanker_propellant_kg, 0.0)
    return result


def return_delta_v_m_s(altitude_km: FloatArray, *, reentry_perigee_km: Quantity) -> FloatArray:
    """Velocity change that brings a stage from a circular orbit back into the atmosphere.

    Parameters
    ----------
    altitude_km : array_like
        Circular orbit [km].
    reentry_perigee_km : array_like
        Perigee of the way back, below that orbit [km].

    Returns
    -------
    numpy.ndarray
        Velocity change [m/s]; landing is part of the stage's inert mass.

    Examples
    --------
    >>> round(float(return_delta_v_m_s(np.array(35786.0), reentry_perigee_km=50.0)))
    1493
    """
    orbit_km = EARTH_RADIUS_KM + altitude_km
    leaving, _ = apsis_speeds_km_s(orbit_km, far_radius_km=EARTH_RADIUS_KM + reentry_perigee_km)
    result: FloatArray = 1000.0 * (circular_speed_km_s(altitude_km) - leaving)
    return result
