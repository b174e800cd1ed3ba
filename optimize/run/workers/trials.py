"""Designs as trials: define-by-run parameters, seeded by place, and back to design rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.optuna_search import design_rows, distribution, seeded_sampler
from optimize.evaluation.rows import Canonical
from optimize.run.workers.ledger import PLACE
from problems.space import DesignSpace
from problems.spec import Value, Variable
from problems.units import FloatArray


class PlaceSampler(BaseSampler):
    """A sampler whose draws for a trial depend on seed, place and finished trials alone.

    So a search by one process repeats however often it was stopped, and two processes never draw
    the same.
    """

    def __init__(self, setting: AlgorithmSetting, space: DesignSpace, canonical: Canonical) -> None:
        self._setting = setting
        self._space = space
        self._canonical = canonical
        self._inner = self._of_place(0)

    def _of_place(self, place: int) -> BaseSampler:
        startup = self._setting.population
        return seeded_sampler(self._setting, place, self._space, self._canonical, startup=startup)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Make the sampler of the trial's place and let it prepare."""
        self._inner = self._of_place(trial.user_attrs.get(PLACE, trial.number))
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the variables that the sampler of the trial's place draws together."""
        space: dict[str, BaseDistribution] = self._inner.infer_relative_search_space(study, trial)
        return space

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the values that the sampler of the trial's place draws together."""
        drawn: dict[str, Any] = self._inner.sample_relative(study, trial, search_space)
        return drawn

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        """Return the value that the sampler of the trial's place draws for a variable."""
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Any) -> None:
        """Tell the sampler of the trial's place the result."""
        self._inner.after_trial(study, trial, state, values)


class Designs:
    """The free variables of a space as parameters of trials.

    Parameters
    ----------
    space
        Of the configured search.
    canonical
        Sets what has no influence to its canonical value.
    """

    def __init__(self, space: DesignSpace, canonical: Canonical) -> None:
        self._space = space
        self._canonical = canonical
        free = [space.variables[i] for i in space.free]
        self._free = _deciders_first(free)
        self._distributions = {v.name: distribution(v) for v in free}

    def suggest(self, trial: Trial) -> FloatArray:
        """Return the ``(1, n_var)`` design of a trial; only active variables are asked for."""
        # Optuna's NSGA-II numbers the generation of a trial here, also of one queued complete.
        _ = trial.relative_params
        chosen = self._defaults()
        params = {}
        for variable in self._free:
            if _is_active(variable, chosen):
                value = _suggest(trial, variable.name, self._distributions[variable.name])
                chosen[variable.name] = params[variable.name] = value
        return self.row(params)

    def row(self, params: Mapping[str, Any]) -> FloatArray:
        """Return the canonical ``(1, n_var)`` design that parameters describe."""
        return self._canonical(design_rows(self._space, [params]))

    def params(self, row: FloatArray) -> dict[str, Value]:
        """Return the parameters of one design row: its active free variables."""
        chosen = {
            v.name: v.decode(number) for v, number in zip(self._space.variables, row, strict=True)
        }
        return {v.name: chosen[v.name] for v in self._free if _is_active(v, chosen)}

    def _defaults(self) -> dict[str, Value]:
        return {v.name: v.default for v in self._space.variables}


def _deciders_first(variables: list[Variable]) -> list[Variable]:
    """Return variables so that each comes after those that decide whether it is active."""
    waiting, order = list(variables), []
    while waiting:
        names = {v.name for v in waiting}
        ready = [v for v in waiting if not names & {c.variable for c in v.active_when}]
        order += ready or waiting  # conditions in a circle: as declared
        waiting = [v for v in waiting if v not in order]
    return order


def _is_active(variable: Variable, chosen: Mapping[str, Value]) -> bool:
    return all(chosen[c.variable] in c.choices for c in variable.active_when)


def _suggest(trial: Trial, name: str, among: BaseDistribution) -> Value:
    if isinstance(among, CategoricalDistribution):
        return str(trial.suggest_categorical(name, among.choices))
    if isinstance(among, IntDistribution):
        return int(trial.suggest_int(name, among.low, among.high, log=among.log))
    assert isinstance(among, FloatDistribution)
    return float(trial.suggest_float(name, among.low, among.high, log=among.log))
