"""An axis of a question: what is varied, over which range, and how it is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimize.utils.labels import pretty_unit, quantity, sentence
from problems.units import FloatArray

Columns = Callable[[FloatArray], dict[str, FloatArray]]

YEAR = "year"
#: An axis that spans more than this ratio is logarithmic.
LOG_BEYOND = 30.0


@dataclass(frozen=True)
class Axis:
    """A quantity to vary: its range, its value in force, and the numbers that it moves.

    ``columns`` turns ``(m,)`` values into futures; ``held`` names the variable that is held
    instead. ``pins`` are the keys no future may draw while the axis is set.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    in_force: float
    columns: Columns
    pins: frozenset[str]
    held: str | None = None

    @property
    def log(self) -> bool:
        """Whether the axis is logarithmic."""
        return self.low > 0.0 and self.high / self.low > LOG_BEYOND

    @property
    def label(self) -> str:
        """Axis label with unit."""
        text = sentence(self.title)
        return text if self.unit in ("1", "") else f"{text} [{pretty_unit(self.unit)}]"

    def shown(self, value: float, digits: int = 4, *, unit: str | None = None) -> str:
        """Return a value with its unit; a year to its first decimal."""
        if self.name == YEAR:
            return f"{value:.1f}".removesuffix(".0")
        return quantity(value, self.unit if unit is None else unit, digits)

    def points(self, count: int) -> FloatArray:
        """Return ``(count,)`` values from low to high, evenly spaced as the axis is drawn."""
        spaced = np.geomspace if self.log else np.linspace
        return np.asarray(spaced(self.low, self.high, count), dtype=np.float64)

    def coordinate(self, values: FloatArray) -> FloatArray:
        """Return values as the axis is drawn: their logarithm on a logarithmic one."""
        return np.asarray(np.log(values) if self.log else values)

    def value(self, coordinate: float) -> float:
        """Return the value at a coordinate (inverse of :meth:`coordinate`)."""
        return math.exp(coordinate) if self.log else coordinate

    def held_columns(self, values: FloatArray) -> dict[str, FloatArray]:
        """Return what a case holds: a variable's values, or nothing."""
        return {self.held: values} if self.held else {}
