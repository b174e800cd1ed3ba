"""The frozen benchmark for EvoMO on PyTorch; needs ``pip install 'heliofront[peers-torch]'``.

EvoMO is EvoX's companion library for several objectives. EvoX's own NSGA-II knows no constraints,
that of EvoMO 0.3 does (feasible designs first, then smaller violations). ``evomo_problem(bench)``
is a problem over real genes: logarithms where declared, choices by rounded position, inactive
variables ignored. Everything is computed on the CPU, in double precision, and not compiled.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optimize.benchmark.frozen.installed import demand
from problems.compute_satellite.variants.frozen import FrozenSatellite


def evomo_problem(bench: FrozenSatellite) -> Any:
    """Return the benchmark as an ``evox.core.Problem`` that answers objectives and violations.

    Raises
    ------
    SpecError
        When EvoMO is not installed.
    """
    _demand()
    import torch
    from evox.core import Problem

    class Bench(Problem):  # type: ignore[misc]  # EvoX counts as untyped
        def evaluate(self, pop: Any) -> tuple[Any, Any]:
            f, g = bench.judge(bench.space.from_search(pop.numpy()))
            # A negative value would count against the violations of other constraints.
            return torch.from_numpy(f), torch.from_numpy(np.maximum(g, 0.0))

    return Bench()


def evomo_search(bench: FrozenSatellite, *, seed: int, evaluations: int, population: int) -> Any:
    """Return EvoMO's workflow after its NSGA-II has searched.

    Raises
    ------
    SpecError
        When EvoMO is not installed.
    """
    _demand()
    import torch
    from evomo.algorithms import NSGA2
    from evomo.workflows import UnifiedWorkflow

    torch.manual_seed(seed)
    torch.set_num_threads(1)  # a population is small, and threads that wait count as CPU time
    low, high = map(torch.from_numpy, bench.space.search_bounds())
    algorithm = NSGA2(pop_size=population, n_objs=len(bench.objectives), lb=low, ub=high)
    workflow = UnifiedWorkflow(algorithm, evomo_problem(bench))
    workflow.init_step()
    for _ in range(math.ceil(evaluations / population) - 1):
        workflow.step()
    return workflow


def _demand() -> None:
    demand("evomo", "EvoMO", "peers-torch")
