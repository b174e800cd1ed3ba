"""The shipped radiation table: loading it, and finding a design's place in it.

The grid is uniform in ln altitude, in inclination and in ln depth, so that an index is one
multiplication. Geostationary orbit is one more pair of layers above the belt grid, filled with
its own model (IGE-2006), so that it costs no extra look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from problems.batch import somewhere
from problems.units import GEO_ALTITUDE_KM, BoolArray, FloatArray

Index32Array: TypeAlias = NDArray[np.int32]

#: Channels of the trapped particles, of the orbit plane, and of the depth curves of free space.
BELTS = ("ln_dose_min", "ln_dose_max", "ln_flux_min", "ln_flux_max")
TRAPPED = (*BELTS, "ln_transit_up")
SPIRALS = ("ln_transit_up", "ln_transit_down")
PLANE = (
    "solar_transmission",
    "gcr_protons_min_cm2_s",
    "gcr_protons_max_cm2_s",
    "cutoff_gv",
    "gcr_dose_transmission",
    "ions_let_1",
    "ions_let_3",
    "ions_let_10",
    "albedo_protons_cm2_s",
    "albedo_slope",
    "albedo_neutrons_min_cm2_s",
    "albedo_neutrons_max_cm2_s",
)
ANOMALY = (
    "anomaly_time_1_min",
    "anomaly_time_10_min",
    "anomaly_flux_10_min",
    "anomaly_time_1_max",
    "anomaly_time_10_max",
    "anomaly_flux_10_max",
)
FREE = ("ln_solar_dose_95_krad", "ln_solar_flux_95_cm2_s", "ln_cut_over_30_mev")
#: Damage functions of solar cells, in the order of the table.
DAMAGE_KINDS = ("gaas", "si")


@dataclass(frozen=True, slots=True)
class RadiationTables:
    """The table, unpacked for look-ups; see ``data/README_radiation.md`` for its making."""

    ln_altitude_start: float
    ln_altitude_step: float
    n_altitude: int  # belt layers; two geostationary layers follow
    inclination_step_deg: float
    n_inclination: int
    ln_depth_start: float
    ln_depth_step: float
    n_depth: int
    trapped: FloatArray  # (altitude * inclination * (depth - 1), TRAPPED at a depth and the next)
    ln_transit_down: FloatArray  # the same rows, at a depth and the next; few designs need it
    plane: FloatArray  # (altitude * inclination, PLANE and ANOMALY)
    free: FloatArray  # (3 of FREE, depth)
    free_gcr_dose_krad_per_yr: float
    active_share: float  # active years per year of the solar cycle
    coverglass_um: FloatArray
    cell: FloatArray  # (3: per year, transit up and down, kinds, glasses, altitude * inclination)
    solar_cell_95: FloatArray  # (kinds, glasses), two active years, free space


class GridPlace(NamedTuple):
    """Where designs stand in the altitude-inclination plane: the corners of their cells."""

    corners: Index32Array  # (n, 4)
    weights: FloatArray  # (n, 4)


class RadiationEnvironment(NamedTuple):
    """What arrives at the orbit, before uncertainty factors; every column is (n,)."""

    solar_transmission: FloatArray
    gcr_protons_min_cm2_s: FloatArray  # cosmic-ray protons above 30 MeV and the cutoff
    gcr_protons_max_cm2_s: FloatArray
    cutoff_gv: FloatArray  # mean over what arrives
    gcr_dose_krad_per_yr: FloatArray
    ions_let_1: FloatArray  # ions above an LET (MeV cm2/mg) over those in free space
    ions_let_3: FloatArray
    ions_let_10: FloatArray
    albedo_protons_cm2_s: FloatArray  # above 30 MeV, like the neutrons
    albedo_slope: FloatArray  # integral flux goes with energy to minus this
    albedo_neutrons_min_cm2_s: FloatArray
    albedo_neutrons_max_cm2_s: FloatArray
    anomaly_time_1_min: FloatArray  # share of time above 1 and 10 protons/cm2/s, see `anomaly`
    anomaly_time_10_min: FloatArray
    anomaly_flux_10_min: FloatArray  # share of the protons met there
    anomaly_time_1_max: FloatArray
    anomaly_time_10_max: FloatArray
    anomaly_flux_10_max: FloatArray
    place: GridPlace


@dataclass(frozen=True, slots=True)
class CellTables:
    """Equivalent fluence for each array type of a catalogue, on the altitude-inclination plane."""

    ln_fluence: FloatArray  # (altitude * inclination * types, 3: per year, transit up and down)
    n_types: int
    solar_95: FloatArray  # (types,), two active years, free space


def _unpack(codes: NDArray[np.uint16], scale: FloatArray) -> FloatArray:
    """Undo the differences and the 16-bit packing, and put the channel first."""
    summed = np.cumsum(np.cumsum(codes, axis=-2, dtype=np.uint16), axis=0, dtype=np.uint16)
    values = summed.astype(np.float64) * scale[1] + scale[0]
    return np.ascontiguousarray(np.moveaxis(values, -1, 0))


def _with_geo(belts: FloatArray, geo: FloatArray) -> FloatArray:
    """Append two equal geostationary layers along the altitude axis."""
    layer = np.broadcast_to(geo, (belts.shape[0], 1, *belts.shape[2:]))
    return np.concatenate([belts, layer, layer], axis=1)


def _at_geo(belts: FloatArray, place: float) -> FloatArray:
    """Interpolate belt layers linearly at a fractional index: the way up to geostationary."""
    low = int(place)
    return np.asarray(belts[:, low] + (place - low) * (belts[:, low + 1] - belts[:, low]))


def _cells_at_geo(cell: FloatArray, ln_fluence: FloatArray, place: float) -> FloatArray:
    """Return the geostationary layer of the cells: the stay there, then the ways up and down."""
    per_way = cell.shape[0] // 3
    shape = (per_way, 1, cell.shape[-1])
    stay = np.broadcast_to(ln_fluence[:, None, None], shape)
    return np.concatenate([stay, _at_geo(cell[per_way:], place)[:, None]])


def _with_next(channels: FloatArray, n_depth: int) -> FloatArray:
    """Put the channels of every depth beside those of the next one, in one row."""
    curves = np.moveaxis(channels.reshape(len(channels), -1, n_depth), 0, -1)
    pairs = np.concatenate([curves[:, :-1], curves[:, 1:]], axis=-1)
    return np.ascontiguousarray(pairs.reshape(-1, 2 * len(channels)))


def _stored_arrays() -> dict[str, NDArray[Any]]:
    with (
        resources.files("problems.data").joinpath("radiation.npz").open("rb") as stream,
        np.load(stream) as stored,
    ):
        return {name: stored[name] for name in stored.files}


@cache
def load_radiation_tables() -> RadiationTables:
    """Return the shipped table, read once."""
    data = _stored_arrays()
    h, inclination, depth = data["ln_altitude"], data["inclination_deg"], data["ln_depth"]
    top = float((np.log(GEO_ALTITUDE_KM) - h[0]) / (h[1] - h[0]))
    volume = _unpack(data["volume"], data["volume_scale"])
    shape, kinds = (inclination.size, depth.size), len(DAMAGE_KINDS)
    # IGE-2006 has no phases, and no protons reach the die.
    dose = np.broadcast_to(data["geo_ln_dose"], shape)
    empty = np.full(shape, data["volume_scale"][0, len(BELTS) - 1])
    geo = np.stack([dose, dose, empty, empty, *_at_geo(volume[len(BELTS) :], top)])
    volume = _with_geo(volume, geo[:, None])
    cell = _unpack(data["cell"], data["cell_scale"])
    plane = _with_geo(_unpack(data["plane"], data["plane_scale"]), data["geo_plane"][:, None, None])
    return RadiationTables(
        ln_altitude_start=float(h[0]),
        ln_altitude_step=float(h[1] - h[0]),
        n_altitude=h.size,
        inclination_step_deg=float(inclination[1] - inclination[0]),
        n_inclination=inclination.size,
        ln_depth_start=float(depth[0]),
        ln_depth_step=float(depth[1] - depth[0]),
        n_depth=depth.size,
        trapped=_with_next(volume[: len(TRAPPED)], depth.size),
        ln_transit_down=_with_next(volume[len(TRAPPED) :], depth.size),
        plane=np.ascontiguousarray(plane.reshape(len(plane), -1).T),
        free=np.ascontiguousarray(data["free_ln"].T),
        free_gcr_dose_krad_per_yr=float(data["free_gcr_dose_krad_yr"]),
        active_share=float(data["active_share"]),
        coverglass_um=data["coverglass_um"],
        cell=_with_geo(cell, _cells_at_geo(cell, data["geo_ln_cell"], top)).reshape(
            3, kinds, data["coverglass_um"].size, -1
        ),
        solar_cell_95=data["solar_cell_95"].reshape(kinds, -1),
    )


def _cell_index(place: FloatArray, count: int) -> tuple[Index32Array, FloatArray]:
    """Split a fractional index into a cell and a weight, held inside the grid; NaN stays."""
    inside = np.minimum(np.maximum(place, 0.0), count - 1.0)
    low = np.minimum(np.maximum(inside.astype(np.int32), 0), count - 2)
    return low, inside - low


def flattened(*columns: ArrayLike) -> tuple[tuple[int, ...], list[Any]]:
    """Return the common shape of columns, and each as one flat column of that size.

    Examples
    --------
    >>> shape, (a, b) = flattened(np.zeros((2, 1)), 3.0)
    >>> shape, a.tolist(), b.tolist()
    ((2, 1), [0.0, 0.0], [3.0, 3.0])
    """
    arrays = [np.asarray(column) for column in columns]
    shape = arrays[0].shape
    if any(array.shape != shape for array in arrays):
        arrays = list(np.broadcast_arrays(*arrays))
        shape = arrays[0].shape
    return shape, [array.reshape(-1) for array in arrays]


def locate(
    altitude_km: FloatArray,
    inclination_deg: FloatArray,
    *,
    is_geo: BoolArray,
    tables: RadiationTables,
) -> GridPlace:
    """Return the place of circular orbits in the altitude-inclination plane.

    Orbits at i and 180 deg - i are one; altitudes outside the table take its edge.

    Examples
    --------
    >>> import numpy as np
    >>> tables = load_radiation_tables()
    >>> place = locate(np.array([300.0]), np.array([90.0]), is_geo=np.array([False]),
    ...                tables=tables)
    >>> place.corners[0].tolist(), place.weights[0].tolist()
    ([35, 36, 72, 73], [0.0, 1.0, 0.0, 0.0])
    """
    h = (np.log(altitude_km) - tables.ln_altitude_start) / tables.ln_altitude_step
    low_h, w_h = _cell_index(h, tables.n_altitude)
    low_h = np.where(is_geo, np.int32(tables.n_altitude), low_h)
    folded = 90.0 - np.abs(90.0 - np.asarray(inclination_deg))
    low_i, w_i = _cell_index(folded / tables.inclination_step_deg, tables.n_inclination)
    both = w_h * w_i
    weights = np.stack([1.0 - w_h - w_i + both, w_i - both, w_h - both, both], axis=1)
    row = tables.n_inclination
    offsets = np.array([0, 1, row, row + 1], dtype=np.int32)
    return GridPlace((low_h * np.int32(row) + low_i)[:, None] + offsets, weights)


def depth_cell(depth_mm: FloatArray, *, tables: RadiationTables) -> tuple[Index32Array, FloatArray]:
    """Return the depth node below each shield and the weight of the next one.

    Weights are linear in ln depth within the table. Beyond its last node they go on linearly in
    depth, so that dose and flux fall exponentially, as in its last cell.

    Examples
    --------
    >>> import numpy as np
    >>> low, weight = depth_cell(np.array([0.5, 400.0]), tables=load_radiation_tables())
    >>> low.tolist(), weight.round(1).tolist()
    ([0, 49], [0.0, 15.1])
    """
    place = (np.log(depth_mm) - tables.ln_depth_start) / tables.ln_depth_step
    low, part = _cell_index(np.asarray(place), tables.n_depth)
    last = tables.n_depth - 1
    beyond = place > last
    if somewhere(beyond):
        end, before = np.exp(
            tables.ln_depth_start + tables.ln_depth_step * np.array([last, last - 1])
        )
        part = np.where(beyond, (depth_mm - before) / (end - before), part)
    return low, part


def blend_rows(table: FloatArray, index: Index32Array, weights: FloatArray) -> FloatArray:
    """Return the weighted sum over corners of the rows of a table, shape (..., channels).

    Notes
    -----
    ``index`` is (..., corners); ``weights`` is the end of that shape, (n, corners), and serves all
    that comes before. As a product with a sparse matrix no row is copied: three times as fast as
    gathering rows and adding them up for ten thousand designs.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> half = np.array([[0.5, 0.5]])
    >>> blend_rows(rows, np.array([[0, 1]], dtype=np.int32), half).tolist()
    [[2.0, 20.0]]
    """
    corners = index.shape[-1]
    blending = copy(_blending(index.size // corners, corners, len(table)))
    repeated = np.empty(index.shape)
    repeated[...] = weights
    blending.data = repeated.reshape(-1)
    blending.indices = index.reshape(-1)
    return np.asarray((blending @ table).reshape(*index.shape[:-1], table.shape[1]))


@lru_cache(maxsize=16)
def _blending(rows: int, corners: int, nodes: int) -> csr_array:
    """Return an empty matrix that blends; to make one takes as long as a product for 100 rows."""
    starts = np.arange(0, rows * corners + 1, corners, dtype=np.int32)
    nowhere = np.zeros(rows * corners, dtype=np.int32)
    return csr_array((np.zeros(nowhere.size), nowhere, starts), shape=(rows, nodes))


def build_cell_tables(
    coverglass_um: Sequence[float],
    damage_kind: Sequence[str],
    *,
    tables: RadiationTables | None = None,
) -> CellTables:
    """Return the fluence tables of a catalogue of arrays; build once, index by array code.

    Parameters
    ----------
    coverglass_um
        Coverglass of each array type, 25.4-1524 um [um].
    damage_kind
        ``gaas`` (also multijunction) or ``si`` for each array type.
    tables
        The radiation table; loaded when not given.

    Notes
    -----
    ln fluence is interpolated linearly in ln thickness between the glasses of the table.

    Examples
    --------
    >>> build_cell_tables([102.0], ["gaas"]).n_types
    1
    """
    table = load_radiation_tables() if tables is None else tables
    glass = np.log(table.coverglass_um)
    layers, solar = [], []
    for thickness, kind in zip(coverglass_um, damage_kind, strict=True):
        row = DAMAGE_KINDS.index(kind)
        place = float(np.interp(np.log(thickness), glass, np.arange(glass.size)))
        low = min(int(place), glass.size - 2)
        part = place - low
        layers.append((1.0 - part) * table.cell[:, row, low] + part * table.cell[:, row, low + 1])
        solar.append(np.exp(np.interp(np.log(thickness), glass, np.log(table.solar_cell_95[row]))))
    stacked = np.stack(layers, axis=-1).reshape(3, -1)
    return CellTables(np.ascontiguousarray(stacked.T), len(layers), np.array(solar))
