"""A rocket's flight as both ways use it: satellites from the Earth, and freight to the Moon."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.state import State
from problems.delivery import launch, payload, refuelling
from problems.units import FloatArray, Quantity


def flight_price_usd(s: State, launcher: Mapping[str, FloatArray]) -> FloatArray:
    """Return what one flight costs: the customer's price, or the operator's own cost [USD].

    Parameters
    ----------
    s
        The batch.
    launcher
        Catalogue columns of the vehicle.
    """
    assumed, price_usd = s.assumptions.launch, launcher["price_usd"]
    if somewhere(assumed.operator_cost_share):
        price_usd = launch.basis_price_usd(
            price_usd,
            own_cost_usd=launcher["own_cost_usd"],
            operator_cost_share=assumed.operator_cost_share,
        )
    return launch.learned_price_usd(
        price_usd,
        cumulative_mass_ratio=assumed.cumulative_mass_ratio,
        learning_rate=assumed.learning_rate,
    )


def payload_kg(launcher: Mapping[str, FloatArray], delta_v_m_s: FloatArray) -> FloatArray:
    """Return the payload of one flight through a velocity change above due east [kg]."""
    return payload.payload_kg(
        delta_v_m_s,
        reference_delta_v_m_s=launcher["reference_delta_v_m_s"],
        leo_payload_kg=launcher["leo_payload_kg"],
        upper_inert_kg=launcher["upper_inert_kg"],
        upper_isp_s=launcher["upper_isp_s"],
    )


def failure_prob(s: State, launcher: Mapping[str, FloatArray]) -> FloatArray:
    """Return the probability that a flight of the launch year is lost [1]."""
    assumed = s.assumptions.launch
    years = np.maximum(s.design["launch_year"] - assumed.record_year, 0.0)
    return launch.failure_prob(
        launcher["failure_prob"],
        flights_flown=launcher["flights_flown"],
        later_flights=years * launcher["flights_per_yr"],
        mature_prob=assumed.mature_failure_prob,
    )


def tankers_per_flight(
    s: State,
    launcher: Mapping[str, FloatArray],
    load_kg: FloatArray,
    *,
    full_kg: FloatArray,
    outbound_m_s: Quantity,
    return_m_s: Quantity = 0.0,
) -> FloatArray:
    """Return the tankers for one flight beyond low orbit, whole ones where flights are dedicated.

    Parameters
    ----------
    s, launcher
        The batch, and catalogue columns of the vehicle.
    load_kg, full_kg
        What one flight carries on, and what it carries to the parking orbit [kg].
    outbound_m_s, return_m_s
        Velocity changes from there with the load, and back without it [m/s].
    """
    assumed = s.assumptions.launch
    number = refuelling.tankers_per_flight(
        load_kg,
        full_payload_kg=full_kg,
        tanker_propellant_kg=full_kg * assumed.tanker_delivered_frac,
        upper_inert_kg=launcher["upper_inert_kg"],
        upper_isp_s=launcher["upper_isp_s"],
        outbound_m_s=outbound_m_s,
        return_m_s=return_m_s,
    )
    return np.where(np.asarray(assumed.dedicated) > 0.5, np.ceil(number), number)
