"""Stages of the dry mass: the subsystems, and what is rolled up from them."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.items import MASS_ITEMS, SUBSYSTEM_MASSES, Maturity, add_up
from problems.compute_satellite.state import State, stage
from problems.delivery import launch, lunar
from problems.spacecraft import mass

#: Follows from the mass of the other subsystems.
AVIONICS = "mass_avionics_kg"
#: Subsystems that earlier stages weigh.
WEIGHED = tuple(name for name in SUBSYSTEM_MASSES if name != AVIONICS)


def _of_maturity(maturity: Maturity) -> tuple[str, ...]:
    return tuple(
        item.output for item in MASS_ITEMS if item.maturity == maturity and item.output in WEIGHED
    )


_OFF_THE_SHELF = _of_maturity("off_the_shelf")
_MODIFIED = _of_maturity("modified")
_NEW = _of_maturity("new")


@stage(
    reads=("guard", "it_power_w", "bay_surface_m2", "array_power_bol_w", "battery_energy_wh"),
    writes=(
        "mass_gpus_kg",
        "mass_host_kg",
        "mass_battery_kg",
        "mass_power_management_kg",
        "mass_thrusters_kg",
        "mass_shield_kg",
        "mass_array_kg",
        "mass_radiator_kg",
        "transfer_thrusters",
    ),
)
def subsystems(s: State) -> None:
    """Weigh the subsystems; the terminals know their mass."""
    design, hardware, out = s.design, s.hardware, s.out
    it_kw = out["it_power_w"] * 1e-3
    s.transfer_thrusters = thrusters = launch.electric_propulsion(
        out["array_power_bol_w"],
        transfer=s.transfer,
        power_frac=s.assumptions.launch.electric_power_frac,
        thruster_kg_per_kw=s.assumptions.launch.thruster_kg_per_kw,
        thruster_usd_per_kw=s.assumptions.launch.thruster_usd_per_kw,
    )
    out |= {
        "mass_gpus_kg": design["gpu_count"] * hardware.gpu["module_mass_kg"],
        "mass_host_kg": it_kw * (s.assumptions.compute.host_mass_kg_per_kw * s.guard.host_factor),
        "mass_battery_kg": out["battery_energy_wh"] / hardware.battery["pack_wh_per_kg"],
        "mass_power_management_kg": out["array_power_bol_w"]
        * (1e-3 * s.assumptions.power.pmad_mass_kg_per_kw),
        "mass_thrusters_kg": s.assumptions.mass.thruster_kg + thrusters.thruster_mass_kg,
        "mass_shield_kg": mass.shield_mass_kg(
            out["bay_surface_m2"],
            shield_mm=design["shield_mm"],
            wall_mm=s.assumptions.structure.wall_mm,
        ),
        "mass_array_kg": design["array_area_m2"] * hardware.array["areal_mass_kg_m2"],
        "mass_radiator_kg": design["radiator_area_m2"] * hardware.radiator["areal_mass_kg_m2"],
    }


@stage(
    reads=WEIGHED,
    writes=(
        AVIONICS,
        "mass_structure_kg",
        "mass_harness_kg",
        "mass_growth_kg",
        "dry_without_tanks_kg",
        "acceleration_utilisation",
    ),
)
def dry_mass(s: State) -> None:
    """Roll the subsystems up to dry mass."""
    assumed, frame, moon = s.assumptions.mass, s.assumptions.structure, s.assumptions.lunar
    shelf_kg, modified_kg, new_kg = (
        add_up(s.out, names) for names in (_OFF_THE_SHELF, _MODIFIED, _NEW)
    )
    weighed_kg = shelf_kg + modified_kg + new_kg
    avionics_kg = assumed.avionics_base_kg + assumed.avionics_fraction * weighed_kg
    new_kg = new_kg + avionics_kg
    driver_g = np.where(s.from_moon, s.design["driver_accel_g"], 0.0)
    stiffening = lunar.structure_mass_factor(
        driver_g,
        structure_g_sensitivity=moon.structure_g_sensitivity,
        structure_reference_g=moon.structure_reference_g,
    )
    dry = mass.dry_mass(
        shelf_kg + modified_kg + new_kg,
        growth_kg=assumed.growth_off_the_shelf * shelf_kg
        + assumed.growth_modified * modified_kg
        + assumed.growth_new * new_kg,
        structure_fraction=frame.fraction * stiffening,
        harness_fraction=assumed.harness_fraction,
        prediction_error=assumed.prediction_error,
    )
    s.out |= {
        AVIONICS: avionics_kg,
        "mass_structure_kg": dry.structure_kg,
        "mass_harness_kg": dry.harness_kg,
        "mass_growth_kg": dry.growth_kg,
        "acceleration_utilisation": driver_g / frame.hardware_g_limit,
    }
    s.dry_without_tanks_kg = dry.dry_kg
