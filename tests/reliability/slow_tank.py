"""The tank, slow without being costly: time for a fault to happen in the middle of a run."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from tests.optimize.toy import ToyProblem


class SlowTank(ToyProblem):
    """Waits at every evaluation of a batch."""

    def evaluate(self, designs: Any, names: Any = None) -> dict[str, Any]:
        time.sleep(0.02)
        return super().evaluate(designs, names)


class DeadlyTank(ToyProblem):
    """Kills the process that evaluates it, as a machine without memory does."""

    def evaluate(self, designs: Any, names: Any = None) -> dict[str, Any]:
        with Path(os.environ["HELIOFRONT_TEST_DEATHS"]).open("a") as deaths:
            deaths.write(f"{os.getpid()}\n")
        os.kill(os.getpid(), signal.SIGKILL)
        return super().evaluate(designs, names)
