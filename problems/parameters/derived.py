"""Numbers that people think in: setting one sets a field of every row of a catalogue table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from problems.parameters.catalog import OwnRows, catalog_table


@dataclass(frozen=True, slots=True)
class Derived:
    """A field of every row of a table, or its ratio to another field of the same row."""

    title: str
    unit: str
    table: str
    field: str
    per: str | None = None

    def keys(self, own: OwnRows = ()) -> list[str]:
        """Return the keys that it sets."""
        return [f"catalog.{self.table}.{name}.{self.field}" for name in self._rows(own)]

    def values(
        self, value: float, overrides: Mapping[str, float], own: OwnRows = ()
    ) -> dict[str, float]:
        """Return the value of every key that it sets; rows without a number are left out."""
        factors = {
            f"catalog.{self.table}.{name}.{self.field}": self._factor(name, overrides, own)
            for name in self._rows(own)
        }
        return {key: value * factor for key, factor in factors.items() if math.isfinite(factor)}

    def _rows(self, own: OwnRows) -> tuple[str, ...]:
        return catalog_table(self.table, own).names

    def _factor(self, row: str, overrides: Mapping[str, float], own: OwnRows) -> float:
        if self.per is None:
            return 1.0
        key = f"catalog.{self.table}.{row}.{self.per}"
        return overrides.get(key, catalog_table(self.table, own).ranges[key].nominal)


DERIVED: Mapping[str, Derived] = {
    "launch_price_usd_per_kg": Derived(
        "launch price to low orbit", "USD/kg", "launchers", "price_usd", "leo_payload_kg"
    ),
    "array_price_usd_per_w": Derived("array price", "USD/W", "arrays", "usd_per_w"),
    "radiator_mass_kg_per_m2": Derived("radiator mass", "kg/m2", "radiators", "areal_mass_kg_m2"),
}


def without_derived(
    values: Mapping[str, float], overrides: Mapping[str, float], own: OwnRows = ()
) -> dict[str, float]:
    """Return values by key, derived ones as the keys that they set; a key of its own wins.

    Parameters
    ----------
    values
        By key of a table or name of :data:`DERIVED`.
    overrides
        What else is in force.
    own
        Rows of the user's own.

    Examples
    --------
    >>> payload = {"catalog.launchers.starship.leo_payload_kg": 1e5}
    >>> set_prices = without_derived({"launch_price_usd_per_kg": 200.0}, payload)
    >>> set_prices["catalog.launchers.starship.price_usd"]
    20000000.0
    """
    plain = {key: value for key, value in values.items() if key not in DERIVED}
    in_force = {**overrides, **plain}
    expanded: dict[str, float] = {}
    for key, value in values.items():
        if key in DERIVED:
            expanded |= DERIVED[key].values(value, in_force, own)
    return expanded | plain
