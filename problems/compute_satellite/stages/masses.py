"""Stages of the dry mass: the subsystems, and what is rolled up from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.items import MASS_ITEMS, SUBSYSTEM_MASSES, Maturity, add_up
from problems.compute_satellite.state import State, glance, stage
from problems.delivery import launch, lunar
from problems.spacecraft import burnout, mass
from problems.units import FloatArray, Quantity

#: Follows from the mass of the other subsystems in the body.
AVIONICS = "mass_avionics_kg"
#: Follows from the mass of the others as well, and terminals are weighed elsewhere.
_NOT_CARRIED = ("mass_joints_kg", "comms_mass_kg")
#: Subsystems that earlier stages weigh.
WEIGHED = tuple(name for name in SUBSYSTEM_MASSES if name != AVIONICS)


def _by_maturity(*, deployable: bool) -> dict[Maturity, tuple[str, ...]]:
    """Return the subsystems in the body, or those deployed, by maturity."""
    items = [item for item in MASS_ITEMS if item.deployable == deployable]
    return {
        maturity: tuple(item.output for item in items if item.maturity == maturity)
        for maturity in dict.fromkeys(item.maturity for item in items)
        if maturity
    }


_BODY = _by_maturity(deployable=False)
_DEPLOYABLES = _by_maturity(deployable=True)
_WEIGHED_IN_BODY = tuple(name for names in _BODY.values() for name in names if name != AVIONICS)


class Basic(NamedTuple):
    """Basic mass of some subsystems, and their growth allowance [kg]."""

    mass_kg: FloatArray
    growth_kg: FloatArray


def _basic(s: State, subsystems: dict[Maturity, tuple[str, ...]]) -> Basic:
    """Add up subsystems and their growth allowances."""
    assumed = s.assumptions.mass
    allowance: dict[Maturity, Quantity] = {
        "in_series": 0.0,
        "off_the_shelf": assumed.growth_off_the_shelf,
        "modified": assumed.growth_modified,
        "new": assumed.growth_new,
    }
    mass_kg = growth_kg = np.zeros(())
    for maturity, names in subsystems.items():
        sum_kg = add_up(s.out, names)
        mass_kg, growth_kg = mass_kg + sum_kg, growth_kg + sum_kg * allowance[maturity]
    return Basic(mass_kg, growth_kg)


def loop_factor(s: State) -> FloatArray:
    """Return mass and price of the radiator over those with a single loop [1]."""
    loops = s.design["radiator_loops"]
    if not somewhere(loops != 1.0):
        return np.ones(())
    return np.asarray(1.0 + s.assumptions.mass.radiator_loop_frac * (loops - 1.0))


@stage(
    reads=(
        "guard",
        "it_power_w",
        "bay_surface_m2",
        "array_power_bol_w",
        "array_power_required_w",
        "battery_energy_wh",
        "heat_rejected_w",
    ),
    writes=(
        "mass_gpus_kg",
        "mass_host_kg",
        "mass_battery_kg",
        "mass_power_management_kg",
        "mass_thrusters_kg",
        "mass_shield_kg",
        "mass_array_kg",
        "mass_radiator_kg",
        "mass_pumps_kg",
        "mass_momentum_kg",
        "mass_bumpers_kg",
        "mass_joints_kg",
        "transfer_thrusters",
    ),
)
def subsystems(s: State) -> None:
    """Weigh the subsystems; the terminals know their mass."""
    design, hardware, out = s.design, s.hardware, s.out
    array_m2, radiator_m2 = design["array_area_m2"], design["radiator_area_m2"]
    carried = 1.0 + design["spare_fraction"]
    carried_kw = out["it_power_w"] * carried * 1e-3
    s.transfer_thrusters = thrusters = launch.electric_propulsion(
        out["array_power_bol_w"],
        transfer=s.transfer,
        power_frac=s.assumptions.launch.electric_power_frac,
        thruster_kg_per_kw=s.assumptions.launch.thruster_kg_per_kw,
        thruster_usd_per_kw=s.assumptions.launch.thruster_usd_per_kw,
    )
    out |= {
        "mass_gpus_kg": design["gpu_count"] * carried * hardware.gpu["module_mass_kg"],
        "mass_host_kg": carried_kw
        * (s.assumptions.compute.host_mass_kg_per_kw * s.guard.host_factor),
        "mass_battery_kg": out["battery_energy_wh"] / hardware.battery["pack_wh_per_kg"],
        "mass_power_management_kg": out["array_power_required_w"]
        * (1e-3 * s.assumptions.power.pmad_mass_kg_per_kw),
        "mass_thrusters_kg": s.assumptions.mass.thruster_kg + thrusters.thruster_mass_kg,
        "mass_shield_kg": mass.shield_mass_kg(
            out["bay_surface_m2"],
            shield_mm=design["shield_mm"],
            wall_mm=s.assumptions.structure.wall_mm,
        ),
        "mass_array_kg": array_m2 * hardware.array["areal_mass_kg_m2"],
        "mass_radiator_kg": radiator_m2 * hardware.radiator["areal_mass_kg_m2"] * loop_factor(s),
        "mass_pumps_kg": out["heat_rejected_w"]
        * (1e-3 * s.assumptions.thermal.spare_pump_kg_per_kw),
        "mass_momentum_kg": (array_m2 + radiator_m2) * s.assumptions.mass.momentum_kg_per_m2,
        "mass_bumpers_kg": radiator_m2 * glance(hardware.radiator, "bumper_kg_m2"),
        "mass_joints_kg": np.zeros(()),
    }
    if s.some_joined:
        out["mass_joints_kg"] = _joints_kg(s)


def _joints_kg(s: State) -> FloatArray:
    """Return what a module carries to be joined: kit, and structure for loads of the platform."""
    assumed = s.assumptions.platform
    carried_kg = add_up(s.out, (name for name in WEIGHED if name not in _NOT_CARRIED))
    joints_kg = assumed.kit_mass_kg + assumed.structure_frac * carried_kg
    return np.where(s.design["modules"] > 1.0, joints_kg, 0.0)


def _harness_fraction(s: State) -> Quantity:
    """Return the harness over the dry mass; a higher voltage needs less of it."""
    assumed, voltage = s.assumptions.mass, s.design["bus_voltage_v"]
    if not somewhere(voltage != burnout.REFERENCE_V):
        return assumed.harness_fraction
    return assumed.harness_fraction * burnout.harness_factor(
        voltage, power_share=assumed.harness_power_share
    )


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
    in_body_kg = add_up(s.out, _WEIGHED_IN_BODY)
    s.out[AVIONICS] = assumed.avionics_base_kg + assumed.avionics_fraction * in_body_kg
    body, deployed = _basic(s, _BODY), _basic(s, _DEPLOYABLES)
    driver_g = np.where(s.from_moon, s.design["driver_accel_g"], 0.0)
    stiffening = lunar.structure_mass_factor(
        driver_g,
        structure_g_sensitivity=moon.structure_g_sensitivity,
        structure_reference_g=moon.structure_reference_g,
    )
    structure_kg = mass.structure_mass_kg(
        body.mass_kg + body.growth_kg,
        deployables_kg=deployed.mass_kg + deployed.growth_kg,
        body_fraction=frame.fraction * stiffening,
        root_fraction=frame.deployable_root_fraction * stiffening,
    )
    dry = mass.dry_mass(
        body.mass_kg + deployed.mass_kg,
        growth_kg=body.growth_kg + deployed.growth_kg,
        structure_kg=structure_kg,
        harness_fraction=_harness_fraction(s),
        prediction_error=assumed.prediction_error,
    )
    s.out |= {
        "mass_structure_kg": structure_kg,
        "mass_harness_kg": dry.harness_kg,
        "mass_growth_kg": dry.growth_kg,
        "acceleration_utilisation": driver_g / frame.hardware_g_limit,
    }
    s.dry_without_tanks_kg = dry.dry_kg
