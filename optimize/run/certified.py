"""The front of a run, moved to its optimum and certified."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import moocore
import numpy as np
import pandas as pd
import pyarrow as pa

from optimize.engine.certificate import DIFFERENCE_LIMIT, EXACT_LIMIT, Certificate, certify
from optimize.engine.local_model import Landscape
from optimize.engine.refine import refine
from optimize.engine.slides import after_slides
from optimize.engine.swaps import after_swaps
from optimize.evaluation.tables import Layout
from problems.units import FloatArray

#: Columns of a front that was certified.
RESIDUAL, CERTIFIED = "certificate.residual", "certificate.certified"
_FACTS = {
    RESIDUAL: "first-order (KKT) residual, blank where the search for multipliers ended in none",
    CERTIFIED: "feasible, residual within its limit, and no single swap or step dominates it",
}
_NAMED = 3  # members that a sentence names
_SLIDES = 3  # times that members are moved on after steps that dominate them


class Certified(NamedTuple):
    """A front after refinement, and what its certificate says."""

    x: FloatArray
    f: FloatArray
    evidence: dict[str, Any]
    members: pa.Table  # what the certificate says of each


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
    x = refine(land, after_swaps(land, x), limit=limit, swaps=True, stopped=stopped).x
    for _ in range(_SLIDES):
        x, before = after_slides(land, after_swaps(land, x)), x
        moved = (x != before).any(axis=1)
        if not moved.any() or stopped():
            break
        x[moved] = refine(land, x[moved], limit=limit).x
    x = np.unique(x, axis=0)
    f, _ = land.at(x)
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    x, f = x[keep], f[keep]
    certificate = certify(land, x)
    evidence = certificate.evidence(land, time.perf_counter() - begun)
    return Certified(x, f, evidence, _members(certificate))


def _members(certificate: Certificate) -> pa.Table:
    """Return the residual of each member and whether it is certified, with metadata."""
    residual = certificate.residual
    columns = {
        RESIDUAL: pa.array(residual, mask=~np.isfinite(residual)),
        CERTIFIED: pa.array(certificate.certified),
    }
    fields = []
    for name, column in columns.items():
        facts = {"role": "certificate", "unit": "1", "symbol": "", "description": _FACTS[name]}
        fields.append(pa.field(name, column.type, metadata=facts))
    return pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))


def certificate_text(certificate: Mapping[str, Any]) -> str:
    """Return what the certificate of a front says, empty where there is none.

    A model without exact derivatives is certified by finite differences, within a wider limit.

    Examples
    --------
    >>> certificate_text({"certified_share": 0.97, "worst_residual": 3e-7, "residual_limit": 1e-6,
    ...                   "swaps_that_dominate": 4, "swapped_variables": {"launcher": 4}})
    'Certified 97 %, worst residual 3e-07, 4 members could be bettered by swapping launcher'
    """
    if not certificate:
        return ""
    share = 100.0 * float(certificate["certified_share"])
    rough = certificate.get("residual_limit") == DIFFERENCE_LIMIT
    means = " by finite differences" if rough else ""
    parts = [f"Certified {math.floor(share)} %{means}"]
    if certificate.get("worst_residual") is not None:
        parts.append(f"worst residual {certificate['worst_residual']:.1g}")
    if count := certificate["swaps_that_dominate"]:
        names = ", ".join(certificate.get("swapped_variables") or {}) or "a choice"
        members = "member" if count == 1 else "members"
        parts.append(f"{count:,} {members} could be bettered by swapping {names}")
    if count := certificate.get("small_steps_that_dominate", 0):
        members = "member" if count == 1 else "members"
        parts.append(f"{count:,} {members} by a small step of one variable")
    return ", ".join(parts)


def uncertified_text(front: pd.DataFrame) -> str:
    """Return which members of a stored front are not certified, the farthest from it first.

    Examples
    --------
    >>> front = pd.DataFrame({"design_id": ["a", "b"], RESIDUAL: [2e-7, 0.2], CERTIFIED: [1, 0]})
    >>> uncertified_text(front)
    'Not certified: `b` (residual 0.2)'
    """
    if CERTIFIED not in front or front[CERTIFIED].all():
        return ""
    rest = front[~front[CERTIFIED].astype(bool)].sort_values(
        RESIDUAL, ascending=False, na_position="first", kind="stable"
    )
    named = [
        f"`{name}`" if np.isnan(residual) else f"`{name}` (residual {residual:.1g})"
        for name, residual in zip(rest["design_id"][:_NAMED], rest[RESIDUAL], strict=False)
    ]
    more = f" and {len(rest) - _NAMED:,} more" if len(rest) > _NAMED else ""
    return f"Not certified: {', '.join(named)}{more}"
