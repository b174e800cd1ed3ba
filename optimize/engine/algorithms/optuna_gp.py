"""Optuna's Gaussian-process sampler on designs as the search sees them.

The sampler needs every variable in every trial and fits one process to each objective and
constraint. So it is given the trials over again: inactive variables at their canonical value, each
design once, and only those constraints that some design violated. Designs under way count with
what the processes expect of them, so that several workers do not choose the same. In every second
draw objectives are seen no worse than a little beyond the front, which, where nothing is
infeasible, brings Optuna's reference point near: such draws fill the front, those between find its
ends. The expected hypervolume improvement is in closed form, and the thousands of points among
which every draw begins are weighed block by block.

References
----------
Daulton, Balandat, Bakshy, "Differentiable expected hypervolume improvement for parallel
multi-objective Bayesian optimization", NeurIPS 2020, arXiv:2006.05078.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import moocore
import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, GPSampler, RandomSampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from optimize.engine.algorithms.ehvi import LogConstrainedEhvi
from problems.units import BoolArray, FloatArray

#: Stands for the violation of a design that could not be evaluated.
WORST = 1e30
_DECADES = 2.0  # that an objective spans before it is seen through its logarithm
_BLOCK, _SMALL_BLOCK = 64, 8  # points weighed at a time; with samples the tables are large
_BEYOND = 0.1  # of a front's range that objectives are seen beyond it
_RANGE = 1e-6  # of the range of all designs, below which that of a front is rounding

#: Completes the parameters of several designs.
Settle = Callable[[Sequence[Mapping[str, Any]]], list[dict[str, Any]]]


class CanonicalGp(BaseSampler):
    """The sampler of one draw; before ``startup`` finished trials it draws at random.

    Parameters
    ----------
    distributions
        Of all free variables.
    settle
        Completes parameters to those of all free variables, the inactive at a value of their own.
    seed
        Of every random draw.
    startup
        Finished trials before the processes are trusted.
    """

    def __init__(
        self,
        distributions: Mapping[str, BaseDistribution],
        settle: Settle,
        *,
        seed: int,
        startup: int,
    ) -> None:
        self._distributions = dict(distributions)
        self._settle = settle
        self._startup = startup
        self._random = RandomSampler(seed=seed)
        self._seed = seed

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return every free variable, also those that a choice will make inactive."""
        return self._distributions

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the design of the largest expected improvement; nothing where chance decides.

        Chance does so for a design that is queued, at first, and where the processes would have one
        that is known or under way.
        """
        if trial.system_attrs.get("fixed_params"):  # queued with its design
            return {}
        states = (TrialState.COMPLETE, TrialState.RUNNING)
        trials = study.get_trials(deepcopy=False, states=states)
        done = [t for t in trials if t.state == TrialState.COMPLETE]
        if len(done) < self._startup:
            return {}
        under_way = [t for t in trials if t.state == TrialState.RUNNING and t.params]
        near = (len(done) + len(under_way)) % 2 == 1
        seen = self._seen(done, study.directions, near=near)
        if not seen:
            return {}
        # Imports torch.
        processes = BlockwiseGp(settle=self._settle, seed=self._seed, n_startup_trials=1)
        view = optuna.create_study(directions=study.directions, sampler=processes)
        known = seen + self._open(under_way)
        view.add_trials(known)
        with np.errstate(invalid="ignore"):  # no point may have a chance to be feasible
            drawn = dict(view.ask(self._distributions).params)
        # Before any design is feasible those under way do not count: a batch would be one design.
        is_known = self._settle([drawn])[0] in [trial.params for trial in known]
        return {} if is_known else drawn

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        """Return a uniform draw of one variable."""
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    # --- trials as the processes see them --------------------------------------------------------

    def _seen(
        self, trials: Sequence[FrozenTrial], directions: Sequence[StudyDirection], *, near: bool
    ) -> list[FrozenTrial]:
        """Return each distinct design once; a failed one has the worst values of the others.

        With ``near`` no objective is worse than a little beyond the front.
        """
        params = self._settle([trial.params for trial in trials])
        distinct: dict[tuple[Any, ...], int] = {}
        for i, values in enumerate(params):
            distinct.setdefault(tuple(values.values()), i)
        first = list(distinct.values())
        sign = np.array([-1.0 if d == StudyDirection.MAXIMIZE else 1.0 for d in directions])
        f = sign * np.array([trials[i].values for i in first], dtype=np.float64)
        g = np.array([[*trials[i].constraints.values()] for i in first], dtype=np.float64)
        worked = np.isfinite(f).all(axis=1) & (g < WORST).all(axis=1)
        if not worked.any():
            return []
        f, g = _filled(f, worked), _filled(g, worked)
        f = sign * _compressed(sign * f)
        if near:
            f = _clipped(f, np.asarray((g <= 0.0).all(axis=1)))
        f *= sign
        g = g[:, (g > 0.0).any(axis=0)]
        return [
            create_trial(
                params=params[i],
                distributions=self._distributions,
                values=values,
                constraints={str(k): value for k, value in enumerate(violations)},
            )
            for i, values, violations in zip(first, f.tolist(), g.tolist(), strict=True)
        ]

    def _open(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Return designs under way."""
        return [
            create_trial(state=TrialState.RUNNING, params=params, distributions=self._distributions)
            for params in self._settle([trial.params for trial in trials])
        ]


class BlockwiseGp(GPSampler):
    """Optuna's sampler on canonical designs, weighing points block by block.

    A variable that is inactive has one value in all designs seen; away from it the processes know
    nothing, and would look there for ever.
    """

    def __init__(self, *, settle: Settle, **options: Any) -> None:
        super().__init__(**options)
        self._settle = settle

    def _optimize_acqf(self, acqf: Any, best_params: FloatArray | None) -> Any:
        from optuna._gp.acqf import LogCEHVI, LogEHVI

        weigh, size = acqf.eval_acqf, _SMALL_BLOCK
        if isinstance(acqf, (LogEHVI, LogCEHVI)):  # several objectives, no design under way
            weigh, size = LogConstrainedEhvi(acqf), _BLOCK
        acqf.eval_acqf = partial(self._weighed, acqf.search_space, weigh)
        acqf.eval_acqf_no_grad = partial(_in_blocks, acqf.eval_acqf_no_grad, size)
        return super()._optimize_acqf(acqf, best_params)

    def _weighed(self, space: Any, weigh: Callable[[Any], Any], x: Any) -> Any:
        """Return the acquisition function of the canonical designs of points."""
        points = x.detach().numpy()
        target = x.new_tensor(self.projected(space, points.reshape(-1, space.dim)))
        target = target.reshape(points.shape)
        return weigh(x.where(x.detach() == target, target))

    def projected(self, space: Any, points: FloatArray) -> FloatArray:
        """Return ``(n, d)`` points, what canonical designs have otherwise at their value."""
        given = [space.get_unnormalized_param(point) for point in points]
        settled = self._settle(given)
        pairs = zip(given, settled, strict=True)
        away = [[own[name] != other[name] for name in own] for own, other in pairs]
        return np.where(away, space.get_normalized_params(settled, settled), points)


def _in_blocks(weigh: Callable[[FloatArray], FloatArray], size: int, x: FloatArray) -> FloatArray:
    """Return the acquisition function of one point or of ``(n, n_var)``."""
    if x.ndim == 1:
        return weigh(x)
    return np.concatenate([weigh(x[i : i + size]) for i in range(0, len(x), size)])


def _filled(values: FloatArray, worked: BoolArray) -> FloatArray:
    """Return values with the largest of each column where a design has none."""
    return np.where(worked[:, None], values, values[worked].max(axis=0))


def _compressed(f: FloatArray) -> FloatArray:
    """Return objectives, those that span decades by their logarithm: which dominates stays.

    Examples
    --------
    >>> _compressed(np.array([[1.0, 1.0], [2.0, 1000.0]])).round(3).tolist()
    [[1.0, 0.0], [2.0, 3.0]]
    """
    positive = (f > 0.0).all(axis=0)
    logarithms = np.log10(np.where(positive, f, 1.0))
    return np.where(np.ptp(logarithms, axis=0) > _DECADES, logarithms, f)


def _clipped(f: FloatArray, feasible: BoolArray) -> FloatArray:
    """Return objectives, minimised, no worse than a little beyond the front of feasible designs.

    Optuna's reference point lies beyond the worst feasible design seen, so far from the front that
    a gain there hardly shows in the hypervolume; and a process bends to outliers. An objective of
    which the front has no range stays as it is.

    Examples
    --------
    >>> f = np.array([[0.0, 1.0], [1.0, 0.0], [50.0, 0.5]])
    >>> _clipped(f, np.ones(3, dtype=bool)).tolist()
    [[0.0, 1.0], [1.0, 0.0], [1.1, 0.5]]
    """
    if not feasible.any():
        return f
    front = f[feasible]
    front = front[np.asarray(moocore.is_nondominated(front), dtype=np.bool_)]
    worst, span = front.max(axis=0), np.ptp(front, axis=0)
    differs = span > _RANGE * np.ptp(f, axis=0)
    return np.asarray(np.minimum(f, np.where(differs, worst + _BEYOND * span, np.inf)))
