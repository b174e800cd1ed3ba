"""The thermal network: another solver, with nothing but the file, finds our temperatures."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import fsolve

from optimize.export.formats.thermal import TABLES, thermal_network, write_thermal
from problems.spec import SpecError
from tests.optimize.export.handed_over import KINDS, shared

pytestmark = pytest.mark.promise("R19")

SIGMA = 5.670374419e-8


def temperatures(tables: dict[str, list[dict[str, str]]]) -> dict[str, float]:
    """Solve the network of three CSV tables: T^4 is linear but for the linear conductors."""
    fixed = {
        n["name"]: float(n["temperature_k"]) for n in tables["nodes"] if n["kind"] == "boundary"
    }
    free = [n["name"] for n in tables["nodes"] if n["name"] not in fixed]

    def balance(guess: np.ndarray) -> list[float]:
        kelvin = {**fixed, **dict(zip(free, guess, strict=True))}
        heat = {n["name"]: float(n["dissipation_w"]) for n in tables["nodes"]}
        for load in tables["loads"]:
            product = float(load["incident_w_m2"]) * float(load["area_m2"]) * float(load["share"])
            heat[load["node"]] += product
        for c in tables["conductors"]:
            a, b = kelvin[c["from"]], kelvin[c["to"]]
            flow = (
                float(c["conductance_w_k"]) * (a - b)
                if c["kind"] == "linear"
                else SIGMA * float(c["radiative_area_m2"]) * (a**4 - b**4)
            )
            heat[c["from"]] -= flow
            heat[c["to"]] += flow
        return [heat[name] / 1e5 for name in free]

    return dict(zip(free, fsolve(balance, np.full(len(free), 310.0), xtol=1e-13), strict=True))


def read(files: list[Path]) -> dict[str, list[dict[str, str]]]:
    """Read the CSV tables and check their row of units."""
    tables = {}
    for name, path in zip(TABLES, files[1:], strict=True):
        with path.open(encoding="utf-8", newline="") as stream:
            units, *rows = csv.DictReader(stream)
        assert units == TABLES[name]
        tables[name] = rows
    return tables


def stated(document: dict[str, Any]) -> dict[str, float]:
    outputs = document["outputs"]
    return {
        "radiator": outputs["radiator_temperature_k"]["value"],
        "chips": outputs["junction_temperature_c"]["value"] + 273.15,
        "array": outputs["array_temperature_c"]["value"] + 273.15,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_solving_the_files_alone_gives_our_temperatures(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    tables = read(write_thermal(document, tmp_path, "x"))
    found = temperatures(tables)
    for node, kelvin in stated(document).items():
        assert found[node] == pytest.approx(kelvin, rel=1e-9)
    for row in tables["nodes"]:
        if row["kind"] != "boundary":
            assert float(row["temperature_k"]) == pytest.approx(found[row["name"]], rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_surfaces_of_the_nodes_are_those_of_loads_and_conductors(kind: str) -> None:
    document = shared()[1][kind]
    network = thermal_network(document)
    nodes = {node["name"]: node for node in network["nodes"]}
    loads = {(load["node"], load["source"]): load for load in network["loads"]}
    radiator = document["variables"]["radiator_type"]["value"]
    fins = document["assumptions"][f"catalog.radiators.{radiator}.fin_efficiency"]["value"]
    for name, efficiency in (("array", 1.0), ("radiator", fins)):
        node = nodes[name]
        (out,) = [c for c in network["conductors"] if c["from"] == name]
        both_m2 = node["faces"] * node["area_m2"]
        assert out["radiative_area_m2"] == pytest.approx(both_m2 * node["emissivity"] * efficiency)
        for source in ("sun", "albedo"):
            assert loads[name, source]["share"] == node["absorptance"]
            assert loads[name, source]["area_m2"] == node["area_m2"]
    assert loads["radiator", "earth_infrared"]["share"] == nodes["radiator"]["emissivity"]


def test_heat_in_is_heat_out(tmp_path: Path) -> None:
    document = shared()[1]["dawn_dusk"]
    network = json.loads(write_thermal(document, tmp_path, "x")[0].read_text())
    loads = sum(row["absorbed_w"] for row in network["loads"] if row["node"] == "radiator")
    inside = sum(row["dissipation_w"] for row in network["nodes"])
    assert inside == pytest.approx(document["outputs"]["heat_rejected_w"]["value"])
    out = next(c for c in network["conductors"] if c["from"] == "radiator")
    kelvin = document["outputs"]["radiator_temperature_k"]["value"]
    radiated = SIGMA * out["radiative_area_m2"] * (kelvin**4 - 3.0**4)
    assert radiated == pytest.approx(inside + loads, rel=1e-12)


@pytest.mark.parametrize(
    ("table", "column", "factor"),
    [
        ("nodes", "dissipation_w", 1e-3),  # kW
        ("loads", "incident_w_m2", 0.1),  # mW/cm2
        ("conductors", "radiative_area_m2", 10.7639),  # square feet
    ],
)
def test_a_wrong_unit_is_noticed(table: str, column: str, factor: float, tmp_path: Path) -> None:
    document = shared()[1]["equatorial"]
    tables = copy.deepcopy(read(write_thermal(document, tmp_path, "x")))
    for row in tables[table]:
        row[column] = str(float(row[column]) * factor) if row[column] else ""
    found = temperatures(tables)
    assert abs(found["radiator"] / stated(document)["radiator"] - 1.0) > 1e-3


def test_a_document_in_another_unit_is_refused() -> None:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    document["outputs"]["heat_rejected_w"]["unit"] = "kW"
    with pytest.raises(SpecError, match="'kW' where 'W' is expected"):
        thermal_network(document)
