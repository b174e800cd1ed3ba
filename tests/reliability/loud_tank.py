"""A model that talks on standard output in every way there is, from Python and from below it."""

from __future__ import annotations

import atexit
import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from problems.units import FloatArray
from tests.optimize.toy import ToyProblem

print("imported")
atexit.register(print, "goodbye")
_C = ctypes.CDLL(None)


class LoudTank(ToyProblem):
    """The tank, whose solver keeps its licence notice for the end of the process."""

    def _evaluate(
        self, x: FloatArray, pressure_mpa: Any, names: Sequence[str] | None
    ) -> dict[str, FloatArray]:
        print(f"{len(x)} designs")
        assert sys.__stdout__ is not None
        sys.__stdout__.write("iteration 1\n")
        os.write(1, b"residual 1e-3\n")
        _C.printf(b"licence of the solver\n")  # kept back: C writes a pipe when its buffer is full
        subprocess.run(["echo", "mesh"], check=True)
        thread = threading.Thread(target=print, args=("from a thread",))
        thread.start()
        thread.join()
        return super()._evaluate(x, pressure_mpa, names)
