"""The Sobol sequence against SciPy's, and what makes it even."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import qmc

from optimize.engine.quality import MOST_DIMENSIONS, ScrambledSobol, directions


def test_points_without_scrambling_are_those_of_scipy() -> None:
    table = directions(MOST_DIMENSIONS)
    index = np.arange(512)
    points = np.zeros((512, MOST_DIMENSIONS), dtype=np.uint32)
    for bit in range(9):
        points ^= np.where(index[:, None] >> bit & 1, table[bit], 0).astype(np.uint32)
    peer = qmc.Sobol(MOST_DIMENSIONS, scramble=False, bits=32).random(512)
    ours = np.array(sorted(map(tuple, points / 2.0**32)))
    np.testing.assert_array_equal(ours, np.array(sorted(map(tuple, peer))))


@pytest.mark.parametrize(("start", "count"), [(0, 256), (256, 256), (512, 512)])
def test_every_block_has_one_point_in_each_interval(start: int, count: int) -> None:
    points = ScrambledSobol(20, seed=3).block(start, count)
    assert points.shape == (count, 20)
    cells = np.sort((points * count).astype(int), axis=0)
    np.testing.assert_array_equal(cells, np.repeat(np.arange(count)[:, None], 20, axis=1))


def test_first_two_dimensions_are_even_together() -> None:
    """A (0, m, 2) net: one point in every 16 by 16 cell of 256."""
    points = ScrambledSobol(2, seed=5).block(0, 256)
    cells = (points * 16).astype(int)
    assert len({*map(tuple, cells.tolist())}) == 256


def test_seed_decides() -> None:
    first, same, other = (ScrambledSobol(7, seed).block(64, 64) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).mean() > 0.2


def test_smooth_mean_is_far_better_than_that_of_random_points() -> None:
    points = ScrambledSobol(6, seed=1).block(0, 4096)
    error = abs(float(np.prod(1.0 + 0.5 * (points - 0.5), axis=1).mean()) - 1.0)
    assert error < 2e-4  # random points: 0.36 / 64 = 5.6e-3


def test_blocks_are_powers_of_two_at_their_multiples() -> None:
    sample = ScrambledSobol(3, seed=1)
    for start, count in ((0, 3), (1, 2), (0, 0)):
        with pytest.raises(ValueError, match="block"):
            sample.block(start, count)
    with pytest.raises(ValueError, match="dimensions"):
        directions(MOST_DIMENSIONS + 1)


def test_a_nominal_run_does_not_load_scipy_stats() -> None:
    """Loading it takes longer than a quick search."""
    program = (
        "import sys, optimize.commands.run, optimize.report.summary; "
        "print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
