"""Wiring of survival: radiation, end of life, losses, delivered work, margins."""

from __future__ import annotations

from typing import Any

import numpy as np

from problems import orbit, radiation
from problems.compute_satellite.state import State, glance, somewhere
from problems.radiation import events as radiation_events
from problems.spacecraft import compute, power, protection, reliability
from problems.units import ELECTRIC, SECONDS_PER_YEAR, FloatArray, Quantity


def particles(s: State) -> None:
    """Find doses, fluxes, event rates and cell damage, transfer included."""
    a, out, tables = s.a.radiation, s.out, s.env.radiation
    spiral_down = s.from_moon & (s.transfer == ELECTRIC)
    env = radiation.environment(
        out["orbit_altitude_km"],
        out["inclination_deg"],
        s.design["shield_mm"],
        is_geo=s.flight.is_geo,
        tables=tables,
        from_above=spiral_down,
    )
    spiral: dict[str, Any] = {
        "life_yr": s.work_yr,
        "transfer_time_yr": s.spiral_yr,
        "transfer_delta_v_km_s": out["transfer_delta_v_m_s"] * 1e-3,
        "active_share": tables.active_share,
        "trapped_multiplier": a.trapped_multiplier,
        "solar_multiplier": a.solar_multiplier,
    }
    dose = radiation.mission_dose(env, gcr_multiplier=a.gcr_multiplier, **spiral)
    cells = radiation.cell_environment(
        env,
        array_code=s.array_code,
        cells=s.env.cells,
        from_above=spiral_down,
    )
    fluence = radiation.cell_fluence_cm2(cells, cell_multiplier=a.cell_multiplier, **spiral)
    flux = radiation_events.equivalent_flux(
        env,
        active_share=tables.active_share,
        solar_mean_share=a.solar_mean_share,
        heavy_ion_flux_cm2_s=a.heavy_ion_flux_cm2_s,
        heavy_ion_active_ratio=a.heavy_ion_active_ratio,
        trapped_multiplier=a.trapped_multiplier,
        solar_multiplier=a.solar_multiplier,
        gcr_multiplier=a.gcr_multiplier,
    )
    expected = radiation_events.mean_dose_krad(
        dose.trapped_dose_krad,
        solar_dose_95_krad=env.solar_dose_95_krad,
        gcr_dose_krad=dose.gcr_dose_krad,
        years=s.life_yr,
        active_share=tables.active_share,
        solar_mean_share=a.solar_mean_share,
        solar_multiplier=a.solar_multiplier,
    )
    tid = radiation_events.tid_loss(
        expected,
        life_yr=s.life_yr,
        chip_d50_krad=a.chip_d50_krad,
        chip_spread=a.chip_spread,
        hbm_d50_krad=a.hbm_d50_krad,
        hbm_spread=a.hbm_spread,
    )
    upset = _upset_factor(s)
    rates = radiation_events.event_rates(
        flux.particle_flux_cm2_s,
        heavy_ion_transmission=env.heavy_ion_transmission,
        tid_loss_rate_per_gpu_yr=tid.loss_rate_per_gpu_yr,
        hbm_gb=s.hw.gpu["hbm_gb"],
        sigma_sdc_cm2=a.sigma_sdc_cm2 * upset,
        sigma_uecc_cm2=a.sigma_uecc_cm2 * upset,
        sigma_sefi_cm2=a.sigma_sefi_cm2 * upset,
        sigma_host_cm2=a.sigma_host_cm2 * s.guard.host_crash_frac,
        sigma_hard_cm2=a.sigma_hard_cm2 * upset,
        latchup_rate_per_yr=a.latchup_rate_per_yr * upset,
        uecc_reference_hbm_gb=a.uecc_reference_hbm_gb,
        gpus_per_host=a.gpus_per_host,
        sdc_detected_fraction=s.guard.sdc_detected_frac,
    )
    out |= dose._asdict() | flux._asdict() | rates._asdict()
    out |= {
        "tid_failure_probability": tid.failure_probability,
        "tid_loss_rate_per_gpu_yr": tid.loss_rate_per_gpu_yr,
        "hbm_margin_loss_fraction": tid.hbm_margin_loss_fraction,
        "radiation_failure_rate_per_pflops_yr": radiation_events.failure_rate_per_pflops_yr(
            rates.radiation_failure_rate_per_gpu_yr, dense_tflops=s.dense_tflops
        ),
        "radiation_compute_loss_fraction": radiation_events.compute_loss_fraction(
            rates,
            life_yr=s.life_yr,
            restart_s=s.a.compute.restart_s,
            reboot_s=a.reboot_s,
            sdc_detected_fraction=s.guard.sdc_detected_frac,
        ),
        "cell_fluence_cm2": fluence,
        "cell_damage_fraction": radiation.cell_damage_fraction(
            fluence,
            damage_c=s.hw.array["damage_c"],
            damage_fluence_cm2=s.hw.array["damage_fluence_cm2"],
        ),
    }


def _upset_factor(s: State) -> Quantity:
    """Cross-section of the chips over that of the irradiated ones; 1.0 where none is hardened."""
    factor = glance(s.hw.gpu, "upset_factor")
    return factor if (factor != 1.0).any() else 1.0


def _working_share(s: State, interruptions: FloatArray) -> FloatArray:
    """Return the useful share of gang-scheduled work, with checkpoints or without."""
    c = s.a.compute
    gang = np.minimum(c.gang_gpus, s.design["gpu_count"])
    share = compute.checkpoint_efficiency(
        interruptions, gang_size=gang, checkpoint_s=c.checkpoint_s, restart_s=c.restart_s
    )
    if not somewhere(s.guard.restarts):
        return share
    unprotected = protection.unprotected_efficiency(
        interruptions,
        gang_size=gang,
        job_h=s.a.protection.unprotected_job_h,
        restart_s=c.restart_s,
    )
    return np.where(s.guard.restarts, unprotected, share)


def end_of_life(s: State) -> None:
    """Hold the array at end of life against its load."""
    out, p = s.out, s.a.power
    eol_w = power.array_power_eol_w(
        out["array_power_bol_w"],
        damage_fraction=out["cell_damage_fraction"],
        ageing_per_yr=p.array_ageing_per_yr,
        life_yr=s.life_yr,
    )
    out["array_power_eol_w"] = eol_w
    out["array_w_per_m2_bol"] = out["array_power_bol_w"] / s.design["array_area_m2"]
    out["power_utilisation"] = out["array_power_required_w"] / np.maximum(
        eol_w * p.sizing_flux_fraction, 1.0
    )


def losses(s: State) -> None:
    """Find what is lost to age, debris and bus failures."""
    r, o, out, state = s.a.reliability, s.a.orbit, s.out, s.flight
    acceleration = reliability.arrhenius_factor(
        out["junction_temperature_c"],
        reference_c=r.reference_junction_c,
        activation_energy_ev=r.activation_energy_ev,
    )
    flux = orbit.debris_flux(
        out["orbit_altitude_km"],
        unsaturation=state.debris_unsaturation,
        inclination_factor=state.debris_inclination_factor,
        year=o.epoch_year,
        solar_flux_sfu=o.debris_solar_flux_sfu,
        flux_multiplier=o.debris_flux_multiplier,
        above_leo_frac=o.debris_above_leo,
        above_leo_scale_km=o.debris_above_leo_scale_km,
    )
    debris = orbit.debris_loss_rate_per_yr(
        flux,
        tube_area_m2=s.design["radiator_area_m2"] * s.a.mass.radiator_tube_frac,
        bus_area_m2=out["bay_surface_m2"],
    )
    gpu_loss = r.gpu_failure_rate_per_yr * acceleration
    chip = gpu_loss + out["radiation_loss_rate_per_gpu_yr"]
    vehicle = r.bus_failure_rate_per_yr + debris
    out |= {
        "debris_flux_over_1_mm_per_m2_yr": flux.over_1_mm_per_m2_yr,
        "debris_flux_over_1_cm_per_m2_yr": flux.over_1_cm_per_m2_yr,
        "debris_loss_rate_per_yr": debris,
        "debris_loss_probability": -np.expm1(-debris * s.life_yr),
        "gpu_ageing_loss_rate_per_yr": gpu_loss,
        "satellite_loss_rate_per_yr": vehicle,
        "compute_loss_rate_per_yr": chip + vehicle,
        "gpu_alive_fraction": reliability.mean_alive_fraction(chip, life_yr=s.life_yr),
        "satellite_alive_fraction": reliability.mean_alive_fraction(vehicle, life_yr=s.life_yr),
    }


def performance(s: State) -> None:
    """Find the work that is delivered, and its present value."""
    c, out = s.a.compute, s.out
    interruptions = (
        s.a.reliability.gpu_interruption_rate_per_yr + out["radiation_interruption_rate_per_gpu_yr"]
    )
    efficiency = _working_share(s, interruptions)
    steady = out["compute_duty"] * efficiency * out["comms_availability"]
    useful = c.mfu * s.guard.useful_frac
    yearly = compute.exaflop_per_year(out["installed_pflops"] * useful, duty=steady)
    loss = out["compute_loss_rate_per_yr"]
    interest = np.log1p(s.a.cost.wacc)
    start = out["transfer_time_yr"]

    def present_years(rate: FloatArray) -> FloatArray:
        """Years of full work from arrival to end of life, weighted by exp(-rate t)."""
        return np.exp(-rate * start) * reliability.decayed_years(rate, life_yr=s.work_yr)

    decline = np.log1p(c.value_decline_per_yr)
    s.exaflop_pv = yearly * present_years(loss + interest + decline)
    if somewhere(s.late_yr):
        # Worth in the scenario's year: a FLOP of a later year buys less.
        s.exaflop_pv = s.exaflop_pv * out["flop_value_factor"]
    s.exaflop_flat_pv = yearly * present_years(loss + interest)
    delivered = yearly * present_years(loss)
    s.interest = interest
    out |= {
        "checkpoint_efficiency": efficiency,
        "protection_overhead_fraction": 1.0 - efficiency * s.guard.useful_frac,
        # Per accelerator at work: what pauses, restarts or ends also stops corrupting.
        "undetected_sdc_per_exaflop": out["undetected_sdc_rate_per_gpu_yr"]
        / (s.dense_tflops * compute.exaflop_per_year(useful, duty=1e-3)),
        "availability": delivered
        / (compute.exaflop_per_year(out["installed_pflops"] * c.mfu, duty=1.0) * s.life_yr),
        "delivered_exaflop": delivered,
        "delivered_exaflop_pv": s.exaflop_pv,
        "delivered_pflops_mean": delivered / s.life_yr * (1e3 / SECONDS_PER_YEAR),
    }


def margins(s: State) -> None:
    """Hold what is left against its limits."""
    out, a = s.out, s.a
    out |= {
        "junction_margin_k": a.thermal.junction_limit_c - out["junction_temperature_c"],
        "dose_utilisation": out["dose_krad"]
        * a.radiation.design_margin
        / s.hw.gpu["tid_limit_krad"],
        "acceleration_utilisation": s.driver_g / a.structure.hardware_g_limit,
        "memory_utilisation": a.compute.min_model_memory_gb * s.guard.copies / out["memory_gb"],
    }
