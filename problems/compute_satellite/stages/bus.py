"""Wiring of the platform: compute, communications, power, heat and dry mass."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.state import State
from problems.delivery import launch, lunar
from problems.spacecraft import comms, compute, mass, power, thermal


def compute_bay(s: State) -> None:
    """Size the compute: power, rate, memory, bay."""
    a, d, gpu = s.a.compute, s.design, s.hw.gpu
    count = d["gpu_count"]
    it_w = compute.it_power_w(
        count,
        tdp_w=gpu["tdp_w"],
        node_power_factor=gpu["node_power_factor"] + s.guard.host_power_frac,
    )
    s.dense_tflops = compute.dense_rate_tflops(
        gpu["bf16_dense_tflops"], fp8_dense_tflops=gpu["fp8_dense_tflops"], use_fp8=a.use_fp8
    )
    volume_m3 = it_w * 1e-3 / a.bay_density_kw_per_m3
    surface_m2 = mass.bay_surface_m2(volume_m3)
    installed = count * s.dense_tflops * 1e-3
    duty = compute.compute_duty(
        s.flight.sunlit_fraction,
        eclipse_power_fraction=d["eclipse_power_fraction"],
        eclipses_per_yr=s.flight.eclipses_per_yr,
        resume_s=a.eclipse_resume_s,
    )
    s.out |= {
        "it_power_w": it_w,
        "installed_pflops": installed,
        "memory_gb": count * gpu["hbm_gb"],
        "compute_duty": duty,
        "bay_volume_m3": volume_m3,
        "bay_surface_m2": surface_m2,
    }
    s.face_m2 = surface_m2 * (1.0 / 6.0) * s.a.mass.drag_area_bus_factor


def links(s: State) -> None:
    """Fit the terminals that the workload needs."""
    a = s.a.comms
    # Copies of the same work send their results once.
    flop_per_s = s.out["installed_pflops"] * 1e15 * (s.a.compute.mfu * s.guard.useful_frac)
    required = comms.traffic_gbps(
        flop_per_s,
        bit_per_flop=comms.bits_per_flop(
            a.workload,
            training=a.training_bits_per_flop,
            inference=a.inference_bits_per_flop,
            batch=a.batch_bits_per_flop,
        ),
    )
    distance = comms.link_distance_km(s.out["orbit_altitude_km"], mesh_spacing_km=a.mesh_spacing_km)
    fitted = comms.terminals(
        required,
        rate_per_terminal_gbps=comms.terminal_rate_gbps(
            distance,
            reference_rate_gbps=a.terminal_gbps,
            reference_distance_km=a.terminal_distance_km,
        ),
        min_terminals=a.min_terminals,
        max_terminals=a.max_terminals,
        spare_terminals=a.spare_terminals,
        terminal_mass_kg=a.terminal_mass_kg,
        terminal_power_w=a.terminal_power_w,
        terminal_cost_usd=a.terminal_cost_usd,
        radio_mass_kg=a.radio_mass_kg,
        radio_power_w=a.radio_power_w,
        radio_cost_usd=a.radio_cost_usd,
    )
    training = comms.is_training(a.workload)
    network_usd = comms.ground_cost_usd(
        required,
        ground_traffic_frac=np.where(training, a.training_ground_frac, 1.0),
        site_rate_gbps=a.site_gbps,
        site_availability=a.site_availability,
        site_load_frac=a.site_load_frac,
        site_cost_usd=a.site_cost_usd,
    )
    s.out |= {
        "comms_rate_gbps": required,
        "comms_available_gbps": fitted.comms_available_gbps,
        "comms_terminals": fitted.comms_terminals,
        "comms_power_w": fitted.comms_power_w,
        "comms_mass_kg": fitted.comms_mass_kg,
        "comms_availability": comms.ground_availability(
            a.site_availability, ground_sites=a.ground_sites
        ),
        "one_way_light_time_ms": comms.one_way_light_time_ms(
            s.out["orbit_altitude_km"],
            elevation_deg=a.min_elevation_deg,
            relay_path_km=a.relay_path_km,
        ),
        "comms_rate_utilisation": fitted.comms_rate_utilisation,
        "cost_comms_usd": fitted.comms_cost_usd + network_usd,
    }


def loads(s: State) -> None:
    """Add up loads by day and in eclipse, and the heat they become."""
    p, t, out = s.a.power, s.a.thermal, s.out
    keep_w = p.housekeeping_base_w + p.housekeeping_fraction * out["it_power_w"]
    bus_w = out["comms_power_w"] + keep_w
    pump_share = thermal.pump_power_fraction(
        t.loop_delta_k,
        pressure_kpa=t.loop_pressure_kpa,
        density_kg_per_m3=t.coolant_density_kg_per_m3,
        heat_capacity_j_per_kg_k=t.coolant_heat_capacity_j_per_kg_k,
        pump_efficiency=t.pump_efficiency,
    )
    # Pumps move all heat, their own and that of power conversion included.
    per_load = 1.0 / (p.pmad_efficiency - pump_share)
    heat_w = (out["it_power_w"] + bus_w) * per_load
    share = s.design["eclipse_power_fraction"] * (out["longest_eclipse_min"] > 0.0)
    carried_w = out["it_power_w"] * share
    out |= {
        "housekeeping_power_w": keep_w,
        "heat_rejected_w": heat_w,
        "pump_power_w": pump_share * heat_w,
        "day_load_w": heat_w * p.pmad_efficiency,
        "eclipse_load_w": (carried_w + bus_w) * (p.pmad_efficiency * per_load),
    }


def array(s: State) -> None:
    """Find the array when new."""
    p, array, out = s.a.power, s.hw.array, s.out
    area = s.design["array_area_m2"]
    flux = s.a.orbit.solar_constant_w_m2
    absorbed = (
        p.array_absorptance * s.earth_on_array.albedo_w_m2
        + p.array_emissivity_front * s.earth_on_array.infrared_w_m2
    )
    temperature = power.array_temperature_c(
        flux,
        absorptance=p.array_absorptance,
        electric_efficiency=array["cell_efficiency"] * p.cell_packing,
        emissivity_front=p.array_emissivity_front,
        emissivity_back=p.array_emissivity_back,
        earth_load_w_m2=absorbed,
    )
    bol_w = power.array_power_bol_w(
        area,
        solar_flux_w_m2=flux,
        cell_efficiency=array["cell_efficiency"],
        packing=p.cell_packing,
        temperature_c=temperature,
        temp_coeff_per_k=array["temp_coeff_per_k"],
        wiring_efficiency=p.wiring_efficiency,
        pointing_cosine=p.pointing_cosine,
    )
    out |= {"array_temperature_c": temperature, "array_power_bol_w": bol_w}
    # Price and stowed volume go with the power that a flash test shows.
    s.array_test_w = area * array["cell_efficiency"] * (flux * p.cell_packing)


def battery(s: State) -> None:
    """Size the battery and the array power that recharges it."""
    p, battery, out = s.a.power, s.hw.battery, s.out
    charge = p.charge_efficiency * battery["roundtrip_efficiency"]
    out["array_power_required_w"] = power.required_array_power_w(
        out["day_load_w"],
        eclipse_load_w=out["eclipse_load_w"],
        eclipse_min=out["longest_eclipse_min"],
        period_min=out["period_min"],
        day_path_efficiency=p.pmad_efficiency,
        eclipse_path_efficiency=p.pmad_efficiency * charge,
    )
    sized = power.battery_sizing(
        out["eclipse_load_w"] / p.pmad_efficiency,
        eclipse_min=out["longest_eclipse_min"],
        cycles=out["eclipses_per_yr"] * s.life_yr,
        cycle_life_at_zero_dod=battery["cycle_life_at_zero_dod"],
        cycle_life_slope=battery["cycle_life_slope"],
        discharge_efficiency=np.sqrt(battery["roundtrip_efficiency"]),
        depth_of_discharge_cap=p.depth_of_discharge_cap,
        contingency_wh=out["housekeeping_power_w"] * p.contingency_h,
    )
    out |= {
        "battery_energy_wh": sized.energy_wh,
        "battery_depth_of_discharge": sized.depth_of_discharge,
        "battery_cycles_utilisation": sized.cycle_utilisation,
    }


def heat(s: State) -> None:
    """Find radiator and junction temperature."""
    t, r, out = s.a.thermal, s.hw.radiator, s.out
    absorbed = thermal.absorbed_flux_w_m2(
        s.earth_on_radiator.infrared_w_m2,
        albedo_flux_w_m2=s.earth_on_radiator.albedo_w_m2,
        emissivity=r["emissivity_eol"],
        absorptance=r["absorptance_eol"],
        solar_flux_w_m2=s.a.orbit.solar_constant_w_m2,
        sun_error_deg=t.sun_error_deg,
    )
    radiator_k = thermal.radiator_temperature_k(
        out["heat_rejected_w"],
        area_m2=s.design["radiator_area_m2"],
        absorbed_w_m2=absorbed,
        emissivity=r["emissivity_eol"],
        fin_efficiency=r["fin_efficiency"],
    )
    junction_c = thermal.junction_temperature_c(
        radiator_k,
        fin_drop_k=t.fin_drop_k,
        loop_delta_k=t.loop_delta_k,
        junction_delta_k=s.hw.gpu["junction_delta_k"],
    )
    out |= {
        "radiator_absorbed_w_m2": absorbed,
        "radiator_temperature_k": radiator_k,
        "radiator_heat_flux_w_m2": out["heat_rejected_w"] / s.design["radiator_area_m2"],
        "junction_temperature_c": junction_c,
    }


def dry_mass(s: State) -> None:
    """Roll the subsystems up to dry mass."""
    a, out, d = s.a.mass, s.out, s.design
    it_kw = out["it_power_w"] * 1e-3
    frame = s.a.structure
    shield_kg = mass.shield_mass_kg(
        out["bay_surface_m2"], shield_mm=d["shield_mm"], wall_mm=frame.wall_mm
    )
    thrusters = launch.electric_propulsion(
        out["array_power_bol_w"],
        transfer=s.transfer,
        power_frac=s.a.launch.electric_power_frac,
        thruster_kg_per_kw=s.a.launch.thruster_kg_per_kw,
        thruster_usd_per_kw=s.a.launch.thruster_usd_per_kw,
    )
    s.transfer_thrusters = thrusters
    off_the_shelf = {
        "mass_gpus_kg": d["gpu_count"] * s.hw.gpu["module_mass_kg"],
        "comms_mass_kg": out["comms_mass_kg"],
    }
    modified = {
        "mass_host_kg": it_kw * (s.a.compute.host_mass_kg_per_kw * s.guard.host_factor),
        "mass_battery_kg": out["battery_energy_wh"] / s.hw.battery["pack_wh_per_kg"],
        "mass_power_management_kg": out["array_power_bol_w"]
        * (1e-3 * s.a.power.pmad_mass_kg_per_kw),
        "mass_thrusters_kg": a.thruster_kg + thrusters.thruster_mass_kg,
        "mass_shield_kg": shield_kg,
    }
    new = {
        "mass_array_kg": d["array_area_m2"] * s.hw.array["areal_mass_kg_m2"],
        "mass_radiator_kg": d["radiator_area_m2"] * s.hw.radiator["areal_mass_kg_m2"],
    }
    shelf_kg, modified_kg, new_kg = (
        sum(group.values(), np.zeros(())) for group in (off_the_shelf, modified, new)
    )
    avionics_kg = a.avionics_base_kg + a.avionics_fraction * (shelf_kg + modified_kg + new_kg)
    new["mass_avionics_kg"] = avionics_kg
    new_kg = new_kg + avionics_kg
    growth_kg = (
        a.growth_off_the_shelf * shelf_kg + a.growth_modified * modified_kg + a.growth_new * new_kg
    )
    driver_g = np.where(s.from_moon, d["driver_accel_g"], 0.0)
    stiffening = lunar.structure_mass_factor(
        driver_g,
        structure_g_sensitivity=s.a.lunar.structure_g_sensitivity,
        structure_reference_g=s.a.lunar.structure_reference_g,
    )
    dry = mass.dry_mass(
        shelf_kg + modified_kg + new_kg,
        growth_kg=growth_kg,
        structure_fraction=frame.fraction * stiffening,
        harness_fraction=a.harness_fraction,
        system_margin=a.system_margin,
    )
    out |= off_the_shelf | modified | new
    out |= {
        "mass_structure_kg": dry.structure_kg,
        "mass_harness_kg": dry.harness_kg,
        "mass_growth_kg": dry.growth_kg,
        "mass_margin_kg": dry.margin_kg,
    }
    s.dry_without_tanks_kg = dry.dry_kg
    s.driver_g = driver_g
