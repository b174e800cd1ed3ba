"""What a validation case asks for: named inputs, each of which has to be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from problems.spec import SpecError, nearest
from problems.units import FloatArray

#: A quantity of the model: takes the inputs of a case and returns one number.
Quantity: TypeAlias = Callable[["Inputs"], float]


class Inputs:
    """Inputs of one case; remembers which were read, so that a misspelt one cannot pass.

    Examples
    --------
    >>> inputs = Inputs.parse("altitude_km=600; orbit=geo")
    >>> inputs.number("altitude_km"), inputs.text("orbit"), inputs.unread()
    (600.0, 'geo', ())
    """

    def __init__(self, values: Mapping[str, float | str]) -> None:
        self._values = dict(values)
        self._read: set[str] = set()

    @classmethod
    def parse(cls, text: str) -> Inputs:
        """Read ``key=value; key=value``; what parses as a number is one."""
        values: dict[str, float | str] = {}
        for part in filter(None, (piece.strip() for piece in text.split(";"))):
            key, separator, value = (piece.strip() for piece in part.partition("="))
            if not separator or not key or not value or key in values:
                raise SpecError("inputs", f"'{part}' is not a new key=value")
            try:
                values[key] = float(value)
            except ValueError:
                values[key] = value
        return cls(values)

    def _take(self, name: str) -> float | str:
        if name not in self._values:
            raise SpecError("inputs", f"'{name}' is missing", nearest(name, self._values))
        self._read.add(name)
        return self._values[name]

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number, or the default where the case does not give one."""
        if name not in self._values and default is not None:
            return default
        value = self._take(name)
        if isinstance(value, str):
            raise SpecError("inputs", f"'{name}' is not a number: '{value}'")
        return value

    def array(self, name: str, default: float | None = None) -> FloatArray:
        """Return a number as the array without dimensions that the disciplines take."""
        return np.asarray(self.number(name, default))

    def row(self, name: str, default: float | None = None) -> FloatArray:
        """Return a number as a batch of one."""
        return np.array([self.number(name, default)])

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text, or the default where the case does not give one."""
        if name not in self._values and default is not None:
            return default
        return str(self._take(name))

    def rest(self) -> dict[str, float | str]:
        """Return everything not read so far, and count it as read."""
        left = {key: value for key, value in self._values.items() if key not in self._read}
        self._read.update(left)
        return left

    def unread(self) -> tuple[str, ...]:
        """Return the names nobody asked for."""
        return tuple(key for key in self._values if key not in self._read)
