"""What puts a fleet up: flights of every open launcher, or a mass driver on the Moon."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from problems.compute_satellite.in_force import FREIGHT_LAUNCHER
from problems.delivery.mass_driver import driver_mean_power_w, driver_peak_power_w
from problems.delivery.payload import REFERENCE_ALTITUDE_KM, payload_kg
from problems.delivery.transfer import transfer_delta_v_m_s
from problems.economics import fleet
from problems.parameters.catalog import Launcher, catalog_table, number_fields
from problems.space import Problem
from problems.units import DAYS_PER_YEAR, FloatArray
from problems.validation.launchers import reference_delta_v_m_s


def with_choices(problem: Problem, row: FloatArray, **choices: str) -> FloatArray:
    """Return a canonical ``(1, n_var)`` row with choices replaced."""
    out = row.copy()
    for name, choice in choices.items():
        out[:, problem.space.index[name]] = problem.space[name].encode(choice)
    return problem.canonical(out)


def _low_orbit_payload_kg(problem: Problem, launcher: str) -> float:
    """Return what a vehicle carries to the parking orbit of its freight, due east [kg]."""
    numbers, prefix = problem.assumptions, f"catalog.launchers.{launcher}."
    shipped = catalog_table("launchers").rows[FREIGHT_LAUNCHER]
    assert isinstance(shipped, Launcher)
    in_force: dict[str, Any] = {
        field: numbers[f"{prefix}{field}"] for field in number_fields(Launcher)
    }
    row = dataclasses.replace(shipped, **in_force)
    parking_km = numbers["launch.parking_altitude_km"]
    return float(
        payload_kg(
            transfer_delta_v_m_s(parking_km, start_altitude_km=REFERENCE_ALTITUDE_KM),
            reference_delta_v_m_s=reference_delta_v_m_s(row),
            leo_payload_kg=numbers[f"{prefix}leo_payload_kg"],
            upper_inert_kg=numbers[f"{prefix}upper_inert_kg"],
            upper_isp_s=numbers[f"{prefix}upper_isp_s"],
        )
    )


def launcher_flights(
    problem: Problem, row: FloatArray, o: Mapping[str, FloatArray], built: float
) -> list[dict[str, Any]]:
    """Return the flights of every open launcher, least first; of lunar designs, of freight."""
    variable = problem.space["launcher"]
    rows = catalog_table("launchers").rows
    from_moon = float(o["imported_mass_kg"][0]) > 0.0
    flights = []
    for code in variable.codes:
        name = variable.choices[code]
        if from_moon:
            payload = np.array([_low_orbit_payload_kg(problem, name)])
            by_mass, by_volume = o["earth_launched_mass_kg"][:1] / payload, np.zeros(1)
            shared, visits = np.ones(1), np.zeros(1)  # the mass holds visits
        else:
            out = problem.evaluate(with_choices(problem, row, launcher=name))
            payload = out["payload_to_orbit_kg"]
            by_mass, by_volume = out["launch_mass_utilisation"], out["launch_volume_utilisation"]
            # Flights are shared without the margin to their limits, and paid with their tankers.
            shared = out["launch_flights"] / np.maximum(by_mass, by_volume)
            # Visits share flights by mass.
            visits = by_mass * shared * (out["refresh_mass_kg"] / out["launch_mass_kg"])
        need = fleet.flights(
            np.array([built]),
            mass_utilisation=by_mass * shared + visits,
            volume_utilisation=by_volume * shared + visits,
        )
        flights.append(
            {
                "launcher": name,
                "label": rows[name].label if name in rows else name,
                "payload_kg": float(payload[0]),
                "reaches_orbit": bool(payload[0] > 0.0 and by_mass[0] <= 1.0),
                "limited_by": "volume" if by_volume[0] > by_mass[0] else "mass",
                **{key: float(value[0]) for key, value in need._asdict().items()},
            }
        )
    return sorted(flights, key=lambda entry: (not entry["reaches_orbit"], entry["flights_per_yr"]))


def driver_work(
    problem: Problem, moon: Mapping[str, FloatArray], built: FloatArray, i: int
) -> dict[str, float | str]:
    """Return what a mass driver would have to do for the same satellites."""
    shot_kg = moon["launch_mass_kg"][i]
    shots = built[i] * (1.0 + moon["refresh_mass_kg"][i] / shot_kg)
    tonnes = shots * shot_kg / 1000.0
    speed, accel = moon["driver_exit_speed_km_s"][i], moon["driver_accel_g"][i]
    power = driver_mean_power_w(
        speed,
        throughput_t_per_yr=float(tonnes),
        driver_efficiency_frac=problem.assumptions["lunar.driver_efficiency_frac"],
    )
    peak = driver_peak_power_w(shot_kg, exit_speed_km_s=speed, driver_accel_g=accel)
    transfer = problem.space["transfer"].decode(float(moon["transfer"][i]))
    return {
        "transfer": str(transfer),
        "throughput_t_per_yr": float(tonnes),
        "mean_power_w": float(power),
        "peak_power_w": float(peak),
        "shots_per_yr": float(shots),
        "shots_per_day": float(shots / DAYS_PER_YEAR),
        "shot_mass_kg": float(shot_kg),
        "accel_g": float(accel),
        "track_km": float(moon["driver_track_km"][i]),
        "earth_mass_t_per_yr": float(built[i] * moon["earth_launched_mass_kg"][i] / 1000.0),
        "launch_cost_usd_per_satellite": float(moon["launch_cost_usd"][i]),
    }
