"""Loads what must come first when all peers share one process."""

from __future__ import annotations

import contextlib

# brahe needs room in the static thread-local block, which the Java and CAD libraries use up.
with contextlib.suppress(ImportError):
    import brahe  # noqa: F401
