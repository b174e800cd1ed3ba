"""Scenarios and peers: every number resolves, has a source, and adds up to what is claimed."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from problems.compute_satellite.declarations import scenarios
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants import peers as module
from problems.compute_satellite.variants.peers import peer, peers
from problems.parameters.assumptions import assumption_rows, read_table
from problems.parameters.catalog import catalog_ranges
from problems.spec import SpecError

PEERS = ("suncatcher", "starcloud", "mccalip", "turyshev", "ai1")
ROOT = Path(__file__).parents[3]
RANGES = {key: (row.low, row.nominal, row.high) for key, row in assumption_rows().items()}
RANGES |= {row.key: (row.low, row.nominal, row.high) for row in catalog_ranges()}


def bib_keys() -> set[str]:
    text = resources.files("problems.data").joinpath("references.bib").read_text("utf-8")
    return set(re.findall(r"@\w+\{([^,]+),", text))


def test_all_scenarios_are_there_and_the_first_three_are_as_they_were():
    assert tuple(scenarios())[:3] == ("today", "2030", "2035")
    assert set(scenarios()) >= {
        "integrated",
        "short_power",
        "optimistic",
        "conservative",
        *PEERS,
    }
    assert scenarios()["2030"].overrides["catalog.launchers.starship.price_usd"] == 90e6
    assert scenarios()["today"].overrides["cost.series_satellites"] == 1


@pytest.mark.parametrize("table", ["scenarios.csv", "peers.csv"])
def test_every_row_has_a_source_that_exists(table):
    known = bib_keys() | {"estimate", "model_choice"}
    rows = read_table(table)
    assert not {row["source"] for row in rows} - known
    assert not [row for row in rows if not (row["reason"] or row.get("locator") or row["source"])]


def test_every_override_has_a_reason():
    assert not [row for row in read_table("scenarios.csv") if len(row["reason"]) < 8]
    rules = [row for row in read_table("peers.csv") if row["kind"] == "boundary"]
    assert not [row for row in rules if len(row["reason"]) < 8]


def ratio(scenario: str, chip: str = "B200", **assumptions: float) -> float:
    name = "cost_ratio_to_ground"
    problem = ComputeSatellite(scenario=scenario, assumptions=assumptions)
    return float(problem.evaluate({"gpu_model": [chip]}, [name])[name][0])


def test_optimistic_and_conservative_turn_the_same_screws_within_the_ranges():
    high, low = scenarios()["optimistic"].overrides, scenarios()["conservative"].overrides
    assert set(high) == set(low)
    # Means over draws: no number stands at the end of its range.
    for overrides in (high, low):
        drawn = {key: value for key, value in overrides.items() if RANGES[key][0] < RANGES[key][2]}
        assert len(drawn) > 20
        outside = [k for k, v in drawn.items() if not RANGES[k][0] <= v <= RANGES[k][2]]
        assert set(outside) <= {"catalog.launchers.starship.leo_payload_kg"}  # moved by 2030
    ends = [ratio(name, "Leader") for name in ("optimistic", "2030", "conservative")]
    assert ends[0] < 0.9 * ends[1] < 0.6 * ends[2], ends


def test_an_integrated_operator_and_a_wait_for_power_move_both_sides():
    assert ratio("integrated") < 0.8 * ratio("2030")
    wait = {"ground.time_to_power_yr": 2.0}
    assert ratio("short_power") == pytest.approx(ratio("2030", **wait))
    assert ratio("integrated", **wait) < ratio("integrated")


@pytest.mark.parametrize("name", PEERS)
def test_masses_of_a_peer_are_ours_times_one_factor(name):
    values = scenarios()[name].overrides
    keys = [k for k in values if k.endswith(("areal_mass_kg_m2", "module_mass_kg", "_mass_kg"))]
    keys += ["mass.avionics_base_kg", "mass.thruster_kg", "compute.host_mass_kg_per_kw"]
    keys += ["mass.momentum_kg_per_m2", "thermal.spare_pump_kg_per_kw"]
    factors = [values[key] / RANGES[key][1] for key in keys]
    assert len(factors) >= 8
    assert factors == pytest.approx([factors[0]] * len(factors), rel=1e-5)
    pack = "catalog.batteries.cots_li_ion.pack_wh_per_kg"
    assert RANGES[pack][1] / values[pack] == pytest.approx(factors[0], rel=1e-5)


def test_peer_designs_and_boundaries():
    assert peer("turyshev").design["array_area_m2"] == 5640.0
    assert peer("turyshev").design["launcher"] == "falcon_9"
    boundaries = [peer(name).cost_boundary for name in PEERS]
    assert boundaries == ["launch_only", "no_chips", "no_chips", "no_chips", "full"]
    assert peer("starcloud").conventions["cost.bus_usd_per_kg"] == 0.0
    assert not peer("2035").design
    assert not peer("2035").published


def test_unstated_names_what_is_ours():
    assert "gpu_model" in peer("mccalip").unstated
    assert "array_area_m2" not in peer("mccalip").unstated


def test_unknown_scenario_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'suncatcher'"):
        peer("suncacher")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"peer": "mcalip"}, "did you mean 'mccalip'"),
        ({"kind": "desing"}, "did you mean 'design'"),
        ({"key": "altitude_k"}, "did you mean 'altitude_km'"),
        ({"key": "orbit", "value": "goe"}, "did you mean 'geo'"),
        ({"kind": "boundary", "key": "cost_boundary", "value": "no_chip"}, "'no_chips'"),
        ({"kind": "boundary", "key": "cost.wac", "value": "0"}, "did you mean 'cost.wacc'"),
    ],
)
def test_bad_rows_are_refused(monkeypatch, changes, message):
    row = {
        "peer": "mccalip",
        "kind": "design",
        "key": "altitude_km",
        "value": "900",
        "source": "mccalip_2025",
        "locator": "",
        "reason": "",
    }
    monkeypatch.setattr(module, "read_table", lambda name: [row | changes])
    with pytest.raises(SpecError, match=message):
        peers.__wrapped__()


@pytest.mark.parametrize("name", PEERS)
def test_configuration_of_a_peer_agrees_with_the_table(name):
    from optimize.config.overrides import load_source
    from optimize.config.study import read_study

    config, study = read_study(load_source(str(ROOT / "configs" / f"peer_{name}.yaml"), []))
    found = peer(name)
    assert config.scenario == name
    assert config.cost_boundary == found.cost_boundary
    assert {key: entry.value for key, entry in config.assumptions.items()} == found.conventions
    fixed = {
        v.name: v.decode(v.encode(v.default)) for v in study.variables if v.name in config.variables
    }
    assert fixed == found.design
