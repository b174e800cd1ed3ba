"""Runs of the shipped satellite with three designs of different kind, for tests of drawings."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

from optimize.evaluation.tables import Layout, to_frame
from optimize.run.folder import RunData
from problems.compute_satellite.problem import ComputeSatellite
from tests.optimize.runs import sampled_run

DESIGNS = {
    "orbit": ["dawn_dusk_sso", "geo", "equatorial"],
    "altitude_km": [650.0, 35_786.0, 520.0],
    "launch_site": ["earth", "moon", "earth"],
    "transfer": ["direct", "electric", "electric"],
    "gpu_count": [84, 2000, 64],
    "array_area_m2": [800.0, 12_000.0, 900.0],
    "radiator_area_m2": [300.0, 6_500.0, 260.0],
    "shield_mm": [8.0, 12.0, 2.0],
    "eclipse_power_fraction": [0.2, 0.1, 1.0],
    "design_life_yr": [5.0, 8.0, 5.0],
}


@cache
def _sampled() -> RunData:
    return sampled_run(Path("nowhere"), ComputeSatellite(), samples=2000, most=3)


def satellite_run(path: Path) -> RunData:
    """Return a run whose front is a dawn-dusk, a lunar geostationary and an equatorial design."""
    run = _sampled()
    problem = run.problem
    x = problem.canonical(problem.space.matrix(DESIGNS), problem.space)
    layout = Layout(problem, problem.space, run.objectives, run.constraints)
    front = to_frame(layout.table(x, problem.evaluate(x)))
    return dataclasses.replace(run, path=path, front=front, front_x=x)
