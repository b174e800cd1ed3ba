"""What the benchmark is held to: every target beside its figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimize.benchmark.speed.engine import OURS
from optimize.benchmark.speed.race import leads

#: Engine time of stock, real-coded pymoo over ours, by population, at least.
ENGINE_RATIOS = {100: 8.0, 400: 20.0, 1000: 30.0, 4000: 100.0, 10_000: 150.0}
#: The same of whole generations, the model included.
GENERATION_RATIOS = {100: 6.0, 400: 14.0, 1000: 25.0, 4000: 80.0, 10_000: 200.0}
_MIXED_RATIO = 250.0  # of pymoo's mixed-variable algorithm, at 1,000
_RANKINGS = 12.0  # engine time at 1,000 in rankings of the merged population, at most
_GROWTH = 13.0  # of engine time from 1,000 to 10,000, at most
_BOOKKEEPING = 0.30  # archive, log and checkpoint as a share of engine time with them, at most
_SOONER = 30.0  # times sooner than pymoo at a share of the best hypervolume, at least
_COMPILED = {"per core": 2.0, "in wall time": 3.0}  # times faster, at least
_SMALL, _FUTURES = 5.0, 3.0  # the same of 100 designs, and of a robust search
_CERTIFIED, _CERTIFYING = 0.95, 1.0  # share, at least; time in that of the search, at most
_FLAT = 1.25  # memory at the end over that early in a run, at most


@dataclass(frozen=True)
class Target:
    """A figure and the limit it is held to.

    Examples
    --------
    >>> Target("engine ratio", 9.25, 8.0).text
    'met     engine ratio: 9.2 (at least 8)'
    >>> Target("growth", 15.0, 13.0, at_most=True).met
    False
    """

    name: str
    figure: float
    limit: float
    at_most: bool = False
    bound: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it is met; None for a lower bound that does not tell."""
        if math.isnan(self.figure):
            return None
        if self.at_most:
            return self.figure <= self.limit
        return True if self.figure >= self.limit else None if self.bound else False

    @property
    def text(self) -> str:
        """One line: verdict, name, figure and limit."""
        verdict = {True: "met", False: "missed", None: "open"}[self.met]
        sign = ">= " if self.bound else ""
        limit = f"at {'most' if self.at_most else 'least'} {self.limit:g}"
        figure = f"{self.figure:.2f}" if self.figure < 5.0 else f"{self.figure:,.1f}"
        return f"{verdict:<7} {self.name}: {sign}{figure} ({limit})"


def engine_targets(results: Mapping[int, Mapping[str, Mapping[str, float]]]) -> list[Target]:
    """Return the targets of the engine's speed at the populations that were measured."""
    rows = []
    for population, engines in results.items():
        base = engines[OURS]
        if population in ENGINE_RATIOS and "pymoo" in engines:
            ratio = engines["pymoo"]["engine_ms"] / base["engine_ms"]
            name = f"engine time of stock pymoo over ours at {population:,}"
            rows.append(Target(name, ratio, ENGINE_RATIOS[population]))
            ratio = engines["pymoo"]["generation_ms"] / base["generation_ms"]
            name = f"whole generation of stock pymoo over ours at {population:,}"
            rows.append(Target(name, ratio, GENERATION_RATIOS[population]))
    for population, engines in results.items():
        base = engines[OURS]
        extra = base["books_ms"] + base["checkpoint_ms"]
        name = f"archive, log and checkpoint at {population:,}, share of engine time"
        rows.append(Target(name, extra / (base["engine_ms"] + extra), _BOOKKEEPING, at_most=True))
    thousand = results.get(1000)
    if thousand is not None:
        base = thousand[OURS]
        if "pymoo mixed" in thousand:
            ratio = thousand["pymoo mixed"]["engine_ms"] / base["engine_ms"]
            rows.append(
                Target("engine time of pymoo mixed over ours at 1,000", ratio, _MIXED_RATIO)
            )
        rankings = base["engine_ms"] / base["rank_ms"]
        rows.append(Target("engine time at 1,000 in rankings", rankings, _RANKINGS, at_most=True))
        if 10_000 in results:
            growth = results[10_000][OURS]["engine_ms"] / base["engine_ms"]
            name = "growth of engine time from 1,000 to 10,000"
            rows.append(Target(name, growth, _GROWTH, at_most=True))
    return rows


def backend_targets(table: Mapping[str, Mapping[str, float]] | None) -> list[Target]:
    """Return the targets of the compiled model, none where it was not measured.

    Examples
    --------
    >>> times = {"numpy_ms": 4.0, "numpy_cpu_ms": 4.0, "llvm_ms": 1.0, "llvm_cpu_ms": 2.0}
    >>> for target in backend_targets({"10,000 designs": times}):
    ...     print(target.text)
    met     numpy over LLVM, per core, 10,000 designs: 2.00 (at least 2)
    met     numpy over LLVM, in wall time, 10,000 designs: 4.00 (at least 3)
    """
    rows = []
    for case, t in (table or {}).items():
        wall = t["numpy_ms"] / t["llvm_ms"]
        name = f"numpy over LLVM, in wall time, {case}"
        if "futures" in case:
            rows.append(Target(name, wall, _FUTURES))
        elif case.endswith(" 100 designs"):
            rows.append(Target(name, wall, _SMALL))
        else:
            core = t["numpy_cpu_ms"] / t["llvm_cpu_ms"]
            rows.append(Target(f"numpy over LLVM, per core, {case}", core, _COMPILED["per core"]))
            rows.append(Target(name, wall, _COMPILED["in wall time"]))
    return rows


def certificate_targets(result: Mapping[str, Any]) -> list[Target]:
    """Return the targets of certification: what share of a front, and in what time."""
    return [
        Target("certified share of the front", result["certified_share"], _CERTIFIED),
        Target(
            "seconds of certification over those of the search",
            result["s"] / result["search_s"],
            _CERTIFYING,
            at_most=True,
        ),
    ]


def race_targets(result: Mapping[str, Any]) -> list[Target]:
    """Return the targets of the time to a good front, and of memory."""
    rows = [
        Target(
            f"seconds of {lead.rival} over ours to {lead.share:.0%} of the best hypervolume",
            lead.ratio,
            _SOONER,
            bound=lead.bound,
        )
        for lead in leads(result)
    ]
    memory = result["memory"]
    if memory is None:
        return rows
    growth = memory["end_mb"] / memory["early_mb"]
    name = f"memory at generation {memory['generations']:,} over {memory['early_generation']}"
    return [*rows, Target(name, growth, _FLAT, at_most=True)]
