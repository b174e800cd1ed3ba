"""Stages of radiation: doses, cell damage, fluxes and event rates, transfer included."""

from __future__ import annotations

from typing import Any

from problems import radiation
from problems.compute_satellite.state import State, glance, stage
from problems.radiation import events
from problems.units import ELECTRIC, BoolArray, Quantity


def _from_above(s: State) -> BoolArray:
    """Rows that spiral down from the Moon through the belts."""
    return s.from_moon & (s.transfer == ELECTRIC) if s.some_from_moon else s.from_moon


@stage(reads=("orbit_altitude_km", "inclination_deg", "flight"), writes=("radiation",))
def exposure(s: State) -> None:
    """Look up the environment behind the shield."""
    s.radiation = radiation.environment(
        s.out["orbit_altitude_km"],
        s.out["inclination_deg"],
        s.design["shield_mm"],
        is_geo=s.flight.is_geo,
        tables=s.environment.radiation,
        from_above=_from_above(s),
    )


def _stay(s: State) -> dict[str, Any]:
    """How long the satellite is exposed, on the way and at work, and to how much of the model."""
    assumed = s.assumptions.radiation
    return {
        "life_yr": s.work_yr,
        "transfer_time_yr": s.spiral_yr,
        "transfer_delta_v_km_s": s.out["transfer_delta_v_m_s"] * 1e-3,
        "active_share": s.environment.radiation.active_share,
        "trapped_multiplier": assumed.trapped_multiplier,
        "solar_multiplier": assumed.solar_multiplier,
    }


_STAY = ("work_yr", "spiral_yr", "transfer_delta_v_m_s")


@stage(
    reads=("radiation", *_STAY),
    writes=(*radiation.MissionDose._fields, "dose_utilisation"),
)
def doses(s: State) -> None:
    """Add up the dose of the life."""
    assumed = s.assumptions.radiation
    dose = radiation.mission_dose(s.radiation, gcr_multiplier=assumed.gcr_multiplier, **_stay(s))
    s.out |= dose._asdict()
    s.out["dose_utilisation"] = (
        dose.dose_krad * assumed.design_margin / s.hardware.gpu["tid_limit_krad"]
    )


@stage(
    reads=("radiation", *_STAY),
    writes=("cell_fluence_cm2", "cell_damage_fraction", "cell_fluence_on_arrival_cm2"),
)
def cell_damage(s: State) -> None:
    """Find what the solar cells lose over the life."""
    cells = radiation.cell_environment(
        s.radiation,
        array_code=s.array_code,
        cells=s.environment.cells,
        from_above=_from_above(s),
    )
    fluence = radiation.cell_fluence_cm2(
        cells, cell_multiplier=s.assumptions.radiation.cell_multiplier, **_stay(s)
    )
    s.cell_fluence_on_arrival_cm2 = radiation.arrival_fluence_cm2(
        cells,
        transfer_time_yr=s.spiral_yr,
        transfer_delta_v_km_s=s.out["transfer_delta_v_m_s"] * 1e-3,
        trapped_multiplier=s.assumptions.radiation.trapped_multiplier,
        cell_multiplier=s.assumptions.radiation.cell_multiplier,
    )
    s.out |= {
        "cell_fluence_cm2": fluence,
        "cell_damage_fraction": radiation.cell_damage_fraction(
            fluence,
            damage_c=s.hardware.array["damage_c"],
            damage_fluence_cm2=s.hardware.array["damage_fluence_cm2"],
        ),
    }


@stage(reads=("radiation",), writes=events.EquivalentFlux._fields)
def fluxes(s: State) -> None:
    """Find the flux of particles at the die."""
    assumed = s.assumptions.radiation
    flux = events.equivalent_flux(
        s.radiation,
        active_share=s.environment.radiation.active_share,
        solar_mean_share=assumed.solar_mean_share,
        heavy_ion_flux_cm2_s=assumed.heavy_ion_flux_cm2_s,
        heavy_ion_active_ratio=assumed.heavy_ion_active_ratio,
        trapped_multiplier=assumed.trapped_multiplier,
        solar_multiplier=assumed.solar_multiplier,
        gcr_multiplier=assumed.gcr_multiplier,
    )
    s.out |= flux._asdict()


@stage(
    reads=("radiation", "trapped_dose_krad", "gcr_dose_krad"),
    writes=("tid_failure_probability", "tid_loss_rate_per_gpu_yr", "hbm_margin_loss_fraction"),
)
def dose_failures(s: State) -> None:
    """Find how many accelerators the dose ends."""
    assumed = s.assumptions.radiation
    expected_krad = events.mean_dose_krad(
        s.out["trapped_dose_krad"],
        solar_dose_95_krad=s.radiation.solar_dose_95_krad,
        gcr_dose_krad=s.out["gcr_dose_krad"],
        years=s.life_yr,
        active_share=s.environment.radiation.active_share,
        solar_mean_share=assumed.solar_mean_share,
        solar_multiplier=assumed.solar_multiplier,
    )
    tid = events.tid_loss(
        expected_krad,
        life_yr=s.life_yr,
        chip_d50_krad=assumed.chip_d50_krad,
        chip_spread=assumed.chip_spread,
        hbm_d50_krad=assumed.hbm_d50_krad,
        hbm_spread=assumed.hbm_spread,
    )
    s.out |= {
        "tid_failure_probability": tid.failure_probability,
        "tid_loss_rate_per_gpu_yr": tid.loss_rate_per_gpu_yr,
        "hbm_margin_loss_fraction": tid.hbm_margin_loss_fraction,
    }


def _upset_factor(s: State) -> Quantity:
    """Cross-section of a die over that of the irradiated ones; 1.0 where none is hardened."""
    factor = glance(s.hardware.gpu, "upset_factor")
    return factor if (factor != 1.0).any() else 1.0


@stage(
    reads=(
        "guard",
        "running_fraction",
        "radiation",
        "dense_tflops",
        "particle_flux_cm2_s",
        "tid_loss_rate_per_gpu_yr",
    ),
    writes=(
        *events.EventRates._fields,
        "radiation_failure_rate_per_pflops_yr",
        "event_rates",
    ),
)
def event_rates(s: State) -> None:
    """Find how often particles disturb, stop and end an accelerator."""
    assumed, upset, gpu = s.assumptions.radiation, _upset_factor(s), s.hardware.gpu
    # What strikes logic goes with its dies, what strikes memory with its size.
    logic = upset * glance(gpu, "compute_dies")
    s.event_rates = rates = events.event_rates(
        s.out["particle_flux_cm2_s"],
        at_work_fraction=s.out["running_fraction"],
        heavy_ion_transmission=s.radiation.heavy_ion_transmission,
        tid_loss_rate_per_gpu_yr=s.out["tid_loss_rate_per_gpu_yr"],
        hbm_gb=gpu["memory_gb"],
        sigma_sdc_cm2=assumed.sigma_sdc_cm2 * logic,
        sigma_uecc_cm2=assumed.sigma_uecc_cm2 * upset,
        sigma_sefi_cm2=assumed.sigma_sefi_cm2 * logic,
        sigma_host_cm2=assumed.sigma_host_cm2 * s.guard.host_crash_frac,
        sigma_hard_cm2=assumed.sigma_hard_cm2 * logic,
        latchup_rate_per_yr=assumed.latchup_rate_per_yr * logic,
        uecc_reference_hbm_gb=assumed.uecc_reference_hbm_gb,
        gpus_per_host=glance(gpu, "gpus_per_host"),
        sdc_detected_fraction=s.guard.sdc_detected_frac,
    )
    s.out |= rates._asdict()
    s.out["radiation_failure_rate_per_pflops_yr"] = events.failure_rate_per_pflops_yr(
        rates.radiation_failure_rate_per_gpu_yr, dense_tflops=s.dense_tflops
    )
