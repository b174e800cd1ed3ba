"""Stages of the money: risk, present value, levelised cost, and the ground it competes with."""

from __future__ import annotations

from operator import add
from typing import Any

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.chips import chips_in_year
from problems.compute_satellite.stages import rocket
from problems.compute_satellite.stages.driver import made_on_moon_frac
from problems.compute_satellite.stages.prices import MADE_ON_MOON, build_factor
from problems.compute_satellite.stages.survival import module_years
from problems.compute_satellite.state import Boundaries, State, stage
from problems.delivery import assembly
from problems.economics import cost, ground, refresh
from problems.spacecraft import reliability
from problems.units import FloatArray

#: A satellite that is lost on the way works for no hour; its cost per hour stays finite.
SHORTEST_WORK_H = 1e-6


def _made_on_moon_usd(s: State) -> FloatArray:
    """Return what is paid on the Moon for the parts that are made there [USD]."""
    total_usd = np.zeros(())
    for name, share in MADE_ON_MOON.items():
        made = made_on_moon_frac(s, share) * s.assumptions.lunar.build_cost_multiplier
        total_usd = total_usd + s.out[name] * (made / build_factor(s, name))
    return total_usd


def _loss_share(s: State, failure_prob: FloatArray) -> FloatArray:
    """Return what the loss of launches adds to the price of what they carry [1]."""
    return cost.expected_loss_usd(
        np.ones(()),
        launch_failure_prob=failure_prob,
        commercial=s.assumptions.cost.commercial_insurance,
        premium=s.assumptions.cost.insurance_premium,
    )


def _import_loss(s: State) -> FloatArray:
    """Return what the loss of imports on the way to the Moon adds to their price [1]."""
    launched = 1.0 - rocket.failure_prob(s, s.hardware.freight)
    landed = launched * (1.0 - s.assumptions.lunar.landing_loss_frac)
    return np.where(s.from_moon, _loss_share(s, 1.0 - landed), 0.0)


@stage(
    reads=(
        *MADE_ON_MOON,
        "chips_usd",
        "platform_usd",
        "satellite_cost_usd",
        "cost_development_usd",
        "launch_cost_usd",
        "import_cost_usd",
        "cost_switches_usd",
    ),
    writes=(
        "cost_launch_risk_usd",
        "chip_capital_usd",
        "visit_loss_share",
        "import_loss",
        "lost_prob",
    ),
)
def launch_risk(s: State) -> None:
    """Price the loss of launches and of imports on their way."""
    out, moon = s.out, s.from_moon
    at_risk_usd = out["satellite_cost_usd"] - out["cost_development_usd"] + out["launch_cost_usd"]
    if s.some_clustered:
        at_risk_usd = at_risk_usd + out["cost_switches_usd"]
    failure, s.import_loss = rocket.failure_prob(s, s.hardware.launcher), np.zeros(())
    if s.some_from_moon:
        failure = np.where(moon, s.assumptions.lunar.failure_prob, failure)
    s.visit_loss_share = share = _loss_share(s, failure)
    if s.some_joined:
        failure = assembly.joined_failure_prob(
            failure,
            docking_loss_prob=s.assumptions.platform.docking_loss_prob,
            modules=s.design["modules"],
        )
        share = _loss_share(s, failure)
    s.lost_prob = failure
    risk_usd, chip_capital_usd = at_risk_usd * share, s.chips_usd * (1.0 + share)
    if s.some_from_moon:
        imported_usd = s.platform_usd - _made_on_moon_usd(s) + s.chips_usd + out["import_cost_usd"]
        s.import_loss = lost = _import_loss(s)
        risk_usd, chip_capital_usd = (
            risk_usd + imported_usd * lost,
            chip_capital_usd + s.chips_usd * lost,
        )
    out["cost_launch_risk_usd"], s.chip_capital_usd = risk_usd, chip_capital_usd


@stage(
    reads=(
        "visits",
        "visit_kg",
        "visit_launch",
        "satellite_loss_rate_per_yr",
        "unvisited_per_yr",
        "interest_per_yr",
        "cost_gpus_usd",
        "cost_hosts_usd",
        "transfer_usd",
        "launch_mass_kg",
        "visit_loss_share",
        "import_loss",
        "growing_network_usd",
        "joining_wait_yr",
    ),
    writes=("refresh_pv", "cost_refresh_usd"),
)
def refresh_cost(s: State) -> None:
    """Price the visits that bring new modules to satellites that still work."""
    s.refresh_pv, s.out["cost_refresh_usd"] = None, np.zeros(())
    if s.visits is None:
        return
    s.out["cost_refresh_usd"] = _visits_usd(s, s.visits, np.zeros(())).full
    s.refresh_pv = _visits_usd(s, s.visits, s.interest_per_yr)
    if s.some_joined:
        # The life of a platform is counted from the start of its work.
        waited = np.exp(-s.interest_per_yr * s.joining_wait_yr)
        s.refresh_pv = Boundaries(*(usd * waited for usd in s.refresh_pv))


def _visits_usd(s: State, at: refresh.Visits, interest_per_yr: FloatArray) -> Boundaries:
    """Sum of all visits, each when it is launched: launch and modules follow their trends [USD].

    A visit flies as the satellite did, so that its modules work as long after their launch as the
    first ones did. The ground network grows with the work of the modules that it brings.
    """
    out, trend, assumed = s.out, s.assumptions.timing, s.assumptions.refresh
    visited_per_yr = out["satellite_loss_rate_per_yr"] + interest_per_yr
    discount_per_yr = s.unvisited_per_yr + interest_per_yr
    launch_decline = np.log1p(trend.launch_price_decline_per_yr)
    # A module costs as its work per watt grows and the price of a FLOP falls.
    growth = np.log1p(trend.chip_efficiency_growth_per_yr)
    module_decline = np.log1p(s.assumptions.compute.value_decline_per_yr) - growth
    times, brought, launches, modules = (
        refresh.sum_over_visits(at, discount_per_yr=rate)
        for rate in (
            visited_per_yr,
            discount_per_yr,
            discount_per_yr + launch_decline,
            discount_per_yr + module_decline,
        )
    )
    # The price of a rocket falls, that of a mass driver stays.
    flown_usd = s.visit_kg * s.visit_launch.flown_usd_per_kg * launches
    launch_usd = flown_usd + s.visit_kg * s.visit_launch.shot_usd_per_kg * brought
    stage_usd = s.transfer_usd * (s.visit_kg / out["launch_mass_kg"]) * brought
    modules_usd = (out["cost_gpus_usd"] + assumed.host_share * out["cost_hosts_usd"]) * modules
    network_usd = s.growing_network_usd * refresh.growth_at_visits(
        at,
        growth_per_yr=growth,
        discount_per_yr=discount_per_yr + np.log1p(trend.network_price_decline_per_yr),
    )
    # What is lost on the way is bought again; imports are lost on their way to the Moon too.
    again = 1.0 + s.visit_loss_share
    carried_usd = (launch_usd + stage_usd) * again + flown_usd * s.import_loss
    own_usd = carried_usd + assumed.visit_usd * times + network_usd
    return Boundaries(own_usd + modules_usd * (again + s.import_loss), own_usd, launch_usd)


def _commissioned(s: State, pv: Boundaries, capital: Boundaries) -> Boundaries:
    """Present values with the interest that capital, of visits too, bears before the launch."""
    charge = cost.capital_charge(
        s.interest_per_yr, commissioning_yr=s.assumptions.cost.commissioning_yr
    )
    full, no_chips, launch_only = (usd * (charge - 1.0) for usd in capital)
    return Boundaries(pv.full + full, pv.no_chips + no_chips, pv.launch_only + launch_only)


def _corrupted(s: State, pv: Boundaries) -> Boundaries:
    """Present values with the price of corruption that nothing catches, where it has one."""
    price_usd = s.assumptions.cost.undetected_sdc_usd
    if not somewhere(price_usd):
        return pv
    # By the hours at work: renewed modules do more in an hour at the same risk.
    extra = s.out["undetected_sdc_per_exaflop"] * price_usd * s.as_launched_pv
    return Boundaries(pv.full + extra, pv.no_chips + extra, pv.launch_only)


@stage(
    reads=(
        "chips_usd",
        "chip_capital_usd",
        "satellite_cost_usd",
        "cost_ground_network_usd",
        "launch_cost_usd",
        "cost_launch_risk_usd",
        "cost_assembly_usd",
        "cost_switches_usd",
        "refresh_pv",
        "interest_per_yr",
        "as_launched_pv",
        "undetected_sdc_per_exaflop",
    ),
    writes=("capital_usd", "operations_usd_per_yr", "operating_yr", "cost_pv", "total_cost_pv_usd"),
)
def present_value(s: State) -> None:
    """Discount the cost within each boundary."""
    assumed, out = s.assumptions.cost, s.out
    launch_usd, ops = out["launch_cost_usd"], assumed.ops_fraction_per_yr
    s.operating_yr = reliability.decayed_years(s.interest_per_yr, life_yr=s.life_yr)
    built_usd = out["satellite_cost_usd"] + out["cost_ground_network_usd"]
    if s.some_clustered:
        built_usd = built_usd + out["cost_switches_usd"]
    s.operations_usd_per_yr = ops * built_usd
    s.capital_usd = built_usd + launch_usd + out["cost_launch_risk_usd"]
    if s.some_joined:
        s.capital_usd = s.capital_usd + out["cost_assembly_usd"]
    total_pv = s.capital_usd + s.operations_usd_per_yr * s.operating_yr
    no_chips_pv = total_pv - s.chip_capital_usd - s.chips_usd * ops * s.operating_yr
    pv = Boundaries(total_pv, no_chips_pv, launch_usd)
    if somewhere(assumed.commissioning_yr):
        own_usd = s.capital_usd - s.chip_capital_usd
        spent = Boundaries(s.capital_usd, own_usd, launch_usd)
        if s.refresh_pv is not None:
            spent = Boundaries(*map(add, spent, s.refresh_pv))
        pv = _commissioned(s, pv, spent)
    if s.refresh_pv is not None:
        pv = Boundaries(*map(add, pv, s.refresh_pv))
    s.cost_pv = pv = _corrupted(s, pv)
    out["total_cost_pv_usd"] = pv.full


@stage(
    reads=("cost_pv", "delivered_exaflop_pv"),
    writes=(
        "cost_per_exaflop_full_usd",
        "cost_per_exaflop_no_chips_usd",
        "cost_per_exaflop_launch_only_usd",
        "cost_per_exaflop_usd",
        "cost_per_pflop_day_usd",
    ),
)
def levelised(s: State) -> None:
    """Level the cost within each boundary, and pick the chosen one."""
    for boundary, pv_usd in s.cost_pv._asdict().items():
        levelled = cost.levelised_cost(pv_usd, exaflop_pv=s.out["delivered_exaflop_pv"])
        s.out[f"cost_per_exaflop_{boundary}_usd"] = levelled.usd_per_exaflop
        if boundary == s.cost_boundary:
            s.out["cost_per_exaflop_usd"] = levelled.usd_per_exaflop
            s.out["cost_per_pflop_day_usd"] = levelled.usd_per_pflop_day


@stage(
    reads=(
        "operations_usd_per_yr",
        "capital_usd",
        "cost_refresh_usd",
        "undetected_sdc_per_exaflop",
        "as_launched_exaflop",
    ),
    writes=("cost_operations_usd", "cost_undetected_sdc_usd", "total_cost_usd"),
)
def life_cost(s: State) -> None:
    """Add up the cost over the life as it is spent."""
    assumed, out = s.assumptions.cost, s.out
    operations_usd = s.operations_usd_per_yr * s.life_yr
    corrupted_usd = np.zeros(())
    if somewhere(assumed.undetected_sdc_usd):
        per_exaflop = out["undetected_sdc_per_exaflop"] * assumed.undetected_sdc_usd
        corrupted_usd = per_exaflop * s.as_launched_exaflop
    out |= {
        "cost_operations_usd": operations_usd,
        "cost_undetected_sdc_usd": corrupted_usd,
        "total_cost_usd": s.capital_usd + operations_usd + out["cost_refresh_usd"] + corrupted_usd,
    }


@stage(
    reads=("cost_pv", "operating_yr", "exaflop_flat_pv", "gpu_hours_pv", "it_power_w"),
    writes=("cost_per_exaflop_flat_usd", "cost_per_gpu_hour_usd", "cost_per_kw_yr_usd"),
)
def other_prices(s: State) -> None:
    """Level the full cost in the other units that people quote."""
    out, full_usd = s.out, s.cost_pv.full
    flat = cost.levelised_cost(full_usd, exaflop_pv=s.exaflop_flat_pv)
    recovery_per_yr = 1.0 / s.operating_yr
    out |= {
        "cost_per_exaflop_flat_usd": flat.usd_per_exaflop,
        "cost_per_gpu_hour_usd": full_usd / np.maximum(s.gpu_hours_pv, SHORTEST_WORK_H),
        "cost_per_kw_yr_usd": full_usd * recovery_per_yr * 1e3 / out["it_power_w"],
    }


def _chip_after_wait(s: State) -> tuple[FloatArray, FloatArray]:
    """Dense rate [TFLOP/s] and price [USD] of the chip in the year in which power comes."""
    wait_yr, gpu = s.assumptions.ground.time_to_power_yr, s.hardware.gpu
    if not somewhere(wait_yr):
        return s.dense_tflops, gpu["chip_usd"]
    bought = chips_in_year(
        gpu,
        s.assumptions,
        year=s.design["launch_year"] + wait_yr,
        scenario_year=s.environment.scenario_year,
    )
    return bought["dense_tflops"], bought["chip_usd"]


def _ground_chip(s: State) -> dict[str, Any]:
    """Return the numbers of the same chip in a data centre on the ground."""
    assumed, chip, gpu = s.assumptions.ground, s.assumptions.compute, s.hardware.gpu
    dense_tflops, chip_usd = _chip_after_wait(s)
    return {
        "rate_pflops": dense_tflops * (1e-3 * chip.mfu * assumed.mfu_ratio),
        "gpu_power_w": gpu["tdp_w"] * gpu["node_power_factor"],
        "chip_usd": chip_usd + chip.host_usd_per_gpu,
        "failures_usd_per_yr": chip_usd * s.assumptions.reliability.gpu_failure_rate_per_yr,
        "warranty_yr": assumed.warranty_yr,
        "chip_price_decline_per_yr": s.assumptions.timing.chip_price_decline_per_yr,
        "capex_usd_per_w": assumed.capex_usd_per_w * assumed.fit_out_factor,
        "facility_life_yr": assumed.facility_life_yr,
        "ops_fraction_per_yr": assumed.ops_fraction_per_yr,
        "electricity_usd_per_kwh": assumed.electricity_usd_per_kwh,
        "pue": assumed.pue,
        "scarcity_usd_per_kw_yr": assumed.scarcity_price_usd_per_kw_yr,
        "availability": assumed.availability,
        "time_to_power_yr": assumed.time_to_power_yr,
        "wacc": assumed.wacc,
        "value_decline_per_yr": chip.value_decline_per_yr,
        "efficiency_growth_per_yr": s.assumptions.timing.chip_efficiency_growth_per_yr,
    }


def _in_scenario_value(s: State, per_exaflop: ground.GroundCost) -> ground.GroundCost:
    """Cost of ground built in the launch year, per FLOP worth one of the scenario's year."""
    if not somewhere(s.late_yr):
        return per_exaflop
    return ground.GroundCost(*(usd / s.out["flop_value_factor"] for usd in per_exaflop))


@stage(
    reads=(
        "dense_tflops",
        "visits",
        "flop_value_factor",
        "cost_per_exaflop_full_usd",
        "cost_per_exaflop_no_chips_usd",
        "cost_per_exaflop_launch_only_usd",
    ),
    writes=(
        "ground_cost_per_exaflop_full_usd",
        "ground_cost_per_exaflop_no_chips_usd",
        "ground_cost_per_exaflop_launch_only_usd",
        "cost_ratio_to_ground_full",
        "cost_ratio_to_ground_no_chips",
        "cost_ratio_to_ground_launch_only",
        "cost_ratio_to_ground_equal_life",
        "cost_ratio_to_ground",
    ),
)
def ground_comparison(s: State) -> None:
    """Level the cost of the same chip on the ground."""
    assumed, out, chip = s.assumptions.ground, s.out, _ground_chip(s)
    horizon_yr, chip_yr = assumed.facility_life_yr, assumed.chip_life_yr
    here = _in_scenario_value(s, ground.ground_cost(horizon_yr, chip_life_yr=chip_yr, **chip))
    renewed_yr = module_years(s)
    same = _in_scenario_value(s, ground.ground_cost(s.life_yr, chip_life_yr=renewed_yr, **chip))
    for boundary, usd in here._asdict().items():
        out[f"ground_cost_per_exaflop_{boundary}_usd"] = usd
        out[f"cost_ratio_to_ground_{boundary}"] = out[f"cost_per_exaflop_{boundary}_usd"] / usd
    full_usd = out["cost_per_exaflop_full_usd"]
    out["cost_ratio_to_ground_equal_life"] = full_usd / same.full
    out["cost_ratio_to_ground"] = out[f"cost_ratio_to_ground_{s.cost_boundary}"]
