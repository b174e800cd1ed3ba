"""Radiation damage of solar cells: equivalent electron fluence and lost power."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.radiation.exposure import Stay
from problems.radiation.tables import (
    CellTables,
    RadiationEnvironment,
    blend_rows,
    flattened,
)
from problems.units import BoolArray, FloatArray, IntArray, Quantity


class CellEnvironment(NamedTuple):
    """1-MeV-equivalent electrons under each design's own coverglass; every field is (n,)."""

    trapped_fluence_cm2_per_yr: FloatArray
    solar_fluence_95_cm2: FloatArray  # two active years at 95 % confidence, in this orbit
    transit_fluence_km_per_cm2_yr_s: FloatArray


def cell_environment(
    env: RadiationEnvironment,
    *,
    array_code: IntArray,
    cells: CellTables,
    from_above: BoolArray | bool = False,
) -> CellEnvironment:
    """Return equivalent electron fluences for the array type of each design.

    Parameters
    ----------
    env
        From `environment`, whose place in the grid is used again.
    array_code
        Index of the array type in the catalogue that built ``cells`` [1].
    cells
        From `build_cell_tables`.
    from_above
        True where a low-thrust transfer comes down from beyond 36,500 km.

    Returns
    -------
    CellEnvironment
        1-MeV electrons per cm2; (n,) arrays.

    Notes
    -----
    Energy dependence by NIEL, proton-electron ratio 1000 (GaAs and multijunction) or 3000 (Si) at
    10 MeV; infinite back shield. About 20 % below the JPL tables for GaAs from LEO to GEO.

    References
    ----------
    Messenger et al. (2001), Prog. Photovolt. 9, 103.
    Anspaugh (1996), JPL 96-9; Tada et al. (1982), JPL 82-69.

    Examples
    --------
    >>> import numpy as np
    >>> from problems.radiation.dose import environment
    >>> from problems.radiation.tables import build_cell_tables, load_radiation_tables
    >>> tables = load_radiation_tables()
    >>> env = environment(np.array([650.0]), np.array([98.0]), is_geo=np.array([False]),
    ...                   tables=tables)
    >>> cells = build_cell_tables([152.4], ["gaas"])
    >>> fluence = cell_environment(env, array_code=np.array([0]), cells=cells)
    >>> bool(1e12 < fluence.trapped_fluence_cm2_per_yr[0] < 4e12)
    True
    """
    shape, (_, code, above) = flattened(env.solar_transmission, array_code, from_above)
    own = env.place.corners * np.int32(cells.n_types) + code.astype(np.int32)[:, None]
    stay, up, down = blend_rows(cells.ln_fluence, own, env.place.weights).T
    fluence, transit = np.exp(stay), np.exp(np.where(above, down, up))
    solar = cells.solar_95.take(code.astype(np.intp))
    return CellEnvironment(
        fluence.reshape(shape),
        solar.reshape(shape) * env.solar_transmission,
        transit.reshape(shape),
    )


class CellFluence(NamedTuple):
    """Equivalent 1-MeV electrons under the coverglass [/cm2]."""

    life_cm2: FloatArray  # over the whole life, transfer included
    arrival_cm2: FloatArray  # the part that the belts give on the way


def cell_fluence(
    cell_env: CellEnvironment,
    stay: Stay,
    *,
    trapped_multiplier: Quantity,
    solar_multiplier: Quantity,
    cell_multiplier: Quantity,
) -> CellFluence:
    """Return the equivalent 1-MeV electron fluence over the whole life, and up to arrival.

    Parameters
    ----------
    cell_env
        From `cell_environment`.
    stay
        From `problems.radiation.exposure.stay`.
    trapped_multiplier, solar_multiplier
        Uncertain environment over the model's [1].
    cell_multiplier
        Uncertain damage equivalence over the model's [1].

    Notes
    -----
    Solar protons of the transfer's months are left out on arrival.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> cell = CellEnvironment(2e12 * one, 0.0 * one, 4e13 * one)
    >>> fluence = cell_fluence(cell, Stay(5.0 * one, 5.5 * one, 0.1 * one, one),
    ...     trapped_multiplier=1.0, solar_multiplier=1.0, cell_multiplier=1.0)
    >>> float(fluence.life_cm2[0]), float(fluence.arrival_cm2[0])
    (14000000000000.0, 4000000000000.0)
    """
    way = cell_env.transit_fluence_km_per_cm2_yr_s * stay.spiral_yr_s_per_km
    belts = (cell_env.trapped_fluence_cm2_per_yr * stay.in_orbit_yr + way) * trapped_multiplier
    solar = cell_env.solar_fluence_95_cm2 * stay.solar_growth * solar_multiplier
    return CellFluence(
        np.asarray((belts + solar) * cell_multiplier),
        np.asarray(way * (trapped_multiplier * cell_multiplier)),
    )


def cell_damage_fraction(
    fluence_cm2: FloatArray, *, damage_c: Quantity, damage_fluence_cm2: Quantity
) -> FloatArray:
    r"""Return the share of maximum power lost to an equivalent 1-MeV electron fluence [1].

    Parameters
    ----------
    fluence_cm2
        1-MeV-equivalent electrons [/cm2].
    damage_c, damage_fluence_cm2
        Constants of the cell's degradation curve [1], [/cm2].

    Notes
    -----
    .. math:: 1 - P / P_0 = C \log_{10}(1 + \Phi / \Phi_x)

    held below 1.

    References
    ----------
    Tada et al. (1982), JPL 82-69, equation for the semi-empirical degradation curve.

    Examples
    --------
    The XTJ cell keeps 0.84 of its power after 1e15 /cm2 (Fetzer et al., Spectrolab).

    >>> round(float(cell_damage_fraction(1e15, damage_c=0.222, damage_fluence_cm2=2.35e14)), 2)
    0.16
    """
    lost = damage_c * np.log10(1.0 + fluence_cm2 / damage_fluence_cm2)
    return np.asarray(np.minimum(lost, 1.0))
