"""Designs as matrices: decoding, hierarchy, the relaxed space, and limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.space import (
    DesignSpace,
    constraint_matrix,
    normalise,
    objective_matrix,
    violation,
)
from problems.spec import Condition, Constraint, Objective, SpecError, Variable

SPACE = DesignSpace(
    (
        Variable(
            name="site",
            unit="1",
            symbol="s",
            description="",
            kind="choice",
            default="earth",
            choices=("earth", "moon"),
        ),
        Variable(
            name="rocket",
            unit="1",
            symbol="r",
            description="",
            kind="choice",
            default="b",
            choices=("a", "b", "c"),
            active_when=(Condition("site", ("earth",)),),
        ),
        Variable(
            name="area_m2",
            unit="m2",
            symbol="A",
            description="",
            kind="real",
            default=100.0,
            lower=10.0,
            upper=1000.0,
            log=True,
        ),
        Variable(
            name="count",
            unit="1",
            symbol="N",
            description="",
            kind="integer",
            default=5,
            lower=1,
            upper=9,
        ),
        Variable(
            name="share",
            unit="1",
            symbol="f",
            description="",
            kind="real",
            default=0.5,
            lower=0.5,
            upper=0.5,
        ),
    )
)
CLOSED = SPACE.replace(SPACE["rocket"].narrow(choices=["a", "c"]))


def rows(n: int, seed: int = 0, space: DesignSpace = SPACE) -> np.ndarray:
    return space.sample(n, np.random.default_rng(seed))


def test_matrix_takes_text_and_fills_defaults():
    x = SPACE.matrix({"rocket": ["a", "c"], "count": [2, 3]})
    np.testing.assert_array_equal(x, [[0, 0, 100, 2, 0.5], [0, 2, 100, 3, 0.5]])


def test_matrix_takes_a_table_of_pandas():
    table = pd.DataFrame({"rocket": ["a", "c"], "count": [2, 3]})
    columns = {name: list(column) for name, column in table.items()}
    np.testing.assert_array_equal(SPACE.matrix(table), SPACE.matrix(columns))


def test_matrix_refuses_strangers():
    with pytest.raises(SpecError, match="did you mean 'count'"):
        SPACE.matrix({"coun": [1]})
    with pytest.raises(SpecError, match="expected 5 columns, got 2"):
        SPACE.matrix([[1.0, 2.0]])
    with pytest.raises(SpecError, match="unknown choice"):
        SPACE.matrix({"rocket": ["aa"]})
    with pytest.raises(SpecError, match="count: expected 1 value or 3, got 2"):
        SPACE.matrix({"rocket": ["a", "c", "a"], "count": [1, 2]})
    with pytest.raises(SpecError, match="count: expected numbers"):
        SPACE.matrix({"count": ["many"]})


def test_columns_are_contiguous_and_named():
    columns = SPACE.columns(rows(7))
    assert tuple(columns) == SPACE.names
    assert all(column.flags.c_contiguous for column in columns.values())


def test_canonical_makes_equal_satellites_equal():
    # On the Moon the rocket has no influence: both rows describe the same satellite.
    x = np.array([[1.0, 0.0, 50.0, 3.0, 0.5], [1.0, 2.0, 50.0, 3.4, 0.5]])
    canonical = SPACE.canonical(x)
    np.testing.assert_array_equal(canonical[0], canonical[1])
    assert canonical[0, 1] == SPACE["rocket"].encode("b")


def test_canonical_is_idempotent_and_leaves_its_input():
    x = rows(50) + 0.3
    before = x.copy()
    once = SPACE.canonical(x)
    np.testing.assert_array_equal(SPACE.canonical(once), once)
    np.testing.assert_array_equal(x, before)


def test_active_follows_the_condition():
    mask = SPACE.active(np.array([[0.0, 1, 10, 1, 0.5], [1.0, 1, 10, 1, 0.5]]))
    np.testing.assert_array_equal(mask[:, 1], [True, False])
    assert mask[:, [0, 2, 3, 4]].all()


def test_sample_respects_bounds_and_open_choices():
    x = rows(500, space=CLOSED)
    assert np.all((x >= CLOSED.lower) & (x <= CLOSED.upper))
    assert set(x[x[:, 0] == 0.0, 1]) == {0.0, 2.0}
    assert set(x[:, 3]) == set(range(1, 10))
    np.testing.assert_array_equal(x[:, 4], 0.5)


def test_sample_is_uniform_in_the_logarithm():
    # Half of the samples of a logarithmic variable lie below the geometric mean, 100.
    share = np.mean(rows(4000)[:, 2] < 100.0)
    assert share == pytest.approx(0.5, abs=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_search_space_round_trip(seed):
    x = rows(8, seed, CLOSED)
    again = CLOSED.from_search(CLOSED.to_search(x))
    np.testing.assert_allclose(again, x, rtol=1e-12)


def test_search_bounds_give_every_whole_number_the_same_room():
    low, high = SPACE.search_bounds()
    index = SPACE.free.index(SPACE.index["count"])
    u = np.linspace(low[index], high[index], 90_001)
    points = np.tile((low + high) / 2.0, (u.size, 1))
    points[:, index] = u
    counts = np.bincount(SPACE.from_search(points)[:, 3].astype(int))[1:]
    np.testing.assert_allclose(counts / u.size, 1 / 9, atol=0.001)


def test_replace_and_getitem_name_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'area_m2'"):
        SPACE["area_m"]


def test_normalise_maps_ideal_to_zero_and_reference_to_one():
    linear = Objective("f", "min", ideal=1.0, reference=3.0)
    np.testing.assert_allclose(normalise(linear, np.array([1.0, 2.0, 3.0])), [0.0, 0.5, 1.0])
    decades = Objective("f", "min", ideal=1.0, reference=100.0, log=True)
    np.testing.assert_allclose(normalise(decades, np.array([1.0, 10.0, 100.0])), [0.0, 0.5, 1.0])


def test_violation_is_at_most_zero_inside_the_limits():
    band = Constraint("c", "f", "", lower=100.0, upper=150.0)
    found = violation(band, np.array([80.0, 100.0, 120.0, 150.0, 165.0]))
    np.testing.assert_allclose(found, [0.2, 0.0, -0.2, 0.0, 0.1])


def test_violation_of_a_limit_at_zero_uses_its_scale():
    margin = Constraint("c", "f", "", lower=0.0, scale=50.0)
    np.testing.assert_allclose(violation(margin, np.array([-5.0, 5.0])), [0.1, -0.1])


def test_objective_matrix_turns_maximised_outputs_around():
    outputs = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}
    objectives = (Objective("a", "min", 0.0, 1.0), Objective("b", "max", 1.0, 0.0))
    np.testing.assert_array_equal(objective_matrix(outputs, objectives), [[1.0, -3.0], [2.0, -4.0]])


def test_constraint_matrix_without_constraints_has_no_columns():
    assert constraint_matrix({"a": np.ones(3)}, ()).shape == (3, 0)


def test_space_accepts_empty_batches():
    empty = np.empty((0, len(SPACE)))
    assert SPACE.canonical(empty).shape == empty.shape
    assert SPACE.active(empty).shape == empty.shape
    assert SPACE.from_search(np.empty((0, len(SPACE.free)))).shape == empty.shape


def test_all_limits_at_once_give_the_violation_of_each_constraint() -> None:
    constraints = [
        Constraint("a", "p", "", upper=2.0),
        Constraint("b", "q", "", lower=-1.0, upper=4.0, scale=10.0),
        Constraint("c", "p", "", lower=0.0),
        Constraint("d", "q", "", lower=1.0, upper=3.0),
    ]
    rng = np.random.default_rng(3)
    for shape in ((50,), (1,), (3, 20)):
        outputs = {name: rng.normal(1.0, 3.0, shape) for name in ("p", "q")}
        expected = [violation(c, outputs[c.output]) for c in constraints]
        np.testing.assert_array_equal(constraint_matrix(outputs, constraints), np.array(expected).T)
