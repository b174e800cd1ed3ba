"""Stages of the work that is delivered: its present value, its amount, and how much is wrong."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.state import State, somewhere, stage
from problems.economics import refresh
from problems.spacecraft import compute, protection, reliability
from problems.units import DAYS_PER_YEAR, SECONDS_PER_YEAR, FloatArray, Quantity


def _working_share(s: State, interruptions_per_yr: FloatArray) -> FloatArray:
    """Return the useful share of gang-scheduled work, with checkpoints or without."""
    assumed = s.assumptions.compute
    gang = np.minimum(assumed.gang_gpus, s.design["gpu_count"])
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


def _present_years(
    s: State, rate_per_yr: FloatArray, *, growth_per_yr: Quantity | None = None
) -> FloatArray:
    """Years of full work from arrival to end of life, weighted by exp(-rate t).

    Visits undo the losses of accelerators and bring as many, each of which does more work by a
    continuous growth; by that of the trend unless told otherwise.
    """
    arrival = np.exp(-rate_per_yr * s.out["transfer_time_yr"])
    if s.visits is None:
        return arrival * reliability.decayed_years(rate_per_yr, life_yr=s.work_yr)
    if growth_per_yr is None:
        growth_per_yr = np.log1p(s.assumptions.timing.chip_efficiency_growth_per_yr)
    at = s.visits
    years = refresh.renewed_years(
        at,
        whole_years=reliability.decayed_years(rate_per_yr, life_yr=at.period_yr),
        last_years=reliability.decayed_years(
            rate_per_yr, life_yr=s.work_yr - at.number * at.period_yr
        ),
        falling_per_yr=rate_per_yr - s.chip_loss_rate_per_yr - growth_per_yr,
    )
    idle = at.number * (s.assumptions.refresh.outage_d / DAYS_PER_YEAR)
    return arrival * years * (1.0 - idle / np.maximum(s.work_yr, at.period_yr))


@stage(
    reads=(
        "guard",
        "visits",
        "chip_loss_rate_per_yr",
        "installed_pflops",
        "compute_duty",
        "comms_availability",
        "radiation_interruption_rate_per_gpu_yr",
        "compute_loss_rate_per_yr",
        "transfer_time_yr",
        "work_yr",
        "flop_value_factor",
    ),
    writes=(
        "checkpoint_efficiency",
        "delivered_exaflop_pv",
        "exaflop_flat_pv",
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
        + out["radiation_interruption_rate_per_gpu_yr"],
    )
    s.exaflop_per_yr = compute.exaflop_per_year(
        out["installed_pflops"] * (assumed.mfu * s.guard.useful_frac),
        duty=out["compute_duty"] * efficiency * out["comms_availability"],
    )
    s.interest_per_yr = np.log1p(s.assumptions.cost.wacc)
    falling = out["compute_loss_rate_per_yr"] + s.interest_per_yr
    decline = np.log1p(assumed.value_decline_per_yr)
    worth = s.exaflop_per_yr * _present_years(s, falling + decline)
    if somewhere(s.late_yr):
        # Worth in the scenario's year: a FLOP of a later year buys less.
        worth = worth * out["flop_value_factor"]
    s.exaflop_flat_pv = s.exaflop_per_yr * _present_years(s, falling)
    out |= {"checkpoint_efficiency": efficiency, "delivered_exaflop_pv": worth}


@stage(
    reads=(
        "guard",
        "visits",
        "chip_loss_rate_per_yr",
        "checkpoint_efficiency",
        "compute_loss_rate_per_yr",
        "exaflop_per_yr",
        "installed_pflops",
        "transfer_time_yr",
        "work_yr",
    ),
    writes=(
        "availability",
        "delivered_exaflop",
        "delivered_pflops_mean",
        "protection_overhead_fraction",
    ),
)
def delivered_work(s: State) -> None:
    """Find the work that is delivered over the life."""
    out, mfu = s.out, s.assumptions.compute.mfu
    losses_per_yr = out["compute_loss_rate_per_yr"]
    delivered = s.exaflop_per_yr * _present_years(s, losses_per_yr)
    as_launched = delivered
    if s.visits is not None:
        as_launched = s.exaflop_per_yr * _present_years(s, losses_per_yr, growth_per_yr=0.0)
    running = compute.exaflop_per_year(out["installed_pflops"] * mfu, duty=1.0)
    out |= {
        "availability": as_launched / (running * s.life_yr),
        "delivered_exaflop": delivered,
        "delivered_pflops_mean": delivered / s.life_yr * (1e3 / SECONDS_PER_YEAR),
        "protection_overhead_fraction": 1.0 - out["checkpoint_efficiency"] * s.guard.useful_frac,
    }


@stage(
    reads=("guard", "dense_tflops", "undetected_sdc_rate_per_gpu_yr"),
    writes=("undetected_sdc_per_exaflop",),
)
def corruption(s: State) -> None:
    """Find how much of the work is wrong without notice."""
    useful = s.assumptions.compute.mfu * s.guard.useful_frac
    # Per accelerator at work: what pauses, restarts or ends also stops corrupting.
    per_gpu_yr = s.dense_tflops * compute.exaflop_per_year(useful, duty=1e-3)
    s.out["undetected_sdc_per_exaflop"] = s.out["undetected_sdc_rate_per_gpu_yr"] / per_gpu_yr
