"""The frozen benchmark stays what it was, and says so when it cannot."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import moocore
import numpy as np
import pytest

from problems.compute_satellite import declarations
from problems.compute_satellite.variants import frozen_declarations as benchmark
from problems.compute_satellite.variants.frozen import FrozenSatellite, load_bench
from problems.compute_satellite.variants.frozen_declarations import NAME, bench_document
from problems.parameters import assumptions, catalog
from problems.parameters.assumptions import read_table
from problems.registry import load_declarations, load_problem
from problems.spec import SpecError, Variable


@pytest.fixture(scope="module")
def bench() -> FrozenSatellite:
    return load_bench()


@pytest.fixture
def tampered() -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(dict(bench_document()))
    return document


def test_loads_by_name_and_declares_without_the_model() -> None:
    problem = load_problem(NAME)
    declared = load_declarations(NAME)
    assert problem.name == declared.name == NAME
    assert problem.space.variables == declared.variables
    assert {v.kind for v in declared.variables} == {"real", "integer", "choice"}
    assert any(v.active_when for v in declared.variables)
    assert [c.name for c in declared.constraints][-1] == "it_power_w"


def test_check_sample_has_feasible_designs_and_every_choice(bench: FrozenSatellite) -> None:
    check = bench.document["check"]
    x = np.array(check["designs"])
    feasible = (np.array(check["violations"]) <= 0.0).all(axis=1)
    assert 10 <= feasible.sum() < len(x) - 10
    active = bench.active(x)
    for i, variable in enumerate(bench.space.variables):
        if variable.kind == "choice":
            assert {*x[active[:, i], i]} == {*range(len(variable.choices))}, variable.name


def test_check_sample_is_that_of_the_satellite_today_or_verify_would_stop(
    bench: FrozenSatellite,
) -> None:
    values, violations = bench.natural(np.array(bench.document["check"]["designs"]))
    np.testing.assert_allclose(values, bench.document["check"]["objectives"], rtol=1e-9)
    np.testing.assert_allclose(
        violations, bench.document["check"]["violations"], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("key", ["power.cell_packing", "thermal.albedo", "compute.mfu"])
def test_tampering_with_an_assumption_is_refused(tampered: dict[str, Any], key: str) -> None:
    tampered["assumptions"][key] *= 1.0 + 1e-6
    with pytest.raises(SpecError, match="no longer reproduces"):
        FrozenSatellite(document=tampered).verify()


def test_tampering_with_the_catalogue_is_refused(tampered: dict[str, Any]) -> None:
    tampered["catalogue"]["gpus"]["B200"]["numbers"]["price_usd"] += 1.0
    with pytest.raises(SpecError, match="cost_per_exaflop_usd"):
        FrozenSatellite(document=tampered).verify()


def test_tampering_with_the_coverglass_is_refused(tampered: dict[str, Any]) -> None:
    tampered["catalogue"]["arrays"]["silicon"]["numbers"]["coverglass_um"] += 25.0
    with pytest.raises(SpecError, match="no longer reproduces"):
        FrozenSatellite(document=tampered).verify()


def test_a_frozen_key_that_the_model_lost_is_named(tampered: dict[str, Any]) -> None:
    tampered["assumptions"]["power.cell_packed"] = 0.9
    with pytest.raises(SpecError, match=r"cannot be built any more: power\.cell_packed"):
        FrozenSatellite(document=tampered)


def test_a_changed_property_is_named(tampered: dict[str, Any]) -> None:
    tampered["catalogue"]["arrays"]["silicon"]["properties"]["lunar_makeable"] = False
    with pytest.raises(SpecError, match=r"catalog\.arrays\.silicon\.lunar_makeable"):
        FrozenSatellite(document=tampered)


def clear_caches() -> None:
    """Forget every table that the model has read."""
    for name, module in list(sys.modules.items()):
        if name.startswith("problems."):
            for item in list(vars(module).values()):
                if hasattr(item, "cache_clear") and item is not bench_document:
                    item.cache_clear()


Rows = list[dict[str, str]]


@pytest.fixture
def edit_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Change what a CSV table of the package says, as a later release would."""

    def edit(table: str, change: Callable[[Rows], Rows]) -> None:
        def changed(name: str) -> Rows:
            rows = read_table(name)
            return change(rows) if name == table else rows

        for module in (assumptions, catalog):
            monkeypatch.setattr(module, "read_table", changed)
        clear_caches()

    yield edit
    monkeypatch.undo()
    clear_caches()


def test_changed_assumptions_do_not_move_the_benchmark(
    bench: FrozenSatellite, edit_table: Callable[..., None]
) -> None:
    x = bench.space.sample(20, np.random.default_rng(3))

    def change(rows: Rows) -> Rows:
        numbers = ("nominal", "low", "high")
        return [
            {**row, **{column: repr(float(row[column]) * 0.99) for column in numbers}}
            if f"{row['group']}.{row['name']}" in bench.document["assumptions"]
            else row
            for row in rows
        ]

    edit_table("assumptions.csv", change)
    later = load_bench()
    assert np.array_equal(np.hstack(later.natural(x)), np.hstack(bench.natural(x)))
    live = load_problem().evaluate({"altitude_km": 650.0}, ["launch_mass_kg"])
    assert live["launch_mass_kg"] != bench.evaluate({"altitude_km": 650.0})["launch_mass_kg"]


def test_a_catalogue_row_put_first_neither_opens_nor_shifts_codes(
    bench: FrozenSatellite, edit_table: Callable[..., None]
) -> None:
    x = bench.space.sample(20, np.random.default_rng(4))
    edit_table("gpus.csv", lambda rows: [{**rows[0], "name": "Z1000"}, *rows])
    later = load_bench()
    assert "Z1000" in load_problem().space["gpu_model"].choices
    assert "Z1000" not in later.space["gpu_model"].choices
    assert np.array_equal(np.hstack(later.natural(x)), np.hstack(bench.natural(x)))
    assert np.array_equal(later.canonical(x), bench.canonical(x))


def test_a_variable_gained_later_stays_at_its_default(
    bench: FrozenSatellite, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = bench.space.sample(20, np.random.default_rng(5))
    gained = Variable(
        name="spin_rpm",
        unit="rpm",
        symbol="s",
        description="a later idea",
        kind="real",
        default=2.0,
        lower=0.0,
        upper=9.0,
    )
    several = (gained, *declarations.all_variables())
    monkeypatch.setattr(declarations, "all_variables", lambda: several)
    later = FrozenSatellite()
    assert "spin_rpm" not in later.space.names
    assert np.array_equal(np.hstack(later.natural(x)), np.hstack(bench.natural(x)))
    assert np.array_equal(later.active(x), bench.active(x))


def test_other_settings_are_refused() -> None:
    with pytest.raises(SpecError, match="frozen at '2030'"):
        load_problem(NAME, scenario="2035")
    with pytest.raises(SpecError, match="frozen at 'full'"):
        load_declarations(NAME, cost_boundary="no_chips")
    with pytest.raises(SpecError, match="are frozen"):
        load_problem(NAME, assumptions={"power.cell_packing": 0.9})
    with pytest.raises(SpecError, match="are frozen"):
        load_problem(NAME, allow_unverified=True)


def test_canonical_is_idempotent_and_changes_no_value(bench: FrozenSatellite) -> None:
    x = bench.space.sample(300, np.random.default_rng(6))
    canonical = bench.canonical(x)
    assert np.array_equal(bench.canonical(canonical), canonical)
    for before, after in zip(bench.judge(x), bench.judge(canonical), strict=True):
        np.testing.assert_array_equal(before, after)


def test_canonical_form_knows_the_moon(bench: FrozenSatellite) -> None:
    space = bench.space
    x = space.matrix(
        {
            "launch_site": ["moon", "earth"],
            "launcher": ["new_glenn", "new_glenn"],
            "transfer": ["aerobrake", "aerobrake"],
        }
    )
    moon, earth = bench.canonical(x)
    assert moon[space.index["launcher"]] == space["launcher"].encode("starship")
    assert space["transfer"].decode(moon[space.index["transfer"]]) == "aerobrake"
    assert space["launcher"].decode(earth[space.index["launcher"]]) == "new_glenn"
    assert space["transfer"].decode(earth[space.index["transfer"]]) == "direct"


def test_objectives_are_logarithms_between_ideal_and_reference(bench: FrozenSatellite) -> None:
    x = bench.space.sample(5, np.random.default_rng(7))
    values, _ = bench.natural(x)
    f, _ = bench.judge(x)
    low = np.array([o.ideal for o in bench.objectives])
    high = np.array([o.reference for o in bench.objectives])
    np.testing.assert_allclose(f, np.log(values / low) / np.log(high / low), rtol=1e-12)


def test_reference_front_is_feasible_nondominated_and_evaluates_to_itself(
    bench: FrozenSatellite,
) -> None:
    x, f = bench.reference_front()
    assert x.shape == (len(f), len(bench.space)) == (4000, 15)
    assert np.array_equal(bench.canonical(x), x)
    found, g = bench.judge(x)
    np.testing.assert_allclose(found, f, rtol=1e-9, atol=1e-12)
    assert (g <= 1e-9).all()
    assert moocore.is_nondominated(f).all()


def test_hypervolumes_are_those_stored(bench: FrozenSatellite) -> None:
    _, f = bench.reference_front()
    stored = bench.document["front"]
    inside = f[(f < 1.0).all(axis=1)]
    assert moocore.hypervolume(inside, ref=np.ones(3)) == pytest.approx(
        stored["hypervolume_stored"], rel=1e-9
    )
    assert 0.999 < stored["hypervolume_stored"] / bench.best_hypervolume <= 1.0


def test_whole_space_searches_add_next_to_nothing(bench: FrozenSatellite) -> None:
    runs = bench.document["front"]["whole_space"]
    assert len(runs) >= 3
    assert all(run["evaluations"] >= 2_000_000 for run in runs)
    assert all(0.0 <= run["gained_share"] < 1e-3 for run in runs)


def test_document_is_plain_json() -> None:
    text = json.dumps(benchmark.bench_document(), allow_nan=False)
    assert len(text) < 100_000
