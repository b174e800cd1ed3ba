"""Build ``data/atmosphere.npz``: air density and natural decay over altitude.

Run ``python -m problems.data.build.atmosphere``; needs pymsis (extra ``tables``), offline, one
core, about a minute.

Density is NRLMSIS 2.1 averaged over four seasons, twelve local times and eleven equal-area
latitudes; ``_dawn_dusk`` keeps local times 06 and 18 h only. The solar-cycle mean averages the
density (not the activity) over the 24 years of cycles 23 and 24, each with its own F10.7 and Ap.
The model is an extrapolation above 1,000 km; beyond 2,000 km its logarithm is continued in a
straight line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pymsis

from problems.orbit.tables import altitude_nodes_km
from problems.units import EARTH_RADIUS_KM, MU_EARTH_KM3_S2, SECONDS_PER_YEAR, FloatArray

OUTPUT = Path(__file__).resolve().parents[1] / "atmosphere.npz"

# Twelve-month smoothed monthly values of July, 1996 to 2019: 10.7 cm flux at Penticton [sfu] and
# planetary Ap. NOAA Space Weather Prediction Center, "Recent Solar Indices of Observed Monthly
# Mean Values", file of 2020-05-04.
CYCLE_23_F107 = (
    72.0,
    81.8,
    120.0,
    154.4,
    180.2,
    183.8,
    176.2,
    127.2,
    106.1,
    90.9,
    80.0,
    72.7,
    68.8,
)
CYCLE_23_AP = (9.3, 8.4, 12.3, 12.6, 14.8, 12.9, 13.3, 22.0, 13.5, 12.8, 8.6, 7.4, 6.8)
CYCLE_24_F107 = (71.0, 80.1, 115.4, 119.5, 123.9, 145.2, 116.0, 87.7, 76.8, 70.0, 69.7)
CYCLE_24_AP = (3.9, 6.0, 7.3, 8.3, 7.3, 8.8, 13.1, 11.2, 11.0, 7.3, 6.3)

# Reference levels of long-term solar activity (F10.7, ap): ECSS-E-ST-10-04C, annex on solar
# activity, low / moderate / high.
LEVELS = {"low": (65.0, 0.0), "mean": (140.0, 15.0), "high": (250.0, 45.0)}

SEASONS = ("2026-03-21T12", "2026-06-21T12", "2026-09-21T12", "2026-12-21T12")
LONGITUDES_DEG = np.arange(0.0, 360.0, 30.0)  # at 12 h UT: local times every two hours
LATITUDES_DEG = np.degrees(np.arcsin((2.0 * np.arange(11) + 1.0) / 11.0 - 1.0))
DAWN_DUSK_LONGITUDES_DEG = (90.0, 270.0)  # local times 18 and 06 h at 12 h UT

DECAY_FLOOR_KM = 120.0  # a circular orbit is over below
HIGHEST_MODEL_KM = 2_000.0
SLOPE_NODES = 10  # nodes below the highest from which the continuation takes its slope
LONGEST_DECAY_YR_M2_KG = 1e9  # cap: longer than any question asked


def mean_density(altitude_km: FloatArray, f107: float, ap: float) -> tuple[FloatArray, FloatArray]:
    """Mean density over all local times and over dawn and dusk only [kg/m3]."""
    dates = np.array(SEASONS, dtype="datetime64[ns]")
    mesh = np.meshgrid(np.arange(len(dates)), LONGITUDES_DEG, LATITUDES_DEG, indexing="ij")
    season, longitude, latitude = (axis.ravel() for axis in mesh)
    points, nodes = len(season), len(altitude_km)
    total = points * nodes
    output = pymsis.calculate(
        np.tile(dates[season], nodes),
        np.tile(longitude, nodes),
        np.tile(latitude, nodes),
        np.repeat(altitude_km, points),
        f107s=np.full(total, f107),
        f107as=np.full(total, f107),
        aps=np.full((total, 7), ap),
        version=2.1,
    )
    density = np.asarray(output[..., pymsis.Variable.MASS_DENSITY], dtype=np.float64)
    density = density.reshape(nodes, points)
    twilight = np.isin(longitude, DAWN_DUSK_LONGITUDES_DEG)
    return density.mean(axis=1), density[:, twilight].mean(axis=1)


def cycle_mean(altitude_km: FloatArray) -> dict[str, FloatArray]:
    """Density averaged over both cycles, over each alone, and for dawn-dusk [kg/m3]."""
    flux, index = CYCLE_23_F107 + CYCLE_24_F107, CYCLE_23_AP + CYCLE_24_AP
    years = [mean_density(altitude_km, f, a) for f, a in zip(flux, index, strict=True)]
    everywhere = np.array([year[0] for year in years])
    twilight = np.array([year[1] for year in years])
    strong = len(CYCLE_23_F107)
    return {
        "cycle": everywhere.mean(axis=0),
        "cycle_dawn_dusk": twilight.mean(axis=0),
        "cycle_23": everywhere[:strong].mean(axis=0),
        "cycle_24": everywhere[strong:].mean(axis=0),
    }


def extended_log(density: FloatArray, altitude_km: FloatArray) -> FloatArray:
    """Logarithm of the density on all nodes, continued in a straight line above the model."""
    model = altitude_km[: len(density)]
    log = np.log(density)
    slope = (log[-1] - log[-1 - SLOPE_NODES]) / (model[-1] - model[-1 - SLOPE_NODES])
    return np.concatenate([log, log[-1] + slope * (altitude_km[len(density) :] - model[-1])])


def decay_integral(altitude_km: FloatArray, log_density: FloatArray) -> FloatArray:
    """Years times C_d A/m [m2/kg] until an orbit has decayed from each altitude.

    da/dt = -rho (C_d A/m) sqrt(mu a); between nodes the integrand is taken as an exponential.
    """
    radius = 1e3 * (EARTH_RADIUS_KM + altitude_km)
    log = -log_density - 0.5 * np.log(1e9 * MU_EARTH_KM3_S2 * radius)
    steps = np.diff(radius) * np.diff(np.exp(log)) / np.diff(log)
    return np.concatenate([[0.0], np.cumsum(steps)]) / SECONDS_PER_YEAR


def build() -> None:
    """Compute all tables and write them."""
    nodes = altitude_nodes_km()
    below = np.linspace(DECAY_FLOOR_KM, nodes[0], 41)[:-1]
    model = np.concatenate([below, nodes[nodes <= HIGHEST_MODEL_KM]])
    cycle = cycle_mean(model)
    all_nodes = np.concatenate([below, nodes])
    log = {name: extended_log(density, all_nodes) for name, density in cycle.items()}
    decay = np.minimum(decay_integral(all_nodes, log["cycle"]), LONGEST_DECAY_YR_M2_KG)
    tables = {
        "ln_decay_integral": np.log(decay[len(below) :]),
        "ln_density": log["cycle"][len(below) :],
        "ln_density_dawn_dusk": log["cycle_dawn_dusk"][len(below) :],
        "ln_density_cycle_23": log["cycle_23"][len(below) :],
        "ln_density_cycle_24": log["cycle_24"][len(below) :],
    }
    for name, (f107, ap) in LEVELS.items():
        density = mean_density(model, f107, ap)[0]
        tables[f"ln_density_{name}"] = extended_log(density, all_nodes)[len(below) :]
    single: dict[str, Any] = {key: value.astype(np.float32) for key, value in tables.items()}
    np.savez_compressed(OUTPUT, **single)


if __name__ == "__main__":
    build()
