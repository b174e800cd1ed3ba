"""Seconds a generation of pymoo's algorithm for mixed variables and of PymooNsga2, in turns.

``python docs/examples/stepped_beam_speed.py 1000:3 10000:1`` takes generations of pymoo per size.
All go on from where PymooNsga2 stands after 20 generations; time is processor time, the model
included. pymoo's algorithm runs as it comes and without its search for duplicates.
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

from pymoo.algorithms.moo.nsga2 import RankAndCrowdingSurvival
from pymoo.core.duplicate import NoDuplicateElimination
from pymoo.core.initialization import Initialization
from pymoo.core.mixed import MixedVariableGA, MixedVariableMating
from pymoo.core.population import Population
from stepped_beam import PymooBeam

from optimize.nsga2_pymoo import PymooNsga2

WARM = 20


def started(algorithm: Any) -> Any:
    """Return an algorithm after its first generation."""
    algorithm.setup(PymooBeam(), termination=("n_gen", 10**9), seed=1)
    algorithm.next()
    return algorithm


def seconds(algorithm: Any) -> float:
    """Return the processor time of one generation more."""
    start = time.process_time()
    algorithm.next()
    return time.process_time() - start


def rival(first: Any, **settings: Any) -> Any:
    """Return pymoo's algorithm for mixed variables with a first population."""
    algorithm = MixedVariableGA(pop_size=len(first), survival=RankAndCrowdingSurvival(), **settings)
    algorithm.initialization = Initialization(Population.new("X", first))
    return started(algorithm)


def measure(population: int, generations: int) -> dict[str, float]:
    """Return median seconds a generation by algorithm."""
    ours = started(PymooNsga2(pop_size=population))
    for _ in range(WARM):
        ours.next()
    first = ours.pop.get("X")
    unchecked = MixedVariableMating(eliminate_duplicates=NoDuplicateElimination())
    algorithms = {
        "PymooNsga2": ours,
        "MixedVariableGA": rival(first),
        "MixedVariableGA with duplicates": rival(first, mating=unchecked),
    }
    rounds = [
        {name: seconds(algorithm) for name, algorithm in algorithms.items()}
        for _ in range(generations)
    ]
    return {name: median(taken[name] for taken in rounds) for name in algorithms}


if __name__ == "__main__":
    for word in sys.argv[1:] or ["1000:3", "10000:1"]:
        size, count = map(int, word.split(":"))
        taken = measure(size, count)
        own = taken["PymooNsga2"]
        texts = (f"{name} {s:.3g} s ({s / own:.0f})" for name, s in taken.items())
        print(f"population {size:,}: {', '.join(texts)}", flush=True)
