"""A thermal node and conductor network of a design: neutral JSON and CSV.

No thermal tool reads this as it is; it holds what one has to be given. In steady state every node
that is not a boundary obeys

    dissipation + sum of loads + sum G (T_j - T_i) + sum sigma R (T_j^4 - T_i^4) = 0

with G the linear conductors [W/K], R the radiative ones [m2] and sigma the Stefan-Boltzmann
constant, which stands in the file. The case is the model's: full sun, end of life, all heat on.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from optimize.export.formats.tables import harmless
from optimize.export.reading import number
from optimize.utils.files import to_json
from problems.orbit import facing_view_factor, load_orbit_tables, orbit_state
from problems.units import (
    COSMIC_BACKGROUND_K,
    ORBIT_FAMILIES,
    STEFAN_BOLTZMANN_W_M2_K4,
    ZERO_CELSIUS_K,
)

Document = Mapping[str, Any]
Row = dict[str, Any]

SCHEMA_VERSION = 1
CASE = "steady state, full sun, end of life, all heat on"
#: Columns of each table with their units, in the order of the CSV.
NODES = {
    "name": "-",
    "kind": "-",
    "area_m2": "m2",
    "faces": "-",
    "emissivity": "-",
    "absorptance": "-",
    "dissipation_w": "W",
    "temperature_k": "K",
    "description": "-",
}
LOADS = {
    "node": "-",
    "source": "-",
    "incident_w_m2": "W/m2",
    "area_m2": "m2",
    "share": "-",
    "absorbed_w": "W",
    "description": "-",
}
CONDUCTORS = {
    "from": "-",
    "to": "-",
    "kind": "-",
    "conductance_w_k": "W/K",
    "radiative_area_m2": "m2",
    "description": "-",
}
TABLES = {"nodes": NODES, "loads": LOADS, "conductors": CONDUCTORS}


def write_thermal(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write the network as one JSON file and as three CSV tables, each with a row of units."""
    network = thermal_network(document)
    files = [folder / f"{stem}.thermal.json"]
    files[0].write_text(to_json(network), encoding="utf-8")
    for name, columns in TABLES.items():
        path = folder / f"{stem}.thermal-{name}.csv"
        _write_csv(path, columns, network[name])
        files.append(path)
    return files


def thermal_network(document: Document) -> dict[str, Any]:
    """Return nodes, loads and conductors of a design as plain data.

    Parameters
    ----------
    document
        Master document.

    Returns
    -------
    dict
        ``nodes``, ``loads`` and ``conductors`` are lists of rows with the keys of :data:`NODES`,
        :data:`LOADS` and :data:`CONDUCTORS`; ``temperature_k`` is the model's answer.

    Raises
    ------
    SpecError
        When the document lacks a number, or has it in another unit.
    """
    return {
        "format": "heliofront-thermal",
        "schema_version": SCHEMA_VERSION,
        "design_id": document["design_id"],
        "model_version": document["problem"]["model_version"],
        "case": CASE,
        "stefan_boltzmann_w_m2_k4": STEFAN_BOLTZMANN_W_M2_K4,
        "units": TABLES,
        "nodes": _nodes(document),
        "loads": [*_radiator_loads(document), *_array_loads(document)],
        "conductors": _conductors(document),
    }


def _output(document: Document, name: str, unit: str) -> float:
    return number(document, "outputs", name, unit)


def _assumed(document: Document, key: str, unit: str = "1") -> float:
    return number(document, "assumptions", key, unit)


def _surface(document: Document, column: str) -> float:
    """Return a property of the radiator that the design uses."""
    kind = document["variables"]["radiator_type"]["value"]
    return _assumed(document, f"catalog.radiators.{kind}.{column}")


def _coating(document: Document) -> tuple[float, float]:
    """Return emissivity and solar absorptance of the new radiator."""
    darker = _surface(document, "absorptance_eol")
    new = darker * _assumed(document, "thermal.new_absorptance_share")
    return _surface(document, "emissivity_eol"), new


def _nodes(document: Document) -> list[Row]:
    chips_w = _output(document, "it_power_w", "W")
    heat_w = _output(document, "heat_rejected_w", "W")
    radiator_k = _output(document, "radiator_temperature_k", "K")
    blank: Row = dict.fromkeys(("area_m2", "faces", "emissivity", "absorptance"))
    return [
        blank
        | _node(
            "chips",
            _output(document, "junction_temperature_c", "degC") + ZERO_CELSIUS_K,
            chips_w,
            "accelerators and hosts, at the junction",
        ),
        blank
        | _node(
            "coolant",
            radiator_k + _loop_rise_k(document),
            heat_w - chips_w,
            "hottest coolant; heat of bus, power conversion and pumps enters here",
        ),
        _node("radiator", radiator_k, 0.0, "mean of the panels, both faces radiate")
        | _faces(
            number(document, "variables", "radiator_area_m2", "m2"),
            *_coating(document),
        ),
        _node(
            "array",
            _output(document, "array_temperature_c", "degC") + ZERO_CELSIUS_K,
            0.0,
            "faces the Sun; mean emissivity of both faces",
        )
        | _faces(
            number(document, "variables", "array_area_m2", "m2"),
            0.5 * sum(_assumed(document, f"power.array_emissivity_{s}") for s in ("front", "back")),
            _assumed(document, "power.array_absorptance"),
        ),
        blank | _node("space", COSMIC_BACKGROUND_K, 0.0, "sink of the radiator", "boundary"),
        blank
        | _node("void", 0.0, 0.0, "sink of the array: the model leaves its 3 K out", "boundary"),
    ]


def _faces(area_m2: float, emissivity: float, absorptance: float) -> Row:
    return {"area_m2": area_m2, "faces": 2, "emissivity": emissivity, "absorptance": absorptance}


def _node(
    name: str, temperature_k: float, dissipation_w: float, text: str, kind: str = "diffusive"
) -> Row:
    return {
        "name": name,
        "kind": kind,
        "dissipation_w": dissipation_w,
        "temperature_k": temperature_k,
        "description": text,
    }


def _loop_rise_k(document: Document) -> float:
    """Return how much hotter the hottest coolant is than the mean radiator."""
    loop_k = _assumed(document, "thermal.loop_delta_k", "K")
    loop_k *= _surface(document, "loop_rise_factor")
    return _assumed(document, "thermal.fin_drop_k", "K") + 0.5 * loop_k


def _load(node: str, source: str, incident: float, area: float, share: float, text: str) -> Row:
    return {
        "node": node,
        "source": source,
        "incident_w_m2": incident,
        "area_m2": area,
        "share": share,
        "absorbed_w": incident * area * share,
        "description": text,
    }


def _radiator_loads(document: Document) -> list[Row]:
    area = number(document, "variables", "radiator_area_m2", "m2")
    emissivity, absorptance = _coating(document)
    infrared = _output(document, "earth_infrared_on_radiator_w_m2", "W/m2")
    albedo = _output(document, "albedo_on_radiator_w_m2", "W/m2")
    error = np.radians(_assumed(document, "thermal.sun_error_deg", "deg"))
    sun = _assumed(document, "orbit.solar_constant_w_m2", "W/m2") * float(np.sin(error))
    both = "both faces added up, per area of one"
    return [
        _load("radiator", "earth_infrared", infrared, area, emissivity, both),
        _load("radiator", "albedo", albedo, area, absorptance, both),
        _load("radiator", "sun", sun, area, absorptance, "edge-on but for the pointing error"),
    ]


def _array_loads(document: Document) -> list[Row]:
    area = number(document, "variables", "array_area_m2", "m2")
    kind = document["variables"]["array_type"]["value"]
    sun = _assumed(document, "orbit.solar_constant_w_m2", "W/m2")
    absorptance = _assumed(document, "power.array_absorptance")
    front = _assumed(document, "power.array_emissivity_front")
    cell = _assumed(document, f"catalog.arrays.{kind}.cell_efficiency")
    electric = cell * _assumed(document, "power.cell_packing")
    ratio = _array_over_radiator(document)
    infrared = ratio * _output(document, "earth_infrared_on_radiator_w_m2", "W/m2")
    albedo = ratio * _output(document, "albedo_on_radiator_w_m2", "W/m2")
    both = "both faces added up, per area of one"
    return [
        _load("array", "sun", sun, area, absorptance, "normal to the front"),
        _load("array", "electricity", sun, area, -electric, "leaves as power"),
        _load("array", "earth_infrared", infrared, area, front, both),
        _load("array", "albedo", albedo, area, absorptance, both),
    ]


def faces_earth(document: Document) -> bool:
    """Return whether one face of the radiator looks down, as it does edge-on to the wind."""
    variables = document["variables"]
    attitude, orbit = variables["radiator_attitude"]["value"], variables["orbit"]["value"]
    return bool(attitude == "ram_edge" and orbit == "dawn_dusk_sso")


def _array_over_radiator(document: Document) -> float:
    """Return what the array sees of the Earth over what the radiator sees.

    The array is edge-on too in a dawn-dusk orbit; in others it follows the Sun past the Earth.
    """
    family = ORBIT_FAMILIES.index(document["variables"]["orbit"]["value"])
    state = orbit_state(
        np.array([_output(document, "orbit_altitude_km", "km")]),
        inclination_deg=np.array([_output(document, "inclination_deg", "deg")]),
        family_code=np.array([family]),
        tables=load_orbit_tables(),
    )
    if faces_earth(document):
        return float(state.edge_on_view_factor_sum[0] / facing_view_factor(state.altitude_km)[0])
    if state.is_dawn_dusk[0]:
        return 1.0
    return float(state.rotating_view_factor_sum[0] / state.edge_on_view_factor_sum[0])


def _conductors(document: Document) -> list[Row]:
    chips_w = _output(document, "it_power_w", "W")
    heat_w = _output(document, "heat_rejected_w", "W")
    chip = document["variables"]["gpu_model"]["value"]
    rise_k = _assumed(document, f"catalog.gpus.{chip}.junction_delta_k", "K")
    radiator = number(document, "variables", "radiator_area_m2", "m2")
    array = number(document, "variables", "array_area_m2", "m2")
    grey = _surface(document, "emissivity_eol") * _surface(document, "fin_efficiency")
    front, back = (
        _assumed(document, f"power.array_emissivity_{side}") for side in ("front", "back")
    )
    return [
        _linear("chips", "coolant", chips_w / rise_k, "cold plates at full board power"),
        _linear("coolant", "radiator", heat_w / _loop_rise_k(document), "loop and fins"),
        _radiative("radiator", "space", 2.0 * radiator * grey, "two faces, fin efficiency in"),
        _radiative("array", "void", array * (front + back), "front and back"),
    ]


def _linear(start: str, end: str, conductance_w_k: float, text: str) -> Row:
    return dict(zip(CONDUCTORS, (start, end, "linear", conductance_w_k, None, text), strict=True))


def _radiative(start: str, end: str, area_m2: float, text: str) -> Row:
    return dict(zip(CONDUCTORS, (start, end, "radiative", None, area_m2, text), strict=True))


def _write_csv(path: Path, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerow(columns.values())
        for row in rows:
            writer.writerow(["" if row[key] is None else harmless(row[key]) for key in columns])
