"""The settings that ``heliofront tune`` may try, and what a trial's parameters stand for."""

from __future__ import annotations

from typing import Any

import optuna

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.traits import TRAITS
from optimize.utils.yaml_text import to_yaml

FEWEST_GENERATIONS = 8  # that a trial's population must leave of the budget
SMALLEST = 20  # population
_LARGEST, _LARGEST_SLOW = 4_000, 400  # populations; slow: others than nsga2
_EPSILONS = (None, 0.001, 0.003, 0.01)


def _largest(setting: AlgorithmSetting, budget: int) -> int:
    most = _LARGEST if setting.name == "nsga2" else _LARGEST_SLOW
    return max(SMALLEST, min(most, budget // FEWEST_GENERATIONS))


def configured(setting: AlgorithmSetting, n_free: int, budget: int) -> dict[str, Any]:
    """Return the parameters of the first trial: the configured setting, within the ranges."""
    share = setting.mutation_probability
    values = {
        "population": min(max(setting.population, SMALLEST), _largest(setting, budget)),
        "archive_epsilon": _nearest_epsilon(setting.archive_epsilon),
        "crossover_eta": min(max(setting.crossover_eta, 2.0), 50.0),
        "crossover_probability": max(setting.crossover_probability, 0.5),
        "mutation_eta": min(max(setting.mutation_eta, 2.0), 50.0),
        "mutations": min(max(1.0 if share is None else share * n_free, 0.3), 5.0),
    }
    if "differential_share" in TRAITS[setting.name].options:
        values["differential_share"] = setting.differential_share
    return values


def _nearest_epsilon(value: float | None) -> float | None:
    if value is None:
        return None
    return min((e for e in _EPSILONS if e is not None), key=lambda e: abs(e - value))


def suggest(
    trial: optuna.Trial, setting: AlgorithmSetting, budget: int, n_free: int
) -> AlgorithmSetting:
    """Return the setting of a trial."""
    trial.suggest_int("population", SMALLEST, _largest(setting, budget), log=True)
    trial.suggest_categorical("archive_epsilon", _EPSILONS)
    trial.suggest_float("crossover_eta", 2.0, 50.0, log=True)
    trial.suggest_float("crossover_probability", 0.5, 1.0)
    trial.suggest_float("mutation_eta", 2.0, 50.0, log=True)
    trial.suggest_float("mutations", 0.3, 5.0, log=True)
    if "differential_share" in TRAITS[setting.name].options:
        trial.suggest_float("differential_share", 0.0, 1.0)
    return from_trial(trial.params, setting, n_free)


def from_trial(params: dict[str, Any], setting: AlgorithmSetting, n_free: int) -> AlgorithmSetting:
    """Return the setting that a trial's parameters stand for, in figures worth pasting."""
    values = {
        key: float(f"{value:.3g}") if isinstance(value, float) else value
        for key, value in params.items()
        if key != "mutations"
    }
    values["mutation_probability"] = min(1.0, float(f"{params['mutations'] / max(n_free, 1):.3g}"))
    return setting.model_copy(update=values)


def whole_budget(chosen: AlgorithmSetting, setting: AlgorithmSetting) -> AlgorithmSetting:
    """Return the chosen setting with as many evaluations as the configured one."""
    total = setting.population * setting.generation_limit
    budget = {"evaluations": None, "generations": max(1, total // chosen.population)}
    return chosen.model_copy(update=budget)


def section(setting: AlgorithmSetting) -> dict[str, Any]:
    """Return the keys of the ``algorithm`` section worth pasting."""
    wanted_keys = (
        "name",
        "population",
        "generations",
        "crossover_eta",
        "crossover_probability",
        "mutation_eta",
        "mutation_probability",
        "differential_share",
        "fewest_parents",
        "archive_epsilon",
    )
    idle = {"differential_share", "fewest_parents"} - TRAITS[setting.name].options
    data = setting.model_dump(mode="json")
    return {key: data[key] for key in wanted_keys if key not in idle and data[key] is not None}


def setting_yaml(setting: AlgorithmSetting) -> str:
    """Return the ``algorithm`` section of a setting, ready to paste.

    Examples
    --------
    >>> print(setting_yaml(AlgorithmSetting(population=100)).splitlines()[2])
      population: 100
    """
    return to_yaml({"algorithm": section(setting)})
