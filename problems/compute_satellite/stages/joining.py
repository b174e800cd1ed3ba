"""Stages of what many make together: switches and joints in the price."""

from __future__ import annotations

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.state import State, stage
from problems.delivery import assembly
from problems.spacecraft import cluster
from problems.units import FloatArray


def _compute_share(s: State) -> FloatArray:
    """Return the share of the cluster that computes; all of it but where traffic is all-to-all."""
    if not somewhere(s.assumptions.traffic.all_to_all_bits_per_flop):
        return np.ones(())
    assumed, satellites = s.assumptions.cluster, s.design["cluster_satellites"]
    layers = cluster.clos_layers(satellites, links_per_switch=assumed.switch_links)
    share = cluster.compute_share(assumed.switch_links, layers=layers)
    needs = (satellites > 1.0) & (np.asarray(s.assumptions.traffic.all_to_all_bits_per_flop) > 0.0)
    return np.where(needs, share, 1.0)


@stage(
    reads=("platform_usd", "launch_cost_usd", "launch_flights"),
    writes=(
        "cluster_compute_share",
        "cost_switches_usd",
        "platform_assembly_months",
        "joining_wait_yr",
        "cost_assembly_usd",
    ),
)
def joining(s: State) -> None:
    """Price switch satellites of a cluster and the assembly of a platform, per module."""
    assumed, out, modules = s.assumptions.platform, s.out, s.design["modules"]
    out |= {
        "cluster_compute_share": np.ones(()),
        "cost_switches_usd": np.zeros(()),
        "platform_assembly_months": np.zeros(()),
        "cost_assembly_usd": np.zeros(()),
    }
    s.joining_wait_yr = np.zeros(())
    if s.some_clustered:
        out["cluster_compute_share"] = share = _compute_share(s)
        per_computing = (1.0 / share - 1.0) * s.assumptions.cluster.switch_cost_frac
        out["cost_switches_usd"] = per_computing * (s.platform_usd + out["launch_cost_usd"])
    if s.some_joined:
        joined = assembly.joints(modules)
        months = assembly.assembly_months(
            joined,
            hours_per_joint=assumed.joint_h,
            servicers=assumed.servicers,
            flights=modules * out["launch_flights"],
            flights_per_month=assumed.flights_per_month,
        )
        whole_usd = assembly.assembly_usd(
            months,
            joined=joined,
            servicers=assumed.servicers,
            servicer_usd=assumed.servicer_usd,
            platforms_served=assumed.platforms_served,
            operations_usd_per_month=assumed.operations_usd_per_month,
            development_usd=assumed.development_usd,
            platforms_built=assumed.platforms_built,
        )
        out["platform_assembly_months"] = np.where(joined > 0.0, months, 0.0)
        out["cost_assembly_usd"] = whole_usd / modules
        s.joining_wait_yr = out["platform_assembly_months"] * (assumed.waiting_share / 12.0)
