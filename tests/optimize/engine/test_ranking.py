"""Sorting and hashing of the engine: the fast ways against the plain ones."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.engine.algorithms.ranking import ascending
from optimize.evaluation.rows import first_of_each, row_hashes, rows_of


@pytest.mark.parametrize("n", [0, 1, 7, 299, 300, 1000, 5000])
@pytest.mark.parametrize("values", [3, 200, 10**9])
def test_ascending_is_a_stable_sort(n: int, values: int) -> None:
    drawn = np.random.default_rng(n).integers(values, size=n).astype(np.float64)
    np.testing.assert_array_equal(ascending(drawn), np.argsort(drawn, kind="stable"))


def test_ascending_of_infinities_and_both_zeros() -> None:
    drawn = np.tile([np.inf, -0.0, 0.0, -np.inf, 1.0], 100)
    np.testing.assert_array_equal(ascending(drawn), np.argsort(drawn, kind="stable"))


@pytest.mark.parametrize("n", [40, 400, 3000, 70_000])
def test_first_of_each_finds_what_a_dictionary_finds(n: int) -> None:
    rng = np.random.default_rng(n)
    hashes = rng.integers(2**64, size=n, dtype=np.uint64)[rng.integers(n, size=n)]
    known = hashes[: n // 4]
    met, expected = set(known.tolist()), []
    for position, value in enumerate(hashes.tolist()):
        if value not in met:
            expected.append(position)
            met.add(value)
    assert first_of_each(hashes, known).tolist() == expected


def test_rows_are_the_same_in_either_order_of_storage() -> None:
    x = np.random.default_rng(2).random((500, 6))
    picked = np.array([4, 400, 4])
    for stored in (x, np.asfortranarray(x)):
        np.testing.assert_array_equal(rows_of(stored, picked), x[picked])
        assert rows_of(stored, picked).flags.f_contiguous
        np.testing.assert_array_equal(row_hashes(stored), row_hashes(x))
