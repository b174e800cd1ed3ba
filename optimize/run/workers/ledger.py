"""Which designs of a budget are done, under way, or to be done again: read from the trials alone.

Every design of the budget has a *place*, a number from 0. A trial belongs to one place. A place is
done when one of its trials is complete or its model failed; when all its trials ended without
either, their workers crashed or gave it back, and the place is open again. So nothing is lost when
a process ends between two writes, and no one process has to keep a record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial, TrialState

#: User attributes of a trial.
PLACE, WORKER, DESIGN, OUTPUTS, FAILURE = "place", "worker", "design_id", "outputs", "failure"
RETURNED, SURPLUS, TWIN = "returned", "surplus", "same_as"
#: Workers that may crash while they evaluate one design before it counts as failed.
MOST_DEATHS = 3


@dataclass(frozen=True)
class Place:
    """The trials of one place, oldest first."""

    number: int
    trials: tuple[FrozenTrial, ...]

    @property
    def deaths(self) -> int:
        """How many workers crashed while they evaluated it."""
        ended = [t for t in self.trials if t.state == TrialState.FAIL]
        return sum(FAILURE not in t.user_attrs and RETURNED not in t.user_attrs for t in ended)

    @property
    def verdict(self) -> FrozenTrial | None:
        """The trial that settles it: complete, failed, or the last of those lost."""
        for trial in self.trials:
            if trial.state == TrialState.COMPLETE or FAILURE in trial.user_attrs:
                return trial
        return self.trials[-1] if self.trials and self.deaths >= MOST_DEATHS else None

    @property
    def under_way(self) -> bool:
        """Whether a trial of it is queued or at work."""
        return any(t.state in (TrialState.WAITING, TrialState.RUNNING) for t in self.trials)

    @property
    def design(self) -> dict[str, Any]:
        """The design tried before, so that it is tried again; empty when none was complete."""
        for trial in reversed(self.trials):
            if DESIGN in trial.user_attrs:
                return dict(trial.params)
            if fixed := trial.system_attrs.get("fixed_params"):
                return dict(fixed)
        return {}


class TrialLedger:
    """The trials of a study by place: which places are done, queued or open.

    Parameters
    ----------
    trials
        All trials of the study.
    budget
        Places to be done.
    """

    def __init__(self, trials: Iterable[FrozenTrial], budget: int) -> None:
        by_place: dict[int, list[FrozenTrial]] = {}
        self.trials = list(trials)
        for trial in self.trials:
            if PLACE in trial.user_attrs and SURPLUS not in trial.user_attrs:
                by_place.setdefault(trial.user_attrs[PLACE], []).append(trial)
        self.places = {k: Place(k, tuple(by_place[k])) for k in sorted(by_place)}
        self.budget = budget

    @property
    def settled(self) -> list[FrozenTrial]:
        """The settling trial of every place that is done, in the order of the places."""
        verdicts = [place.verdict for place in self.places.values()]
        return [trial for trial in verdicts if trial is not None]

    @property
    def failed(self) -> list[FrozenTrial]:
        """Those of them without a result."""
        return [trial for trial in self.settled if trial.state != TrialState.COMPLETE]

    @property
    def done(self) -> bool:
        """Whether the whole budget is done."""
        return len(self.settled) >= self.budget

    @property
    def queued(self) -> bool:
        """Whether a trial waits for a worker."""
        return any(trial.state == TrialState.WAITING for trial in self.trials)

    def vacant(self) -> Place | None:
        """Return the first place that is neither done nor under way; None without one."""
        for number in range(self.budget):
            place = self.places.get(number, Place(number, ()))
            if place.verdict is None and not place.under_way:
                return place
        return None

    def is_taken(self, trial: FrozenTrial) -> bool:
        """Return whether the place of ``trial`` is done, or an older trial is on it."""
        place = self.places[trial.user_attrs[PLACE]]
        older = [t for t in place.trials if t.number < trial.number]
        return place.verdict is not None or Place(place.number, tuple(older)).under_way


def failure_of(trial: FrozenTrial) -> str:
    """Return why a settling trial has no result."""
    return str(trial.user_attrs.get(FAILURE, f"its workers died, {MOST_DEATHS} in all"))


def answer_of(trial: FrozenTrial) -> dict[str, float]:
    """Return the outputs kept with a trial; none where its model failed."""
    stored: dict[str, Any] = trial.user_attrs.get(OUTPUTS, {})
    return {name: math.nan if value is None else float(value) for name, value in stored.items()}
