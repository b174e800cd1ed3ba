"""Gaussian processes: what they are shown, and what they find with few designs."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial
from scipy.stats import norm

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.traits import missing_packages
from optimize.engine.algorithms import ehvi, optuna_gp
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


def test_what_is_canonical_outside_the_bounds_is_shown_at_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def canonical(x: FloatArray) -> FloatArray:
        rows = SPACE.canonical(x)
        bare = rows[:, SPACE.index["coat"]] == SPACE["coat"].encode("none")
        rows[bare, SPACE.index["coat_mm"]] = -1.0
        return rows

    monkeypatch.setattr(optuna_gp, "BlockwiseGp", Shown)
    study = optuna.create_study(sampler=seeded_sampler(SETTING, 9, SPACE, canonical, startup=2))
    study.add_trials([tank([r], [], radius_m=r) for r in (1.0, 2.0)])
    study.ask({v.name: distribution(v) for v in FREE})
    assert [t.params["coat_mm"] for t in Shown.trials] == [SPACE["coat_mm"].lower] * 2


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
        return np.asarray(x.sum(axis=-1))

    x = np.random.default_rng(1).random((n, 3))
    assert np.array_equal(optuna_gp._in_blocks(weigh, 8, x), x.sum(axis=1))
    assert sum(sizes) == n
    assert max(sizes) <= 8
    assert optuna_gp._in_blocks(weigh, 8, x[0]) == x[0].sum()


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
def test_the_expected_improvement_is_what_samples_of_optuna_tend_to(
    limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    class Compared(optuna_gp.BlockwiseGp):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self._n_qmc_samples_ehvi = 2**14

        def _optimize_acqf(self, acqf: Any, best_params: Any) -> Any:
            x = acqf.search_space.sample_normalized_params(64, np.random.RandomState(1))
            x = self.projected(acqf.search_space, x)
            before = acqf.eval_acqf_no_grad(x)
            middling = np.argsort(before)[32]
            slope_before = acqf.eval_acqf_with_grad(x[middling])[1]
            answer = super()._optimize_acqf(acqf, best_params)
            exact = acqf.eval_acqf_no_grad(x)
            likely = before > -5.0  # of what is rare samples tell little
            assert np.count_nonzero(likely) > 30
            assert exact[likely] == pytest.approx(before[likely], abs=0.01)
            assert not np.array_equal(exact, before)
            slope = acqf.eval_acqf_with_grad(x[middling])[1]
            assert slope == pytest.approx(slope_before, rel=0.02, abs=0.02)
            beside = x.copy()  # only how thick a coat is that is not there
            columns = list(acqf.search_space.get_unnormalized_param(x[0]))
            beside[:, columns.index("coat_mm")] = 0.9
            bare = [
                row["coat"] == "none" for row in map(acqf.search_space.get_unnormalized_param, x)
            ]
            assert 5 < sum(bare) < 60
            values: FloatArray = acqf.eval_acqf_no_grad(beside)
            assert values[bare] == pytest.approx(exact[bare], rel=1e-9)
            assert not np.allclose(values[np.logical_not(bare)], exact[np.logical_not(bare)])
            seen.append(np.ptp(before))
            return answer

    drawn(limited, monkeypatch, Compared)
    assert min(seen) > 1.0


@needs_gp
@pytest.mark.parametrize("mean", [(1.0, 0.8), (0.3, 0.2), (2.5, -2.0)])
def test_the_expected_improvement_is_an_integral(
    mean: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a front of (2, 1) and (1, 2) and a reference point of (0, 0), all maximised.

    The mean of a gain is the chance of gaining each small piece of the plane: P(y >= piece). A
    limit that is met in one case of ten takes nine tenths of it.
    """
    import torch

    lower = torch.tensor([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]], dtype=torch.float64)
    upper = torch.tensor([[1.0, np.inf], [2.0, np.inf], [np.inf, np.inf]], dtype=torch.float64)
    deviation = (0.5, 0.7)
    gain = SimpleNamespace(
        _gpr_list=[None, None],
        _non_dominated_box_lower_bounds=lower,
        _non_dominated_box_intervals=upper - lower,
    )
    limit = SimpleNamespace(_gpr=None, _threshold=norm.isf(0.1))
    answers = np.array([[*mean, 0.0], [deviation[0] ** 2, deviation[1] ** 2, 1.0]])
    given = torch.from_numpy(answers)[..., None].expand(2, 3, 4)  # at four points the same
    monkeypatch.setattr(ehvi, "_Posterior", lambda processes: lambda x: tuple(given))
    promise = ehvi.LogConstrainedEhvi(SimpleNamespace(_acqf=gain, _constraints_acqf_list=[limit]))
    middle = np.arange(0.0005, 8.0, 0.001)  # of pieces
    one, other = (norm.sf((middle - m) / s) for m, s in zip(mean, deviation, strict=True))
    gained = (middle[:, None] > 2.0) | (middle > 2.0) | (middle[:, None] > 1.0) & (middle > 1.0)
    integral = float((one[:, None] * other * gained).sum() * 1e-6)
    assert promise(None).exp().tolist() == pytest.approx([0.1 * integral] * 4, rel=2e-3)


#: Values and violation of design ``a``.
CASES: dict[str, Callable[[int], tuple[list[float], list[float]]]] = {
    "three objectives": lambda a: ([1.0 + a % 5, (a - 4.0) ** 2, abs(a - 7.0)], []),
    "one member": lambda a: ([1.0 + a, 2.0 + a * a], []),
    "a constant objective": lambda a: ([3.0, a % 7 - 2.0, -(a % 7)], []),
    "equal designs": lambda a: ([a % 2, 1.0 - a % 2], []),
    "nothing feasible": lambda a: ([1.0 + a % 5, (a - 4.0) ** 2], [1.0 + math.sin(a), 0.5]),
    "two limits": lambda a: ([1.0 + a % 5, (a - 4.0) ** 2], [math.sin(a), math.cos(a)]),
}


@needs_gp
@pytest.mark.parametrize("case", CASES)
def test_all_processes_answer_as_one_by_one_and_every_slope_is_a_number(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    asked: list[bool] = []

    class Probed(ehvi.LogConstrainedEhvi):
        def __init__(self, acqf: Any) -> None:
            super().__init__(acqf)
            gain = getattr(acqf, "_acqf", acqf)
            processes = [] if gain is None else list(gain._gpr_list)
            processes += [part._gpr for part in getattr(acqf, "_constraints_acqf_list", [])]
            at = acqf.search_space.sample_normalized_params(32, np.random.RandomState(1))
            x = torch.from_numpy(np.concatenate((at, processes[0]._X_train.numpy())))
            apart = [process.posterior(x) for process in processes]
            for part, together in enumerate(self._posterior(x)):
                for row, alone in zip(together, apart, strict=True):
                    assert row.tolist() == pytest.approx(alone[part].tolist(), rel=1e-6, abs=1e-9)
            x.requires_grad_(True)
            values = self(x)
            values.sum().backward()
            assert np.isfinite(values.detach().numpy()).all()
            assert np.isfinite(x.grad.numpy()).all()
            assert self(x[3]).item() == pytest.approx(values[3].item(), rel=1e-9)
            asked.append(True)

    monkeypatch.setattr(optuna_gp, "LogConstrainedEhvi", Probed)
    rows = SPACE.canonical(SPACE.sample(12, np.random.default_rng(1)))
    told = [CASES[case](a) for a in range(12)]
    trials = [
        tank(values, limits, **params_of(FREE, SPACE, row))
        for row, (values, limits) in zip(rows, told, strict=True)
    ]
    study = optuna.create_study(
        directions=["minimize"] * len(told[0][0]),
        sampler=seeded_sampler(SETTING, 1, SPACE, SPACE.canonical, startup=2),
    )
    study.add_trials(trials)
    study.ask({v.name: distribution(v) for v in FREE})
    assert asked == [True]


@needs_gp
def test_the_logarithm_of_a_mean_excess_is_exact() -> None:
    """log(pdf(z) + z cdf(z)) to 60 digits; its derivative is cdf / (pdf + z cdf)."""
    import torch

    places = [-1e8, -1000.0, -40.0, -1.0, 0.0, 3.0, 40.0]
    z = torch.tensor(places, dtype=torch.float64, requires_grad=True)
    values = ehvi._log_excess(z)
    values.sum().backward()
    expected = [-500014.734452091158, -808.298568356619861, -2.48512102571264, -0.918938533204673]
    assert values[1:5].tolist() == pytest.approx(expected, rel=1e-9)
    assert values[5:].tolist() == pytest.approx([1.09873966532771, math.log(40.0)], rel=1e-12)
    assert values[0] < -1e11
    assert z.grad.tolist() == pytest.approx(
        [0.0, 1000.002, 40.049907, 1.904271, 1.253314, 0.332841, 0.025], rel=1e-5
    )


def test_objectives_are_seen_a_tenth_beyond_the_front() -> None:
    """The front is (0, 4), (2, 0); the infeasible (-1, 9) and what lies far off do not count."""
    f = np.array([[0.0, 4.0], [2.0, 0.0], [2.1, 0.5], [9.0, 7.0], [-1.0, 9.0]])
    feasible = np.array([True, True, True, True, False])
    expected = [[0.0, 4.0], [2.0, 0.0], [2.1, 0.5], [2.2, 4.4], [-1.0, 4.4]]
    assert optuna_gp._clipped(f, feasible) == pytest.approx(np.array(expected))
    assert np.array_equal(optuna_gp._clipped(f, np.zeros(5, dtype=bool)), f)  # there is no front
    alone = np.array([[1.0], [0.0], [5.0]])  # the front of one objective has no range
    assert np.array_equal(optuna_gp._clipped(alone, np.ones(3, dtype=bool)), alone)
    # Nor has one whose range is rounding; the other objective is clipped.
    rounding = np.array([[0.3, 4.0], [0.1 + 0.2, 0.0], [2.0, 1.0], [9.0, 7.0]])
    clipped = optuna_gp._clipped(rounding, np.ones(4, dtype=bool))
    assert clipped[:, 0].tolist() == rounding[:, 0].tolist()
    assert clipped[:, 1].tolist() == [4.0, 0.0, 1.0, pytest.approx(4.4)]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_objectives_to_be_maximised_are_clipped_at_their_other_end(
    sign: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[1.0, 4.0], [3.0, 1.0], [90.0, 2.0]]
    trials = [
        tank([sign * a, b], [], radius_m=r) for (a, b), r in zip(rows, (1.0, 2.0, 2.5), strict=True)
    ]
    first = "minimize" if sign > 0.0 else "maximize"
    values = [trial.values for trial in shown(monkeypatch, trials, [first, "minimize"])]
    assert values == [[sign, 4.0], [sign * 3.0, 1.0], [pytest.approx(sign * 3.2), 2.0]]
    for more in (tank(trials[0].values, []), tank([], [], radius_m=0.5)):  # finished, under way
        seen = shown(monkeypatch, [*trials, more], [first, "minimize"])
        assert [trial.values for trial in seen[:3]] == [trial.values for trial in trials]
