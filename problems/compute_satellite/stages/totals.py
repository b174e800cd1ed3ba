"""Stages of totals: the modules of a platform and the satellites of a cluster added up."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.stages.links import optics
from problems.compute_satellite.state import State, stage
from problems.spacecraft import cluster, optical


@stage(
    reads=("it_power_w", "launch_mass_kg", "launch_flights", "lost_prob", "total_cost_usd"),
    writes=(
        "platform_it_power_w",
        "platform_launch_mass_kg",
        "platform_launch_flights",
        "platform_cost_usd",
    ),
)
def platform_totals(s: State) -> None:
    """Add the modules of a platform up; flights bring those too that are lost on the way."""
    out, modules = s.out, s.design["modules"]
    replaced = np.where(modules > 1.0, 1.0 / (1.0 - s.lost_prob), 1.0)
    out |= {
        "platform_it_power_w": modules * out["it_power_w"],
        "platform_launch_mass_kg": modules * out["launch_mass_kg"],
        "platform_launch_flights": modules * out["launch_flights"] * replaced,
        "platform_cost_usd": modules * out["total_cost_usd"],
    }


@stage(
    reads=(
        "cluster_installed_gbps",
        "cluster_terminals",
        "cluster_fit",
        "platform_it_power_w",
        "platform_launch_mass_kg",
        "platform_cost_usd",
    ),
    writes=(
        "cluster_it_power_w",
        "cluster_launch_mass_kg",
        "cluster_cost_usd",
        "cluster_bisection_gbps",
        "cluster_reach_km",
    ),
)
def cluster_totals(s: State) -> None:
    """Add a cluster up, and find how far apart its satellites could be."""
    out, satellites = s.out, s.design["cluster_satellites"]
    out |= {
        "cluster_it_power_w": satellites * out["platform_it_power_w"],
        "cluster_launch_mass_kg": satellites * out["platform_launch_mass_kg"],
        "cluster_cost_usd": satellites * out["platform_cost_usd"],
        "cluster_bisection_gbps": np.zeros(()),
        "cluster_reach_km": np.zeros(()),
    }
    if s.cluster_fit is None:
        return
    working = np.maximum(
        out["cluster_terminals"] - np.rint(s.assumptions.cluster.spare_terminals), 1.0
    )
    per_link_gbps = out["cluster_installed_gbps"] / working
    linked = out["cluster_installed_gbps"] > 0.0
    out["cluster_bisection_gbps"] = cluster.bisection_links(satellites) * per_link_gbps
    reach = optical.reach_km(np.where(linked, per_link_gbps, 1.0), optics=optics(s))
    out["cluster_reach_km"] = np.where(linked, reach, 0.0)
