"""Certified fronts of several seeds: known problems, and what the table says."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.benchmark.speed.epsilon import configured, row
from optimize.benchmark.speed.known import Dtlz2, KnownFront, Zdt1
from optimize.engine.certificate import certify
from optimize.engine.local_model import Landscape
from problems.space import Problem


@pytest.mark.parametrize("problem", [Zdt1(), Dtlz2()], ids=lambda problem: problem.name)
def test_a_known_front_is_certified_and_its_derivatives_are_exact(problem: KnownFront) -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(0.05, 0.95, (6, len(problem.space)))
    names = list(problem.outputs)
    differences = Problem.jacobian(problem, x, names)
    assert problem.jacobian(x, names) == pytest.approx(differences, abs=1e-7)
    land = Landscape.of(problem, problem.space, problem.objectives, ())
    assert not certify(land, x).certified.any()
    x[:, problem.count - 1 :] = 0.0 if problem.name == "zdt1" else 0.5
    assert certify(land, x).certified.all()


def test_the_table_compares_the_fronts_of_all_seeds() -> None:
    name, certified, epsilons, shares = row("zdt1", seeds=2, population=20, generations=3)
    assert name == "zdt1"
    assert certified == "100 %, 100 %"
    assert 0.0 <= min(map(float, epsilons.split(", "))) < 0.2
    assert all(float(share.rstrip(" %")) <= 100.0 for share in shares.split(", "))


def test_a_configuration_is_found_by_its_name() -> None:
    config = configured("baseline", {"population": 20, "certify": True})
    assert (config.problem, config.algorithm.population) == ("compute_satellite", 20)
    assert config.algorithm.certify
