"""Stages of communications: terminals, ground network, light time."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.state import State, stage
from problems.spacecraft import comms
from problems.units import FloatArray


@stage(
    reads=("guard", "series_factor", "installed_pflops", "orbit_altitude_km"),
    writes=(
        "comms_rate_gbps",
        "comms_available_gbps",
        "comms_terminals",
        "comms_power_w",
        "comms_mass_kg",
        "comms_rate_utilisation",
        "comms_availability",
        "cost_comms_usd",
    ),
)
def links(s: State) -> None:
    """Fit the terminals that the workload needs."""
    assumed = s.assumptions.comms
    # Copies of the same work send their results once.
    useful = s.assumptions.compute.mfu * s.guard.useful_frac
    required = comms.traffic_gbps(
        s.out["installed_pflops"] * 1e15 * useful,
        bit_per_flop=comms.bits_per_flop(
            assumed.workload,
            training=assumed.training_bits_per_flop,
            inference=assumed.inference_bits_per_flop,
            batch=assumed.batch_bits_per_flop,
        ),
    )
    fitted = _terminals(s, required)
    s.out |= {
        "comms_rate_gbps": required,
        "comms_available_gbps": fitted.comms_available_gbps,
        "comms_terminals": fitted.comms_terminals,
        "comms_power_w": fitted.comms_power_w,
        "comms_mass_kg": fitted.comms_mass_kg,
        "comms_rate_utilisation": fitted.comms_rate_utilisation,
        "comms_availability": comms.ground_availability(
            assumed.site_availability, ground_sites=assumed.ground_sites
        ),
        "cost_comms_usd": fitted.comms_cost_usd + _ground_network_usd(s, required),
    }


def _terminals(s: State, required_gbps: FloatArray) -> comms.Terminals:
    """Terminals that carry the traffic over the distance to the next relay."""
    assumed = s.assumptions.comms
    distance = comms.link_distance_km(
        s.out["orbit_altitude_km"], mesh_spacing_km=assumed.mesh_spacing_km
    )
    return comms.terminals(
        required_gbps,
        rate_per_terminal_gbps=comms.terminal_rate_gbps(
            distance,
            reference_rate_gbps=assumed.terminal_gbps,
            reference_distance_km=assumed.terminal_distance_km,
        ),
        min_terminals=assumed.min_terminals,
        max_terminals=assumed.max_terminals,
        spare_terminals=assumed.spare_terminals,
        terminal_mass_kg=assumed.terminal_mass_kg,
        terminal_power_w=assumed.terminal_power_w,
        terminal_cost_usd=assumed.terminal_cost_usd * s.series_factor,
        radio_mass_kg=assumed.radio_mass_kg,
        radio_power_w=assumed.radio_power_w,
        radio_cost_usd=assumed.radio_cost_usd * s.series_factor,
    )


def _ground_network_usd(s: State, required_gbps: FloatArray) -> FloatArray:
    """Share of the ground stations that the traffic occupies [USD]."""
    assumed = s.assumptions.comms
    training = comms.is_training(assumed.workload)
    return comms.ground_cost_usd(
        required_gbps,
        ground_traffic_frac=np.where(training, assumed.training_ground_frac, 1.0),
        site_rate_gbps=assumed.site_gbps,
        site_availability=assumed.site_availability,
        site_load_frac=assumed.site_load_frac,
        site_cost_usd=assumed.site_cost_usd,
    )


@stage(reads=("orbit_altitude_km",), writes=("one_way_light_time_ms",))
def light_time(s: State) -> None:
    """Find how long a signal travels to a user."""
    s.out["one_way_light_time_ms"] = comms.one_way_light_time_ms(
        s.out["orbit_altitude_km"],
        elevation_deg=s.assumptions.comms.min_elevation_deg,
        relay_path_km=s.assumptions.comms.relay_path_km,
    )
