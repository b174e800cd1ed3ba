"""What one output depends on: the most important assumptions, looked at hard.

An output whose 95 % point is more than twice its 5 % point is analysed on a logarithmic scale: else
a few extreme futures would be the whole variance, and no sample large enough to measure it.

Of several designs the indices are means over the designs, each with the same weight, so a design
with large numbers does not drown the others; the range of the total index over them is kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.analysis.sensitivity.judged import Judged
from optimize.analysis.sensitivity.odds import Spread, spread
from optimize.analysis.sensitivity.sensitivity import Screening, sobol, tornado
from optimize.evaluation.guard import with_futures
from problems.parameters.uncertain import Marginal
from problems.spec import has_true_zero
from problems.units import FloatArray, IntArray

#: Ratio of the 95 % to the 5 % point above which an output is analysed by its logarithm.
WIDE_RATIO = 2.0
NO_EFFECT_FRAC = 1e-9  # of the largest effect; rounding


@dataclass(frozen=True, slots=True)
class Effort:
    """Sample sizes: base samples of Sobol, paths of Morris, assumptions analysed; and the seed."""

    samples: int = 1024
    trajectories: int = 16
    most: int = 15
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Factor:
    """What one assumption does to one output.

    ``mu_star`` and ``sigma`` are in the output's unit, or in natural logarithms of it (see
    :class:`Finding`). ``at_low`` and ``at_high`` are changes of the output in its unit, or shares
    of its nominal value (mean over the designs) for a front. ``worth`` is in the output's unit,
    None where nothing is to be decided. ``elasticity`` is d ln(output) / d ln(assumption) at the
    nominal values, mean over the designs; NaN where either is zero or its zero is a convention. The
    others are shares of variance.
    """

    marginal: Marginal
    mu_star: float
    sigma: float
    first: float
    first_conf: float
    total: float
    total_conf: float
    total_range: tuple[float, float]
    at_low: float
    at_high: float
    elasticity: float
    worth: float | None = None
    worth_error: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Sensitivity of one output, for one design or a front.

    ``logarithmic`` tells whether variances and elementary effects are those of the logarithm.
    ``nominal`` and ``spread`` hold one entry per design; ``explained_frac`` is the variance with
    only the listed assumptions varying over that with all of them varying, mean over the designs.
    ``kept_frac`` is the share of base samples without a value that is not finite. ``screened`` has
    every assumption with an effect, most important first: key, mu*, sigma.
    """

    output: str
    logarithmic: bool
    nominal: FloatArray
    spread: Spread
    explained_frac: float
    kept_frac: float
    factors: tuple[Factor, ...]
    screened: tuple[tuple[str, float, float], ...]
    worth_all: float | None = None


def is_wide(values: FloatArray) -> bool:
    """Tell whether ``(m, n)`` values are better looked at on a logarithmic scale.

    Examples
    --------
    >>> is_wide(np.array([[1.0], [3.0]])), is_wide(np.array([[2.0], [3.0]]))
    (True, False)
    """
    finite = np.isfinite(values)
    if not finite.any() or not (values[finite] > 0.0).all():
        return False
    low, high = np.nanquantile(np.where(finite, values, np.nan), (0.05, 0.95), axis=0)
    return bool(np.nanmedian(high / low) > WIDE_RATIO)


def scaled(values: FloatArray, *, logarithmic: bool) -> FloatArray:
    """Return values on the scale of the analysis; NaN where a logarithm does not exist."""
    if not logarithmic:
        return values
    return np.asarray(np.log(np.where(values > 0.0, values, np.nan)))


@dataclass(frozen=True, slots=True)
class OutputAnalysis:
    """The analysis of one output; ``relative`` gives changes as shares of the nominal value."""

    judged: Judged
    output: str
    logarithmic: bool
    relative: bool
    effort: Effort

    def at(self, marginals: Sequence[Marginal], effect: Screening, values: FloatArray) -> Finding:
        """Return the finding.

        Parameters
        ----------
        marginals
            Every uncertain assumption.
        effect
            Their screening for this output.
        values
            ``(m, n)`` output in futures in which all of them vary.
        """
        order, mean = importance(effect)
        leading = order[: self.effort.most]
        chosen = [marginals[i] for i in leading]
        swings = tornado(chosen, self._response)
        scale = np.abs(swings.base) if self.relative else np.ones_like(swings.base)
        factors: list[Factor] = []
        explained, kept_frac = math.nan, 1.0
        if chosen:
            resamples = 100 if len(self.judged.ids) == 1 else 2  # of many only means are shown
            samples, seed = self.effort.samples, self.effort.seed
            local = self._elasticities(chosen, swings.base)
            indices = sobol(chosen, self._scaled, samples=samples, seed=seed, resamples=resamples)
            whole = spread(scaled(values, logarithmic=self.logarithmic)).sd ** 2
            explained, kept_frac = _share(indices.variance, whole), float(indices.kept_frac.mean())
            factors = [
                Factor(
                    marginal=marginal,
                    mu_star=float(mean[place]),
                    sigma=mean_of(effect.sigma[place]),
                    first=mean_of(indices.first[i]),
                    first_conf=mean_of(indices.first_conf[i]),
                    total=mean_of(indices.total[i]),
                    total_conf=mean_of(indices.total_conf[i]),
                    total_range=_range(indices.total[i]),
                    at_low=_ratio(swings.low[i] - swings.base, scale),
                    at_high=_ratio(swings.high[i] - swings.base, scale),
                    elasticity=mean_of(local[:, i]),
                )
                for i, (marginal, place) in enumerate(zip(chosen, leading, strict=True))
            ]
        factors.sort(key=lambda factor: (-_known(factor.total), factor.marginal.key))
        effects = [(marginals[i].key, float(mean[i]), mean_of(effect.sigma[i])) for i in order]
        return Finding(
            self.output,
            self.logarithmic,
            swings.base,
            spread(values),
            explained,
            kept_frac,
            tuple(factors),
            tuple(effects),
        )

    def _elasticities(self, chosen: Sequence[Marginal], base: FloatArray) -> FloatArray:
        """Return ``(n, k)`` elasticities by design and assumption, NaN where there is none."""
        problem = self.judged.problem
        model = with_futures(problem)
        assert model is not None  # what varies is a future
        keys = [m.key for m in chosen]
        slopes = model.assumption_jacobian(self.judged.x, [self.output], keys)[:, 0]
        zero = has_true_zero(self.output, problem.outputs[self.output].unit)
        nominal = [m.nominal if zero and has_true_zero(m.key, m.unit) else 0.0 for m in chosen]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = slopes * nominal / base[:, None]
        return np.where(np.array(nominal) != 0.0, shares, np.nan)

    def _response(self, futures: Mapping[str, FloatArray]) -> FloatArray:
        return self.judged.values(futures, [self.output])[self.output]

    def _scaled(self, futures: Mapping[str, FloatArray]) -> FloatArray:
        return scaled(self._response(futures), logarithmic=self.logarithmic)


def importance(effect: Screening) -> tuple[IntArray, FloatArray]:
    """Return assumptions with an effect, most important first, and the mean mu* of all.

    The order goes by effects in units of each design's largest one.

    Examples
    --------
    >>> order, mean = importance(Screening(np.array([[1.0], [0.0], [3.0]]), np.zeros((3, 1))))
    >>> order.tolist(), mean.tolist()
    ([2, 0], [1.0, 0.0, 3.0])
    """
    known = np.where(np.isfinite(effect.mu_star), effect.mu_star, 0.0)
    largest = known.max(axis=0, initial=0.0)
    weight = (known / np.where(largest > 0.0, largest, 1.0)).mean(axis=1)
    order = np.lexsort((np.arange(len(weight)), -weight))
    mean = np.array([mean_of(row) for row in effect.mu_star])
    return order[weight[order] > NO_EFFECT_FRAC], mean


def mean_of(values: FloatArray) -> float:
    """Return the mean of the finite values; NaN without any."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan


def _known(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _ratio(values: FloatArray, scale: FloatArray) -> float:
    known = scale > 0.0
    return mean_of(values[known] / scale[known])


def _range(values: FloatArray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)


def _share(part: FloatArray, whole: FloatArray) -> float:
    varies = whole > 0.0
    return mean_of(part[varies] / whole[varies])
