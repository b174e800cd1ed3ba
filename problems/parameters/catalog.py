"""The catalogue: hardware that can be bought, one typed row each, with ranges and sources.

A row carries its own nominal, low and high and replaces any generic number of the same meaning.
The keys of a configuration are ``catalog.<table>.<row>.<field>``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, TypeVar

from problems.parameters.assumptions import read_table
from problems.spec import SpecError

if TYPE_CHECKING:
    from problems.units import FloatArray, Quantity


#: Which variable chooses from which catalogue table.
CATALOGUE_CHOICES = {
    "gpu_model": "gpus",
    "array_type": "arrays",
    "radiator_type": "radiators",
    "battery_type": "batteries",
    "launcher": "launchers",
}

#: Rate that an accelerator needs, by the position of `compute.precision`.
RATES = ("bf16_dense_tflops", "fp8_dense_tflops", "fp4_dense_tflops")

#: Words of a field; its column holds the position of the word.
WORDED_FIELDS = {"price_basis": ("module", "rack share with network")}


@dataclass(frozen=True, slots=True)
class Row:
    """What every catalogue row has."""

    name: str
    label: str
    available_from: float
    unverified: bool
    confidence: str
    source: str
    locator: str
    note: str


@dataclass(frozen=True, slots=True)
class Gpu(Row):
    """An accelerator: dense rates, board power, memory, price and limits.

    ``price_usd`` is that of the module or of a share of a rack with its hosts and network, as
    ``price_basis`` says, in ``price_year`` (the scenario's where blank). ``upset_factor`` is the
    cross-section of a die over that of the accelerators irradiated so far, ``compute_dies`` their
    number, each about a reticle large; ``gpus_per_host`` accelerators go down with one host. A row
    that ``follows_trend`` is a projection: the leading accelerator of the launch year, grown from
    ``price_year``.
    """

    vendor: str
    tdp_w: float
    bf16_dense_tflops: float
    fp8_dense_tflops: float
    fp4_dense_tflops: float
    hbm_gb: float
    hbm_tb_s: float
    module_mass_kg: float
    node_power_factor: float
    price_usd: float
    price_year: float
    price_basis: str
    junction_delta_k: float
    tid_limit_krad: float
    gpus_per_host: float
    compute_dies: float
    upset_factor: float
    follows_trend: bool


@dataclass(frozen=True, slots=True)
class Launcher(Row):
    """A launch vehicle from its own pad.

    ``leo_payload_kg`` belongs to the circular reference orbit beside it; it and the effective inert
    mass of the upper stage are fitted to the published payloads of ``launch_points.csv``.
    One that ``has_tanker`` can be refilled in low orbit. ``failure_prob`` is judged by
    ``flights_flown``, to which ``flights_per_yr`` will be added.
    ``own_cost_usd`` is what a flight costs the operator; a gap where only its price is known.
    """

    operator: str
    reuse: str
    site_latitude_deg: float
    leo_payload_kg: float
    reference_altitude_km: float
    reference_inclination_deg: float
    price_usd: float
    own_cost_usd: float
    price_year: float
    fairing_volume_m3: float
    upper_inert_kg: float
    upper_isp_s: float
    has_tanker: bool
    failure_prob: float
    flights_flown: float
    flights_per_yr: float


@dataclass(frozen=True, slots=True)
class Array(Row):
    """A solar-array technology: cell, blanket and price."""

    cell_efficiency: float
    temp_coeff_per_k: float
    areal_mass_kg_m2: float
    usd_per_w: float
    stowed_kw_per_m3: float
    coverglass_um: float
    damage_kind: str
    damage_c: float
    damage_fluence_cm2: float
    lunar_makeable: bool


@dataclass(frozen=True, slots=True)
class Radiator(Row):
    """A radiator technology with its loop.

    Factors are over the coolant's rise and the pump power of a single-phase loop; bumpers shield
    the tubes of panels that do not weigh them already.
    """

    areal_mass_kg_m2: float
    usd_per_m2: float
    emissivity_eol: float
    absorptance_eol: float
    fin_efficiency: float
    stowed_m3_per_m2: float
    loop_rise_factor: float
    pump_power_factor: float
    bumper_kg_m2: float


@dataclass(frozen=True, slots=True)
class Battery(Row):
    """A battery technology; cycles N = cycle_life_at_zero_dod * exp(-cycle_life_slope * DoD)."""

    pack_wh_per_kg: float
    usd_per_wh: float
    roundtrip_efficiency: float
    cycle_life_at_zero_dod: float
    cycle_life_slope: float


#: Units of the numbers in a row.
FIELD_UNITS: Mapping[str, str] = {
    "absorptance_eol": "1",
    "areal_mass_kg_m2": "kg/m2",
    "available_from": "yr",
    "bf16_dense_tflops": "TFLOP/s",
    "bumper_kg_m2": "kg/m2",
    "cell_efficiency": "1",
    "coverglass_um": "um",
    "cycle_life_at_zero_dod": "1",
    "cycle_life_slope": "1",
    "damage_c": "1",
    "damage_fluence_cm2": "1/cm2",
    "emissivity_eol": "1",
    "failure_prob": "1",
    "fairing_volume_m3": "m3",
    "fin_efficiency": "1",
    "fp4_dense_tflops": "TFLOP/s",
    "flights_flown": "1",
    "flights_per_yr": "1/yr",
    "fp8_dense_tflops": "TFLOP/s",
    "hbm_gb": "GB",
    "hbm_tb_s": "TB/s",
    "junction_delta_k": "K",
    "leo_payload_kg": "kg",
    "loop_rise_factor": "1",
    "module_mass_kg": "kg",
    "node_power_factor": "1",
    "own_cost_usd": "USD",
    "pack_wh_per_kg": "Wh/kg",
    "price_usd": "USD",
    "price_year": "yr",
    "pump_power_factor": "1",
    "reference_altitude_km": "km",
    "reference_inclination_deg": "deg",
    "roundtrip_efficiency": "1",
    "site_latitude_deg": "deg",
    "stowed_kw_per_m3": "kW/m3",
    "stowed_m3_per_m2": "m3/m2",
    "tdp_w": "W",
    "temp_coeff_per_k": "1/K",
    "tid_limit_krad": "krad",
    "upper_inert_kg": "kg",
    "upper_isp_s": "s",
    "gpus_per_host": "1",
    "compute_dies": "1",
    "upset_factor": "1",
    "usd_per_m2": "USD/m2",
    "usd_per_w": "USD/W",
    "usd_per_wh": "USD/Wh",
}

TABLES: Mapping[str, type[Row]] = {
    "gpus": Gpu,
    "launchers": Launcher,
    "arrays": Array,
    "radiators": Radiator,
    "batteries": Battery,
}

RowT = TypeVar("RowT", bound=Row)


def number_fields(cls: type[Row]) -> tuple[str, ...]:
    """Return the names of the fields of a row that are numbers.

    Examples
    --------
    >>> number_fields(Battery)[:3]
    ('available_from', 'pack_wh_per_kg', 'usd_per_wh')
    """
    return tuple(field.name for field in dataclasses.fields(cls) if field.type == "float")


@dataclass(frozen=True, slots=True)
class Range:
    """Nominal, low and high value of one field of one row, with its key and unit."""

    key: str
    unit: str
    nominal: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the catalogue: typed rows and the ranges of their numbers."""

    rows: Mapping[str, Row]
    ranges: Mapping[str, Range]

    #: Fields that a row may leave blank without being closed to the search.
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"hbm_tb_s", "own_cost_usd", "price_year"})

    @property
    def names(self) -> tuple[str, ...]:
        """Row names in the order of their codes."""
        return tuple(self.rows)


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row of the user's own: its text cells where they differ from those of the row it is like.

    :func:`problems.parameters.own_hardware.own_rows` makes them.
    """

    table: str
    name: str
    like: str
    given: tuple[tuple[str, str], ...]


OwnRows = tuple[OwnRow, ...]


def _cells(name: str, own: OwnRows) -> list[dict[str, str]]:
    """Return the text cells of a table, the user's own rows last: so no code moves."""
    cells = read_table(f"{name}.csv")
    known = {row["name"]: row for row in cells}
    return cells + [{**known[row.like], **dict(row.given)} for row in own if row.table == name]


@cache
def catalog_table(name: str, own: OwnRows = ()) -> Table:
    """Read ``data/<name>.csv`` strictly, with rows of the user's own behind its own.

    A number without its own ``_low`` and ``_high`` column (a rating, a date) has no range.

    Raises
    ------
    SpecError
        For a missing or unknown column, a cell that does not parse, or low > nominal > high.
    """
    cls = TABLES[name]
    fields = {field.name: field.type for field in dataclasses.fields(cls)}
    rows: dict[str, Row] = {}
    ranges: dict[str, Range] = {}
    for cells in _cells(name, own):
        key = f"catalog.{name}.{cells['name']}"
        values: dict[str, object] = {}
        extra = {c.removesuffix("_low").removesuffix("_high") for c in cells} ^ set(fields)
        if extra:
            raise SpecError(key, f"table and code disagree on {sorted(extra)}")
        for field, kind in fields.items():
            cell = cells[field].strip()
            if kind == "float":
                number = float(cell) if cell else float("nan")
                low = float(cells.get(f"{field}_low") or number)
                high = float(cells.get(f"{field}_high") or number)
                if low > number or number > high:
                    raise SpecError(f"{key}.{field}", "low <= nominal <= high does not hold")
                values[field] = number
                ranges[f"{key}.{field}"] = Range(
                    f"{key}.{field}", FIELD_UNITS[field], number, low, high
                )
            elif kind == "bool":
                if cell not in ("true", "false"):
                    raise SpecError(f"{key}.{field}", f"'{cell}' is neither true nor false")
                values[field] = cell == "true"
            elif cell in WORDED_FIELDS.get(field, (cell,)):
                values[field] = cell
            else:
                words = ", ".join(WORDED_FIELDS[field])
                raise SpecError(f"{key}.{field}", f"'{cell}' is none of: {words}")
        rows[cells["name"]] = cls(**values)  # type: ignore[arg-type]  # checked cell by cell above
    return Table(rows, ranges)


def catalog_ranges(own: OwnRows = ()) -> Iterator[Range]:
    """Yield the range of every number in the catalogue."""
    for name in TABLES:
        yield from catalog_table(name, own).ranges.values()


def _plain(row: Row, field: str) -> float:
    """Return a number or truth value of a row as it is, and of a word its position."""
    cell = getattr(row, field)
    return float(WORDED_FIELDS[field].index(cell) if field in WORDED_FIELDS else cell)


def catalog_columns(
    table: str, overrides: Mapping[str, Quantity], own: OwnRows = ()
) -> dict[str, FloatArray]:
    """Return every number of a table as a column over its rows, with overrides applied.

    A column is ``(rows,)``, or ``(m, rows)`` where an override carries ``(m, 1)`` futures. Booleans
    become 0 and 1, a word its position.
    """
    import numpy as np  # only evaluation needs it, reading and checking do not

    rows, prefix = catalog_table(table, own).rows, f"catalog.{table}"
    columns: dict[str, FloatArray] = {}
    for field in dataclasses.fields(TABLES[table]):
        if field.type not in ("float", "bool") and field.name not in WORDED_FIELDS:
            continue
        cells = [
            np.asarray(overrides.get(f"{prefix}.{name}.{field.name}", _plain(row, field.name)))
            for name, row in rows.items()
        ]
        futures = max((cell.size for cell in cells), default=1)
        if futures == 1:
            columns[field.name] = np.array([float(cell.reshape(())) for cell in cells])
        else:
            flat = [np.broadcast_to(cell.reshape(-1), futures) for cell in cells]
            columns[field.name] = np.stack(flat, axis=-1).astype(np.float64)
    return columns
