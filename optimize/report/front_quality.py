"""How good the front of a run is, as a section of its summary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimize.engine.quality import growth_at_end, quality_lines
from optimize.run.certified import certificate_text, uncertified_text
from optimize.utils.labels import number

if TYPE_CHECKING:
    from optimize.run.folder import RunData

CONVERGED, NEARLY = 0.001, 0.01  # growth of hypervolume in the last fifth, relative


def _verdict(growth: float) -> str:
    if growth < CONVERGED:
        return "converged"
    if growth < NEARLY:
        return "nearly converged"
    return "still growing: more generations will find better designs"


def convergence_text(growth: float) -> str:
    """Return what a search has done, from the growth of its hypervolume at the end."""
    return _verdict(growth).replace("still growing: more", "not converged: more")


def quality_section(run: RunData, random: RunData | None) -> list[str]:
    """Return the lines of the section; ``random`` is a random search with the same budget."""
    manifest, history = run.manifest, run.history
    lines = ["## How good the front is", ""]
    final = float(manifest.get("hypervolume") or 0.0)
    lines.append(f"- Hypervolume {number(final)} of the box between ideal and reference.")
    if len(history) >= 2:
        values = np.asarray(history["hypervolume"].to_numpy(dtype=np.float64, na_value=np.nan))
        growth = growth_at_end(values)
        if not math.isnan(growth):
            lines.append(
                f"- In the last fifth of the run it grew by {number(100.0 * growth, 2)} %: "
                f"{_verdict(growth)}."
            )
    lines.append(
        f"- {100.0 * float(manifest.get('feasible_share') or 0.0):.0f} % of the evaluated designs "
        f"were feasible; the search stopped because of: {manifest.get('reason', 'unknown')}."
    )
    if random is not None:
        yardstick = float(random.manifest.get("hypervolume") or 0.0)
        ratio = f"{number(final / yardstick, 3)} times" if yardstick > 0.0 else "against none by"
        lines.append(
            f"- A random search of {random.manifest.get('evaluations', 0):,} evaluations reaches "
            f"{number(yardstick)}; this front has {ratio} that."
        )
    texts = certificate_text(manifest.get("certificate") or {}), uncertified_text(run.front)
    lines += [f"- {text}." for text in texts if text]
    return lines + quality_lines(manifest.get("quality") or {})
