"""Tables over altitude and inclination, and the one look-up that serves all of them.

``data/eclipse.npz`` and ``data/atmosphere.npz`` are made by ``problems.data.build``; quantities
with a closed form in altitude that is dear to evaluate are tabulated when the tables are loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from problems.orbit.geometry import circular_speed_m_s
from problems.orbit.view_factors import edge_on_view_factor_sum, rotating_view_factor_sum
from problems.units import (
    BoolArray,
    FloatArray,
    IntArray,
)

# One grid, uniform in the logarithm of altitude: one index serves every table. The table over
# altitude and inclination uses every fourth node.
LOWEST_KM, HIGHEST_KM = 200.0, 36_000.0
ALTITUDE_NODES, COARSE_STEP = 521, 4
INCLINATION_NODES = 91  # 0 to 90 deg, one per degree
# Circular speed over the logarithm of the decay integral, for orbits lowered to decay in time.
DECAY_NODES, HIGHEST_DECAY_KM = 1024, 2_100.0
_LOG_LOWEST = float(np.log(LOWEST_KM))
_LOG_STEP = float(np.log(HIGHEST_KM / LOWEST_KM)) / (ALTITUDE_NODES - 1)

# Scale of the altitude term of the debris fit, 10^(h / 200 km): Kessler et al. 1991, eq. for phi.
DEBRIS_DECADE_KM = 200.0
# Inclination factor of the same fit (its table), by inclination; held constant outside.
DEBRIS_INCLINATION_DEG = (28.5, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 98.0, 100.0, 120.0)
DEBRIS_INCLINATION_FACTOR = (0.91, 0.92, 0.96, 1.02, 1.09, 1.26, 1.71, 1.37, 1.77, 1.78, 1.18)


def altitude_nodes_km() -> FloatArray:
    """Return the altitudes of the shared grid.

    Returns
    -------
    array
        Altitudes, uniform in their logarithm [km].

    Examples
    --------
    >>> nodes = altitude_nodes_km()
    >>> float(nodes[0]), round(float(nodes[-1])), len(nodes)
    (200.0, 36000, 521)
    """
    return np.asarray(LOWEST_KM * np.exp(_LOG_STEP * np.arange(ALTITUDE_NODES)))


@dataclass(frozen=True, slots=True)
class OrbitTables:
    """Everything tabulated about an orbit.

    Attributes
    ----------
    by_altitude : array
        Two blocks of rows over the altitude grid, node at random first and dawn-dusk second;
        the columns are the fields of :class:`AltitudeColumns`, then their steps to the next row.
    by_inclination : array
        Rows over (coarse altitude, inclination), for a node at random: the fields of
        :class:`InclinationColumns` and their steps to the next inclination, then both at the next
        altitude.
    debris_inclination_factor : array
        Over inclination, one per degree from 0 to 180.
    decay_speed : array
        Circular speed [m/s] where the logarithm of the decay integral [yr m2/kg] lies on a uniform
        grid from ``decay_grid[0]`` in steps of ``1 / decay_grid[1]``.
    decay_grid : tuple of float
        Start and nodes per unit of that grid.
    """

    by_altitude: FloatArray
    by_inclination: FloatArray
    debris_inclination_factor: FloatArray
    decay_speed: FloatArray
    decay_grid: tuple[float, float]


class AltitudeColumns(NamedTuple):
    """Columns of ``OrbitTables.by_altitude``, or what a look-up returns for each."""

    eclipse_min2: FloatArray
    umbra_min2: FloatArray
    shadow_min2: FloatArray
    dark_share: FloatArray
    eclipse_days2: FloatArray
    array_ram_frac: FloatArray
    radiator_ram_frac: FloatArray
    density_kg_m3: FloatArray
    decay_integral_yr_m2_kg: FloatArray
    edge_on_view_factor_sum: FloatArray
    rotating_view_factor_sum: FloatArray
    debris_unsaturation: FloatArray


class InclinationColumns(NamedTuple):
    """Columns of ``OrbitTables.by_inclination``."""

    dark_share: FloatArray
    eclipse_days2: FloatArray
    array_ram_frac: FloatArray
    radiator_ram_frac: FloatArray


def _load(name: str) -> dict[str, FloatArray]:
    """Read one table file as double precision."""
    path = resources.files("problems.data").joinpath(name)
    with path.open("rb") as stream, np.load(stream) as data:
        return {key: data[key].astype(np.float64) for key in data.files}


@cache
def load_orbit_tables() -> OrbitTables:
    """Load the tables; later calls return the same object.

    Returns
    -------
    OrbitTables
        Read-only arrays.

    Examples
    --------
    >>> load_orbit_tables() is load_orbit_tables()
    True
    """
    eclipse, air = _load("eclipse.npz"), _load("atmosphere.npz")
    altitude = altitude_nodes_km()
    shared = np.stack(
        [
            edge_on_view_factor_sum(altitude),
            rotating_view_factor_sum(altitude),
            10.0 ** (-altitude / DEBRIS_DECADE_KM),
        ],
        axis=1,
    )
    life = np.exp(air["ln_decay_integral"])
    random_node = np.column_stack(
        [
            eclipse["any_node"],
            np.zeros((ALTITUDE_NODES, 4)),
            np.exp(air["ln_density"]),
            life,
            shared,
        ]
    )
    dawn_dusk = np.column_stack(
        [eclipse["dawn_dusk"], np.exp(air["ln_density_dawn_dusk"]), life, shared]
    )
    ram = np.broadcast_to(eclipse["random_node_ram"], eclipse["random_node"].shape)
    nodes = np.concatenate([eclipse["random_node"], ram], axis=-1)
    by_inclination = _with_steps(nodes.reshape(-1, nodes.shape[-1]))
    factor = np.interp(np.arange(181.0), DEBRIS_INCLINATION_DEG, DEBRIS_INCLINATION_FACTOR)
    grid, speed = _decay_speed(altitude, air["ln_decay_integral"])
    tables = (
        _with_steps(np.concatenate([random_node, dawn_dusk])),
        np.hstack([by_inclination, np.roll(by_inclination, -INCLINATION_NODES, axis=0)]),
        factor,
        speed,
    )
    for table in tables:
        table.setflags(write=False)
    return OrbitTables(*tables, grid)


def _decay_speed(
    altitude_km: FloatArray, ln_decay: FloatArray
) -> tuple[tuple[float, float], FloatArray]:
    """Turn the decay integral around, up to the top of the protected low orbits."""
    low = altitude_km <= HIGHEST_DECAY_KM
    grid = np.linspace(ln_decay[low][0], ln_decay[low][-1], DECAY_NODES)
    speed = circular_speed_m_s(np.interp(grid, ln_decay[low], altitude_km[low]))
    return (float(grid[0]), (DECAY_NODES - 1) / float(grid[-1] - grid[0])), speed


class OrbitState(NamedTuple):
    """What a circular orbit is and meets; one value per design.

    Lengths of eclipses are the longest of the year: in the cylinder behind the ellipsoid, in full
    umbra, and in any shadow (umbra and penumbra). Ram fractions are yearly means of the area a
    surface shows to the wind over its own area: of a Sun-facing array, and of a radiator edge-on to
    Sun and Earth. ``decay_integral_yr_m2_kg`` divided by C_d A/m is the natural life.
    ``in_range`` is false where the altitude lies outside the tables.
    """

    altitude_km: FloatArray
    inclination_deg: FloatArray
    period_min: FloatArray
    speed_m_s: FloatArray
    sunlit_fraction: FloatArray
    longest_eclipse_min: FloatArray
    longest_umbra_min: FloatArray
    longest_shadow_min: FloatArray
    eclipse_days_per_yr: FloatArray
    eclipses_per_yr: FloatArray
    array_ram_frac: FloatArray
    radiator_ram_frac: FloatArray
    density_kg_m3: FloatArray
    decay_integral_yr_m2_kg: FloatArray
    edge_on_view_factor_sum: FloatArray
    rotating_view_factor_sum: FloatArray
    debris_unsaturation: FloatArray
    debris_inclination_factor: FloatArray
    is_geo: BoolArray
    is_dawn_dusk: BoolArray
    in_range: BoolArray


def _with_steps(rows: FloatArray) -> FloatArray:
    """Put beside each row what leads to the next one: one gather finds both."""
    return np.hstack([rows, np.roll(rows, -1, axis=0) - rows])


def altitude_position(altitude_km: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return cell and fraction within the cell on the altitude grid.

    Parameters
    ----------
    altitude_km : array
        Altitude, clipped to the grid [km].

    Returns
    -------
    tuple of array
        Index of the node below, and the weight of the node above [-].

    Examples
    --------
    >>> cell, weight = altitude_position(np.array([200.0, 36000.0]))
    >>> cell.tolist(), np.round(weight, 6).tolist()
    ([0, 519], [0.0, 1.0])
    """
    inside = np.minimum(np.maximum(altitude_km, LOWEST_KM), HIGHEST_KM)
    position = (np.log(inside) - _LOG_LOWEST) * (1.0 / _LOG_STEP)
    cell = np.minimum(np.maximum(position.astype(np.intp), 0), ALTITUDE_NODES - 2)
    return cell, position - cell


def lookup_altitude(
    tables: OrbitTables, *, cell: IntArray, weight: FloatArray, dawn_dusk: BoolArray
) -> AltitudeColumns:
    """Look up all columns over altitude.

    Parameters
    ----------
    tables : OrbitTables
        From :func:`load_orbit_tables`.
    cell, weight : array
        From :func:`altitude_position`.
    dawn_dusk : array of bool
        True for the dawn-dusk family, false for a node at random.

    Returns
    -------
    AltitudeColumns
        One array per column. For a node at random the columns that depend on inclination are 0.

    Examples
    --------
    >>> cell, weight = altitude_position(np.array([600.0]))
    >>> columns = lookup_altitude(load_orbit_tables(), cell=cell, weight=weight,
    ...                           dawn_dusk=np.array([True]))
    >>> round(float(np.sqrt(columns.eclipse_min2[0])), 1)
    20.4
    """
    found = tables.by_altitude.take(cell + ALTITUDE_NODES * dawn_dusk, axis=0)
    low, step = np.ascontiguousarray(found.T).reshape(2, len(AltitudeColumns._fields), *cell.shape)
    return AltitudeColumns(*(step * weight + low))


def never_dark(tables: OrbitTables, *, altitude_km: FloatArray) -> BoolArray:
    """Return which dawn-dusk orbits are never in shadow.

    Parameters
    ----------
    tables : OrbitTables
        From :func:`load_orbit_tables`.
    altitude_km : array
        Altitude [km].

    Returns
    -------
    array of bool
        True where the longest eclipse of the same look-up is zero.

    Examples
    --------
    >>> never_dark(load_orbit_tables(), altitude_km=np.array([1300.0, 1500.0])).tolist()
    [False, True]
    """
    cell, weight = altitude_position(altitude_km)
    squared = tables.by_altitude[ALTITUDE_NODES:, AltitudeColumns._fields.index("eclipse_min2")]
    low = squared.take(cell)
    return np.asarray((squared.take(cell + 1) - low) * weight + low <= 0.0)


def lookup_inclination(
    tables: OrbitTables, *, cell: IntArray, weight: FloatArray, inclination_deg: FloatArray
) -> InclinationColumns:
    """Look up the columns over altitude and inclination, for a node at random.

    Parameters
    ----------
    tables : OrbitTables
        From :func:`load_orbit_tables`.
    cell, weight : array
        From :func:`altitude_position`.
    inclination_deg : array
        0 to 180; 180 - i has the same beta angles as i [deg].

    Returns
    -------
    InclinationColumns
        One array per column.

    Examples
    --------
    >>> cell, weight = altitude_position(np.array([550.0]))
    >>> columns = lookup_inclination(load_orbit_tables(), cell=cell, weight=weight,
    ...                              inclination_deg=np.array([53.0]))
    >>> round(1.0 - float(columns.dark_share[0]), 3)
    0.689
    """
    coarse = cell // COARSE_STEP
    along = (cell - COARSE_STEP * coarse + weight) * (1.0 / COARSE_STEP)
    folded = np.minimum(inclination_deg, 180.0 - inclination_deg)
    column = np.minimum(np.maximum(folded.astype(np.intp), 0), INCLINATION_NODES - 2)
    found = tables.by_inclination.take(coarse * INCLINATION_NODES + column, axis=0)
    nodes = np.ascontiguousarray(found.T).reshape(
        2, 2, len(InclinationColumns._fields), *cell.shape
    )
    low, high = nodes[:, 1] * (folded - column) + nodes[:, 0]
    return InclinationColumns(*((high - low) * along + low))


def decay_speed_m_s(tables: OrbitTables, *, decay_integral_yr_m2_kg: FloatArray) -> FloatArray:
    """Look up the circular speed at the altitude that has a decay integral.

    Parameters
    ----------
    tables : OrbitTables
        From :func:`load_orbit_tables`.
    decay_integral_yr_m2_kg : array
        Life times C_d A/m [yr m2/kg]; held between those of 200 and 2,100 km.

    Returns
    -------
    array
        Speed [m/s].

    Examples
    --------
    >>> tables = load_orbit_tables()
    >>> cell, weight = altitude_position(np.array([600.0]))
    >>> row = lookup_altitude(tables, cell=cell, weight=weight, dawn_dusk=np.array([False]))
    >>> speed = decay_speed_m_s(tables, decay_integral_yr_m2_kg=row.decay_integral_yr_m2_kg)
    >>> round(float(speed[0] - circular_speed_m_s(600.0)), 1)
    -0.0
    """
    start, per_unit = tables.decay_grid
    position = (np.log(decay_integral_yr_m2_kg) - start) * per_unit
    position = np.minimum(np.maximum(position, 0.0), DECAY_NODES - 1.0)
    cell = np.minimum(np.maximum(position.astype(np.intp), 0), DECAY_NODES - 2)
    low = tables.decay_speed.take(cell)
    high = tables.decay_speed.take(cell + 1)
    return np.asarray(low + (high - low) * (position - cell))


def lookup_debris_inclination(tables: OrbitTables, *, inclination_deg: FloatArray) -> FloatArray:
    """Look up how much debris flux grows with inclination.

    Parameters
    ----------
    tables : OrbitTables
        From :func:`load_orbit_tables`.
    inclination_deg : array
        0 to 180, not folded: retrograde orbits meet more debris head-on [deg].

    Returns
    -------
    array
        Factor on the flux [-].

    Examples
    --------
    >>> factor = lookup_debris_inclination(load_orbit_tables(),
    ...                                    inclination_deg=np.array([51.6, 98.0]))
    >>> factor.round(2).tolist()
    [1.03, 1.77]
    """
    cell = np.minimum(np.maximum(np.asarray(inclination_deg).astype(np.intp), 0), 179)
    low = np.take(tables.debris_inclination_factor, cell)
    high = np.take(tables.debris_inclination_factor, cell + 1)
    return np.asarray(low + (high - low) * (inclination_deg - cell))
