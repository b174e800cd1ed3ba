"""Every adapter says of a design what the frozen problem says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pytest
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.optimize import minimize

from optimize.benchmark.frozen import installed as benchmark_installed
from optimize.benchmark.frozen.evomo import evomo_problem, evomo_search
from optimize.benchmark.frozen.installed import is_installed
from optimize.benchmark.frozen.jmetal import jmetal_evaluator, jmetal_problem
from optimize.benchmark.frozen.optuna import Objective, violations_of
from optimize.benchmark.frozen.pymoo import CanonicalForm, MixedBench, RelaxedBench, mixed_search
from optimize.benchmark.frozen.pymoors import UnitBench, pymoors_search
from problems.compute_satellite.variants.frozen import FrozenSatellite, ShippedBench
from problems.spec import SpecError
from problems.units import FloatArray

needs_jmetal = pytest.mark.skipif(not is_installed("jmetal"), reason="needs jMetalPy")
needs_pymoors = pytest.mark.skipif(not is_installed("pymoors"), reason="needs pymoors")
needs_evomo = pytest.mark.skipif(not is_installed("evomo"), reason="needs EvoMO")


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


@pytest.mark.parametrize(
    ("use", "extra"),
    [
        (jmetal_problem, "peers"),
        (evomo_problem, "peers-torch"),
        (lambda bench: evomo_search(bench, seed=1, evaluations=8, population=4), "peers-torch"),
        (
            lambda bench: pymoors_search(
                bench, seed=1, evaluations=8, population=4, penalise=False
            ),
            "peers",
        ),
    ],
    ids=["jmetal", "evomo problem", "evomo search", "pymoors"],
)
def test_a_missing_peer_is_named_with_its_extra(
    bench: FrozenSatellite,
    use: Callable[[FrozenSatellite], Any],
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmark_installed.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=rf"is missing: pip install 'heliofront\[{extra}\]'"):
        use(bench)


class Counted(FrozenSatellite):
    """The benchmark, counting the designs that are judged."""

    def __init__(self, bench: FrozenSatellite) -> None:
        self.__dict__.update(bench.__dict__)
        self.judged = 0

    def judge(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        self.judged += len(x)
        return super().judge(x)


def test_unit_genes_agree(bench: FrozenSatellite, designs: FloatArray) -> None:
    problem = UnitBench(bench)
    genes = problem.genes(designs)
    assert genes.min() >= 0.0
    assert genes.max() <= 1.0
    np.testing.assert_allclose(problem.designs(genes), designs, rtol=1e-9)
    f, g = bench.judge(designs)
    answer = problem.objectives(genes), problem.violations(genes)
    assert_same(answer, (f, np.maximum(g, 0.0)))


def test_parents_are_not_judged_again(bench: FrozenSatellite) -> None:
    counted = Counted(bench)
    problem = UnitBench(counted)
    genes = np.random.default_rng(3).random((30, len(problem.low)))
    first = problem.objectives(genes[:20]), problem.violations(genes[:20])
    assert counted.judged == 20
    merged = np.concatenate((genes[15:5:-1], genes[20:], genes[20:25]))  # 10 old, 10 new, 5 twice
    f, g = problem.objectives(merged), problem.violations(merged)
    assert counted.judged == 30
    assert np.array_equal(f[:10], first[0][15:5:-1])
    assert np.array_equal(g[:10], first[1][15:5:-1])
    assert_same((f, g), (UnitBench(bench).objectives(merged), UnitBench(bench).violations(merged)))


def test_penalised_objectives_rank_as_constrained_domination_does(
    bench: FrozenSatellite, shipped: ShippedBench
) -> None:
    problem = UnitBench(bench)
    genes = problem.genes(shipped.designs[:5])
    genes = np.concatenate((genes, np.random.default_rng(4).random((40, len(problem.low)))))
    f, total = problem.penalised(genes), problem.violations(genes).sum(axis=1)
    feasible = total == 0.0
    assert feasible[:5].all()
    assert np.array_equal(f[feasible], problem.objectives(genes)[feasible])
    assert f[feasible].max() < f[~feasible].min()
    by_violation = np.argsort(total[~feasible])
    assert (np.diff(f[~feasible][by_violation], axis=0) >= 0.0).all()


@needs_pymoors
@pytest.mark.parametrize("penalise", [False, True])
def test_pymoors_makes_as_many_evaluations_as_it_may(
    bench: FrozenSatellite, penalise: bool
) -> None:
    counted = Counted(bench)
    search = pymoors_search(counted, seed=1, evaluations=90, population=20, penalise=penalise)
    assert counted.judged == 100  # whole generations
    assert search.population.genes.shape == (20, len(UnitBench(bench).low))


@needs_evomo
def test_evomo_agrees_and_prefers_what_violates_less(bench: FrozenSatellite) -> None:
    counted = Counted(bench)
    algorithm = evomo_search(counted, seed=1, evaluations=160, population=20).algorithm
    assert counted.judged == 160
    f, g = bench.judge(bench.space.from_search(algorithm.pop.numpy()))
    assert_same((algorithm.fit.numpy(), algorithm.cv.numpy()), (f, np.maximum(g, 0.0)))
    first = evomo_search(bench, seed=1, evaluations=20, population=20).algorithm.cv.sum(dim=1)
    assert algorithm.cv.sum(dim=1).max() < first.median()
