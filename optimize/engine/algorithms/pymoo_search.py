"""pymoo's algorithms for many objectives, for :mod:`optimize.engine.algorithms.registry`.

All of them search the relaxed space with the operators of the configuration (simulated binary
crossover, polynomial mutation), so they differ in whom they select. Every point is decoded to its
canonical design; duplicates are found there by row hash. The summed violation is the only
constraint pymoo sees, as it would sum them itself.

Reference directions (NSGA-III, U-NSGA-III, RVEA) are the finest Das-Dennis lattice that is not
larger than the population. With fewer partitions than objectives such a lattice lies wholly on
the border of the simplex; then a second, coarser one of half the size is put inside it, as far as
the population has room (Deb and Jain, section IV-A).

References
----------
Deb, Jain, "An evolutionary many-objective optimization algorithm using reference-point-based
nondominated sorting approach, part I", IEEE Trans. Evolutionary Computation 18(4), 2014,
doi:10.1109/TEVC.2013.2281535 (NSGA-III); part II for constraints, doi:10.1109/TEVC.2013.2281534.
Seada, Deb, "A unified evolutionary optimization procedure for single, multiple, and many
objectives", IEEE Trans. Evolutionary Computation 20(3), 2016, doi:10.1109/TEVC.2015.2459718
(U-NSGA-III).
Panichella, "An improved Pareto front modeling algorithm for large-scale many-objective
optimization", GECCO 2022, doi:10.1145/3512290.3528732 (AGE-MOEA-II).
Beume, Naujoks, Emmerich, "SMS-EMOA: multiobjective selection based on dominated hypervolume",
European J. Operational Research 181(3), 2007, doi:10.1016/j.ejor.2006.08.008.
Cheng, Jin, Olhofer, Sendhoff, "A reference vector guided evolutionary algorithm for many-objective
optimization", IEEE Trans. Evolutionary Computation 20(5), 2016, doi:10.1109/TEVC.2016.2519378.
Das, Dennis, "Normal-boundary intersection", SIAM J. Optimization 8(3), 1998,
doi:10.1137/S1052623496307510 (directions).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pymoo.core.duplicate import DuplicateElimination
from pymoo.core.population import Population
from pymoo.core.problem import Problem as PymooProblem
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.selection.tournament import TournamentSelection
from pymoo.termination.max_gen import MaximumGenerationTermination
from pymoo.util.ref_dirs import get_reference_directions

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.traits import partitions
from optimize.evaluation.rows import distinct_rows, row_hashes
from problems.space import DesignSpace
from problems.units import FloatArray, IntArray

_NICHE: dict[str, type] = {"niche": np.intp, "dist_to_niche": np.float64, "rank": np.intp}
# What pymoo keeps with the members, and in the survival, that decides the next step.
_MEMBER_DATA: dict[str, dict[str, type]] = {
    "unsga3": _NICHE,
    "age_moea2": {"rank": np.intp, "crowding": np.float64},
}
_HYPERPLANE = ("ideal_point", "worst_point", "nadir_point", "extreme_points")
_VECTORS = ("ideal", "nadir", "V", "gamma")


def reference_directions(population: int, n_objectives: int) -> FloatArray:
    """Return the unit directions for a population.

    Examples
    --------
    >>> reference_directions(100, 3).shape, reference_directions(10, 2)[[0, -1]].tolist()
    ((91, 3), [[0.0, 1.0], [1.0, 0.0]])
    """
    if n_objectives == 1:
        return np.ones((1, 1))
    p = partitions(population, n_objectives)
    outer = _lattice(p, n_objectives)
    q = partitions(population - len(outer), n_objectives) if p < n_objectives else 0
    if q == 0:
        return outer
    inner = (_lattice(q, n_objectives) + 1.0 / n_objectives) / 2.0
    return np.concatenate((outer, inner))


def _lattice(p: int, n_objectives: int) -> FloatArray:
    directions = get_reference_directions("das-dennis", n_objectives, n_partitions=p)
    return np.asarray(directions, dtype=np.float64)


class _Rows(DuplicateElimination):  # type: ignore[misc]  # pymoo is untyped
    """Members whose canonical design is new, found by row hash."""

    def __init__(self, decode: Callable[[FloatArray], FloatArray]) -> None:
        super().__init__()
        self._decode = decode

    def do(self, pop: Any, *others: Any, to_itself: bool = True) -> Any:
        known = [row_hashes(self._decode(o.get("X"))) for o in others if len(o)]
        if len(pop) == 0:
            return pop
        x = self._decode(pop.get("X"))
        return pop[distinct_rows(x, np.concatenate(known) if known else None)]


class _Schedule(MaximumGenerationTermination):  # type: ignore[misc]  # pymoo is untyped
    """Tells how long the run will be, and leaves the stopping to the runner."""

    def _update(self, algorithm: Any) -> float:
        return 0.0


def _winners(pop: Any, pairs: IntArray, random_state: Any, **_: Any) -> IntArray:
    """Return the less violating of each pair, then by lot (Deb and Jain, part II).

    pymoo's own breaks ties of violation with an unseeded generator.
    """
    violation = pop.get("CV")[:, 0]
    a, b = pairs.T
    lot = random_state.random(len(pairs)) < 0.5
    first = (violation[a] < violation[b]) | ((violation[a] == violation[b]) & lot)
    return np.asarray(np.where(first, a, b)[:, None])


def _niche_winners(pop: Any, pairs: IntArray, random_state: Any, **others: Any) -> IntArray:
    """Return winners as above; feasible ones of one niche by rank, then by distance to it."""
    lot = _winners(pop, pairs, random_state, **others)[:, 0]
    a, b = pairs.T
    violation = pop.get("CV")[:, 0]
    niche, rank, distance = (
        _column(pop, name, kind)
        for name, kind in (("niche", np.intp), ("rank", np.intp), ("dist_to_niche", np.float64))
    )
    same = (niche[a] == niche[b]) & (violation[a] <= 0.0) & (violation[b] <= 0.0)
    tie = (rank[a] == rank[b]) & (distance[a] == distance[b])
    nearer = (rank[a] < rank[b]) | ((rank[a] == rank[b]) & (distance[a] < distance[b]))
    return np.where(same & ~tie, np.where(nearer, a, b), lot)[:, None]


def _column(pop: Any, name: str, kind: type) -> Any:
    """Return what pymoo keeps with the members; -1 where it keeps nothing."""
    values = [member.get(name) for member in pop]
    return np.array([-1 if value is None else value for value in values], dtype=kind)


class PymooSearch:
    """One of pymoo's algorithms; its whole state is numbers, so a run resumes bit for bit."""

    def __init__(
        self,
        space: DesignSpace,
        canonical: Callable[[FloatArray], FloatArray],
        setting: AlgorithmSetting,
    ) -> None:
        self._space = space
        self._canonical = canonical
        self._setting = setting
        self._rng = np.random.default_rng(setting.seed)
        self._low, self._high = space.search_bounds()
        self._inner: Any = None  # built when the number of objectives is known
        self._asked: Any = Population()

    # --- the seam --------------------------------------------------------------------------------

    def ask(self) -> FloatArray:
        """Return the designs to evaluate next, as canonical rows."""
        if self._inner is None:
            shape = (self._setting.population, len(self._low))
            u = self._rng.uniform(self._low, self._high, size=shape)
            x = self._decode(u)
            keep = distinct_rows(x)
            self._asked = Population.new(X=u[keep])
            return x[keep]
        infills = self._inner.ask() if len(self._low) else None
        if infills is None or len(infills) == 0:
            return np.empty((0, len(self._space)))
        self._asked = infills
        return self._decode(infills.get("X"))

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Take objectives and violations of the designs asked for."""
        self._asked.set("F", f)
        self._asked.set("G", np.maximum(g, 0.0).sum(axis=1, keepdims=True))
        if self._inner is None:
            self._inner = self._build(f.shape[1])
        # RVEA divides by the extent of its survivors, which a lone one does not have.
        with np.errstate(invalid="ignore", divide="ignore"):
            self._inner.tell(infills=self._asked)

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint needs, as plain numbers and arrays."""
        if self._inner is None:
            return {"rng": self._rng.bit_generator.state, "generation": 0}
        u, f, g = self._inner.pop.get("X", "F", "G")
        data = _MEMBER_DATA.get(self._setting.name, {})
        memory, names = self._memory(self._inner)
        return {
            "rng": self._rng.bit_generator.state,
            "generation": int(self._inner.n_iter),
            "u": u,
            "f": f,
            "violation": g,
            "members": {n: _column(self._inner.pop, n, kind) for n, kind in data.items()},
            "memory": {name: getattr(memory, name) for name in names},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self._inner = None
        if state["generation"]:
            inner = self._build(state["f"].shape[1])
            inner.pop = Population.new(X=state["u"], F=state["f"], G=state["violation"])
            for name, values in state["members"].items():
                inner.pop.set(name, values)
            inner.n_iter, inner.is_initialized = int(state["generation"]), True
            memory, names = self._memory(inner)
            for name in names:
                setattr(memory, name, state["memory"][name])
            self._inner = inner
        self._rng.bit_generator.state = state["rng"]

    # --- the algorithm ---------------------------------------------------------------------------

    def _decode(self, u: FloatArray) -> FloatArray:
        return self._canonical(self._space.decoded(u))

    def _memory(self, inner: Any) -> tuple[Any, tuple[str, ...]]:
        """Return the part of the survival that has a state, and the names of its attributes."""
        if self._setting.name in ("nsga3", "unsga3"):
            return inner.survival.norm, _HYPERPLANE
        return inner.survival, _VECTORS if self._setting.name == "rvea" else ()

    def _build(self, n_objectives: int) -> Any:
        """Return pymoo's algorithm for so many objectives, drawing from this search's generator."""
        setting = self._setting
        share = setting.mutation_probability
        common = {
            "pop_size": setting.population,
            "crossover": SBX(eta=setting.crossover_eta, prob=setting.crossover_probability),
            "mutation": PM(
                eta=setting.mutation_eta,
                prob=1.0,
                prob_var=1.0 / max(len(self._low), 1) if share is None else share,
            ),
            "eliminate_duplicates": _Rows(self._decode),
            "output": None,
        }
        inner = _algorithm(setting, n_objectives, common)
        problem = PymooProblem(
            n_var=len(self._low), n_obj=n_objectives, n_ieq_constr=1, xl=self._low, xu=self._high
        )
        inner.setup(problem, termination=_Schedule(setting.generation_limit))
        inner.random_state = self._rng
        return inner


def _algorithm(setting: AlgorithmSetting, n_objectives: int, common: dict[str, Any]) -> Any:
    """Return the named algorithm; each is imported only when asked for."""
    name = setting.name
    if name == "age_moea2":
        from pymoo.algorithms.moo.age2 import AGEMOEA2

        return AGEMOEA2(**common)
    if name == "sms_emoa":
        from pymoo.algorithms.moo.sms import SMSEMOA

        return SMSEMOA(**common)
    directions = reference_directions(setting.population, n_objectives)
    if name == "rvea":
        from pymoo.algorithms.moo.rvea import RVEA

        return RVEA(directions, **common)
    from pymoo.algorithms.moo.nsga3 import NSGA3

    # U-NSGA-III differs from NSGA-III in the choice of parents alone.
    winners = _niche_winners if name == "unsga3" else _winners
    return NSGA3(directions, selection=TournamentSelection(func_comp=winners), **common)
