"""Stages of the work that is delivered: its present value, its amount, and how much is wrong."""

from __future__ import annotations

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.stages.particles import rates_in
from problems.compute_satellite.state import State, stage
from problems.economics import refresh
from problems.radiation import events, own_mass
from problems.spacecraft import bus_life, compute, protection, reliability, traffic
from problems.units import DAYS_PER_YEAR, SECONDS_PER_YEAR, FloatArray, Quantity

#: Failures fewer than this have no shares [1/yr].
_NO_FAILURES_PER_YR = 1e-300


def _gang(s: State) -> FloatArray:
    """Return the accelerators that stop together: a server's, or all that train as one."""
    count, workload = s.design["gpu_count"], s.assumptions.comms.workload
    server = np.minimum(s.assumptions.compute.gang_gpus, count)
    trains = traffic.trains(workload)
    if not somewhere(trains):
        return server
    satellites = traffic.gang_satellites(workload, satellites=s.design["cluster_satellites"])
    # A step that waits for every gradient waits for every accelerator; modules share its state.
    return np.where(trains, count * s.design["modules"] * satellites, server)


def _working_share(s: State, interruptions_per_yr: FloatArray) -> FloatArray:
    """Return the useful share of gang-scheduled work, with checkpoints or without."""
    assumed = s.assumptions.compute
    gang = _gang(s)
    share = compute.checkpoint_efficiency(
        interruptions_per_yr,
        gang_size=gang,
        checkpoint_s=assumed.checkpoint_s,
        restart_s=assumed.restart_s,
    )
    if not somewhere(s.guard.restarts):
        return share
    unprotected = protection.unprotected_efficiency(
        interruptions_per_yr,
        gang_size=gang,
        job_h=s.assumptions.protection.unprotected_job_h,
        restart_s=assumed.restart_s,
    )
    return np.where(s.guard.restarts, unprotected, share)


@stage(
    reads=("visits", "transfer_time_yr", "work_yr", "chip_loss_rate_per_yr", "spares_cover"),
    writes=(
        "work_times",
        "bus_survival",
        "lost_on_the_way",
        "covered_at_work",
        "lost_at_work",
    ),
)
def survivors_at_work(s: State) -> None:
    """Find what is left of bus, spares and accelerators on arrival, and at times of the work."""
    assumed, chips_per_yr = s.assumptions.reliability, s.chip_loss_rate_per_yr
    s.work_times = bus_life.work_times(s.work_yr, transfer_time_yr=s.out["transfer_time_yr"])
    s.bus_survival = bus_life.weibull_reliability(
        s.work_times.since_launch_yr,
        shape=assumed.bus_weibull_shape,
        scale_yr=assumed.bus_weibull_scale_yr,
        multiplier=assumed.bus_failure_multiplier,
    )
    s.lost_on_the_way = chips_per_yr * s.out["transfer_time_yr"]
    s.covered_at_work = np.zeros(())
    lost = chips_per_yr * s.work_times.since_arrival_yr
    if somewhere(s.spares_cover):
        uncovered = s.lost_on_the_way - s.spares_cover
        s.lost_on_the_way = np.maximum(uncovered, 0.0)
        s.covered_at_work = np.maximum(-uncovered, 0.0)
        lost = np.maximum(lost - s.covered_at_work, 0.0)
    # Visits undo the losses of accelerators.
    s.lost_at_work = lost if s.visits is None else np.where(s.visits.number > 0.0, 0.0, lost)


#: What :func:`_present_years` reads.
_FADING = (
    "visits",
    "transfer_time_yr",
    "work_yr",
    "debris_loss_rate_per_yr",
    "loop_loss_rate_per_yr",
    "burnout_loss_rate_per_yr",
    "chip_loss_rate_per_yr",
    "work_times",
    "bus_survival",
    "lost_on_the_way",
    "covered_at_work",
    "lost_at_work",
    "joining_wait_yr",
)


def _present_years(
    s: State, discount_per_yr: Quantity, *, growth_per_yr: Quantity | None = None
) -> FloatArray:
    """Years of full work from arrival to end of life: survival times exp(-discount t).

    Visits undo the losses of accelerators and bring as many, each of which does more work by a
    continuous growth; by that of the trend unless told otherwise. Work that waits for a platform is
    worth less; the life is counted from its start.
    """
    # Neither spares nor visits bring back what is lost with a loop or behind a switch.
    parts = s.out["loop_loss_rate_per_yr"] + s.out["burnout_loss_rate_per_yr"]
    fading = s.out["debris_loss_rate_per_yr"] + parts + discount_per_yr
    arrival = np.exp(-fading * s.out["transfer_time_yr"] - s.lost_on_the_way)
    if s.some_joined:
        arrival = arrival * np.exp(-discount_per_yr * s.joining_wait_yr)
    if s.visits is None:
        return arrival * _bus_share(s, fading) * _served(s, fading, s.work_yr)
    if growth_per_yr is None:
        growth_per_yr = np.log1p(s.assumptions.timing.chip_efficiency_growth_per_yr)
    at = s.visits
    years = refresh.renewed_years(
        at,
        whole_years=_served(s, fading, at.period_yr),
        last_years=_served(s, fading, s.work_yr - at.number * at.period_yr),
        falling_per_yr=fading - growth_per_yr,
    )
    idle = at.number * (s.assumptions.refresh.outage_d / DAYS_PER_YEAR)
    # What visits bring grows with the trend.
    bus = _bus_share(s, np.where(at.number > 0.0, fading - growth_per_yr, fading))
    return arrival * bus * years * (1.0 - idle / np.maximum(s.work_yr, at.period_yr))


def _served(s: State, fading_per_yr: FloatArray, life_yr: FloatArray) -> FloatArray:
    """Return the years of full work of one set of accelerators with its spares."""
    return reliability.spared_years(
        s.chip_loss_rate_per_yr,
        covered=s.covered_at_work,
        fading_per_yr=fading_per_yr,
        life_yr=life_yr,
    )


def _bus_share(s: State, fading_per_yr: FloatArray) -> FloatArray:
    """Return the share of the work, which fades and loses accelerators, that the bus leaves."""
    fading = fading_per_yr * s.work_times.since_arrival_yr
    return bus_life.mean_survival(s.bus_survival, exponents=fading + s.lost_at_work)


@stage(
    reads=(
        "guard",
        "installed_pflops",
        "compute_duty",
        "comms_availability",
        "step_efficiency",
        "work_time_fraction",
        "radiation_interruption_rate_per_gpu_yr",
        "saa_paused_fraction",
        *_FADING,
        "flop_value_factor",
    ),
    writes=(
        "checkpoint_efficiency",
        "delivered_exaflop_pv",
        "as_launched_pv",
        "exaflop_per_yr",
        "interest_per_yr",
    ),
)
def performance(s: State) -> None:
    """Find the present value of the work that is delivered."""
    assumed, out = s.assumptions.compute, s.out
    efficiency = _working_share(
        s,
        s.assumptions.reliability.gpu_interruption_rate_per_yr
        # Stops by radiation fall in the time at work, in which the others are counted.
        + out["radiation_interruption_rate_per_gpu_yr"] / s.work_time_fraction,
    )
    s.exaflop_per_yr = compute.exaflop_per_year(
        out["installed_pflops"] * (assumed.mfu * s.guard.useful_frac),
        duty=out["compute_duty"]
        * (efficiency * (out["comms_availability"] * out["step_efficiency"]))
        * (1.0 - out["saa_paused_fraction"]),
    )
    s.interest_per_yr = np.log1p(s.assumptions.cost.wacc)
    decline = np.log1p(assumed.value_decline_per_yr)
    worth = s.exaflop_per_yr * _present_years(s, s.interest_per_yr + decline)
    if somewhere(s.late_yr):
        # Worth in the scenario's year: a FLOP of a later year buys less.
        worth = worth * out["flop_value_factor"]
    s.as_launched_pv = s.exaflop_per_yr * _present_years(s, s.interest_per_yr, growth_per_yr=0.0)
    out |= {"checkpoint_efficiency": efficiency, "delivered_exaflop_pv": worth}


@stage(
    reads=(
        *_FADING,
        "exaflop_per_yr",
        "as_launched_pv",
        "installed_pflops",
        "interest_per_yr",
    ),
    writes=("exaflop_flat_pv", "gpu_hours_pv"),
)
def flat_work(s: State) -> None:
    """Find the present work whose worth stays, and the hours: renewed modules do more in one."""
    s.exaflop_flat_pv = s.as_launched_pv
    if s.visits is not None:
        s.exaflop_flat_pv = s.exaflop_per_yr * _present_years(s, s.interest_per_yr)
    exaflop_per_h = s.out["installed_pflops"] * (s.assumptions.compute.mfu * 1e-3 * 3600.0)
    s.gpu_hours_pv = s.as_launched_pv / exaflop_per_h * s.design["gpu_count"]


@stage(
    reads=(
        "guard",
        "radiation",
        "shielded",
        "work_time_fraction",
        "tid_loss_rate_per_gpu_yr",
        "radiation_interruption_rate_per_gpu_yr",
    ),
    writes=("event_day_stops_per_gang", "event_day_checkpoint_efficiency"),
)
def event_day(s: State) -> None:
    """Find what a great solar event does: all satellites of a constellation meet it at once."""
    assumed = s.assumptions.radiation
    flux = events.solar_event_flux_cm2_s(
        s.radiation.solar_transmission,
        ln_cut_over_30_mev=s.shielded.ln_cut_over_30_mev,
        weights=own_mass.MEAN_DIE,
        fluence_cm2=assumed.event_fluence_cm2,
        e_fold_mev=assumed.event_e_fold_mev,
        days=assumed.event_days,
    )
    by_event = rates_in(
        s, memory_flux_cm2_s=flux, logic_flux_cm2_s=flux, at_work_fraction=np.ones(())
    )
    # All of it per time at work.
    rate_per_yr = (
        s.assumptions.reliability.gpu_interruption_rate_per_yr
        + s.out["radiation_interruption_rate_per_gpu_yr"] / s.work_time_fraction
        + by_event.radiation_interruption_rate_per_gpu_yr
    )
    gang = _gang(s)
    s.out |= {
        "event_day_stops_per_gang": rate_per_yr * gang * (1.0 / DAYS_PER_YEAR),
        "event_day_checkpoint_efficiency": _working_share(s, rate_per_yr),
    }


@stage(
    reads=(
        "guard",
        "checkpoint_efficiency",
        *_FADING,
        "exaflop_per_yr",
        "installed_pflops",
    ),
    writes=(
        "availability",
        "delivered_exaflop",
        "delivered_pflops_mean",
        "protection_overhead_fraction",
        "as_launched_exaflop",
    ),
)
def delivered_work(s: State) -> None:
    """Find the work that is delivered over the life."""
    out, mfu = s.out, s.assumptions.compute.mfu
    delivered = s.exaflop_per_yr * _present_years(s, 0.0)
    s.as_launched_exaflop = delivered
    if s.visits is not None:
        s.as_launched_exaflop = s.exaflop_per_yr * _present_years(s, 0.0, growth_per_yr=0.0)
    running = compute.exaflop_per_year(out["installed_pflops"] * mfu, duty=1.0)
    out |= {
        "availability": s.as_launched_exaflop / (running * s.life_yr),
        "delivered_exaflop": delivered,
        "delivered_pflops_mean": delivered / s.life_yr * (1e3 / SECONDS_PER_YEAR),
        "protection_overhead_fraction": 1.0 - out["checkpoint_efficiency"] * s.guard.useful_frac,
    }


@stage(
    reads=("guard", "dense_tflops", "work_time_fraction", "undetected_sdc_rate_per_gpu_yr"),
    writes=("undetected_sdc_per_exaflop",),
)
def corruption(s: State) -> None:
    """Find how much of the work is wrong without notice."""
    useful = s.assumptions.compute.mfu * s.guard.useful_frac
    # Per accelerator at work: what pauses, restarts or ends also stops corrupting.
    running = s.work_time_fraction * 1e-3
    per_gpu_yr = s.dense_tflops * compute.exaflop_per_year(useful, duty=running)
    s.out["undetected_sdc_per_exaflop"] = s.out["undetected_sdc_rate_per_gpu_yr"] / per_gpu_yr


@stage(
    reads=(
        "guard",
        "event_rates",
        "work_time_fraction",
        "gpu_alive_fraction",
        "radiation_loss_rate_per_gpu_yr",
        "chip_loss_rate_per_yr",
    ),
    writes=("radiation_compute_loss_fraction",),
)
def radiation_loss(s: State) -> None:
    """Find the share of the compute that radiation costs."""
    out = s.out
    by_radiation = out["radiation_loss_rate_per_gpu_yr"] / s.chip_loss_rate_per_yr
    out["radiation_compute_loss_fraction"] = events.compute_loss_fraction(
        s.event_rates,
        running_fraction=s.work_time_fraction,
        lost_fraction=(1.0 - out["gpu_alive_fraction"]) * by_radiation,
        restart_s=s.assumptions.compute.restart_s,
        reboot_s=s.assumptions.radiation.reboot_s,
        sdc_detected_fraction=s.guard.sdc_detected_frac,
    )


@stage(
    reads=(
        "event_rates",
        "radiation_failure_rate_per_gpu_yr",
        "exaflop_per_yr",
    ),
    writes=("radiation_stops_per_delivered_exaflop",),
)
def stops(s: State) -> None:
    """Find how often radiation stops a gang per work that is delivered."""
    count = s.design["gpu_count"]
    gang = _gang(s)
    # A host takes every gang on it along; any other event stops the gang that it strikes.
    more = np.maximum(s.hardware.gpu["gpus_per_host"] / gang, 1.0) - 1.0
    per_gpu_yr = (
        s.out["radiation_failure_rate_per_gpu_yr"] + more * s.event_rates.host_crash_rate_per_gpu_yr
    )
    s.out["radiation_stops_per_delivered_exaflop"] = per_gpu_yr * count / s.exaflop_per_yr


@stage(
    reads=("event_rates", "radiation_failure_rate_per_gpu_yr", "tid_loss_rate_per_gpu_yr"),
    writes=("detected_sdc_rate_per_gpu_yr", *events.FAILURE_SHARES),
)
def failure_shares(s: State) -> None:
    """Find what the failures by radiation are made of."""
    rates = s.event_rates
    s.out["detected_sdc_rate_per_gpu_yr"] = (
        rates.sdc_rate_per_gpu_yr - rates.undetected_sdc_rate_per_gpu_yr
    )
    parts = (
        rates.uecc_rate_per_gpu_yr,
        rates.sefi_rate_per_gpu_yr,
        rates.host_crash_rate_per_gpu_yr,
        s.out["detected_sdc_rate_per_gpu_yr"],
        rates.hard_rate_per_gpu_yr,
        rates.latchup_rate_per_gpu_yr,
        s.out["tid_loss_rate_per_gpu_yr"],
    )
    total = np.maximum(s.out["radiation_failure_rate_per_gpu_yr"], _NO_FAILURES_PER_YR)
    s.out |= {name: rate / total for name, rate in zip(events.FAILURE_SHARES, parts, strict=True)}
