"""The verify command: its routes on closed forms, and how tools that are missing or break show."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from click.testing import CliRunner, Result

from optimize.cli import main
from optimize.export.formats.thermal import thermal_network
from optimize.verify.checks import CHECKS, Check, chosen
from optimize.verify.decay import decay_lives_yr
from optimize.verify.heat import beta_deg, check_network, steady_state_k
from optimize.verify.result import InapplicableError, Outcome, Pair
from problems.spec import SpecError
from tests.optimize.export.handed_over import shared

MU_M3_S2 = 398_600.4418e9


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def tool_that_breaks(document: dict[str, Any]) -> list[Pair]:
    raise ZeroDivisionError("its own fault")


def tool_that_does_not_apply(document: dict[str, Any]) -> list[Pair]:
    raise InapplicableError("not in this orbit")


def test_a_difference_is_relative_to_the_independent_value() -> None:
    assert Pair("x", "m", 90.0, 100.0, "t").difference == pytest.approx(-0.1)
    assert Pair("x", "m", 111.0, 100.0, "t").large
    assert not Pair("x", "krad", 2e-6, 1e-30, "t", scale=1e-3).large
    assert Pair("x", "m", 1.0, 0.0, "t").large
    assert not Pair("x", "m", 0.0, 0.0, "t").large
    assert Pair("x", "m", float("nan"), 1.0, "t").large


@pytest.mark.parametrize("kind", ["dawn_dusk", "lunar_geo", "equatorial"])
def test_the_network_gives_the_temperatures_of_the_model(kind: str) -> None:
    for pair in check_network(shared()[1][kind]):
        assert pair.independent == pytest.approx(pair.ours, abs=1e-7)


def test_a_tampered_temperature_is_noticed() -> None:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    document["outputs"]["junction_temperature_c"]["value"] += 40.0
    worst = max(check_network(document), key=lambda pair: abs(pair.difference))
    assert (worst.quantity, worst.large) == ("junction_temperature_c", True)


def test_a_plate_alone_in_the_sun_has_its_textbook_temperature() -> None:
    """Both faces black, sunlight of 1361 W/m2 on one: T = (S / 2 sigma)^1/4 = 331 K."""
    network = {
        "stefan_boltzmann_w_m2_k4": 5.670374419e-8,
        "nodes": [
            {"name": "plate", "kind": "diffusive", "dissipation_w": 0.0, "temperature_k": 1.0},
            {"name": "space", "kind": "boundary", "dissipation_w": 0.0, "temperature_k": 0.0},
        ],
        "loads": [{"node": "plate", "absorbed_w": 1361.0}],
        "conductors": [
            {"from": "plate", "to": "space", "kind": "radiative", "radiative_area_m2": 2.0}
        ],
    }
    assert steady_state_k(network)["plate"] == pytest.approx(330.99, abs=0.01)
    assert thermal_network(shared()[1]["dawn_dusk"])["nodes"][0]["name"] == "chips"


def test_decay_in_air_of_one_density_has_a_closed_form() -> None:
    """With a constant density t = 2 (sqrt a1 - sqrt a0) / (rho B sqrt mu)."""
    level = np.array([300.0, 350.0, 400.0])
    lives = decay_lives_yr(level, np.full((3, 3), 5e-12), ballistic_m2_kg=0.02)
    high, low = 1e3 * (6378.137 + 400.0), 1e3 * (6378.137 + 300.0)
    seconds = 2.0 * (np.sqrt(high) - np.sqrt(low)) / (5e-12 * 0.02 * np.sqrt(MU_M3_S2))
    assert lives == pytest.approx(seconds / 3.15576e7, rel=1e-4)


def test_decay_is_sooner_when_it_starts_in_thick_air() -> None:
    level = np.array([300.0, 310.0])
    years = np.array([1e-11, 1e-12, 1e-12, 1e-12])[:, np.newaxis] * np.ones((1, 2))
    lives = decay_lives_yr(level, years, ballistic_m2_kg=0.01)
    assert lives.argmin() == 0


def test_the_sun_stands_high_over_a_dawn_dusk_plane_and_low_over_the_equator() -> None:
    high = beta_deg(shared()[1]["dawn_dusk"])
    assert 55.0 < high.min() < 62.0
    assert high.max() > 85.0
    assert beta_deg(shared()[1]["equatorial"]).max() == pytest.approx(23.44, abs=0.05)


def test_missing_broken_and_inapplicable_tools_are_told_apart() -> None:
    document = shared()[1]["dawn_dusk"]
    check = Check("a", "a", "heat:check_network", ("no_such_tool",), install="get it")
    absent = check.run(document)
    assert (absent.status, absent.reason) == ("skipped", "needs no_such_tool: get it")
    outcome = _run(tool_that_breaks, document)
    assert (outcome.status, outcome.reason) == ("failed", "ZeroDivisionError: its own fault")
    outcome = _run(tool_that_does_not_apply, document)
    assert (outcome.status, outcome.reason) == ("skipped", "not in this orbit")


def _run(function: Any, document: dict[str, Any]) -> Outcome:
    """Run a check with another function in place of its own."""
    with mock.patch("optimize.verify.heat.check_network", function):
        return Check("x", "x", "heat:check_network").run(document)


def test_unknown_checks_name_the_nearest() -> None:
    with pytest.raises(SpecError, match="orbit"):
        chosen(["orbits"])
    assert [check.name for check in chosen([])] == list(CHECKS)


def test_command_prints_one_document() -> None:
    folder, documents = shared()
    name = documents["dawn_dusk"]["design_id"]
    done = call("verify", folder, "--design", name, "--only", "network", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["design_id"] == name
    (check,) = found["checks"]
    assert (check["check"], check["status"]) == ("network", "done")
    assert {pair["quantity"] for pair in check["pairs"]} >= {"radiator_temperature_k"}


def test_command_prints_a_table_and_refuses_mistakes(tmp_path: Path) -> None:
    folder, documents = shared()
    name = documents["lunar_geo"]["design_id"]
    done = call("verify", folder, "--design", name, "--only", "network")
    assert done.exit_code == 0
    assert "radiator_temperature_k  K" in done.stdout
    assert "0 of 3 differ by more than 10%" in done.stdout
    for arguments in (
        ("verify", folder, "--design", "nobody"),
        ("verify", folder, "--design", name, "--only", "orbits"),
    ):
        refused = call(*arguments)
        assert refused.exit_code == 2
        assert refused.stderr.startswith("error: --")
        assert isinstance(refused.exception, SystemExit)
