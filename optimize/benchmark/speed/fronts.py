"""Test problems whose best front is known, and how near a search comes to it.

Fronts with a formula are computed here; the others, and those of the RE suite, come from long runs
of two engines and are shipped with the tests (``tests/optimize/benchmark/fronts.npz``, made by
``tests/optimize/benchmark/make_fronts.py``). pymoo would download some of them.

References
----------
Zitzler, Deb, Thiele, Evolutionary Computation 8(2), 2000, doi:10.1162/106365600568202 (ZDT).
Deb, Thiele, Laumanns, Zitzler, in Evolutionary Multiobjective Optimization, 2005,
doi:10.1007/1-84628-137-7_6 (DTLZ).
Deb, Multi-Objective Optimization Using Evolutionary Algorithms, Wiley, 2001 (BNH, SRN, TNK, OSY).
Jain, Deb, IEEE Trans. Evolutionary Computation 18(4), 2014, doi:10.1109/TEVC.2013.2281534
(C1-DTLZ1, car side impact).
Ma, Wang, IEEE Trans. Evolutionary Computation 23(6), 2019, doi:10.1109/TEVC.2019.2896967 (MW).
Tanabe, Ishibuchi, Applied Soft Computing 89, 2020, doi:10.1016/j.asoc.2020.106078 (RE).
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import moocore
import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.optimize import minimize
from pymoo.problems import get_problem

from optimize.benchmark.speed.front_formulas import EXACT, FORMULAS
from optimize.config.algorithm import AlgorithmSetting
from optimize.engine.algorithms.pymoo_columns import violations
from optimize.engine.algorithms.registry import make_algorithm
from optimize.engine.archive import Archive, archive_limit
from optimize.nsga2_pymoo import space_of
from problems.spec import Objective
from problems.units import FloatArray

#: Generations of 100 designs, by problem: enough for pymoo's NSGA-II to come near most fronts.
GENERATIONS = {
    "bnh": 100,
    "srn": 100,
    "tnk": 200,
    "carside": 200,
    "zdt1": 250,
    "zdt2": 250,
    "zdt3": 250,
    "zdt4": 250,
    "zdt6": 250,
    "kursawe": 250,
    "dtlz2": 250,
    "dtlz4": 250,
    "dtlz5": 250,
    "dtlz6": 250,
    "dtlz7": 250,
    "osy": 300,
    "welded_beam": 300,
    "mw1": 300,
    "mw7": 300,
    "dtlz1": 400,
    "c1dtlz1": 400,
    "dtlz3": 500,
}
#: The RE suite with two or three objectives; needs the package jmetalpy.
RE_SUITE = (
    "re21",
    "re22",
    "re23",
    "re24",
    "re25",
    "re31",
    "re32",
    "re33",
    "re34",
    "re35",
    "re36",
    "re37",
)
RE_GENERATIONS = 200
SHIPPED = Path(__file__).parents[3] / "tests" / "optimize" / "benchmark" / "fronts.npz"
REFERENCE = 1.1  # reference point of the hypervolume, on objectives that span 0 to 1 on the front


@dataclass(frozen=True, slots=True)
class KnownFront:
    """The best front, on objectives as they are, and the volume it dominates when normalised."""

    points: FloatArray
    hypervolume: float

    @property
    def low(self) -> FloatArray:
        """Best value of every objective."""
        return np.asarray(self.points.min(axis=0))

    @property
    def span(self) -> FloatArray:
        """Worst less best value of every objective."""
        return np.asarray(self.points.max(axis=0) - self.low)

    def score(self, f: FloatArray) -> tuple[float, float]:
        """Return the share of the front's hypervolume and the IGD+ of a set of objectives.

        No design at all scores as one at the reference point.
        """
        corner = np.full((1, len(self.low)), REFERENCE)
        unit = (f - self.low) / self.span if len(f) else corner
        volume = float(moocore.hypervolume(unit, ref=corner[0])) / self.hypervolume
        front = (self.points - self.low) / self.span
        return volume, float(moocore.igd_plus(unit, ref=front))


def problem(name: str) -> Problem:
    """Return a test problem by its lower-case name."""
    if name.startswith("re"):
        return ReProblem(name)
    return get_problem(name)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Feasible non-dominated objectives at the end of one search.

    ``handed_over`` are as many designs as the population has, chosen by hypervolume from the
    archive of everything seen: what a run gives its user.
    """

    population: FloatArray
    handed_over: FloatArray


@functools.lru_cache(maxsize=1)
def search(name: str, seed: int, *, share: float, population: int = 100) -> SearchResult:
    """Return what one search of the usual length with our engine finds.

    Parameters
    ----------
    name
        Of the problem.
    seed
        Of every random draw.
    share
        Differential share.
    population
        Designs per generation.
    """
    peer = problem(name)
    space = space_of(peer)
    setting = AlgorithmSetting(population=population, seed=seed, differential_share=share)
    engine = make_algorithm(space, space.canonical, setting)
    front = known_front(name)
    # The declared box of the archive is that of the front, as far as the hypervolume is counted.
    far = front.low + REFERENCE * front.span
    objectives = [
        Objective(f"f{i}", "min", float(a), float(b))
        for i, (a, b) in enumerate(zip(front.low, far, strict=True))
    ]
    archive = Archive(len(space), objectives, archive_limit(population, len(objectives)))
    for _ in range(GENERATIONS.get(name, RE_GENERATIONS)):
        x = engine.ask()
        f, *rest = peer.evaluate(x, return_values_of=["F", "G", "H"])
        g = violations(*rest) if any(part.shape[1] for part in rest) else np.zeros((len(f), 1))
        engine.tell(x, f, g)
        archive.add(x, f, g)
    state = engine.state()
    best = (state["rank"] == 0) & (state["violation"] <= 0.0)
    return SearchResult(state["f"][best], archive.f[archive.subset(population)])


def peer_search(name: str, seed: int, *, population: int = 100) -> FloatArray:
    """Return the feasible non-dominated objectives of the same search by pymoo's NSGA-II."""
    algorithm = NSGA2(pop_size=population)
    generations = GENERATIONS.get(name, RE_GENERATIONS)
    result = minimize(problem(name), algorithm, ("n_gen", generations), seed=seed)
    return np.atleast_2d(result.F) if result.F is not None else np.empty((0, 1))


class ReProblem(Problem):  # type: ignore[misc]  # pymoo is untyped
    """A problem of the RE suite as jmetalpy carries it; bounds of 0 are raised a little.

    RE22 divides by a variable that may be 0.
    """

    def __init__(self, name: str) -> None:
        module = importlib.import_module("jmetal.problem.multiobjective.re")
        self._peer = getattr(module, name.upper())()
        low, high = np.array(self._peer.lower_bound), np.array(self._peer.upper_bound)
        low = np.where(low == 0.0, 1e-9, low)
        super().__init__(
            n_var=len(low), n_obj=self._peer.number_of_objectives(), xl=low, xu=high, vtype=float
        )

    def _evaluate(self, x: FloatArray, out: dict[str, Any], *_: Any, **__: Any) -> None:
        out["F"] = np.array([self._objectives(row) for row in x.tolist()])

    def _objectives(self, row: list[float]) -> list[float]:
        point = _Point(row, [0.0] * self.n_obj)
        self._peer.evaluate(point)
        return point.objectives


@dataclass(slots=True)
class _Point:
    variables: list[float]
    objectives: list[float]


def has_re_suite() -> bool:
    """Return whether the package that carries the RE suite is installed."""
    return importlib.util.find_spec("jmetal") is not None


# --- fronts --------------------------------------------------------------------------------------


@functools.cache
def known_front(name: str) -> KnownFront:
    """Return the best front of a problem.

    Notes
    -----
    Hypervolumes have a closed form for ZDT1, 2 and 4 (1.21 less the area under the curve), DTLZ1
    and C1-DTLZ1 (1.331 less the simplex, 1/6) and DTLZ2 to 4 (1.331 less the octant of the unit
    ball, pi/6); others are those of the points.
    """
    if name not in FORMULAS:
        with np.load(SHIPPED) as shipped:
            points = shipped[name].astype(np.float64)
            return KnownFront(points, float(shipped[f"{name}_hypervolume"]))
    points = FORMULAS[name]()
    volume = EXACT.get(name)
    if volume is None:
        unit = (points - points.min(axis=0)) / np.ptp(points, axis=0)
        volume = float(moocore.hypervolume(unit, ref=np.full(points.shape[1], REFERENCE)))
    return KnownFront(points, volume)
