"""A worker: takes a design from the study, evaluates it, tells the study, until all are done."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType

import numpy as np
import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from optimize.evaluation.calls import ModelError
from optimize.evaluation.guard import guarded
from optimize.evaluation.remembered import Remembered
from optimize.evaluation.rows import design_ids
from optimize.evaluation.tables import Layout
from optimize.run.workers import ledger as keys
from optimize.run.workers.evaluate import DesignError, judged, outputs_of
from optimize.run.workers.ledger import TrialLedger
from optimize.run.workers.shared_study import SharedStudy
from optimize.run.workers.storage import GRACE, experimental
from optimize.run.workers.trials import Designs, PlaceSampler
from optimize.utils.files import plain
from optimize.utils.signals import Interrupt, Stopped
from problems.units import FloatArray

#: Name of the worker that every run is itself: of two of that name the earlier one has ended.
RUN = "run"
_LONGEST_PAUSE_S = 2.0
_NAMING_S = 3.0  # from taking a design to storing the name of its worker, at the very most
_NONE: FloatArray = np.empty((0, 0))


class _SurplusError(Exception):
    """The place of a trial is taken."""


@dataclass
class Tally:
    """What one worker did."""

    evaluated: int = 0
    failed: int = 0


class Worker:
    """One process at work on a shared study.

    Parameters
    ----------
    shared
        The study.
    layout
        Problem, variables, objectives and constraints.
    interrupt
        Remembers a signal that asks to end.
    name
        Shown with every trial; process and host when left out.
    progress
        Called after every design of this worker.
    """

    def __init__(
        self,
        shared: SharedStudy,
        layout: Layout,
        interrupt: Interrupt,
        *,
        name: str | None = None,
        progress: Callable[[TrialLedger], None] | None = None,
    ) -> None:
        self.shared = shared
        self.layout = layout
        self.tally = Tally()
        self._interrupt = interrupt
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._progress = progress
        self._model = Remembered(guarded(layout.problem, shared.config.evaluation), _NONE, [])
        self._number = -1
        problem, space = layout.problem, layout.space

        def canonical(x: FloatArray) -> FloatArray:
            return problem.canonical(x, space)

        self._designs = Designs(space, canonical)
        shared.study.sampler = PlaceSampler(shared.config.algorithm, space, canonical)

    def work(self, most: int | None = None) -> None:
        """Evaluate designs until the budget is done, or ``most`` of them, or a signal arrives.

        Raises
        ------
        ModelError
            When none of the first designs has a result.
        Stopped
            When a signal arrives; the design at work is queued again.
        """
        while self._interrupt.signal is None:
            if most is not None and self.tally.evaluated >= most:
                return
            ledger = self.shared.ledger()
            if self._fail_lost(ledger):
                continue
            if self._name == RUN and any(map(_is_nameless, ledger.trials)):
                # A running worker has a name in a moment; otherwise the trial is of an earlier run,
                # whose design must come next for the same front to come out.
                time.sleep(_NAMING_S / 10.0)
                continue
            if ledger.done:
                return
            self._judge(ledger)
            place = ledger.vacant()
            if place is not None and not ledger.queued:
                self.shared.queue(place.number, place.design)
            if place is not None or ledger.queued:
                self._run_trial()
            else:
                time.sleep(min(_LONGEST_PAUSE_S, self.shared.heartbeat_s / 4.0))
                with experimental():
                    optuna.storages.fail_stale_trials(self.shared.study)
        raise Stopped(self._interrupt.signal)

    def _judge(self, ledger: TrialLedger) -> None:
        failed = ledger.failed
        if len(failed) >= self._model.patience and len(failed) == len(ledger.settled):
            reason = keys.failure_of(failed[-1])
            raise ModelError(f"every design failed ({len(failed)} tried), the last one: {reason}")

    # --- one design ------------------------------------------------------------------------------

    def _run_trial(self) -> None:
        """Take a queued design and tell what came of it."""
        try:
            # Optuna sends heartbeats while its loop evaluates.
            caught = (DesignError, _SurplusError)
            self.shared.study.optimize(self._evaluate, n_trials=1, catch=caught)
        except KeyboardInterrupt:
            self._give_back()
            raise
        except (UpdateFinishedTrialError, ValueError, AssertionError):
            # The worker counted as lost, its design went to another: what Optuna raises varies.
            if not self._is_lost():
                raise

    def _give_back(self) -> None:
        """Queue the design at work again."""
        ledger = self.shared.ledger()
        number = ledger.trials[self._number].user_attrs.get(keys.PLACE)
        place = ledger.places.get(number) if number is not None else None
        if place is not None and place.verdict is None and not place.under_way:
            self.shared.queue(place.number, place.design)

    def _is_lost(self) -> bool:
        trial = self.shared.study.get_trials(deepcopy=False)[self._number]
        return trial.state.is_finished() and keys.FAILURE not in trial.user_attrs

    def _evaluate(self, trial: Trial) -> list[float]:
        """Evaluate the design of a trial: Optuna's objective function."""
        self._number = trial.number
        self.shared.beat(trial.number)
        trial.set_user_attr(keys.WORKER, self._name)
        ledger = self.shared.ledger()
        if keys.PLACE not in trial.user_attrs or ledger.is_taken(ledger.trials[trial.number]):
            trial.set_user_attr(keys.SURPLUS, True)
            raise _SurplusError
        try:
            x = self._designs.suggest(trial)
            answer = self._answer(trial, x, ledger)
        except DesignError as error:
            trial.set_user_attr(keys.FAILURE, str(error))
            self._count(failed=True)
            raise
        except (KeyboardInterrupt, ModelError):
            trial.set_user_attr(keys.RETURNED, True)
            raise
        f, g = judged(self.layout, answer)
        for constraint, value in zip(self.layout.constraints, g, strict=True):
            trial.set_constraint(constraint.name, value)
        trial.set_user_attr(keys.OUTPUTS, plain(answer))
        self._count(failed=False)
        return f

    def _answer(self, trial: Trial, x: FloatArray, ledger: TrialLedger) -> dict[str, float]:
        """Return all outputs of a design; of one evaluated before, those of that time."""
        problem = self.layout.problem
        name = design_ids(x, problem)[0]
        trial.set_user_attr(keys.DESIGN, name)
        for earlier in ledger.settled:
            if earlier.user_attrs.get(keys.DESIGN) == name and keys.OUTPUTS in earlier.user_attrs:
                trial.set_user_attr(keys.TWIN, earlier.number)
                return keys.answer_of(earlier)
        with _at_once(self._interrupt):
            return outputs_of(self._model, self.layout, x)

    def _count(self, *, failed: bool) -> None:
        self.tally.evaluated += 1
        self.tally.failed += failed
        if self._progress is not None:
            self._progress(self.shared.ledger())

    # --- lost workers ----------------------------------------------------------------------------

    def _fail_lost(self, ledger: TrialLedger) -> bool:
        """End the trials of lost workers that Optuna does not detect; return whether any was."""
        gone = [t for t in ledger.trials if t.state == TrialState.RUNNING and self._is_gone(t)]
        for trial in gone:
            with suppress(ValueError, UpdateFinishedTrialError):
                self.shared.fail(trial.number)
        return bool(gone)

    def _is_gone(self, trial: FrozenTrial) -> bool:
        """Return whether the worker of a trial is lost, for another reason than its heartbeat."""
        if trial.user_attrs.get(keys.WORKER) == RUN:
            return self._name == RUN  # this run holds the folder now
        if self.shared.storage.is_recovering:
            return False  # it may have taken the design when the database went away
        # Without a name it crashed before its first heartbeat, which Optuna would wait for.
        patience_s = _NAMING_S if self._name == RUN else GRACE * self.shared.heartbeat_s
        age = datetime.now() - (trial.datetime_start or datetime.now())
        return _is_nameless(trial) and age > timedelta(seconds=patience_s)


def _is_nameless(trial: FrozenTrial) -> bool:
    """Return whether a trial is running without the name of its worker."""
    return trial.state == TrialState.RUNNING and keys.WORKER not in trial.user_attrs


@contextmanager
def _at_once(interrupt: Interrupt) -> Iterator[None]:
    """Let a signal end the evaluation at work, which may take minutes, by raising Stopped."""

    def stop(number: int, frame: FrameType | None) -> None:
        interrupt.signal = interrupt.signal or signal.Signals(number)
        raise Stopped(number)

    try:
        before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: signals go elsewhere
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
