"""The numbers in force: assumptions and catalogue columns with every override applied."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.compute_satellite.chips import chips_in_year
from problems.compute_satellite.state import Hardware
from problems.delivery import launch
from problems.parameters.assumptions import assumption_rows, load_assumptions
from problems.parameters.catalog import CATALOGUE_CHOICES, OwnRows, catalog_columns, catalog_table
from problems.units import DIRECT, FloatArray, Quantity

#: Freight to the Moon's surface starts in low orbit on this vehicle.
FREIGHT_LAUNCHER = "starship"
#: What of a launcher says to which orbit its payload belongs.
REFERENCE_ORBIT = frozenset(
    ("reference_altitude_km", "reference_inclination_deg", "site_latitude_deg")
)
_NAMED = 5  # numbers that a message names


class Gathered(dict[str, FloatArray]):
    """Catalogue fields of the chosen rows, gathered when first asked for."""

    def __init__(self, columns: Mapping[str, FloatArray], code: FloatArray) -> None:
        super().__init__()
        self._columns = columns
        self._code = code.astype(np.intp)

    def __missing__(self, field: str) -> FloatArray:
        column, code = self._columns[field], self._code
        # The method is faster, but knows no indices of another engine.
        own = isinstance(code, np.ndarray)
        self[field] = column.take(code, axis=-1) if own else np.take(column, code, axis=-1)
        return self[field]


def reference_orbit(launchers: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Velocity change of the orbits to which low-orbit payloads belong, above due east [m/s]."""
    altitude_km = launchers["reference_altitude_km"]
    rise = launch.ascent(
        altitude_km,
        inclination_deg=launchers["reference_inclination_deg"],
        site_latitude_deg=launchers["site_latitude_deg"],
        transfer=np.asarray(DIRECT),
        parking_altitude_km=altitude_km,
    )
    return {"reference_delta_v_m_s": rise.launch_delta_v_m_s}


class NumbersInForce:
    """Numbers in force: assumptions and catalogue columns with overrides applied.

    Accelerators get columns of their own for what they are in the scenario's year.
    """

    def __init__(
        self, overrides: Mapping[str, Quantity], *, scenario_year: float, own_rows: OwnRows = ()
    ) -> None:
        self.overrides = overrides
        own = {k: v for k, v in overrides.items() if not k.startswith("catalog.")}
        rows = {k: v for k, v in overrides.items() if k.startswith("catalog.")}
        self.assumptions = load_assumptions(own)
        self.own_rows = own_rows
        self.columns = {
            table: catalog_columns(table, rows, own_rows) for table in CATALOGUE_CHOICES.values()
        }
        self.columns["launchers"] |= reference_orbit(self.columns["launchers"])
        self.scenario_year = scenario_year
        self.columns["gpus"] |= self.chips(self.columns["gpus"])

    def suspects(self) -> str:
        """Return which overrides lie outside their range, some of all where none does, as text."""
        rows = assumption_rows()
        outside = [
            f"{key} = {np.min(value):g} (range {rows[key].low:g} to {rows[key].high:g})"
            for key, value in self.overrides.items()
            if key in rows
            and not (rows[key].low <= np.min(value) <= np.max(value) <= rows[key].high)
        ]
        named = outside or [f"{key} = {np.min(v):g}" for key, v in self.overrides.items()]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return f"the model cannot compute with {', '.join(named[:_NAMED]) or 'its numbers'}{more}"

    def chips(self, gpu: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return what accelerators are in the scenario's year."""
        year = self.scenario_year
        return chips_in_year(gpu, self.assumptions, year=year, scenario_year=year)

    def hardware(self, design: Mapping[str, FloatArray]) -> Hardware:
        """Gather the catalogue rows that designs choose."""

        def gather(variable: str) -> Gathered:
            return Gathered(self.columns[CATALOGUE_CHOICES[variable]], design[variable])

        freight = catalog_table("launchers").names.index(FREIGHT_LAUNCHER)
        return Hardware(
            gpu=gather("gpu_model"),
            array=gather("array_type"),
            radiator=gather("radiator_type"),
            battery=gather("battery_type"),
            launcher=gather("launcher"),
            freight=Gathered(self.columns["launchers"], np.array([freight])),
        )
