"""How good a front is: evidence from growth, polishing, an even sample and other seeds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import moocore
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.polish import Polished
from optimize.evaluation.tables import Layout
from problems.space import constraint_matrix, objective_matrix
from problems.spec import Objective
from problems.units import FloatArray

_BITS = 32
#: Of the second dimension onwards: the polynomial, its coefficients as bits, then the first
#: direction numbers, one per degree (file new-joe-kuo-6 of Joe and Kuo).
_JOE_KUO = (
    (3, 1),
    (7, 1, 3),
    (11, 1, 3, 1),
    (13, 1, 1, 1),
    (19, 1, 1, 3, 3),
    (25, 1, 3, 5, 13),
    (37, 1, 1, 5, 5, 17),
    (41, 1, 1, 5, 5, 5),
    (47, 1, 1, 7, 11, 19),
    (55, 1, 1, 5, 1, 1),
    (59, 1, 1, 1, 3, 11),
    (61, 1, 3, 5, 5, 31),
    (67, 1, 3, 3, 9, 7, 49),
    (91, 1, 1, 1, 15, 21, 21),
    (97, 1, 3, 1, 13, 27, 49),
    (103, 1, 1, 1, 15, 7, 5),
    (109, 1, 3, 1, 15, 13, 25),
    (115, 1, 1, 5, 5, 19, 61),
    (131, 1, 3, 7, 11, 23, 15, 103),
    (137, 1, 3, 7, 13, 13, 15, 69),
    (143, 1, 1, 3, 13, 7, 35, 63),
    (145, 1, 3, 5, 9, 1, 25, 53),
    (157, 1, 3, 1, 13, 9, 35, 107),
    (167, 1, 3, 1, 5, 27, 61, 31),
    (171, 1, 1, 5, 11, 19, 41, 61),
    (185, 1, 3, 5, 3, 3, 13, 69),
    (191, 1, 1, 7, 13, 1, 19, 1),
    (193, 1, 3, 7, 5, 13, 19, 59),
    (203, 1, 1, 3, 9, 25, 29, 41),
    (211, 1, 3, 5, 13, 23, 1, 55),
    (213, 1, 3, 7, 3, 13, 59, 17),
    (229, 1, 3, 1, 3, 5, 53, 69),
    (239, 1, 1, 5, 5, 23, 33, 13),
    (241, 1, 1, 7, 7, 1, 61, 123),
    (247, 1, 1, 7, 9, 13, 61, 49),
    (253, 1, 3, 3, 5, 3, 55, 33),
    (285, 1, 3, 1, 15, 31, 13, 49, 245),
    (299, 1, 3, 5, 15, 31, 59, 63, 97),
    (301, 1, 3, 1, 11, 11, 11, 77, 249),
    (333, 1, 3, 1, 11, 27, 43, 71, 9),
    (351, 1, 1, 7, 15, 21, 11, 81, 45),
    (355, 1, 3, 7, 3, 25, 31, 65, 79),
    (357, 1, 3, 1, 1, 19, 11, 3, 205),
    (361, 1, 1, 5, 9, 19, 21, 29, 157),
    (369, 1, 3, 7, 11, 1, 33, 89, 185),
    (391, 1, 3, 3, 3, 15, 9, 79, 71),
    (397, 1, 3, 7, 11, 15, 39, 119, 27),
)
MOST_DIMENSIONS = len(_JOE_KUO) + 1


def directions(dimensions: int) -> NDArray[np.uint32]:
    """Return the direction numbers, ``(32, dimensions)``, the one of the lowest bit first.

    Raises
    ------
    ValueError
        For more than :data:`MOST_DIMENSIONS`.

    Examples
    --------
    >>> [hex(v) for v in directions(2)[:3, 1].tolist()]
    ['0x80000000', '0xc0000000', '0xa0000000']
    """
    if dimensions > MOST_DIMENSIONS:
        raise ValueError(f"at most {MOST_DIMENSIONS} dimensions, got {dimensions}")
    table = np.empty((_BITS, dimensions), dtype=np.uint32)
    for column in range(dimensions):
        polynomial, *numbers = _JOE_KUO[column - 1] if column else (2, 1)
        degree = polynomial.bit_length() - 1
        for k in range(len(numbers), _BITS):
            number = numbers[k - degree]
            for lag in range(1, degree + 1):
                if polynomial >> (degree - lag) & 1:
                    number ^= numbers[k - lag] << lag
            numbers.append(number)
        table[:, column] = [m << (_BITS - 1 - k) for k, m in enumerate(numbers)]
    return table


class ScrambledSobol:
    """Scrambled Sobol points by blocks; every block is as even as the sequence itself.

    Parameters
    ----------
    dimensions
        Of the unit box, at most :data:`MOST_DIMENSIONS`.
    seed
        Of the scrambling.
    """

    def __init__(self, dimensions: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        places = np.arange(_BITS, dtype=np.uint32)[::-1]  # the highest bit first
        bits = directions(dimensions)[:, :, None] >> places & np.uint32(1)
        # Each digit of a coordinate gets a random sum of the digits before it.
        mixing = np.tril(rng.integers(2, size=(dimensions, _BITS, _BITS), dtype=np.uint32), -1)
        mixing |= np.eye(_BITS, dtype=np.uint32)
        mixed = np.einsum("dij,kdj->kdi", mixing, bits) & np.uint32(1)
        self._directions = np.asarray((mixed << places).sum(axis=2, dtype=np.uint32))
        self._shift = rng.integers(2**_BITS, size=dimensions, dtype=np.uint32)

    def block(self, start: int, count: int) -> FloatArray:
        """Return points ``start`` to ``start + count`` as ``(count, dimensions)`` from 0 to 1.

        Raises
        ------
        ValueError
            Unless ``count`` is a power of two and ``start`` a multiple of it.
        """
        if count < 1 or count & (count - 1) or start % count:
            raise ValueError(f"no block of {count} points begins at {start}")
        points = np.empty((count, len(self._shift)), dtype=np.uint32)
        points[0] = self._shift
        for bit in range(start.bit_length()):
            if start >> bit & 1:
                points[0] ^= self._directions[bit]
        for bit in range(count.bit_length() - 1):
            half = 1 << bit
            np.bitwise_xor(points[:half], self._directions[bit], out=points[half : 2 * half])
        return np.asarray((points + 0.5) / 2.0**_BITS, dtype=np.float64)


SAMPLE = 2**17  # designs of the even sample: below 200,000, and a power of two, where it is evenest
SHORT_RUN = 100_000  # evaluations below which a sample costs more than it tells
_PATIENCE_S = 1.0  # after which the sample is not doubled again
_FIRST_BLOCK = 256
_CHUNK = 4096


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
    """Return how a scrambled Sobol sample of as many evaluations compares with the search.

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
        Of the scrambling.

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
    draw = _sampler(len(layout_low), seed)
    front = np.empty((0, len(layout.objectives)))
    drawn, feasible, block = 0, 0, 1 << min(_FIRST_BLOCK, max(wanted, 1)).bit_length() - 1
    start = time.perf_counter()
    while drawn + block <= wanted:
        points = layout_low + draw(drawn, block) * (layout_high - layout_low)
        for at in range(0, block, _CHUNK):
            front, held = _joined(layout, front, points[at : at + _CHUNK])
            feasible += held
        drawn += block
        block = drawn  # the first 2, 4, 8 ... points of the sequence are each an even sample
        if time.perf_counter() - start > _PATIENCE_S:
            break
    reached = hypervolume(front, layout.objectives)
    there = history.loc[history["evaluations"] >= drawn, "hypervolume"]
    search = float(there.iloc[0])
    return {
        "evaluations": drawn,
        "feasible_share": feasible / drawn,
        "hypervolume": reached,
        "search_hypervolume": search,
        "ratio": search / reached if reached > 0.0 else None,
    }


def _sampler(dimensions: int, seed: int) -> Callable[[int, int], FloatArray]:
    """Return a call that gives a block of a scrambled Sobol sequence: its start, its length."""
    if dimensions <= MOST_DIMENSIONS:
        return ScrambledSobol(dimensions, seed).block
    from scipy.stats import qmc

    engine = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    return lambda _, count: np.asarray(engine.random(count))


def _joined(layout: Layout, front: FloatArray, points: FloatArray) -> tuple[FloatArray, int]:
    """Return the front with the best of some search points, and how many were feasible."""
    x = layout.problem.canonical(layout.space.from_search(points), layout.space)
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
        found = len(np.unique(merged[owner == seed], axis=0))
        near = float(moocore.epsilon_additive(points[seed], ref=union)) if len(f) else None
        rows.append(
            {
                "seed": seed,
                "hypervolume": volume,
                "share_of_union_hypervolume": volume / total if total > 0.0 else None,
                "share_of_union": found / size if size else None,
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
    """Return what to know about an objective that never changed."""
    return (
        f"objective '{name}' is the same for every feasible design, so it chooses nothing: "
        "leave it out, or free a variable that moves it"
    )


def quality_lines(quality: Mapping[str, Any]) -> list[str]:
    """Return the evidence as lines of the summary."""
    lines = []
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
    sample = quality.get("sobol")
    if sample and sample["ratio"] is not None:
        lines.append(
            f"- A scrambled Sobol sample of {sample['evaluations']:,} designs has a hypervolume of "
            f"{sample['hypervolume']:.4f}; after as many evaluations the search had "
            f"{sample['ratio']:.3g} times that."
        )
    elif sample:
        lines.append(
            f"- A scrambled Sobol sample of {sample['evaluations']:,} designs reaches no "
            "hypervolume at all."
        )
    seeds = quality.get("seeds")
    return lines + (_seed_lines(seeds) if seeds else [])


def _seed_lines(seeds: Mapping[str, Any]) -> list[str]:
    volume, rows = seeds["hypervolume"], seeds["by_seed"]
    spread = "" if volume["spread"] is None else f" (spread {100.0 * volume['spread']:.2g} %)"
    lines = [
        f"- Hypervolume of the front by {len(rows)} seeds: median {volume['median']:.6f}, from "
        f"{volume['lowest']:.6f} to {volume['highest']:.6f}{spread}; their union has "
        f"{seeds['union']['hypervolume']:.6f} with {seeds['union']['size']:,} designs.",
        "",
        "| seed | hypervolume | of the union's | share of the union's designs | additive epsilon |",
        "|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = [
            "-" if row[key] is None else f"{row[key]:{form}}"
            for key, form in (
                ("hypervolume", ".6f"),
                ("share_of_union_hypervolume", ".2%"),
                ("share_of_union", ".1%"),
                ("additive_epsilon", ".4f"),
            )
        ]
        lines.append(f"| {row['seed']} | {' | '.join(cells)} |")
    return lines
