"""Tracing starts between neighbours, and its table has both gains."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.benchmark.speed.known import Zdt1
from optimize.benchmark.speed.tracing import middles, row
from optimize.engine.local_model import Landscape


def test_starts_are_between_neighbours_the_widest_gap_first() -> None:
    problem = Zdt1()
    land = Landscape.of(problem, problem.space, problem.objectives, ())
    x = np.zeros((4, len(problem.space)))
    x[:, 0] = [0.1, 0.2, 0.25, 0.9]
    # The two nearest of each make five pairs, of which as many as members are kept.
    assert middles(land, x)[:, 0] == pytest.approx([0.55, 0.575, 0.175, 0.15])
    assert len(middles(land, x[:1])) == 0


def test_both_ways_gain_on_a_known_front() -> None:
    name, pairs, feasible, traced, searched = row("zdt1", population=20, generations=40)
    assert name == "zdt1"
    assert 0 < int(feasible) <= int(pairs) <= 20
    assert float(traced.split()[0]) > 0.0
    assert float(searched.split()[0]) >= 0.0
