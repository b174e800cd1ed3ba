"""The independent routes with the real tools, on three designs of different kind."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from optimize.verify.checks import CHECKS
from optimize.verify.result import Outcome, missing
from tests.optimize.conftest import heliofront
from tests.optimize.export.handed_over import KINDS, shared


def outcome(name: str, document: dict[str, Any]) -> Outcome:
    """Run a check; skip the test when its tool is missing or does not apply to the design."""
    absent = missing(CHECKS[name].needs)
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    found = CHECKS[name].run(document)
    if found.status == "skipped":
        pytest.skip(found.reason)
    assert found.status == "done", found.reason
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "agreement"),
    [
        ("orbit", 0.01),
        ("radiation", 0.10),
        ("radiator", 0.01),
        # Masses and areas come from another catalogue.
        ("satellite", 1.5),
        # A life shorter than a solar cycle depends on the year in which it begins.
        ("decay", 0.6),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of the tools
def test_independent_route_agrees(name: str, agreement: float, kind: str) -> None:
    for pair in outcome(name, shared()[1][kind]).pairs:
        assert abs(pair.difference) < agreement, pair


@pytest.mark.parametrize(
    ("name", "output", "factor"),
    [
        ("orbit", "period_min", 60.0),  # seconds
        ("orbit", "longest_eclipse_min", 1.2),
        ("radiation", "trapped_dose_krad", 10.0),  # gray
        ("radiator", "radiator_temperature_k", 1.2),
        ("decay", "drag_delta_v_m_s", 1e-3),  # km/s
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_wrong_number_is_marked(name: str, output: str, factor: float) -> None:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    document["outputs"][output]["value"] *= factor
    pairs = {pair.quantity: pair for pair in outcome(name, document).pairs}
    assert pairs[output].large


def test_the_command_runs_every_tool_that_is_here() -> None:
    folder, documents = shared()
    name = documents["dawn_dusk"]["design_id"]
    done = heliofront("verify", folder, "--design", name, "--json", PYTHONWARNINGS="ignore")
    assert done.returncode == 0, done.stderr
    states = {check["check"]: check["status"] for check in json.loads(done.stdout)["checks"]}
    assert set(states) == set(CHECKS)
    assert "failed" not in states.values()
