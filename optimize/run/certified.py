"""The front of a run, moved to its optimum and certified."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import moocore
import numpy as np

from optimize.engine.certificate import DIFFERENCE_LIMIT, EXACT_LIMIT, certify
from optimize.engine.local_model import Landscape
from optimize.engine.refine import refine
from optimize.engine.swaps import bettered
from optimize.evaluation.tables import Layout
from problems.units import FloatArray

_PASSES = 3  # of swaps and refinement; a fresh start forgets what led astray
_SWAPS = 4  # times that all members may take a swap that dominates them


class Certified(NamedTuple):
    """A front after refinement, and what its certificate says."""

    x: FloatArray
    f: FloatArray
    evidence: dict[str, Any]


def certified(
    layout: Layout, x: FloatArray, *, stopped: Callable[[], bool] = lambda: False
) -> Certified:
    """Return a front, each member moved to its optimum as far as it goes, with the certificate.

    Parameters
    ----------
    layout
        What was searched.
    x
        ``(n, n_var)`` feasible canonical designs, none dominated.
    stopped
        Asked while the front is refined; once true, what is there is certified.
    """
    begun = time.perf_counter()
    land = Landscape.of(layout.problem, layout.space, layout.objectives, layout.constraints)
    limit = EXACT_LIMIT if land.problem.exact_derivatives else DIFFERENCE_LIMIT
    residual = np.full(len(x), np.inf)
    for _ in range(_PASSES):
        swapped = _swapped(land, x)
        residual[(swapped != x).any(axis=1)] = np.inf
        x, rest = swapped, np.flatnonzero(residual > limit)
        if len(rest):
            refined = refine(land, x[rest], limit=limit, stopped=stopped)
            x[rest], residual[rest] = refined.x, refined.residual
    x = np.unique(_swapped(land, x), axis=0)
    f, _ = land.at(x)
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    x, f = x[keep], f[keep]
    certificate = certify(land, x)
    return Certified(x, f, certificate.evidence(land, time.perf_counter() - begun))


def _swapped(land: Landscape, x: FloatArray) -> FloatArray:
    """Return designs after the swaps that dominate them, one after the other."""
    x = x.copy()
    for _ in range(_SWAPS):
        better = bettered(land, x, land.at(x)[0])
        if len(better.rows) == 0:
            break
        x[better.rows] = better.x
    return x


def certificate_text(certificate: Mapping[str, Any]) -> str:
    """Return what the certificate of a front says, empty where there is none.

    Examples
    --------
    >>> certificate_text({"certified_share": 0.97, "worst_residual": 3e-7, "residual_limit": 1e-6,
    ...                   "swaps_that_dominate": 4, "swapped_variables": {"launcher": 4}})
    'Certified 97 %, worst residual 3e-07, 4 members could be bettered by swapping launcher'
    """
    if not certificate:
        return ""
    share = 100.0 * float(certificate["certified_share"])
    parts = [f"Certified {math.floor(share)} %"]
    if certificate.get("worst_residual") is not None:
        parts.append(f"worst residual {certificate['worst_residual']:.1g}")
    if count := certificate["swaps_that_dominate"]:
        names = ", ".join(certificate.get("swapped_variables") or {}) or "a choice"
        members = "member" if count == 1 else "members"
        parts.append(f"{count:,} {members} could be bettered by swapping {names}")
    return ", ".join(parts)
