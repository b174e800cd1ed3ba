"""A study as a search over again: generations, time at work, and the sampler of each place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimize.config.algorithm import AlgorithmSetting
from optimize.run.workers.replay import _busy_s, _parts
from optimize.run.workers.trials import PlaceSampler
from tests.optimize.toy import ToyProblem

START = datetime(2030, 1, 1)


@pytest.mark.parametrize(
    ("answers", "sizes"),
    [
        ("wwwwwww", [3, 3, 1]),  # w: worked, f: failed
        ("fwwwwww", [3, 3, 1]),
        ("ffwwwww", [3, 3, 1]),
        ("fffwwww", [4, 3]),
        ("fffffwf", [6, 1]),
        ("fffffff", [7]),
        ("ww", [2]),
        ("", []),
    ],
)
def test_first_generation_holds_a_design_that_worked(answers: str, sizes: list[int]) -> None:
    x = np.arange(float(len(answers)))[:, np.newaxis]
    parts = _parts(x, ["no result" if a == "f" else {"mass_kg": 1.0} for a in answers], 3)
    assert [len(part) for part in parts] == sizes
    assert np.array_equal(np.concatenate([x[:0], *parts]), x)


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([(0, 10)], 10),
        ([(0, 10), (20, 25)], 15),  # a pause is no work
        ([(0, 10), (5, 12)], 12),  # two workers at once
        ([(0, 10), (2, 3)], 10),
        ([(20, 25), (0, 10), (8, 21)], 25),
        ([(0, 10), (5, None), (None, None)], 10),
        ([], 0),
    ],
)
def test_time_at_work_counts_two_workers_at_once_but_one_time(
    spans: Sequence[tuple[int | None, int | None]], seconds: int
) -> None:
    def moment(second: int | None) -> datetime | None:
        return None if second is None else START + timedelta(seconds=second)

    settled = [
        SimpleNamespace(datetime_start=moment(a), datetime_complete=moment(b)) for a, b in spans
    ]
    ledger: Any = SimpleNamespace(settled=settled)
    assert _busy_s(ledger) == pytest.approx(seconds)


class Recorder:
    """A sampler that keeps what it was asked."""

    def __init__(self, place: int, calls: list[tuple[int, str]]) -> None:
        self.place, self.calls = place, calls

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.calls.append((self.place, name)) or name


def test_every_question_goes_to_the_sampler_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, str]] = []
    monkeypatch.setattr(PlaceSampler, "_of_place", lambda _, place: Recorder(place, calls))
    space = ToyProblem().space
    sampler: Any = PlaceSampler(AlgorithmSetting(name="optuna_tpe"), space, space.canonical)
    for trial in (SimpleNamespace(user_attrs={"place": 7}, number=3),):
        sampler.before_trial(None, trial)
        assert sampler.infer_relative_search_space(None, trial) == "infer_relative_search_space"
        assert sampler.sample_relative(None, trial, {}) == "sample_relative"
        assert sampler.sample_independent(None, trial, "x", None) == "sample_independent"
        sampler.after_trial(None, trial, None, None)
    assert [name for _, name in calls] == [
        *("before_trial", "infer_relative_search_space", "sample_relative"),
        *("sample_independent", "after_trial"),
    ]
    sampler.before_trial(None, SimpleNamespace(user_attrs={}, number=3))
    assert [place for place, _ in calls] == [7] * 5 + [3]
