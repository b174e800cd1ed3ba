"""The memory of this process."""

from __future__ import annotations

import math
from pathlib import Path

_PAGE_BYTES = 4096
_STATM = Path("/proc/self/statm")


def resident_mb() -> float:
    """Return the memory this process holds [MB]; nan where the system does not tell."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        return math.nan
    return pages * _PAGE_BYTES / 1e6
