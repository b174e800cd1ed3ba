"""Launch from Earth: velocity change, flights to pay for, electric raising."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.delivery.payload import REFERENCE_ALTITUDE_KM, SMALLEST_PAYLOAD_KG
from problems.delivery.transfer import (
    RADIANS_PER_DEGREE,
    circular_speed_km_s,
    low_thrust_delta_v_m_s,
    transfer_delta_v_m_s,
)
from problems.units import (
    EARTH_ROTATION_SPEED_M_S,
    ELECTRIC,
    FloatArray,
    IntArray,
    Quantity,
)

# Flights for which the prior of 5 % counts in the catalogue's failure probabilities.
PRIOR_FLIGHTS = 10.0


class Ascent(NamedTuple):
    """Who provides which velocity change on the way from the pad to the final orbit."""

    launch_delta_v_m_s: FloatArray  #: launcher, above a 200 km due-east orbit [m/s]
    transfer_delta_v_m_s: FloatArray  #: satellite's own electric thrusters [m/s]
    parking_altitude_km: FloatArray  #: where the launcher lets go [km]
    plane_change_deg: FloatArray  #: turn out of the nearest plane the pad can reach [deg]


class ElectricPropulsion(NamedTuple):
    """Thrusters, power processing and feed system for electric orbit raising."""

    thrust_power_w: FloatArray  #: electric power of the thrusters [W]
    thruster_mass_kg: FloatArray  #: thrusters, power processing, feed [kg]
    thruster_cost_usd: FloatArray  #: their price [USD]


class LaunchCharge(NamedTuple):
    """What one satellite pays for its flight, and whether it fits."""

    launch_flights: FloatArray  #: share of a flight, or whole flights when dedicated [1]
    launch_cost_usd: FloatArray  #: price of that share [USD]
    launch_price_usd_per_kg: FloatArray  #: price per launched kilogram to this orbit [USD/kg]
    launch_mass_utilisation: FloatArray  #: mass over one flight's payload; fits if <= 1 [1]
    launch_volume_utilisation: FloatArray  #: volume over usable fairing; fits if <= 1 [1]


def ascent(
    altitude_km: FloatArray,
    *,
    inclination_deg: FloatArray,
    site_latitude_deg: FloatArray,
    transfer: IntArray,
    parking_altitude_km: Quantity,
) -> Ascent:
    """Velocity changes from the launcher's pad to the final orbit.

    Parameters
    ----------
    altitude_km, inclination_deg : array_like
        Final circular orbit [km, deg].
    site_latitude_deg : array_like
        Latitude of the launcher's pad, 0 to 90 [deg].
    transfer : array_like of int
        Code of the transfer; anything but ``electric`` is flown by the launcher alone.
    parking_altitude_km : array_like
        Where the launcher leaves satellites that raise themselves electrically [km]; the
        final altitude if that is lower.

    Returns
    -------
    Ascent
        Velocity changes of launcher and satellite [m/s], parking altitude [km] and plane
        change [deg].

    Notes
    -----
    A pad at latitude ``L`` reaches inclinations from ``L`` to ``180 - L``. The launch azimuth costs
    ``465.1 (cos L - cos i)`` m/s of the Earth's rotation against due east; inclinations out of
    reach cost a plane change in orbit, flown in the cheapest way by the launcher (see
    :func:`problems.delivery.transfer.transfer_delta_v_m_s`) or spread over the spiral by electric
    thrusters. Range-safety limits on azimuth are not modelled.

    References
    ----------
    J. R. Wertz et al., *Space Mission Engineering: The New SMAD* (2011), section 9.5.

    Examples
    --------
    >>> path = ascent(np.array([600.0]), inclination_deg=np.array([97.8]),
    ...               site_latitude_deg=np.array([28.5]), transfer=np.array([0]),
    ...               parking_altitude_km=300.0)
    >>> round(float(path.launch_delta_v_m_s[0]))
    698
    """
    pad_deg = np.asarray(site_latitude_deg, dtype=np.float64)
    target_deg = np.asarray(inclination_deg, dtype=np.float64)
    reached_deg = np.minimum(np.maximum(target_deg, pad_deg), 180.0 - pad_deg)
    turn_deg = np.abs(target_deg - reached_deg)
    rotation_m_s = EARTH_ROTATION_SPEED_M_S * (
        np.cos(pad_deg * RADIANS_PER_DEGREE) - np.cos(reached_deg * RADIANS_PER_DEGREE)
    )
    parking_km = np.minimum(parking_altitude_km, altitude_km)
    electric = np.asarray(transfer) == ELECTRIC
    launcher_m_s = transfer_delta_v_m_s(
        np.where(electric, parking_km, altitude_km),
        start_altitude_km=REFERENCE_ALTITUDE_KM,
        plane_change_deg=np.where(electric, 0.0, turn_deg),
    )
    spiral_m_s = low_thrust_delta_v_m_s(
        circular_speed_km_s(parking_km),
        target_speed_km_s=circular_speed_km_s(altitude_km),
        plane_change_deg=turn_deg,
    )
    return Ascent(
        launch_delta_v_m_s=launcher_m_s + rotation_m_s,
        transfer_delta_v_m_s=np.where(electric, spiral_m_s, 0.0),
        parking_altitude_km=np.where(electric, parking_km, altitude_km),
        plane_change_deg=turn_deg,
    )


def failure_prob(
    record_prob: Quantity,
    *,
    flights_flown: Quantity,
    later_flights: Quantity,
    mature_prob: Quantity,
) -> FloatArray:
    """Probability that a flight is lost, after more flights than those of the record.

    Parameters
    ----------
    record_prob : array_like
        Mean of the posterior after the record: the prior counts for ten flights [1].
    flights_flown, later_flights : array_like
        Flights of the record, and flights since then up to the launch [1].
    mature_prob : array_like
        Share of the later flights that are lost, where the record is not better [1].

    Returns
    -------
    numpy.ndarray
        Probability [1].

    Notes
    -----
    The posterior mean of a Beta prior goes on as flights are added: the record weighs as much as
    its flights and the prior's, the later flights weigh one each.

    References
    ----------
    S. D. Guikema, M. E. Pate-Cornell, "Bayesian analysis of launch vehicle success rates",
    *J. Spacecraft and Rockets* 41 (2004) 93-102.

    Examples
    --------
    A new vehicle starts at 5 % and loses 1 % of its flights after ninety:

    >>> failure_prob(0.05, flights_flown=0.0, later_flights=np.array([0.0, 90.0]),
    ...              mature_prob=0.005).round(4).tolist()
    [0.05, 0.0095]
    """
    weight = PRIOR_FLIGHTS + flights_flown
    lost = weight * record_prob + later_flights * np.minimum(mature_prob, record_prob)
    result: FloatArray = lost / (weight + later_flights)
    return result


def stowed_volume_m3(
    array_power_bol_w: FloatArray,
    *,
    radiator_area_m2: FloatArray,
    bay_volume_m3: FloatArray,
    array_stowed_kw_per_m3: Quantity,
    radiator_stowed_m: Quantity,
) -> FloatArray:
    """Volume of the folded satellite in the fairing.

    Parameters
    ----------
    array_power_bol_w : array_like
        Array power when new [W].
    radiator_area_m2 : array_like
        Planform of the radiator [m2].
    bay_volume_m3 : array_like
        Volume of the compute bay [m3].
    array_stowed_kw_per_m3 : array_like
        Power of a folded array per volume [kW/m3].
    radiator_stowed_m : array_like
        Folded volume per planform, hinges and manifolds included [m3/m2].

    Returns
    -------
    numpy.ndarray
        Stowed volume [m3].

    Notes
    -----
    Sum of the three large parts; gaps between them belong to the usable share of the fairing.

    Examples
    --------
    >>> float(stowed_volume_m3(np.array(160e3), radiator_area_m2=np.array(110.0),
    ...     bay_volume_m3=np.array(3.0), array_stowed_kw_per_m3=40.0,
    ...     radiator_stowed_m=0.02))
    9.2
    """
    array_m3 = array_power_bol_w / (1000.0 * array_stowed_kw_per_m3)
    result: FloatArray = array_m3 + radiator_area_m2 * radiator_stowed_m + bay_volume_m3
    return result


def basis_price_usd(
    price_usd: Quantity, *, own_cost_usd: Quantity, operator_cost_share: Quantity
) -> FloatArray:
    """Price of a flight between what customers pay and what it costs the operator.

    Parameters
    ----------
    price_usd : array_like
        Price to a customer [USD].
    own_cost_usd : array_like
        Cost to the operator [USD]; NaN where it is not known, which leaves the price, as does a
        cost above it.
    operator_cost_share : array_like
        0 for the price, 1 for the operator's own cost [1].

    Returns
    -------
    numpy.ndarray
        Price [USD].

    Examples
    --------
    >>> basis_price_usd(np.array([90e6, 128e6]), own_cost_usd=np.array([40e6, np.nan]),
    ...                 operator_cost_share=1.0).tolist()
    [40000000.0, 128000000.0]
    """
    # fmax ignores NaN: nothing is saved where the own cost is not known.
    saved = np.fmax(price_usd - own_cost_usd, 0.0)
    result: FloatArray = price_usd - operator_cost_share * saved
    return result


def learned_price_usd(
    price_usd: Quantity, *, cumulative_mass_ratio: Quantity, learning_rate: Quantity
) -> FloatArray:
    """Flight price after more mass has been flown (Wright's law).

    Parameters
    ----------
    price_usd : array_like
        Price at the reference cumulative mass [USD].
    cumulative_mass_ratio : array_like
        Cumulative mass launched over that of the reference [1]; 1 for a price that already
        belongs to its year, as scenarios set it.
    learning_rate : array_like
        Price after a doubling over price before [1].

    Returns
    -------
    numpy.ndarray
        Price [USD].

    Notes
    -----
    ``c = c0 (M / M0)^log2(LR)``. Never apply it to a price that is dated already.

    References
    ----------
    T. P. Wright, "Factors affecting the cost of airplanes", *J. Aeronautical Sciences* 3
    (1936) 122-128; with mass launched as the driver: arXiv:2511.19468v2.

    Examples
    --------
    >>> round(float(learned_price_usd(1800.0, cumulative_mass_ratio=370000 / 400,
    ...                               learning_rate=0.8)))
    200
    """
    result: FloatArray = price_usd * np.power(cumulative_mass_ratio, np.log2(learning_rate))
    return result


def launch_charge(
    launch_mass_kg: FloatArray,
    *,
    payload_to_orbit_kg: FloatArray,
    stowed_m3: FloatArray,
    flight_price_usd: Quantity,
    fairing_volume_m3: Quantity,
    fairing_usable_frac: Quantity,
    dedicated: Quantity,
) -> LaunchCharge:
    """Price of the flight, shared by mass or by volume, whichever is scarcer.

    Parameters
    ----------
    launch_mass_kg : array_like
        What leaves the pad as payload, propellant for raising included [kg]; above 0.
    payload_to_orbit_kg : array_like
        Payload of one flight to where the launcher lets go [kg].
    stowed_m3 : array_like
        Folded volume of the satellite [m3].
    flight_price_usd : array_like
        Price of one flight [USD].
    fairing_volume_m3, fairing_usable_frac : array_like
        Payload envelope [m3] and the share of it that packing leaves for use [1].
    dedicated : array_like
        1 when satellites are not launched together, so that whole flights are paid; else 0.

    Returns
    -------
    LaunchCharge
        Flights, cost [USD], price per kilogram [USD/kg] and utilisations.

    Notes
    -----
    ``price max(mass / payload, stowed / usable)``: other satellites fill the flight. Where the
    launcher cannot reach the orbit, the payload counts as 1 kg: the cost is absurd, but finite.

    Examples
    --------
    >>> charge = launch_charge(np.array([2000.0]), payload_to_orbit_kg=np.array([50000.0]),
    ...     stowed_m3=np.array([9.2]), flight_price_usd=90e6, fairing_volume_m3=684.0,
    ...     fairing_usable_frac=0.7, dedicated=0.0)
    >>> float(charge.launch_price_usd_per_kg[0])
    1800.0
    """
    by_mass = launch_mass_kg / np.maximum(payload_to_orbit_kg, SMALLEST_PAYLOAD_KG)
    by_volume = stowed_m3 / (fairing_volume_m3 * fairing_usable_frac)
    share = np.maximum(by_mass, by_volume)
    flights = np.where(np.asarray(dedicated) > 0.5, np.ceil(share), share)
    cost = flights * flight_price_usd
    return LaunchCharge(
        launch_flights=flights,
        launch_cost_usd=cost,
        launch_price_usd_per_kg=cost / launch_mass_kg,
        launch_mass_utilisation=by_mass,
        launch_volume_utilisation=by_volume,
    )


def electric_propulsion(
    array_power_bol_w: FloatArray,
    *,
    transfer: IntArray,
    power_frac: Quantity,
    thruster_kg_per_kw: Quantity,
    thruster_usd_per_kw: Quantity,
) -> ElectricPropulsion:
    """Thrusters sized to a share of the satellite's own array.

    Parameters
    ----------
    array_power_bol_w : array_like
        Array power when new [W].
    transfer : array_like of int
        Code of the transfer; all results are 0 unless it is ``electric``.
    power_frac : array_like
        Share of the array power for which thrusters are bought [1].
    thruster_kg_per_kw, thruster_usd_per_kw : array_like
        Mass [kg/kW] and price [USD/kW] of thrusters, power processing and feed.

    Returns
    -------
    ElectricPropulsion
        Power [W], mass [kg] and cost [USD].

    Notes
    -----
    Compute is off during the transfer, so power is there; how much of it is worth thrusters is
    an assumption, not a variable.

    Examples
    --------
    >>> electric_propulsion(np.array([28000.0]), transfer=np.array([1]), power_frac=0.15,
    ...     thruster_kg_per_kw=5.0, thruster_usd_per_kw=20e3).thruster_mass_kg.round(1)
    array([21.])
    """
    power = np.where(np.asarray(transfer) == ELECTRIC, array_power_bol_w * power_frac, 0.0)
    return ElectricPropulsion(
        thrust_power_w=power,
        thruster_mass_kg=power * thruster_kg_per_kw / 1000.0,
        thruster_cost_usd=power * thruster_usd_per_kw / 1000.0,
    )
