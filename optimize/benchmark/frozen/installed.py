"""What optional peers of the frozen benchmark need, told when it is missing."""

from __future__ import annotations

import importlib.util

from problems.spec import SpecError


def is_installed(module: str) -> bool:
    """Return whether the package of a module can be imported; it is not imported."""
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def demand(module: str, title: str, extra: str) -> None:
    """Refuse to go on without a peer.

    Raises
    ------
    SpecError
        With the command that installs it.
    """
    if not is_installed(module):
        raise SpecError(module, f"{title} is missing: pip install 'heliofront[{extra}]'")
