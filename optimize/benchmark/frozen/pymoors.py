"""The frozen benchmark for pymoors (Rust); needs ``pip install 'heliofront[peers]'``.

pymoors samples every gene between the same two numbers, so :class:`UnitBench` scales genes to 0
to 1: logarithms where declared, choices by rounded position, inactive variables ignored. It has no
repair: a gene that leaves the interval is a violation, as its documentation has it
(``Constraints``), and is judged at the nearest bound.

pymoors evaluates parents and offspring of a generation together, objectives and constraints in
turn; a design that was judged in the call before is not judged again.

Notes
-----
pymoors 0.2.6 lets feasible designs, and smaller violations, win the tournament that picks parents,
but survivors are ranked by objectives alone (``keep_infeasible=True``). The other setting drops
infeasible designs and fails where the first population has no feasible one, as nearly always here.
:meth:`UnitBench.penalised` writes violations into the objectives, such that ranking by these is
the constrained domination of NSGA-II: a feasible design dominates every infeasible one, a smaller
violation a larger one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optimize.benchmark.frozen.genes import RealGenes
from optimize.benchmark.frozen.installed import demand
from optimize.evaluation.rows import HashArray, row_hashes
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.units import FloatArray

#: Objectives of infeasible designs begin here: beyond those of every feasible one.
_BEYOND = 1e3


class UnitBench(RealGenes):
    """The benchmark over genes of 0 to 1, as functions of a population.

    Parameters
    ----------
    bench
        The frozen problem.
    """

    def __init__(self, bench: FrozenSatellite) -> None:
        super().__init__(bench)
        self.width = self.high - self.low
        self._hashes: HashArray = np.empty(0, dtype=np.uint64)
        self._f = np.empty((0, len(bench.objectives)))
        self._g = np.empty((0, len(bench.constraints)))

    def designs(self, genes: FloatArray) -> FloatArray:
        """Return the canonical design rows of genes."""
        return super().designs(self.low + genes * self.width)

    def genes(self, designs: FloatArray) -> FloatArray:
        """Return the genes of design rows."""
        return (super().genes(designs) - self.low) / self.width

    def objectives(self, genes: FloatArray) -> FloatArray:
        """Return objectives ``(n, 3)``, minimised."""
        self._judge(genes)
        return self._f

    def violations(self, genes: FloatArray) -> FloatArray:
        """Return violations ``(n, n_con)``, 0 where a constraint holds."""
        self._judge(genes)
        return np.maximum(self._g, 0.0)

    def penalised(self, genes: FloatArray) -> FloatArray:
        """Return objectives; all those of an infeasible design are one number, its violation's."""
        total = self.violations(genes).sum(axis=1, keepdims=True)
        return np.where(total > 0.0, _BEYOND + total, self._f)

    def _judge(self, genes: FloatArray) -> None:
        """Judge the genes that the call before did not have, and keep what is known of all."""
        hashes, known = row_hashes(genes), len(self._hashes)
        _, first, inverse = np.unique(
            np.concatenate((self._hashes, hashes)), return_index=True, return_inverse=True
        )
        source = first[inverse[known:]]  # where each row was first seen, earlier rows before these
        new = np.unique(source[source >= known])
        if len(new):
            f, g = self.bench.judge(self.designs(genes[new - known]))
            self._f, self._g = np.concatenate((self._f, f)), np.concatenate((self._g, g))
        at = np.where(source < known, source, known + np.searchsorted(new, source))
        self._hashes, self._f, self._g = hashes, self._f[at], self._g[at]


def pymoors_search(
    bench: FrozenSatellite, *, seed: int, evaluations: int, population: int, penalise: bool
) -> Any:
    """Return pymoors's NSGA-II after its search, with or without violations in the objectives.

    Notes
    -----
    pymoors has no default operators: crossover is as in its documentation; mutation moves one gene
    on average, by a tenth of its range. Its documentation's own example moves genes by 0.25 % of
    the range, which found less here.

    Raises
    ------
    SpecError
        When pymoors is not installed.
    """
    demand("pymoors", "pymoors", "peers")
    import pymoors

    problem = UnitBench(bench)
    algorithm = pymoors.Nsga2(
        sampler=pymoors.RandomSamplingFloat(0.0, 1.0),
        crossover=pymoors.SimulatedBinaryCrossover(15.0),
        crossover_rate=0.9,
        mutation=pymoors.GaussianMutation(1.0 / len(problem.low), 0.1),
        mutation_rate=1.0,
        duplicates_cleaner=pymoors.ExactDuplicatesCleaner(),
        fitness_fn=problem.penalised if penalise else problem.objectives,
        constraints_fn=pymoors.Constraints(
            ineq=problem.violations, lower_bound=0.0, upper_bound=1.0
        ),
        keep_infeasible=True,
        num_vars=len(problem.low),
        population_size=population,
        num_offsprings=population,
        num_iterations=math.ceil(evaluations / population) - 1,
        seed=seed,
        verbose=False,
    )
    algorithm.run()
    return algorithm
