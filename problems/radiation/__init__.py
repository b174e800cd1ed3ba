"""Radiation: dose behind the shield, particles at the die, events, and damage to solar cells."""

from problems.radiation.cells import (
    CellEnvironment,
    arrival_fluence_cm2,
    cell_damage_fraction,
    cell_environment,
    cell_fluence_cm2,
)
from problems.radiation.dose import (
    DoseRates,
    MissionDose,
    Shielded,
    Validity,
    behind,
    dose_rates,
    environment,
    mission_dose,
    outside_validity,
)
from problems.radiation.exposure import active_share, trapped_factor
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
    "Validity",
    "active_share",
    "arrival_fluence_cm2",
    "behind",
    "build_cell_tables",
    "cell_damage_fraction",
    "cell_environment",
    "cell_fluence_cm2",
    "dose_rates",
    "environment",
    "load_radiation_tables",
    "mission_dose",
    "outside_validity",
    "trapped_factor",
]
