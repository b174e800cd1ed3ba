"""Stages of radiation: doses, cell damage, fluxes and event rates, transfer included."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np

from problems import radiation
from problems.batch import somewhere
from problems.compute_satellite.state import State, glance, stage
from problems.economics import refresh
from problems.radiation import anomaly, events, hadrons, own_mass
from problems.radiation.exposure import extreme_shares, solar_growth
from problems.units import ELECTRIC, PAUSE, BoolArray, FloatArray, Quantity


def _from_above(s: State) -> BoolArray:
    """Rows that spiral down from the Moon through the belts."""
    return s.from_moon & (s.transfer == ELECTRIC) if s.some_from_moon else s.from_moon


@stage(
    reads=(
        "orbit_altitude_km",
        "inclination_deg",
        "flight",
        "bay_volume_m3",
        "mass_gpus_kg",
        "mass_host_kg",
        "work_yr",
        "spiral_yr",
        "visits",
        "transfer_delta_v_m_s",
    ),
    writes=("radiation", "shielded", "active_share", "stay", "module_stay", "trapped_factor"),
)
def exposure(s: State) -> None:
    """Look up the environment in orbit, and what shield and equipment leave of it."""
    assumed, out, tables = s.assumptions.radiation, s.out, s.environment.radiation
    s.active_share = radiation.active_share(
        s.design["launch_year"], life_yr=s.life_yr, minimum_yr=assumed.solar_minimum_year
    )
    s.stay = s.module_stay = _stay(s, s.work_yr)
    served_yr = refresh.served_yr(s.work_yr) if s.visits is None else s.visits.period_yr
    if somewhere(served_yr != s.work_yr):
        # The first set of modules also meets the belts on the way.
        s.module_stay = _stay(s, served_yr)
    s.trapped_factor = radiation.trapped_factor(
        assumed.trapped_multiplier,
        altitude_km=out["orbit_altitude_km"],
        inclination_deg=out["inclination_deg"],
    )
    s.radiation = radiation.environment(
        out["orbit_altitude_km"],
        out["inclination_deg"],
        is_geo=s.flight.is_geo,
        tables=tables,
    )
    own_mm = own_mass.own_mass_mm(
        out["mass_gpus_kg"] + out["mass_host_kg"],
        volume_m3=out["bay_volume_m3"],
        absorbing_frac=assumed.self_shielding_frac,
    )
    s.shielded = radiation.behind(
        s.radiation,
        own_mass.depths_mm(s.design["shield_mm"], own_mass_mm=own_mm),
        tables=tables,
        from_above=_from_above(s),
    )


def _stay(s: State, at_work_yr: FloatArray) -> radiation.Stay:
    """Return what some years at work, and the way there, are exposed to."""
    return radiation.stay(
        at_work_yr,
        transfer_time_yr=s.spiral_yr,
        transfer_delta_v_km_s=s.out["transfer_delta_v_m_s"] * 1e-3,
        active_share=s.active_share,
    )


def _worst_dose(s: State, stay: radiation.Stay, active_share: FloatArray) -> radiation.MissionDose:
    """Return the dose at the accelerator that is shielded worst."""
    assumed = s.assumptions.radiation
    rates = radiation.dose_rates(
        s.radiation, s.shielded, weights=own_mass.WORST_DIE, active_share=active_share
    )
    return radiation.mission_dose(
        rates,
        stay,
        trapped_multiplier=s.trapped_factor,
        solar_multiplier=assumed.solar_multiplier,
        gcr_multiplier=assumed.gcr_multiplier,
    )


def _set_dose_krad(s: State, at: refresh.Visits, dose_krad: FloatArray) -> FloatArray:
    """Return the dose that one set of modules collects; that of the life without visits [krad].

    Sets start at all phases of the solar cycle, so one of them may meet its quietest years, in
    which the belts are full, and another its most active.
    """
    renewed, stay = at.number > 0.0, s.module_stay
    shares = [np.where(renewed, share, s.active_share) for share in extreme_shares(stay.years)]
    doses = [
        _worst_dose(s, stay._replace(solar_growth=solar_growth(share * stay.years)), share)
        for share in shares
    ]
    return np.where(renewed, reduce(np.maximum, [dose.dose_krad for dose in doses]), dose_krad)


@stage(
    reads=(
        "radiation",
        "shielded",
        "active_share",
        "stay",
        "module_stay",
        "visits",
        "trapped_factor",
    ),
    writes=(*radiation.MissionDose._fields, "dose_utilisation"),
)
def doses(s: State) -> None:
    """Add up the dose of the life, and hold that of a set of modules against what chips bear."""
    dose = _worst_dose(s, s.stay, s.active_share)
    s.out |= dose._asdict()
    set_krad = dose.dose_krad
    if s.visits is not None:
        set_krad = _set_dose_krad(s, s.visits, set_krad)
    margin = s.assumptions.radiation.design_margin
    s.out["dose_utilisation"] = set_krad * margin / s.hardware.gpu["tid_limit_krad"]


@stage(
    reads=("radiation", "stay", "trapped_factor"),
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
    assumed = s.assumptions.radiation
    fluence = radiation.cell_fluence(
        cells,
        s.stay,
        trapped_multiplier=s.trapped_factor,
        solar_multiplier=assumed.solar_multiplier,
        cell_multiplier=assumed.cell_multiplier,
    )
    s.cell_fluence_on_arrival_cm2 = fluence.arrival_cm2
    s.out |= {
        "cell_fluence_cm2": fluence.life_cm2,
        "cell_damage_fraction": radiation.cell_damage_fraction(
            fluence.life_cm2,
            damage_c=s.hardware.array["damage_c"],
            damage_fluence_cm2=s.hardware.array["damage_fluence_cm2"],
        ),
    }


def _hadrons(s: State, shielded: radiation.Shielded, weights: FloatArray) -> hadrons.HadronFlux:
    """Return the hadrons at the die that weighs the depths so."""
    assumed = s.assumptions.radiation
    return hadrons.hadron_flux(
        s.radiation,
        shielded,
        weights=weights,
        active_share=s.active_share,
        solar_mean_share=assumed.solar_mean_share,
        secondary_multiplier=assumed.secondary_multiplier,
        albedo_multiplier=assumed.albedo_multiplier,
        trapped_multiplier=s.trapped_factor,
        solar_multiplier=assumed.solar_multiplier,
        gcr_multiplier=assumed.gcr_multiplier,
    )


def _equivalent(s: State, flux: hadrons.HadronFlux) -> events.EquivalentFlux:
    """Return hadrons with the effect of all particles."""
    assumed = s.assumptions.radiation
    return events.equivalent_flux(
        reduce(add, flux),
        memory_transmission=s.radiation.ions_let_3,
        logic_transmission=s.radiation.ions_let_1,
        active_share=s.active_share,
        heavy_ion_flux_cm2_s=assumed.heavy_ion_flux_cm2_s,
        heavy_ion_active_ratio=assumed.heavy_ion_active_ratio,
        gcr_multiplier=assumed.gcr_multiplier,
    )


@stage(
    reads=("radiation", "shielded", "active_share", "trapped_factor"),
    writes=(*hadrons.HadronFlux._fields, *events.EquivalentFlux._fields),
)
def fluxes(s: State) -> None:
    """Find the flux of particles at the mean die."""
    flux = _hadrons(s, s.shielded, own_mass.MEAN_DIE)
    s.out |= flux._asdict() | _equivalent(s, flux)._asdict()


@stage(
    reads=("radiation", "shielded", "active_share", "stay", "trapped_factor"),
    writes=("trapped_dose_krad", "shield_only_flux_cm2_s"),
)
def shield_alone(s: State) -> None:
    """Find dose and flux behind the shield without the equipment, as published points give them."""
    alone, weights = s.shielded.at_first_depth(), own_mass.SHIELD_ALONE
    cycle = s.environment.radiation.active_share
    rates = radiation.dose_rates(s.radiation, alone, weights=weights, active_share=cycle)
    s.out |= {
        "trapped_dose_krad": radiation.belt_dose_krad(
            rates, s.stay, trapped_multiplier=s.trapped_factor
        ),
        "shield_only_flux_cm2_s": _equivalent(s, _hadrons(s, alone, weights)).particle_flux_cm2_s,
    }


@stage(
    reads=(
        "radiation",
        "shielded",
        "gcr_dose_krad",
        "active_share",
        "stay",
        "module_stay",
        "trapped_factor",
    ),
    writes=(
        "mean_die_dose_krad",
        "tid_failure_probability",
        "tid_loss_rate_per_gpu_yr",
        "hbm_margin_loss_fraction",
    ),
)
def dose_failures(s: State) -> None:
    """Find how many accelerators the dose ends, in the life or up to the visit that renews them."""
    assumed, years = s.assumptions.radiation, s.module_stay.years
    rates = radiation.dose_rates(
        s.radiation, s.shielded, weights=own_mass.MEAN_DIE, active_share=s.active_share
    )
    expected_krad = events.mean_dose_krad(
        radiation.belt_dose_krad(rates, s.module_stay, trapped_multiplier=s.trapped_factor),
        solar_dose_95_krad=rates.solar_95_krad,
        gcr_dose_krad=s.out["gcr_dose_krad"] * (years / s.stay.years),
        years=years,
        active_share=s.active_share,
        solar_mean_share=assumed.solar_mean_share,
        solar_multiplier=assumed.solar_multiplier,
    )
    tid = events.tid_loss(
        expected_krad,
        life_yr=years,
        chip_d50_krad=assumed.chip_d50_krad,
        chip_spread=assumed.chip_spread,
        hbm_d50_krad=assumed.hbm_d50_krad,
        hbm_spread=assumed.hbm_spread,
    )
    s.out |= {
        "mean_die_dose_krad": expected_krad,
        "tid_failure_probability": tid.failure_probability,
        "tid_loss_rate_per_gpu_yr": tid.loss_rate_per_gpu_yr,
        "hbm_margin_loss_fraction": tid.hbm_margin_loss_fraction,
    }


def _anomaly(s: State) -> anomaly.Anomaly:
    return anomaly.anomaly(s.radiation, active_share=s.active_share)


@stage(
    reads=("radiation", "active_share"), writes=("saa_time_fraction", "saa_trapped_flux_fraction")
)
def south_atlantic(s: State) -> None:
    """Find how much time and how many trapped protons belong to the South Atlantic anomaly."""
    inside = _anomaly(s)
    s.out |= {
        "saa_time_fraction": inside.time_fraction,
        "saa_trapped_flux_fraction": inside.flux_fraction,
    }


@stage(
    reads=(
        "radiation",
        "active_share",
        "running_fraction",
        "trapped_flux_cm2_s",
        "particle_flux_cm2_s",
    ),
    writes=("saa_paused_fraction", "work_time_fraction", "at_work_fraction"),
)
def pause(s: State) -> None:
    """Find what pausing in the anomaly costs, and how many particles then meet idle chips."""
    running = s.out["running_fraction"]
    s.out["saa_paused_fraction"] = np.zeros(())
    s.work_time_fraction = s.at_work_fraction = running
    pausing = s.design["saa_pause"] == PAUSE
    if somewhere(pausing):
        paused = anomaly.paused(
            _anomaly(s),
            pausing=pausing,
            trapped_flux_cm2_s=s.out["trapped_flux_cm2_s"],
            particle_flux_cm2_s=s.out["particle_flux_cm2_s"],
            pass_s=s.assumptions.radiation.saa_pass_s,
            resume_s=s.assumptions.compute.eclipse_resume_s,
        )
        s.out["saa_paused_fraction"] = paused.time_fraction
        # Eclipses come anywhere on the Earth.
        s.work_time_fraction = running * (1.0 - paused.time_fraction)
        s.at_work_fraction = running * paused.at_work_fraction


def _upset_factor(s: State) -> Quantity:
    """Cross-section of a die over that of the irradiated ones; 1.0 where none is hardened."""
    factor = glance(s.hardware.gpu, "upset_factor")
    return factor if somewhere(factor != 1.0) else 1.0


def rates_in(
    s: State,
    *,
    memory_flux_cm2_s: FloatArray,
    logic_flux_cm2_s: FloatArray,
    at_work_fraction: FloatArray,
) -> events.EventRates:
    """Return the events that some fluxes at the die cause."""
    assumed, upset, gpu = s.assumptions.radiation, _upset_factor(s), s.hardware.gpu
    # What strikes logic goes with its dies, what strikes memory with its size.
    logic = upset * glance(gpu, "compute_dies")
    return events.event_rates(
        memory_flux_cm2_s,
        logic_flux_cm2_s=logic_flux_cm2_s,
        at_work_fraction=at_work_fraction,
        latchup_transmission=s.radiation.ions_let_10,
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


@stage(
    reads=(
        "guard",
        "radiation",
        "dense_tflops",
        "particle_flux_cm2_s",
        "logic_flux_cm2_s",
        "at_work_fraction",
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
    s.event_rates = rates = rates_in(
        s,
        memory_flux_cm2_s=s.out["particle_flux_cm2_s"],
        logic_flux_cm2_s=s.out["logic_flux_cm2_s"],
        at_work_fraction=s.at_work_fraction,
    )
    s.out |= rates._asdict()
    s.out["radiation_failure_rate_per_pflops_yr"] = events.failure_rate_per_pflops_yr(
        rates.radiation_failure_rate_per_gpu_yr, dense_tflops=s.dense_tflops
    )
