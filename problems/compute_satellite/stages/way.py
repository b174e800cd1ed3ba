"""Stages of the way to orbit: route, transfer stage, packing."""

from __future__ import annotations

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.state import State, stage
from problems.delivery import launch, lunar, transfer
from problems.economics import refresh
from problems.spacecraft import mass
from problems.units import ELECTRIC, SPACED, TROPICAL_YEAR_D, FloatArray


@stage(
    reads=("orbit_altitude_km", "inclination_deg"),
    writes=(
        "launch_delta_v_m_s",
        "transfer_delta_v_m_s",
        "driver_exit_speed_km_s",
        "track_speed_km_s",
        "coast_yr",
    ),
)
def route(s: State) -> None:
    """Find the way to the orbit: speeds that launcher, driver and satellite give."""
    out, moon = s.out, s.assumptions.lunar
    rise = launch.ascent(
        out["orbit_altitude_km"],
        inclination_deg=out["inclination_deg"],
        site_latitude_deg=s.hardware.launcher["site_latitude_deg"],
        transfer=s.transfer,
        parking_altitude_km=s.assumptions.launch.parking_altitude_km,
    )
    out |= {
        "launch_delta_v_m_s": rise.launch_delta_v_m_s,
        "transfer_delta_v_m_s": rise.transfer_delta_v_m_s,
        "driver_exit_speed_km_s": np.zeros(()),
    }
    s.track_speed_km_s = s.coast_yr = np.zeros(())
    if not s.some_from_moon:
        return
    path = lunar.lunar_path(
        out["orbit_altitude_km"],
        plane_cosine=lunar.moon_plane_cosine(out["inclination_deg"]),
        transfer=s.transfer,
        delta_v_margin_frac=moon.delta_v_margin_frac,
    )
    s.track_speed_km_s = path.exit_speed_km_s
    s.coast_yr = np.where(s.from_moon, path.coast_time_d / TROPICAL_YEAR_D, 0.0)
    out |= {
        "launch_delta_v_m_s": np.where(s.from_moon, 0.0, rise.launch_delta_v_m_s),
        "transfer_delta_v_m_s": np.where(
            s.from_moon, path.arrival_delta_v_m_s, rise.transfer_delta_v_m_s
        ),
        "driver_exit_speed_km_s": np.where(s.from_moon, path.exit_speed_km_s, 0.0),
    }


@stage(
    reads=(
        "on_orbit_mass_kg",
        "transfer_delta_v_m_s",
        "transfer_thrusters",
        "coast_yr",
        "it_power_w",
    ),
    writes=(
        "transfer_time_yr",
        "transfer_utilisation",
        "mass_transfer_stage_kg",
        "mass_aeroshell_kg",
        "launch_mass_kg",
        "specific_mass_kg_per_kw",
        "stage_propellant_kg",
        "spiral_yr",
        "work_yr",
    ),
)
def transfer_stage(s: State) -> None:
    """Add what the transfer weighs, and the time that it takes."""
    electric, out = s.transfer == ELECTRIC, s.out
    tank, moon = s.assumptions.mass, s.assumptions.lunar
    inert = np.where(electric, tank.tank_fraction, moon.stage_inert_frac)
    s.stage_propellant_kg = transfer.propellant_kg(
        out["on_orbit_mass_kg"],
        delta_v_m_s=out["transfer_delta_v_m_s"],
        isp_s=np.where(electric, tank.ep_isp_s, moon.arrival_isp_s),
        inert_frac=inert,
    )
    s.spiral_yr = transfer.electric_transfer_time_yr(
        np.where(electric, s.stage_propellant_kg, 0.0),
        thrust_power_w=s.transfer_thrusters.thrust_power_w,
        isp_s=tank.ep_isp_s,
        efficiency_frac=s.assumptions.launch.electric_efficiency_frac,
        duty_frac=s.assumptions.launch.electric_duty_frac,
    )
    stage_kg = s.stage_propellant_kg * (1.0 + inert)
    arriving_kg = out["on_orbit_mass_kg"] + stage_kg
    aeroshell_kg = _aeroshell_kg(s, arriving_kg)
    launched_kg = arriving_kg + aeroshell_kg
    way_yr = s.spiral_yr + s.coast_yr
    s.work_yr = np.maximum(s.life_yr - way_yr, 0.0)
    out |= {
        "transfer_time_yr": way_yr,
        "transfer_utilisation": way_yr / s.life_yr,
        "mass_transfer_stage_kg": stage_kg,
        "mass_aeroshell_kg": aeroshell_kg,
        "launch_mass_kg": launched_kg,
        "specific_mass_kg_per_kw": launched_kg * 1e3 / out["it_power_w"],
    }


def _aeroshell_kg(s: State, arriving_kg: FloatArray) -> FloatArray:
    """Heat shield of satellites that aerobrake on their way from the Moon."""
    if not s.some_from_moon:
        return np.zeros(())
    shell_kg = lunar.aeroshell_kg(
        arriving_kg, transfer=s.transfer, aeroshell_frac=s.assumptions.lunar.aeroshell_frac
    )
    return np.where(s.from_moon, shell_kg, 0.0)


def _packed_bay_m3(s: State) -> FloatArray:
    """Volume of the bay with its bumper, which stands off on all sides."""
    volume_m3, spaced = s.out["bay_volume_m3"], s.design["shield_layout"] == SPACED
    if not somewhere(spaced):
        return volume_m3
    return np.where(
        spaced,
        mass.wrapped_volume_m3(volume_m3, gap_mm=s.assumptions.structure.bumper_gap_mm),
        volume_m3,
    )


@stage(reads=("array_test_w", "bay_volume_m3"), writes=("stowed_volume_m3",))
def stowage(s: State) -> None:
    """Fold the satellite for the launch."""
    s.out["stowed_volume_m3"] = launch.stowed_volume_m3(
        s.array_test_w,
        radiator_area_m2=s.design["radiator_area_m2"],
        bay_volume_m3=_packed_bay_m3(s),
        array_stowed_kw_per_m3=s.hardware.array["stowed_kw_per_m3"],
        radiator_stowed_m=s.hardware.radiator["stowed_m3_per_m2"],
    )


@stage(
    reads=("work_yr", "transfer_time_yr"),
    writes=("visits", "refresh_visits", "last_set_share"),
)
def servicing(s: State) -> None:
    """Find when visits bring new modules, and at which share of the life the last do."""
    s.visits, s.out["refresh_visits"], s.last_set_share = None, np.zeros(()), np.zeros(())
    if somewhere(s.design["refresh_yr"]):
        s.visits = at = refresh.visits(s.design["refresh_yr"], work_yr=s.work_yr)
        s.out["refresh_visits"] = at.number
        last_yr = s.out["transfer_time_yr"] + at.number * at.period_yr
        s.last_set_share = np.where(at.number > 0.0, last_yr / s.life_yr, 0.0)
