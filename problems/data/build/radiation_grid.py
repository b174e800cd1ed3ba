"""The grids of the radiation table: computed nodes, shipped nodes and held-out checks."""

from __future__ import annotations

import numpy as np

from problems.data.build.radiation_trapped import EQUATORIAL_RADIUS_KM

GEO_ALTITUDE_KM = 35_786.0
# Radius to which SPENVIS adds the altitude; ours stand on the equatorial radius.
SPENVIS_EARTH_RADIUS_KM = 6371.0

# Altitudes at which the belt models are evaluated.
COMPUTED_ALTITUDE_KM = np.array(
    [
        300,
        320,
        340,
        360,
        380,
        400,
        425,
        450,
        475,
        500,
        525,
        550,
        600,
        650,
        700,
        750,
        800,
        850,
        900,
        950,
        1000,
        1100,
        1200,
        1300,
        1400,
        1500,
        1600,
        1800,
        2000,
        2250,
        2500,
        2750,
        3000,
        3500,
        4000,
        4500,
        5000,
        5500,
        6000,
        6500,
        7000,
        7500,
        8000,
        9000,
        10000,
        11000,
        12000,
        13000,
        14000,
        15000,
        16000,
        17000,
        18000,
        19000,
        20000,
        21000,
        22000,
        23500,
        25000,
        27000,
        29000,
        31000,
        33000,
        36500,
    ],
    dtype=float,
)
# Altitudes used to measure the interpolation, none of them a computed node.
HELD_OUT_ALTITUDE_KM = np.array(
    [
        310,
        350,
        390,
        437,
        487,
        537,
        575,
        625,
        680,
        775,
        925,
        1050,
        1250,
        1450,
        1700,
        1900,
        2400,
        3250,
        4200,
        5700,
        8300,
        11500,
        16500,
        20200,
        24200,
        28000,
        34000,
    ],
    dtype=float,
)
HELD_OUT_INCLINATION_DEG = np.array(
    [3.7, 8.3, 13.9, 21.3, 26.1, 31.1, 38.6, 44.1, 53.4, 63.4, 71.2, 81.4, 88.9]
)
HELD_OUT_DEPTH_MM = np.array(
    [
        0.57,
        0.83,
        1.27,
        1.9,
        2.7,
        3.7,
        4.9,
        6.7,
        8.9,
        11.3,
        14.7,
        21.3,
        33.0,
        47.0,
        71.0,
        103.0,
        149.0,
    ]
)

# Shipped grids: uniform in ln h, in i and in ln z, so that an index is one multiplication.
TABLE_LN_ALTITUDE = np.linspace(np.log(300.0), np.log(36_500.0), 121)
TABLE_INCLINATION_DEG = np.linspace(0.0, 90.0, 37)
DEPTH_STEP = np.log(10.0) / 20.0  # twenty depths a decade: 0.5 to 158 mm
TABLE_LN_DEPTH = np.log(0.5) + DEPTH_STEP * np.arange(51)
# SHIELDOSE-2 differentiates over depth, so it gets a finer and wider grid (at most 71).
DEPTH_MM = np.geomspace(0.45, 165.0, 71)

COVERGLASS_MIL = np.array([1.0, 3.0, 6.0, 12.0, 20.0, 30.0, 60.0])
UM_PER_MIL = 25.4


def from_spenvis(altitude_km: float) -> float:
    """Altitude on our radius of a circular orbit given on the radius of SPENVIS."""
    return SPENVIS_EARTH_RADIUS_KM + altitude_km - EQUATORIAL_RADIUS_KM
