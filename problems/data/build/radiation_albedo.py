"""Albedo: hadrons that cosmic rays free in the atmosphere and send back to low orbits.

References
----------
.. [1] Mizuno, T. et al., "Cosmic-ray background flux model based on a gamma-ray large area space
   telescope balloon flight engineering model", Astrophys. J. 614 (2004) 1113: fits of protons up
   and down to AMS-01 (Alcaraz, J. et al., Phys. Lett. B 472 (2000) 215); below 100 MeV
   extrapolated.
.. [2] Sato, T., "Analytical model for estimating terrestrial cosmic ray fluxes nearly anytime and
   anywhere in the world: extension of PARMA/EXPACS", PLoS ONE 10 (2015) e0144679: neutrons upward
   at the top of the atmosphere, times 0.85, the measured leakage of Lockwood, J. A. et al.,
   J. Geophys. Res. 84 (1979) 1402.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import numpy as np

from problems.data.build.radiation_irbem import Array

#: Orbit where the tabulated albedo belongs, and radii of the Earth as disc and of our orbits.
TABLE_ALTITUDE_KM, DISC_RADIUS_KM, ORBIT_RADIUS_KM = 400.0, 6371.0, 6378.137
COLUMNS = ("protons_30", "protons_100", "neutrons_min", "neutrons_max")


@functools.cache
def _table() -> tuple[Array, Array]:
    """Geomagnetic latitude (deg), and the four columns in all directions, /cm2/s."""
    with (Path(__file__).parent / "albedo.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    latitude = np.array([float(row["geomagnetic_latitude_deg"]) for row in rows])
    return latitude, np.array([[float(row[name]) for name in COLUMNS] for row in rows])


def disc_share(altitude_km: float) -> float:
    """Share of the sky below that the Earth fills."""
    ratio = DISC_RADIUS_KM / (ORBIT_RADIUS_KM + altitude_km)
    return float(1.0 - np.sqrt(1.0 - ratio * ratio))


def albedo_by_shell(shell_over_radius: Array, altitude_km: float) -> Array:
    """Albedo at positions with a given L over geocentric radius, /cm2/s, one column more.

    In a dipole field cos^2 of the geomagnetic latitude is r/L. Poleward of the table its edge is
    held. With altitude both species thin out with the solid angle of the Earth; a limb-brightened
    Earth gives 3 % less at 800 km, and gyrating protons need not follow (estimate).
    """
    latitude, columns = _table()
    cosine = np.sqrt(np.clip(1.0 / np.maximum(shell_over_radius, 1e-3), 0.0, 1.0))
    place = np.degrees(np.arccos(cosine))
    values = np.stack([np.interp(place, latitude, column) for column in columns.T], axis=-1)
    return np.asarray(values * (disc_share(altitude_km) / disc_share(TABLE_ALTITUDE_KM)))
