"""The items of mass and cost: one row each, for every sum and table that they are part of.

Mass tree, growth allowances, bus price, lunar imports, cost waterfall and cost boundaries follow
from these rows. Nothing here needs numpy, so a configuration can be checked at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Literal

from problems.units import FloatArray

Maturity = Literal["in_series", "off_the_shelf", "modified", "new"]
CostPart = Literal["chips", "platform", "ground", "mission"]


@dataclass(frozen=True, slots=True)
class MassItem:
    """One part of the launch mass.

    Attributes
    ----------
    output
        Its mass [kg].
    maturity
        Class of the growth allowance of a subsystem, none for what is weighed in series; None for
        what is rolled up from subsystems.
    made_on_moon
        Lunar assumption with the share that is made on the Moon; None for growth, which will
        turn out to be more of the rest, and for the transfer stage, of which propellant and tank
        differ.
    priced_as_bus
        Whether it is paid by the kilogram as part of the bus.
    deployable
        Whether it stands on booms and hinges of its own and not in the body, so that the structure
        carries only its root.
    """

    output: str
    maturity: Maturity | None
    made_on_moon: str | None
    priced_as_bus: bool = False
    deployable: bool = False


@dataclass(frozen=True, slots=True)
class CostItem:
    """One part of the cost over the life.

    Attributes
    ----------
    output
        Its cost [USD].
    part
        Chips, which the boundary ``no_chips`` leaves out; the platform that carries them; what
        stays on the ground; or the mission, which is priced from these.
    made_on_moon
        Lunar assumption with the share that is made on the Moon; None where all is imported.
    """

    output: str
    part: CostPart
    made_on_moon: str | None = None


#: Sums run in this order, the subsystems of each maturity first.
MASS_ITEMS = (
    MassItem("mass_gpus_kg", "in_series", "made_other_frac"),
    MassItem("comms_mass_kg", "in_series", "made_other_frac"),
    MassItem("mass_battery_kg", "off_the_shelf", "made_other_frac"),
    MassItem("mass_thrusters_kg", "off_the_shelf", "made_other_frac"),
    MassItem("mass_host_kg", "modified", "made_other_frac"),
    MassItem("mass_power_management_kg", "modified", "made_other_frac"),
    MassItem("mass_pumps_kg", "modified", "made_other_frac", priced_as_bus=True),
    MassItem("mass_momentum_kg", "modified", "made_other_frac", priced_as_bus=True),
    MassItem("mass_shield_kg", "modified", "made_shield_frac"),
    MassItem("mass_avionics_kg", "modified", "made_other_frac", priced_as_bus=True),
    MassItem("mass_array_kg", "new", "made_array_frac", deployable=True),
    MassItem("mass_radiator_kg", "new", "made_radiator_frac", deployable=True),
    MassItem("mass_bumpers_kg", "new", "made_radiator_frac", priced_as_bus=True, deployable=True),
    MassItem("mass_joints_kg", "new", "made_structure_frac", priced_as_bus=True),
    MassItem("mass_structure_kg", None, "made_structure_frac", priced_as_bus=True),
    MassItem("mass_harness_kg", None, "made_harness_frac", priced_as_bus=True),
    MassItem("mass_growth_kg", None, None),
    MassItem("mass_tanks_kg", None, "made_structure_frac", priced_as_bus=True),
    MassItem("mass_propellant_kg", None, "made_other_frac"),
    MassItem("mass_transfer_stage_kg", None, None),
    MassItem("mass_aeroshell_kg", None, "made_aeroshell_frac"),
)

COST_ITEMS = (
    CostItem("cost_gpus_usd", "chips"),
    CostItem("cost_hosts_usd", "chips"),
    CostItem("cost_array_usd", "platform", "made_array_frac"),
    CostItem("cost_power_management_usd", "platform"),
    CostItem("cost_battery_usd", "platform"),
    CostItem("cost_radiator_usd", "platform", "made_radiator_frac"),
    CostItem("cost_shield_usd", "platform", "made_shield_frac"),
    CostItem("cost_bus_usd", "platform", "made_structure_frac"),
    CostItem("cost_propulsion_usd", "platform"),
    CostItem("cost_comms_usd", "platform"),
    CostItem("cost_ground_network_usd", "ground"),
    CostItem("cost_integration_usd", "mission"),
    CostItem("cost_development_usd", "mission"),
    CostItem("launch_cost_usd", "mission"),
    CostItem("cost_launch_risk_usd", "mission"),
    CostItem("cost_assembly_usd", "mission"),
    CostItem("cost_switches_usd", "mission"),
    CostItem("cost_operations_usd", "mission"),
    CostItem("cost_refresh_usd", "mission"),
    CostItem("cost_undetected_sdc_usd", "mission"),
)

#: Basic masses: what growth allowances apply to.
SUBSYSTEM_MASSES = tuple(item.output for item in MASS_ITEMS if item.maturity)
#: Masses that are paid by the kilogram as part of the bus.
BUS_MASSES = tuple(item.output for item in MASS_ITEMS if item.priced_as_bus)


def costs_of(part: CostPart) -> tuple[str, ...]:
    """Return the cost outputs of a part.

    Examples
    --------
    >>> costs_of("chips")
    ('cost_gpus_usd', 'cost_hosts_usd')
    """
    return tuple(item.output for item in COST_ITEMS if item.part == part)


def add_up(outputs: Mapping[str, FloatArray], names: Iterable[str]) -> FloatArray:
    """Return the sum of the named outputs, in the order of the names.

    Examples
    --------
    >>> add_up({"cost_gpus_usd": 3.0, "cost_hosts_usd": 1.0}, costs_of("chips"))
    4.0
    """
    return reduce(add, (outputs[name] for name in names))
