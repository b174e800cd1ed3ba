"""Tests of drawing futures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from optimize.evaluation.futures import marginals, sample_futures
from problems.parameters.uncertain import Marginal
from problems.registry import load_problem
from problems.spec import SpecError
from tests.optimize.toy import ToyProblem

NUMBERS = (
    Marginal("a.share", "1", 0.2, 0.3, 0.6, "triangular", ceiling=1.0),
    Marginal("a.price", "USD", 10.0, 20.0, 80.0, "lognormal"),
    Marginal("a.year", "yr", 2026.0, 2030.0, 2035.0, "uniform"),
    Marginal("b.mass", "kg", 1.0, 2.0, 3.0, "triangular"),
)


def test_sample_futures_reproduces_the_margins() -> None:
    drawn = sample_futures(NUMBERS, 4096, seed=3)
    assert list(drawn) == [one.key for one in NUMBERS]
    # Scrambled Sobol points hit every share to within one over the number of points.
    for one in NUMBERS:
        u = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
        below = (drawn[one.key][:, None] < one.quantile(u)).mean(axis=0)
        np.testing.assert_allclose(below, u, atol=1.5 / 4096)
    assert drawn["a.share"].mean() == pytest.approx((0.2 + 0.3 + 0.6) / 3.0, abs=1e-4)
    assert drawn["a.year"].mean() == pytest.approx(2030.5, abs=1e-2)
    assert np.median(drawn["a.price"]) == pytest.approx(20.0, rel=1e-3)


def test_sample_futures_repeats_its_bytes() -> None:
    one, two = (sample_futures(NUMBERS, 100, seed=7) for _ in range(2))
    assert all(one[key].tobytes() == two[key].tobytes() for key in one)
    other = sample_futures(NUMBERS, 100, seed=8)
    assert not np.array_equal(one["a.price"], other["a.price"])


def test_fewer_futures_are_the_first_of_more() -> None:
    many, few = (sample_futures(NUMBERS, count, seed=7) for count in (100, 37))
    assert np.array_equal(many["b.mass"][:37], few["b.mass"])


@pytest.mark.parametrize("rho", [-0.8, 0.3, 0.6, 1.0])
def test_sample_futures_achieves_rank_correlations(rho: float) -> None:
    drawn = sample_futures(NUMBERS, 8192, seed=1, correlations={("a.price", "b.mass"): rho})
    found = stats.spearmanr(drawn["a.price"], drawn["b.mass"]).statistic
    assert found == pytest.approx(rho, abs=0.01)
    assert abs(stats.spearmanr(drawn["a.price"], drawn["a.year"]).statistic) < 0.02
    # The margins stay what they are.
    assert np.quantile(drawn["a.price"], 0.95) == pytest.approx(80.0, rel=0.05)
    assert drawn["b.mass"].mean() == pytest.approx(2.0, abs=5e-3)


def test_sample_futures_leaves_uncorrelated_numbers_alone() -> None:
    plain = sample_futures(NUMBERS, 64, seed=1)
    tied = sample_futures(NUMBERS, 64, seed=1, correlations={("a.price", "b.mass"): 0.5})
    assert np.array_equal(plain["a.year"], tied["a.year"])


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({("a.price", "b.mas"): 0.5}, r"correlations.0: 'b.mas' is not drawn.*'b.mass'"),
        ({("a.price", "a.price"): 0.5}, "paired with itself"),
        ({("a.price", "b.mass"): 0.5, ("b.mass", "a.price"): 0.5}, "correlations.1: .* twice"),
        ({("a.price", "b.mass"): 1.5}, "from -1 to 1, got 1.5"),
        (
            {("a.price", "b.mass"): 0.9, ("b.mass", "a.year"): 0.9, ("a.price", "a.year"): -0.9},
            r"correlations.2: 'a.price' and 'a.year' cannot be correlated by -0.9: .* 0.64 to 1",
        ),
    ],
)
def test_sample_futures_refuses_correlations(
    pairs: dict[tuple[str, str], float], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        sample_futures(NUMBERS, 16, seed=1, correlations=pairs)


def test_sample_futures_of_nothing_and_of_no_number() -> None:
    assert sample_futures((), 16, seed=1) == {}
    with pytest.raises(SpecError, match="expected at least 1, got 0"):
        sample_futures(NUMBERS, 0, seed=1)


def test_marginals_by_key_group_and_pattern() -> None:
    problem = load_problem()
    every = marginals(problem)
    keys = [one.key for one in marginals(problem, ["launch", "thermal.albedo"])]
    assert "thermal.albedo" in keys
    assert {key.partition(".")[0] for key in keys} == {"launch", "thermal"}
    assert marginals(problem, ["launch.*"]) == marginals(problem, ["launch"])
    gpus = marginals(problem, ["catalog.gpus"])
    assert {one.key.split(".")[1] for one in gpus} == {"gpus"}
    prices = marginals(problem, ["catalog.*.price_usd"])
    assert {one.key.rpartition(".")[2] for one in prices} == {"price_usd"}
    assert len(gpus) + len(keys) < len(every)


def test_marginals_refuses_what_it_cannot_draw() -> None:
    problem = load_problem()
    with pytest.raises(SpecError, match=r"did you mean 'launch\.learning_rate'"):
        marginals(problem, ["launch.learning_rat"])
    with pytest.raises(SpecError, match="no distribution"):
        marginals(problem, ["cost.commercial_insurance"])
    with pytest.raises(SpecError, match="declares no uncertain numbers"):
        marginals(ToyProblem())
