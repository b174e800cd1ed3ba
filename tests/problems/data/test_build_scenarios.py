"""Rows of the scenarios that follow from the model: ends of joint draws, and peers' factors."""

from __future__ import annotations

import numpy as np
import pytest

from problems.compute_satellite.problem import ComputeSatellite
from problems.data.build import scenarios as build
from problems.parameters.uncertain import Marginal

MARGINALS = (
    Marginal("a", "1", 0.0, 1.0, 2.0, "uniform"),
    Marginal("b", "USD", 5.0, 10.0, 20.0, "lognormal"),
    Marginal("c", "1", 0.0, 1.0, 2.0, "uniform"),
)


def test_rows_are_written_as_they_are_read(tmp_path):
    build.write_rows(build.read_rows(), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == build.TABLE.read_text()


def test_draws_are_reproducible():
    first, again = (build.draw(MARGINALS, 100, seed=3) for _ in range(2))
    assert all(np.array_equal(first[key], again[key]) for key in first)


def test_conditional_means_are_those_of_the_draws_in_the_band():
    # ratio = 3 a: about its 10 % quantile a is 0.2; b and c have nothing to do with it.
    futures = build.draw(MARGINALS, 20_000, seed=1)
    means = build.conditional_means(MARGINALS, futures, 3.0 * futures["a"], band=(8.0, 12.0))
    assert means == {"a": pytest.approx(0.2, abs=0.005)}


def test_a_price_is_averaged_by_its_logarithm():
    # Of 1 and 100 the middle by the logarithm is 10; of odds 1 : 9 and 9 : 1 it is 1 : 1.
    assert build.central(MARGINALS[1], np.array([1.0, 100.0])) == pytest.approx(10.0)
    chance = Marginal("p", "1", 0.1, 0.5, 0.9, "logitnormal")
    assert build.central(chance, np.array([0.1, 0.9])) == pytest.approx(0.5)


@pytest.mark.parametrize("name", sorted(build.WHOLES))
def test_factors_of_a_peer_make_its_whole_come_out(name):
    rows = build.peer_rows(build.read_rows(), name, ComputeSatellite())
    for whole in build.WHOLES[name]:
        assert build.deviation(name, rows, whole) == pytest.approx(0.0, abs=1e-5)
