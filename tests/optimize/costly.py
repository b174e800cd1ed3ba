"""Tanks whose evaluations are counted, slow, or go wrong, for tests of shared studies.

``HELIOFRONT_TEST_CALLS`` names a file that gets a line per evaluation; ``HELIOFRONT_TEST_PAUSE_S``
slows each down; a file of the name in ``HELIOFRONT_TEST_HOLD`` holds every evaluation while it
exists.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from problems.units import FloatArray
from tests.optimize.toy import ToyProblem


class CostlyTank(ToyProblem):
    """The tank, one line in a file for every design evaluated."""

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        x = self.space.matrix(designs)
        _note(x)
        return super().evaluate(x, names)


class FaultyTank(ToyProblem):
    """Fails on some metals: titanium raises, aluminium of two plies is not a number."""

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        x = self.space.matrix(designs)
        if (x[:, 3] == 2).any():
            raise RuntimeError("titanium cannot be welded here")
        found = super().evaluate(x, names)
        if "mass_kg" in found:
            found["mass_kg"][x[:, 3] == 1] = -np.inf
        return found


class BrokenTank(ToyProblem):
    """Never works."""

    def evaluate(self, designs: Any, names: Any = None) -> Any:
        raise OSError("no licence for the solver")


def _note(x: FloatArray) -> None:
    calls = os.environ.get("HELIOFRONT_TEST_CALLS")
    if calls:
        with Path(calls).open("a", encoding="utf-8") as file:
            file.writelines(f"{os.getpid()} {row.tobytes().hex()}\n" for row in x)
    time.sleep(float(os.environ.get("HELIOFRONT_TEST_PAUSE_S", "0")))
    hold = os.environ.get("HELIOFRONT_TEST_HOLD")
    while hold and Path(hold).exists():
        time.sleep(0.02)
