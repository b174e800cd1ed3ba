"""``heliofront tune``: Optuna looks for better settings of the search on a short budget.

Every trial searches with the same number of evaluations, on two seeds, and is judged by the mean
hypervolume of its archive. The best setting and the configured one are then compared on seeds that
neither has seen; a gain that chance explains is called that.

References
----------
Akiba, Sano, Yanase, Ohta, Koyama, "Optuna: a next-generation hyperparameter optimization
framework", KDD 2019, doi:10.1145/3292500.3330701.
Mann, Whitney, "On a test of whether one of two random variables is stochastically larger than the
other", Annals of Mathematical Statistics 18(1), 1947, doi:10.1214/aoms/1177730491.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from optimize.commands.tune_settings import (
    FEWEST_GENERATIONS,
    SMALLEST,
    configured,
    from_trial,
    section,
    setting_yaml,
    suggest,
    whole_budget,
)
from optimize.config.algorithm import AlgorithmSetting
from optimize.config.overrides import load_source
from optimize.config.run_config import RunConfig
from optimize.config.study import Study, read_study
from optimize.config.traits import SHARED, TRAITS
from optimize.engine.indicators import hypervolume
from optimize.engine.search import Search
from optimize.evaluation.build import build_problem
from optimize.evaluation.robust import robust_layout
from optimize.evaluation.tables import Layout
from optimize.run.folder import write_config
from optimize.run.progress import wanted
from optimize.utils.answer import deliver
from optimize.utils.files import (
    NO_SPACE,
    RunFolderError,
    make_folder,
    storage_error,
    to_json,
    write_text_atomic,
)
from problems.space import DesignSpace
from problems.spec import SpecError

_SEEDS = 2  # searches per trial
_FRESH = 8  # searches of either setting that decide in the end
_FRESH_OFFSET = 1_000  # between the seeds of the trials and the fresh ones
_NOISE = 0.05  # chance of a gain as large between equal settings, from which it counts as noise


@dataclass(frozen=True)
class Tuning:
    """What tuning found.

    Attributes
    ----------
    folder
        Holds the study (``study.log``), ``best.yaml`` and ``tune.json``.
    evaluations
        Budget of every search.
    setting
        The best setting, with the budget of the configuration.
    default, tuned
        Hypervolume by fresh seed of the configured and of the best setting.
    p_value
        Chance of a gain as large between equal settings (one-sided Mann-Whitney test).
    """

    folder: Path
    trials: int
    evaluations: int
    setting: AlgorithmSetting
    default: tuple[float, ...]
    tuned: tuple[float, ...]
    p_value: float

    @property
    def gain(self) -> float:
        """Relative gain of the median hypervolume; NaN when the configured setting has none."""
        before = statistics.median(self.default)
        return statistics.median(self.tuned) / before - 1.0 if before > 0.0 else float("nan")

    @property
    def within_noise(self) -> bool:
        """Whether chance explains the gain."""
        return not self.p_value < _NOISE


def tune(
    path: str,
    overrides: Sequence[str],
    *,
    trials: int,
    generations: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Tune the search of a configuration and print the best setting."""
    config, study = read_study(load_source(path, overrides))
    tuning = tune_search(config, study, trials=trials, generations=generations, out=out)
    deliver(_document(tuning), _text(tuning), as_json=as_json)
    return 0 if max(tuning.tuned + tuning.default) > 0.0 else 3


def tune_search(
    config: RunConfig, study: Study, *, trials: int, generations: int, out: Path | None = None
) -> Tuning:
    """Carry out the trials, store them, and compare the best with the configured setting.

    Parameters
    ----------
    config, study
        As returned by :func:`optimize.config.study.read_study`.
    trials
        Settings to try, the configured one first.
    generations
        Of the configured population: the budget of evaluations of every search.
    out
        Folder that gets the ``tune-<UTC>`` folder; ``pareto_outputs/<name>`` when left out.

    Raises
    ------
    SpecError
        When the algorithm has nothing to tune or the budget is too small.
    RunFolderError
        When the folder cannot be written.
    """
    setting = config.algorithm
    budget = generations * setting.population
    _check(setting, budget)
    space = DesignSpace(study.variables)
    layout = Layout(build_problem(config), space, study.objectives, study.constraints)
    layout = _scaled(config, robust_layout(config.uncertainty, layout))
    folder = _create(config, out)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = JournalStorage(JournalFileBackend(str(folder / "study.log")))
    sampler = optuna.samplers.TPESampler(
        seed=setting.seed % 2**32, n_startup_trials=max(10, trials // 4)
    )
    records = optuna.create_study(
        study_name=config.name, storage=storage, sampler=sampler, direction="maximize"
    )
    records.enqueue_trial(configured(setting, len(space.free), budget), skip_if_exists=True)
    for _ in range(trials):
        trial = records.ask()
        proposal = suggest(trial, setting, budget, len(space.free))
        seeds = range(setting.seed, setting.seed + _SEEDS)
        score = statistics.mean(_score(config, layout, proposal, budget, seeds))
        records.tell(trial, score)
        if wanted():
            click.echo(f"trial {trial.number + 1} of {trials}: hypervolume {score:.6f}", err=True)
    best = records.best_trial
    chosen = setting if best.number == 0 else from_trial(best.params, setting, len(space.free))
    fresh = range(setting.seed + _FRESH_OFFSET, setting.seed + _FRESH_OFFSET + _FRESH)
    default = _score(config, layout, setting, budget, fresh)
    tuned = default if chosen is setting else _score(config, layout, chosen, budget, fresh)
    tuning = Tuning(
        folder,
        trials,
        budget,
        whole_budget(chosen, setting),
        default,
        tuned,
        _p_value(default, tuned),
    )
    _write(tuning)
    return tuning


def _check(setting: AlgorithmSetting, budget: int) -> None:
    """Refuse what cannot be tuned."""
    if not TRAITS[setting.name].options - set(SHARED):
        raise SpecError("algorithm.name", f"{setting.name} has no settings to tune")
    if budget < SMALLEST * FEWEST_GENERATIONS:
        least = -(-SMALLEST * FEWEST_GENERATIONS // setting.population)
        raise SpecError("--generations", f"too few to tell settings apart: at least {least}")


def _create(config: RunConfig, out: Path | None) -> Path:
    """Create ``tune-<UTC>`` with the configuration in it."""
    base = out if out is not None else Path("pareto_outputs") / config.name
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        make_folder(base)
        for attempt in range(1, 1000):
            folder = base / f"tune-{stamp}{'' if attempt == 1 else f'-{attempt}'}"
            try:
                make_folder(folder, new=True)
            except FileExistsError:
                continue
            write_config(folder, config)
            return folder
    except OSError as error:
        raise storage_error(error, base) from None
    raise RunFolderError(f"cannot find a free folder name in {base}", NO_SPACE)


def _scaled(config: RunConfig, layout: Layout) -> Layout:
    """Return the layout with a box for every objective: trials are judged in the same one."""
    search = Search(config, layout)
    limit = config.algorithm.generation_limit
    while not search.scale.is_known and search.generation < limit and search.step():
        pass
    search.conclude()
    return layout.measured_by(search.scale.objectives)


# --- scoring -------------------------------------------------------------------------------------


def _score(
    config: RunConfig, layout: Layout, setting: AlgorithmSetting, budget: int, seeds: Sequence[int]
) -> tuple[float, ...]:
    """Return the hypervolume that a setting reaches with the budget, by seed."""
    volumes = []
    for seed in seeds:
        update = {"seed": seed, "evaluations": budget, "stop": None}
        algorithm = setting.model_copy(update=update)
        search = Search(config.model_copy(update={"algorithm": algorithm}), layout)
        search.keep_evaluations = False
        while search.generation < algorithm.generation_limit and search.step():
            pass
        volumes.append(hypervolume(search.archive.f, layout.objectives))
    return tuple(volumes)


def _p_value(default: Sequence[float], tuned: Sequence[float]) -> float:
    """Return the chance of a gain as large between equal settings."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(tuned, default, alternative="greater").pvalue)


# --- results -------------------------------------------------------------------------------------


def _verdict(tuning: Tuning) -> str:
    if tuning.tuned is tuning.default:
        return "No setting tried was better than the configured one: keep it."
    gain = f"{100.0 * tuning.gain:+.2f} %" if tuning.gain == tuning.gain else "from nothing"
    text = (
        f"On {len(tuning.tuned)} fresh seeds the median hypervolume goes from "
        f"{statistics.median(tuning.default):.6f} to {statistics.median(tuning.tuned):.6f} "
        f"({gain}; one-sided p = {tuning.p_value:.3f}, {tuning.evaluations:,} evaluations each)."
    )
    if tuning.within_noise:
        text += " That is within noise: there is no reason to change the configured setting."
    return text


def _text(tuning: Tuning) -> str:
    return (
        f"{setting_yaml(tuning.setting)}\n{_verdict(tuning)}\nstudy: {tuning.folder / 'study.log'}"
    )


def _document(tuning: Tuning) -> dict[str, Any]:
    return {
        "folder": str(tuning.folder),
        "study": str(tuning.folder / "study.log"),
        "trials": tuning.trials,
        "evaluations": tuning.evaluations,
        "algorithm": section(tuning.setting),
        "hypervolume": {"default": list(tuning.default), "tuned": list(tuning.tuned)},
        "gain": tuning.gain,
        "p_value": tuning.p_value,
        "within_noise": tuning.within_noise,
        "verdict": _verdict(tuning),
    }


def _write(tuning: Tuning) -> None:
    try:
        write_text_atomic(tuning.folder / "best.yaml", setting_yaml(tuning.setting))
        write_text_atomic(tuning.folder / "tune.json", to_json(_document(tuning)))
    except OSError as error:
        raise storage_error(error, tuning.folder) from None
