"""Stage of the air: what drag takes, and what thrust and power hold the orbit against it."""

from __future__ import annotations

import numpy as np

from problems import orbit
from problems.compute_satellite.state import State, stage
from problems.spacecraft import mass, power
from problems.units import SECONDS_PER_YEAR


@stage(
    reads=("flight", "face_m2"),
    writes=(
        "drag_area_m2",
        "drag_thrust_utilisation",
        "keeping_power_w",
        "drag_impulse_n_s",
    ),
)
def drag(s: State) -> None:
    """Find what the air takes, and what the thrusters need to hold against it."""
    assumed, flight, design = s.assumptions.orbit, s.flight, s.design
    ram_m2 = orbit.ram_area_m2(
        design["array_area_m2"],
        array_ram_frac=flight.array_ram_frac,
        radiator_area_m2=design["radiator_area_m2"],
        radiator_ram_frac=flight.radiator_ram_frac,
        bus_area_m2=s.face_m2,
    )
    per_unit = orbit.drag_delta_v_m_s_per_yr(
        flight.density_kg_m3,
        speed_m_s=flight.speed_m_s,
        area_to_mass_m2_kg=np.ones(()),
        drag_coefficient=assumed.drag_coefficient,
        density_multiplier=assumed.density_multiplier,
    )
    thrusters = s.assumptions.mass
    mean_n = per_unit * ram_m2 * (1.0 / SECONDS_PER_YEAR)
    s.drag_impulse_n_s = mass.drag_impulse_n_s(per_unit, drag_area_m2=ram_m2, life_yr=s.life_yr)
    s.out |= {
        "drag_area_m2": ram_m2,
        "drag_thrust_utilisation": mean_n
        * (thrusters.solar_maximum_density_ratio / thrusters.keeping_thrust_n),
        "keeping_power_w": power.thruster_power_w(
            mean_n * thrusters.busy_year_density_ratio,
            isp_s=thrusters.ep_isp_s,
            efficiency_frac=s.assumptions.launch.electric_efficiency_frac,
        ),
    }
