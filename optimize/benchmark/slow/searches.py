"""One search of some hundred designs, kept in ``build/bench`` and continued from there."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import optuna
from optuna.trial import create_trial

from optimize.benchmark.frozen.reference import WORK
from optimize.benchmark.slow.problems import Task, fingerprint, task
from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.optuna_search import distribution
from optimize.engine.algorithms.registry import make_algorithm
from optimize.run.workers.trials import Designs, PlaceSampler
from optimize.utils.files import atomic_path
from problems.units import FloatArray

SEARCHES = {
    "optuna_gp": "Gaussian processes (`optuna_gp`)",
    "optuna_tpe": "Parzen estimator (`optuna_tpe`)",
    "nsga2": "NSGA-II (`nsga2`)",
    "random": "random draws",
}
#: Designs drawn at random first by Optuna's samplers, and designs a generation of NSGA-II.
POPULATION = 20
_SAVED_EVERY = 10  # designs


@dataclass(frozen=True)
class Record:
    """What a search evaluated, in its order.

    Attributes
    ----------
    x, f, g
        ``(n, n_var)`` designs, ``(n, n_obj)`` objectives and ``(n, n_con)`` violations.
    cpu_s
        Processor time of the search, the model included.
    """

    x: FloatArray
    f: FloatArray
    g: FloatArray
    cpu_s: float = 0.0

    def front(self, evaluations: int) -> FloatArray:
        """Return the feasible objectives that no other of the first evaluations dominates."""
        f, g = self.f[:evaluations], self.g[:evaluations]
        f = f[(g <= 0.0).all(axis=1)]
        return f[np.asarray(moocore.is_nondominated(f), dtype=np.bool_)] if len(f) else f

    def joined(self, x: FloatArray, f: FloatArray, g: FloatArray) -> Record:
        """Return the record with further designs."""
        parts = zip((self.x, self.f, self.g), (x, f, g), strict=True)
        x, f, g = (np.concatenate(pair) for pair in parts)
        return Record(x, f, g, self.cpu_s)


def _path(problem: str, name: str, seed: int) -> Path:
    return WORK / f"slow-{problem}-{fingerprint(problem)}-{name}-{seed}.npz"


def stored(problem: str, name: str, seed: int) -> Record | None:
    """Return a search as far as it came; None where it was never begun."""
    path = _path(problem, name, seed)
    if not path.exists():
        return None
    with np.load(path) as arrays:
        return Record(arrays["x"], arrays["f"], arrays["g"], float(arrays["cpu_s"]))


def _keep(path: Path, record: Record) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, x=record.x, f=record.f, g=record.g, cpu_s=record.cpu_s)


def search(problem: str, name: str, seed: int, evaluations: int) -> Record:
    """Return a search of so many designs or more, continued from what is kept of it."""
    path, part = _path(problem, name, seed), task(problem)
    setting = AlgorithmSetting(
        name=name, population=POPULATION, evaluations=max(evaluations, POPULATION), seed=seed
    )
    record = stored(problem, name, seed)
    if record is not None and len(record.x) >= evaluations:
        return record
    if not name.startswith("optuna"):
        record = _by_generations(part, setting, evaluations)
        _keep(path, record)
        return record
    while record is None or len(record.x) < evaluations:
        done = len(record.x) if record else 0
        record = _one_by_one(part, setting, record, min(done + _SAVED_EVERY, evaluations))
        _keep(path, record)
    return record


def _by_generations(part: Task, setting: AlgorithmSetting, evaluations: int) -> Record:
    engine = make_algorithm(part.space, part.canonical, setting)
    start = time.process_time()
    record: Record | None = None
    while record is None or len(record.x) < evaluations:
        x = engine.ask()
        f, g = part.judge(x)
        engine.tell(x, f, g)
        record = record.joined(x, f, g) if record else Record(x, f, g)
    return replace(record, cpu_s=time.process_time() - start)


def _one_by_one(
    part: Task, setting: AlgorithmSetting, record: Record | None, evaluations: int
) -> Record:
    """Continue a search to so many designs as a run with a storage does, without its database."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    start = time.process_time()
    designs = Designs(part.space, part.canonical)
    x = part.canonical(part.space.sample(1, np.random.default_rng(0)))
    n_objectives = part.judge(x)[0].shape[1]
    study = optuna.create_study(
        directions=["minimize"] * n_objectives,
        sampler=PlaceSampler(setting, part.space, part.canonical),
    )
    if record is not None:
        rows = zip(record.x, record.f, record.g, strict=True)
        study.add_trials([_finished(part, designs, *row) for row in rows])
    for _ in range(evaluations - (len(record.x) if record else 0)):
        trial = study.ask()
        x = designs.suggest(trial)
        f, g = part.judge(x)
        for position, value in enumerate(g[0].tolist()):
            trial.set_constraint(f"violation {position}", value)
        study.tell(trial, f[0].tolist())
        record = record.joined(x, f, g) if record else Record(x, f, g)
    assert record is not None
    return replace(record, cpu_s=record.cpu_s + time.process_time() - start)


def _finished(part: Task, designs: Designs, x: FloatArray, f: FloatArray, g: FloatArray) -> Any:
    params = designs.params(x)
    return create_trial(
        params=params,
        distributions={name: distribution(part.space[name]) for name in params},
        values=f.tolist(),
        constraints={f"violation {position}": value for position, value in enumerate(g.tolist())},
    )
