"""Stage of the launch: its price, by rocket or by driver with imports."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.items import MASS_ITEMS
from problems.compute_satellite.stages import driver, rocket
from problems.compute_satellite.state import State, stage
from problems.delivery import launch


@stage(
    reads=(
        *(item.output for item in MASS_ITEMS),
        "launch_mass_kg",
        "launch_delta_v_m_s",
        "stowed_volume_m3",
        "stage_propellant_kg",
        "track_speed_km_s",
    ),
    writes=(
        "payload_to_orbit_kg",
        "launch_flights",
        "launch_mass_utilisation",
        "launch_volume_utilisation",
        "launch_cost_usd",
        "launch_price_usd_per_kg",
        "earth_launched_mass_kg",
        *driver.OUTPUTS,
    ),
)
def launch_cost(s: State) -> None:
    """Price the launch, by rocket or by driver with imports."""
    assumed, out, launcher = s.assumptions.launch, s.out, s.hardware.launcher
    payload_kg = rocket.payload_kg(launcher, out["launch_delta_v_m_s"])
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
        "launch_mass_utilisation": charge.launch_mass_utilisation * with_margin,
        "launch_volume_utilisation": charge.launch_volume_utilisation * with_margin,
        "launch_cost_usd": charge.launch_cost_usd,
        "earth_launched_mass_kg": out["launch_mass_kg"],
        **dict.fromkeys(driver.OUTPUTS, np.zeros(())),
    }
    if s.some_from_moon:
        out |= driver.by_driver(s)
    out["launch_price_usd_per_kg"] = out["launch_cost_usd"] / out["launch_mass_kg"]
