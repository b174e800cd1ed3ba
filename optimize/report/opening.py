"""The answer of a run in three sentences: what is best, what decides, and how sure that is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.designs.table import chosen_designs, front_column
from optimize.engine.quality import growth_at_end
from optimize.report.front_quality import convergence_text
from optimize.report.why import binding_shares
from optimize.utils.labels import number, quantity, words

if TYPE_CHECKING:
    from optimize.run.folder import RunData

RATIO = "cost_ratio_to_ground"
_MOST_LIMITS = 3  # named in a sentence


def answer(run: RunData) -> list[str]:
    """Return the three sentences, none for an empty front."""
    if len(run.front) == 0:
        return []
    return [" ".join((_best(run), _decisive(run), _certainty(run)))]


def _best(run: RunData) -> str:
    """Return what the best design in the first objective reaches, and its ratio to the ground."""
    objective = run.objectives[0]
    output = run.problem.outputs[objective.output]
    pick = chosen_designs(run)[0]
    value = float(front_column(run, output.name)[pick.row])
    identity = run.front["design_id"].iloc[pick.row]
    text = f"The {_title(pick.title)} design (`{identity}`) has a {words(output.name, output.unit)}"
    text += f" of {quantity(value, output.unit)}"
    if RATIO in run.problem.outputs:
        ratio = float(front_column(run, RATIO)[pick.row])
        text += f", {number(ratio, 2)} times the ground" if np.isfinite(ratio) else ""
    return f"{text}."


def _title(titles: str) -> str:
    return titles.partition(", ")[0]


def _decisive(run: RunData) -> str:
    """Return what decides: the constraints that bind most of the front."""
    shares = [(name, share) for name, share in binding_shares(run) if share >= 0.5]
    if not shares:
        return "No limit binds most of the designs: what decides is the trade between objectives."
    named = [f"`{name}` ({100.0 * share:.0f} %)" for name, share in shares[:_MOST_LIMITS]]
    listed = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    return f"What decides, by the share of designs bound: {listed}."


def _certainty(run: RunData) -> str:
    """Return how far search and assumptions can be trusted."""
    history = run.history["hypervolume"].to_numpy(dtype=np.float64, na_value=np.nan)
    growth = growth_at_end(history) if len(history) >= 2 else float("nan")
    searched = f"The search has {convergence_text(growth)}" if growth == growth else ""
    return f"{searched or 'How far the search got is not known'}; {_futures(run)}."


def _futures(run: RunData) -> str:
    setting = run.config.uncertainty
    if setting is not None:
        return f"the numbers are those of {setting.futures} futures"
    identity = str(run.front["design_id"].iloc[chosen_designs(run)[0].row])
    drawn = _odds(run.path / "odds" / "odds.json", identity, run.objectives[0].output)
    if drawn is None:
        return "assumptions are at their nominal values: `heliofront odds` tells how far that holds"
    low, high, futures = drawn
    output = run.problem.outputs[run.objectives[0].output]
    return (
        f"in nine of ten of {futures:,} futures the number above lies between {number(low, 3)} "
        f"and {quantity(high, output.unit, 3)}"
    )


def _odds(path: Path, identity: str, output: str) -> tuple[float, float, int] | None:
    """Return P5 and P95 of a design from stored odds that begin with it, and how many futures."""
    try:
        stored: dict[str, Any] = json.loads(path.read_bytes())
        spread = next(o["distribution"] for o in stored["outputs"] if o["output"] == output)
        if stored["designs"][0]["design_id"] != identity:
            return None
        return float(spread["p5"][0]), float(spread["p95"][0]), int(stored["futures"])
    except (OSError, ValueError, LookupError, TypeError, StopIteration):
        return None  # no odds of this run, or of other designs
