"""How good a front is: evidence from growth, polishing, a random sample and other seeds."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import moocore
import numpy as np
import pandas as pd

from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.polish import Polished
from optimize.evaluation.tables import Layout
from problems.batch import BLOCK
from problems.space import constraint_matrix, objective_matrix
from problems.spec import Objective
from problems.text_tables import markdown_table
from problems.units import FloatArray

SAMPLE = 2**17  # designs of the random sample
SHORT_RUN = 100_000  # evaluations below which a sample costs more than it tells
_PATIENCE_S = 1.0  # after which the sample is not doubled again
_FIRST_BLOCK = 256


def growth_at_end(hypervolume: FloatArray, share: float = 0.2) -> float:
    """Return how much the hypervolume grew in the last part of a run, relative to its end.

    Examples
    --------
    >>> growth_at_end(np.array([0.0, 0.2, 0.3, 0.4, 0.5]))
    0.2
    """
    values = hypervolume[np.isfinite(hypervolume)]
    if len(values) < 2 or values[-1] <= 0.0:
        return math.nan
    before = values[max(0, math.ceil(len(values) * (1.0 - share)) - 1)]
    return float(round((values[-1] - before) / values[-1], 12))


def polish_evidence(
    before: FloatArray, polished: Polished, after: FloatArray, objectives: Sequence[Objective]
) -> dict[str, Any]:
    """Return what polishing gained.

    Parameters
    ----------
    before, after
        ``(n, n_obj)`` non-dominated sets before and after, in minimised objectives.
    polished
        What the polisher returned for ``before`` or a part of it; ``polished.f`` in its order.
    objectives
        Their declarations.
    """
    was, now = hypervolume(before, objectives), hypervolume(after, objectives)
    return {
        "designs": len(polished.x),
        "evaluations": polished.evaluations,
        "moved_share": float(polished.moved.mean()) if len(polished.moved) else 0.0,
        "median_improvement": median_improvement(polished, objectives),
        "hypervolume_before": was,
        "hypervolume_after": now,
        "gain": (now - was) / was if was > 0.0 else None,
    }


def median_improvement(polished: Polished, objectives: Sequence[Objective]) -> dict[str, float]:
    """Return by how much each objective improved in the median, relative to where it was."""
    if len(polished.x) == 0:
        return {o.output: 0.0 for o in objectives}
    size = np.abs(polished.f_before)
    better = (polished.f_before - polished.f) / np.where(size > 0.0, size, 1.0)
    medians = np.median(better, axis=0)
    return {o.output: float(value) for o, value in zip(objectives, medians, strict=True)}


def sample_evidence(
    layout: Layout, history: pd.DataFrame, *, most: int, seed: int
) -> dict[str, Any] | None:
    """Return how a uniform random sample of as many evaluations compares with the search.

    Parameters
    ----------
    layout
        Problem, space, objectives with their reference, and constraints.
    history
        Of the search; its hypervolume after as many evaluations is what the sample is held to.
    most
        Ceiling on the sample. It is doubled up to that or the search's own evaluations; a slow
        model ends it after about a second.
    seed
        Of the sample.

    Returns
    -------
    dict or None
        None for a search without a history.
    """
    if len(history) == 0:
        return None
    layout_low, layout_high = layout.space.search_bounds()
    if len(layout_low) == 0:
        return None
    wanted = min(most, int(history["evaluations"].iloc[-1]))
    rng = np.random.default_rng(seed)  # a Sobol sequence is no better here and slow to import
    front = np.empty((0, len(layout.objectives)))
    drawn, feasible, block = 0, 0, 1 << min(_FIRST_BLOCK, wanted).bit_length() - 1
    start = time.perf_counter()
    while drawn + block <= wanted:
        points = layout_low + rng.random((block, len(layout_low))) * (layout_high - layout_low)
        for at in range(0, block, BLOCK):
            front, held = _joined(layout, front, points[at : at + BLOCK])
            feasible += held
        drawn += block
        block = drawn
        if time.perf_counter() - start > _PATIENCE_S:
            break
    reached = hypervolume(front, layout.objectives)
    volumes = history.loc[history["evaluations"] >= drawn, "hypervolume"]
    search = float(volumes.iloc[0])
    return {
        "evaluations": drawn,
        "feasible_share": feasible / drawn,
        "hypervolume": reached,
        "search_hypervolume": search,
        "ratio": search / reached if reached > 0.0 else None,
    }


def _joined(layout: Layout, front: FloatArray, points: FloatArray) -> tuple[FloatArray, int]:
    """Return the front with the best of some search points, and how many were feasible."""
    x = layout.problem.canonical(layout.space.decoded(points), layout.space)
    outputs = layout.problem.evaluate(x, layout.searched)
    f = objective_matrix(outputs, layout.objectives)
    g = constraint_matrix(outputs, layout.constraints)
    holds = np.isfinite(f).all(axis=1) & np.isfinite(g).all(axis=1) & (g <= 0.0).all(axis=1)
    merged = np.concatenate((front, f[holds]))
    if len(merged):
        merged = merged[np.asarray(moocore.is_nondominated(merged), dtype=np.bool_)]
    return merged, int(holds.sum())


def compare_seeds(
    fronts: Mapping[int, FloatArray], objectives: Sequence[Objective]
) -> dict[str, Any]:
    """Return how far the fronts of several seeds agree with each other and with their union.

    Parameters
    ----------
    fronts
        ``(n, n_obj)`` minimised objectives of each seed's front.
    objectives
        Their declarations, with the reference shared by all.

    Returns
    -------
    dict
        ``hypervolume`` by ``median``, ``lowest``, ``highest`` and relative ``spread``; ``union``
        with its ``hypervolume`` and ``size``; by seed its ``hypervolume``, the share of the
        union's hypervolume it covers, the share of the union's designs it found, and its additive
        epsilon to the union on the scale from ideal (0) to reference (1).
    """
    points = {seed: normalised(f, objectives) for seed, f in fronts.items()}
    merged = np.concatenate(list(fronts.values()))
    owner = np.concatenate([np.full(len(f), seed) for seed, f in fronts.items()])
    if len(merged):
        # Designs that several seeds found count for each of them.
        keep = np.asarray(moocore.is_nondominated(merged, keep_weakly=True), dtype=np.bool_)
        merged, owner = merged[keep], owner[keep]
    union = normalised(merged, objectives)
    size = len(np.unique(merged, axis=0))
    total = hypervolume(merged, objectives)
    volumes = [hypervolume(f, objectives) for f in fronts.values()]
    rows = []
    for (seed, f), volume in zip(fronts.items(), volumes, strict=True):
        members = len(np.unique(merged[owner == seed], axis=0))
        near = float(moocore.epsilon_additive(points[seed], ref=union)) if len(f) else None
        rows.append(
            {
                "seed": seed,
                "hypervolume": volume,
                "share_of_union_hypervolume": volume / total if total > 0.0 else None,
                "share_of_union": members / size if size else None,
                "additive_epsilon": near,
            }
        )
    median = float(np.median(volumes))
    return {
        "hypervolume": {
            "median": median,
            "lowest": min(volumes),
            "highest": max(volumes),
            "spread": (max(volumes) - min(volumes)) / median if median > 0.0 else None,
        },
        "union": {"hypervolume": total, "size": size},
        "by_seed": rows,
    }


def constant_text(name: str) -> str:
    """Return the warning about an objective that never changed."""
    return (
        f"objective '{name}' is the same for every feasible design, so it chooses nothing: "
        "leave it out, or free a variable that moves it"
    )


def quality_lines(quality: Mapping[str, Any]) -> list[str]:
    """Return the evidence as lines of the summary."""
    lines = []
    if swaps := quality.get("swaps"):
        lines.append(
            f"- Swapping choices, alone and with what depends on them ({swaps['evaluations']:,} "
            f"further evaluations), put {swaps['taken']:,} designs on the front."
        )
    polished = quality.get("polish")
    if polished and polished["gain"] is not None:
        median = max(polished["median_improvement"].values(), default=0.0)
        lines.append(
            f"- Polishing {polished['designs']:,} designs over their continuous variables "
            f"({polished['evaluations']:,} further evaluations) raised the hypervolume by "
            f"{100.0 * polished['gain']:.2g} %, from {polished['hypervolume_before']:.6f} to "
            f"{polished['hypervolume_after']:.6f}; the objective it moved most became "
            f"{100.0 * median:.2g} % better in the median."
        )
    sample = quality.get("random_sample")
    if sample and sample["ratio"] is not None:
        lines.append(
            f"- A random sample of {sample['evaluations']:,} designs has a hypervolume of "
            f"{sample['hypervolume']:.4f}; after as many evaluations the search had "
            f"{sample['ratio']:.3g} times that."
        )
    elif sample:
        lines.append(
            f"- A random sample of {sample['evaluations']:,} designs reaches no hypervolume at all."
        )
    seeds = quality.get("seeds")
    return lines + (_seed_lines(seeds) if seeds else [])


_SEED_COLUMNS = (
    ("hypervolume", ".6f"),
    ("share_of_union_hypervolume", ".2%"),
    ("share_of_union", ".1%"),
    ("additive_epsilon", ".4f"),
)


def _seed_lines(seeds: Mapping[str, Any]) -> list[str]:
    volume, rows = seeds["hypervolume"], seeds["by_seed"]
    spread = "" if volume["spread"] is None else f" (spread {100.0 * volume['spread']:.2g} %)"
    lines = [
        f"- Hypervolume of the front by {len(rows)} seeds: median {volume['median']:.6f}, from "
        f"{volume['lowest']:.6f} to {volume['highest']:.6f}{spread}; their union has "
        f"{seeds['union']['hypervolume']:.6f} with {seeds['union']['size']:,} designs.",
        "",
    ]
    header = ("seed", "hypervolume", "of the union's", "share of the union's designs")
    cells = [
        [
            str(row["seed"]),
            *("-" if row[key] is None else f"{row[key]:{form}}" for key, form in _SEED_COLUMNS),
        ]
        for row in rows
    ]
    return lines + markdown_table((*header, "additive epsilon"), cells, "rrrrr")
