"""Fronts side by side: which covers which, how far apart, and what several reach together.

All functions take minimised points on the scale where 0 is ideal and 1 the reference, except where
they say otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import moocore
import numpy as np

from optimize.engine.indicators import volume
from problems.units import FloatArray

_ATTAINMENT = (2, 3)  # numbers of objectives whose attainment surfaces are computed


def coverage(a: FloatArray, b: FloatArray) -> float | None:
    """Return the share of ``b`` that some member of ``a`` equals or dominates (the C-metric).

    Parameters
    ----------
    a, b
        ``(n, n_obj)`` and ``(m, n_obj)`` minimised points, in any unit.

    Returns
    -------
    float or None
        From 0 to 1; None when ``b`` is empty.

    References
    ----------
    Zitzler, Thiele, IEEE Trans. Evolutionary Computation 3 (1999) 257, doi:10.1109/4235.797969.

    Examples
    --------
    >>> coverage(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [0.5, 0.5]]))
    0.5
    """
    if len(b) == 0:
        return None
    if len(a) == 0:
        return 0.0
    covered = np.zeros(len(b), dtype=np.bool_)
    for point in a:
        covered |= (point <= b).all(axis=1)
    return float(covered.mean())


def multiplicative_epsilon(a: FloatArray, b: FloatArray) -> float | None:
    """Return the factor by which ``a`` must improve to cover ``b``; None unless all are positive.

    ``a`` and ``b`` are minimised objectives in natural units.
    """
    if len(a) == 0 or len(b) == 0 or min(a.min(), b.min()) <= 0.0:
        return None
    return float(moocore.epsilon_mult(a, ref=b))


def additive_epsilon(a: FloatArray, b: FloatArray) -> float | None:
    """Return what ``a`` must improve by in every objective to cover ``b``; None when one is empty.

    References
    ----------
    Zitzler, Thiele, Laumanns, Fonseca, Grunert da Fonseca, IEEE Trans. Evolutionary Computation 7
    (2003) 117, doi:10.1109/TEVC.2003.810758.
    """
    if len(a) == 0 or len(b) == 0:
        return None
    return float(moocore.epsilon_additive(a, ref=b))


def igd_plus(a: FloatArray, reference: FloatArray) -> float | None:
    """Return the mean distance by which ``a`` misses ``reference`` (IGD+); None when one is empty.

    References
    ----------
    Ishibuchi, Masuda, Tanigaki, Nojima, EMO 2015, doi:10.1007/978-3-319-15892-1_8.
    """
    if len(a) == 0 or len(reference) == 0:
        return None
    return float(moocore.igd_plus(a, ref=reference))


def attainment(fronts: Sequence[FloatArray]) -> list[dict[str, Any]] | None:
    """Return the hypervolume of what at least one, half and all of the runs attain.

    Parameters
    ----------
    fronts
        Two fronts or more, each ``(n, n_obj)``.

    Returns
    -------
    list of dict or None
        ``attained_by`` (share of the runs) and ``hypervolume`` of that attainment surface; None
        where surfaces are not computed: other than two or three objectives, or an empty front.

    References
    ----------
    Fonseca, Guerreiro, Lopez-Ibanez, Paquete, EMO 2011, doi:10.1007/978-3-642-19893-9_8.

    Examples
    --------
    >>> found = attainment([np.array([[0.5, 0.5]]), np.array([[0.0, 0.5]])])
    >>> [(row["attained_by"], row["hypervolume"]) for row in found]
    [(0.5, 0.5), (1.0, 0.25)]
    """
    count = len(fronts)
    few = count < 2 or any(len(f) == 0 for f in fronts)
    if few or fronts[0].shape[1] not in _ATTAINMENT:
        return None
    sets = np.repeat(np.arange(count), [len(f) for f in fronts])
    shares = sorted({1.0 / count, (count + 1) // 2 / count, 1.0})
    percentiles = [100.0 * share for share in shares]
    surfaces = moocore.eaf(np.concatenate(fronts), sets, percentiles=percentiles)
    return [
        {"attained_by": share, "hypervolume": volume(surfaces[surfaces[:, -1] == level, :-1])}
        for share, level in zip(shares, percentiles, strict=True)
    ]
