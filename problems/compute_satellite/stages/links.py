"""Stages of communications: traffic, cluster and mesh terminals, ground network, light time."""

from __future__ import annotations

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.state import ClusterFit, State, stage
from problems.economics import refresh
from problems.orbit import formation
from problems.spacecraft import cluster, comms, optical, traffic
from problems.units import BATCH, DATA_PARALLEL, INFERENCE, FloatArray, Quantity


@stage(
    reads=("guard", "installed_pflops", "series_factor"),
    writes=(
        "comms_rate_gbps",
        "cluster_fit",
        "cluster_terminals",
        "cluster_installed_gbps",
        "step_efficiency",
        "ground_traffic",
    ),
)
def cluster_links(s: State) -> None:
    """Find the traffic of the work, and the terminals to the other satellites of a cluster."""
    # Copies of the same work send their results once.
    useful = s.assumptions.compute.mfu * s.guard.useful_frac
    flop_per_s = s.out["installed_pflops"] * 1e15 * useful
    required = comms.traffic_gbps(flop_per_s, bit_per_flop=_bits_per_flop(s))
    s.ground_traffic = _to_ground(s, flop_per_s, required)
    s.cluster_fit = None
    s.out |= {
        "comms_rate_gbps": required,
        "cluster_terminals": np.zeros(()),
        "cluster_installed_gbps": np.zeros(()),
        "step_efficiency": np.ones(()),
    }
    if s.some_clustered:
        _join_cluster(s, required)


def _bits_per_flop(s: State) -> FloatArray:
    """Return the traffic of the workload per operation [bit/FLOP]."""
    link = s.assumptions.comms
    return traffic.bits_per_flop(
        link.workload,
        work=_work(s),
        cluster=_cluster(s),
        constants={
            DATA_PARALLEL: link.training_bits_per_flop,
            INFERENCE: link.inference_bits_per_flop,
            BATCH: link.batch_bits_per_flop,
        },
    )


def _work(s: State) -> traffic.Work:
    """Return the model that is trained or served."""
    assumed = s.assumptions.traffic
    return traffic.Work(*(getattr(assumed, name) for name in traffic.Work._fields))


def _cluster(s: State) -> traffic.Cluster:
    """Return the satellites that work together."""
    return traffic.Cluster(s.design["cluster_satellites"], s.design["sync_every_steps"])


def _to_ground(
    s: State, flop_per_s: FloatArray, required_gbps: FloatArray
) -> traffic.GroundTraffic:
    """Find what of the traffic passes the ground stations."""
    assumed, link = s.assumptions.traffic, s.assumptions.comms
    return traffic.ground_traffic(
        link.workload,
        flop_per_s=flop_per_s,
        sent_gbps=required_gbps,
        work=_work(s),
        cluster=_cluster(s),
        training_token_bits=assumed.training_token_bits,
        training_bytes_per_parameter=assumed.training_bytes_per_parameter,
        checkpoint_to_ground_h=link.checkpoint_to_ground_h,
    )


def _work_growth(s: State) -> Quantity:
    """Return the work of the last set of modules over that of the first [1].

    Visits renew modules but no terminals. They are counted over the whole life, as the length of
    the transfer is not known yet.
    """
    if not somewhere(s.design["refresh_yr"]):
        return 1.0
    at = refresh.visits(s.design["refresh_yr"], work_yr=s.life_yr)
    growth = np.log1p(s.assumptions.timing.chip_efficiency_growth_per_yr)
    return np.exp(growth * at.period_yr * at.number)


def _join_cluster(s: State, required_gbps: FloatArray) -> None:
    """Fit short-range terminals, and find how long a step of the last modules waits for them."""
    assumed, work = s.assumptions.cluster, s.assumptions.traffic
    stays = traffic.stays_between_satellites(s.assumptions.comms.workload)
    internal = np.where(
        stays & (s.design["cluster_satellites"] > 1.0), required_gbps * _work_growth(s), 0.0
    )
    fit = cluster.cluster_terminals(
        internal,
        rate_per_terminal_gbps=optical.terminal_rate_gbps(
            formation.link_distance_m(s.design["cluster_spacing_m"], formation=assumed.formation),
            optics=optics(s),
            channel_gbps=assumed.channel_gbps,
        ),
        overlap_frac=work.overlap_frac,
        min_terminals=assumed.min_terminals,
        max_terminals=assumed.max_terminals,
        spare_terminals=assumed.spare_terminals,
        terminal_mass_kg=assumed.terminal_mass_kg,
        terminal_power_w=assumed.terminal_power_w,
        terminal_cost_usd=assumed.terminal_cost_usd * s.series_factor,
        usd_per_gbps=assumed.transceiver_usd_per_gbit_s,
        energy_pj_per_bit=assumed.transceiver_pj_per_bit,
    )
    s.cluster_fit = ClusterFit(internal, fit)
    waiting = cluster.step_efficiency(
        internal, available_gbps=fit.installed_gbps, overlap_frac=work.overlap_frac
    )
    more_tokens = traffic.extra_tokens_factor(
        s.assumptions.comms.workload,
        sync_every_steps=s.design["sync_every_steps"],
        extra_tokens_frac=work.extra_tokens_frac,
    )
    alone = s.design["cluster_satellites"] <= 1.0
    s.out |= {
        "cluster_terminals": fit.terminals,
        "cluster_installed_gbps": fit.installed_gbps,
        "step_efficiency": np.where(alone, 1.0, waiting * more_tokens),
    }


def optics(s: State) -> optical.Optics:
    """Return the short-range terminals."""
    assumed = s.assumptions.cluster
    return optical.Optics(
        aperture_m=assumed.aperture_m,
        wavelength_m=assumed.wavelength_um * 1e-6,
        power_w=assumed.laser_w,
        aperture_efficiency=assumed.aperture_efficiency,
        optics_efficiency=assumed.optics_efficiency,
        photons_per_bit=assumed.photons_per_bit,
    )


@stage(
    reads=(
        "series_factor",
        "orbit_altitude_km",
        "comms_rate_gbps",
        "cluster_fit",
        "ground_traffic",
    ),
    writes=(
        "comms_available_gbps",
        "comms_terminals",
        "comms_power_w",
        "comms_mass_kg",
        "comms_rate_utilisation",
        "comms_availability",
        "cost_comms_usd",
        "cost_ground_network_usd",
        "growing_network_usd",
    ),
)
def links(s: State) -> None:
    """Fit the long-range terminals, and add those of the cluster."""
    assumed, within = s.assumptions.comms, s.cluster_fit
    fitted = _terminals(s, _to_mesh(s, within))
    s.growing_network_usd = _ground_network_usd(s, s.ground_traffic.with_work_gbps)
    s.out |= {
        "comms_available_gbps": fitted.comms_available_gbps,
        "comms_terminals": fitted.comms_terminals,
        "comms_power_w": fitted.comms_power_w,
        "comms_mass_kg": fitted.comms_mass_kg,
        "comms_rate_utilisation": fitted.comms_rate_utilisation,
        "comms_availability": comms.ground_availability(
            assumed.site_availability, ground_sites=assumed.ground_sites
        ),
        "cost_comms_usd": fitted.comms_cost_usd,
        "cost_ground_network_usd": s.growing_network_usd
        + _ground_network_usd(s, s.ground_traffic.fixed_gbps),
    }
    if within is not None:
        s.out["comms_power_w"] = s.out["comms_power_w"] + within.terminals.power_w
        s.out["comms_mass_kg"] = s.out["comms_mass_kg"] + within.terminals.mass_kg
        s.out["cost_comms_usd"] = s.out["cost_comms_usd"] + within.terminals.cost_usd


def _to_mesh(s: State, within: ClusterFit | None) -> FloatArray:
    """Return the traffic that neighbours do not take, with the last set of modules [Gbit/s]."""
    growth, ground = _work_growth(s), s.ground_traffic
    alone_gbps = s.out["comms_rate_gbps"] * growth
    if within is None:
        return alone_gbps
    joined_gbps = ground.with_work_gbps * growth + ground.fixed_gbps
    return np.where(within.internal_gbps > 0.0, joined_gbps, alone_gbps)


def _terminals(s: State, required_gbps: FloatArray) -> comms.Terminals:
    """Terminals that carry the traffic over the distance to the next relay."""
    assumed = s.assumptions.comms
    distance = comms.link_distance_km(
        s.out["orbit_altitude_km"], mesh_spacing_km=assumed.mesh_spacing_km
    )
    return comms.terminals(
        required_gbps,
        rate_per_terminal_gbps=comms.mesh_rate_gbps(
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


def _ground_network_usd(s: State, ground_gbps: FloatArray) -> FloatArray:
    """Share of the ground stations that the traffic occupies [USD]."""
    assumed = s.assumptions.comms
    return comms.ground_cost_usd(
        ground_gbps,
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
