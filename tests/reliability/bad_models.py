"""Models that misbehave: the tank of the search tests, with designs on which it goes wrong.

A design is cursed by the second decimal of its length, so about one in ten is, anywhere.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from problems.space import DesignSpace
from problems.units import BoolArray, FloatArray
from tests.optimize.risky import Gamble
from tests.optimize.toy import ToyProblem


def cursed(x: FloatArray) -> BoolArray:
    """Return the designs on which the models here go wrong."""
    return np.asarray(np.floor(np.atleast_2d(x)[:, 1] * 100.0) % 10 == 3)


class _Bad(ToyProblem):
    """A tank whose answer is spoilt where it is asked for cursed designs."""

    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        found = super()._evaluate(x, pressure_mpa, names)
        which = cursed(x)
        return self.spoil(found, which) if which.any() else found

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        raise NotImplementedError


def _put(found: dict[str, Any], name: str, which: BoolArray, value: float) -> dict[str, Any]:
    if name in found:
        found[name][..., which] = value
    return found


class NotANumber(_Bad):
    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        return _put(found, "cost_usd", which, np.nan)


class PlusInfinity(_Bad):
    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        return _put(found, "heat_loss_w", which, np.inf)


class MinusInfinity(_Bad):
    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        return _put(found, "mass_kg", which, -np.inf)


class NanLimit(_Bad):
    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        return _put(found, "volume_m3", which, np.nan)


class Raises(_Bad):
    """Raises as a whole, as vectorised models do, with a number of the design in the message."""

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        raise ValueError(f"no root at {float(np.argmax(which)) + 0.25} m")


class RaisesOsError(_Bad):
    """A model that reads a file of its own, and does not find it."""

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        raise OSError(28, "No space left on device")


class Leaves(_Bad):
    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        raise SystemExit(0)


class Complex(_Bad):
    """The root of a negative number."""

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        if "mass_kg" in found:
            found["mass_kg"] = found["mass_kg"] + np.where(which, 2.0j, 0.0)
        return found


class Text(_Bad):
    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        if "mass_kg" in found:
            column = found["mass_kg"].astype(object)
            column[which] = "12 kg"
            found["mass_kg"] = column
        return found


class Masked(_Bad):
    """Masked values must not leak what is under the mask."""

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        if "cost_usd" in found:
            found["cost_usd"] = np.ma.MaskedArray(np.where(which, -1e9, found["cost_usd"]), which)
        return found


class Hangs(_Bad):
    """Sleeps for an hour, and swallows what it can."""

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        try:
            time.sleep(3600.0)
        except Exception:
            time.sleep(3600.0)
        return found


class Spins(_Bad):
    """Computes for ever, and swallows what it can."""

    def spoil(self, found: dict[str, Any], which: BoolArray) -> dict[str, Any]:
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue


class HangsUnderFutures(Gamble):
    """Its search ends well; what is asked about its uncertainty does not."""

    def _chain(self, numbers: Mapping[str, Any], rows: FloatArray) -> dict[str, FloatArray]:
        if any(np.ndim(value) for value in numbers.values()):
            time.sleep(3600.0)
        return super()._chain(numbers, rows)


class AlwaysRaises(ToyProblem):
    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        raise ZeroDivisionError("the tank has no wall")


class AlwaysHangs(ToyProblem):
    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        time.sleep(3600.0)
        raise AssertionError


class MostlyNan(ToyProblem):
    """Works on one design in five, wherever the search goes."""

    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        found = super()._evaluate(x, pressure_mpa, names)
        return _put(found, "mass_kg", np.floor(np.atleast_2d(x)[:, 1] * 1e4) % 5 > 0, np.nan)


class WrongShape(ToyProblem):
    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        found = super().evaluate(designs, names)
        found["mass_kg"] = found["mass_kg"][:, None]
        return found


class Short(ToyProblem):
    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        return {name: v[:-1] for name, v in super().evaluate(designs, names).items()}


class Scalar(ToyProblem):
    """A constant that was never made a column."""

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> Any:
        return {**super().evaluate(designs, names), "heat_loss_w": 12.0}


class Ragged(ToyProblem):
    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> Any:
        found: dict[str, Any] = {**super().evaluate(designs, names)}
        found["cost_usd"] = [[1.0], [1.0, 2.0]]
        return found


class NoColumn(ToyProblem):
    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        found = super().evaluate(designs, names)
        return {name: v for name, v in found.items() if name != "stress_ratio"}


class Nothing(ToyProblem):
    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> Any:
        return None


class WrongElsewhere(ToyProblem):
    """Wrong only in an output that no search asks for."""

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        found = super().evaluate(designs, names)
        return {**found, "wall_cost_usd": np.ones((3, 3))} if names is None else found


class Scribbles(ToyProblem):
    """Uses its input as scratch paper and answers in the same arrays each time."""

    _answer: dict[str, FloatArray] | None = None

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        x = self.space.matrix(designs)
        found = super().evaluate(x, names)
        x[:] = -1.0
        last = self._answer
        if last is None or set(last) != set(found) or len(next(iter(last.values()))) != len(x):
            last = self._answer = {name: np.empty(len(x)) for name in found}
        for name, column in found.items():
            last[name][:] = column
        return dict(last)


def unlucky(rows: FloatArray) -> BoolArray:
    """Return the designs on which the gambles here go wrong."""
    return np.asarray(np.floor(rows[:, 0] * 100.0) % 10 == 3)


class RaisingGamble(Gamble):
    """Raises for some designs, at nominal numbers and under futures."""

    def _chain(self, numbers: Mapping[str, Any], rows: FloatArray) -> dict[str, FloatArray]:
        if unlucky(rows).any():
            raise ArithmeticError("no equilibrium")
        return super()._chain(numbers, rows)


class RaisingFutures(Gamble):
    """Raises for some designs under futures only."""

    def _chain(self, numbers: Mapping[str, Any], rows: FloatArray) -> dict[str, FloatArray]:
        if np.ndim(numbers["toy.z"]) and unlucky(rows).any():
            raise ArithmeticError("no equilibrium")
        return super()._chain(numbers, rows)


class BottomlessGamble(Gamble):
    """Some designs have, in a few futures, a loss of minus infinity: a quantile would hide it."""

    def _chain(self, numbers: Mapping[str, Any], rows: FloatArray) -> dict[str, FloatArray]:
        found = super()._chain(numbers, rows)
        if np.ndim(numbers["toy.z"]):
            fall = unlucky(rows) & (np.asarray(numbers["toy.z"]) < 1.9)
            found["loss_usd"] = np.where(fall, -np.inf, found["loss_usd"])
        return found


class Wanders(ToyProblem):
    """Goes to another directory in whatever it is asked, and does not come back."""

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        os.chdir("/")
        return super().canonical(x, space)

    def active(self, x: FloatArray) -> BoolArray:
        os.chdir("/")
        return super().active(x)

    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        os.chdir("/")
        return super()._evaluate(x, pressure_mpa, names)

    def warnings(self, x: FloatArray) -> list[str]:
        os.chdir("/")
        return []


class CannotTellActive(ToyProblem):
    """Raises when asked which variables matter."""

    def active(self, x: FloatArray) -> BoolArray:
        raise KeyError("coat")
