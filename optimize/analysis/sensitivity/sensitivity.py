"""Which uncertain numbers decide an output: Morris screening, Sobol indices, tornado.

The functions know nothing of satellites: they vary marginals and ask a response for its ``(m, c)``
values in ``m`` futures. SALib samples and analyses; it is loaded late and comes with an extra.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from problems.parameters.uncertain import Marginal
from problems.spec import SpecError
from problems.units import FloatArray

#: Values by assumption key, ``(m,)`` each, to ``(m, c)`` responses.
Response = Callable[[Mapping[str, FloatArray]], FloatArray]

EDGE_FRAC = 2.0**-32  # quantiles stay finite
MORRIS_LEVELS = 4
#: Morris moves between these shares of a distribution: its ends may be infinitely far.
MORRIS_SPAN_FRAC = (0.05, 0.95)
FEWEST_SAMPLES = 16
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Screening:
    """Elementary effects [1]_, ``(k, c)`` by assumption and response, in the response's unit.

    ``mu_star`` is the mean size of the change when an assumption moves over the span from its 5 %
    to its 95 % point, wherever the others are; ``sigma`` is how much that change differs from place
    to place (interaction and curvature).

    References
    ----------
    .. [1] M. D. Morris, "Factorial sampling plans for preliminary computational experiments",
       Technometrics 33 (1991) 161-174, DOI 10.1080/00401706.1991.10484804.
    """

    mu_star: FloatArray
    sigma: FloatArray


@dataclass(frozen=True, slots=True)
class Indices:
    """Shares of variance by assumption and response, ``(k, c)``, with 95 % half-widths.

    ``first`` is what the assumption explains alone, ``total`` what it takes part in. ``variance``
    ``(c,)`` is in squared units of the response; ``kept_frac`` the share of base samples in which
    every value was finite.
    """

    first: FloatArray
    first_conf: FloatArray
    total: FloatArray
    total_conf: FloatArray
    variance: FloatArray
    kept_frac: FloatArray


@dataclass(frozen=True, slots=True)
class Swings:
    """One assumption at a time at its low and high, all others nominal.

    ``base`` is ``(c,)``, ``low`` and ``high`` are ``(k, c)``; values of the response itself.
    """

    base: FloatArray
    low: FloatArray
    high: FloatArray


def require_salib() -> None:
    """Stop with the way out when SALib is missing.

    Raises
    ------
    SpecError
        Without SALib.
    """
    try:
        import SALib  # noqa: F401 (only whether it is there)
    except ImportError:
        message = "needs SALib: pip install 'heliofront[sensitivity]'"
        raise SpecError("sensitivity", message) from None


def screen(
    marginals: Sequence[Marginal], response: Response, *, trajectories: int, seed: int
) -> Screening:
    """Return Morris' elementary effects of every assumption.

    Parameters
    ----------
    marginals
        Assumptions to vary.
    response
        Values of interest by future.
    trajectories
        Paths through the space, each ``k + 1`` futures long; at least 2.
    seed
        Seed of the paths.

    Returns
    -------
    Screening
        NaN where fewer than two paths have finite values throughout.
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as sampling

    space, count = _unit_space(marginals), len(marginals)
    points = sampling.sample(space, trajectories, num_levels=MORRIS_LEVELS, seed=seed)
    low, high = MORRIS_SPAN_FRAC
    values = response(_futures(marginals, low + points * (high - low)))
    paths = np.asarray(values).reshape(trajectories, count + 1, -1)
    mu_star, sigma = (np.full((count, paths.shape[2]), np.nan) for _ in range(2))
    for column in range(paths.shape[2]):
        good = np.isfinite(paths[:, :, column]).all(axis=1)
        if good.sum() < 2:
            continue
        used = points.reshape(trajectories, count + 1, count)[good].reshape(-1, count)
        effects = analysis.analyze(
            space,
            used,
            paths[good, :, column].ravel(),
            num_resamples=2,
            num_levels=MORRIS_LEVELS,
            seed=seed,
        )
        mu_star[:, column] = np.asarray(effects["mu_star"], dtype=np.float64)
        sigma[:, column] = np.asarray(effects["sigma"], dtype=np.float64)
    return Screening(mu_star, sigma)


def sobol(
    marginals: Sequence[Marginal],
    response: Response,
    *,
    samples: int,
    seed: int,
    resamples: int = 100,
) -> Indices:
    """Return first-order and total Sobol indices [1]_.

    Parameters
    ----------
    marginals
        Independent assumptions to vary; at least one.
    response
        Values of interest by future; asked for ``samples * (k + 2)`` futures.
    samples
        Base samples, rounded up to a power of two (Sobol points are balanced only then).
    seed
        Seed of the scrambling and of the bootstrap.
    resamples
        Bootstrap samples behind the half-widths.

    Returns
    -------
    Indices
        A response that does not vary has indices of zero. Base samples with a value that is not
        finite are left out; NaN when fewer than 16 are left.

    References
    ----------
    .. [1] A. Saltelli et al., "Variance based sensitivity analysis of model output. Design and
       estimator for the total sensitivity index", Computer Physics Communications 181 (2010)
       259-270, DOI 10.1016/j.cpc.2009.09.018.
    """
    from SALib.sample import sobol as sampling

    space, count = _unit_space(marginals), len(marginals)
    rounded = 2 ** max(samples - 1, 1).bit_length()
    points = sampling.sample(space, rounded, calc_second_order=False, seed=seed)
    values = np.asarray(response(_futures(marginals, points)))
    blocks = values.reshape(rounded, count + 2, -1)
    columns = blocks.shape[2]
    shares = np.zeros((4, count, columns))
    variance, kept_frac = np.full(columns, np.nan), np.zeros(columns)
    for column in range(columns):
        good = np.isfinite(blocks[:, :, column]).all(axis=1)
        kept_frac[column] = good.mean()
        if good.sum() < FEWEST_SAMPLES:
            shares[:, :, column] = np.nan
            continue
        used = blocks[good, :, column]
        ends = used[:, [0, -1]]
        variance[column] = ends.var()
        if np.ptp(used) > 1e-12 * np.abs(used).max():
            shares[:, :, column] = _indices(space, used.ravel(), resamples, seed)
    first, first_conf, total, total_conf = shares
    return Indices(first, first_conf, total, total_conf, variance, kept_frac)


def _indices(space: dict[str, Any], values: FloatArray, resamples: int, seed: int) -> FloatArray:
    from SALib.analyze import sobol as analysis

    indices = analysis.analyze(
        space,
        values,
        calc_second_order=False,
        num_resamples=resamples,
        conf_level=CONFIDENCE,
        seed=seed,
    )
    return np.array([indices[name] for name in ("S1", "S1_conf", "ST", "ST_conf")])


def tornado(marginals: Sequence[Marginal], response: Response) -> Swings:
    """Return responses with one assumption at a time at its low and at its high.

    Parameters
    ----------
    marginals
        Assumptions to move; the others stay at their nominal value.
    response
        Values of interest by future.

    Returns
    -------
    Swings
        In the response's unit.
    """
    count = len(marginals)
    nominal = np.array([marginal.nominal for marginal in marginals], dtype=np.float64)
    ends = np.tile(nominal, (2 * count + 1, 1))
    ends[range(1, count + 1), range(count)] = [marginal.low for marginal in marginals]
    ends[range(count + 1, 2 * count + 1), range(count)] = [marginal.high for marginal in marginals]
    futures = {marginal.key: ends[:, i] for i, marginal in enumerate(marginals)}
    values = np.asarray(response(futures))
    return Swings(values[0], values[1 : count + 1], values[count + 1 :])


def _unit_space(marginals: Sequence[Marginal]) -> dict[str, Any]:
    """Describe the unit cube of quantiles to SALib."""
    names = [marginal.key for marginal in marginals]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _futures(marginals: Sequence[Marginal], shares: FloatArray) -> dict[str, FloatArray]:
    inside = np.clip(shares, EDGE_FRAC, 1.0 - EDGE_FRAC)
    return {marginal.key: marginal.quantile(inside[:, i]) for i, marginal in enumerate(marginals)}
