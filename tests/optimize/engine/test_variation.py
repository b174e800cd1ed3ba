"""Crossover and mutation: distributions against pymoo's operators, bounds, choices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from optimize.engine.algorithms.variation import blend, chosen_cells, cross, mutate

LOW, HIGH = np.array([0.0, -2.0, -0.499]), np.array([1.0, 3.0, 3.499])
BOUNDS = np.stack((LOW, HIGH))
CHOICES = np.array([False, False, True])


def couples(n: int) -> np.ndarray:
    one, other = np.array([0.3, 0.5, 1.0]), np.array([0.45, -1.0, 3.0])
    return np.stack((np.tile(one, (n, 1)), np.tile(other, (n, 1))))


def test_blend_keeps_the_middle_without_bounds() -> None:
    # SBX children are symmetric about the parents' middle (Deb & Agrawal 1995, eq. 8).
    lot = np.linspace(0.01, 0.99, 25)
    pair = np.tile([[1.0], [3.0]], (1, 25))
    born = blend(pair, np.full((2, 25), np.inf), lot, eta=10.0)
    np.testing.assert_allclose(born.sum(axis=0), 4.0, rtol=1e-14)
    assert (np.diff(born[1] - born[0]) > 0.0).all()
    # At u = 0.25 the spread factor is 0.5^(1 / (eta + 1)), from eq. 6 of the same paper.
    quarter = blend(pair[:, :1], np.full((2, 1), np.inf), np.array([0.25]), eta=10.0)
    assert quarter[1, 0] - quarter[0, 0] == pytest.approx(2.0 * 0.5 ** (1.0 / 11.0))


def test_cross_draws_from_the_same_distribution_as_pymoo() -> None:
    from pymoo.operators.crossover.sbx import cross_sbx

    n = 4000
    parents = couples(n)
    low, high = LOW[:2], HIGH[:2]
    theirs = cross_sbx(
        parents[:, :, :2],
        low,
        high,
        np.full((n, 1), 15.0),
        np.full((n, 1), 0.5),
        np.full((n, 1), 0.5),
        random_state=np.random.default_rng(1),
    )
    ours = cross(
        parents,
        bounds=BOUNDS,
        choices=CHOICES,
        probability=1.0,
        eta=15.0,
        rng=np.random.default_rng(2),
    )
    for child in range(2):
        for gene in range(2):
            found = ks_2samp(ours[child, :, gene], theirs[child, :, gene])
            assert found.pvalue > 1e-3


def test_cross_exchanges_choices_whole_and_leaves_its_input() -> None:
    parents = couples(500)
    before = parents.copy()
    children = cross(
        parents,
        bounds=BOUNDS,
        choices=CHOICES,
        probability=0.9,
        eta=15.0,
        rng=np.random.default_rng(3),
    )
    np.testing.assert_array_equal(parents, before)
    assert {tuple(pair) for pair in children[:, :, 2].T.tolist()} == {(1.0, 3.0), (3.0, 1.0)}
    assert (children >= LOW).all()
    assert (children <= HIGH).all()


def test_cross_without_chance_copies_parents() -> None:
    parents = couples(20)
    children = cross(
        parents,
        bounds=BOUNDS,
        choices=CHOICES,
        probability=0.0,
        eta=15.0,
        rng=np.random.default_rng(3),
    )
    np.testing.assert_array_equal(children, parents)


@pytest.mark.parametrize("probability", [0.02, 0.3, 0.8])
def test_chosen_cells_hits_each_with_the_probability(probability: float) -> None:
    hits = np.zeros(50)
    rng = np.random.default_rng(4)
    for _ in range(2000):
        hits[np.unique(chosen_cells(50, probability, rng))] += 1
    # 100,000 trials: four standard errors of the mean.
    error = 4.0 * np.sqrt(probability * (1.0 - probability) / 100_000)
    assert hits.mean() / 2000 == pytest.approx(probability, abs=error)


def test_mutate_draws_from_the_same_distribution_as_pymoo() -> None:
    from pymoo.operators.mutation.pm import mut_pm

    n = 4000
    u = np.tile([0.2, 2.5, 1.0], (n, 1))
    theirs = mut_pm(
        u[:, :2],
        LOW[:2],
        HIGH[:2],
        np.full(n, 20.0),
        np.full(n, 1.0),
        at_least_once=False,
        random_state=np.random.default_rng(5),
    )
    ours = u.copy()
    mutate(
        ours,
        bounds=BOUNDS,
        choices=CHOICES,
        probability=1.0,
        eta=20.0,
        spared=np.zeros(n, dtype=bool),
        rng=np.random.default_rng(6),
    )
    for gene in range(2):
        assert ks_2samp(ours[:, gene], theirs[:, gene]).pvalue > 1e-3
    assert set(np.rint(ours[:, 2]).tolist()) == {0.0, 1.0, 2.0, 3.0}


def test_mutate_spares_rows_and_stays_inside() -> None:
    u = np.random.default_rng(7).uniform(LOW, HIGH, (300, 3))
    before, spared = u.copy(), np.arange(300) % 2 == 0
    mutate(
        u,
        bounds=BOUNDS,
        choices=CHOICES,
        probability=0.4,
        eta=1.0,
        spared=spared,
        rng=np.random.default_rng(8),
    )
    np.testing.assert_array_equal(u[spared], before[spared])
    assert (u[~spared] != before[~spared]).any(axis=0).all()
    assert (u >= LOW).all()
    assert (u <= HIGH).all()
