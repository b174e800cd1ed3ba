"""The tank, slow without being costly: time for a fault to happen in the middle of a run."""

from __future__ import annotations

import time
from typing import Any

from tests.optimize.toy import ToyProblem


class SlowTank(ToyProblem):
    """Waits at every evaluation of a batch."""

    def evaluate(self, designs: Any, names: Any = None) -> dict[str, Any]:
        time.sleep(0.02)
        return super().evaluate(designs, names)
