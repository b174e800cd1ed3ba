"""Physical constants, unit conversions and the array types that every discipline shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float64]
    IntArray: TypeAlias = NDArray[np.intp]
    BoolArray: TypeAlias = NDArray[np.bool_]
    #: A number nobody chooses: one value, or one per future as an ``(m, 1)`` column.
    Quantity: TypeAlias = float | FloatArray
else:  # annotations only: checking a configuration must not load numpy
    FloatArray = IntArray = BoolArray = Quantity = object

# Orbit families, in the order of the catalogue of codes that the chain hands to the disciplines.
ORBIT_FAMILIES = ("dawn_dusk_sso", "inclined", "equatorial", "geo")
DAWN_DUSK_SSO, INCLINED, EQUATORIAL, GEO = range(4)
LAUNCH_SITES = ("earth", "moon")
EARTH, MOON = range(2)
TRANSFERS = ("direct", "electric", "aerobrake")
DIRECT, ELECTRIC, AEROBRAKE = range(3)
REFUELLINGS = ("none", "tankers")
NO_REFUELLING, TANKERS = range(2)
SHIELD_LAYOUTS = ("single", "spaced")
SINGLE, SPACED = range(2)
PROTECTIONS = ("none", "checkpoint", "duplicate", "tmr_host")
NO_PROTECTION, CHECKPOINT, DUPLICATE, TMR_HOST = range(4)
RADIATOR_ATTITUDES = ("sun_edge", "ram_edge")
SUN_EDGE, RAM_EDGE = range(2)
SAA_PAUSES = ("run", "pause")
RUN, PAUSE = range(2)
WORKLOADS = (
    "training",
    "inference",
    "batch",
    "sharded",
    "diloco",
    "pipeline",
    "tensor",
    "prefill",
)
DATA_PARALLEL, INFERENCE, BATCH, SHARDED, DILOCO, PIPELINE, TENSOR, PREFILL = range(8)
FORMATIONS = ("lattice", "tilted", "ball")
LATTICE, TILTED, BALL = range(3)
#: Visits closer together than this are none: the search needs room for leaving them out [yr].
SHORTEST_REFRESH_YR = 1.0

# --- Earth and Sun ------------------------------------------------------------------------------
MU_EARTH_KM3_S2 = 398_600.4418  # WGS 84 (NIMA TR8350.2, table 3.1)
EARTH_RADIUS_KM = 6378.137  # WGS 84 equatorial radius; altitude is measured from here
EARTH_FLATTENING = 1.0 / 298.257223563  # WGS 84
EARTH_MEAN_RADIUS_KM = 6371.0  # IUGG mean radius R1, used where the Earth is seen as a disc
J2_EARTH = 1.0826267e-3  # EGM96
EARTH_ROTATION_SPEED_M_S = 465.1  # equatorial surface speed, 2 pi R / sidereal day
TROPICAL_YEAR_D = 365.2422
GEO_ALTITUDE_KM = 35_786.0  # geostationary altitude above the equatorial radius
OBLIQUITY_DEG = 23.4393  # J2000 obliquity of the ecliptic
EARTH_ORBIT_ECCENTRICITY = 0.0167086  # J2000
SUN_RADIUS_KM = 695_700.0  # IAU 2015 Resolution B3
ASTRONOMICAL_UNIT_KM = 149_597_870.7  # IAU 2012 Resolution B2

# --- Moon ---------------------------------------------------------------------------------------
MU_MOON_KM3_S2 = 4902.800  # DE430
MOON_RADIUS_KM = 1737.4  # IAU mean radius
MOON_DISTANCE_KM = 384_400.0  # mean Earth-Moon distance

# --- Physics ------------------------------------------------------------------------------------
STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018
STANDARD_GRAVITY_M_S2 = 9.80665  # CGPM 1901
SPEED_OF_LIGHT_KM_S = 299_792.458  # exact
COSMIC_BACKGROUND_K = 3.0  # 2.725 K rounded up, as in common thermal practice
ALUMINIUM_KG_M2_PER_MM = 2.70  # density 2.70 g/cm3
ZERO_CELSIUS_K = 273.15

# --- Time and money -----------------------------------------------------------------------------
SECONDS_PER_YEAR = 3.15576e7  # Julian year
HOURS_PER_YEAR = 8766.0  # Julian year
DAYS_PER_YEAR = 365.25
SECONDS_PER_DAY = 86_400.0
SECONDS_PER_HOUR = 3600.0
