"""Run folders by name: the newest run of a configuration, or of all."""

from __future__ import annotations

import os
import re
from pathlib import Path

from optimize.config.shipped import shipped_configurations
from optimize.utils.files import REFUSED, RunFolderError

LATEST = "latest"
_OUTPUTS = Path("pareto_outputs")
_RUN = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}(?:-\d+)?")


def run_folder(text: str | Path) -> Path:
    """Return the run folder that a user means.

    Parameters
    ----------
    text
        A path, which comes first where it exists; else the name of a configuration, for its newest
        run below ``pareto_outputs``, or ``latest`` for the newest of all.

    Raises
    ------
    RunFolderError
        For a name without a run, with the names that have one.
    """
    name = str(text)
    if os.path.exists(text) or Path(name).name != name:  # noqa: PTH110 (any text may come)
        return Path(text)
    folder = _newest(name)
    if folder is None:
        names = ", ".join(_names()) or "none yet"
        reason = f"and {_OUTPUTS} has no run of that name (it has: {names})"
        raise RunFolderError(f"{name} is not a run folder, {reason}", REFUSED)
    return folder


def run_or_configuration(text: str, *, is_run: bool = False) -> str:
    """Return the path or shipped name that ``CONFIG|RUN`` means: existing, shipped, then a run.

    Parameters
    ----------
    text
        As typed.
    is_run
        Whether only a run can be meant.
    """
    shipped = text in shipped_configurations() and not is_run
    if os.path.exists(text) or shipped or Path(text).name != text:  # noqa: PTH110
        return text
    folder = _newest(text)
    return text if folder is None else str(folder)


def _newest(name: str) -> Path | None:
    """Return the newest run of a name, or a run folder that itself has the name."""
    if (_OUTPUTS / name / "manifest.json").is_file():
        return _OUTPUTS / name
    runs = [path for path in _OUTPUTS.glob("*/*/") if name in (LATEST, path.parent.name)]
    dated = [(match[1], path.stat().st_mtime, path) for path in runs if (match := _dated(path))]
    return max(dated)[-1] if dated else None


def _dated(path: Path) -> re.Match[str] | None:
    return _RUN.fullmatch(path.name) if (path / "config.yaml").is_file() else None


def _names() -> list[str]:
    runs = {path.parent.name for path in _OUTPUTS.glob("*/*/") if _dated(path)}
    return sorted(runs | {path.parent.name for path in _OUTPUTS.glob("*/manifest.json")})
