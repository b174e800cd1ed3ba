"""Rows that are evaluated at a time, and questions to a whole batch of them.

Such a question decides what is computed; everything else in the disciplines works element by
element. An engine that compiles the chain answers it once and for all batches
(:mod:`problems.compute_satellite.backends`).
"""

from __future__ import annotations

import numpy as np

from problems.units import BoolArray, Quantity

#: Rows evaluated at a time: enough to hide the cost of calls, few enough to stay in the cache. No
#: power of two, at which the columns of a matrix compete for the same places of a cache.
BLOCK = 10_000


def somewhere(value: Quantity | BoolArray) -> bool:
    """Return whether a number, or any of an array, differs from 0.

    Faster by far than ``numpy.any`` for the plain numbers that most levers leave.

    Examples
    --------
    >>> somewhere(np.array([0.0, 2.0])), somewhere(0.0)
    (True, False)
    """
    return bool(value.any()) if isinstance(value, np.ndarray) else bool(value)
