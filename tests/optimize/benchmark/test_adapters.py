"""Every adapter says of a design what the frozen problem says."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import optuna
import pytest
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.optimize import minimize

from optimize.benchmark.frozen import jmetal as benchmark_jmetal
from optimize.benchmark.frozen.jmetal import jmetal_evaluator, jmetal_problem
from optimize.benchmark.frozen.optuna import Objective, violations_of
from optimize.benchmark.frozen.pymoo import CanonicalForm, MixedBench, RelaxedBench, mixed_search
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.spec import SpecError
from problems.units import FloatArray

needs_jmetal = pytest.mark.skipif(
    importlib.util.find_spec("jmetal") is None, reason="needs jMetalPy"
)


@pytest.fixture
def designs(bench: FrozenSatellite) -> FloatArray:
    return bench.canonical(bench.space.sample(60, np.random.default_rng(11)))


def assert_same(found: tuple[Any, Any], wanted: tuple[FloatArray, FloatArray]) -> None:
    """Genes are logarithms: a design comes back to some units of the last digit."""
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("adapter", [RelaxedBench, MixedBench])
def test_pymoo_agrees(adapter: Any, bench: FrozenSatellite, designs: FloatArray) -> None:
    problem = adapter(bench)
    genes = problem.genes(designs)
    np.testing.assert_allclose(problem.designs(genes), designs, rtol=1e-12)
    f, g = problem.evaluate(genes, return_values_of=["F", "G"])
    assert_same((f, g), bench.judge(designs))


def test_pymoo_repair_makes_equal_satellites_equal_genes(bench: FrozenSatellite) -> None:
    problem = RelaxedBench(bench)
    site, launcher = (bench.space.index[name] for name in ("launch_site", "launcher"))
    genes = problem.genes(bench.space.defaults[None]).repeat(2, axis=0)
    genes[:, site] = 1.0  # the Moon
    genes[:, launcher] = 1.0, 4.0
    repaired = CanonicalForm()._do(problem, genes)
    assert not np.array_equal(genes[0], genes[1])
    assert np.array_equal(repaired[0], repaired[1])


def test_pymoo_relaxed_runs(bench: FrozenSatellite) -> None:
    algorithm = NSGA2(pop_size=40, repair=CanonicalForm())
    result = minimize(RelaxedBench(bench), algorithm, ("n_gen", 12), seed=1)
    problem, genes = RelaxedBench(bench), result.pop.get("X")
    designs = problem.designs(genes)
    assert_same((result.pop.get("F"), result.pop.get("G")), bench.judge(designs))
    np.testing.assert_allclose(genes, problem.genes(designs), rtol=1e-12)  # all repaired
    assert len(np.unique(genes, axis=0)) == 40


def test_pymoo_mixed_runs(bench: FrozenSatellite) -> None:
    result = mixed_search(bench, seed=1, evaluations=80, population=20)
    assert result.pop.get("F").shape == (20, 3)
    assert isinstance(result.pop.get("X")[0]["orbit"], str)


def fixed_trial(bench: FrozenSatellite, row: FloatArray) -> optuna.trial.FixedTrial:
    values = zip(bench.space.variables, row, strict=True)
    return optuna.trial.FixedTrial({v.name: v.decode(code) for v, code in values})


def test_optuna_agrees(bench: FrozenSatellite, designs: FloatArray) -> None:
    objective = Objective(bench)
    rows = [objective.design(fixed_trial(bench, row))[0] for row in designs]
    np.testing.assert_allclose(rows, designs, rtol=1e-12)


def test_optuna_runs_and_suggests_active_variables_only(bench: FrozenSatellite) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.NSGAIISampler(population_size=8, seed=2)
    study = optuna.create_study(directions=["minimize"] * 3, sampler=sampler)
    study.optimize(Objective(bench), n_trials=24)
    sites = set()
    for trial in study.trials:
        site = trial.params["launch_site"]
        sites.add(site)
        assert ("launcher" in trial.params) == (site == "earth")
        assert ("altitude_km" in trial.params) == (trial.params["orbit"] != "geo")
        f, g = bench.judge(Objective(bench).design(optuna.trial.FixedTrial(trial.params)))
        assert_same((trial.values, violations_of(trial)), (f[0], g[0]))
    assert sites == {"earth", "moon"}


@needs_jmetal
def test_jmetal_agrees_and_turns_the_sign_of_constraints(
    bench: FrozenSatellite, designs: FloatArray
) -> None:
    problem = jmetal_problem(bench)
    solutions = [problem.create_solution() for _ in designs]
    for solution, genes in zip(solutions, bench.space.to_search(designs), strict=True):
        solution.variables = genes.tolist()
    one = problem.evaluate(problem.create_solution())
    assert len(one.objectives) == problem.number_of_objectives() == 3
    solutions = jmetal_evaluator().evaluate(solutions, problem)
    f = [solution.objectives for solution in solutions]
    g = -np.array([solution.constraints for solution in solutions])
    assert_same((f, g), bench.judge(designs))


def test_missing_jmetal_is_named(bench: FrozenSatellite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_jmetal.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"pip install 'heliofront\[peers\]'"):
        jmetal_problem(bench)
