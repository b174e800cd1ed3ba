"""Stage of the launch: its price, by rocket with or without tankers, or by driver with imports."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.items import MASS_ITEMS
from problems.compute_satellite.stages import driver, rocket
from problems.compute_satellite.state import Delivery, State, stage
from problems.delivery import launch, refuelling
from problems.delivery.payload import SMALLEST_PAYLOAD_KG
from problems.units import DIRECT, ELECTRIC, TANKERS, BoolArray, FloatArray


@stage(
    reads=(
        *(item.output for item in MASS_ITEMS),
        "orbit_altitude_km",
        "inclination_deg",
        "launch_mass_kg",
        "launch_delta_v_m_s",
        "stowed_volume_m3",
        "stage_propellant_kg",
        "track_speed_km_s",
        "refresh_mass_kg",
        "on_orbit_mass_kg",
    ),
    writes=(
        "payload_to_orbit_kg",
        "launch_flights",
        "tanker_flights",
        "launch_mass_utilisation",
        "launch_volume_utilisation",
        "launch_cost_usd",
        "launch_price_usd_per_kg",
        "earth_launched_mass_kg",
        "refresh_earth_mass_kg",
        "visit_launch",
        *driver.OUTPUTS,
    ),
)
def launch_cost(s: State) -> None:
    """Price the launch, by rocket or by driver with imports."""
    assumed, out, launcher = s.assumptions.launch, s.out, s.hardware.launcher
    payload_kg = rocket.payload_kg(launcher, out["launch_delta_v_m_s"])
    depot = _depot(s) if somewhere(s.design["refuelling"]) else None
    if depot:
        payload_kg = np.where(depot.used, depot.payload_kg, payload_kg)
    charge = launch.launch_charge(
        out["launch_mass_kg"],
        payload_to_orbit_kg=payload_kg,
        stowed_m3=out["stowed_volume_m3"],
        flight_price_usd=rocket.flight_price_usd(s, launcher),
        fairing_volume_m3=launcher["fairing_volume_m3"],
        fairing_usable_frac=assumed.fairing_usable_frac,
        dedicated=assumed.dedicated,
    )
    # A flight is shared by predicted mass and volume, but the satellite must fit with its margin.
    with_margin = 1.0 + s.assumptions.mass.system_margin
    out |= {
        "payload_to_orbit_kg": payload_kg,
        "launch_flights": charge.launch_flights,
        "tanker_flights": np.zeros(()),
        "launch_mass_utilisation": charge.launch_mass_utilisation * with_margin,
        "launch_volume_utilisation": charge.launch_volume_utilisation * with_margin,
        "launch_cost_usd": charge.launch_cost_usd,
        "earth_launched_mass_kg": out["launch_mass_kg"],
        **dict.fromkeys(driver.OUTPUTS, np.zeros(())),
    }
    if depot:
        out |= _with_tankers(s, depot)
    launched_kg = out["launch_mass_kg"]
    visit = Delivery(
        flown_usd_per_kg=out["launch_cost_usd"] / launched_kg,
        shot_usd_per_kg=np.zeros(()),
        earth_kg_per_kg=out["earth_launched_mass_kg"] / launched_kg,
    )
    if s.some_from_moon:
        by_driver, shot = driver.by_driver(s)
        out |= by_driver
        pairs = zip(shot, visit, strict=True)
        visit = Delivery(*(np.where(s.from_moon, *pair) for pair in pairs))
    s.visit_launch = visit
    visits_kg = out["refresh_mass_kg"] * visit.earth_kg_per_kg
    out |= {
        "refresh_earth_mass_kg": visits_kg,
        "earth_launched_mass_kg": out["earth_launched_mass_kg"] + visits_kg,
        "launch_price_usd_per_kg": out["launch_cost_usd"] / launched_kg,
    }


class _Depot(NamedTuple):
    """The parking orbit in which tankers refill a launcher."""

    used: BoolArray  #: whether a design is refilled
    payload_kg: FloatArray  #: what a flight carries there [kg]
    outbound_m_s: FloatArray  #: velocity change from there to the final orbit [m/s]


def _depot(s: State) -> _Depot:
    """Find the parking orbit: in the plane nearest to the final one that the pad reaches."""
    out, launcher = s.out, s.hardware.launcher
    parked = launch.ascent(
        out["orbit_altitude_km"],
        inclination_deg=out["inclination_deg"],
        site_latitude_deg=launcher["site_latitude_deg"],
        transfer=np.asarray(ELECTRIC),  # as a satellite that goes on by itself
        parking_altitude_km=s.assumptions.launch.parking_altitude_km,
    ).launch_delta_v_m_s
    asked = (s.design["refuelling"] == TANKERS) & (s.transfer == DIRECT)
    return _Depot(
        used=asked & (launcher["has_tanker"] > 0.5) & ~s.from_moon,
        payload_kg=np.maximum(rocket.payload_kg(launcher, parked), SMALLEST_PAYLOAD_KG),
        outbound_m_s=np.maximum(out["launch_delta_v_m_s"] - parked, 0.0),
    )


def _with_tankers(s: State, depot: _Depot) -> dict[str, FloatArray]:
    """Return the launch outputs that tankers change; other satellites fill the flight."""
    out, flights = s.out, s.out["launch_flights"]
    tankers = flights * rocket.tankers_per_flight(
        s,
        s.hardware.launcher,
        out["launch_mass_kg"] / flights,
        full_kg=depot.payload_kg,
        outbound_m_s=depot.outbound_m_s,
        return_m_s=refuelling.return_delta_v_m_s(
            out["orbit_altitude_km"], reentry_perigee_km=s.assumptions.orbit.reentry_perigee_km
        ),
    )
    tankers = np.where(depot.used, tankers, 0.0)
    propellant_kg = tankers * depot.payload_kg * s.assumptions.launch.tanker_delivered_frac
    return {
        "launch_flights": flights + tankers,
        "tanker_flights": tankers,
        "launch_cost_usd": out["launch_cost_usd"] * (1.0 + tankers / flights),
        "earth_launched_mass_kg": out["launch_mass_kg"] + propellant_kg,
    }
