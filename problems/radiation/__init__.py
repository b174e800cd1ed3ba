"""Radiation: dose behind the shield, particles at the die, events, and damage to solar cells."""

from problems.radiation.cells import (
    CellEnvironment,
    cell_damage_fraction,
    cell_environment,
    cell_fluence,
)
from problems.radiation.dose import (
    DoseRates,
    MissionDose,
    Shielded,
    Validity,
    behind,
    belt_dose_krad,
    dose_rates,
    environment,
    mission_dose,
    outside_validity,
)
from problems.radiation.exposure import Stay, active_share, stay, trapped_factor
from problems.radiation.tables import (
    CellTables,
    RadiationEnvironment,
    RadiationTables,
    build_cell_tables,
    load_radiation_tables,
)

__all__ = [
    "CellEnvironment",
    "CellTables",
    "DoseRates",
    "MissionDose",
    "RadiationEnvironment",
    "RadiationTables",
    "Shielded",
    "Stay",
    "Validity",
    "active_share",
    "behind",
    "belt_dose_krad",
    "build_cell_tables",
    "cell_damage_fraction",
    "cell_environment",
    "cell_fluence",
    "dose_rates",
    "environment",
    "load_radiation_tables",
    "mission_dose",
    "outside_validity",
    "stay",
    "trapped_factor",
]
