"""The frozen benchmark for pymoo: over real numbers alone, or with variables of every kind.

Many variables matter only under a choice (the launcher only for a launch from Earth). Such a
variable always has a gene; what it says is ignored while it is inactive. :class:`CanonicalForm`
writes the value that stands for *inactive* back into the genes, so that equal satellites are equal
designs to pymoo's removal of duplicates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowdingSurvival
from pymoo.core.mixed import MixedVariableGA
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.variable import Choice, Real
from pymoo.optimize import minimize

from optimize.benchmark.frozen.genes import RealGenes
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.units import FloatArray


class RelaxedBench(RealGenes, Problem):  # type: ignore[misc]  # pymoo is untyped
    """The benchmark over real genes.

    Parameters
    ----------
    bench
        The frozen problem.
    """

    def __init__(self, bench: FrozenSatellite) -> None:
        RealGenes.__init__(self, bench)
        Problem.__init__(
            self,
            n_var=len(self.low),
            n_obj=len(bench.objectives),
            n_ieq_constr=len(bench.constraints),
            xl=self.low,
            xu=self.high,
        )

    def _evaluate(self, x: FloatArray, out: dict[str, Any], *_: Any, **__: Any) -> None:
        out["F"], out["G"] = self.bench.judge(self.designs(x))


class MixedBench(Problem):  # type: ignore[misc]  # pymoo is untyped
    """The benchmark over named variables: choices by name, numbers as reals.

    Parameters
    ----------
    bench
        The frozen problem.

    Notes
    -----
    pymoo draws evenly between bounds, so variables that span decades are given by their natural
    logarithm, as ``ln_<name>``; the number of accelerators is one of them and is rounded.
    """

    def __init__(self, bench: FrozenSatellite) -> None:
        self.bench = bench
        low, high = bench.space.search_bounds()
        self.names: list[str] = []
        variables: dict[str, Any] = {}
        for variable, a, b in zip(bench.space.variables, low, high, strict=True):
            name = f"ln_{variable.name}" if variable.log else variable.name
            chosen = variable.kind == "choice"
            variables[name] = (
                Choice(options=list(variable.choices)) if chosen else Real(bounds=(a, b))
            )
            self.names.append(name)
        n_con = len(bench.constraints)
        super().__init__(vars=variables, n_obj=len(bench.objectives), n_ieq_constr=n_con)

    def designs(self, named: Any) -> FloatArray:
        """Return the canonical design rows of named values."""
        space = self.bench.space
        genes = np.array(
            [
                [
                    v.encode(entry[name]) if v.kind == "choice" else entry[name]
                    for name, v in zip(self.names, space.variables, strict=True)
                ]
                for entry in np.atleast_1d(named)
            ],
            dtype=np.float64,
        )
        return self.bench.canonical(space.decoded(genes))

    def genes(self, designs: FloatArray) -> Any:
        """Return the named values of design rows, one dictionary each."""
        variables = self.bench.space.variables
        named = np.empty(len(designs), dtype=object)
        named[:] = [
            {
                name: v.decode(code) if v.kind == "choice" else float(gene)
                for name, v, code, gene in zip(self.names, variables, row, genes, strict=True)
            }
            for row, genes in zip(designs, self.bench.space.to_search(designs), strict=True)
        ]
        return named

    def _evaluate(self, x: Any, out: dict[str, Any], *_: Any, **__: Any) -> None:
        out["F"], out["G"] = self.bench.judge(self.designs(x))


class CanonicalForm(Repair):  # type: ignore[misc]  # pymoo is untyped
    """Writes the canonical value of every inactive or rounded variable back into the genes."""

    def _do(self, problem: Any, x: Any, **_: Any) -> Any:
        return problem.genes(problem.designs(x))


def relaxed_search(bench: FrozenSatellite, *, seed: int, evaluations: int, population: int) -> Any:
    """Return pymoo's result of its NSGA-II over real genes, with canonical forms."""
    algorithm = NSGA2(pop_size=population, repair=CanonicalForm())
    return minimize(RelaxedBench(bench), algorithm, ("n_eval", evaluations), seed=seed)


def mixed_search(bench: FrozenSatellite, *, seed: int, evaluations: int, population: int) -> Any:
    """Return pymoo's result of its algorithm for mixed variables, with NSGA-II's survival."""
    algorithm = MixedVariableGA(pop_size=population, survival=RankAndCrowdingSurvival())
    return minimize(MixedBench(bench), algorithm, ("n_eval", evaluations), seed=seed)
