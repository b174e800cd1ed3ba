"""Row hashes and the set of them."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize.evaluation.rows import HashSet, design_ids, first_of_each, row_hashes
from problems import load_problem
from problems.space import DesignSpace
from problems.spec import Variable
from tests.optimize.toy import VARIABLES, ToyProblem


def test_row_hashes_tell_small_whole_numbers_apart() -> None:
    # Floating-point whole numbers end in many zero bits, which products would keep.
    grid = np.stack(np.meshgrid(*[np.arange(12.0)] * 5), axis=-1).reshape(-1, 5)
    hashes = row_hashes(grid)
    assert len(np.unique(hashes)) == len(grid)
    # The lowest bits choose the slot of a table: they must be spread as well.
    assert np.bincount((hashes & np.uint64(255)).astype(int), minlength=256).max() < 1250


def test_row_hashes_do_not_depend_on_memory_order_or_the_sign_of_zero() -> None:
    x = np.random.default_rng(1).normal(size=(40, 7))
    x[3] = 0.0
    assert np.array_equal(row_hashes(np.asfortranarray(x)), row_hashes(x))
    assert row_hashes(-np.zeros((1, 7)))[0] == row_hashes(np.zeros((1, 7)))[0]


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=8))
def test_hash_set_answers_as_a_python_set(batches: list[list[int]]) -> None:
    met, known = HashSet(), set()
    for batch in batches:
        new = met.add(np.array(batch, dtype=np.uint64) * np.uint64(1024) + np.uint64(5))
        expected = []
        for value in batch:
            expected.append(value not in known)
            known.add(value)
        assert new.tolist() == expected
    assert len(met) == len(known)


def test_hash_set_grows() -> None:
    hashes = np.random.default_rng(2).integers(1, 2**63, 20_000).astype(np.uint64)
    met = HashSet()
    for part in np.array_split(hashes, 7):
        assert met.add(part).all()
    assert len(np.unique(hashes)) == len(met)
    assert not met.add(hashes).any()


def test_first_of_each_leaves_out_what_is_known() -> None:
    hashes = np.array([9, 3, 9, 4, 3, 5], dtype=np.uint64)
    known = np.array([4, 7], dtype=np.uint64)
    assert first_of_each(hashes, known).tolist() == [0, 1, 5]
    assert first_of_each(hashes[:0], known).tolist() == []
    assert first_of_each(hashes[:0]).tolist() == []


DESIGNS = {"metal": ["steel", "titanium"], "coat": ["foam", "none"], "plies": [5, 6]}


def test_an_identity_is_the_hash_of_names_and_texts() -> None:
    tank = ToyProblem()
    x = tank.canonical(tank.space.matrix(DESIGNS))
    told = {"coat": "none", "length_m": 2.0, "metal": "titanium", "plies": 6, "radius_m": 1.0}
    digest = hashlib.sha256(json.dumps(["1", told]).encode()).hexdigest()
    assert design_ids(x, tank)[1] == digest[:10]


@pytest.mark.parametrize("changed", ["variables", "choices"])
def test_no_order_of_variables_or_choices_renames_a_design(changed: str) -> None:
    before, after = ToyProblem(), ToyProblem()
    variables = tuple(reversed(VARIABLES)) if changed == "variables" else VARIABLES
    if changed == "choices":  # a new row in the middle of a catalogue
        metals = ("steel", "magnesium", "aluminium", "titanium")
        variables = tuple(
            dataclasses.replace(v, choices=metals) if v.name == "metal" else v for v in VARIABLES
        )
    after.space = DesignSpace(variables)
    ids = [design_ids(tank.canonical(tank.space.matrix(DESIGNS)), tank) for tank in (before, after)]
    assert ids[0] == ids[1]


def test_a_variable_at_its_unnamed_value_renames_no_design() -> None:
    before, after = ToyProblem(), ToyProblem()
    crew = Variable(
        name="crew",
        unit="1",
        symbol="c",
        description="tanks that work together",
        kind="integer",
        default=1,
        lower=1,
        upper=9,
        unnamed_at=1,
    )
    after.space = DesignSpace((*VARIABLES, crew))
    design = {name: values[:1] * 2 for name, values in DESIGNS.items()}
    alone, together = design_ids(after.space.matrix({**design, "crew": [1, 2]}), after)
    assert [alone] == design_ids(before.space.matrix(design), before)[:1]
    assert together != alone


def test_an_identity_depends_on_active_values_and_the_model_version() -> None:
    tank = ToyProblem()
    x = tank.canonical(tank.space.matrix({"coat": ["none"] * 3, "length_m": [2.0, 2.0, 2.5]}))
    x[1, tank.space.index["coat_mm"]] = 77.0  # inactive without a coat
    first, same, other = design_ids(x, tank)
    assert first == same != other
    tank.version = "2"
    assert design_ids(x[:1], tank) != [first]


def test_negative_zero_has_no_identity_of_its_own() -> None:
    problem = load_problem()
    x = problem.space.matrix({"eclipse_power_fraction": [0.0, -0.0]})
    assert len(set(design_ids(x, problem))) == 1
