"""What a run was made with: packages, data tables, revision; and whether that is the present."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from problems.space import Problem

_PACKAGES = (
    "heliofront",
    "numpy",
    "scipy",
    "llvmlite",
    "jax",
    "pymoo",
    "moocore",
    "pandas",
    "pyarrow",
)
_ROOT = Path(__file__).resolve().parents[2]  # of a checkout; site-packages for an installed wheel
#: Packages whose version decides the numbers of a search.
SEARCH_PACKAGES = ("numpy", "pymoo", "moocore")


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter for a run."""
    versions = {"python": platform.python_version()}
    return versions | {name: found for name in _PACKAGES if (found := _version(name)) is not None}


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def data_digests(problem: Problem) -> dict[str, str]:
    """Return the digest of every table the problem ships, or of the user's own module."""
    module = problem.model_module
    if module.partition(".")[0] != "problems":
        file = getattr(sys.modules.get(module), "__file__", None)
        files = {Path(file).name: Path(file).read_bytes()} if file else {}
    else:
        folder = resources.files("problems.data")
        files = {
            entry.name: entry.read_bytes()
            for entry in folder.iterdir()
            if entry.name.endswith((".csv", ".npz", ".json"))
        }
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


@cache
def git_revision(root: Path = _ROOT) -> str | None:
    """Return the revision of the checkout the code runs from (``+`` when changed), if any."""
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty=+"]
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def model_change(
    manifest: Mapping[str, Any], version: str, digests: Mapping[str, str]
) -> str | None:
    """Return how the model differs from the one that made a run, or None.

    Parameters
    ----------
    manifest
        Manifest of the run.
    version, digests
        Version of the model and digests of its tables now.

    Examples
    --------
    >>> made = {"problem_version": "1", "data_digests": {"a.csv": "12", "b.csv": "34"}}
    >>> model_change(made, "1", {"a.csv": "12", "b.csv": "34"})
    >>> model_change(made, "2", {"a.csv": "12", "b.csv": "99"})
    'made by model version 1 (here: 2) with other data (b.csv)'
    >>> model_change(made, "1", {"a.csv": "99", "b.csv": "99"})
    'made with other data (a.csv, b.csv)'
    """
    before = str(manifest.get("problem_version", version))
    stored = manifest.get("data_digests") or {}
    tables = [name for name, digest in stored.items() if digests.get(name, digest) != digest]
    parts = []
    if before != version:
        parts.append(f"by model version {before} (here: {version})")
    if tables:
        parts.append(f"with other data ({', '.join(sorted(tables))})")
    return f"made {' '.join(parts)}" if parts else None


def schema_fault(manifest: Any, known: int) -> str | None:
    """Return why the manifest of a run folder cannot be read, or None.

    Parameters
    ----------
    manifest
        What ``manifest.json`` holds.
    known
        The ``schema_version`` of the present layout.

    Examples
    --------
    >>> schema_fault({"schema_version": 1}, 1)
    >>> schema_fault({}, 1)
    'is not of schema version 1'
    >>> schema_fault({"schema_version": 2, "versions": {"heliofront": "3.0"}}, 1)
    'has schema version 2: written by heliofront 3.0; this one reads 1, so update it'
    """
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if isinstance(version, int) and version > known:
        maker = (manifest.get("versions") or {}).get("heliofront", "of a later version")
        written = f"has schema version {version}: written by heliofront {maker}"
        return f"{written}; this one reads {known}, so update it"
    return None if version == known else f"is not of schema version {known}"
