"""What the satellite is asked with: names, designs and values that make no sense are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from problems import load_problem
from problems.parameters.futures import UncertainProblem
from problems.spec import SpecError
from tests.optimize.little_satellite import LittleSatellite

COST, NRE = "total_cost_usd", "cost.nre_usd"
PROBLEM: Any = load_problem()


def two(**columns: Any) -> Any:
    return PROBLEM.space.matrix({"altitude_km": [500.0, 600.0], **columns})


ASKED: dict[str, Callable[[Any], Any]] = {
    "evaluate": lambda x: PROBLEM.evaluate(x, [COST]),
    "jacobian": lambda x: PROBLEM.jacobian(x, [COST]),
    "assumption_jacobian": lambda x: PROBLEM.assumption_jacobian(x, [COST], [NRE]),
    "pair_jacobian": lambda x: PROBLEM.pair_jacobian(x, {NRE: np.full(2, 1e8)}, [COST]),
    "evaluate_pairs": lambda x: PROBLEM.evaluate_pairs(x, {NRE: np.full(2, 1e8)}, [COST]),
    "evaluate_futures": lambda x: PROBLEM.evaluate_futures(x, {NRE: [1e8]}, [COST]),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_design_without_a_number_is_refused_by_all(ask: Callable[[Any], Any]) -> None:
    x = two()
    ask(x)
    x[1, PROBLEM.space.index["shield_mm"]] = np.nan
    with pytest.raises(SpecError, match="shield_mm: design 1 has no number here"):
        ask(x)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: PROBLEM.evaluate(two(), COST),
        lambda: PROBLEM.jacobian(two(), COST),
        lambda: PROBLEM.assumption_jacobian(two(), COST, [NRE]),
        lambda: PROBLEM.assumption_jacobian(two(), [COST], NRE),
        lambda: PROBLEM.evaluate_pairs(two(), {NRE: np.ones(2)}, COST),
    ],
)
def test_a_text_is_no_list_of_names(ask: Callable[[], Any]) -> None:
    with pytest.raises(SpecError, match="a list of names is wanted"):
        ask()


LITTLE = LittleSatellite()


@pytest.mark.parametrize(
    ("problem", "x", "key"),
    [(PROBLEM, two(), NRE), (LITTLE, np.tile(LITTLE.space.defaults, (2, 1)), "cost.launch_usd_kg")],
    ids=["shipped", "differences"],
)
def test_one_value_for_each_design_and_one_column_for_each_name(
    problem: UncertainProblem, x: Any, key: str
) -> None:
    key = key if key in problem.assumptions else next(iter(problem.assumptions))
    name = problem.objectives[0].output
    for ask in (problem.pair_jacobian, problem.evaluate_pairs):
        with pytest.raises(SpecError, match="one for each design"):
            ask(x, {key: np.ones(3)}, [name])
    bare = problem.evaluate_pairs(x, {}, [name])[name]
    assert bare.tolist() == problem.evaluate(x, [name])[name].tolist()
    twice = problem.assumption_jacobian(x, [name], [key, key])
    assert twice.shape == (2, 1, 2)
    assert (twice[:, :, 0] == twice[:, :, 1]).all()


@pytest.mark.parametrize("key", ["compute.precision", "comms.workload", "cluster.formation"])
def test_a_choice_among_words_has_no_derivative(key: str) -> None:
    slopes = PROBLEM.assumption_jacobian(two(), [COST], [NRE, key])
    assert np.isnan(slopes[:, :, 1]).all()
    assert np.isfinite(slopes[:, :, 0]).all()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("compute.precision", 3.0),
        ("compute.precision", 1.5),
        ("comms.workload", -1.0),
        ("cluster.formation", np.nan),
    ],
)
def test_a_code_of_no_word_is_refused_under_futures_too(key: str, code: float) -> None:
    codes = np.array([1.0, code])
    asked: tuple[Callable[[], Any], ...] = (
        lambda: PROBLEM.evaluate_pairs(two(), {key: codes}, [COST]),
        lambda: PROBLEM.pair_jacobian(two(), {key: codes}, [COST]),
        lambda: PROBLEM.evaluate_futures(two(), {key: codes.tolist()}, [COST]),
    )
    for ask in asked:
        with pytest.raises(SpecError, match=rf"{key}: expected one of 0 \("):
            ask()


def test_tables_that_are_made_once_serve_futures_that_leave_them() -> None:
    key = "catalog.arrays.silicon.coverglass_um"
    same = [PROBLEM.assumptions[key]] * 2
    assert PROBLEM.evaluate_futures(two(), {key: same}, [COST])[COST].shape == (2, 2)
    with pytest.raises(SpecError, match="cannot vary"):
        PROBLEM.evaluate_futures(two(), {key: [same[0], 2.0 * same[0]]}, [COST])


def test_a_number_that_is_missing_has_no_derivative_where_it_matters() -> None:
    # It has a rate in fp4 only, and no price; what it weighs needs none.
    x = two(gpu_model=["Rubin_Ultra", "B200"])
    slopes = load_problem(assumptions={"compute.precision": 2}).assumption_jacobian(
        x, ["cost_gpus_usd", "launch_mass_kg"], ["catalog.gpus.Rubin_Ultra.price_usd"]
    )
    assert np.isnan(slopes[:, :, 0]).tolist() == [[True, False], [False, False]]
