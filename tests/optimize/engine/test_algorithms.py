"""Every algorithm by name: canonical new designs, progress, repetition, resumption and limits."""

from __future__ import annotations

import functools
import importlib.util
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from click.testing import CliRunner
from pymoo.core.individual import Individual
from pymoo.core.population import Population
from scipy.stats import qmc

from optimize.cli import main
from optimize.config.algorithm import AlgorithmSetting
from optimize.config.faults import Source
from optimize.config.overrides import load_source
from optimize.config.run_config import RunConfig, build_config
from optimize.config.study import read_study
from optimize.config.traits import (
    ALGORITHMS,
    OPTIONS,
    SHARED,
    TRAITS,
    advice,
    partitions,
    search_faults,
)
from optimize.engine.algorithms.optuna_search import seeded_sampler
from optimize.engine.algorithms.pymoo_search import (
    _niche_winners,
    _winners,
    reference_directions,
)
from optimize.engine.algorithms.registry import FACTORIES, make_algorithm
from optimize.engine.archive import Archive
from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.search import Search
from optimize.evaluation.rows import distinct_rows
from optimize.run import session as session_module
from optimize.run.start import resume_run, start_run
from optimize.utils.files import REFUSED, RunFolderError
from problems.space import constraint_matrix, objective_matrix
from tests.optimize.conftest import TANK, merged
from tests.optimize.toy import NanProblem, ToyProblem

Write = Callable[..., Path]
NUMBA = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="needs numba")
# Gaussian processes take a second for each of these designs: test_optuna_gp.py.
QUICK = [name for name in ALGORITHMS if name != "optuna_gp"]
NAMES = [pytest.param(name, marks=NUMBA) if name == "age_moea2" else name for name in QUICK]
LEARNING = [n for n in NAMES if n not in ("random", "sobol", "optuna_tpe")]
FIVE = ["cost_usd", "mass_kg", "heat_loss_w", "volume_m3", "stress_ratio"]


def evaluated(problem: ToyProblem, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return objectives and violations, designs that are not finite as infeasible."""
    names = [o.output for o in problem.objectives] + [c.output for c in problem.constraints]
    outputs = problem.evaluate(x, names)
    f = objective_matrix(outputs, problem.objectives)
    g = constraint_matrix(outputs, problem.constraints)
    bad = ~np.isfinite(np.hstack((f, g))).all(axis=1)[:, None]
    return np.where(bad, 0.0, f), np.where(bad, np.inf, g)


def searched(
    name: str,
    *,
    seed: int = 1,
    problem: Any = None,
    interrupted: int | None = None,
    population: int = 24,
    generations: int = 6,
) -> tuple[list[bytes], float]:
    """Return what was asked for in every generation, and the hypervolume of all designs."""
    problem = problem or ToyProblem()
    setting = AlgorithmSetting(name=name, population=population, generations=generations, seed=seed)
    algorithm = make_algorithm(problem.space, problem.canonical, setting)
    archive = Archive(len(problem.space), problem.objectives, 2000)
    asked = []
    for generation in range(generations):
        if generation == interrupted:
            state = algorithm.state()
            algorithm = make_algorithm(problem.space, problem.canonical, setting)
            algorithm.restore(state)
        x = algorithm.ask()
        asked.append(x.tobytes())
        assert 0 < len(x) <= population
        assert np.array_equal(problem.canonical(x), x)
        assert len(distinct_rows(x)) == len(x)
        f, g = evaluated(problem, x)
        algorithm.tell(x, normalised(f, problem.objectives), g)
        archive.add(x, f, g)
    return asked, hypervolume(archive.f, problem.objectives)


def test_every_name_has_a_factory_and_traits() -> None:
    assert set(FACTORIES) == set(TRAITS) == set(ALGORITHMS)
    assert {option for traits in TRAITS.values() for option in traits.options} == set(OPTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_search_repeats_with_its_seed_and_continues_bit_for_bit(name: str) -> None:
    whole = searched(name)
    assert searched(name) == whole
    assert searched(name, seed=2) != whole
    assert searched(name, interrupted=0) == whole
    assert searched(name, interrupted=4) == whole


@pytest.mark.parametrize("name", NAMES)
def test_search_copes_with_designs_that_cannot_be_evaluated(name: str) -> None:
    # Their violations are infinite and tie, which pymoo would break by an unseeded draw.
    whole = searched(name, problem=NanProblem())
    assert searched(name, problem=NanProblem(), interrupted=3) == whole


@functools.cache
def by_chance(seeds: tuple[int, ...]) -> float:
    """Return the median hypervolume of random searches."""
    found = [searched("random", seed=s, population=40, generations=25)[1] for s in seeds]
    return float(np.median(found))


@pytest.mark.parametrize("name", LEARNING)
def test_search_learns(name: str) -> None:
    # Measured on these seeds: chance 0.387 to 0.393, the others 0.405 to 0.446.
    seeds = (1, 2, 3)
    learnt = [searched(name, seed=s, population=40, generations=25)[1] for s in seeds]
    assert np.median(learnt) > 1.03 * by_chance(seeds)


@pytest.mark.parametrize("name", ["nsga3", "unsga3", "sms_emoa", "rvea", "optuna_nsga2"])
def test_ask_ends_when_the_space_is_used_up(name: str) -> None:
    problem = ToyProblem()
    space = problem.space
    for key, value in {"radius_m": 1.0, "length_m": 2.0, "plies": 5, "coat": "none"}.items():
        space = space.replace(space[key].fix(value))
    setting = AlgorithmSetting(name=name, population=12, generations=9, seed=1)
    algorithm = make_algorithm(space, lambda x: problem.canonical(x, space), setting)
    x = algorithm.ask()
    assert sorted(x[:, space.index["metal"]]) == [0.0, 1.0, 2.0]
    algorithm.tell(x, *evaluated(problem, x))
    assert len(algorithm.ask()) == 0


@pytest.mark.parametrize("name", ["nsga3", "sobol", "random", "optuna_nsga2"])
def test_ask_takes_a_space_without_free_variables(name: str) -> None:
    problem = ToyProblem()
    space = problem.space
    for variable in space.variables:
        space = space.replace(variable.fix(variable.default))
    setting = AlgorithmSetting(name=name, population=8, generations=3)
    algorithm = make_algorithm(space, lambda x: problem.canonical(x, space), setting)
    x = algorithm.ask()
    assert x.tolist() == [space.defaults.tolist()]
    algorithm.tell(x, *evaluated(problem, x))


def test_sobol_search_is_the_scrambled_sequence_of_scipy() -> None:
    problem = ToyProblem()
    setting = AlgorithmSetting(name="sobol", population=24, seed=5)
    algorithm = make_algorithm(problem.space, problem.canonical, setting)
    parts = [algorithm.ask() for _ in range(3)]
    assert [len(part) for part in parts] == [24] * 3
    x = np.concatenate(parts)
    low, high = problem.space.search_bounds()
    unit = qmc.Sobol(len(low), scramble=True, rng=5).random(128)[:72]
    expected = problem.space.from_search(low + unit * (high - low))
    assert np.array_equal(x, problem.canonical(expected))


def test_reference_directions_are_a_lattice_of_the_published_sizes() -> None:
    # Deb and Jain (2014), table I: 91 directions for 3 objectives (12 partitions), 210 for 5 (6),
    # 156 for 8 in two layers (3 and 2 partitions).
    assert reference_directions(91, 3).shape == (91, 3)
    assert reference_directions(100, 3).shape == (91, 3)
    assert reference_directions(210, 5).shape == (210, 5)
    assert partitions(210, 5) == 6
    assert reference_directions(156, 8).shape == (156, 8)
    for n, m in ((91, 3), (210, 5), (156, 8)):
        directions = reference_directions(n, m)
        assert np.allclose(directions.sum(axis=1), 1.0)
        assert directions.min() >= 0.0


def test_reference_directions_reach_inside_when_a_lattice_would_not() -> None:
    # 20 directions in 5 objectives: a lattice of 2 partitions has all 15 points on the border; the
    # inner one has a point half-way from the centre (0.2) to each corner.
    directions = reference_directions(20, 5)
    inner = directions[directions.min(axis=1) > 0.0]
    assert (len(directions), len(inner)) == (20, 5)
    assert np.allclose(np.sort(inner), [0.1, 0.1, 0.1, 0.1, 0.6])
    assert np.allclose(inner.sum(axis=1), 1.0)
    assert reference_directions(8, 8).tolist() == np.eye(8)[::-1].tolist()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("optuna_tpe", optuna.samplers.TPESampler), ("optuna_nsga2", optuna.samplers.NSGAIISampler)],
)
def test_a_sampler_is_of_its_name_and_draws_by_seed_and_number(name: str, kind: type) -> None:
    def drawn(seed: int, number: int) -> float:
        setting = AlgorithmSetting(name=name, population=8, seed=seed)
        space = ToyProblem().space
        sampler = seeded_sampler(setting, number, space, space.canonical, startup=8)
        assert type(sampler) is kind
        return optuna.create_study(sampler=sampler).ask().suggest_float("x", 0.0, 1.0)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    assert drawn(1, 2) == drawn(1, 2)
    assert len({drawn(1, 2), drawn(2, 2), drawn(1, 3), drawn(2, 1)}) == 4


def test_tournaments_by_hand() -> None:
    """Member: violation, niche, rank, distance to it. The lot decides the rest, by seed."""
    members = [
        *((0.0, 0, 0, 0.5), (0.0, 0, 0, 0.4), (0.0, 0, 1, 0.1), (0.0, 1, 2, 0.9)),
        *((0.2, 0, 0, 0.0), (0.3, 0, 0, 0.0), (0.0, 0, 0, 0.5)),
    ]
    population = Population.create(*[Individual() for _ in members])
    for member, (violation, niche, rank, distance) in zip(population, members, strict=True):
        member.set("CV", np.array([violation]))
        member.set("niche", niche).set("rank", rank).set("dist_to_niche", distance)

    def winners(choose: Any, a: int, b: int) -> set[int]:
        rng = np.random.default_rng(1)
        return set(choose(population, np.array([[a, b]] * 40), rng)[:, 0].tolist())

    for choose in (_winners, _niche_winners):
        assert winners(choose, 0, 4) == winners(choose, 4, 0) == {0}  # the one that holds
        assert winners(choose, 5, 4) == {4}  # the less violating
        assert winners(choose, 0, 3) == {0, 3}  # of another niche: by lot
        assert winners(choose, 0, 6) == {0, 6}  # equal in everything
    assert winners(_winners, 0, 1) == {0, 1}
    assert winners(_niche_winners, 0, 1) == winners(_niche_winners, 1, 0) == {1}  # the nearer
    assert winners(_niche_winners, 0, 2) == winners(_niche_winners, 2, 0) == {0}  # of lower rank


def test_partitions_is_the_finest_lattice_that_fits() -> None:
    for population in (4, 10, 91, 100, 1000):
        for m in (2, 3, 5, 8):
            p = partitions(population, m)
            assert p == 0 or math.comb(p + m - 1, m - 1) <= population
            assert math.comb(p + m, m - 1) > population


def test_search_faults_names_the_limit() -> None:
    assert not list(search_faults("nsga2", 4, 10**9, 8))
    assert [key for key, _ in search_faults("sms_emoa", 100, 1000, 5)] == ["name"]
    assert [key for key, _ in search_faults("rvea", 4, 1000, 5)] == ["population"]
    assert not list(search_faults("optuna_nsga2", 100, 10_000, 3))
    assert len(list(search_faults("optuna_nsga2", 100, 10_001, 3))) == 1


def test_search_faults_names_the_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    ((key, message),) = search_faults("age_moea2", 100, 1000, 3)
    assert key == "name"
    assert "pip install 'heliofront[numba]'" in message
    ((key, message),) = search_faults("optuna_gp", 100, 1000, 3)
    assert key == "name"
    assert "optuna_gp needs optuna and torch and greenlet" in message


def test_check_names_the_extra_of_a_missing_package(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = importlib.util.find_spec

    def without_torch(name: str, package: str | None = None) -> Any:
        return None if name in ("torch", "greenlet") else here(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_torch)
    path = write_config(algorithm={"name": "optuna_gp", "population": 20, "generations": 5})
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == 2
    message = "algorithm.name: optuna_gp needs torch and greenlet: pip install 'heliofront[gp]'"
    assert message in result.stderr


def test_advice_recommends_others_for_many_objectives() -> None:
    assert advice("nsga2", 3) == []
    assert "nsga3, unsga3 or age_moea2" in advice("nsga2", 4)[0]
    assert advice("nsga3", 5) == []


@pytest.mark.parametrize("name", ["nsga3", "rvea", "sobol", "optuna_nsga2"])
def test_resolved_configuration_holds_only_options_of_the_algorithm(name: str) -> None:
    config = RunConfig(name="a", algorithm=AlgorithmSetting(name=name, population=20))
    data = config.resolved()
    assert set(OPTIONS) & set(data["algorithm"]) == TRAITS[name].options - set(SHARED)
    assert build_config(Source("t", data)).resolved() == data


def test_search_digest_of_a_scheduled_algorithm_holds_its_budget() -> None:
    def digest(name: str, generations: int) -> str:
        changes = {"algorithm": {"name": name, "generations": generations}}
        return build_config(Source("t", merged(TANK, changes))).search_digest

    assert digest("nsga3", 5) == digest("nsga3", 6)
    assert digest("rvea", 5) != digest("rvea", 6)


class PowerCutError(BaseException):
    """Ends a run as a crash would."""


def run_files(folder: Path) -> list[bytes]:
    return [(folder / f).read_bytes() for f in ("front.parquet", "evaluations.parquet")]


@pytest.mark.parametrize("name", ["unsga3", "sms_emoa", "rvea", "sobol", "optuna_nsga2"])
def test_resume_run_equals_an_uninterrupted_run(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = write_config(algorithm={"name": name, "population": 20, "generations": 8})
    config, study = read_study(load_source(path))
    whole = start_run(config, study, out=tmp_path / "whole").run
    monkeypatch.setattr(session_module, "CHECKPOINT_SECONDS", 0.0)

    def cut(search: Search) -> None:
        if search.generation == 5:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        start_run(config, study, out=tmp_path / "parts", progress=cut)
    (folder,) = (tmp_path / "parts").iterdir()
    done = resume_run(folder)
    assert done.status == "finished"
    assert run_files(done.run.path) == run_files(whole.path)


def test_resume_run_lengthens_nsga3_but_not_rvea(write_config: Write, tmp_path: Path) -> None:
    def finished(name: str, generations: int) -> Path:
        path = write_config(algorithm={"name": name, "population": 20, "generations": generations})
        return start_run(*read_study(load_source(path)), out=tmp_path / name).run.path

    longer = resume_run(finished("nsga3", 4), generations=8).run.path
    assert run_files(longer)[0] == run_files(finished("nsga3", 8))[0]
    with pytest.raises(RunFolderError, match="spreads its steps over the 4 generations") as caught:
        resume_run(finished("rvea", 4), generations=8)
    assert caught.value.exit_code == REFUSED
    with pytest.raises(RunFolderError, match="limited to 10,000 evaluations") as caught:
        resume_run(finished("optuna_nsga2", 2), generations=501)
    assert caught.value.exit_code == REFUSED


def test_run_and_check_recommend_others_for_many_objectives(
    write_config: Write, tmp_path: Path
) -> None:
    path = write_config(objectives=FIVE, algorithm={"population": 20, "generations": 2})
    checked = CliRunner().invoke(main, ["check", str(path), "--json"])
    assert "warning: nsga2 tells little apart with 5 objectives" in checked.stderr
    told = json.loads(checked.stdout)["warnings"]
    assert sum("tells little apart" in warning for warning in told) == 1
    result = CliRunner().invoke(main, ["run", str(path), "--out", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.stderr
    assert "warning: nsga2 tells little apart with 5 objectives" in result.stderr
    summary = Path(json.loads(result.stdout)["run"]) / "summary.md"
    assert "- nsga2 tells little apart with 5 objectives" in summary.read_text()
    quiet = CliRunner().invoke(main, ["check", str(write_config(objectives=FIVE[:3]))])
    assert quiet.stderr == ""


def test_fault_of_a_foreign_option_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: a\nproblem: tests.optimize.toy:ToyProblem\n"
        "algorithm:\n  name: random\n  crossover_eta: 3\n"
    )
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == 2
    assert f"{path}:5:" in result.stderr
    assert "algorithm.crossover_eta: is not an option of random" in result.stderr


def test_resume_run_refuses_another_version_of_what_the_algorithm_uses(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_config(algorithm={"name": "sobol", "population": 20, "generations": 2})
    folder = start_run(*read_study(load_source(path)), out=tmp_path / "runs").run.path
    monkeypatch.setattr(session_module, "_version", lambda package: "none")
    with pytest.raises(RunFolderError, match="scipy version") as caught:
        resume_run(folder)
    assert caught.value.exit_code == REFUSED
