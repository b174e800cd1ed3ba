"""From what a search found to what a run hands over: polish, choose, and weigh the evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import moocore
import numpy as np

from optimize.config.algorithm import SAMPLES
from optimize.config.run_config import RunConfig
from optimize.engine.indicators import hypervolume, normalised, representative
from optimize.engine.local_model import Landscape
from optimize.engine.polish import Polished, affordable, polish
from optimize.engine.quality import (
    SAMPLE,
    SHORT_RUN,
    growth_at_end,
    polish_evidence,
    sample_evidence,
)
from optimize.engine.scale import blind_boxes
from optimize.engine.search import Search
from optimize.engine.swaps import Swapped, bettered, changes, swapped
from optimize.run.certified import Certified, certified
from optimize.utils.phases import phase
from problems.units import FloatArray


@dataclass(frozen=True)
class Final:
    """The front of a run, how many designs it was chosen from, and how good it is."""

    x: FloatArray
    f: FloatArray
    candidates: int
    quality: dict[str, Any]
    certified: Certified | None = None


def final_front(
    search: Search,
    config: RunConfig,
    *,
    whole: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> Final:
    """Return the front of a search.

    Parameters
    ----------
    search
        The search at its end.
    config
        Of the run; decides on polishing and on the size of the front.
    whole
        False for an interrupted run: what can wait is left out.
    stopped
        Asked while the front is polished; once true, the run counts as interrupted.
    """
    search.conclude()
    layout, setting = search.layout, config.algorithm
    x, f = search.archive.x, search.archive.f
    quality: dict[str, Any] = {"hypervolume_search": hypervolume(f, layout.objectives)}
    if whole and setting.polishes and len(x):
        phase("swapping choices of the front")
        swaps = _swapped(search)
        phase("polishing")
        better_x, better_f, polished = _polished(search, swaps, stopped)
        whole = not stopped()  # half polished, a front would depend on the moment
        if whole:
            x, f, steps = _stepped(search, better_x, better_f)
            quality["swaps"] = {
                "taken": swaps.taken + steps.taken,
                "evaluations": swaps.evaluations + steps.evaluations,
            }
            quality["polish"] = polish_evidence(swaps.f, polished, f, layout.objectives)
    chosen = representative(normalised(f, layout.objectives), setting.most_members)
    quality["hypervolume"] = hypervolume(f, layout.objectives)
    x, f, candidates = x[chosen], f[chosen], len(f)
    proof = None
    if whole and len(x) and setting.certify:
        phase("certifying")
        proof = certified(layout, x, stopped=stopped)
        whole = not stopped()
        if whole:
            x, f = proof.x, proof.f
            volume = max(quality["hypervolume"], hypervolume(f, layout.objectives))
            quality["hypervolume"] = volume
    quality["hypervolume_front"] = hypervolume(f, layout.objectives)
    history = search.history_frame
    growth = growth_at_end(history["hypervolume"].to_numpy(dtype=np.float64))
    quality["growth_last_fifth"] = None if math.isnan(growth) else growth
    if whole and search.evaluations >= SHORT_RUN and setting.name not in SAMPLES:
        phase("comparing with random designs")
        quality["random_sample"] = sample_evidence(layout, history, most=SAMPLE, seed=setting.seed)
    if blind := blind_boxes(f, layout.objectives):
        quality["blind_boxes"] = blind
    if search.constant:
        quality["constant_objectives"] = search.constant
    return Final(x, f, candidates, quality, proof if whole else None)


def _swapped(search: Search) -> Swapped:
    """Return the archive with the best swaps of the designs that stand for it."""
    layout, archive = search.layout, search.archive
    points = normalised(archive.f, layout.objectives)
    picked = representative(points, search.setting.most_members)
    first = np.concatenate((picked, np.setdiff1d(np.arange(len(points)), picked)))
    return swapped(
        layout.problem,
        layout.space,
        layout.objectives,
        layout.constraints,
        archive.x[first],
        archive.f[first],
        most=len(picked),
        evaluations=search.evaluations,
    )


#: A step can make room for another one.
_STEP_ROUNDS = 2


class _Steps(NamedTuple):
    taken: int
    evaluations: int


def _stepped(search: Search, x: FloatArray, f: FloatArray) -> tuple[FloatArray, FloatArray, _Steps]:
    """Return a front with its members bettered by another choice or one more or less of a number.

    The polish moves continuous variables alone, and what is best beside them has moved with them.
    """
    layout = search.layout
    land = Landscape.of(layout.problem, layout.space, layout.objectives, layout.constraints)
    taken = evaluations = 0
    most = min(
        search.setting.most_members,
        search.evaluations // (_STEP_ROUNDS * max(changes(layout.space), 1)),
    )
    for _ in range(_STEP_ROUNDS if most else 0):
        picked = representative(normalised(f, layout.objectives), most)
        better = bettered(land, x[picked], f[picked])
        evaluations += better.evaluations
        if len(better.rows) == 0:
            break
        new = better.x
        x, f = np.concatenate((x, new)), np.concatenate((f, better.f))
        keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
        taken += int(keep[-len(new) :].sum())
        x, f = x[keep], f[keep]
    return x, f, _Steps(taken, evaluations)


def _polished(
    search: Search, archive: Swapped, stopped: Callable[[], bool]
) -> tuple[FloatArray, FloatArray, Polished]:
    """Return the non-dominated designs after polishing as many as the budget allows."""
    layout = search.layout
    number = affordable(layout.problem, layout.space, search.evaluations)
    points = normalised(archive.f, layout.objectives)
    picked = representative(points, number) if number else np.arange(0)
    polished = polish(
        layout.problem,
        layout.space,
        layout.objectives,
        layout.constraints,
        archive.x[picked],
        evaluations=search.evaluations,
        stopped=stopped,
    )
    x = np.concatenate((polished.x, np.delete(archive.x, picked, axis=0)))
    f = np.concatenate((polished.f, np.delete(archive.f, picked, axis=0)))
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    return x[keep], f[keep], polished
