"""Impacts: what perforates the walls of the bay, and what a hit on coolant tubes costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.units import BoolArray, FloatArray, Quantity

# Aluminium sphere at normal incidence on an aluminium wall, in cm, g/cm3 and km/s.
_SPEED_KM_S = 10.0  # mean of debris in low orbit
_SOUND_SPEED_KM_S = 5.1  # of the wall
_BRINELL_HARDNESS = 118.0  # 6061-T6 and 2024 lie between 95 and 150: 6 % of the size
_DENSITY_G_CM3 = 2.8
_YIELD_KSI = 47.0
# Meteoroids: lighter and faster than debris.
_METEOROID_SPEED_KM_S = 20.0  # Gruen et al. 1985, mean at 1 au
_METEOROID_DENSITY_G_CM3 = 2.5  # ECSS-E-ST-10-04C, meteoroid chapter

_SPEED_RATIO = _METEOROID_SPEED_KM_S / _SPEED_KM_S
_DENSITY_RATIO = _METEOROID_DENSITY_G_CM3 / _DENSITY_G_CM3

# A wall is perforated where it is thinner than 1.8 times the crater 5.24 d^(19/18) ...
_SINGLE_EXPONENT = 18.0 / 19.0
_PERFORATION = (
    1.8 * 5.24 * _BRINELL_HARDNESS**-0.25 * (_SPEED_KM_S / _SOUND_SPEED_KM_S) ** (2.0 / 3.0)
)
_SINGLE_METEOROID = float((_DENSITY_RATIO**0.5 * _SPEED_RATIO ** (2.0 / 3.0)) ** -_SINGLE_EXPONENT)
# ... and behind a bumper of a quarter of the particle's size by 3.918 t_w^(2/3) gap^(1/3) ...
_BUMPER_PER_SIZE = 0.25
_SPACED = (
    3.918
    * (_YIELD_KSI / 70.0) ** (1.0 / 3.0)
    * _DENSITY_G_CM3 ** (-1.0 / 3.0 - 1.0 / 9.0)
    * _SPEED_KM_S ** (-2.0 / 3.0)
)
_SPACED_METEOROID = float(_DENSITY_RATIO ** (-1.0 / 3.0) * _SPEED_RATIO ** (-2.0 / 3.0))
#: Total thickness above which usual gaps are too short for the equation of a spaced wall [cm].
_THICKEST_SPACED_CM = 1.0


class CriticalSizes(NamedTuple):
    """Diameters above which particles perforate a wall."""

    debris_cm: FloatArray
    meteoroid_cm: FloatArray


def single_wall(wall_mm: FloatArray) -> CriticalSizes:
    r"""Return the smallest particles that perforate a single aluminium wall.

    Parameters
    ----------
    wall_mm
        Thickness [mm].

    Notes
    -----
    .. math:: t = 1.8 \cdot 5.24\, d^{19/18} H^{-1/4} (\rho_p/\rho_t)^{1/2} (V/C)^{2/3}

    in cm: aluminium at 10 km/s, meteoroids of 2.5 g/cm3 at 20 km/s, both at normal incidence.

    References
    ----------
    Cour-Palais; Christiansen 2003, Meteoroid/Debris Shielding, NASA/TP-2003-210788.

    Examples
    --------
    >>> import numpy as np
    >>> (10.0 * single_wall(np.array([1.0, 3.8, 20.0])).debris_cm).round(2).tolist()  # mm
    [0.27, 0.97, 4.65]
    """
    debris_cm = (wall_mm * (0.1 / _PERFORATION)) ** _SINGLE_EXPONENT
    return CriticalSizes(np.asarray(debris_cm), np.asarray(debris_cm * _SINGLE_METEOROID))


def spaced_wall(wall_mm: FloatArray, *, gap_mm: Quantity) -> CriticalSizes:
    r"""Return the smallest particles that perforate a bumper and the wall behind it.

    Parameters
    ----------
    wall_mm
        Thickness of both together [mm].
    gap_mm
        Distance between them [mm].

    Notes
    -----
    .. math::
        d = 3.918\, t_w^{2/3} S^{1/3} (\sigma/70)^{1/3} \rho_p^{-1/3} \rho_b^{-1/9} V^{-2/3}

    in cm, ksi, g/cm3 and km/s, from 7 km/s. The bumper takes 0.25 d of the thickness, at most half
    of it, which makes a cubic in sqrt(d) with one real root. Above 10 mm the gap is too short: the
    wall then stops what one of 10 mm stops, or what a single wall stops if that is more.

    References
    ----------
    Christiansen 2003, Meteoroid/Debris Shielding, NASA/TP-2003-210788, Whipple shield.

    Examples
    --------
    >>> import numpy as np
    >>> (10.0 * spaced_wall(np.array([1.0, 5.0]), gap_mm=100.0).debris_cm).round(2).tolist()  # mm
    [1.56, 5.19]
    """
    both_cm = np.minimum(wall_mm * 0.1, _THICKEST_SPACED_CM)
    per_wall = _SPACED * np.cbrt(gap_mm * 0.1)
    a = per_wall * np.sqrt(per_wall)
    c = a * (_BUMPER_PER_SIZE / 3.0)
    cubed, half = c * c * c, 0.5 * a * both_cm
    u = np.cbrt(half - cubed + np.sqrt(half * (half - 2.0 * cubed)))
    root = u + c * c / u - c
    debris_cm = np.maximum(root * root, per_wall * np.cbrt(0.5 * both_cm) ** 2)
    alone = single_wall(wall_mm)
    return CriticalSizes(
        np.maximum(debris_cm, alone.debris_cm),
        np.maximum(debris_cm * _SPACED_METEOROID, alone.meteoroid_cm),
    )


def critical_sizes(wall_mm: FloatArray, *, spaced: BoolArray, gap_mm: Quantity) -> CriticalSizes:
    """Return the smallest particles that perforate walls, some with a bumper of the same mass.

    Parameters
    ----------
    wall_mm
        Thickness, bumper included [mm].
    spaced
        Rows with a bumper.
    gap_mm
        Distance of the bumper [mm].

    Examples
    --------
    >>> import numpy as np
    >>> found = critical_sizes(np.ones(2), spaced=np.array([False, True]), gap_mm=100.0)
    >>> (10.0 * found.debris_cm).round(2).tolist()
    [0.27, 1.56]
    """
    single = single_wall(wall_mm)
    if not somewhere(spaced):
        return single
    apart = spaced_wall(wall_mm, gap_mm=gap_mm)
    return CriticalSizes(*(np.where(spaced, b, a) for a, b in zip(single, apart, strict=True)))


class LoopLosses(NamedTuple):
    """What impacts on the tubes of a radiator end."""

    satellites_per_yr: FloatArray  #: satellites with their last loop [1/yr]
    compute_per_yr: FloatArray  #: compute of single loops, while the satellite works [1/yr]


#: Highest probability that all loops are lost: beyond, their equivalent rate has no end [1].
_CERTAIN = 1.0 - 1e-12


def loop_losses(hits_per_yr: FloatArray, *, loops: FloatArray, life_yr: FloatArray) -> LoopLosses:
    r"""Return what impacts cost a radiator in loops that valves can isolate.

    Parameters
    ----------
    hits_per_yr
        Impacts that open a tube, on all loops together [1/yr].
    loops
        Number of loops; each cools its share of the compute [1].
    life_yr
        Life [yr].

    Notes
    -----
    Each of k loops is hit at h/k, and compute is lost at that rate. The satellite is lost with the
    last loop, at the mean rate of

    .. math:: P = \left(1 - e^{-h L / k}\right)^k

    over its life L; single loops end the rest. With one loop every hit ends the satellite.

    Examples
    --------
    >>> import numpy as np
    >>> lost = loop_losses(np.array(0.02), loops=np.array([1.0, 2.0]), life_yr=np.array(5.0))
    >>> lost.satellites_per_yr.round(6).tolist(), lost.compute_per_yr.round(6).tolist()
    ([0.02, 0.000476], [0.0, 0.009524])
    """
    if not somewhere(loops != 1.0):
        return LoopLosses(hits_per_yr, np.zeros(()))
    each = hits_per_yr / loops
    all_lost = np.minimum((-np.expm1(-each * life_yr)) ** loops, _CERTAIN)
    satellites = np.where(loops == 1.0, hits_per_yr, -np.log1p(-all_lost) / life_yr)
    return LoopLosses(satellites, np.maximum(each - satellites, 0.0))
