"""Wiring of the flight: orbit, propellant to stay and leave, and the way there."""

from __future__ import annotations

import numpy as np

from problems import orbit
from problems.compute_satellite.state import State
from problems.delivery import launch, lunar, transfer
from problems.spacecraft import mass
from problems.units import (
    ELECTRIC,
    GEO,
    GEO_ALTITUDE_KM,
    HOURS_PER_YEAR,
    SECONDS_PER_YEAR,
    TROPICAL_YEAR_D,
)


def orbit_light(s: State) -> None:
    """Find what the orbit alone decides: light, shadow, Earth load."""
    a, d = s.a.orbit, s.design
    altitude = np.where(s.family == GEO, GEO_ALTITUDE_KM, d["altitude_km"])
    state = orbit.orbit_state(
        altitude,
        inclination_deg=d["inclination_deg"],
        family_code=s.family,
        tables=s.env.orbit,
    )
    s.flight = state
    # A Sun-facing array is edge-on to the Earth in a dawn-dusk orbit and turns past it else.
    array_views = np.where(
        state.is_dawn_dusk, state.edge_on_view_factor_sum, state.rotating_view_factor_sum
    )
    albedo_geometry = np.where(state.is_dawn_dusk, a.albedo_geometry_dawn_dusk, a.albedo_geometry)
    light = {
        "earth_infrared_w_m2": s.a.thermal.earth_ir_w_m2,
        "albedo_frac": s.a.thermal.albedo,
        "albedo_geometry_frac": albedo_geometry,
        "solar_constant_w_m2": a.solar_constant_w_m2,
    }
    s.earth_on_array = orbit.earth_irradiance(array_views, **light)
    s.earth_on_radiator = orbit.earth_irradiance(state.edge_on_view_factor_sum, **light)
    s.out |= {
        "orbit_altitude_km": altitude,
        "inclination_deg": state.inclination_deg,
        "period_min": state.period_min,
        "sunlit_fraction": state.sunlit_fraction,
        "longest_eclipse_min": state.longest_eclipse_min,
        "longest_umbra_min": state.longest_umbra_min,
        "longest_shadow_min": state.longest_shadow_min,
        "eclipse_days_per_yr": state.eclipse_days_per_yr,
        "eclipses_per_yr": state.eclipses_per_yr,
        "earth_infrared_on_radiator_w_m2": s.earth_on_radiator.infrared_w_m2,
        "albedo_on_radiator_w_m2": s.earth_on_radiator.albedo_w_m2,
        "solar_yield_kwh_per_m2_yr": a.solar_constant_w_m2
        * (HOURS_PER_YEAR * 1e-3)
        * state.sunlit_fraction,
    }
    yields = s.out["solar_yield_kwh_per_m2_yr"]
    s.out["solar_yield_ratio_to_ground"] = yields / s.a.ground.solar_yield_kwh_per_m2_yr


def keeping(s: State) -> None:
    """Add propellant for drag, keeping and disposal."""
    o, a, out, d, state = s.a.orbit, s.a.mass, s.out, s.design, s.flight
    dry_kg = s.dry_without_tanks_kg
    ram_m2 = orbit.ram_area_m2(
        d["array_area_m2"],
        array_ram_frac=state.array_ram_frac,
        radiator_area_m2=d["radiator_area_m2"],
        radiator_ram_frac=state.radiator_ram_frac,
        bus_area_m2=s.face_m2,
    )
    drag_per_unit = orbit.drag_delta_v_m_s_per_yr(
        state.density_kg_m3,
        speed_m_s=state.speed_m_s,
        area_to_mass_m2_kg=np.ones(()),
        drag_coefficient=o.drag_coefficient,
        density_multiplier=o.density_multiplier,
    )
    impulse = mass.drag_impulse_n_s(drag_per_unit, drag_area_m2=ram_m2, life_yr=s.life_yr)
    dead_m2 = orbit.tumbling_area_m2(
        d["array_area_m2"], radiator_area_m2=d["radiator_area_m2"], bus_area_m2=s.face_m2
    )
    decay_yr = orbit.natural_decay_life_yr(
        state.decay_integral_yr_m2_kg,
        area_to_mass_m2_kg=dead_m2 / dry_kg,
        drag_coefficient=o.drag_coefficient,
        density_multiplier=o.density_multiplier,
    )
    leave = orbit.disposal_delta_v_m_s(
        out["orbit_altitude_km"],
        speed_m_s=state.speed_m_s,
        is_geo=state.is_geo,
        decay_life_yr=decay_yr,
        area_to_mass_m2_kg=(d["array_area_m2"] + d["radiator_area_m2"]) / dry_kg,
        longest_decay_yr=o.longest_decay_yr,
        electric_disposal=o.electric_disposal,
        spiral_end_km=o.spiral_end_km,
        reentry_perigee_km=o.reentry_perigee_km,
        navigation_low_km=o.navigation_low_km,
        navigation_high_km=o.navigation_high_km,
        storage_trim_m_s=o.storage_trim_m_s,
        reflectivity=o.reflectivity,
    )
    yearly = orbit.collision_avoidance_delta_v_m_s_per_yr(
        out["orbit_altitude_km"], low_orbit_m_s_per_yr=o.collision_avoidance_m_s_per_yr
    ) + orbit.geo_keeping_delta_v_m_s_per_yr(
        state.is_geo,
        north_south_m_s_per_yr=o.north_south_m_s_per_yr,
        east_west_m_s_per_yr=o.east_west_m_s_per_yr,
    )
    wet = mass.wet_mass(
        dry_kg,
        delta_v_m_s=yearly * s.life_yr + leave,
        impulse_n_s=impulse,
        isp_s=a.ep_isp_s,
        tank_fraction=a.tank_fraction,
        residual_fraction=a.propellant_residual,
    )
    peak_n = drag_per_unit * ram_m2 * (a.solar_maximum_density_ratio / SECONDS_PER_YEAR)
    out |= {
        "drag_area_m2": ram_m2,
        "drag_delta_v_m_s": impulse / dry_kg,
        "disposal_delta_v_m_s": leave,
        "station_keeping_delta_v_m_s": yearly * s.life_yr,
        "natural_decay_life_yr": decay_yr,
        "mass_tanks_kg": wet.tank_kg,
        "mass_propellant_kg": wet.propellant_kg,
        "dry_mass_kg": dry_kg + wet.tank_kg,
        "on_orbit_mass_kg": wet.on_orbit_kg,
        "drag_thrust_utilisation": peak_n / a.keeping_thrust_n,
        "disposal_utilisation": mass.burn_time_yr(
            leave, mass_kg=dry_kg, thrust_n=a.keeping_thrust_n
        )
        / o.longest_decay_yr,
    }


def _path_from_moon(s: State) -> lunar.LunarPath | None:
    """Return the way from the Moon's surface; None when no design of the batch comes from there."""
    if not s.from_moon.any():
        return None
    return lunar.lunar_path(
        s.out["orbit_altitude_km"],
        plane_cosine=lunar.moon_plane_cosine(s.out["inclination_deg"]),
        transfer=s.transfer,
        delta_v_margin_frac=s.a.lunar.delta_v_margin_frac,
    )


def delivery(s: State) -> None:
    """Find the way to the orbit, and what it adds to the launch mass."""
    a, m, out, d = s.a.launch, s.a.lunar, s.out, s.design
    launcher = s.hw.launcher
    rise = launch.ascent(
        out["orbit_altitude_km"],
        inclination_deg=out["inclination_deg"],
        site_latitude_deg=launcher["site_latitude_deg"],
        transfer=s.transfer,
        parking_altitude_km=a.parking_altitude_km,
    )
    path = _path_from_moon(s)
    electric = s.transfer == ELECTRIC
    delta_v = rise.transfer_delta_v_m_s
    if path is not None:
        delta_v = np.where(s.from_moon, path.arrival_delta_v_m_s, delta_v)
    inert = np.where(electric, s.a.mass.tank_fraction, m.stage_inert_frac)
    stage_propellant = transfer.propellant_kg(
        out["on_orbit_mass_kg"],
        delta_v_m_s=delta_v,
        isp_s=np.where(electric, s.a.mass.ep_isp_s, m.arrival_isp_s),
        inert_frac=inert,
    )
    spiral_yr = transfer.electric_transfer_time_yr(
        np.where(electric, stage_propellant, 0.0),
        thrust_power_w=s.transfer_thrusters.thrust_power_w,
        isp_s=s.a.mass.ep_isp_s,
        efficiency_frac=a.electric_efficiency_frac,
        duty_frac=a.electric_duty_frac,
    )
    stage_kg = stage_propellant * (1.0 + inert)
    arriving_kg = out["on_orbit_mass_kg"] + stage_kg
    launch_delta_v = rise.launch_delta_v_m_s
    coast_yr = aeroshell = exit_km_s = np.zeros(())
    if path is not None:
        shell_kg = lunar.aeroshell_kg(
            arriving_kg, transfer=s.transfer, aeroshell_frac=m.aeroshell_frac
        )
        launch_delta_v = np.where(s.from_moon, 0.0, launch_delta_v)
        coast_yr = np.where(s.from_moon, path.coast_time_d / TROPICAL_YEAR_D, 0.0)
        aeroshell = np.where(s.from_moon, shell_kg, 0.0)
        exit_km_s = np.where(s.from_moon, path.exit_speed_km_s, 0.0)
        s.track_speed_km_s = path.exit_speed_km_s
    launched = arriving_kg + aeroshell
    out |= {
        "launch_delta_v_m_s": launch_delta_v,
        "transfer_delta_v_m_s": delta_v,
        "transfer_time_yr": spiral_yr + coast_yr,
        "transfer_utilisation": (spiral_yr + coast_yr) / s.life_yr,
        "driver_exit_speed_km_s": exit_km_s,
        "mass_transfer_stage_kg": stage_kg,
        "mass_aeroshell_kg": aeroshell,
        "launch_mass_kg": launched,
        "specific_mass_kg_per_kw": launched * 1e3 / out["it_power_w"],
    }
    s.stage_propellant_kg = stage_propellant
    s.spiral_yr = spiral_yr
    s.work_yr = np.maximum(s.life_yr - out["transfer_time_yr"], 0.0)
    out["stowed_volume_m3"] = launch.stowed_volume_m3(
        s.array_test_w,
        radiator_area_m2=d["radiator_area_m2"],
        bay_volume_m3=out["bay_volume_m3"],
        array_stowed_kw_per_m3=s.hw.array["stowed_kw_per_m3"],
        radiator_stowed_m=s.hw.radiator["stowed_m3_per_m2"],
    )
