"""A version of the frozen benchmark stays what it was, and says so when it cannot."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pytest

from problems.compute_satellite import declarations
from problems.compute_satellite.variants import frozen_declarations
from problems.compute_satellite.variants.frozen import (
    FrozenSatellite,
    ShippedBench,
    load_bench,
    read_bench,
)
from problems.compute_satellite.variants.frozen_declarations import (
    NAME,
    RETIRED,
    frozen_variables,
    shipped_versions,
)
from problems.registry import load_declarations, load_problem
from problems.space import Problem
from problems.spec import SpecError, Variable

# --- what this package ships ----------------------------------------------------------------------


@pytest.mark.parametrize("version", shipped_versions().values())
def test_a_shipped_version_is_readable_and_reproduced_where_it_runs(version: int) -> None:
    document, x, f = read_bench(version)
    variables = frozen_variables(document)
    assert {v.kind for v in variables} == {"real", "integer", "choice"}
    check, record = document["check"], document["front"]
    assert np.array(check["designs"]).shape[1] == x.shape[1] == len(variables)
    assert np.array(check["violations"]).shape[1] == len(document["constraints"])
    assert len(x) == len(f) == record["designs_stored"]
    assert moocore.is_nondominated(f).all()
    inside = f[(f < 1.0).all(axis=1)]
    stored = moocore.hypervolume(inside, ref=np.ones(3))
    assert stored == pytest.approx(record["hypervolume_stored"], rel=1e-9)
    assert 0.999 < stored / record["hypervolume"] <= 1.0
    assert all(0.0 <= run["gained_share"] < 1e-3 for run in record["whole_space"])
    if version not in RETIRED:
        judged, g = load_bench(document).judge(x)
        np.testing.assert_allclose(judged, f, rtol=1e-9, atol=1e-12)
        assert (g <= 1e-9).all()


def test_version_1_is_refused_without_numpy() -> None:
    code = (
        "import sys\nfrom problems import load_problem\n"
        "try:\n    load_problem('heliofront_bench_v1')\n"
        "except ValueError as error:\n    print('numpy' in sys.modules, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False problem: heliofront_bench_v1 was frozen")


def test_without_a_version_that_runs_the_command_that_freezes_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(frozen_declarations.bench_path(1), tmp_path)
    monkeypatch.setattr(frozen_declarations, "DATA", tmp_path)
    with pytest.raises(SpecError, match=r"frozen\.freeze --version 2$"):
        load_problem(NAME)
    with pytest.raises(SpecError, match=r"1 is not shipped with a front; .*\.reference"):
        read_bench(1)


# --- a version frozen today -----------------------------------------------------------------------


@pytest.fixture
def tampered(shipped: ShippedBench) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(dict(shipped.document))
    return document


@pytest.mark.parametrize("name", [NAME, f"{NAME}_v1000"])
def test_loads_by_name_and_declares_without_the_model(shipped: ShippedBench, name: str) -> None:
    problem = load_problem(name)
    declared = load_declarations(name)
    assert problem.name == declared.name == shipped.document["benchmark"] == f"{NAME}_v1000"
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


@pytest.mark.parametrize("key", ["power.cell_packing", "thermal.albedo", "compute.mfu"])
def test_tampering_with_an_assumption_is_refused(tampered: dict[str, Any], key: str) -> None:
    tampered["assumptions"][key] *= 1.0 + 1e-6
    with pytest.raises(SpecError, match="no longer reproduces"):
        FrozenSatellite(tampered).verify()


def test_tampering_with_the_catalogue_is_refused(tampered: dict[str, Any]) -> None:
    for row in tampered["catalogue"]["gpus"].values():
        row["numbers"]["price_usd"] += 1.0
    with pytest.raises(SpecError, match="cost_per_exaflop_usd"):
        FrozenSatellite(tampered).verify()


def test_a_frozen_key_that_the_model_lost_is_named(tampered: dict[str, Any]) -> None:
    tampered["assumptions"]["power.cell_packed"] = 0.9
    with pytest.raises(SpecError, match=r"cannot be built any more: power\.cell_packed"):
        FrozenSatellite(tampered)


def test_every_frozen_number_is_in_force_whatever_the_tables_say(tampered: dict[str, Any]) -> None:
    frozen = tampered["assumptions"].items()  # whole numbers among them are words and switches
    tampered["assumptions"] = {k: v * 0.99 if v % 1 else v for k, v in frozen}
    numbers = FrozenSatellite(tampered).live.assumptions
    assert {key: numbers[key] for key in tampered["assumptions"]} == tampered["assumptions"]


def test_choices_are_known_by_name_in_whatever_order_the_catalogue_has_them(
    bench: FrozenSatellite, tampered: dict[str, Any]
) -> None:
    x = bench.canonical(bench.space.sample(20, np.random.default_rng(4)))
    chip = bench.space.index["gpu_model"]
    tampered["variables"][chip]["choices"].reverse()
    turned = x.copy()
    turned[:, chip] = len(bench.space["gpu_model"].choices) - 1 - x[:, chip]
    other = FrozenSatellite(tampered)
    assert np.array_equal(np.hstack(other.natural(turned)), np.hstack(bench.natural(x)))
    assert np.array_equal(other.canonical(turned), turned)


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
    monkeypatch.setattr(declarations, "all_variables", lambda _: several)
    later = FrozenSatellite(bench.document)
    assert "spin_rpm" not in later.space.names
    assert np.array_equal(np.hstack(later.natural(x)), np.hstack(bench.natural(x)))
    assert np.array_equal(later.active(x), bench.active(x))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scenario": "2035"}, "frozen at '2030'"),
        ({"cost_boundary": "no_chips"}, "frozen at 'full'"),
        ({"assumptions": {"power.cell_packing": 0.9}}, "are frozen"),
        ({"allow_unverified": True}, "are frozen"),
    ],
)
@pytest.mark.usefixtures("shipped")
def test_other_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    for load in (load_problem, load_declarations):
        with pytest.raises(SpecError, match=message):
            load(NAME, **settings)


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
    bench: FrozenSatellite, shipped: ShippedBench
) -> None:
    _, x, f = shipped
    assert np.array_equal(bench.canonical(x), x)
    judged, g = bench.judge(x)
    np.testing.assert_allclose(judged, f, rtol=1e-9, atol=1e-12)
    assert (g <= 1e-9).all()
    assert moocore.is_nondominated(f).all()


# --- derivatives ----------------------------------------------------------------------------------


def test_derivatives_are_those_of_the_model_and_agree_with_differences() -> None:
    bench = load_bench(read_bench(max(set(shipped_versions().values()) - set(RETIRED))).document)
    space, names = bench.space, [o.output for o in bench.objectives]
    x = bench.canonical(np.array(bench.document["check"]["designs"]))
    exact, rough = bench.jacobian(x, names), Problem.jacobian(bench, x, names)
    whole = np.setdiff1d(np.arange(len(space)), space.real)
    assert bench.exact_derivatives
    assert np.isnan(exact[:, :, whole]).all()
    exact, rough, real = exact[:, :, space.real], rough[:, :, space.real], space.real
    assert (exact.transpose(0, 2, 1)[~bench.active(x)[:, real]] == 0.0).all()
    outputs = np.array(list(bench.evaluate(x, names).values())).T[:, :, None]
    scale = (space.upper - space.lower)[real] / np.abs(outputs)
    off = np.abs(exact - rough) * scale
    assert np.mean(off < 1e-4 * np.maximum(np.abs(rough) * scale, 1e-3)) > 0.97  # but at kinks
    assert np.mean(exact != 0.0) > 0.5
