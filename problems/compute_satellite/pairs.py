"""Designs paired with futures: row by row, each design under numbers of its own.

:meth:`ComputeSatellite.evaluate_futures` crosses every design with every future. A search that
suits a design to each of many futures needs only the pairs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from problems.compute_satellite.in_force import (
    FREIGHT_LAUNCHER,
    REFERENCE_ORBIT,
    Gathered,
    NumbersInForce,
    reference_orbit,
)
from problems.compute_satellite.state import Hardware
from problems.parameters.assumptions import Assumptions
from problems.parameters.catalog import CATALOGUE_CHOICES, catalog_table
from problems.units import FloatArray


class PairedNumbers(NumbersInForce):
    """Numbers in force, some of them one per design."""

    def __init__(self, base: NumbersInForce, futures: Mapping[str, FloatArray]) -> None:
        self.columns, self.scenario_year = base.columns, base.scenario_year
        self.own_rows, self.overrides = base.own_rows, base.overrides
        groups: dict[str, dict[str, Any]] = {}
        self._own: dict[str, dict[str, list[tuple[int, FloatArray]]]] = {}
        for key, values in futures.items():
            parts = key.split(".")
            if parts[0] != "catalog":
                groups.setdefault(parts[0], {})[parts[1]] = values
                continue
            _, table, row, field = parts
            code = catalog_table(table, self.own_rows).names.index(row)
            self._own.setdefault(table, {}).setdefault(field, []).append((code, values))
        changed = {
            group: dataclasses.replace(getattr(base.assumptions, group), **fields)
            for group, fields in groups.items()
        }
        self.assumptions: Assumptions = dataclasses.replace(base.assumptions, **changed)

    def hardware(self, design: Mapping[str, FloatArray]) -> Hardware:
        """Gather the catalogue rows that designs choose, each at its own numbers."""

        def gather(variable: str) -> _PairedRows:
            table = CATALOGUE_CHOICES[variable]
            return _PairedRows(self.columns[table], design[variable], self._own.get(table, {}))

        launcher = gather("launcher")
        launchers = self._own.get("launchers", {})
        freight = np.full(
            np.shape(design["launcher"]),
            float(catalog_table("launchers").names.index(FREIGHT_LAUNCHER)),
        )
        rows = _PairedRows(self.columns["launchers"], freight, launchers)
        if not REFERENCE_ORBIT.isdisjoint(launchers):
            launcher |= reference_orbit(launcher)
            rows |= reference_orbit(rows)
        gpu = gather("gpu_model")
        gpu |= self.chips(gpu)
        return Hardware(
            gpu=gpu,
            array=gather("array_type"),
            radiator=gather("radiator_type"),
            battery=gather("battery_type"),
            launcher=launcher,
            freight=rows,
        )


class _PairedRows(Gathered):
    """Catalogue fields of the chosen rows, with values of their own where a future has them."""

    def __init__(
        self,
        columns: Mapping[str, FloatArray],
        code: FloatArray,
        own: Mapping[str, Sequence[tuple[int, FloatArray]]],
    ) -> None:
        super().__init__(columns, code)
        self._own = own

    def __missing__(self, field: str) -> FloatArray:
        values = super().__missing__(field)
        for code, changed in self._own.get(field, ()):
            values = np.where(self._code == code, changed, values)
        self[field] = values
        return values
