"""The SysML v2 text in longeron, whose parser is generated from the grammar of the language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimize.export.formats.sysml import write_sysml
from tests.optimize.export.handed_over import shared

longeron = pytest.importorskip("longeron", reason="longeron is not installed")

#: Parsing takes a second for about 40 lines, so most of the design is left out.
VARIABLES = ("orbit", "gpu_count", "driver_accel_g")
OUTPUTS = ("dry_mass_kg", "battery_energy_wh", "power_utilisation", "dose_krad")


def shortened() -> dict[str, Any]:
    document = dict(shared()[1]["dawn_dusk"])
    document["outputs"] = {name: document["outputs"][name] for name in OUTPUTS}
    document["variables"] = {name: document["variables"][name] for name in VARIABLES}
    document["constraints"] = {"power": document["constraints"]["power"]}
    return document


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = write_sysml(shortened(), tmp_path_factory.mktemp("sysml"), "x")[0]
    return longeron.loads(path.read_text(encoding="utf-8"))


def members(node: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Collect every named element of the interchange form of a model."""
    if isinstance(node, dict):
        if "name" in node:
            found.setdefault(node["name"], node)
        for value in node.values():
            members(value, found)
    if isinstance(node, list):
        for value in node:
            members(value, found)
    return found


def test_values_and_units_are_read_back(model: Any) -> None:
    found = members(longeron.to_dict(model), {})
    for name in OUTPUTS:
        values = {
            part["redefines"][0]: part["value"]["expr"]["value"]
            for part in found[name]["members"]
            if part.get("redefines")
        }
        entry = shortened()["outputs"][name]
        assert values == {"amount": entry["value"], "unit": entry["unit"]}


def test_the_model_is_valid(model: Any) -> None:
    issues = longeron.validate(model)
    assert not [issue for issue in issues if "error" in str(getattr(issue, "severity", "")).lower()]


def test_broken_text_is_refused(tmp_path: Path) -> None:
    text = write_sysml(shortened(), tmp_path, "x")[0].read_text(encoding="utf-8")
    with pytest.raises(longeron.SysMLError):
        longeron.loads(text.replace("attribute def Quantity {", "attribute def {{"))
