"""Tuning: equal budgets, a stored study, a setting that can be pasted, an honest verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from optimize.cli import main
from optimize.commands.tune import Tuning, _verdict, tune_search
from optimize.config.algorithm import AlgorithmSetting
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from problems.spec import SpecError

Write = Callable[..., Path]
SHORT = {"population": 30, "generations": 20}


def tuned(path: Path, out: Path, *, trials: int = 4, generations: int = 8) -> Tuning:
    config, study = read_study(load_source(path))
    return tune_search(config, study, trials=trials, generations=generations, out=out)


def finding(default: tuple[float, ...], best: tuple[float, ...], p_value: float) -> Tuning:
    return Tuning(Path("x"), 4, 240, AlgorithmSetting(population=20), default, best, p_value)


def test_tune_prints_yaml_that_runs_and_stores_the_study(
    write_config: Write, tmp_path: Path
) -> None:
    path = write_config(algorithm=SHORT)
    arguments = ["tune", str(path), "--trials", "5", "--generations", "8", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    (folder,) = tmp_path.glob("tune-*")
    text = (folder / "best.yaml").read_text()
    assert result.stdout.startswith(text)
    pasted = tmp_path / "pasted.yaml"
    pasted.write_text(f"name: b\nproblem: tests.optimize.toy:ToyProblem\n{text}")
    config, _ = read_study(load_source(pasted))
    total = config.algorithm.population * config.algorithm.generations
    assert 600 - config.algorithm.population < total <= 600
    storage = JournalStorage(JournalFileBackend(str(folder / "study.log")))
    study = optuna.load_study(study_name="tank", storage=storage)
    assert len(study.trials) == 5
    first = study.trials[0].params
    assert (first["population"], first["crossover_eta"], first["mutations"]) == (30, 15.0, 1.0)


def test_tune_answers_in_json(write_config: Write, tmp_path: Path) -> None:
    path = write_config(algorithm={**SHORT, "name": "nsga3"})
    arguments = ["tune", str(path), "--trials", "3", "--generations", "8"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["evaluations"] == 240
    assert answer["algorithm"]["name"] == "nsga3"
    assert "differential_share" not in answer["algorithm"]
    assert len(answer["hypervolume"]["default"]) == len(answer["hypervolume"]["tuned"]) == 8
    assert json.loads((Path(answer["folder"]) / "tune.json").read_text()) == answer


def test_tune_repeats_with_its_seed(write_config: Write, tmp_path: Path) -> None:
    path = write_config(algorithm=SHORT)
    one, other = tuned(path, tmp_path), tuned(path, tmp_path)
    assert one.folder != other.folder
    assert (one.setting, one.default, one.tuned) == (other.setting, other.default, other.tuned)


def test_tune_finds_what_is_wrong_with_a_bad_setting(write_config: Write, tmp_path: Path) -> None:
    # Every gene of every child is mutated far and nothing is inherited: little better than chance.
    bad = {
        "population": 120,
        "generations": 10,
        "crossover_probability": 0.0,
        "mutation_probability": 1.0,
        "mutation_eta": 1.0,
        "differential_share": 0.0,
    }
    found = tuned(write_config(algorithm=bad), tmp_path, trials=14, generations=8)
    assert found.gain > 0.0
    assert found.p_value < 0.05
    assert not found.within_noise


def test_verdict_says_when_chance_explains_the_gain() -> None:
    better = finding((0.40, 0.41, 0.42), (0.50, 0.51, 0.52), 0.01)
    assert better.gain == pytest.approx(0.51 / 0.41 - 1.0)
    assert "within noise" not in _verdict(better)
    assert "within noise" in _verdict(finding((0.40, 0.41, 0.42), (0.41, 0.40, 0.43), 0.35))
    same = (0.4, 0.5)
    assert "keep it" in _verdict(finding(same, same, 1.0))


@pytest.mark.parametrize("name", ["random", "sobol", "optuna_nsga2"])
def test_tune_refuses_what_has_no_settings(write_config: Write, tmp_path: Path, name: str) -> None:
    path = write_config(algorithm={"name": name, **SHORT})
    with pytest.raises(SpecError, match="no settings to tune"):
        tuned(path, tmp_path)


def test_tune_refuses_a_budget_too_small(write_config: Write, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="at least 6"):
        tuned(write_config(algorithm=SHORT), tmp_path, generations=5)
    assert not list(tmp_path.glob("tune-*"))


def test_tune_tells_when_nothing_is_feasible(write_config: Write, tmp_path: Path) -> None:
    path = write_config(algorithm=SHORT, constraints={"volume_m3": {"lower": 1e9}})
    arguments = ["tune", str(path), "--trials", "2", "--generations", "8", "--out", str(tmp_path)]
    assert CliRunner().invoke(main, arguments).exit_code == 3
