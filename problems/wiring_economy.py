"""Wiring of the money: hardware, launch, levelised cost, and the ground it competes with."""

from __future__ import annotations

from typing import Any

import numpy as np

from problems import cost, ground, launch, lunar, reliability
from problems.units import ELECTRIC, FloatArray
from problems.wiring import State

#: A satellite that dies on the way works for no hour; its cost per hour stays finite.
SHORTEST_WORK_H = 1e-6


def hardware_cost(s: State) -> None:
    """Price the satellite before launch."""
    c, m, out, d = s.a.cost, s.a.lunar, s.out, s.design
    moon = s.from_moon

    def build(usd: FloatArray, made_frac: FloatArray | float) -> FloatArray:
        """Price of hardware of which a share is made on the Moon when it is launched there."""
        factor = lunar.build_cost_factor(
            lunar_made_frac=made_frac, build_cost_multiplier=m.build_cost_multiplier
        )
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
        "cost_hosts_usd": d["gpu_count"] * s.a.compute.host_usd_per_gpu,
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


def _imported_kg(s: State) -> FloatArray:
    """Mass that a lunar satellite brings from the Earth, summed from the mass tree."""
    m, out = s.a.lunar, s.out
    made = {
        "mass_array_kg": m.made_array_frac * s.hw.array["lunar_makeable"],
        "mass_radiator_kg": m.made_radiator_frac,
        "mass_structure_kg": m.made_structure_frac,
        "mass_shield_kg": m.made_shield_frac,
        "mass_harness_kg": m.made_harness_frac,
        "mass_aeroshell_kg": m.made_aeroshell_frac,
        "mass_gpus_kg": m.made_other_frac,
        "mass_host_kg": m.made_other_frac,
        "mass_power_management_kg": m.made_other_frac,
        "mass_battery_kg": m.made_other_frac,
        "comms_mass_kg": m.made_other_frac,
        "mass_avionics_kg": m.made_other_frac,
        "mass_thrusters_kg": m.made_other_frac,
        "mass_tanks_kg": m.made_structure_frac,
        "mass_propellant_kg": m.made_other_frac,
    }
    parts = [out[name] for name in made]
    identified = lunar.imported_mass_kg(parts, lunar_made_fracs=list(made.values()))
    # Growth and margin will turn out to be more of the same.
    basic = sum(parts, np.zeros(()))
    grown = (out["mass_growth_kg"] + out["mass_margin_kg"]) * identified / basic
    chemical = np.where(s.transfer == ELECTRIC, m.made_other_frac, m.made_propellant_frac)
    stage = lunar.imported_mass_kg(
        [s.stage_propellant_kg, out["mass_transfer_stage_kg"] - s.stage_propellant_kg],
        lunar_made_fracs=[chemical, m.made_structure_frac],
    )
    return identified + grown + stage


def launch_cost(s: State) -> None:
    """Price the launch, by rocket or by driver with imports."""
    a, m, out, hw = s.a.launch, s.a.lunar, s.out, s.hw
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
    driver = lunar.driver_cost(
        s.track_speed_km_s,
        driver_accel_g=s.design["driver_accel_g"],
        fixed_capital_usd=m.fixed_capital_usd,
        capital_usd_per_tpa=m.capital_usd_per_tpa,
        track_capital_frac=m.track_capital_frac,
        reference_accel_g=m.reference_accel_g,
        throughput_t_per_yr=m.throughput_t_per_yr,
        utilisation_frac=m.utilisation_frac,
        capital_recovery_per_yr=cost.capital_recovery_factor(s.a.cost.wacc, years=m.plant_life_yr),
        opex_frac_per_yr=m.opex_frac_per_yr,
        driver_efficiency_frac=m.driver_efficiency_frac,
        electricity_usd_per_kwh=m.electricity_usd_per_kwh,
    )
    moon = s.from_moon
    imported = np.where(moon, _imported_kg(s), 0.0)
    freight_kg = imported * m.leo_kg_per_landed_kg
    import_usd = freight_kg * hw.freight_usd_per_kg
    per_kg = (
        driver.driver_capital_usd_per_kg
        + driver.driver_operations_usd_per_kg
        + driver.driver_electricity_usd_per_kg
    )
    driver_usd = np.where(moon, per_kg * out["launch_mass_kg"], 0.0)
    launch_usd = np.where(moon, driver_usd + import_usd, rocket.launch_cost_usd)
    out |= {
        "payload_to_orbit_kg": np.where(moon, out["launch_mass_kg"], payload),
        "launch_flights": np.where(moon, 0.0, rocket.launch_flights),
        "launch_mass_utilisation": np.where(moon, 0.0, rocket.launch_mass_utilisation),
        "launch_volume_utilisation": np.where(moon, 0.0, rocket.launch_volume_utilisation),
        "launch_cost_usd": launch_usd,
        "launch_price_usd_per_kg": launch_usd / out["launch_mass_kg"],
        "imported_mass_kg": imported,
        "earth_launched_mass_kg": np.where(moon, freight_kg, out["launch_mass_kg"]),
        "driver_capital_usd_per_kg": np.where(moon, driver.driver_capital_usd_per_kg, 0.0),
        "driver_operations_usd_per_kg": np.where(moon, driver.driver_operations_usd_per_kg, 0.0),
        "driver_electricity_usd_per_kg": np.where(moon, driver.driver_electricity_usd_per_kg, 0.0),
        "import_cost_usd": import_usd,
        "driver_track_km": np.where(
            moon,
            lunar.track_length_km(s.track_speed_km_s, driver_accel_g=s.design["driver_accel_g"]),
            0.0,
        ),
    }


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
    yearly_usd = c.ops_fraction_per_yr * satellite_usd
    operating = reliability.decayed_years(s.interest, life_yr=s.life_yr)
    capital_usd = satellite_usd + out["launch_cost_usd"] + at_risk_usd * risk_share
    total_pv = capital_usd + yearly_usd * operating
    no_chips_pv = total_pv - chips_usd * (1.0 + risk_share + c.ops_fraction_per_yr * operating)
    full = cost.levelised_cost(total_pv, exaflop_pv=s.exaflop_pv)
    bare = cost.levelised_cost(no_chips_pv, exaflop_pv=s.exaflop_pv)
    lift = cost.levelised_cost(out["launch_cost_usd"], exaflop_pv=s.exaflop_pv)
    flat = cost.levelised_cost(total_pv, exaflop_pv=s.exaflop_flat_pv)
    recovery = 1.0 / reliability.decayed_years(s.interest, life_yr=s.life_yr)
    alive_hours = s.exaflop_flat_pv / (out["installed_pflops"] * (s.a.compute.mfu * 1e-3 * 3600.0))
    out |= {
        "cost_launch_risk_usd": at_risk_usd * risk_share,
        "cost_operations_usd": yearly_usd * s.life_yr,
        "satellite_cost_usd": satellite_usd,
        "total_cost_usd": capital_usd + yearly_usd * s.life_yr,
        "total_cost_pv_usd": total_pv,
        "cost_per_exaflop_full_usd": full.usd_per_exaflop,
        "cost_per_exaflop_no_chips_usd": bare.usd_per_exaflop,
        "cost_per_exaflop_launch_only_usd": lift.usd_per_exaflop,
        "cost_per_exaflop_flat_usd": flat.usd_per_exaflop,
        "cost_per_gpu_hour_usd": total_pv
        / np.maximum(alive_hours * s.design["gpu_count"], SHORTEST_WORK_H),
        "cost_per_kw_yr_usd": total_pv * recovery * 1e3 / out["it_power_w"],
    }


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
    here = ground.ground_cost(horizon, chip_life_yr=g.chip_life_yr, **shared)
    full, lift = out["cost_per_exaflop_full_usd"], out["cost_per_exaflop_launch_only_usd"]
    same = ground.ground_cost(s.life_yr, chip_life_yr=s.life_yr, **shared)
    out |= {
        "ground_cost_per_exaflop_full_usd": here.full,
        "ground_cost_per_exaflop_no_chips_usd": here.no_chips,
        "ground_cost_per_exaflop_launch_only_usd": here.launch_only,
        "cost_ratio_to_ground_full": full / here.full,
        "cost_ratio_to_ground_no_chips": out["cost_per_exaflop_no_chips_usd"] / here.no_chips,
        "cost_ratio_to_ground_launch_only": lift / here.launch_only,
        "cost_ratio_to_ground_equal_life": full / same.full,
    }
