"""Radiation: dose behind the shield, particles at the die, events, and damage to solar cells."""

from problems.radiation.cells import (
    CellEnvironment,
    arrival_fluence_cm2,
    cell_damage_fraction,
    cell_environment,
    cell_fluence_cm2,
)
from problems.radiation.dose import (
    MissionDose,
    Validity,
    environment,
    mission_dose,
    outside_validity,
)
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
    "MissionDose",
    "RadiationEnvironment",
    "RadiationTables",
    "Validity",
    "arrival_fluence_cm2",
    "build_cell_tables",
    "cell_damage_fraction",
    "cell_environment",
    "cell_fluence_cm2",
    "environment",
    "load_radiation_tables",
    "mission_dose",
    "outside_validity",
]
