"""Equipment shields equipment: how much matter surrounds a die inside the compute bay.

The bay is a cube of one smeared-out density. Rays from a die to its walls have a distribution of
lengths, and what arrives is a mean over it, taken by quadrature.
"""

from __future__ import annotations

import numpy as np

from problems.units import ALUMINIUM_KG_M2_PER_MM, FloatArray, Quantity

#: Ray lengths over the edge of the cube at which the means are taken.
RAY_NODES = np.array([0.03052, 0.17687, 0.51907, 1.0732])
_WITH_SHIELD_ALONE = np.array([0.0, *RAY_NODES])
#: Weights for dies anywhere in the cube, and for a die at a wall with its inner half of the sky.
INTERIOR_WEIGHTS = np.array([0.11689, 0.28870, 0.43418, 0.16023])
WALL_WEIGHTS = np.array([0.07898, 0.20787, 0.37217, 0.34098])

#: Weights of the last depths of :func:`depths_mm`: the shield alone, the mean die, and the worst
#: one, which sees half of the sky through the shield alone.
SHIELD_ALONE = np.ones(1)
MEAN_DIE = INTERIOR_WEIGHTS
WORST_DIE = 0.5 * np.array([1.0, *WALL_WEIGHTS])


def own_mass_mm(
    mass_kg: FloatArray, *, volume_m3: FloatArray, absorbing_frac: Quantity
) -> FloatArray:
    """Return the matter along one edge of the bay as aluminium [mm].

    Parameters
    ----------
    mass_kg
        Accelerators and hosts, spares included [kg].
    volume_m3
        Volume of the bay, a cube [m3].
    absorbing_frac
        Share of that mass that absorbs as if it were spread evenly [1].

    Examples
    --------
    A tonne in 3 m3, 60 % of it counting: 29 g/cm2 from wall to wall.

    >>> round(float(own_mass_mm(np.array(1021.0), volume_m3=np.array(2.9), absorbing_frac=0.6)))
    112
    """
    return np.asarray(mass_kg * (absorbing_frac / ALUMINIUM_KG_M2_PER_MM) / np.cbrt(volume_m3) ** 2)


def depths_mm(shield_mm: FloatArray, *, own_mass_mm: FloatArray | None = None) -> FloatArray:
    """Return the depths at which an environment is looked up, shape (depths, ...) [mm].

    The first is the shield alone; the others add the ray nodes through the own mass, if it is
    given.

    Notes
    -----
    The four nodes serve both dies. Against ray tracing of the cube (4 million rays) the means of
    exp(-k s) are right within 0.1 % up to k = 25, within 1 % at 30 and 6 % at 40.

    Examples
    --------
    >>> depths_mm(np.array([5.0]), own_mass_mm=np.array([100.0])).round(1).tolist()
    [[5.0], [8.1], [22.7], [56.9], [112.3]]
    """
    if own_mass_mm is None:
        return np.asarray(shield_mm)[None]
    nodes = _WITH_SHIELD_ALONE.reshape(-1, *(1,) * max(shield_mm.ndim, own_mass_mm.ndim))
    return np.asarray(shield_mm + nodes * own_mass_mm)


def mean_over(depths: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted mean over the last depths of the first axis, as many as weights.

    Examples
    --------
    >>> mean_over(np.array([[1.0], [2.0], [4.0]]), np.array([0.5, 0.5])).tolist()
    [3.0]
    """
    along = weights.reshape(-1, *(1,) * (depths.ndim - 1))
    mean: FloatArray = np.add.reduce(depths[-len(weights) :] * along, axis=0)
    return mean
