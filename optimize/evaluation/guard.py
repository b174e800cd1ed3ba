"""A problem whose model may fail, behind a guard: failures are isolated design by design.

A call that raises, or takes too long, is repeated on halves of its designs until those that fail
are isolated; their outputs are not a number, all others are as the model returns them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from optimize.config.run_config import EvaluationSetting
from optimize.evaluation.calls import (
    FAULTS,
    Columns,
    ModelError,
    SlowModelError,
    TooLongError,
    checked,
    reason_of,
    within,
)
from problems.own_model import working_directory_kept
from problems.parameters.futures import UncertainProblem, UnderFutures
from problems.space import DesignSpace, Problem
from problems.spec import SpecError
from problems.units import BoolArray, FloatArray

P = ParamSpec("P")
T = TypeVar("T")

_LUCK = 1e-6  # chance at which a model that may be used looks like one that never works
_OURS = ("problems", "optimize")


class Attempt(NamedTuple):
    """Outputs of a batch, not a number where the model failed, and why it did, by row.

    ``gave_up`` tells that the model never worked and the rest of the batch was not tried.
    """

    outputs: Columns
    reasons: dict[int, str]
    gave_up: bool


class Guarded(Problem):
    """A problem whose evaluation never raises for a design.

    Parameters
    ----------
    inner
        The problem.
    setting
        Longest call, and what share of the designs may fail.
    """

    #: Whether an answer is kept, so that no design is asked for twice.
    remembers = False

    def __init__(self, inner: Problem, setting: EvaluationSetting) -> None:
        self.inner = inner
        self.name, self.version, self.space = inner.name, inner.version, inner.space
        self.outputs, self.breakdowns = inner.outputs, inner.breakdowns
        self.objectives, self.constraints = inner.objectives, inner.constraints
        self.assumptions, self.assumption_units = inner.assumptions, inner.assumption_units
        self.scenario, self.scenarios = inner.scenario, inner.scenarios
        self.cost_boundary = inner.cost_boundary
        self.guard_setting = setting
        share = setting.most_failed
        #: Designs that fail one after the other before the model counts as one that never works.
        self.patience = math.inf if share == 1.0 else math.ceil(math.log(_LUCK) / math.log(share))
        self.in_vain = 0
        self._worked = False
        self._is_ours = inner.model_module.partition(".")[0] in _OURS

    @property
    def model_module(self) -> str:
        """Module of the model itself."""
        return self.inner.model_module

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        return self._asked("canonical", self.inner.canonical, x, space)

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        return self._asked("active", self.inner.active, x)

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> Columns:
        """Return outputs (all, or those named) as ``(n,)`` columns, not a number where it fails.

        Raises
        ------
        ModelError
            For a missing output or one of the wrong shape.
        """
        return self.attempt(self.space.matrix(designs), names).outputs

    @property
    def backends(self) -> tuple[str, ...]:  # type: ignore[override]  # read only
        """Engines of the model itself."""
        return self.inner.backends

    def use_backend(
        self, backend: str, *, space: DesignSpace, outputs: Sequence[str], batch: int
    ) -> None:
        """Let the model itself use an engine."""
        self.inner.use_backend(backend, space=space, outputs=outputs, batch=batch)

    @property
    def exact_derivatives(self) -> bool:
        """Whether the model itself knows its derivatives."""
        return self.inner.exact_derivatives

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        """Return the model's derivatives, or finite differences of guarded evaluations."""
        if not self.exact_derivatives:
            return super().jacobian(designs, outputs)
        slopes = self._asked("jacobian", self.inner.jacobian, designs, outputs)
        shape = len(designs), len(outputs), len(self.space)
        if np.shape(slopes) != shape:
            text = f"jacobian has the shape {np.shape(slopes)}, not {shape} (designs, outputs, "
            raise ModelError(f"{self.name}: {text}variables)")
        return slopes

    def warnings(self, x: FloatArray) -> list[str]:
        """Return the warnings of one design row, its failure included."""
        reasons = self.attempt(self.space.matrix(x), None).reasons
        failures = [f"the model failed: {reason}" for reason in reasons.values()]
        return failures or self._asked("warnings", self.inner.warnings, x)

    def probe(self) -> None:
        """Ask a model of the user's own for every output, so that a wrong shape is told early.

        Raises
        ------
        ModelError
            For an output of the wrong shape.
        """
        if not self._is_ours:
            self.attempt(np.tile(self.space.defaults, (2, 1)), None)

    def attempt(self, x: FloatArray, names: Sequence[str] | None) -> Attempt:
        """Evaluate designs; say which failed and why.

        Raises
        ------
        ModelError
            For a missing output or one of the wrong shape.
        """
        try:
            attempt = Attempt(self._call(x, names), {}, False)
        except ModelError:
            raise
        except FAULTS as error:
            attempt = self._halved(x, names, self._reason(error))
        if len(attempt.reasons) < len(x):
            self._worked = self._worked or not attempt.gave_up
        return attempt

    def _asked(
        self, method: str, call: Callable[P, T], *arguments: P.args, **keywords: P.kwargs
    ) -> T:
        """Ask the problem about designs rather than for outputs, where nothing may go wrong.

        Raises
        ------
        ModelError
            When it raises.
        """
        if self._is_ours:
            return call(*arguments, **keywords)
        try:
            with working_directory_kept():
                return call(*arguments, **keywords)
        except SpecError:
            raise
        except FAULTS as error:
            raise ModelError(f"'{method}' of the problem raised {self._reason(error)}") from None

    def _halved(self, x: FloatArray, names: Sequence[str] | None, reason: str) -> Attempt:
        wanted = tuple(self.inner.outputs) if names is None else tuple(names)
        left = math.inf if self._worked else self.patience - self.in_vain
        attempt = halved(
            lambda rows: self._call(x[rows], names), len(x), wanted, reason, self._reason, left
        )
        if not self._worked:
            self.in_vain += len(attempt.reasons)
        return attempt

    def _call(self, x: FloatArray, names: Sequence[str] | None) -> Columns:
        """Return the checked outputs of one call of the model."""
        if not self._is_ours:
            x = x.copy(order="K")  # a model may write to its input
        with nullcontext() if self._is_ours else working_directory_kept():
            answer: Any = within(
                self.guard_setting.timeout_s, lambda: self.inner.evaluate(x, names)
            )
        wanted = names
        if wanted is None and isinstance(answer, Mapping):
            wanted = [name for name in answer if name in self.inner.outputs]
        return checked(answer, wanted or (), len(x), copy=not self._is_ours)

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, TooLongError | SlowModelError):
            return f"took longer than {self.guard_setting.timeout_s:g} s"
        return reason_of(error, self.model_module)


class Timed:
    """A problem under futures whose calls end after a time.

    Parameters
    ----------
    inner
        The problem under its futures.
    seconds
        Longest call, or longest block of one.
    """

    def __init__(self, inner: UnderFutures, seconds: float) -> None:
        self.count = inner.count
        self._inner = inner
        self._seconds = seconds

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> Columns:
        """Return outputs (all, or those named) as ``(m, n)`` columns."""
        return self._within(lambda: self._inner.evaluate(designs, names))

    def blocks(self, x: FloatArray, names: Sequence[str]) -> Iterator[tuple[slice, Columns]]:
        """Yield every future of some designs at a time: their rows and ``(m, rows)`` outputs."""
        blocks = self._within(lambda: self._inner.blocks(x, names))
        while (block := self._within(lambda: next(blocks, None))) is not None:
            yield block

    def _within(self, call: Callable[[], T]) -> T:
        try:
            return within(self._seconds, call)
        except TooLongError:
            raise SlowModelError(self._seconds) from None


def guard_before(problem: Problem) -> Guarded | None:
    """Return the guard before a problem, if there is one."""
    return problem if isinstance(problem, Guarded) else None


def timed_like(example: Problem, under: UnderFutures) -> UnderFutures:
    """Return a problem under futures, timed as the guard of another problem says."""
    guard = guard_before(example)
    seconds = None if guard is None else guard.guard_setting.timeout_s
    return under if seconds is None else Timed(under, seconds)


def guarded(problem: Problem, setting: EvaluationSetting) -> Guarded:
    """Return a problem behind a guard; one that has its guard stays as it is."""
    return guard_before(problem) or Guarded(problem, setting)


def guarded_like(example: Problem, problem: Problem) -> Problem:
    """Return a problem behind a guard such as that of another one, if that has one."""
    guard = guard_before(example)
    return problem if guard is None else guarded(problem, guard.guard_setting)


def unguarded(problem: Problem) -> Problem:
    """Return the problem behind a guard; one without is itself."""
    guard = guard_before(problem)
    return problem if guard is None else guard.inner


def with_futures(problem: Problem) -> UncertainProblem | None:
    """Return the problem, if its assumptions can be other than they are; no guard stands before it.

    Examples
    --------
    >>> from problems import load_problem
    >>> with_futures(load_problem()) is not None
    True
    """
    inner = unguarded(problem)
    return inner if isinstance(inner, UncertainProblem) else None


def halved(
    call: Callable[[slice], Columns],
    count: int,
    names: Sequence[str],
    reason: str,
    explain: Callable[[BaseException], str],
    patience: float = math.inf,
) -> Attempt:
    """Find the designs that make a call fail, by halves; at most ``2 count`` calls.

    Parameters
    ----------
    call
        Evaluates some of the designs.
    count, names
        Number of designs, and the outputs of ``call``.
    reason
        Why all designs together failed.
    explain
        Turns what a call raises into a reason.
    patience
        Designs that may fail before any call succeeds.
    """
    outputs = {name: np.full(count, np.nan) for name in names}
    reasons: dict[int, str] = {}
    worked = False
    parts = [(slice(0, count), reason)]
    while parts:
        part, reason = parts.pop()
        if part.stop - part.start <= 1:
            reasons |= {part.start: reason} if count else {}
            if not worked and len(reasons) >= patience:
                return Attempt(outputs, reasons, gave_up=True)
            continue
        middle = (part.start + part.stop) // 2
        for half in (slice(middle, part.stop), slice(part.start, middle)):
            try:
                columns = call(half)
            except ModelError:
                raise
            except FAULTS as error:
                parts.append((half, explain(error)))
            else:
                worked = True
                for name, column in columns.items():
                    outputs[name][half] = column
    return Attempt(outputs, dict(sorted(reasons.items())), gave_up=False)
