"""Three designs of different kind as a run, for tests of what is handed to other tools."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimize.config.run_config import RunConfig
from optimize.evaluation.tables import Layout
from optimize.export.document import design_document
from optimize.run.folder import RunData, create_run_folder, write_front, write_manifest
from optimize.run.integrity import FILES, digests_of
from optimize.run.provenance import data_digests
from problems import load_problem

#: Dawn-dusk from Earth, geostationary from the Moon, low over the equator.
KINDS: dict[str, dict[str, Any]] = {
    "dawn_dusk": {
        "orbit": "dawn_dusk_sso",
        "altitude_km": 652.3,
        "launch_site": "earth",
        "array_area_m2": 702.5,
        "radiator_area_m2": 210.25,
        "shield_mm": 6.3,
        "gpu_count": 90,
    },
    "lunar_geo": {
        "orbit": "geo",
        "launch_site": "moon",
        "array_area_m2": 672.1,
        "gpu_count": 80,
        "radiator_area_m2": 180.7,
        "shield_mm": 21.7,
        "eclipse_power_fraction": 0.35,
    },
    "equatorial": {
        "orbit": "equatorial",
        "altitude_km": 487.9,
        "launch_site": "earth",
        "array_area_m2": 1100.3,
        "radiator_area_m2": 260.9,
        "shield_mm": 2.2,
        "gpu_count": 72,
        "eclipse_power_fraction": 0.5,
        "launcher": "ariane_64",
    },
}


def run_folder(base: Path) -> Path:
    """Write a run whose front are the three designs; return its folder."""
    problem: Any = load_problem()
    rows = [problem.space.matrix({k: [v] for k, v in kind.items()}) for kind in KINDS.values()]
    x = problem.canonical(np.vstack(rows))
    layout = Layout(problem, problem.space, problem.objectives, problem.constraints)
    folder = create_run_folder(RunConfig(name="three"), base)
    write_front(folder, layout, x)
    pd.DataFrame({"generation": [1]}).to_parquet(folder / "history.parquet")
    manifest = {
        "schema_version": 1,
        "status": "finished",
        "problem_version": problem.version,
        "seed": 7,
        "config_hash": "0123abcd",
        "git_revision": None,
        "versions": {"numpy": "2"},
        "data_digests": data_digests(problem),
        "finished": "2026-11-20T14:50:05Z",
        FILES: digests_of(folder),
    }
    write_manifest(folder, manifest)
    return folder


def documents(run: RunData) -> dict[str, dict[str, Any]]:
    """Return the master documents of the three designs by their kind."""
    by_altitude = sorted(
        (design_document(run, name) for name in run.front["design_id"]),
        key=lambda document: document["outputs"]["orbit_altitude_km"]["value"],
    )
    return dict(zip(("equatorial", "dawn_dusk", "lunar_geo"), by_altitude, strict=True))


@cache
def shared() -> tuple[Path, dict[str, dict[str, Any]]]:
    """Return a run folder made once, and its documents; neither is to be changed."""
    import atexit
    import shutil
    import tempfile

    from optimize.run.folder import load_run

    base = Path(tempfile.mkdtemp(prefix="heliofront-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    folder = run_folder(base)
    return folder, documents(load_run(folder))
