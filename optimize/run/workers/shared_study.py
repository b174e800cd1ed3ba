"""A study in its database: made by a run, joined by workers, checked against this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import optuna
from optuna.trial import TrialState

from optimize.config.faults import Source
from optimize.config.run_config import RunConfig, build_config
from optimize.config.storage import without_password
from optimize.config.traits import TRAITS
from optimize.evaluation.tables import Layout
from optimize.run.provenance import SEARCH_PACKAGES, data_digests, package_versions
from optimize.run.workers.ledger import PLACE, TrialLedger
from optimize.run.workers.patient import PatientStorage
from optimize.run.workers.storage import close, experimental, open_storage, storage_errors
from optimize.utils.files import REFUSED, RunFolderError
from problems.space import Problem
from problems.spec import SpecError, Value, nearest

# User attributes of a study.
_CONFIG, _IDENTITY, _BUDGET, _BEAT = "config", "identity", "evaluations", "heartbeat_s"
_FIRST_BEAT_S = 60  # for opening a study whose own is not known yet
_WHAT = {"data": "data tables or the model's file", "model": "model version"}


@dataclass(frozen=True)
class SharedStudy:
    """An Optuna study that several processes work on."""

    address: str
    name: str
    storage: PatientStorage
    study: optuna.Study
    config: RunConfig
    heartbeat_s: int

    @property
    def budget(self) -> int:
        """Designs to be done, as the study says now: a run may be lengthened meanwhile."""
        return int(self.study.user_attrs[_BUDGET])

    def ledger(self) -> TrialLedger:
        """Read every trial."""
        return TrialLedger(self.study.get_trials(deepcopy=False), self.budget)

    def lengthen(self, evaluations: int) -> None:
        """Set another budget."""
        self.study.set_user_attr(_BUDGET, evaluations)

    def queue(self, place: int, params: Mapping[str, Value], **attributes: Any) -> None:
        """Queue a trial of a place, with these parameters where given."""
        self.study.enqueue_trial(dict(params), user_attrs={PLACE: place, **attributes})

    def beat(self, number: int) -> None:
        """Record a heartbeat for a trial at once."""
        study_id = self.storage.get_study_id_from_name(self.name)
        trial_id = self.storage.get_trial_id_from_study_id_trial_number(study_id, number)
        self.storage.record_heartbeat(trial_id)

    def fail(self, number: int) -> None:
        """End a trial whose worker is lost."""
        self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)

    def close(self) -> None:
        """Close all connections; SQLite then keeps a single file."""
        close(self.storage)


def identity(problem: Problem, algorithm: str) -> dict[str, Any]:
    """Return what must be equal wherever a design of one study is evaluated."""
    versions = package_versions()
    packages = {name: versions.get(name, "none") for name in ("heliofront", *SEARCH_PACKAGES)}
    packages |= {package: metadata.version(package) for package in TRAITS[algorithm].packages}
    return {"model": problem.version, "data": data_digests(problem), **packages}


def check_identity(shared: SharedStudy, problem: Problem) -> None:
    """Refuse to mix results of different models or packages.

    Raises
    ------
    RunFolderError
        Naming what differs (exit code 4).
    """
    current = identity(problem, shared.config.algorithm.name)
    stored = shared.study.user_attrs[_IDENTITY]
    parts = []
    for key in sorted({*current, *stored}):
        if current.get(key) != stored.get(key):
            versions = (
                f" ({current.get(key)} here, {stored.get(key)} there)" if key != "data" else ""
            )
            parts.append(_WHAT.get(key, f"{key} version") + versions)
    if parts:
        raise RunFolderError(
            f"cannot work on study '{shared.name}': differs on this machine: {', '.join(parts)}",
            REFUSED,
        )


def make_study(
    address: str,
    name: str,
    config: RunConfig,
    layout: Layout,
    first: Sequence[Mapping[str, Value]] = (),
) -> SharedStudy:
    """Make the study of a run in its database, or what a killed process made of it anew.

    Parameters
    ----------
    address
        As for :func:`optimize.run.workers.storage.open_storage`.
    name
        Of the study.
    config, layout
        Of the run.
    first
        Parameters of the designs to be evaluated first.

    Raises
    ------
    RunFolderError
        When the database cannot be used.
    """
    heartbeat_s = config.algorithm.heartbeat_s
    storage = open_storage(address, heartbeat_s)
    with storage_errors(address):
        if name in optuna.get_all_study_names(storage):
            optuna.delete_study(study_name=name, storage=storage)
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            directions=["minimize" if o.sense == "min" else "maximize" for o in layout.objectives],
        )
        with experimental():
            study.set_metric_names([o.output for o in layout.objectives])
        study.set_user_attr(_IDENTITY, identity(layout.problem, config.algorithm.name))
        study.set_user_attr(_BEAT, heartbeat_s)
        study.set_user_attr(_BUDGET, config.algorithm.budget)
        shared = SharedStudy(address, name, storage, study, config, heartbeat_s)
        for place, params in enumerate(first[: config.algorithm.budget]):
            shared.queue(place, params)
        study.set_user_attr(_CONFIG, config.resolved())  # last: from here on it can be joined
    return shared


def is_made(address: str, name: str) -> bool:
    """Return whether the database holds this study, complete."""
    storage = open_storage(address, _FIRST_BEAT_S)
    with storage_errors(address):
        made = name in optuna.get_all_study_names(storage) and (
            _CONFIG in optuna.load_study(study_name=name, storage=storage).user_attrs
        )
        close(storage)
    return made


def open_study(address: str, name: str | None) -> SharedStudy:
    """Open a study that a run made.

    Parameters
    ----------
    address
        As for :func:`optimize.run.workers.storage.open_storage`.
    name
        May be left out where the database holds a single study.

    Raises
    ------
    RunFolderError
        When the database cannot be used, or holds no study of a run.
    SpecError
        For an unknown name, or none where there are several.
    """
    storage = open_storage(address, _FIRST_BEAT_S)
    with storage_errors(address):
        name = _chosen(address, name, optuna.get_all_study_names(storage))
        attributes = optuna.load_study(study_name=name, storage=storage).user_attrs
        close(storage)
        if _CONFIG not in attributes or _BUDGET not in attributes:
            raise RunFolderError(f"study '{name}' was not made by heliofront run", REFUSED)
        config = build_config(Source(f"study {name}", attributes[_CONFIG]))
        heartbeat_s = int(attributes[_BEAT])
        storage = open_storage(address, heartbeat_s)
        study = optuna.load_study(study_name=name, storage=storage)
    return SharedStudy(address, name, storage, study, config, heartbeat_s)


def _chosen(address: str, name: str | None, names: Sequence[str]) -> str:
    if not names:
        text = f"{without_password(address)} holds no study: start one with heliofront run"
        raise RunFolderError(text, REFUSED)
    if name is None and len(names) > 1:
        raise SpecError("--study", f"the storage holds several, name one: {', '.join(names)}")
    if name is not None and name not in names:
        message = f"the storage holds no study '{name}'; it holds {', '.join(names)}"
        raise SpecError("--study", message, nearest(name, names))
    return name or names[0]
