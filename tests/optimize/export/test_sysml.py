"""SysML v2 text: a small reader finds every number of the design again, and the requirements."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from optimize.export.formats.sysml import _requirement, write_sysml
from tests.optimize.export.handed_over import KINDS, shared

pytestmark = pytest.mark.promise("R19")

NUMBER = re.compile(
    r"attribute (\w+) : Quantity \{\s+doc /\*.*?\*/\s+:>> amount = (\S+);\s+:>> unit = \"(.*?)\";"
)


def faults(text: str, document: dict[str, Any]) -> list[str]:
    """Return names whose value or unit is not the document's, and broken brackets."""
    bare = re.sub(r'/\*.*?\*/|//[^\n]*|"[^"]*"', "", text, flags=re.DOTALL)
    found = {} if bare.count("{") == bare.count("}") else {"brackets": ()}
    wrong = list(found)
    satellite, _, requirements = text.partition("    requirement ")
    read = {name: (float(value), unit) for name, value, unit in NUMBER.findall(satellite)}
    numbers = {
        **{n: e for n, e in document["variables"].items() if e["kind"] != "choice"},
        **document["outputs"],
    }
    for name, entry in numbers.items():
        expected = None if entry["value"] is None else (float(entry["value"]), entry["unit"])
        if read.get(name) != expected:
            wrong.append(name)
    margins = [float(value) for name, value, _ in NUMBER.findall(requirements) if name == "margin"]
    if margins != [entry["margin"] for entry in document["constraints"].values()]:
        wrong.append("margins")
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_there_with_its_unit(kind: str, tmp_path: Path) -> None:
    document = shared()[1][kind]
    text = write_sysml(document, tmp_path, "x")[0].read_text(encoding="utf-8")
    assert faults(text, document) == []
    choices = re.findall(r'attribute (\w+) : String = "(.*?)"', text)
    active = {n: e["value"] for n, e in document["variables"].items() if e["kind"] == "choice"}
    assert dict(choices) == {name: value for name, value in active.items() if value is not None}


def test_requirements_point_to_attributes_that_exist(tmp_path: Path) -> None:
    document = shared()[1]["dawn_dusk"]
    text = write_sysml(document, tmp_path, "x")[0].read_text(encoding="utf-8")
    paths = re.findall(r"require constraint \{ (\S+) [<>]= \S+ \}", text)
    assert len(paths) >= len(document["constraints"]) - 1
    for path in paths:
        root, *part, name, amount = path.split(".")
        assert (root, amount) == ("satellite", "amount")
        inside = text[text.index(f"part {part[0]} {{") :] if part else text
        assert f"attribute {name} : Quantity" in inside


def test_a_requirement_states_both_limits_the_margin_and_whether_it_holds() -> None:
    entry = {
        "output": "dose_krad",
        "description": "between /* and */",
        "value": 3.0,
        "lower": -2.0,
        "upper": 2.5,
        "margin": -0.2,
        "feasible": False,
    }
    cases = {
        (-2.0, 2.5, 3.0): [">= -2.0", "<= 2.5"],
        (None, 2.5, 3.0): ["<= 2.5"],
        (-2.0, None, 3.0): [">= -2.0"],
        (-2.0, 2.5, None): [],
    }
    for (lower, upper, value), limits in cases.items():
        stated = entry | {"lower": lower, "upper": upper, "value": value}
        lines = [line.strip() for line in _requirement("d", stated)]
        held = [line for line in lines if line.startswith("require constraint")]
        path = "satellite.dose_krad.amount"
        assert held == [f"require constraint {{ {path} {limit} }}" for limit in limits]
        assert lines.count("attribute satisfied : Boolean = false;") == 1
        assert lines[lines.index("attribute margin : Quantity {") + 2 :][:2] == [
            ":>> amount = -0.2;",
            ':>> unit = "1";',
        ]
    unknown = "\n".join(_requirement("d", entry | {"margin": None, "value": None}))
    assert "margin" not in unknown
    assert "between /* and * / */" in unknown


def test_a_wrong_unit_and_a_wrong_value_are_noticed(tmp_path: Path) -> None:
    document = shared()[1]["lunar_geo"]
    text = write_sysml(document, tmp_path, "x")[0].read_text(encoding="utf-8")
    mass = repr(document["outputs"]["dry_mass_kg"]["value"])
    assert "dry_mass_kg" in faults(text.replace(mass, repr(float(mass) * 1e-3)), document)
    grams = re.sub(r'(dry_mass_kg.*?unit = )"kg"', r'\1"g"', text, count=1, flags=re.DOTALL)
    assert "dry_mass_kg" in faults(grams, document)
    assert "brackets" in faults(text.replace("}", "", 1), document)
