"""Distributions, contests and regret on matrices small enough to work by hand."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.analysis.sensitivity.information import perfect_information
from optimize.analysis.sensitivity.odds import (
    chance_of_beating,
    chance_of_best,
    expected_regret,
    losses,
    spread,
    worst_tail,
)
from optimize.analysis.sensitivity.odds_study import contest

# Four futures, three designs; the third never beats the first.
COST = np.array([[1.0, 4.0, 2.0], [3.0, 2.0, 3.0], [5.0, 1.0, 6.0], [2.0, 2.0, 4.0]])
ALL = np.ones(COST.shape, dtype=bool)


def test_spread_is_that_of_each_column() -> None:
    found = spread(COST)
    assert found.mean.tolist() == [2.75, 2.25, 3.75]
    assert found.sd[0] == pytest.approx(np.sqrt((1.75**2 + 0.25**2 + 2.25**2 + 0.75**2) / 3))
    assert found.p50.tolist() == [2.5, 2.0, 3.5]
    assert found.p5[0] == pytest.approx(1.15)  # 0.15 of the way from 1 to 2
    assert found.p95[0] == pytest.approx(4.7)  # 0.85 of the way from 3 to 5


def test_spread_leaves_out_what_is_not_finite_and_says_so() -> None:
    found = spread(np.array([[1.0, np.nan], [np.inf, np.nan], [3.0, np.nan], [2.0, np.nan]]))
    assert found.mean[0] == 2.0
    assert found.missing_frac.tolist() == [0.25, 1.0]
    assert np.isnan(found.mean[1])


def test_chance_of_beating_counts_a_tie_half() -> None:
    beats = chance_of_beating(COST, "min")
    # First against second: better, worse, worse, tie; first against third: better, tie, better x 2.
    assert beats[0].tolist() == [0.5, 0.375, 0.875]
    np.testing.assert_allclose(beats + beats.T, 1.0)
    np.testing.assert_allclose(chance_of_beating(COST, "max"), beats.T)


def test_not_a_number_loses() -> None:
    values = np.array([[np.nan, 1.0], [2.0, 1.0]])
    for sense in ("min", "max"):
        assert chance_of_beating(values[:1], sense)[0, 1] == 0.0
    assert losses(values, "max")[0, 0] == np.inf


def test_chance_of_best_shares_ties_and_adds_up() -> None:
    assert chance_of_best(COST, "min").tolist() == [0.375, 0.625, 0.0]
    assert chance_of_best(COST, "max").tolist() == [0.125, 0.25, 0.625]


def test_regret_is_against_the_best_in_hindsight() -> None:
    found = expected_regret(COST, "min", ALL)
    assert found.anyhow.tolist() == [(0 + 1 + 4 + 0) / 4, (3 + 0 + 0 + 0) / 4, (1 + 1 + 5 + 2) / 4]
    np.testing.assert_array_equal(found.workable, found.anyhow)
    assert found.anyhow.min() == perfect_information(COST) == 0.75


def test_regret_if_feasible_leaves_out_what_does_not_work() -> None:
    feasible = ALL.copy()
    feasible[0, 0] = feasible[1, 1] = feasible[:, 2] = False
    found = expected_regret(COST, "min", feasible)
    # First: futures 2, 3, 4 against the best that works (3, 1, 2). Second: futures 1, 3, 4.
    assert found.workable[0] == pytest.approx((0 + 4 + 0) / 3)
    assert found.workable[1] == pytest.approx(0.0)
    assert np.isnan(found.workable[2])
    assert found.anyhow[0] == 1.25


def test_regret_of_a_maximised_output() -> None:
    assert expected_regret(-COST, "max", ALL).anyhow.tolist() == [1.25, 0.75, 2.25]


def test_worst_tail_is_on_the_bad_side() -> None:
    assert worst_tail(COST, "min", level_frac=0.5).tolist() == [4.0, 3.0, 5.0]
    assert worst_tail(COST, "max", level_frac=0.5).tolist() == [1.5, 1.5, 2.5]


def test_contest_shows_some_and_regrets_over_all() -> None:
    feasible = np.zeros(COST.shape, dtype=bool)
    feasible[0] = True
    found = contest(COST, "min", feasible, [0, 2])
    assert found.beats.shape == (2, 2)
    assert found.best.tolist() == [0.875, 0.125]
    assert found.regret.anyhow.tolist() == [1.25, 0.75, 2.25]
    assert found.workable_frac == 0.25
    assert found.worth_all == 0.75


def test_values_stay_as_they_were() -> None:
    before = COST.copy()
    expected_regret(COST, "min", ALL)
    worst_tail(COST, "min")
    spread(COST)
    np.testing.assert_array_equal(COST, before)
