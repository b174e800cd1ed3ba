from __future__ import annotations

from typing import Any

import pytest

from problems import load_problem
from problems.compute_satellite.declarations import overrides_in_force, scenarios
from problems.parameters.catalog import TABLES, catalog_table
from problems.parameters.own_hardware import hardware_faults, hardware_fields, own_rows
from problems.parameters.uncertain import uncertain_numbers
from problems.spec import SpecError

CHIP = {"like": "B200", "tdp_w": 500, "price_usd": 20_000, "reason": "undervolted"}


def faults(table: str, name: str, **cells: Any) -> dict[tuple[str, ...], str]:
    entry = {"like": next(iter(catalog_table(table).rows)), "reason": "trial", **cells}
    return {fault.location: fault.message for fault in hardware_faults({table: {name: entry}})}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_row_has_what_the_row_has_that_it_is_like(table: str) -> None:
    shipped = catalog_table(table)
    for like, row in shipped.rows.items():
        mine = catalog_table(table, own_rows({table: {"Mine": {"like": like, "reason": "copy"}}}))
        assert mine.names == (*shipped.names, "Mine")
        apart = {"name", "label", "note", "source", "locator", "confidence"}
        for field in row.__dataclass_fields__.keys() - apart:
            was, copied = getattr(row, field), getattr(mine.rows["Mine"], field)
            assert copied == was or copied != copied


def test_a_number_of_ones_own_keeps_the_relative_range() -> None:
    mine = catalog_table("gpus", own_rows({"gpus": {"Mine": CHIP}}))
    was, now = (mine.ranges[f"catalog.gpus.{name}.price_usd"] for name in ("B200", "Mine"))
    assert now.nominal == 20_000
    assert now.low / now.nominal == pytest.approx(was.low / was.nominal)
    assert now.high / now.nominal == pytest.approx(was.high / was.nominal)
    exact = {**CHIP, "price_usd_low": 19_000, "price_usd_high": 22_000}
    told = catalog_table("gpus", own_rows({"gpus": {"Mine": exact}}))
    assert told.ranges["catalog.gpus.Mine.price_usd"].low == 19_000


def test_a_share_of_ones_own_stays_a_share() -> None:
    cell = {"like": "silicon", "cell_efficiency": 0.99, "reason": "bold"}
    span = catalog_table("arrays", own_rows({"arrays": {"bold": cell}})).ranges
    assert span["catalog.arrays.bold.cell_efficiency"].high <= 1.0


def test_a_row_follows_the_scenario_where_it_says_nothing_itself() -> None:
    own = own_rows(
        {"launchers": {"big": {"like": "starship", "leo_payload_kg": 2e5, "reason": "next"}}}
    )
    overrides = overrides_in_force("2035", {}, own)
    scenario = scenarios()["2035"].overrides
    key = "catalog.launchers.{}.price_usd"
    assert overrides[key.format("big")] == scenario[key.format("starship")]
    assert "catalog.launchers.big.leo_payload_kg" not in overrides
    drawn = {m.key: m for m in uncertain_numbers(overrides, None, own)}
    assert drawn[key.format("big")].pin == scenario[key.format("starship")]


def test_a_design_uses_the_row_as_if_the_numbers_were_overridden() -> None:
    changes = {"tdp_w": 500.0, "price_usd": 20_000.0}
    mine = load_problem(catalog={"gpus": {"Mine": CHIP}})
    changed = load_problem(assumptions={f"catalog.gpus.B200.{k}": v for k, v in changes.items()})
    ours = mine.evaluate({"gpu_model": ["Mine", "B200"]})
    theirs = changed.evaluate({"gpu_model": ["B200"]})
    assert {name: ours[name][0] for name in ours} == {name: theirs[name][0] for name in theirs}
    assert ours["total_cost_usd"][1] != ours["total_cost_usd"][0]


def test_a_row_can_be_drawn_paired_and_overridden_like_any_other() -> None:
    problem = load_problem(catalog={"gpus": {"Mine": CHIP}}, assumptions={})
    key = "catalog.gpus.Mine.price_usd"
    assert key in {marginal.key for marginal in problem.marginals}
    x = problem.space.matrix({"gpu_model": ["Mine", "Mine"]})
    paired = problem.evaluate_pairs(x, {key: [1e4, 9e4]}, ["cost_gpus_usd"])["cost_gpus_usd"]
    crossed = problem.under({key: [1e4, 9e4]}).evaluate(x[:1], ["cost_gpus_usd"])
    assert paired[1] > paired[0]
    assert paired.tolist() == crossed["cost_gpus_usd"].ravel().tolist()
    dearer = load_problem(catalog={"gpus": {"Mine": CHIP}}, assumptions={key: 9e4})
    assert dearer.evaluate(x[:1])["cost_gpus_usd"][0] == paired[1]


def test_a_launch_price_per_kilogram_prices_every_launcher() -> None:
    payload = "catalog.launchers.starship.leo_payload_kg"
    problem = load_problem(
        assumptions={"launch_price_usd_per_kg": 200.0, payload: 5e4},
        catalog={"launchers": {"big": {"like": "starship", "leo_payload_kg": 2e5, "reason": "n"}}},
    )
    prices = {
        name: problem.assumptions[f"catalog.launchers.{name}.price_usd"]
        for name in ("starship", "big", "falcon_9")
    }
    falcon = catalog_table("launchers").rows["falcon_9"]
    assert prices == {"starship": 1e7, "big": 4e7, "falcon_9": 200.0 * falcon.leo_payload_kg}
    arrays = load_problem(assumptions={"array_price_usd_per_w": 7.0}).assumptions
    assert {v for k, v in arrays.items() if k.endswith(".usd_per_w")} == {7.0}


def test_a_key_of_a_row_wins_over_a_derived_number() -> None:
    key = "catalog.launchers.starship.price_usd"
    for assumptions in (
        {"launch_price_usd_per_kg": 200.0, key: 5e7},
        {key: 5e7, "launch_price_usd_per_kg": 200.0},
    ):
        assert load_problem(assumptions=assumptions).assumptions[key] == 5e7


def test_what_is_wrong_with_a_row_is_told_field_by_field_with_the_valid_ones() -> None:
    wrong = faults("gpus", "Mine", like="B20", tpd_w=3, tdp_w="hot", unverified="no", reason=" ")
    assert set(wrong) == {
        ("gpus", "Mine", field) for field in ("like", "tpd_w", "tdp_w", "unverified", "reason")
    }
    assert all(name in wrong["gpus", "Mine", "tpd_w"] for name in hardware_fields("gpus"))
    assert "B200" in wrong["gpus", "Mine", "like"]
    assert faults("gpus", "B200")["gpus", "B200"].startswith("is in the catalogue")
    assert ("gpus", "my.chip") in faults("gpus", "my.chip")
    ends = faults("arrays", "thin", areal_mass_kg_m2=1.0, areal_mass_kg_m2_low=2.0)
    assert list(ends) == [("arrays", "thin", "areal_mass_kg_m2")]
    assert list(faults("gpus", "Mine", price_basis="rack")) == [("gpus", "Mine", "price_basis")]


def test_a_frozen_benchmark_takes_no_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("problems.registry.document_named", lambda name: {"name": name})
    with pytest.raises(SpecError, match="bench is frozen and takes no hardware"):
        load_problem("bench", catalog={"gpus": {"Mine": CHIP}})


def test_a_launcher_of_ones_own_has_tankers_and_carries_freight_as_the_one_it_is_like() -> None:
    rows = catalog_table("launchers").rows
    tanked = next(name for name, row in rows.items() if row.has_tanker)
    problem = load_problem(catalog={"launchers": {"Mine": {"like": tanked, "reason": "copy"}}})
    assert "Mine" in problem.space["refuelling"].active_when[1].choices
    design = {"launcher": ["Mine", tanked], "refuelling": ["tankers", "tankers"]}
    mine, theirs = problem.evaluate(design, ["launch_cost_usd"])["launch_cost_usd"]
    assert mine == theirs
