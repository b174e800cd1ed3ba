"""pymoo's own NSGA-II on a problem of ours: the yardstick for the engine's speed.

``stock`` is the real-coded algorithm on the relaxed space with a rounding repair, vectorised: the
fastest way to use pymoo as it comes. ``mixed`` is its algorithm for mixed variables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowdingSurvival
from pymoo.core.mixed import MixedVariableGA
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.variable import Choice, Integer, Real

from problems.space import DesignSpace
from problems.units import FloatArray

#: Genes in, minimised objectives and violations out.
Judge = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


class _Relaxed(Problem):  # type: ignore[misc]  # pymoo is untyped
    """The problem over the genes, all of them real numbers."""

    def __init__(self, space: DesignSpace, judge: Judge, shape: tuple[int, int]) -> None:
        low, high = space.search_bounds()
        self.judge = judge
        super().__init__(n_var=len(low), n_obj=shape[0], n_ieq_constr=shape[1], xl=low, xu=high)

    def _evaluate(self, x: FloatArray, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        out["F"], out["G"] = self.judge(x)


class _Rounding(Repair):  # type: ignore[misc]  # pymoo is untyped
    """Whole numbers and choices take their nearest value."""

    def __init__(self, space: DesignSpace) -> None:
        super().__init__()
        self.whole = [c for c, i in enumerate(space.free) if _is_whole(space, i)]

    def _do(self, problem: Problem, x: FloatArray, **kwargs: Any) -> FloatArray:
        x[:, self.whole] = np.rint(x[:, self.whole])
        return x


def _is_whole(space: DesignSpace, i: int) -> bool:
    variable = space.variables[i]
    return variable.kind == "choice" or (variable.kind == "integer" and not variable.log)


class _Mixed(Problem):  # type: ignore[misc]  # pymoo is untyped
    """The problem over named variables of their own kind; one dictionary per design."""

    def __init__(self, space: DesignSpace, judge: Judge, shape: tuple[int, int]) -> None:
        low, high = space.search_bounds()
        self.judge = judge
        variables: dict[str, Any] = {}
        for c, i in enumerate(space.free):
            v = space.variables[i]
            if v.kind == "choice":
                variables[v.name] = Choice(options=list(range(len(v.codes))))
            elif _is_whole(space, i):
                variables[v.name] = Integer(bounds=(round(v.lower), round(v.upper)))
            else:
                variables[v.name] = Real(bounds=(low[c], high[c]))
        self.names = list(variables)
        super().__init__(vars=variables, n_obj=shape[0], n_ieq_constr=shape[1])

    def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        rows = [[design[name] for name in self.names] for design in x]
        out["F"], out["G"] = self.judge(np.array(rows, dtype=np.float64))


def stock(
    space: DesignSpace, judge: Judge, genes: FloatArray, shape: tuple[int, int], seed: int
) -> Callable[[], object]:
    """Return a call that runs one more generation of pymoo's NSGA-II.

    Parameters
    ----------
    space
        The design space.
    judge
        Evaluates genes.
    genes
        First population.
    shape
        Numbers of objectives and constraints.
    seed
        Seed of the random draws.
    """
    algorithm = NSGA2(pop_size=len(genes), sampling=genes.copy(), repair=_Rounding(space))
    algorithm.setup(_Relaxed(space, judge, shape), termination=("n_gen", 10**9), seed=seed)
    algorithm.next()
    return lambda: algorithm.next()


def mixed(
    space: DesignSpace, judge: Judge, genes: FloatArray, shape: tuple[int, int], seed: int
) -> Callable[[], object]:
    """Return a call that runs one more generation of pymoo's mixed-variable algorithm.

    Parameters are those of :func:`stock`.
    """
    problem = _Mixed(space, judge, shape)
    whole = [c for c, i in enumerate(space.free) if _is_whole(space, i)]
    rows = []
    for row in genes:
        values = dict(zip(problem.names, row.tolist(), strict=True))
        for c in whole:
            values[problem.names[c]] = round(values[problem.names[c]])
        rows.append(values)
    first = Population.new("X", np.array(rows, dtype=object))
    algorithm = MixedVariableGA(
        pop_size=len(genes), sampling=first, survival=RankAndCrowdingSurvival()
    )
    algorithm.setup(problem, termination=("n_gen", 10**9), seed=seed)
    algorithm.next()
    return lambda: algorithm.next()
