"""Stages of the cluster that follow from its geometry: size, keeping, and joints of a platform."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.state import State, stage
from problems.orbit import formation
from problems.units import FloatArray


@stage(writes=("cluster_radius_km",))
def geometry(s: State) -> None:
    """Find how far a cluster reaches."""
    s.out["cluster_radius_km"] = np.zeros(())
    if s.some_clustered:
        radius = formation.cluster_radius_km(
            s.design["cluster_satellites"],
            spacing_m=s.design["cluster_spacing_m"],
            formation=s.assumptions.cluster.formation,
        )
        s.out["cluster_radius_km"] = np.where(s.design["cluster_satellites"] > 1.0, radius, 0.0)


@stage(
    reads=(
        "cluster_radius_km",
        "orbit_altitude_km",
        "inclination_deg",
        "drag_impulse_n_s",
        "dry_without_tanks_kg",
    ),
    writes=("cluster_keeping_delta_v_m_s_per_yr",),
)
def formation_keeping(s: State) -> None:
    """Find what holding the formation takes."""
    s.out["cluster_keeping_delta_v_m_s_per_yr"] = np.zeros(())
    if not s.some_clustered:
        return
    assumed, out = s.assumptions.cluster, s.out
    held = formation.formation_delta_v_m_s_per_yr(
        out["cluster_radius_km"],
        keeping=formation.keeping_m_s_per_km_yr(
            out["orbit_altitude_km"], inclination_deg=out["inclination_deg"]
        ),
        formation=assumed.formation,
        lattice_m_s_per_km_yr=assumed.lattice_keeping_m_s_per_km_yr,
    )
    drag_per_yr = s.drag_impulse_n_s / (s.dry_without_tanks_kg * s.life_yr)
    apart = np.where(out["cluster_radius_km"] > 0.0, assumed.drag_difference_frac, 0.0)
    out["cluster_keeping_delta_v_m_s_per_yr"] = held + apart * drag_per_yr


def struck_per_yr(s: State, lost_per_yr: FloatArray) -> FloatArray:
    """Return how often neighbours end a satellite: dead ones adrift, and the pieces of one."""
    assumed, out, design = s.assumptions.cluster, s.out, s.design
    panels_m2 = 0.5 * (design["array_area_m2"] + design["radiator_area_m2"])
    contacts = formation.contacts_per_yr(
        lost_per_yr,
        adrift_frac=assumed.adrift_frac,
        missed_frac=assumed.missed_frac,
        radius_km=out["cluster_radius_km"],
        width_m=np.sqrt(panels_m2),
        spacing_m=design["cluster_spacing_m"],
    )
    tubes_m2 = 0.5 * design["radiator_area_m2"] * s.assumptions.mass.radiator_tube_frac
    struck = formation.struck_by_breakup(
        design["cluster_satellites"],
        mass_kg=out["dry_mass_kg"] * design["modules"],
        area_m2=0.25 * out["bay_surface_m2"] + tubes_m2,
        spacing_m=design["cluster_spacing_m"],
        radius_km=out["cluster_radius_km"],
    )
    breakups = out["debris_flux_over_1_cm_per_m2_yr"] * out["bay_surface_m2"]
    return np.asarray(contacts + breakups * (assumed.breakup_frac * struck))
