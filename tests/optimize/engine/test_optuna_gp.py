"""Gaussian processes: what they are shown, and what they find with few designs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.traits import missing_packages
from optimize.engine.algorithms import optuna_gp
from optimize.engine.algorithms.optuna_search import distribution, params_of, seeded_sampler
from optimize.engine.algorithms.registry import make_algorithm
from problems.units import FloatArray
from tests.optimize.toy import ToyProblem

SPACE = ToyProblem().space
FREE = [SPACE.variables[i] for i in SPACE.free]
SETTING = AlgorithmSetting(name="optuna_gp", population=4)
TANK = {"radius_m": 1.0, "length_m": 2.0, "plies": 5, "metal": "steel", "coat": "none"}
needs_gp = pytest.mark.skipif(
    missing_packages("optuna_gp") is not None, reason="needs the extra gp"
)


class Shown(RandomSampler):
    """Stands for the processes and keeps the trials that they would be fitted to."""

    trials: list[FrozenTrial]

    def __init__(self, settle: optuna_gp.Settle, seed: int, n_startup_trials: int) -> None:
        super().__init__(seed=seed)

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: Any) -> Any:
        Shown.trials = study.get_trials(deepcopy=False)[:-1]  # the last one is asked for
        return super().sample_relative(study, trial, search_space)


def tank(values: list[float], violations: list[float], **changes: Any) -> FrozenTrial:
    """Return a finished trial; without values one that is under way."""
    params = TANK | changes
    return create_trial(
        state=TrialState.COMPLETE if values else TrialState.RUNNING,
        params=params,
        distributions={name: distribution(SPACE[name]) for name in params},
        values=values or None,
        constraints={f"c{i}": value for i, value in enumerate(violations)},
    )


def shown(
    monkeypatch: pytest.MonkeyPatch, trials: list[FrozenTrial], directions: Any
) -> list[FrozenTrial]:
    """Return the trials that the processes see when a design is asked for."""
    monkeypatch.setattr(optuna_gp, "BlockwiseGp", Shown)
    Shown.trials = []
    study = optuna.create_study(
        directions=directions,
        sampler=seeded_sampler(SETTING, 9, SPACE, SPACE.canonical, startup=2),
    )
    study.add_trials(trials)
    study.ask({v.name: distribution(v) for v in FREE})
    return Shown.trials


def test_every_design_is_shown_once_with_all_its_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A coat that is not there has no thickness, whatever was drawn for it."""
    trials = [
        tank([5.0, 1.0], [-1.0, 0.5, -2.0]),
        tank([5.0, 1.0], [-1.0, 0.5, -2.0], coat_mm=30.0),
        tank([7.0, 2.0], [-1.0, -0.5, -3.0], coat="foam", coat_mm=30.0),
        tank([], [], radius_m=2.0),
    ]
    plain, foam, under_way = shown(monkeypatch, trials, ["minimize", "minimize"])
    default = SPACE["coat_mm"].default
    assert plain.params == TANK | {"coat_mm": default}
    assert foam.params == TANK | {"coat": "foam", "coat_mm": 30.0}
    assert under_way.params == TANK | {"radius_m": 2.0, "coat_mm": default}
    assert under_way.state == TrialState.RUNNING
    # Only the constraint that some design violates is worth a process.
    assert [[*t.constraints.values()] for t in (plain, foam)] == [[0.5], [-0.5]]


def test_a_failed_design_has_the_worst_values_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trials = [
        tank([5.0, 3.0], [0.1, -1.0]),
        tank([7.0, 2.0], [-0.5, -2.0], radius_m=2.0),
        tank([0.0, 9.0], [optuna_gp.WORST, optuna_gp.WORST], radius_m=1.5),
        tank([math.inf, 9.0], [0.0, 0.0], radius_m=2.5),
    ]
    *_, failed, infinite = shown(monkeypatch, trials, ["minimize", "maximize"])
    assert failed.values == infinite.values == [7.0, 2.0]
    assert failed.constraints == {"0": 0.1}


def test_chance_decides_first_and_where_nothing_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = tank([5.0, 3.0], [])
    assert shown(monkeypatch, [one], ["minimize", "minimize"]) == []
    failed = [tank([0.0], [optuna_gp.WORST], radius_m=r) for r in (1.0, 2.0, 2.5)]
    assert shown(monkeypatch, failed, ["minimize"]) == []


def test_a_queued_design_costs_no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optuna_gp, "BlockwiseGp", None)
    sampler = seeded_sampler(SETTING, 9, SPACE, SPACE.canonical, startup=2)
    study = optuna.create_study(sampler=sampler)
    study.add_trials([tank([r], [], radius_m=r) for r in (1.0, 2.0)])
    row = SPACE.canonical(SPACE.defaults[None])[0]
    study.enqueue_trial(params_of(FREE, SPACE, row))
    trial = study.ask({v.name: distribution(v) for v in FREE})
    assert trial.params == params_of(FREE, SPACE, row)


def search(
    seed: int, generations: int, interrupted: int | None = None, *, least: float = 1.0
) -> list[FloatArray]:
    """Return the generations of a search of the tank."""
    problem, space = ToyProblem(), SPACE
    for name in ("plies", "metal", "coat"):
        space = space.replace(space[name].fix(space[name].default))
    setting = AlgorithmSetting(name="optuna_gp", population=4, seed=seed)
    engine = make_algorithm(space, space.canonical, setting)
    parts = []
    for generation in range(generations):
        if generation == interrupted:
            state = engine.state()
            engine = make_algorithm(space, space.canonical, setting)
            engine.restore(state)
        x = engine.ask()
        columns = problem.evaluate(x)
        f = np.column_stack([columns["cost_usd"], columns["mass_kg"]])
        engine.tell(x, f, (least - columns["volume_m3"])[:, None])
        parts.append(x)
    return parts


@needs_gp
def test_a_batch_is_spread_and_repeats_also_from_a_checkpoint() -> None:
    first, second = search(1, 2)
    again = search(1, 2, interrupted=1)
    assert np.array_equal(second, again[1])
    assert not np.array_equal(first, search(2, 1)[0])
    assert 1 < len(np.unique(second, axis=0)) == len(second)  # one by one would repeat
    assert np.array_equal(SPACE.canonical(second), second)


@needs_gp
def test_a_batch_is_spread_where_nothing_is_feasible() -> None:
    designs = np.concatenate(search(1, 3, least=1e9))
    assert len(np.unique(designs, axis=0)) == len(designs) == 12


@pytest.mark.parametrize("n", [1, 8, 9, 100])
def test_blocks_weigh_every_point_once(n: int) -> None:
    sizes: list[int] = []

    def weigh(x: FloatArray) -> FloatArray:
        sizes.append(len(x))
        return x.sum(axis=-1)

    x = np.random.default_rng(1).random((n, 3))
    assert np.array_equal(optuna_gp._in_blocks(weigh, x), x.sum(axis=1))
    assert sum(sizes) == n
    assert max(sizes) <= 8
    assert optuna_gp._in_blocks(weigh, x[0]) == x[0].sum()


def drawn(limited: bool, monkeypatch: pytest.MonkeyPatch, sampler: Any) -> FloatArray:
    """Return the designs that some samplers draw after the same twelve."""
    monkeypatch.setattr(optuna_gp, "BlockwiseGp", sampler)
    x = SPACE.canonical(SPACE.sample(12, np.random.default_rng(1)))
    trials = []
    for a, row in enumerate(x):
        limits = [math.sin(a)] if limited else []
        trials.append(tank([1.0 + a % 5, (a - 4.0) ** 2], limits, **params_of(FREE, SPACE, row)))
    rows = []
    for seed in range(3):
        study = optuna.create_study(
            directions=["minimize", "minimize"],
            sampler=seeded_sampler(SETTING, seed, SPACE, SPACE.canonical, startup=2),
        )
        study.add_trials(trials)
        params = study.ask({v.name: distribution(v) for v in FREE}).params
        rows.append([float(params[name]) for name in ("radius_m", "length_m", "plies")])
    return np.array(rows)


@needs_gp
@pytest.mark.parametrize("limited", [False, True])
def test_blocks_draw_what_optuna_draws(limited: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    own, plain = optuna_gp.BlockwiseGp, optuna_gp.GPSampler
    ours = drawn(limited, monkeypatch, lambda settle, **more: own(settle=list, **more))
    theirs = drawn(limited, monkeypatch, lambda settle, **more: plain(**more))
    assert len(np.unique(ours, axis=0)) == 3
    assert ours == pytest.approx(theirs, rel=1e-6)


@needs_gp
def test_the_expected_improvement_is_that_of_optuna(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    class Compared(optuna_gp.BlockwiseGp):
        def _optimize_acqf(self, acqf: Any, best_params: Any) -> Any:
            x = acqf.search_space.sample_normalized_params(64, np.random.RandomState(1))
            x = self.projected(acqf.search_space, x)
            before = acqf.eval_acqf_no_grad(x)
            slope_before = acqf.eval_acqf_with_grad(x[0])[1]
            answer = super()._optimize_acqf(acqf, best_params)
            assert acqf.eval_acqf_no_grad(x) == pytest.approx(before, rel=1e-9)
            assert acqf.eval_acqf_with_grad(x[0])[1] == pytest.approx(slope_before, rel=1e-6)
            beside = x.copy()  # only how thick a coat is that is not there
            columns = list(acqf.search_space.get_unnormalized_param(x[0]))
            beside[:, columns.index("coat_mm")] = 0.9
            bare = [
                row["coat"] == "none" for row in map(acqf.search_space.get_unnormalized_param, x)
            ]
            assert 5 < sum(bare) < 60
            values = acqf.eval_acqf_no_grad(beside)
            assert values[bare] == pytest.approx(before[bare], rel=1e-9)
            assert not np.allclose(values[np.logical_not(bare)], before[np.logical_not(bare)])
            seen.append(np.ptp(before))
            return answer

    drawn(True, monkeypatch, Compared)
    assert min(seen) > 1.0
