"""Wiring of the money: hardware, launch, levelised cost, and the ground it competes with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from problems.compute_satellite.stages import driver as wiring_driver
from problems.compute_satellite.state import State, somewhere
from problems.delivery import launch, lunar
from problems.economics import cost, ground
from problems.spacecraft import reliability
from problems.units import ELECTRIC, FloatArray

#: A satellite that dies on the way works for no hour; its cost per hour stays finite.
SHORTEST_WORK_H = 1e-6
#: How the names of all outputs of :func:`ground_comparison` begin.
COMPARED = ("ground_cost_per_exaflop_", "cost_ratio_to_ground")


def hardware_cost(s: State) -> None:
    """Price the satellite before launch."""
    c, m, out, d = s.a.cost, s.a.lunar, s.out, s.design
    moon = s.from_moon
    s.made_on_moon_usd = np.zeros(())

    def build(usd: FloatArray, made_frac: FloatArray | float) -> FloatArray:
        """Price of hardware of which a share is made on the Moon when it is launched there."""
        factor = lunar.build_cost_factor(
            lunar_made_frac=made_frac, build_cost_multiplier=m.build_cost_multiplier
        )
        s.made_on_moon_usd = s.made_on_moon_usd + usd * (made_frac * m.build_cost_multiplier)
        return np.where(moon, usd * factor, usd)

    bus_kg = sum(
        (
            out[name]
            for name in (
                "mass_avionics_kg",
                "mass_structure_kg",
                "mass_harness_kg",
                "mass_margin_kg",
            )
        ),
        np.zeros(()),
    )
    array_made = m.made_array_frac * s.hw.array["lunar_makeable"]
    thrusters = s.transfer_thrusters.thruster_cost_usd
    chemical = np.where(s.transfer == ELECTRIC, 0.0, 1.0) * moon
    out |= {
        "cost_gpus_usd": d["gpu_count"] * s.hw.gpu["price_usd"],
        "cost_hosts_usd": d["gpu_count"] * (s.a.compute.host_usd_per_gpu * s.guard.host_factor),
        "cost_array_usd": build(s.array_test_w * s.hw.array["usd_per_w"], array_made),
        "cost_power_management_usd": out["array_power_bol_w"] * s.a.power.pmad_usd_per_w,
        "cost_battery_usd": out["battery_energy_wh"] * s.hw.battery["usd_per_wh"],
        "cost_radiator_usd": build(
            d["radiator_area_m2"] * s.hw.radiator["usd_per_m2"], m.made_radiator_frac
        ),
        "cost_shield_usd": build(out["mass_shield_kg"] * c.shield_usd_per_kg, m.made_shield_frac),
        "cost_bus_usd": build(bus_kg * c.bus_usd_per_kg, m.made_structure_frac),
        "cost_propulsion_usd": c.thruster_usd
        + thrusters
        + (out["mass_propellant_kg"] + s.stage_propellant_kg) * c.propellant_usd_per_kg
        + chemical
        * c.bus_usd_per_kg
        * (out["mass_transfer_stage_kg"] - s.stage_propellant_kg + out["mass_aeroshell_kg"]),
    }
    s.platform_usd = sum(
        (
            out[name]
            for name in (
                "cost_array_usd",
                "cost_power_management_usd",
                "cost_battery_usd",
                "cost_radiator_usd",
                "cost_shield_usd",
                "cost_bus_usd",
                "cost_propulsion_usd",
                "cost_comms_usd",
            )
        ),
        np.zeros(()),
    )
    out["cost_integration_usd"] = s.platform_usd * c.integration_fraction
    out["cost_development_usd"] = np.asarray(c.nre_usd / c.production_satellites)


def launch_cost(s: State) -> None:
    """Price the launch, by rocket or by driver with imports."""
    a, out, hw = s.a.launch, s.out, s.hw
    payload = launch.payload_kg(
        out["launch_delta_v_m_s"],
        leo_payload_kg=hw.launcher["leo_payload_kg"],
        upper_dry_kg=hw.launcher["upper_dry_kg"],
        upper_isp_s=hw.launcher["upper_isp_s"],
    )
    rocket = launch.launch_charge(
        out["launch_mass_kg"],
        payload_to_orbit_kg=payload,
        stowed_m3=s.out["stowed_volume_m3"],
        flight_price_usd=launch.learned_price_usd(
            hw.launcher["price_usd"],
            cumulative_mass_ratio=a.cumulative_mass_ratio,
            learning_rate=a.learning_rate,
        ),
        fairing_volume_m3=hw.launcher["fairing_volume_m3"],
        fairing_usable_frac=a.fairing_usable_frac,
        dedicated=a.dedicated,
    )
    launched_kg = out["launch_mass_kg"]
    out |= {
        "payload_to_orbit_kg": payload,
        "launch_flights": rocket.launch_flights,
        "launch_mass_utilisation": rocket.launch_mass_utilisation,
        "launch_volume_utilisation": rocket.launch_volume_utilisation,
        "launch_cost_usd": rocket.launch_cost_usd,
        "earth_launched_mass_kg": launched_kg,
        **dict.fromkeys(wiring_driver.OUTPUTS, np.zeros(())),
    }
    if s.from_moon.any():
        out |= wiring_driver.by_driver(s)
    out["launch_price_usd_per_kg"] = out["launch_cost_usd"] / launched_kg


class _Boundaries(NamedTuple):
    """One sum at each boundary of the cost [USD]."""

    full: FloatArray
    no_chips: FloatArray
    launch_only: FloatArray


def _commissioned(s: State, pv: _Boundaries, capital: _Boundaries) -> _Boundaries:
    """Present values with the interest that capital bears before the launch."""
    charge = cost.capital_charge(s.interest, commissioning_yr=s.a.cost.commissioning_yr)
    full, no_chips, launch_only = (usd * (charge - 1.0) for usd in capital)
    return _Boundaries(pv.full + full, pv.no_chips + no_chips, pv.launch_only + launch_only)


def _corrupted(s: State, pv: _Boundaries) -> _Boundaries:
    """Present values with the price of corruption that nothing catches, where it has one."""
    price_usd, per_exaflop = s.a.cost.undetected_sdc_usd, s.out["undetected_sdc_per_exaflop"]
    if not somewhere(price_usd):
        s.out["cost_undetected_sdc_usd"] = np.zeros(())
        return pv
    usd_per_exaflop = per_exaflop * price_usd
    s.out["cost_undetected_sdc_usd"] = usd_per_exaflop * s.out["delivered_exaflop"]
    extra = usd_per_exaflop * s.exaflop_flat_pv
    return _Boundaries(pv.full + extra, pv.no_chips + extra, pv.launch_only)


def _import_risk(s: State, chips_usd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what the loss of imports costs on the way to the Moon: in all, and of chips."""
    if not s.from_moon.any():
        return np.zeros(()), np.zeros(())
    share = cost.expected_loss_usd(
        np.ones(()),
        launch_failure_prob=np.asarray(s.a.lunar.import_loss_frac),
        commercial=s.a.cost.commercial_insurance,
        premium=s.a.cost.insurance_premium,
    )
    imported_usd = s.platform_usd - s.made_on_moon_usd + chips_usd + s.out["import_cost_usd"]
    return (
        np.where(s.from_moon, imported_usd * share, 0.0),
        np.where(s.from_moon, chips_usd * share, 0.0),
    )


def total_cost(s: State) -> None:
    """Level the cost within each boundary."""
    c, out = s.a.cost, s.out
    chips_usd = out["cost_gpus_usd"] + out["cost_hosts_usd"]
    satellite_usd = (
        s.platform_usd + out["cost_integration_usd"] + out["cost_development_usd"] + chips_usd
    )
    at_risk_usd = satellite_usd - out["cost_development_usd"] + out["launch_cost_usd"]
    failure = np.where(s.from_moon, s.a.lunar.failure_prob, s.hw.launcher["failure_prob"])
    risk_share = cost.expected_loss_usd(
        np.ones(()),
        launch_failure_prob=failure,
        commercial=c.commercial_insurance,
        premium=c.insurance_premium,
    )
    import_risk_usd, chip_import_risk_usd = _import_risk(s, chips_usd)
    risk_usd = at_risk_usd * risk_share + import_risk_usd
    yearly_usd = c.ops_fraction_per_yr * satellite_usd
    operating = reliability.decayed_years(s.interest, life_yr=s.life_yr)
    capital_usd = satellite_usd + out["launch_cost_usd"] + risk_usd
    total_pv = capital_usd + yearly_usd * operating
    chip_capital_usd = chips_usd * (1.0 + risk_share) + chip_import_risk_usd
    no_chips_pv = total_pv - chip_capital_usd - chips_usd * c.ops_fraction_per_yr * operating
    pv = _Boundaries(total_pv, no_chips_pv, out["launch_cost_usd"])
    if somewhere(c.commissioning_yr):
        own_usd = capital_usd - chip_capital_usd
        pv = _commissioned(s, pv, _Boundaries(capital_usd, own_usd, pv.launch_only))
    pv = _corrupted(s, pv)
    full = cost.levelised_cost(pv.full, exaflop_pv=s.exaflop_pv)
    bare = cost.levelised_cost(pv.no_chips, exaflop_pv=s.exaflop_pv)
    lift = cost.levelised_cost(pv.launch_only, exaflop_pv=s.exaflop_pv)
    flat = cost.levelised_cost(pv.full, exaflop_pv=s.exaflop_flat_pv)
    recovery = 1.0 / operating
    alive_hours = s.exaflop_flat_pv / (out["installed_pflops"] * (s.a.compute.mfu * 1e-3 * 3600.0))
    out |= {
        "cost_launch_risk_usd": risk_usd,
        "cost_operations_usd": yearly_usd * s.life_yr,
        "satellite_cost_usd": satellite_usd,
        "total_cost_usd": capital_usd + yearly_usd * s.life_yr + out["cost_undetected_sdc_usd"],
        "total_cost_pv_usd": pv.full,
        "cost_per_exaflop_full_usd": full.usd_per_exaflop,
        "cost_per_exaflop_no_chips_usd": bare.usd_per_exaflop,
        "cost_per_exaflop_launch_only_usd": lift.usd_per_exaflop,
        "cost_per_exaflop_flat_usd": flat.usd_per_exaflop,
        "cost_per_gpu_hour_usd": pv.full
        / np.maximum(alive_hours * s.design["gpu_count"], SHORTEST_WORK_H),
        "cost_per_kw_yr_usd": pv.full * recovery * 1e3 / out["it_power_w"],
    }


def _in_scenario_value(s: State, per_exaflop: ground.GroundCost) -> ground.GroundCost:
    """Cost of ground built in the launch year, per FLOP worth one of the scenario's year."""
    if not somewhere(s.late_yr):
        return per_exaflop
    return ground.GroundCost(*(usd / s.out["flop_value_factor"] for usd in per_exaflop))


def ground_comparison(s: State) -> None:
    """Level the cost of the same chip on the ground."""
    g, c, out, gpu = s.a.ground, s.a.compute, s.out, s.hw.gpu
    shared: dict[str, Any] = {
        "rate_pflops": s.dense_tflops * (1e-3 * c.mfu * g.mfu_ratio),
        "gpu_power_w": gpu["tdp_w"] * gpu["node_power_factor"],
        "chip_usd": gpu["price_usd"] + c.host_usd_per_gpu,
        "capex_usd_per_w": g.capex_usd_per_w * g.ai_premium,
        "facility_life_yr": g.facility_life_yr,
        "ops_fraction_per_yr": g.ops_fraction_per_yr,
        "electricity_usd_per_kwh": g.electricity_usd_per_kwh,
        "pue": g.pue,
        "scarcity_usd_per_kw_yr": g.scarcity_price_usd_per_kw_yr,
        "availability": g.availability,
        "time_to_power_yr": g.time_to_power_yr,
        "wacc": g.wacc,
        "value_decline_per_yr": c.value_decline_per_yr,
    }
    horizon = g.facility_life_yr
    here = _in_scenario_value(s, ground.ground_cost(horizon, chip_life_yr=g.chip_life_yr, **shared))
    full, lift = out["cost_per_exaflop_full_usd"], out["cost_per_exaflop_launch_only_usd"]
    same = _in_scenario_value(s, ground.ground_cost(s.life_yr, chip_life_yr=s.life_yr, **shared))
    out |= {
        "ground_cost_per_exaflop_full_usd": here.full,
        "ground_cost_per_exaflop_no_chips_usd": here.no_chips,
        "ground_cost_per_exaflop_launch_only_usd": here.launch_only,
        "cost_ratio_to_ground_full": full / here.full,
        "cost_ratio_to_ground_no_chips": out["cost_per_exaflop_no_chips_usd"] / here.no_chips,
        "cost_ratio_to_ground_launch_only": lift / here.launch_only,
        "cost_ratio_to_ground_equal_life": full / same.full,
    }
