"""Shipped configurations, found by name in a checkout and in an installation alike."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
#: An installation has them inside the package, a checkout beside it.
_FOLDERS = (_PACKAGE / "shipped", _PACKAGE.parent / "configs")


def shipped_configurations() -> dict[str, Path]:
    """Return the file of every shipped configuration by its name.

    Examples
    --------
    >>> shipped_configurations()["baseline"].name
    'baseline.yaml'
    """
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def configuration_file(text: str | Path) -> Path:
    """Return the file that a user means: a path that exists comes before a shipped name.

    Examples
    --------
    >>> configuration_file("quick").name, configuration_file("mine.yaml").name
    ('quick.yaml', 'mine.yaml')
    """
    if os.path.exists(text):  # noqa: PTH110 (false, not an error, for names that no file can have)
        return Path(text)
    return shipped_configurations().get(str(text), Path(text))
