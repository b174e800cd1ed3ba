"""Futures: joint draws of every uncertain number, the same ones for every design.

Designs compared in the same futures differ by the designs alone (common random numbers). The
draws are scrambled Sobol points, one dimension per number in the order given; adding a number
changes the scrambling of the others, so results are comparable only at the same list of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from optimize.config.uncertainty import correlation_fault, normal_correlation
from optimize.evaluation.guard import with_futures
from problems.parameters.uncertain import Marginal, chosen_marginals
from problems.space import Problem
from problems.spec import SpecError, nearest
from problems.units import FloatArray

_EDGE = 2.0**-32  # half the spacing of the points: keeps normal quantiles finite


def marginals(problem: Problem, include: Sequence[str] | None = None) -> tuple[Marginal, ...]:
    """Return the distributions of the uncertain numbers of a problem.

    Parameters
    ----------
    problem
        One whose assumptions can be other than they are, behind its guard or without.
    include
        Keys, groups (``launch``, ``launch.*``, ``catalog.gpus``) or patterns to keep; all when
        None.

    Raises
    ------
    SpecError
        When the problem has no uncertain numbers, or a name matches none of them.

    Examples
    --------
    >>> from problems.registry import load_problem
    >>> drawn = marginals(load_problem(), ["thermal.albedo", "comms.radio_*"])
    >>> [marginal.key for marginal in drawn]
    ['thermal.albedo', 'comms.radio_mass_kg', 'comms.radio_power_w', 'comms.radio_cost_usd']
    """
    uncertain = with_futures(problem)
    if uncertain is None or not uncertain.marginals:
        message = f"'{problem.name}' declares no uncertain numbers ('marginals')"
        raise SpecError("problem", message)
    return chosen_marginals(uncertain.marginals, include, problem.assumption_units)


def sample_futures(
    marginals: Sequence[Marginal],
    count: int,
    *,
    seed: int,
    correlations: Mapping[tuple[str, str], float] = {},
) -> dict[str, FloatArray]:
    """Draw futures.

    Parameters
    ----------
    marginals
        The numbers to draw.
    count
        Number of futures; powers of two are balanced best.
    seed
        Seed of the scrambling.
    correlations
        Rank correlation (Spearman, -1 to 1) by pair of keys; they are imposed by a Gaussian
        copula whose normals have the correlation of
        :func:`optimize.config.uncertainty.normal_correlation`.

    Returns
    -------
    dict of str to ndarray
        ``(count,)`` values by key, in the units of the marginals.

    Raises
    ------
    SpecError
        For a correlation of an unknown or repeated pair, outside -1 to 1, or one that the other
        correlations rule out; its key is ``correlations.<position>``.
    """
    if count < 1:
        raise SpecError("futures", f"expected at least 1, got {count}")
    keys = [marginal.key for marginal in marginals]
    root, moved = _copula_root(keys, correlations)
    if not keys:
        return {}
    # Loading them takes half a second, which commands on stored fronts need not spend.
    from scipy.special import ndtr, ndtri
    from scipy.stats import qmc

    sampler = qmc.Sobol(len(keys), scramble=True, rng=np.random.default_rng(seed))
    points = sampler.random_base2(max(count - 1, 1).bit_length())[:count]
    u = np.clip(points, _EDGE, 1.0 - _EDGE)
    if moved:
        u[:, moved] = np.clip(ndtr(ndtri(u[:, moved]) @ root), _EDGE, 1.0 - _EDGE)
    return {marginal.key: marginal.quantile(u[:, i]) for i, marginal in enumerate(marginals)}


def _copula_root(
    keys: Sequence[str], correlations: Mapping[tuple[str, str], float]
) -> tuple[FloatArray, list[int]]:
    """Return the symmetric root of the correlation of the normals, and the columns it moves."""
    for number, pair in enumerate(correlations):
        for key in pair:
            if key not in keys:
                raise SpecError(
                    f"correlations.{number}", f"'{key}' is not drawn", nearest(key, keys)
                )
    fault = correlation_fault([(a, b, value) for (a, b), value in correlations.items()])
    if fault is not None:
        raise SpecError(f"correlations.{fault[0]}", fault[1])
    moved = sorted({keys.index(key) for pair in correlations for key in pair})
    at = {keys[i]: row for row, i in enumerate(moved)}
    matrix = np.eye(len(moved))
    for (a, b), value in correlations.items():
        matrix[at[a], at[b]] = matrix[at[b], at[a]] = normal_correlation(value)
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T, moved
